package projections

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// TestUptakeIsThatOfTheModel counts what became of national recommendations from the facts alone, in the most naive way.
func TestUptakeIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	completed, used := 0, 0
	checkUntil(t, func() bool { return completed > 0 && used > 0 }, func(t *rapid.T) {
		w := focusedHistory(t, steps, "after")
		docs := whole(t, []View{Synthesis}, w.facts())
		want := map[domain.Place]*PlaceUptake{}
		var done *domain.SynthesisCompleted
		before := newWorld(t) // what stood when it was completed: recommendations may be revised afterwards
		for _, f := range w.facts() {
			if s, ok := f.Event.(domain.SynthesisCompleted); ok {
				done = &s
				completed++
			}
			if done == nil {
				before.streams[f.Stream] = append(before.streams[f.Stream], f.Event)
			}
		}
		for _, f := range w.facts() {
			d, ok := f.Event.(domain.RecommendationDrafted)
			outcome := state[domain.RecommendationState](w, f.Stream).Decided()
			if !ok || f.Meta.Source != "ed_1" || d.Level != domain.NationalLevel || outcome != domain.Adopted {
				continue
			}
			place := w.dialogue(f.Meta.Dialogue).Registered().Place
			if want[place] == nil {
				want[place] = &PlaceUptake{Place: place}
			}
			p := want[place]
			p.Adopted++
			switch {
			case done == nil || !slices.ContainsFunc(done.Inputs.Recommendations, func(r domain.Ref) bool { return r.Stream == f.Stream }):
				p.Open++
			case len(done.Unused) > 0 && slices.Contains(done.Unused[0].Recommendations, d.Recommendation):
				p.Unused++
			default:
				p.Used++
				used++
			}
			if done != nil {
				r := domain.RatioOf(int64(p.Used), int64(p.Adopted))
				p.Uptake = &r
			}
		}
		doc, ok := docs[Ref{Synthesis.Name, "ed_1"}]
		if !ok {
			require.Empty(t, want)
			return
		}
		var got SynthesisDoc
		require.NoError(t, json.Unmarshal(doc.Data, &got))
		require.Len(t, got.Places, len(want))
		require.True(t, slices.IsSortedFunc(got.Places, func(a, b PlaceUptake) int { return cmp.Compare(a.Place, b.Place) }))
		for _, p := range got.Places {
			require.Equal(t, *want[p.Place], p)
			require.Equal(t, p.Adopted, p.Used+p.Unused+p.Open)
		}
		require.Equal(t, done != nil, got.CompletedAt != nil)
		for _, o := range got.Outputs {
			under := before.under(domain.RecommendationStream(o.Recommendation))
			n := 0
			for _, ref := range done.Inputs.Recommendations {
				if under[ref.Stream] {
					n++
				}
			}
			require.Equal(t, n, o.Inputs)
		}
	})
	require.Positive(t, completed, "some histories have a synthesis")
	require.Positive(t, used, "some recommendations are used")
}

// TestAccountabilityAgrees holds the list of an edition against the documents of its submissions, and its counts against the list.
func TestAccountabilityAgrees(t *testing.T) {
	t.Parallel()
	answered := 0
	checkUntil(t, func() bool { return answered > 0 }, func(t *rapid.T) {
		w := focusedHistory(t, steps, "after")
		docs := whole(t, []View{Accountability, Submission}, w.facts())
		var got AccountabilityDoc
		if doc, ok := docs[Ref{Accountability.Name, "ed_1"}]; ok {
			require.NoError(t, json.Unmarshal(doc.Data, &got))
		}
		var sum SubmissionCounts
		for _, c := range got.Kinds {
			sum.Submitted, sum.Acknowledged, sum.Answered = sum.Submitted+c.Submitted, sum.Acknowledged+c.Acknowledged, sum.Answered+c.Answered
			sum.Adopted, sum.Implemented = sum.Adopted+c.Adopted, sum.Implemented+c.Implemented
		}
		require.Equal(t, got.All.Submitted, len(got.Submissions))
		require.Equal(t, [5]int{got.All.Submitted, got.All.Acknowledged, got.All.Answered, got.All.Adopted, got.All.Implemented},
			[5]int{sum.Submitted, sum.Acknowledged, sum.Answered, sum.Adopted, sum.Implemented}, "kinds add up")
		require.LessOrEqual(t, got.All.Answered, got.All.Acknowledged)
		require.LessOrEqual(t, got.All.Adopted, got.All.Answered)
		for _, l := range got.Submissions {
			var s SubmissionDoc
			require.NoError(t, json.Unmarshal(docs[Ref{Submission.Name, string(l.Submission)}].Data, &s))
			require.Equal(t, s.Progress, l.Progress)
			require.Equal(t, s.Recommendation, l.Recommendation)
			var first *domain.Time
			for _, r := range s.Responses {
				if r.Kind != domain.Acknowledgement && (first == nil || r.At < *first) {
					first = &r.At
				}
			}
			require.Equal(t, first, s.AnsweredAt)
			if first != nil {
				require.Equal(t, days(s.SubmittedAt, *first), *s.DaysToAnswer)
				answered++
			}
		}
	})
	require.Positive(t, answered, "some submissions are answered")
}

// TestMedianUptake counts by hand: the median of an even number of places lies half way between two.
func TestMedianUptake(t *testing.T) {
	t.Parallel()
	ratio := func(n, d int64) *domain.Ratio { r := domain.RatioOf(n, d); return &r }
	for _, c := range []struct {
		places         []PlaceUptake
		lowest, median *domain.Ratio
	}{
		{[]PlaceUptake{{Place: "FR", Used: 2}, {Place: "KE", Used: 1, Unused: 1}, {Place: "NL", Used: 1}}, ratio(1, 2), ratio(1, 1)},
		{[]PlaceUptake{{Place: "FR", Used: 2}, {Place: "KE", Unused: 1}}, ratio(0, 1), ratio(1, 2)},
		{[]PlaceUptake{{Place: "FR", Used: 2, Open: 1}, {Place: "KE", Used: 1, Unused: 1}}, ratio(1, 2), ratio(7, 12)},
		{nil, nil, nil},
	} {
		at := domain.Time(1)
		d := SynthesisDoc{CompletedAt: &at}
		for _, p := range c.places {
			for use, n := range map[Uptake]int{InputUsed: p.Used, InputUnused: p.Unused, "": p.Open} {
				for range n {
					d.Nodes = append(d.Nodes, RecommendationIn{Level: domain.NationalLevel, Place: p.Place, Outcome: domain.Adopted, Use: use})
				}
			}
		}
		d.count()
		require.Equal(t, c.lowest, d.MinUptake)
		require.Equal(t, c.median, d.MedianUptake)
	}
}
