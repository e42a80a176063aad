package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// unseal puts a vault of format 1 in the place of the one in a data directory, as an older daybook would have written it, and takes the key away.
func unseal(t *testing.T, dir string) {
	t.Helper()
	n, err := openNode(t.Context(), dir)
	require.NoError(t, err)
	plain := filepath.Join(t.TempDir(), "plain.db")
	require.NoError(t, sqlitefile.Create(plain, sqlitefile.Kind{
		Name: "vault", Application: 0x64617977, Format: 1, Mode: 0o600,
		Tables: []string{
			`CREATE TABLE openings(event BLOB NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, words BLOB NOT NULL, digest BLOB NOT NULL, ` +
				`PRIMARY KEY(event, field)) WITHOUT ROWID, STRICT`,
		},
	}))
	c, err := sqlitefile.Connect(plain, "mode=rw")
	require.NoError(t, err)
	write := func(o vault.Opening) {
		digest := sha256.Sum256(bytes.Join([][]byte{
			[]byte("daybook-opening/v1\x00"), o.Event[:], binary.BigEndian.AppendUint64(nil, uint64(len(o.Field))), []byte(o.Field), o.Salt[:], o.Words,
		}, nil))
		require.NoError(t, c.Exec("INSERT INTO openings(event, field, salt, words, digest) VALUES(?, ?, ?, ?, ?)", o.Event[:], o.Field, o.Salt[:], o.Words, digest[:]))
	}
	for at, err := range n.vault.Places(t.Context()) {
		require.NoError(t, err)
		o, err := n.vault.Open(t.Context(), at)
		require.NoError(t, err)
		write(o)
	}
	write(vault.Opening{Place: vault.Place{Event: [16]byte{1}, Field: "text"}, Words: []byte("for an event that never came")})
	require.NoError(t, c.Close())
	require.NoError(t, n.Close())
	require.NoError(t, os.Rename(plain, vaultFile(dir)))
	require.NoError(t, os.Remove(filepath.Join(dir, "vault.key")))
}

// TestVaultUpgrade: a data directory of an older daybook, with words in plain, says what is to be done; then they are sealed, each as those of whoever said
// them, so that the erasure of the last one takes the key with it.
func TestVaultUpgrade(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	dir, day, forget := filepath.Join(work, "data"), filepath.Join(work, "day.ndjson"), filepath.Join(work, "forget.ndjson")
	require.NoError(t, os.WriteFile(day, []byte(markedDay(t)), 0o600))
	require.NoError(t, os.WriteFile(forget, []byte(forgetMarked()), 0o600))
	typed(t, "run", day, "--data", dir)
	unseal(t, dir)
	require.NotEmpty(t, inFiles(t, dir, inPlain()))

	for _, command := range [][]string{{"run", forget}, {"vault", "check"}, {"vault", "compact"}, {"vault", "rotate", "--new-key", filepath.Join(work, "new.key")}} {
		var out bytes.Buffer
		root := newRoot(&out, &out)
		root.SetArgs(append(command, "--data", dir))
		err := root.ExecuteContext(t.Context())
		require.ErrorContains(t, err, "daybook vault upgrade", command)
		require.Equal(t, exitFailed, exitCode(t.Context(), err), command)
	}
	typed(t, "view", "get", "conversation", "dl_lyon", "--data", dir)

	require.Equal(t, "{\"openings\":14}\n", typed(t, "vault", "upgrade", "--data", dir, "-o", "ndjson"))
	require.Empty(t, inFiles(t, dir, inPlain()))
	require.Equal(t, "{\"openings\":0}\n", typed(t, "vault", "upgrade", "--data", dir, "-o", "ndjson"))
	require.Contains(t, typed(t, "vault", "check", "--data", dir, "-o", "ndjson"), `"missing":0,"differs":0,"notErased":0,"unclaimed":1,"pools":0,"findings":[]`)
	marked := openMarked(t, dir)
	require.Len(t, marked, len(said))
	sealed := boxes(t, dir, marked)
	require.Len(t, sealed, len(said)+6, "keys are those of whoever said it")
	typed(t, "run", forget, "--data", dir)
	require.Empty(t, inFiles(t, dir, sealed))
}
