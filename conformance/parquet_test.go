package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/release"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// TestParquet reads a release of a simulated edition with hyparquet, and compares every cell with NDJSON.
func TestParquet(t *testing.T) {
	script := nodeScript(t, "parquet")
	out := filepath.Join(t.TempDir(), "release")
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	defer l.Close()
	v, err := vaultsqlite.Open(t.Context(), filepath.Join(t.TempDir(), "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	require.NoError(t, err)
	defer v.Close()
	_, err = simulate.Run(t.Context(), &commands.Service{Ledger: l, Vault: v, Now: time.Now}, simulate.Options{Seed: 1, Countries: 4, Citizens: 16, Online: 8}, func(int, int) {})
	require.NoError(t, err)
	s := release.NewSource("ed_synthetic")
	for e, err := range l.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		f, err := e.Decode()
		require.NoError(t, err)
		require.NoError(t, s.Apply(f))
	}
	licence, err := release.LicenceByID(release.DefaultLicence)
	require.NoError(t, err)
	r, err := release.Write(t.Context(), s, release.Options{Out: out, Licence: licence}, nil)
	require.NoError(t, err)
	tables, rows := 0, 0
	for _, f := range r.Files {
		if filepath.Ext(f.Path) == ".parquet" {
			tables, rows = tables+1, rows+f.Rows
		}
	}
	read := exec.CommandContext(t.Context(), "node", script, out)
	read.Stderr = os.Stderr
	said, err := read.Output()
	require.NoError(t, err)
	var seen struct{ Tables, Rows, Cells int }
	require.NoError(t, json.Unmarshal(said, &seen))
	require.Equal(t, tables, seen.Tables)
	require.Equal(t, rows, seen.Rows)
	require.Greater(t, seen.Cells, seen.Rows)
}
