package projections

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

const steps = 200

// kinds is how many kinds of events views look at, with those of the edition.
const kinds = 70

// A shelf keeps documents like a store does.
type shelf map[Ref]Document

func (s shelf) load(r Ref) ([]byte, error) { return s[r].Data, nil }

func (s shelf) put(t require.TestingT, changed iter.Seq2[Ref, Document]) {
	order := map[string]int{}
	for i, v := range All() {
		order[v.Name] = i
	}
	var last Ref
	for ref, doc := range changed {
		if last != (Ref{}) {
			require.True(t, order[last.View] < order[ref.View] || last.View == ref.View && last.Key < ref.Key, "%s before %s", last, ref)
		}
		require.Greater(t, doc.At, s[ref].At, "%s is given only when it was touched", ref)
		s[ref], last = doc, ref
	}
}

func (s shelf) text() map[string]string {
	out := map[string]string{}
	for ref, doc := range s {
		out[ref.String()] = string(doc.Data)
	}
	return out
}

func whole(t require.TestingT, views []View, facts []domain.Fact) shelf {
	f := NewFold(views, nil)
	for _, fact := range facts {
		require.NoError(t, f.Apply(fact))
	}
	s := shelf{}
	s.put(t, f.Documents())
	return s
}

// batches cuts facts into random batches, most of them small.
func batches(t *rapid.T, facts []domain.Fact) [][]domain.Fact {
	var out [][]domain.Fact
	for len(facts) > 0 {
		n := min(len(facts), rapid.OneOf(rapid.Just(1), rapid.IntRange(1, 5), rapid.IntRange(1, 60)).Draw(t, "batch"))
		out, facts = append(out, facts[:n]), facts[n:]
	}
	return out
}

// TestBatchesDoNotMatter: one fold over everything, one fold that is asked now and then, and a new fold for every batch give the same bytes.
func TestBatchesDoNotMatter(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	checkUntil(t, func() bool { return len(seen) >= kinds }, func(t *rapid.T) {
		facts := anyHistory(t, steps).facts()
		for _, f := range facts {
			seen[domain.TypeOf(f.Event)]++
		}
		want := whole(t, All(), facts)
		require.Equal(t, want.text(), whole(t, All(), facts).text(), "the same again")

		stored, kept := shelf{}, shelf{}
		keeper := NewFold(All(), nil)
		for _, batch := range batches(t, facts) {
			changed, err := Changes(All(), stored.load, batch)
			require.NoError(t, err)
			stored.put(t, changed)
			for _, f := range batch {
				require.NoError(t, keeper.Apply(f))
			}
			kept.put(t, keeper.Changed())
			require.Equal(t, stored, kept)
		}
		require.Equal(t, want.text(), stored.text())
		require.Equal(t, want, stored)
		for ref, text := range want.text() {
			require.NotContains(t, text, "null", "%s", ref)
		}
	})
	require.Len(t, seen, kinds, "every kind of event that a view looks at, and those of the edition, has happened: %v", seen)
	t.Logf("%v", seen)
}

// TestViewsDoNotMeet: a view alone gives the documents that it gives among the others, wherever the dialogues come from: from its own facts, from
// a store that is as far as it is, or from one that is ahead because the view is built anew.
func TestViewsDoNotMeet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		facts := anyHistory(t, steps/2).facts()
		all := whole(t, All(), facts)
		parts := batches(t, facts)
		for _, v := range All() {
			want := shelf{}
			for ref, doc := range all {
				if ref.View == v.Name {
					want[ref] = doc
				}
			}
			alone := []View{v}
			require.Equal(t, want, whole(t, alone, facts), v.Name)

			beside, dialogues := shelf{}, shelf{}
			ahead := shelf{}
			for _, batch := range parts {
				changed, err := Changes(alone, func(r Ref) ([]byte, error) {
					if r.View != v.Name {
						return dialogues.load(r)
					}
					return beside.load(r)
				}, batch)
				require.NoError(t, err)
				beside.put(t, changed)

				changed, err = Changes(alone, func(r Ref) ([]byte, error) {
					if r.View != v.Name {
						return all.load(r)
					}
					return ahead.load(r)
				}, batch)
				require.NoError(t, err)
				ahead.put(t, changed)

				changed, err = Changes([]View{Dialogue}, dialogues.load, batch)
				require.NoError(t, err)
				dialogues.put(t, changed)
			}
			require.Equal(t, want, beside, v.Name)
			require.Equal(t, want, ahead, v.Name)
		}
	})
}
