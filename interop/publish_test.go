package interop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
	"daybook.internal/notary/witness"
)

// TestPublishedLog publishes a ledger as it grows, with litewitness and our witness, and reads what is published with torchwood alone: the policy that lies beside it,
// the head with its cosignatures, every entry, and a proof from a receipt of ours. One witness is away for a while.
func TestPublishedLog(t *testing.T) {
	t.Parallel()
	private, vkey, err := notary.NewKey(bytes.NewReader(seeded("publisher").Seed()), "")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(private)
	require.NoError(t, err)
	key, err := notary.ParseVerifier(vkey)
	require.NoError(t, err)
	theirAddress, theirKey := startLitewitness(t, "witness.example/lite2", key, vkey)
	ourAddress, ourKey := ourWitness(t, key)
	text := fmt.Appendf(nil, "log %s\nwitness lite %s %s\nwitness ours %s %s\nwitness away %s http://127.0.0.1:1\ngroup most 2 lite ours away\nquorum most\n",
		vkey, theirKey, theirAddress, ourKey, ourAddress, cosignerKey(t, "away"))
	policy, err := notary.ParsePolicy(text)
	require.NoError(t, err)
	of, err := policy.For(key)
	require.NoError(t, err)

	records, leaves, root := ledgertest.NewMemory(), [][]byte{}, t.TempDir()
	dir := filepath.Join(root, "log")
	newPublisher := func() *publish.Publisher {
		p, err := publish.Open(t.Context(), publish.Config{
			Ledger: records, Dir: dir, Head: filepath.Join(root, "head"), Signer: signer, Key: vkey, Policy: text,
			Witnesses: &witness.Client{Policy: of, Patience: time.Minute, Grace: time.Minute},
		})
		require.NoError(t, err)
		return p
	}
	publisher := newPublisher()
	for _, size := range []int{1, 3, 255, 256, 257, 600} {
		for n := len(leaves); n < size; n++ {
			stream, version := domain.StreamName("test", fmt.Sprint(n%3)), uint64(n/3)
			draft := ledger.Draft{ID: domain.NewEventID("c", stream, n), Type: "test.v1", Meta: []byte(`{"source":"ed_1","time":1}`), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
			_, err := records.Append(context.Background(), stream, version, draft)
			require.NoError(t, err)
			leaves = append(leaves, notary.AppendLeaf(nil, domain.Record{Stream: stream, Revision: version, ID: draft.ID, Type: draft.Type, Meta: draft.Meta, Data: draft.Data}))
		}
		if size == 256 {
			require.NoError(t, publisher.Close())
			publisher = newPublisher()
		}
		_, err := publisher.Publish(t.Context())
		require.NoError(t, err)

		files, err := torchwood.NewTileFS(os.DirFS(dir))
		require.NoError(t, err)
		beside, err := files.ReadEndpoint(t.Context(), publish.PolicyPath)
		require.NoError(t, err)
		theirs, err := torchwood.ParsePolicy(beside)
		require.NoError(t, err)
		signed, err := files.ReadEndpoint(t.Context(), "checkpoint")
		require.NoError(t, err)
		head, n, err := torchwood.VerifyCheckpoint(signed, theirs)
		require.NoError(t, err)
		require.EqualValues(t, size, head.N)
		require.Len(t, n.Sigs, 3) // the log and two of three witnesses
		client, err := torchwood.NewClient(files)
		require.NoError(t, err)
		read := 0
		for i, entry := range client.AllEntries(t.Context(), head.Tree, 0) {
			require.Equal(t, string(leaves[i]), string(entry))
			read++
		}
		require.NoError(t, client.Err())
		require.Equal(t, size, read)

		index := int64(size / 2)
		path, err := notary.ProveInclusion(func(tile tlog.Tile) ([]byte, error) { return os.ReadFile(filepath.Join(dir, notary.TilePath(tile))) }, int64(size), index)
		require.NoError(t, err)
		receipt := notary.Receipt{Leaf: leaves[index], Index: index, Path: path, Checkpoint: signed}
		require.NoError(t, torchwood.VerifyProof(theirs, tlog.RecordHash(leaves[index]), receipt.Text()))
		_, _, err = receipt.Check(key, policy)
		require.NoError(t, err)
	}
	require.NoError(t, publisher.Close())
}

// cosignerKey is the public key of a witness that nobody runs.
func cosignerKey(t *testing.T, name string) string {
	t.Helper()
	s, err := torchwood.NewCosignatureSigner("witness.example/"+name, seeded(name))
	require.NoError(t, err)
	return s.Verifier().String()
}
