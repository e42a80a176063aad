package polis

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// want is the export that a conversation should come out as.
func (c conversation) want(o form) *Export {
	e := &Export{
		Name: "talk",
		Summary: Summary{
			Topic: c.topic, Description: c.description, URL: "https://example.org/talk",
			Commenters: ptr(4), Comments: ptr(5), Groups: ptr(2), Views: ptr(31), Voters: ptr(4), VotersInConv: ptr(4),
		},
		Comments: slices.Clone(c.comments), Votes: slices.Clone(c.votes),
		Read: Rows{Comments: len(c.comments), Votes: len(c.votes)}, Skipped: map[string]int{},
	}
	totals := map[string][2]int{"0": {2, 1}, "2": {0, 2}, "3": {2, 0}, "9": {1, 1}, "10": {2, 0}}
	for i := range e.Comments {
		m := &e.Comments[i]
		if !o.flags {
			m.Seed, m.Meta = nil, nil
		}
		if !o.noTotals {
			n := totals[m.ID]
			m.Agrees, m.Disagrees = &n[0], &n[1]
		}
	}
	slices.SortStableFunc(e.Votes, func(a, b Vote) int { return int(a.Time - b.Time) })
	return e
}

func TestReadForms(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]form{
		"Everything":      {flags: true, xid: true},
		"Plain":           {noMatrix: true, noHistory: true},
		"NoTotals":        {noTotals: true},
		"CRLF":            {crlf: true, flags: true},
		"ByteOrderMark":   {mark: true},
		"AllQuoted":       {quoteAll: true, mark: true, crlf: true},
		"ReversedColumns": {reversed: true, flags: true, xid: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := talk()
			f := c.files(o)
			var calls int
			var done, all int64
			got, err := Read(f.write(t), func(read, total int64) {
				require.Greater(t, read, done)
				calls, done, all = calls+1, read, total
			})
			require.NoError(t, err)
			want := c.want(o)
			want.Digest = digestOf(f)
			require.Equal(t, want, got)
			require.Equal(t, len(f), calls)
			require.Equal(t, all, done)
		})
	}
}

func digestOf(f files) [32]byte {
	var lines strings.Builder
	for _, name := range allFiles {
		if text, ok := f[name]; ok {
			fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256([]byte(text)), name)
		}
	}
	return sha256.Sum256([]byte(lines.String()))
}

func TestReadFurtherColumnsAndKeys(t *testing.T) {
	t.Parallel()
	f := talk().files(form{noHistory: true})
	f = f.with(votesFile, strings.ReplaceAll(strings.ReplaceAll(f[votesFile], ",vote\n", ",vote,important\n"), ",1\n", ",1,x\n"))
	f = f.with(votesFile, strings.ReplaceAll(strings.ReplaceAll(f[votesFile], ",0\n", ",0,\n"), ",-1\n", ",-1,\n"))
	f = f.with(summaryFile, f[summaryFile]+"vote-convention,1\nmood,good\n")
	f = f.with("notes.txt", "not read")
	got, err := Read(f.write(t), nil)
	require.NoError(t, err)
	want := talk().want(form{})
	want.Digest = digestOf(f)
	require.Equal(t, want, got)
}

func TestReadMatrixOnly(t *testing.T) {
	t.Parallel()
	got, err := Read(talk().files(form{noVotes: true}).write(t), nil)
	require.NoError(t, err)
	require.True(t, got.MatrixOnly)
	require.Equal(t, []Vote{
		{1, 0, "0", "1", -1}, {1, 0, "2", "1", 0}, {1, 0, "9", "1", -1},
		{2, 0, "0", "2", 0}, {2, 0, "3", "2", 1}, {2, 0, "9", "2", 0}, {2, 0, "10", "2", 1},
		{3, 0, "0", "3", 0}, {3, 0, "2", "3", -1}, {3, 0, "9", "3", 1}, {3, 0, "10", "3", 0},
		{4, 0, "0", "12", 1}, {4, 0, "3", "12", 0}, {4, 0, "10", "12", 0},
	}, got.Votes)
	require.Equal(t, Rows{Comments: 5, Votes: 14}, got.Read)
	// What was revised is not in the matrix, and the totals tell so.
	require.Equal(t, []Difference{
		{DiffAgrees, "comment 0", 2, 1}, {DiffAgrees, "comment 10", 2, 1}, {DiffDisagrees, "comment 2", 2, 1},
		{DiffAgrees, "comment 3", 2, 1}, {DiffHistoryVotes, historyFile, 19, 14},
	}, got.Differences)
}

