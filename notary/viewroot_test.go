package notary_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// rootOf is the root of a view by x/mod, leaf by leaf.
func rootOf(t require.TestingT, view string, version int, docs map[string]notary.Document) domain.Digest {
	var stored reference
	n := int64(0)
	for _, key := range slices.Sorted(maps.Keys(docs)) {
		more, err := tlog.StoredHashes(n, notary.DocumentLeaf(view, version, key, docs[key].At, docs[key].Data), stored)
		require.NoError(t, err)
		stored, n = append(stored, more...), n+1
	}
	root, err := tlog.TreeHash(n, stored)
	require.NoError(t, err)
	return domain.Digest(root)
}

func TestDocumentLeaf(t *testing.T) {
	t.Parallel()
	leaf := notary.DocumentLeaf("country", 2, "KE", 258, []byte(`{"place":"KE"}`))
	require.Equal(t, "daybook-document/v1\x00country\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02KE\x00\x00\x00\x00\x00\x00\x01\x02"+`{"place":"KE"}`, string(leaf))
	x := notary.NewViewIndex()
	x.Add("country", 2)
	x.Add("country", 2)
	x.Add("artefact", 1)
	require.True(t, x.Set("country", "KE", 258, []byte(`{"place":"KE"}`)))
	require.False(t, x.Set("tally", "KE", 258, nil), "a view that it does not have")
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	require.Equal(t, []domain.ViewRoot{{View: "artefact", Version: 1, Root: domain.EmptyRoot}, {View: "country", Version: 2, Count: 1, Root: sum}}, x.Roots())
	require.Equal(t, "3cd1dd38", hex.EncodeToString(sum[:4]), "this form never changes under its name")
}

// TestIndexFollowsDocuments sets documents in any order, new ones and ones that are there, and asks for roots now and then: they are those of x/mod over what
// is there.
func TestIndexFollowsDocuments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := notary.NewViewIndex()
		have := map[string]map[string]notary.Document{}
		views := []string{"b", "a"}
		for _, v := range views {
			x.Add(v, 3)
			have[v] = map[string]notary.Document{}
		}
		keys := rapid.OneOf(rapid.StringMatching(`[a-c]{0,4}`), rapid.String())
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			for range rapid.IntRange(0, 40).Draw(t, "documents") {
				v := rapid.SampledFrom(views).Draw(t, "view")
				d := notary.Document{Key: keys.Draw(t, "key"), At: rapid.Uint64Range(0, 9).Draw(t, "at"), Data: rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "data")}
				have[v][d.Key] = d
				require.True(t, x.Set(v, d.Key, d.At, d.Data))
			}
			var want []domain.ViewRoot
			for _, v := range slices.Sorted(slices.Values(views)) {
				want = append(want, domain.ViewRoot{View: v, Version: 3, Count: len(have[v]), Root: rootOf(t, v, 3, have[v])})
			}
			require.Equal(t, want, x.Roots())
			require.Equal(t, want, x.Roots(), "asked again")
		}
	})
}

// TestIndexOfEverySize grows a view by appending, and at its front, and changes single documents in it.
func TestIndexOfEverySize(t *testing.T) {
	t.Parallel()
	for _, front := range []bool{false, true} {
		x := notary.NewViewIndex()
		x.Add("v", 1)
		have := map[string]notary.Document{}
		set := func(n, at int) {
			key := fmt.Sprintf("%05d", n)
			if front {
				key = fmt.Sprintf("%05d", 99999-n)
			}
			have[key] = notary.Document{Key: key, At: uint64(at)}
			x.Set("v", key, uint64(at), nil)
		}
		for n := range 140 {
			set(n, 1)
			require.Equal(t, rootOf(t, "v", 1, have), x.Roots()[0].Root, "%d", n)
			set(n/2, n)
			set(n/3, n)
			require.Equal(t, rootOf(t, "v", 1, have), x.Roots()[0].Root, "%d", n)
		}
		for n := range 1000 { // without being asked in between
			set(n%140, n)
		}
		require.Equal(t, rootOf(t, "v", 1, have), x.Roots()[0].Root)
	}
}

func BenchmarkViewIndex(b *testing.B) {
	for _, n := range []int{12_000, 100_000} {
		key := func(i int) string { return fmt.Sprintf("conversation-%03d/statement-%06d", i%97, i) }
		fill := func() *notary.ViewIndex {
			x := notary.NewViewIndex()
			x.Add("v", 1)
			for i := range n {
				x.Set("v", key(i), 1, nil)
			}
			return x
		}
		b.Run(fmt.Sprintf("all of %d", n), func(b *testing.B) {
			for b.Loop() {
				fill().Roots()
			}
		})
		b.Run(fmt.Sprintf("100 changed of %d", n), func(b *testing.B) {
			x, at := fill(), uint64(1)
			x.Roots()
			for b.Loop() {
				for i := range 100 {
					at++
					x.Set("v", key(i*(n/100)), at, nil)
				}
				x.Roots()
			}
		})
		b.Run(fmt.Sprintf("one new before %d", n), func(b *testing.B) {
			x := fill()
			for i := n; b.Loop(); i++ {
				x.Set("v", "a"+key(i), 1, nil)
				x.Roots()
			}
		})
	}
}
