package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// cell is a row of report.question_results.
type cell struct {
	Edition, Scope string
	Place          *string
	PlaceReason    *string
	SampleType     string
	Session        string
	Question       string
	Version        int64
	Wave           string
	Kind, Cell     *string
	Valid, N       *int64
	Unit           string
	Share          *float64
	Reason         *string
	At             int64
}

func (c cell) set() string {
	place := ""
	if c.Place != nil {
		place = *c.Place
	}
	return fmt.Sprint(c.Scope, "|", place, "|", c.SampleType, "|", c.Session, "|", c.Question, "|", c.Version, "|", c.Wave)
}

// Every cell of every document has its row, with its number, or with a reason and no number. What is hidden is hidden by the rule, and nothing else is.
func TestQuestionResults(t *testing.T) {
	t.Parallel()
	d := reported(t)
	s := open(t, d)
	want := map[string]map[string]int{} // by set, then by kind and cell
	valid := map[string]int64{}
	for _, d := range documents[projections.AnswersDoc](t, s, "answers") {
		scope := "country"
		if d.Place == "" {
			scope = "edition"
		}
		for kind, questions := range d.Samples {
			for _, q := range questions {
				set := fmt.Sprint(scope, "|", d.Place, "|", kind, "|", q.Session, "|", q.Question.ID, "|", q.Question.Version, "|", q.Wave)
				want[set], valid[set] = map[string]int{}, int64(q.Valid)
				for c, n := range q.Cells {
					want[set]["answer "+c] = n
				}
				for r, n := range q.NonResponse {
					want[set]["nonresponse "+string(r)] = n
				}
			}
		}
	}
	rule := documents[projections.EditionDoc](t, s, "edition")[0].Protocol.Suppression
	require.Equal(t, domain.Suppression{MinBase: 5, MinCell: 3}, rule)

	all := rowsOf[cell](t, d, "SELECT * FROM report.question_results")
	seen, shown, reasons := map[string]int{}, map[string]map[string]int64{}, map[string]int{}
	for _, r := range all {
		set := r.set()
		require.Contains(t, want, set)
		seen[set]++
		require.Equal(t, r.Place == nil, r.PlaceReason != nil)
		require.Equal(t, r.N == nil, r.Reason != nil, "%+v", r)
		require.False(t, r.N != nil && *r.N == 0)
		if r.Reason != nil {
			require.Nil(t, r.Share)
			reasons[*r.Reason]++
		}
		if r.Cell == nil {
			require.Empty(t, want[set])
			continue
		}
		n, is := want[set][*r.Kind+" "+*r.Cell]
		require.True(t, is, "%+v", r)
		if r.Valid != nil {
			require.Equal(t, valid[set], *r.Valid)
		}
		few := valid[set] < int64(rule.MinBase)
		require.True(t, !few || (r.Valid == nil && r.N == nil))
		if r.N != nil {
			require.Equal(t, int64(n), *r.N)
			require.True(t, r.Unit == "points" || n >= rule.MinCell)
			if shown[set] == nil {
				shown[set] = map[string]int64{}
			}
			shown[set][*r.Kind+" "+*r.Cell] = *r.N
		}
		if r.Share != nil && r.Unit == "people" {
			require.InDelta(t, float64(n)/float64(*r.Valid), *r.Share, 0.0001)
		}
	}
	require.Len(t, seen, len(want), "every set has rows")
	for set, cells := range want {
		require.Equal(t, max(1, len(cells)), seen[set], set)
		hidden := 0
		for c := range cells {
			if _, ok := shown[set][c]; !ok && strings.HasPrefix(c, "answer ") {
				hidden++
			}
		}
		require.NotEqual(t, 1, hidden, "one hidden cell follows from the others: %s", set)
	}
	require.Equal(t, []string{"fewer than 3 people", "hidden beside a cell with too few", "hidden beside the only country that hides it", "no cells: its answers are words"}, sorted(reasons))
	notTold(t, all)
}

func sorted(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// notTold says that no cell of a country is the difference between the edition's and those of all other countries.
func notTold(t *testing.T, all []cell) {
	t.Helper()
	hidden := map[string]int{} // countries that hide a column
	edition := map[string]bool{}
	for _, r := range all {
		if r.Cell == nil {
			continue
		}
		column := fmt.Sprint(r.SampleType, r.Session, r.Question, r.Version, r.Wave, *r.Kind, *r.Cell)
		if r.Scope == "edition" {
			edition[column] = r.N != nil
		} else if r.N == nil {
			hidden[column]++
		}
	}
	alone := 0
	for column, n := range hidden {
		if n == 1 {
			alone++
			require.False(t, edition[column], column)
		}
	}
	require.NotZero(t, alone)
}
