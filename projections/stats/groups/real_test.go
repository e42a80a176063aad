package groups

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
)

// sharedData is where the real conversations lie; they are not part of the project.
func sharedData(t testing.TB) string {
	t.Helper()
	return realdata.Path(t, "polis")
}

// conversation is an export as these tests need it. Respondents stand in the order in which they first voted, statements in the order of their ids.
type conversation struct {
	votes     *Votes
	out       []bool    // rejected by moderation
	published []int     // group of each respondent, -1 for none
	informed  []float64 // published group-informed consensus, NaN where there is none
}

func rows(t testing.TB, dir, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	require.NoError(t, err)
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var found []map[string]string
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		found = append(found, row)
	}
	return found
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

func read(t testing.TB, dir string) conversation {
	t.Helper()
	comments, cast, people := rows(t, dir, "comments.csv"), rows(t, dir, "votes.csv"), rows(t, dir, "participants-votes.csv")
	slices.SortFunc(comments, func(a, b map[string]string) int { return number(t, a["comment-id"]) - number(t, b["comment-id"]) })
	slices.SortStableFunc(cast, func(a, b map[string]string) int { return number(t, a["timestamp"]) - number(t, b["timestamp"]) })
	var c conversation
	statement, respondent := map[string]int{}, map[string]int{}
	for i, row := range comments {
		statement[row["comment-id"]] = i
		c.out = append(c.out, row["moderated"] == "-1")
		gic, err := strconv.ParseFloat(row["group-informed-consensus"], 64)
		if err != nil {
			gic = math.NaN()
		}
		c.informed = append(c.informed, gic)
	}
	var votes []Vote
	for _, row := range cast {
		r, known := respondent[row["voter-id"]]
		if !known {
			r = len(respondent)
			respondent[row["voter-id"]] = r
		}
		s, known := statement[row["comment-id"]]
		require.True(t, known, row["comment-id"])
		votes = append(votes, Vote{int32(r), int32(s), int8(number(t, row["vote"]))})
	}
	c.published = make([]int, len(respondent))
	for i := range c.published {
		c.published[i] = -1
	}
	for _, row := range people {
		if r, voted := respondent[row["participant"]]; voted && row["group-id"] != "" {
			c.published[r] = number(t, row["group-id"])
		}
	}
	var err error
	c.votes, err = NewVotes(len(respondent), len(comments), votes)
	require.NoError(t, err)
	return c
}

// agreement is the adjusted Rand index between the groups found and the published ones, over those who are in both.
func agreement(t testing.TB, c conversation, r *Result) (float64, int) {
	t.Helper()
	var a, b []int
	for i, who := range r.Selected {
		if c.published[who] >= 0 {
			a, b = append(a, r.Group[i]), append(b, c.published[who])
		}
	}
	index, err := AdjustedRand(a, b)
	require.NoError(t, err)
	return index, len(a)
}

// TestPublishedConsensus holds group-informed consensus against the column that was published with the conversation, for every statement.
func TestPublishedConsensus(t *testing.T) {
	t.Parallel()
	c := read(t, filepath.Join(sharedData(t), "bg2050-volunteers"))
	counts, err := c.votes.Count(c.published, 2)
	require.NoError(t, err)
	equal, furthest := 0, 0.0
	for s, published := range c.informed {
		off := math.Abs(Informed([]Count{counts[0][s], counts[1][s]}) - published)
		furthest = max(furthest, off)
		if off <= 2.3e-16 {
			equal++
		}
	}
	t.Logf("%d of %d statements, at most %.2g apart", equal, len(c.informed), furthest)
	require.Equal(t, 371, equal)
}

// TestPublishedGroups finds the groups of the real conversations again. The published ones are local optima of a conversation that was going on: nobody can find
// exactly those.
func TestPublishedGroups(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]struct {
		selected, groups int
		least            float64
	}{
		"15-per-hour-seattle":         {138, 2, 0.85},
		"bg2050-volunteers":           {107, 2, 0.8},
		"brexit-consensus":            {189, 2, 0.85},
		"canadian-electoral-reform":   {281, 2, 0.85},
		"london.youth.policing":       {24, 3, 0}, // 24 people: nothing to go by
		"scoop-hivemind.biodiversity": {441, 2, 0.85},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := read(t, filepath.Join(sharedData(t), name))
			p := Defaults()
			p.Bootstraps = 10
			r, err := Find(c.votes, c.out, p, nil)
			require.NoError(t, err)
			index, people := agreement(t, c, r)
			t.Logf("k = %d %v, adjusted Rand index %.3f, silhouette %.3f, bootstrap %.2f", r.K, r.Sizes, index, r.Silhouette, r.Stability.Median)
			require.Len(t, r.Selected, known.selected)
			require.Equal(t, known.selected, people, "the same people were grouped")
			require.Equal(t, known.groups, r.K, "as many groups as were published")
			require.GreaterOrEqual(t, index, known.least)
		})
	}
}

// TestMargin shows why k is chosen with a margin: the highest mean silhouette alone splits one of two published groups for less than a standard error.
func TestMargin(t *testing.T) {
	t.Parallel()
	c := read(t, filepath.Join(sharedData(t), "brexit-consensus"))
	p := Defaults()
	p.Bootstraps, p.SilhouetteMargin = 0, 0
	r, err := Find(c.votes, c.out, p, nil)
	require.NoError(t, err)
	require.Equal(t, 3, r.K)
	require.Less(t, r.Tried[1].Silhouette-r.Tried[0].Silhouette, r.Tried[1].SilhouetteError)
}
