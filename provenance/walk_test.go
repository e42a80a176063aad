package provenance_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/provenance"
	"daybook.internal/replay"
)

func ids(nodes []provenance.Node) (all []string) {
	for _, n := range nodes {
		if version(n) {
			all = append(all, string(n.ID))
		}
	}
	return all
}

// What a graph holds of the village, counted by hand, in each direction.
func TestDirections(t *testing.T) {
	t.Parallel()
	x := indexed(t, village(t))
	own := []string{"st:recommendation-rc_1@1", "st:recommendation-rc_1@2", "st:recommendation-rc_1@3", "st:recommendation-rc_1@4", "st:recommendation-rc_1@5", "st:recommendation-rc_1@6"}
	back := []string{"st:coding-cd_1@1", "st:recommendation-rc_0@1"}
	sources := []string{
		"st:statement-dl_KE/st_1@1", "st:statement-dl_KE/st_1@2", "st:statement-dl_KE/st_2@1", "st:table-dl_KE/t%201@1", "st:table-dl_KE/t%201@2", "st:tally-dl_KE/s1@1",
		"st:tally-dl_KE/s1@2", "st:tally-dl_KE/s2@1",
	}
	forward := []string{"st:publication-pb_1@1"}
	after := []string{"st:recommendation-rc_world@1", "st:submission-sb_1@1", "st:submission-sb_1@2", "st:submission-sb_1@3", "st:synthesis-ed_1@1"}
	require.ElementsMatch(t, append(append(back, own...), sources...), ids(graph(t, x, "rc_1", provenance.Back).Entities))
	require.ElementsMatch(t, append(append(forward, own...), after...), ids(graph(t, x, "rc_1", provenance.Forward).Entities))
	require.Len(t, ids(graph(t, x, "rc_1", provenance.Both).Entities), 6+10+6)
	// rc_0 was used by the first version of rc_1, and what came of that came of it.
	require.Len(t, ids(graph(t, x, "rc_0", provenance.Forward).Entities), 1+6+6)

	g := graph(t, x, "rc_1", provenance.Back)
	require.Contains(t, g.Derivations, provenance.Derivation{
		Generated: "st:recommendation-rc_1@1", Used: "st:statement-dl_KE/st_1@2", Kinds: []provenance.ID{"prov:Quotation", "prov:PrimarySource"}, Role: domain.QuoteRole, Activity: "act:recommendation-rc_1@1",
	})
	require.Contains(t, g.Derivations, provenance.Derivation{
		Generated: "st:recommendation-rc_1@4", Used: "st:recommendation-rc_1@3", Kinds: []provenance.ID{"prov:Revision"}, Activity: "act:recommendation-rc_1@3",
	}, "one activity from the opening of an endorsement to its close")
	require.Contains(t, g.Generations, provenance.Generation{Entity: "ballots:tally-dl_KE/s1@2", Activity: "act:dialogue-dl_KE@2"})
}

// At a position, the graph is that of the records before it: the same as that of an index which has no others.
func TestAt(t *testing.T) {
	t.Parallel()
	records := village(t)
	x := indexed(t, records)
	for n := range records {
		for _, d := range provenance.Directions() {
			q := provenance.Query{Recommendation: "rc_1", Direction: d, At: uint64(n)}
			got, err := x.Graph(q)
			want, wantErr := indexed(t, records[:n]).Graph(q)
			if n < 15 {
				require.ErrorIs(t, err, provenance.ErrNotFound)
				require.ErrorIs(t, wantErr, provenance.ErrNotFound)
				continue
			}
			require.NoError(t, err)
			require.NoError(t, wantErr)
			require.Equal(t, want, got)
			require.LessOrEqual(t, got.Position, uint64(n))
			again, err := x.Graph(provenance.Query{Recommendation: "rc_1", Direction: d, At: got.Position})
			require.NoError(t, err)
			require.Equal(t, again.Entities, got.Entities)
			holds(t, got)
			valid(t, got)
		}
	}
}

// A graph that has no room for everything has what is nearest, holds, and says so.
func TestLimit(t *testing.T) {
	t.Parallel()
	x := indexed(t, village(t))
	for _, d := range provenance.Directions() {
		whole := graph(t, x, "rc_1", d).Versions
		for limit := 1; limit <= whole+1; limit++ {
			g, err := x.Graph(provenance.Query{Recommendation: "rc_1", Direction: d, At: replay.Head, Limit: limit})
			require.NoError(t, err)
			require.Equal(t, min(limit, whole), g.Versions)
			require.Equal(t, limit < whole, g.Truncated)
			holds(t, g)
			valid(t, g)
			require.Contains(t, ids(g.Entities), "st:recommendation-rc_1@6")
		}
	}
	for _, q := range []provenance.Query{{Recommendation: "rc_1", Direction: "up"}, {Recommendation: "rc_1"}, {Recommendation: "rc_1", Direction: provenance.Back, Limit: -1}, {Recommendation: "rc_1", Direction: provenance.Back, Limit: provenance.MaxLimit + 1}} {
		_, err := x.Graph(q)
		require.Error(t, err)
	}
}

