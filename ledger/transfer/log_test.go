package transfer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/tiles"
	"daybook.internal/ledger/transfer"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

// published is the log of a ledger, in a folder, and its key.
func published(t *testing.T, l ledger.Reader) (dir string, key note.Verifier) {
	dir = t.TempDir()
	skey, vkey, err := notary.NewKey(&sevens{}, "example.org/log")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(skey)
	require.NoError(t, err)
	key, err = notary.ParseVerifier(vkey)
	require.NoError(t, err)
	p, err := publish.Open(t.Context(), publish.Config{Ledger: l, Dir: dir, Head: filepath.Join(t.TempDir(), "head"), Signer: signer, Key: vkey})
	require.NoError(t, err)
	_, err = p.Publish(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Close())
	return dir, key
}

type sevens struct{}

func (*sevens) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}

func openLog(t *testing.T, dir string, key note.Verifier) (*transfer.Log, error) {
	files, err := tiles.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, files.Close()) })
	return transfer.OpenLog(t.Context(), files, key, nil)
}

// A ledger comes back from its published log, byte for byte; so does the end that an older copy lacks.
func TestFromTheLog(t *testing.T) {
	t.Parallel()
	lost := ledgertest.NewMemory()
	fill(t, lost, "a", 0, 2600)
	dir, key := published(t, lost)
	l, err := openLog(t, dir, key)
	require.NoError(t, err)
	for _, had := range []int{0, 1500, 2600} {
		to := ledgertest.NewMemory()
		for _, r := range records(t, lost)[:had] {
			_, err := to.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
			require.NoError(t, err)
		}
		r, err := transfer.Copy(t.Context(), l, to, nil)
		require.NoError(t, err)
		require.Equal(t, transfer.Report{Records: 2600, Had: uint64(had), Root: l.Checkpoint.Root}, r)
		require.Equal(t, records(t, lost), records(t, to))
	}
	for _, err := range l.All(t.Context(), ledger.Cursor{Seq: 2601}) {
		require.ErrorIs(t, err, ledger.ErrCursor)
	}
}

// A log that is not what was signed gives nothing away, not even the records before the place.
func TestTamperedLog(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, "a", 0, 600)
	dir, key := published(t, l)
	_, vkey, err := notary.NewKey(&sevens{}, "example.org/other")
	require.NoError(t, err)
	other, err := notary.ParseVerifier(vkey)
	require.NoError(t, err)
	_, err = openLog(t, dir, other)
	require.ErrorIs(t, err, notary.ErrSignature)

	name := filepath.Join(dir, filepath.FromSlash(notary.EntriesPath(1, notary.Width)))
	entries, err := os.ReadFile(name)
	require.NoError(t, err)
	changed := append([]byte(nil), entries...)
	changed[len(changed)-3] ^= 1
	require.NoError(t, os.WriteFile(name, changed, 0o600))
	_, err = openLog(t, dir, key)
	require.ErrorIs(t, err, notary.ErrProof)

	// Changed after it was checked, it breaks the copy off.
	require.NoError(t, os.WriteFile(name, entries, 0o600))
	log, err := openLog(t, dir, key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, changed, 0o600))
	to := ledgertest.NewMemory()
	_, err = transfer.Copy(context.Background(), log, to, nil)
	require.Error(t, err)
	require.Empty(t, records(t, to))

	require.NoError(t, os.Remove(name))
	_, err = openLog(t, dir, key)
	require.ErrorIs(t, err, os.ErrNotExist)
}
