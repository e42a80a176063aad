package simulate

import (
	"path/filepath"
	"testing"

	"daybook.internal/commands"
	"daybook.internal/domain"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
	"github.com/stretchr/testify/require"
)

// stores are a fresh ledger and vault on the disk.
func stores(t testing.TB) *commands.Service {
	t.Helper()
	dir := t.TempDir()
	l, err := ledgersqlite.Open(t.Context(), filepath.Join(dir, "ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	v, err := vaultsqlite.Open(t.Context(), filepath.Join(dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return &commands.Service{Ledger: l, Vault: v}
}

func run(t testing.TB, s *commands.Service, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), s, o, func(int, int) {})
	require.NoError(t, err)
	return r
}

// nowhere is a record in which every stream has one event.
type nowhere struct{}

func (nowhere) version(domain.StreamID) uint64 { return 1 }
func (nowhere) position() uint64               { return 1 }

// rising is a record in which nobody sees the same version twice.
type rising uint64

func (r *rising) version(domain.StreamID) uint64 { *r++; return uint64(*r) }
func (r *rising) position() uint64               { return uint64(*r) }

// plain is a vault that takes no openings.
type plain struct{ vault.Vault }