func TestReadSkips(t *testing.T) {
	t.Parallel()
	base := talk().files(form{noMatrix: true, noHistory: true})
	row := func(id, agrees, disagrees, text string) string {
		return "1700000009999,some day," + id + ",7," + agrees + "," + disagrees + ",1," + text + "\n"
	}
	vote := func(comment, value string) string { return "1700000200000,some day," + comment + ",2," + value + "\n" }
	comments := func(rows ...string) files {
		return base.with(commentsFile, base[commentsFile]+strings.Join(rows, ""))
	}

	for name, c := range map[string]struct {
		files   files
		skipped map[string]int
		read    Rows
		kept    [2]int
		differs []string
	}{
		"CommentWithoutVotes": {
			comments(row("77", "0", "0", "nobody voted")), map[string]int{}, Rows{6, 19}, [2]int{6, 19},
			[]string{"comments of summary.csv: 5 expected, 6 found"},
		},
		"SameCommentTwiceTotalsRepeated": {
			comments(row("0", "2", "1", "again")), map[string]int{SkipDuplicateComment: 1}, Rows{6, 19}, [2]int{5, 19}, nil,
		},
		"SameCommentTwiceTotalsSplit": {
			comments(row("0", "1", "1", "again")).edit(t, commentsFile, ",0,7,2,1,", ",0,7,1,0,"),
			map[string]int{SkipDuplicateComment: 1}, Rows{6, 19}, [2]int{5, 19}, nil,
		},
		"EmptyText": {
			comments(row("77", "1", "0", ""), row("78", "0", "0", `" `+"\n"+`"`)).with(votesFile, base[votesFile]+vote("77", "1")),
			map[string]int{SkipEmptyText: 2, SkipEmptyTextVote: 1}, Rows{7, 20}, [2]int{5, 19},
			[]string{"comments of summary.csv: 5 expected, 7 found"},
		},
		"VoteOnUnknownComment": {
			base.with(votesFile, base[votesFile]+vote("99", "1")+vote("98", "0")),
			map[string]int{SkipUnknownComment: 2}, Rows{5, 21}, [2]int{5, 19}, nil,
		},
		"MoreVotesThanTotals": {
			base.with(votesFile, base[votesFile]+vote("9", "1")+vote("9", "-1")), map[string]int{}, Rows{5, 21}, [2]int{5, 21},
			[]string{"agrees of comment 9: 1 expected, 2 found", "disagrees of comment 9: 1 expected, 2 found"},
		},
		"MoreVotersAndAuthorsThanSummary": {
			base.edit(t, summaryFile, "voters,4", "voters,3").edit(t, summaryFile, "commenters,4", "commenters,1"),
			map[string]int{}, Rows{5, 19}, [2]int{5, 19},
			[]string{"commenters of summary.csv: 1 expected, 4 found", "voters of summary.csv: 3 expected, 4 found"},
		},
		"NoCounts": {
			base.with(summaryFile, "topic,T\nvoters,\nconversation-description,\n"), map[string]int{}, Rows{5, 19}, [2]int{5, 19}, nil,
		},
		"NoVotesAtAll": {
			files{
				summaryFile: "topic,T\nconversation-description,\"\"", votesFile: "timestamp,comment-id,voter-id,vote\n",
				commentsFile: "timestamp,comment-id,author-id,moderated,comment-body\n5,a,b,1,c\n",
			}, map[string]int{}, Rows{1, 0}, [2]int{1, 0}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(c.files.write(t), nil)
			require.NoError(t, err)
			require.Equal(t, c.skipped, got.Skipped)
			require.Equal(t, c.read, got.Read)
			require.Equal(t, c.kept, [2]int{len(got.Comments), len(got.Votes)})
			var differs []string
			for _, d := range got.Differences {
				differs = append(differs, d.String())
			}
			require.Equal(t, c.differs, differs)
			require.Equal(t, "Trams, of course", firstText(got, "0", "Trams, of course"), "the first row stands")
		})
	}
}

