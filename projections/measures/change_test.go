package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// moved is a world in which people answered a question before and after: table says how many moved from where to where.
func moved(t *testing.T, q domain.Question, answer func(cell int) domain.Answer, table [][]int) *world {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}})
	ref := w.question("ar_q", q)
	w.dialogue("dl_1", "AA", domain.Sortition)
	n := 0
	for x, row := range table {
		for y, many := range row {
			for range many {
				n++
				w.cast("dl_1", "p"+strconv.Itoa(n), ref, domain.PreWave, "", answer(x))
				w.cast("dl_1", "p"+strconv.Itoa(n), ref, domain.PostWave, "", answer(y))
			}
		}
	}
	w.cast("dl_1", "early", ref, domain.PreWave, "", answer(0)) // who left, and who said nothing in the end
	w.cast("dl_1", "silent", ref, domain.PreWave, "", answer(0))
	w.cast("dl_1", "silent", ref, domain.PostWave, "", domain.Answer{NonResponse: domain.Blank})
	return w
}

func TestChange(t *testing.T) {
	t.Parallel()
	w := moved(t, choice("a", "b", "c"), func(cell int) domain.Answer { return domain.Answer{Option: domain.OptionID("abc"[cell : cell+1])} },
		[][]int{{20, 6, 4}, {3, 25, 7}, {1, 4, 30}})
	var d ChangeDoc
	w.document(Change, "ed_1/ar_q@1/sortition/AA", &d)
	require.Equal(t, [3]int{100, 102, 100}, [3]int{*d.Matched, *d.Pre, *d.Post})
	require.Equal(t, [3]Number{0.25, 0.06, 0.24}, [3]Number{d.Moves.Gross, d.Moves.Net, d.Moves.NetOverGross})
	require.Equal(t, &Test{3.61809, 2, d.Moves.Margins.PValue}, d.Moves.Margins)
	for i, row := range [][]int{{20, 6, 4}, {3, 25, 7}, {1, 4, 30}} {
		for j, n := range row {
			require.Equal(t, n, *d.Moves.Table[i][j])
		}
	}
	require.Equal(t, [2]Number{0.3, 0.24}, [2]Number{d.Shares[0].Before, d.Shares[0].After})
	require.Nil(t, d.Scale)
}

func TestChangeOfScale(t *testing.T) {
	t.Parallel()
	q := domain.Question{Kind: domain.Likert, Unit: domain.Individual, Points: 5, Polarity: domain.HighIsFavourable, Text: domain.In("en", "How much?")}
	for i := range 5 {
		q.Labels = append(q.Labels, domain.In("en", strconv.Itoa(i+1)))
	}
	table := make([][]int, 5)
	for i := range table {
		table[i] = make([]int, 5)
	}
	before, after := []int{1, 2, 2, 3, 3, 3, 4, 4, 5, 5}, []int{2, 2, 3, 3, 4, 4, 4, 5, 5, 5}
	for i := range before {
		table[before[i]-1][after[i]-1]++
	}
	w := moved(t, q, func(cell int) domain.Answer { return domain.Answer{Point: cell + 1} }, table)
	var d ChangeDoc
	w.document(Change, "ed_1/ar_q@1/sortition/world", &d)
	require.Equal(t, [6]Number{3.2, 3.7, 0.5, 0.527046, 3, 0.775641}, [6]Number{d.Scale.Before, d.Scale.After, d.Scale.Change, d.Scale.SD, d.Scale.T, d.Scale.VarianceRatio})
	require.Equal(t, []*int{nil, nil, nil, nil, nil}, d.Moves.Table[0], "one person in a row")
}
