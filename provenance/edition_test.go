package provenance_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
	"daybook.internal/replay"
)

// Every recommendation of an edition comes from what 'auditor trace' shows, event by event, and its documents are valid in every direction.
func TestEveryRecommendation(t *testing.T) {
	t.Parallel()
	records, all := edition(t)
	x := indexed(t, records)
	kinds := map[provenance.ID]bool{}
	for _, id := range all {
		g := graph(t, x, id, provenance.Back)
		want := map[domain.EventID]bool{}
		for s, err := range replay.Trace(context.Background(), func() iter.Seq2[domain.Record, error] { return source(records) }, id) {
			require.NoError(t, err)
			switch s.Part {
			case replay.PartStatement, replay.PartOutput, replay.PartResult, replay.PartCoding, replay.PartSource, replay.PartRecommendation, replay.PartImport:
				want[s.ID] = true
			}
		}
		got := map[domain.EventID]bool{}
		for _, n := range g.Entities {
			if version(n) {
				require.Equal(t, records[n.Event.Seq].ID, n.Event.ID)
				got[n.Event.ID] = true
			}
		}
		require.Equal(t, want, got, "%s comes from something else than its trace", id)
		require.False(t, g.Truncated)
		for _, d := range provenance.Directions() {
			g := graph(t, x, id, d)
			holds(t, g)
			valid(t, g)
			for _, n := range g.Entities {
				for _, kind := range n.Types {
					kinds[kind] = true
				}
			}
		}
	}
	for _, kind := range []provenance.ID{"db:Worksheets", "db:Result", "db:Ballots", "db:Recommendation", "db:Synthesis", "db:Submission", "db:Response", "db:FollowUp", "db:Protocol", "db:Publication"} {
		require.Contains(t, slices.Collect(maps.Keys(kinds)), kind, "nothing of the edition is one")
	}
}

// version tells an entity that is a version of a stream from those that stand around.
func version(n provenance.Node) bool {
	return slices.ContainsFunc(n.Attrs, func(a provenance.Attr) bool { return a.Name == "stream" })
}
