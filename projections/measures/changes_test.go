package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// Of three questions one moved so much that by itself it would be called changed; beside two others it is not.
func TestChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}})
	w.dialogue("dl_1", "AA", domain.Sortition)
	for i, table := range [][2][2]int{{{40, 15}, {5, 40}}, {{40, 10}, {10, 40}}, {{50, 0}, {0, 50}}} {
		ref := w.question(domain.ArtefactID("ar_"+strconv.Itoa(i)), choice("a", "b"))
		n := 0
		for x, row := range table {
			for y, many := range row {
				for range many {
					n++
					w.cast("dl_1", "p"+strconv.Itoa(n), ref, domain.PreWave, "", domain.Answer{Option: domain.OptionID("ab"[x : x+1])})
					w.cast("dl_1", "p"+strconv.Itoa(n), ref, domain.PostWave, "", domain.Answer{Option: domain.OptionID("ab"[y : y+1])})
				}
			}
		}
	}
	var d ChangesDoc
	w.document(Changes, "ed_1/sortition/AA", &d)
	require.Equal(t, [2]int{2, 0}, [2]int{d.Tested, d.Changed}, "where nobody moved there is nothing to test")
	p := [4]Number{*d.Questions[0].PValue, *d.Questions[0].Adjusted, *d.Questions[1].PValue, *d.Questions[1].Adjusted}
	require.Equal(t, [4]Number{0.041389, 0.082779, 1, 1}, p)
	require.Equal(t, stats.AlgorithmMcNemar, d.Questions[0].Test)
	require.Equal(t, [2]Number{0.1, 0}, [2]Number{*d.Questions[0].Net, *d.Questions[1].Net})
	require.Nil(t, d.Questions[2].PValue)
	require.Equal(t, 100, *d.Questions[2].Matched)

	_, err := Changes.Compute(w.state, "ed_1/sortition/BB", nil)
	require.ErrorIs(t, err, ErrNoDocument)
}
