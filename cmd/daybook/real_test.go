package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
	"daybook.internal/projections"
)

// sharedData finds the real conversations. They are not part of the project; where they are not at hand, the test is skipped, except in CI.
func sharedData(t *testing.T) string {
	t.Helper()
	return realdata.Path(t, "polis")
}

// daybook runs the program in this process and gives what it printed.
func daybook(t *testing.T, into any, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot(&out, &errs)
	root.SetArgs(append(args, "-o", "json"))
	require.NoError(t, root.ExecuteContext(t.Context()), "%v: %s", args, errs.String())
	require.NoError(t, json.Unmarshal(out.Bytes(), into), "%v: %s", args, out.String())
}

// TestRealConversations imports six real conversations and compares every number with the figures known of them, and every statement with its row.
func TestRealConversations(t *testing.T) {
	t.Parallel()
	from, data := sharedData(t), filepath.Join(t.TempDir(), "data")
	type known struct{ voters, rows, rejected, undecided, accepted, events, current, revised int }
	conversations := map[string]known{
		"15-per-hour-seattle":         {339, 54, 23, 1, 30, 2995, 2872, 123},
		"bg2050-volunteers":           {126, 371, 55, 0, 316, 14341, 14283, 58},
		"brexit-consensus":            {204, 50, 0, 0, 50, 5312, 5303, 9},
		"canadian-electoral-reform":   {448, 174, 22, 0, 152, 12018, 11950, 68},
		"london.youth.policing":       {26, 39, 3, 0, 36, 640, 638, 2},
		"scoop-hivemind.biodiversity": {536, 316, 162, 0, 154, 29802, 29719, 83},
	}
	var all projections.Talk
	for name, k := range conversations {
		type result struct {
			Conversation string
			Read         struct{ Comments, Votes int }
			Written      int
			Skipped      map[string]int
		}
		var first, second result
		daybook(t, &first, "import", "polis", filepath.Join(from, name), "--data", data, "-q")
		require.Equal(t, name, first.Conversation)
		require.Equal(t, k.rows, first.Read.Comments)
		require.Equal(t, k.events, first.Read.Votes)
		require.Empty(t, first.Skipped)
		require.Greater(t, first.Written, k.rows+k.events)
		daybook(t, &second, "import", "polis", filepath.Join(from, name), "--data", data, "-q")
		require.Zero(t, second.Written, "twice writes nothing new")

		var c projections.ConversationDoc
		daybook(t, &c, "view", "get", "conversation", name, "--data", data)
		require.Equal(t, k, known{
			c.Respondents, c.Statements, c.Rejected, c.Undecided, c.Accepted, sum(c.ReactionEvents), sum(c.Reactions), c.Revised,
		}, name)
		all.Statements += c.Statements
		all.Respondents += c.Respondents
		all.Revised += c.Revised

	}
	compareStatements(t, from, data)
	var g projections.GlobalDoc
	daybook(t, &g, "view", "get", "global", "--data", data)
	require.Len(t, g.Samples, 1)
	require.Equal(t, len(conversations), g.Samples["openOnline"].Dialogues)
	require.Equal(t, all.Statements, g.Samples["openOnline"].Statements)
	require.Equal(t, all.Respondents, g.Samples["openOnline"].Respondents)
	require.Equal(t, all.Revised, g.Samples["openOnline"].Revised)

	var report replayReport
	daybook(t, &report, "replay", "--data", data)
	require.Zero(t, report.Mismatches)
	documents := uint64(0)
	for view, want := range map[string]int{
		"conversation": 6, "dialogue": 6, "room": 6, "statement": 1004, "country": 1, "global": 1, "edition": 1,
		"artefact": 4, // the descriptions that four of them have
		"partner":  1, // who held them all
	} {
		var listed []json.RawMessage
		daybook(t, &listed, "view", "list", view, "--data", data)
		require.Len(t, listed, want, view)
		documents += uint64(want)
	}
	require.Equal(t, documents, report.Documents, "and no others")
	require.Greater(t, report.Events, uint64(65_108+1004))
}

// compareStatements holds every statement's document against its row in comments.csv.
func compareStatements(t *testing.T, from, data string) {
	t.Helper()
	var listed []struct {
		Key      string
		Document projections.StatementDoc
	}
	daybook(t, &listed, "view", "list", "statement", "--data", data)
	require.Len(t, listed, 1004)
	rows := map[string]map[string]map[string]string{}
	for _, l := range listed {
		s := l.Document
		name := string(s.Conversation)
		if rows[name] == nil {
			rows[name] = commentRows(t, filepath.Join(from, name, "comments.csv"))
		}
		row := rows[name][string(s.Statement)]
		require.Equal(t, name+"/"+row["comment-id"], l.Key)
		require.Equal(t, row["agrees"], strconv.Itoa(s.ReactionEvents.Agree), l.Key)
		require.Equal(t, row["disagrees"], strconv.Itoa(s.ReactionEvents.Disagree), l.Key)
		require.Equal(t, row["moderated"], strconv.Itoa(s.Accepted-s.Rejected), l.Key)
		require.Equal(t, row["author-id"], string(s.Author), l.Key)
	}
}

func sum(v projections.Values) int { return v.Agree + v.Disagree + v.Pass }

// commentRows reads comments.csv by header, with another reader than the importer's.
func commentRows(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	return rowsBy(t, path, "comment-id")
}

// rowsBy reads a table with a header, by one of its columns.
func rowsBy(t *testing.T, path, column string) map[string]map[string]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	byID := map[string]map[string]string{}
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range rows[0] {
			r[name] = row[i]
		}
		byID[r[column]] = r
	}
	return byID
}