func firstText(e *Export, id, otherwise string) string {
	for _, c := range e.Comments {
		if c.ID == id {
			return c.Text
		}
	}
	return otherwise
}

func TestReadMatrixDifferences(t *testing.T) {
	t.Parallel()
	base := talk().files(form{noHistory: true})
	for name, c := range map[string]struct {
		files files
		want  []Difference
	}{
		// Row "1,,2,3,0,2,-1,0,,-1,": comments 0, 2, 3, 9, 10.
		"OtherValue": {
			base.edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,2,3,0,2,-1,1,,-1,\n"),
			[]Difference{{DiffCell, "comment 2, voter 1", 1, 0}, {DiffCellAgrees, "participant 1", 0, 1}},
		},
		"OtherValueOfLastVote": { // all agrees are told, so none can have been cut off
			base.edit(t, matrixFile, "12,,0,3,1,0,1,,0,,0\n", "12,,0,3,1,0,1,,0,,1\n"),
			[]Difference{{DiffCell, "comment 10, voter 12", 1, 0}, {DiffCellAgrees, "participant 12", 1, 2}},
		},
		"OtherValuePass": {
			base.edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,2,3,0,2,0,0,,-1,\n"),
			[]Difference{{DiffCell, "comment 0, voter 1", 0, -1}, {DiffCellDisagrees, "participant 1", 2, 1}},
		},
		"EmptyCell": {
			base.edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,2,2,0,1,,0,,-1,\n"),
			[]Difference{{DiffVotesWithoutCell, matrixFile, 13, 14}},
		},
		"MoreCellsThanCounted": {
			base.edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,2,2,0,2,-1,0,,-1,\n"),
			[]Difference{{DiffCells, "participant 1", 2, 3}},
		},
		"MoreCommentsThanCounted": {
			base.edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,1,3,0,2,-1,0,,-1,\n"),
			[]Difference{{DiffWritten, "participant 1", 1, 2}},
		},
		"OtherValueAnyOrder": { // voter 1 did agree on comment 0 before
			unordered(t, talk().files(form{noHistory: true, noTotals: true})).edit(t, matrixFile, "1,,2,3,0,2,-1,0,,-1,\n", "1,,2,3,0,2,1,0,,-1,\n"),
			[]Difference{{DiffCell, "comment 0, voter 1", 1, -1}, {DiffCellAgrees, "participant 1", 0, 1}, {DiffCellDisagrees, "participant 1", 2, 1}},
		},
		"HistoryBehind": {
			base.with(historyFile, "n-votes,n-comments\n18,4\n"),
			[]Difference{{DiffHistoryComments, historyFile, 4, 5}, {DiffHistoryVotes, historyFile, 18, 19}},
		},
		"HistoryOfAnotherForm": {base.with(historyFile, "when,what\n18,4\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(c.files.write(t), nil)
			require.NoError(t, err)
			require.Equal(t, c.want, got.Differences)
			require.Len(t, got.Votes, 19, "the matrix only bears witness")
		})
	}
}

