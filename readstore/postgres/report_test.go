package postgres

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

func TestX(t *testing.T) {
	l := ledgertest.NewMemory()
	v, err := vaultsqlite.Open(t.Context(), filepath.Join(t.TempDir(), "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	require.NoError(t, err)
	defer v.Close()
	_, err = simulate.Run(t.Context(), &commands.Service{Ledger: l, Vault: v, Now: time.Now}, simulate.Options{Seed: 1, Countries: 6, Citizens: 50, Online: 20}, func(int, int) {})
	require.NoError(t, err)
	d := pgtest.New(t)
	s := open(t, d)
	require.NoError(t, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(context.Background(), nil))
	for _, q := range []string{
		"explain analyze select * from report.question_results", "select * from report.countries order by 1,2", "select * from report.question_results order by 1,2,3,4,5 limit 60",
		"select count(*), reason from report.question_results group by 2",
		"select * from report.statements limit 5", "select * from report.recommendations limit 5", "select * from report.endorsements limit 8", "select * from report.lineage_edges limit 8",
	} {
		t0 := time.Now()
		c := d.Tool("psql", "-X", "-U", pgtest.Reader, "-d", d.Name, "-c", q)
		out, err := c.CombinedOutput()
		t.Log(q, time.Since(t0))
		t.Logf("%s", out)
		require.NoError(t, err)
	}
	_ = sync.OnceValue[int]
}
