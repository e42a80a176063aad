package main

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
	"daybook.internal/projections/stats/groups"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

// TestRealGroups imports real conversations, asks for their opinion groups, and holds these against the groups that were published with them. Those are local optima
// of a conversation that was going on, so nobody can find exactly them.
func TestRealGroups(t *testing.T) {
	t.Parallel()
	from, data := sharedData(t), filepath.Join(t.TempDir(), "data")
	type known struct {
		people, statements, out, grouped, k int
		shown                               bool // no group is smaller than ten people
	}
	conversations := map[string]known{
		"bg2050-volunteers":   {126, 371, 55, 107, 2, false},
		"brexit-consensus":    {204, 50, 0, 189, 2, true},
		"15-per-hour-seattle": {339, 54, 23, 138, 2, true},
	}
	var all struct{ Conversation string }
	documents := map[string]*measures.GroupsDoc{}
	for name := range conversations {
		daybook(t, &all, "import", "polis", filepath.Join(from, name), "--data", data, "-q")
		documents[name] = &measures.GroupsDoc{}
		daybook(t, documents[name], "view", "get", "groups", name, "--data", data)
	}
	n, err := openLedger(t.Context(), data)
	require.NoError(t, err)
	defer n.Close()
	state, err := live.At(t.Context(), n.ledger, replay.Head, nil)
	require.NoError(t, err)
	for name, k := range conversations {
		d := documents[name]
		require.Empty(t, d.Errors)
		require.Equal(t, k, known{d.Respondents, d.Posted, d.Out, d.Grouped, d.K, !d.Groups[0].Suppressed && !d.Groups[1].Suppressed}, name)
		require.Equal(t, 100, d.Stability.Runs)

		people, err := measures.GroupOf(state, domain.ConversationID(name), nil)
		require.NoError(t, err)
		require.Len(t, people, d.Grouped)
		sizes := make([]int, d.K)
		var found, published []int
		for _, row := range rowsBy(t, filepath.Join(from, name, "participants-votes.csv"), "participant") {
			group, ok := people[domain.Pseudonym(row["participant"])]
			if !ok {
				continue
			}
			sizes[group-1]++
			was, err := strconv.Atoi(row["group-id"])
			require.NoError(t, err, "the same people were grouped")
			found, published = append(found, group-1), append(published, was)
		}
		require.Len(t, found, d.Grouped)
		if !k.shown {
			continue
		}
		index, err := groups.AdjustedRand(found, published)
		require.NoError(t, err)
		require.GreaterOrEqual(t, index, 0.75, name)
		t.Logf("%s: adjusted Rand index %.3f, sizes %v", name, index, sizes)
		for i, size := range sizes {
			require.Equal(t, size, *d.Groups[i].Size)
			require.NotEmpty(t, d.Groups[i].Representative)
		}
		for _, s := range d.Statements { // with what is published, anybody checks what is published
			if s.Informed == 0 { // null
				continue
			}
			product := 1.0
			for _, c := range s.Groups {
				product *= groups.Smoothed(c.Agree, c.Votes)
			}
			require.InDelta(t, product, float64(s.Informed), 5e-7)
		}
	}
}
