package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

func TestDivergence(t *testing.T) {
	t.Parallel()
	w, ref := three(t)
	var d DivergenceDoc
	w.document(Divergence, "ed_1/ar_q@1/s1/session/sortition", &d)
	require.Equal(t, [][]Number{{0, 0.073945, 0.016529}, {0.073945, 0, 0.130659}, {0.016529, 0.130659, 0}}, d.Pairs)
	require.Equal(t, Number(0.096114), d.Generalised)
	require.Equal(t, Number(0.023968), d.Population)
	for i, want := range []Number{0.010214, 0.097542, 0.052988} {
		require.Equal(t, want, d.Rest[i].JSD)
		require.NotNil(t, d.Rest[i].PValue)
	}
	require.Equal(t, []domain.Place{"BB"}, d.Outliers)
	require.Equal(t, 200, d.Tested)
	require.Equal(t, Number(0.004975), *d.PValue, "no shuffle of 200 comes near")
	require.Equal(t, LeastOfShares{"a", "BB", 0.2}, d.Agreement[0])

	// The divergence goes with what it rests on: another answer, another document.
	before, err := Divergence.Compute(w.state, "ed_1/ar_q@1/s1/session/sortition", nil)
	require.NoError(t, err)
	w.many("dl_CC", ref, 1, domain.Answer{Option: "c"})
	after, err := Divergence.Compute(w.state, "ed_1/ar_q@1/s1/session/sortition", nil)
	require.NoError(t, err)
	require.NotEqual(t, string(before.Data), string(after.Data))
	require.Greater(t, after.At, before.At)
}

func TestDivergenceStops(t *testing.T) {
	t.Parallel()
	w, _ := three(t)
	job, err := Divergence.Begin(w.state, "ed_1/ar_q@1/s1/session/sortition")
	require.NoError(t, err)
	_, err = job.Finish(func(done, total int) error {
		require.Equal(t, 200, total)
		if done == 3 {
			return errStop
		}
		return nil
	})
	require.ErrorIs(t, err, errStop)
}

func TestRanking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := choice("e", "l", "r")
	q.Kind, q.Top, q.Scoring = domain.Ranking, 3, domain.FixedBorda
	ref := w.question("ar_rank", q)
	w.dialogue("dl_1", "AA", domain.Sortition)
	order := func(options ...domain.OptionID) (a domain.Answer) {
		for _, o := range options {
			a.Ranking = append(a.Ranking, []domain.OptionID{o})
		}
		return a
	}
	w.many("dl_1", ref, 5, order("e", "l", "r"))
	w.many("dl_1", ref, 3, order("l", "r", "e"))
	w.many("dl_1", ref, 2, order("r", "l"))
	w.many("dl_1", ref, 1, order("l"))
	var d RankingDoc
	w.document(RankingResult, "ed_1/ar_rank@1/s1/session/sortition/AA", &d)
	require.Equal(t, [3]int{5, 4, 2}, [3]int{d.Options[0].First, d.Options[1].First, d.Options[2].First})
	require.Equal(t, [3]int{18, 26, 17}, [3]int{d.Options[0].FixedBorda, d.Options[1].FixedBorda, d.Options[2].FixedBorda})
	require.Equal(t, [3]Number{10.5, 15, 7.5}, [3]Number{d.Options[0].AverageBorda, d.Options[1].AverageBorda, d.Options[2].AverageBorda})
	require.Equal(t, [][]int{{0, 5, 5}, {6, 0, 9}, {5, 2, 0}}, d.Pairwise)
	require.Equal(t, [][]domain.OptionID{{"l"}, {"e", "r"}}, d.Schulze)
	require.Equal(t, domain.OptionID("l"), d.Condorcet)
}

func TestAllocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 1}})
	q := choice("a", "b", "c")
	q.Kind, q.Total, q.Step = domain.Allocation, 100, 10
	ref := w.question("ar_points", q)
	w.dialogue("dl_1", "AA", domain.Sortition)
	for _, points := range [][3]int{{50, 30, 20}, {0, 100, 0}, {40, 40, 20}, {10, 20, 70}} {
		given := map[domain.OptionID]int{}
		for i, n := range points {
			if n > 0 {
				given[domain.OptionID("abc"[i:i+1])] = n
			}
		}
		w.many("dl_1", ref, 1, domain.Answer{Allocation: given})
	}
	var d AllocationDoc
	w.document(AllocationResult, "ed_1/ar_points@1/s1/session/sortition/world", &d)
	for i, want := range [][3]Number{{25, 25, 0.75}, {47.5, 35, 1}, {27.5, 20, 0.75}} {
		require.Equal(t, want, [3]Number{d.Options[i].Mean, d.Options[i].Median, d.Options[i].Share})
	}
}
