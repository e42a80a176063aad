package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/projections"
)

func answers(place string, valid int, cells map[string]int) projections.AnswersDoc {
	q := projections.QuestionCount{Session: "s", Question: domain.ArtefactRef{ID: "q", Version: 1}, Wave: "post", Valid: valid, Cells: cells}
	return projections.AnswersDoc{Edition: "ed", Place: domain.Place(place), Samples: map[domain.SampleType]projections.Questions{"quota": {q}}}
}

// A small country is hidden with the next smallest, and places that are not known are NULL with a reason. Without a protocol, 5 is the least.
func TestSmallCountries(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	odd(t, d, map[string]map[string]any{
		"answers": {
			"ed/AA": answers("AA", 4, map[string]int{"a": 4}), "ed/BB": answers("BB", 30, map[string]int{"a": 10, "b": 20}), "ed/CC": answers("CC", 20, map[string]int{"a": 10, "b": 10}),
			"ed/ZZ": answers("ZZ", 40, map[string]int{"a": 35, "b": 5}),
		},
	})
	got := map[string]string{}
	for _, r := range rowsOf[cell](t, d, "SELECT * FROM report.question_results") {
		place := "unknown"
		if r.Place != nil {
			place = *r.Place
		} else {
			require.Equal(t, "unknown", *r.PlaceReason)
		}
		text := "hidden"
		if r.N != nil {
			text = fmt.Sprint(*r.N)
		}
		require.Equal(t, r.Valid == nil, place == "AA" || place == "CC")
		got[place] += *r.Cell + " " + text + ";"
	}
	for place, text := range got {
		parts := strings.Split(strings.TrimSuffix(text, ";"), ";")
		slices.Sort(parts)
		got[place] = strings.Join(parts, ";")
	}
	require.Equal(t, map[string]string{"AA": "a hidden", "BB": "a 10;b 20", "CC": "a hidden;b hidden", "unknown": "a 35;b 5"}, got)
}

// The cells of a ranking add up for each rank and for each option, so that none is told where one is too small, also where the edition alone would tell it.
func TestSmallRanks(t *testing.T) {
	t.Parallel()
	ranks := func(n int) map[string]int { return map[string]int{"a@1": n, "b@1": 30 - n, "a@2": 30 - n, "b@2": n} }
	for name, c := range map[string]struct {
		aa, bb map[string]int
		hidden []string // sets
	}{
		"none":   {ranks(10), ranks(12), nil},
		"one":    {map[string]int{"a@1": 1, "b@1": 29, "a@2": 15, "b@2": 15}, ranks(12), []string{"country AA", "edition "}},
		"two":    {ranks(2), ranks(12), []string{"country AA", "edition "}},
		"in two": {ranks(2), ranks(4), []string{"country AA", "country BB"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := pgtest.New(t)
			sum := map[string]int{}
			for cell, n := range c.aa {
				sum[cell] = n + c.bb[cell]
			}
			odd(t, d, map[string]map[string]any{"answers": {"ed/AA": answers("AA", 30, c.aa), "ed/BB": answers("BB", 30, c.bb), "ed": answers("", 60, sum)}})
			rows := rowsOf[cell](t, d, "SELECT * FROM report.question_results")
			require.Len(t, rows, 12)
			for _, r := range rows {
				set := r.Scope + " "
				if r.Place != nil {
					set += *r.Place
				}
				require.Equal(t, slices.Contains(c.hidden, set), r.N == nil, "%s %s", set, *r.Cell)
				require.Equal(t, r.N == nil, r.Reason != nil)
			}
		})
	}
}

// Where people spread points, cells are points and not people.
func TestPoints(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	odd(t, d, map[string]map[string]any{"answers": {"ed/AA": answers("AA", 10, map[string]int{"a": 998, "b": 2})}})
	for _, r := range rowsOf[cell](t, d, "SELECT * FROM report.question_results") {
		require.Equal(t, "points", r.Unit)
		require.NotNil(t, r.N)
		require.InDelta(t, float64(*r.N)/1000, *r.Share, 1e-6)
	}
}
