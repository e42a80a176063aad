package sqlite

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

func some(n, size int) []readstore.Doc {
	docs := make([]readstore.Doc, n)
	for i := range docs {
		docs[i] = readstore.Doc{Ref: projections.Ref{View: small.View, Key: fmt.Sprintf("dl_1/st_%08d", i)}, Version: 1,
			Document: projections.Document{Data: make([]byte, size)}}
	}
	return docs
}

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 1000} {
		for _, size := range []int{400, 2000} {
			b.Run(fmt.Sprintf("%d of %d bytes", n, size), func(b *testing.B) {
				s := open(b, filepath.Join(b.TempDir(), "views.db"), Options{})
				docs, at := some(n, size), uint64(0)
				for b.Loop() {
					for i := range docs {
						docs[i].At = at + 1
						docs[i].Data[int(at)%size]++
					}
					require.NoError(b, s.Commit(b.Context(), small, ledger.Cursor{Seq: at}, ledger.Cursor{Seq: at + 1}, docs))
					at++
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "views.db")
	s := open(b, path, Options{})
	docs := some(100_000, 400)
	require.NoError(b, s.Commit(b.Context(), small, ledger.Cursor{}, ledger.Cursor{Seq: 1}, docs))
	require.NoError(b, s.Serve(b.Context(), small))
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Get(b.Context(), docs[rand.IntN(len(docs))].Ref)
			require.NoError(b, err)
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Load(b.Context(), small, docs[rand.IntN(len(docs))].Key)
			require.NoError(b, err)
		}
	})
	b.Run("list 1000", func(b *testing.B) {
		for b.Loop() {
			for _, err := range s.List(b.Context(), small.View, docs[rand.IntN(len(docs))].Key, 1000) {
				require.NoError(b, err)
			}
		}
	})
	b.Run("open 100000", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), path, Options{ReadOnly: true})
			require.NoError(b, err)
			require.NoError(b, s.Close())
		}
	})
}
