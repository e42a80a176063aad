package postgres

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// simulated is the edition of make run, in memory.
var simulated = sync.OnceValues(func() (*ledgertest.Memory, error) {
	return simulateEdition(simulate.Options{Seed: 1, Countries: 6, Citizens: 50, Online: 20})
})

// reported is a database with the views of that edition.
func reported(t *testing.T) pgtest.Database {
	t.Helper()
	d := pgtest.New(t)
	s := open(t, d)
	l, err := simulated()
	require.NoError(t, err)
	require.NoError(t, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))
	return d
}

// documents decodes all documents of a view.
func documents[D any](t *testing.T, s *Store, view string) (docs []D) {
	t.Helper()
	for d, err := range s.List(t.Context(), view, "", 0) {
		require.NoError(t, err)
		var doc D
		require.NoError(t, json.Unmarshal(d.Data, &doc))
		docs = append(docs, doc)
	}
	require.NotEmpty(t, docs)
	return docs
}

func rowsOf[R any](t *testing.T, d pgtest.Database, sql string) []R {
	t.Helper()
	rows, err := d.Connect(t, pgtest.Reader).Query(t.Context(), sql)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[R])
	require.NoError(t, err)
	return all
}

// odd puts documents that no simulation has into a store.
func odd(t *testing.T, d pgtest.Database, docs map[string]map[string]any) {
	t.Helper()
	s := open(t, d)
	for view, docsOf := range docs {
		version, _ := projections.ByName(view)
		v := readstore.ViewVersion{View: view, Version: version.Version}
		var changed []readstore.Doc
		for key, doc := range docsOf {
			data, err := json.Marshal(doc)
			require.NoError(t, err)
			changed = append(changed, readstore.Doc{Ref: projections.Ref{View: view, Key: key}, Version: v.Version, Document: projections.Document{At: 1, Data: data}})
		}
		require.NoError(t, s.Commit(t.Context(), v, ledger.Cursor{}, ledger.Cursor{Seq: 1}, changed))
		require.NoError(t, s.Serve(t.Context(), v))
	}
	require.NoError(t, s.Close())
}

// simulateEdition makes an edition in memory.
func simulateEdition(o simulate.Options) (_ *ledgertest.Memory, err error) {
	dir, err := os.MkdirTemp("", "edition")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	v, err := vaultsqlite.Open(ctx, filepath.Join(dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	if err != nil {
		return nil, err
	}
	defer v.Close()
	l := ledgertest.NewMemory()
	_, err = simulate.Run(ctx, &commands.Service{Ledger: l, Vault: v, Now: time.Now}, o, func(int, int) {})
	return l, err
}
