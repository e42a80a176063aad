package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// TestWeighedOnce: who chose a cell is counted once in what decides whether an estimate tells of small strata, and so is how much is open.
func TestWeighedOnce(t *testing.T) {
	t.Parallel()
	q := &domain.Question{Kind: domain.SingleChoice, Unit: domain.Individual, Options: []domain.Option{{ID: "a"}, {ID: "b"}}}
	s := &Sheet{Room: &Room{}}
	strata := []int{}
	for i := range 12 {
		s.Answers = append(s.Answers, Given{&domain.Answer{Option: domain.OptionID("ab"[i%3/2 : i%3/2+1])}, -1}) // 8 chose a, 4 b
		strata = append(strata, i/6)
	}
	half := domain.Ratio{Num: 1, Den: 2}
	of := []domain.QuotaDimension{{Name: "age", Strata: []domain.Stratum{{ID: "young", PopulationShare: half}, {ID: "old", PopulationShare: half}}}}
	w := s.weigh(s.count(q), "age", of, [][]int{strata}, &domain.MeasurePlan{}, domain.Suppression{MinBase: 5, MinCell: 3})
	require.NoError(t, w.err)
	require.Equal(t, 12, w.base)
	require.Equal(t, []int{8, 4}, w.chose)
	require.Equal(t, []int{2, 2}, w.bits, "2 to 6, and 0 to 4 of the young: five ways each")
	require.Equal(t, []float64{8, 4}, w.yes)
}
