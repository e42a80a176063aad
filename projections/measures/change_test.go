package measures

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// moved is a world in which people answered a question before and after: table says how many moved from where to where. Twelve more answered before only.
func moved(t *testing.T, q domain.Question, minBase int, answer func(cell int) domain.Answer, table [][]int) *world {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: minBase}})
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
	for i := range 11 { // who left, and who said nothing in the end
		w.cast("dl_1", "early"+strconv.Itoa(i), ref, domain.PreWave, "", answer(0))
	}
	w.cast("dl_1", "silent", ref, domain.PreWave, "", answer(0))
	w.cast("dl_1", "silent", ref, domain.PostWave, "", domain.Answer{NonResponse: domain.Blank})
	return w
}

func TestChange(t *testing.T) {
	t.Parallel()
	table := [][]int{{20, 6, 4}, {3, 25, 7}, {1, 4, 30}}
	w := moved(t, choice("a", "b", "c"), 10, func(cell int) domain.Answer { return domain.Answer{Option: domain.OptionID("abc"[cell : cell+1])} },
		table)
	var d ChangeDoc
	w.document(Change, "ed_1/ar_q@1/sortition/AA", &d)
	require.Equal(t, [3]int{100, 112, 100}, [3]int{*d.Matched, *d.Pre, *d.Post})
	require.Equal(t, [3]Number{0.25, 0.06, 0.24}, [3]Number{d.Moves.Gross, d.Moves.Net, d.Moves.NetOverGross})
	require.Equal(t, &Test{3.61809, 2, d.Moves.Margins.PValue}, d.Moves.Margins)
	require.Equal(t, table, d.Moves.Table)
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
	answer := func(cell int) domain.Answer { return domain.Answer{Point: cell + 1} }
	w := moved(t, q, 0, answer, table)
	var d ChangeDoc
	w.document(Change, "ed_1/ar_q@1/sortition/world", &d)
	require.Equal(t, [6]Number{3.2, 3.7, 0.5, 0.527046, 3, 0.775641}, [6]Number{d.Scale.Before, d.Scale.After, d.Scale.Change, d.Scale.SD, d.Scale.T, d.Scale.VarianceRatio})

	// One person said 1 before. Where the least base is 10, nothing tells what they said after: not the table, nor the tests, nor how far people moved.
	w = moved(t, q, 10, answer, table)
	for _, place := range []string{"AA", "world"} {
		doc, err := Change.Compute(w.state, "ed_1/ar_q@1/sortition/"+place, nil)
		require.NoError(t, err)
		var d ChangeDoc
		require.NoError(t, json.Unmarshal(doc.Data, &d))
		require.True(t, d.MovesHidden)
		require.Equal(t, [3]Number{3.2, 3.7, 0.5}, [3]Number{d.Scale.Before, d.Scale.After, d.Scale.Change})
		require.Nil(t, d.Moves.Table)
		require.Nil(t, d.Moves.Margins)
		require.Nil(t, d.Scale.Interval)
		for _, absent := range []string{`"gross":null`, `"netOverGross":null`, `"sd":null`, `"t":null`, `"crossed":null`} {
			require.Contains(t, string(doc.Data), absent)
		}
		require.NotContains(t, strings.ReplaceAll(string(doc.Data), `"pValue":null`, ""), `"pValue"`)
	}
}

// Nine people answered before and not after: results before, less the matched people, would tell what they said. Ten may be told.
func TestChangeOfFewWhoLeft(t *testing.T) {
	t.Parallel()
	for left, hidden := range map[int]bool{0: false, 1: true, 9: true, 10: false} {
		w := newWorld(t)
		w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}})
		ref := w.question("ar_q", choice("a", "b"))
		for _, room := range []struct {
			place domain.Place
			left  int
		}{{"AA", left}, {"BB", 20}, {"CC", 30}, {"DD", 0}} {
			id := domain.DialogueID("dl_" + room.place)
			w.dialogue(id, room.place, domain.Sortition)
			for n := range 100 + room.left {
				who := "p" + strconv.Itoa(n)
				w.cast(id, who, ref, domain.PreWave, "", domain.Answer{Option: domain.OptionID("ab"[n/2%2 : n/2%2+1])})
				if n < 100 {
					w.cast(id, who, ref, domain.PostWave, "", domain.Answer{Option: domain.OptionID("ab"[n%2 : n%2+1])})
				}
			}
		}
		suppressed := func(place string) bool {
			var d ChangeDoc
			w.document(Change, "ed_1/ar_q@1/sortition/"+place, &d)
			require.Equal(t, d.Suppressed, d.Matched == nil && d.Pre == nil && d.Moves == nil && d.Shares == nil)
			require.Equal(t, d.Suppressed, d.Unpaired != nil)
			if place == "AA" && left == 9 {
				require.Equal(t, [2]int{109, 100}, [2]int{d.Unpaired.Pre, d.Unpaired.Post})
				require.Equal(t, UnpairedShare{"a", 0.504587, 0.5, -0.004587, &Interval{-0.13774, 0.128782}}, d.Unpaired.Shares[0])
				require.Equal(t, Number(0.004587), d.Unpaired.Net)
			}
			return d.Suppressed
		}
		require.Equal(t, hidden, suppressed("AA"), left)
		require.Equal(t, hidden, suppressed("BB"), "%d: the smallest of the others who left", left)
		require.False(t, suppressed("CC"))
		require.False(t, suppressed("DD"), "nobody left")
		require.False(t, suppressed("world"))
	}
}