func TestReadOrder(t *testing.T) {
	t.Parallel()
	got, err := Read(files{
		summaryFile:  "topic,T\nconversation-description,\n",
		commentsFile: "timestamp,comment-id,author-id,moderated,comment-body\n2,10,a,1,x\n2,9,a,1,x\n2,b,a,1,x\n1,11,a,1,x\n",
		votesFile:    "vote,voter-id,comment-id,timestamp\n1,b,9,7\n0,b,9,7\n-1,a,10,6\n1,b,9,7\n",
	}.write(t), nil)
	require.NoError(t, err)
	var ids []string
	for _, c := range got.Comments {
		ids = append(ids, c.ID)
	}
	require.Equal(t, []string{"11", "9", "10", "b"}, ids)
	require.Equal(t, []Vote{{3, 6, "10", "a", -1}, {1, 7, "9", "b", 1}, {2, 7, "9", "b", 0}, {4, 7, "9", "b", 1}}, got.Votes)
}

func TestCompareID(t *testing.T) {
	t.Parallel()
	sorted := []string{"0", "00", "1", "9", "10", "99999999999999999998", "99999999999999999999", "", "-1", "1a", "a"}
	for i, a := range sorted {
		for j, b := range sorted {
			require.Equal(t, i < j, CompareID(a, b) < 0, "%q < %q", a, b)
			require.Equal(t, i == j, CompareID(a, b) == 0, "%q = %q", a, b)
		}
	}
}

func TestReadWrongPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := talk().files(form{})
	for _, name := range []string{"a", "b"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, "many", name), f.fs()))
	}
	require.NoError(t, os.CopyFS(filepath.Join(dir, "one", "a"), f.fs()))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "nocomments"), f.without(commentsFile).fs()))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "novotes"), f.without(votesFile).without(matrixFile).fs()))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "odd"), f.without(votesFile).fs()))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "odd", votesFile), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))

	for path, want := range map[string]string{
		"none":                                ": no directory with summary.csv, comments.csv and votes.csv is here: file does not exist",
		"nocomments":                          ": is not a Polis export: there is no comments.csv",
		"novotes":                             ": is not a Polis export: there is no votes.csv (or participants-votes.csv)",
		"empty":                               ": is not a Polis export: there is no summary.csv, no comments.csv, no votes.csv (or participants-votes.csv)",
		filepath.Join("many", "a", votesFile): ": is a file; name the directory that holds summary.csv, comments.csv and votes.csv",
		"many":                                ": is not a Polis export but holds 2 exports; name them: " + filepath.Join(dir, "many", "*"),
		"one":                                 ": is not a Polis export but holds 1 export; name it: " + filepath.Join(dir, "one", "a"),
		"odd":                                 string(filepath.Separator) + votesFile + ": is a directory, not a file",
	} {
		got, err := Read(filepath.Join(dir, path), nil)
		require.Nil(t, got)
		require.EqualError(t, err, filepath.Join(dir, path)+want)
		var where *FileError
		require.ErrorAs(t, err, &where)
		require.Equal(t, path == "none", errors.Is(err, fs.ErrNotExist))
	}
}

func TestReadNoFinalNewline(t *testing.T) {
	t.Parallel()
	base := talk().files(form{})
	for _, name := range allFiles {
		got, err := Read(base.with(name, strings.TrimSuffix(base[name], "\n")).write(t), nil)
		require.NoError(t, err)
		want := talk().want(form{})
		if name == commentsFile { // its last value could be longer; that of summary.csv is quoted, the others are numbers
			require.Len(t, got.Differences, 1)
			require.Equal(t, "comments.csv ends without a newline: its last value may have been cut short", got.Differences[0].String())
		} else {
			require.Empty(t, got.Differences)
		}
		require.Equal(t, kept(want), kept(got))
	}
}

func TestReadName(t *testing.T) {
	dir := talk().files(form{}).write(t)
	t.Chdir(dir)
	got, err := Read(".", nil)
	require.NoError(t, err)
	require.Equal(t, "talk", got.Name)
}
