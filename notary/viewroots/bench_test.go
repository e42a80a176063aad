package viewroots_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
)

// BenchmarkCommitter has 12,000 and 100,000 documents of 700 bytes in one view of a store on the disk: what it takes to read them when a server starts, to go
// along with a batch that changes a hundred of them, and to commit after such a batch.
func BenchmarkCommitter(b *testing.B) {
	for _, n := range []int{12_000, 100_000} {
		w := newWorld(b)
		s, err := storesqlite.Open(b.Context(), filepath.Join(b.TempDir(), "views.db"), storesqlite.Options{})
		require.NoError(b, err)
		defer s.Close()
		w.store = s
		w.happens(10)
		w.project(w.committer(), 0)
		from := ledger.Cursor{}
		for _, v := range projections.All() {
			_, at, _, err := s.Served(b.Context(), v.Name)
			require.NoError(b, err)
			from = at
		}
		docs := make([]readstore.Doc, n)
		for i := range docs {
			docs[i] = readstore.Doc{
				Ref: projections.Ref{View: "statement", Key: fmt.Sprintf("conversation-%03d/%06d", i%97, i)}, Version: projections.Statement.Version,
				Document: projections.Document{At: 10, Data: bytes.Repeat([]byte("x"), 700)},
			}
		}
		require.NoError(b, s.Commit(b.Context(), readstore.ViewVersion{View: "statement", Version: projections.Statement.Version}, from, from, docs))
		c := w.committer()
		b.Run(fmt.Sprintf("read %d", n), func(b *testing.B) {
			for b.Loop() {
				c = w.committer()
				require.NoError(b, c.Watch(b.Context(), readstore.Step{From: from, To: from}))
				_, err := c.Commit(b.Context())
				require.NoError(b, err)
			}
		})
		at := from
		batch := func() readstore.Step {
			step := readstore.Step{From: at}
			at.Seq++
			step.To, step.Facts = at, make([]domain.Fact, 1)
			for i := range 100 {
				d := docs[i*(n/100)]
				d.At = at.Seq
				step.Changed = append(step.Changed, d)
			}
			return step
		}
		b.Run(fmt.Sprintf("a batch of 100 of %d", n), func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, c.Watch(b.Context(), batch()))
			}
		})
		w.happens(100_000) // places to commit to
		b.Run(fmt.Sprintf("a batch of 100 of %d, and a commitment", n), func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, c.Watch(b.Context(), batch()))
				wrote, err := c.Commit(b.Context())
				require.NoError(b, err)
				require.True(b, wrote)
			}
		})
	}
}
