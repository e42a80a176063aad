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
)

// sharedData is where the real conversations lie; they are not part of the project.
func sharedData(t testing.TB) string {
	t.Helper()
	root := os.Getenv("DAYBOOK_SHARED_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "polis")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the real conversations are missing: %v; set DAYBOOK_SHARED_DATA", err)
		}
		t.Skipf("the real conversations are not here (%v); set DAYBOOK_SHARED_DATA to the folder that holds polis/", err)
	}
	return dir
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

func TestExplore(t *testing.T) {
	for _, name := range []string{"15-per-hour-seattle", "bg2050-volunteers", "brexit-consensus", "canadian-electoral-reform", "london.youth.policing", "scoop-hivemind.biodiversity"} {
		c := read(t, filepath.Join(sharedData(t), name))
		r, err := Find(c.votes, c.out, Defaults(), nil)
		require.NoError(t, err)
		x, n := agreement(t, c, r)
		t.Log(name, len(r.Selected), "k", r.K, r.Sizes, "ari", x, n, "sil", r.Silhouette, r.Explained, r.Tried, r.Stability.Mean, r.Stability.Median, r.Stability.Lowest)
		for _, s := range r.Tried {
			p := Defaults()
			p.MaxGroups = s.K
		}
	}
}
