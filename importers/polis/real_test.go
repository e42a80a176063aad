package polis

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// real are six exports of the Polis open data and what is known of them from other readers.
var real = []struct {
	name                       string
	voters, authors            int
	rejected, undone, accepted int // comments by moderation
	counted                    int // comments, by the summary
	votes, revised             int
	agrees, disagrees          int
	groups                     int
	views                      int
	flags                      bool
}{
	{"15-per-hour-seattle", 339, 33, 23, 1, 30, 54, 2995, 123, 1400, 936, 2, 6184, false},
	{"bg2050-volunteers", 126, 64, 55, 0, 316, 371, 14341, 58, 10048, 1626, 2, 126, true},
	{"brexit-consensus", 204, 11, 0, 0, 50, 50, 5312, 9, 2689, 1957, 2, 204, false},
	{"canadian-electoral-reform", 448, 23, 22, 0, 152, 174, 12018, 68, 7230, 2861, 2, 448, false},
	{"london.youth.policing", 26, 16, 3, 0, 36, 36, 640, 2, 394, 192, 3, 27, false},
	{"scoop-hivemind.biodiversity", 536, 97, 162, 0, 154, 314, 29802, 83, 19285, 5488, 2, 536, false},
}

func TestRealExports(t *testing.T) {
	t.Parallel()
	root := sharedData(t)
	for _, want := range real {
		t.Run(want.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(root, want.name)
			got, err := Read(dir, nil)
			require.NoError(t, err)
			require.Equal(t, want.name, got.Name)
			require.False(t, got.MatrixOnly)
			require.Empty(t, got.Skipped)

			authors, voters := map[string]bool{}, map[string]bool{}
			moderated := map[int]int{}
			agrees, disagrees := 0, 0
			for _, c := range got.Comments {
				authors[c.Author] = true
				moderated[c.Moderated]++
				agrees += *c.Agrees
				disagrees += *c.Disagrees
				require.Equal(t, want.flags, c.Seed != nil && c.Meta != nil)
			}
			rows := want.rejected + want.undone + want.accepted
			require.Equal(t, Rows{Comments: rows, Votes: want.votes}, got.Read)
			require.Len(t, got.Comments, rows)
			require.Len(t, got.Votes, want.votes)
			require.Equal(t, [3]int{want.rejected, want.undone, want.accepted}, [3]int{moderated[-1], moderated[0], moderated[1]})
			require.Len(t, authors, want.authors)

			current := map[[2]string]int8{}
			cast := map[int8]int{}
			for i, v := range got.Votes {
				if i > 0 {
					before := got.Votes[i-1]
					require.True(t, before.Time < v.Time || before.Time == v.Time && before.Row < v.Row)
				}
				voters[v.Voter] = true
				cast[v.Value]++
				current[[2]string{v.Comment, v.Voter}] = v.Value
			}
			require.Len(t, voters, want.voters)
			require.Len(t, current, want.votes-want.revised)
			require.Equal(t, [2]int{want.agrees, want.disagrees}, [2]int{cast[1], cast[-1]})
			require.Equal(t, [2]int{want.agrees, want.disagrees}, [2]int{agrees, disagrees})

			s := got.Summary
			require.NotEmpty(t, s.Topic)
			require.Regexp(t, `^https://pol\.is/\w+$`, s.URL)
			require.Equal(t, []int{want.views, want.voters, want.voters, want.authors, want.counted, want.groups},
				[]int{*s.Views, *s.Voters, *s.VotersInConv, *s.Commenters, *s.Comments, *s.Groups})
			var differs []Difference
			if rows > want.counted { // statements that nobody voted on
				differs = []Difference{{DiffComments, summaryFile, want.counted, rows}}
			}
			require.Equal(t, differs, got.Differences)

			// The matrix, read by another reader, has the vote that stands in each cell and no other votes.
			f, err := os.Open(filepath.Join(dir, matrixFile))
			require.NoError(t, err)
			defer f.Close()
			matrix, err := csv.NewReader(f).ReadAll()
			require.NoError(t, err)
			cells := 0
			for _, row := range matrix[1:] {
				for i, value := range row {
					if _, err := strconv.Atoi(matrix[0][i]); err != nil || value == "" {
						continue
					}
					cells++
					v, ok := current[[2]string{matrix[0][i], row[0]}]
					require.True(t, ok)
					require.Equal(t, value, strconv.Itoa(int(v)))
				}
			}
			require.Len(t, current, cells)
		})
	}
}

// TestRealTexts compares every text with what encoding/csv reads; no real export has a CRLF, so they must be the same.
func TestRealTexts(t *testing.T) {
	t.Parallel()
	root := sharedData(t)
	for _, want := range real {
		got, err := Read(filepath.Join(root, want.name), nil)
		require.NoError(t, err)
		f, err := os.Open(filepath.Join(root, want.name, commentsFile))
		require.NoError(t, err)
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		require.NoError(t, err)
		for _, c := range got.Comments {
			row := rows[c.Row]
			require.Equal(t, row[len(row)-1], c.Text)
			require.Equal(t, row[0], strconv.FormatInt(c.Time, 10))
		}
	}
}

// TestRealCuts cuts the files of the smallest real export after every row. The last row of its comments.csv is a comment that
// nobody voted on, by somebody who never voted; its loss is the only one that cannot be seen.
func TestRealCuts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sharedData(t), "london.youth.policing")
	whole := files{}
	for _, name := range allFiles {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			whole[name] = string(b)
		}
	}
	want, err := read(whole.fs(), dir, "london", nil)
	require.NoError(t, err)
	cuts, unseen := 0, ""
	for name, text := range whole {
		for i := range text[:len(text)-1] {
			if text[i] != '\n' {
				continue
			}
			cuts++
			got, err := read(whole.with(name, text[:i+1]).fs(), dir, "london", nil)
			if err == nil && !reflect.DeepEqual(kept(want), kept(got)) {
				unseen += fmt.Sprintf("%s, last %d rows;", name, strings.Count(text[i+1:], "\n"))
			}
		}
	}
	require.Equal(t, "comments.csv, last 1 rows;", unseen)
	require.Equal(t, 8+39+640+26, cuts)
}