// Records that no ledger of ours holds: out of order, or in a circle. The walk ends, and nothing comes from itself.
func TestRecordsOutOfOrder(t *testing.T) {
	t.Parallel()
	records := village(t)
	x := provenance.NewIndex()
	require.ErrorIs(t, x.Take(records[1]), provenance.ErrOrder)
	require.NoError(t, x.Take(records[0]))
	gap := records[1]
	gap.Revision = 3
	require.NoError(t, x.Take(gap), "partners are no stream of the graph")
	gap = records[13]
	gap.Seq, gap.Revision = 2, 3
	require.ErrorIs(t, x.Take(gap), provenance.ErrOrder)
	require.EqualValues(t, 2, x.Size())

	a, b := domain.RecommendationStream("rc_a"), domain.RecommendationStream("rc_b")
	on := func(s domain.StreamID) []domain.Source {
		return []domain.Source{{Ref: domain.Ref{Stream: s, Version: 1}, Role: domain.Basis}}
	}
	circle := indexed(t, recordsTold(t, []told{
		{"", a, domain.RecommendationDrafted{Recommendation: "rc_a", Level: domain.GlobalLevel, Sources: on(b)}},
		{"", b, domain.RecommendationDrafted{Recommendation: "rc_b", Level: domain.GlobalLevel, Sources: on(a)}},
	}))
	for _, d := range provenance.Directions() {
		_, err := circle.Graph(provenance.Query{Recommendation: "rc_b", Direction: d, At: replay.Head})
		require.ErrorIs(t, err, provenance.ErrOrder)
	}
}

// The view of lineage says the same of the present: sources, and what stands on a recommendation.
func TestLineageView(t *testing.T) {
	t.Parallel()
	records, all := edition(t)
	x := indexed(t, records)
	fold := projections.NewFold([]projections.View{projections.Lineage}, nil)
	for _, r := range records {
		f, err := r.Decode()
		require.NoError(t, err)
		require.NoError(t, fold.Apply(f))
	}
	docs := map[string]projections.LineageDoc{}
	for ref, d := range fold.Documents() {
		var doc projections.LineageDoc
		require.NoError(t, json.Unmarshal(d.Data, &doc))
		docs[ref.Key] = doc
	}
	compared := 0
	for _, id := range all {
		stream := domain.RecommendationStream(id)
		g := graph(t, x, id, provenance.Both)
		from := map[string]bool{}
		for _, d := range g.Derivations {
			from[fmt.Sprint(d.Generated, " ", d.Used)] = true
		}
		for _, s := range docs[string(stream)].Sources {
			found := false
			for v := uint64(1); ; v++ {
				if !contains(g, fmt.Sprintf("st:%s@%d", stream, v)) {
					break
				}
				found = found || from[fmt.Sprintf("st:%s@%d st:%s", stream, v, s.Ref)]
			}
			require.True(t, found, "%s stands on %s", id, s.Ref)
			compared++
		}
		for _, u := range docs[string(stream)].UsedBy {
			require.True(t, contains(g, fmt.Sprintf("st:%s@1", u.By)), "%s stands on %s", u.By, id)
			compared++
		}
	}
	require.Greater(t, compared, 20)
}

func contains(g *provenance.Graph, id string) bool {
	for _, n := range g.Entities {
		if string(n.ID) == id {
			return true
		}
	}
	return false
}

// What is under an embargo at the last record is not told, and stands there afterwards.
func TestEmbargo(t *testing.T) {
	t.Parallel()
	own := domain.RecommendationStream("rc_1")
	until := domain.Time(1_000_000 + 1000*3) // see recordsTold
	x := indexed(t, recordsTold(t, []told{
		{"", own, domain.RecommendationDrafted{Recommendation: "rc_1", Level: domain.GlobalLevel}},
		{"", domain.SubmissionStream("sb_1"), domain.RecommendationSubmitted{Submission: "sb_1", Recommendation: domain.Ref{Stream: own, Version: 1}, RecommendationID: "rc_1", EmbargoUntil: until}},
		{"", domain.PublicationStream("pb_1"), domain.PublicationReleased{Publication: "pb_1", Recommendations: []domain.RecommendationID{"rc_1"}, EmbargoUntil: until}},
		{"", own, domain.RecommendationDecided{Recommendation: "rc_1", Version: 1, Outcome: domain.Adopted}},
	}))
	for at, want := range map[uint64]int{3: 1, 4: 4} {
		g, err := x.Graph(provenance.Query{Recommendation: "rc_1", Direction: provenance.Forward, At: at})
		require.NoError(t, err)
		require.Equal(t, want, g.Versions, "at %d", at)
	}
}
