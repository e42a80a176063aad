package release

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/release/table"
)

// TestBallotMembers holds the short way of ballots against their JSON.
func TestBallotMembers(t *testing.T) {
	t.Parallel()
	s, err := table.NewShape("ballot", 1, "", reflect.TypeFor[Ballot](), false)
	require.NoError(t, err)
	point := 3
	for _, b := range []Ballot{
		{Edition: "e", Question: domain.ArtefactRef{ID: "q", Version: 2}, Kind: domain.SingleChoice, Unit: domain.Individual, Session: "s", Wave: domain.PreWave, SampleType: domain.Quota, Place: "KE", Row: 4, Option: "a"},
		{Row: 1, NonResponse: domain.Refused}, {Row: 1, Point: &point}, {Endorsement: domain.Yes}, {Options: []domain.OptionID{"b", "a"}},
		{Ranking: [][]domain.OptionID{{"a", "b"}, {"c"}}}, {Allocation: map[domain.OptionID]int{"b": 1, "a": 0}},
	} {
		data, err := json.Marshal(b)
		require.NoError(t, err)
		var long, short []string
		into := func(to *[]string) func(*table.Table, table.Row) error {
			return func(t *table.Table, r table.Row) error { *to = append(*to, fmt.Sprint(t.Name, r)); return nil }
		}
		require.NoError(t, s.Rows("1", 9, data, into(&long)))
		require.NoError(t, s.Object("1", 9, b.members(), into(&short)))
		require.Equal(t, long, short)
	}
}
