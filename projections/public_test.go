package projections

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// otherwise is a history in which everybody answered something else, and clerks counted something else.
func otherwise(facts []domain.Fact) (others []domain.Fact, changed int) {
	said := domain.Answer{NonResponse: domain.Refused}
	counts := func(m map[string]int) map[string]int {
		m = maps.Clone(m)
		for cell := range m {
			m[cell] += 7
		}
		return m
	}
	others = slices.Clone(facts)
	for i := range others {
		f := &others[i]
		changed++
		switch e := f.Event.(type) {
		case domain.BallotCast:
			if e.Answer = said; e.Replaces != nil {
				e.Replaces = &said
			}
			f.Event = e
		case domain.BallotVoided:
			e.Replaces = said
			f.Event = e
		case domain.TallySheetRecorded:
			e.Counts, e.Valid, e.Blank, e.Spoiled = counts(e.Counts), e.Valid+7, e.Blank+1, e.Spoiled+2
			f.Event = e
		case domain.TallyReconciled:
			e.Counts, e.Ballots, e.Missing, e.Void, e.Difference = counts(e.Counts), e.Ballots+7, e.Missing+1, e.Void+1, e.Difference+1
			f.Event = e
		default:
			changed--
		}
	}
	return others, changed
}

// Whatever people answer, views that are made for everybody have the same bytes: nobody learns an answer from them. Those that count answers do differ.
func TestAnswersAreInNoPublicView(t *testing.T) {
	t.Parallel()
	var open, closed []View
	for _, v := range All() {
		if v.Public {
			open = append(open, v)
		} else {
			closed = append(closed, v)
		}
	}
	differ := 0
	checkUntil(t, func() bool { return differ > 50 }, func(t *rapid.T) {
		facts := anyHistory(t, steps).facts()
		others, changed := otherwise(facts)
		require.Equal(t, whole(t, open, facts).text(), whole(t, open, others).text())
		if changed > 0 && !maps.Equal(whole(t, closed, facts).text(), whole(t, closed, others).text()) {
			differ++
		}
	})
	require.Greater(t, differ, 50)
}
