package notary_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// committedTo is a commitment in which the root of a view stands among others.
func committedTo(r domain.ViewRoot) domain.ViewsCommitted {
	return domain.ViewsCommitted{Size: 71, Views: []domain.ViewRoot{{View: "a", Version: 1, Root: domain.EmptyRoot}, r, {View: "z", Version: 1, Root: domain.EmptyRoot}}}
}

var viewDocs = rapid.Custom(func(t *rapid.T) []notary.Document {
	keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[b-d]{1,4}`), 0, 20, rapid.ID[string]).Draw(t, "keys")
	docs := make([]notary.Document, len(keys))
	for i, key := range keys {
		docs[i] = notary.Document{Key: key, At: rapid.Uint64Range(1, 70).Draw(t, "at"), Data: []byte(rapid.StringN(0, 8, -1).Draw(t, "data"))}
	}
	return docs
})

// TestEveryDocumentProves: a document proves that it is there, and every other key that nothing is; the JSON of a proof is the proof.
func TestEveryDocumentProves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := viewDocs.Draw(t, "docs")
		v := notary.NewViewDocuments("country", 2, slices.Clone(docs))
		committed := committedTo(v.Root())
		for _, d := range docs {
			p := readAgain(t, v.Prove(71, 80, d.Key))
			present, err := p.Check(committed)
			require.NoError(t, err)
			require.True(t, present)
			require.Equal(t, notary.ViewLeaf{Key: d.Key, Index: p.Leaf.Index, At: d.At, Document: string(d.Data), Path: p.Leaf.Path}, *p.Leaf)
		}
		other := rapid.StringMatching(`[a-e]{0,5}`).Draw(t, "another key")
		if !slices.ContainsFunc(docs, func(d notary.Document) bool { return d.Key == other }) {
			present, err := readAgain(t, v.Prove(71, 80, other)).Check(committed)
			require.NoError(t, err)
			require.False(t, present)
		}
	})
}

func readAgain(t require.TestingT, p notary.ViewProof) notary.ViewProof {
	data, err := p.JSON()
	require.NoError(t, err)
	again, err := notary.ParseViewProof(data)
	require.NoError(t, err, "%s", data)
	require.Equal(t, p, again)
	return again
}

// TestNothingElseProves changes one thing of a proof, and nothing holds any more.
func TestNothingElseProves(t *testing.T) {
	t.Parallel()
	leaves := map[string]func(t *rapid.T, l *notary.ViewLeaf){
		"key":   func(_ *rapid.T, l *notary.ViewLeaf) { l.Key += "x" },
		"at":    func(_ *rapid.T, l *notary.ViewLeaf) { l.At++ },
		"index": func(t *rapid.T, l *notary.ViewLeaf) { l.Index += rapid.SampledFrom([]int{-1, 1, 2}).Draw(t, "by") },
		"byte": func(t *rapid.T, l *notary.ViewLeaf) {
			b := append([]byte(l.Document), ' ')
			b[rapid.IntRange(0, len(b)-1).Draw(t, "which")] ^= 1
			l.Document = string(b)
		},
		"path": func(t *rapid.T, l *notary.ViewLeaf) {
			l.Path = append(slices.Clone(l.Path), domain.Digest{})
			l.Path[rapid.IntRange(0, len(l.Path)-1).Draw(t, "which")][3] ^= 1
		},
		"short path": func(_ *rapid.T, l *notary.ViewLeaf) { l.Path = l.Path[:max(len(l.Path)-1, 0)] },
	}
	proofs := map[string]func(p *notary.ViewProof){
		"size":              func(p *notary.ViewProof) { p.Size++ },
		"view":              func(p *notary.ViewProof) { p.View = "a" },
		"unknown view":      func(p *notary.ViewProof) { p.View = "b" },
		"version":           func(p *notary.ViewProof) { p.Version++ },
		"count":             func(p *notary.ViewProof) { p.Count++ },
		"root":              func(p *notary.ViewProof) { p.Root[31] ^= 1 },
		"another key":       func(p *notary.ViewProof) { p.Key += "\x00" },
		"neighbours change": func(p *notary.ViewProof) { p.Before, p.After = p.After, p.Before },
		"one neighbour":     func(p *notary.ViewProof) { p.Before = nil },
		"the other one":     func(p *notary.ViewProof) { p.After = nil },
		"document is gone":  func(p *notary.ViewProof) { p.Leaf = nil },
		"said to be there":  func(p *notary.ViewProof) { p.Leaf, p.Before, p.After = p.Before, nil, nil },
	}
	tried := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		docs := viewDocs.Draw(t, "docs")
		if len(docs) == 0 {
			return
		}
		v := notary.NewViewDocuments("country", 2, slices.Clone(docs))
		committed := committedTo(v.Root())
		key := rapid.OneOf(rapid.SampledFrom(docs), rapid.Map(rapid.StringMatching(`[a-e]{0,5}`), func(k string) notary.Document { return notary.Document{Key: k} })).Draw(t, "key").Key
		for _, what := range append(sortedKeysOf(leaves), sortedKeysOf(proofs)...) {
			p := v.Prove(71, 80, key)
			before, err := p.JSON()
			require.NoError(t, err)
			if change, ok := proofs[what]; ok {
				change(&p)
			} else {
				for _, l := range []**notary.ViewLeaf{&p.Leaf, &p.Before, &p.After} {
					if *l != nil {
						one := **l
						leaves[what](t, &one)
						*l = &one
						break
					}
				}
			}
			after, err := p.JSON()
			require.NoError(t, err)
			if string(before) == string(after) || (what == "another key" && p.Leaf == nil) { // its neighbours may be the same
				continue
			}
			_, err = p.Check(committed)
			require.Error(t, err, what)
			tried[what]++
		}
	})
	for _, what := range append(sortedKeysOf(leaves), sortedKeysOf(proofs)...) {
		require.NotZero(t, tried[what], "%s was not tried", what)
	}
}

func sortedKeysOf[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestAbsenceInGaps: absence between neighbours that are none does not hold, nor at an end that is none.
func TestAbsenceInGaps(t *testing.T) {
	t.Parallel()
	docs := []notary.Document{{Key: "b", At: 1}, {Key: "d", At: 2}, {Key: "f", At: 3}}
	v := notary.NewViewDocuments("country", 1, docs)
	committed := committedTo(v.Root())
	leaf := func(key string) *notary.ViewLeaf { return v.Prove(71, 80, key).Leaf }
	for name, p := range map[string]struct{ before, after *notary.ViewLeaf }{
		"hides a document":           {leaf("b"), leaf("f")},
		"ends before the end":        {leaf("d"), nil},
		"begins behind the first":    {nil, leaf("f")},
		"neighbours in disorder":     {leaf("f"), leaf("d")},
		"a document beside its key":  {leaf("b"), leaf("d")},
		"a document before its key":  {leaf("d"), leaf("f")},
		"neighbours, both the same":  {leaf("b"), leaf("b")},
		"nothing of three documents": {nil, nil},
	} {
		proof := v.Prove(71, 80, "d")
		proof.Leaf, proof.Before, proof.After = nil, p.before, p.after
		_, err := proof.Check(committed)
		require.Error(t, err, name)
		proof.Key = "e"
		_, err = proof.Check(committed)
		if name == "a document before its key" {
			require.NoError(t, err, "e really is between d and f")
			continue
		}
		require.Error(t, err, name)
	}
	none := notary.NewViewDocuments("country", 1, nil)
	present, err := none.Prove(71, 80, "d").Check(committedTo(none.Root()))
	require.NoError(t, err)
	require.False(t, present)
	pretends := none.Prove(71, 80, "d")
	pretends.Root[0]++
	r := none.Root()
	r.Root = pretends.Root
	_, err = pretends.Check(committedTo(r))
	require.ErrorIs(t, err, notary.ErrProof)
}

// TestViewProofForm holds the JSON to a golden file, and refuses what is not of that form.
func TestViewProofForm(t *testing.T) {
	t.Parallel()
	v := notary.NewViewDocuments("statement", 1, []notary.Document{
		{Key: "c/1", At: 12, Data: []byte(`{"text":"<ü> & \"é\"\n"}`)}, {Key: "c/2", At: 30, Data: []byte(`{"text":"b"}`)}, {Key: "c/4", At: 31, Data: []byte(`{}`)},
	})
	for name, key := range map[string]string{"testdata/view-proof.json": "c/1", "testdata/view-proof-absent.json": "c/3"} {
		data, err := v.Prove(71, 80, key).JSON()
		require.NoError(t, err)
		golden, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(golden), string(data))
		for what, other := range map[string]string{
			"another member":  strings.Replace(string(data), "{", `{"more":1,`, 1),
			"more after it":   string(data) + "{}",
			"cut":             string(data[:len(data)-3]),
			"nothing":         "",
			"no hash":         strings.Replace(string(data), `"root": "`, `"root": "zz`, 1),
			"a short hash":    strings.Replace(string(data), `"root": "`, `"root": "ab`, 1),
			"leaf of no tree": strings.Replace(string(data), `"count": 3`, `"count": 0`, 1),
			"a fraction":      strings.Replace(string(data), `"count": 3`, `"count": 3.5`, 1),
		} {
			require.NotEqual(t, string(data), other, what)
			_, err := notary.ParseViewProof([]byte(other))
			require.ErrorIs(t, err, notary.ErrForm, what)
		}
	}
	_, err := notary.ParseViewProof(make([]byte, notary.MaxViewProof+1))
	require.ErrorIs(t, err, notary.ErrForm)
	long := v.Prove(71, 80, "c/1")
	long.Leaf.Path = make([]domain.Digest, 64)
	data, err := long.JSON()
	require.NoError(t, err)
	_, err = notary.ParseViewProof(data)
	require.ErrorIs(t, err, notary.ErrForm)
	both := v.Prove(71, 80, "c/1")
	both.Before = both.Leaf
	_, err = both.Check(committedTo(v.Root()))
	require.ErrorIs(t, err, notary.ErrForm)
}

func FuzzViewProof(f *testing.F) {
	for _, name := range []string{"testdata/view-proof.json", "testdata/view-proof-absent.json"} {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := notary.ParseViewProof(data)
		if err != nil {
			return
		}
		again, err := p.JSON()
		require.NoError(t, err)
		same, err := notary.ParseViewProof(again)
		require.NoError(t, err)
		require.Equal(t, p, same)
		_, _ = p.Check(committedTo(domain.ViewRoot{View: p.View, Version: p.Version, Count: p.Count, Root: p.Root})) // takes whatever it is given
	})
}
