package polis

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestReadDamage(t *testing.T) {
	t.Parallel()
	base := talk().files(form{flags: true, noHistory: true})
	plain := talk().files(form{flags: true, noHistory: true, noMatrix: true})
	first := "1700000000000,some day,0,7,2,1,1,false,true,\"Trams, of course\"\n" // line 2 of comments.csv
	comment := func(old, new string) files {
		return base.edit(t, commentsFile, first, strings.Replace(first, old, new, 1))
	}
	vote := func(old, new string) files { // line 2 of votes.csv
		row := "1700000100005,some day,0,1,1\n"
		return base.edit(t, votesFile, row, strings.Replace(row, old, new, 1))
	}
	lines := func(name string, n int) files {
		return plain.with(name, strings.Join(strings.SplitAfter(plain[name], "\n")[:n], ""))
	}
	for name, c := range map[string]struct {
		files files
		want  string
	}{
		// Any file: header and rows.
		"EmptyFile":       {base.with(votesFile, ""), "votes.csv:1: the file is empty; a header was expected"},
		"OnlyAMark":       {base.with(votesFile, "\ufeff"), "votes.csv:1: the file is empty; a header was expected"},
		"MissingColumn":   {base.edit(t, votesFile, ",vote\n", ",votes\n"), `votes.csv:1: there is no column "vote"; the columns are timestamp, datetime, comment-id, voter-id, votes`},
		"ManyColumns":     {base.with(votesFile, strings.Repeat("a,", 3)+"b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w\n"), `votes.csv:1: columns 1 and 2 have the same name, "a"`},
		"ManyOther":       {base.with(votesFile, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w\n"), `votes.csv:1: there is no column "timestamp"; the columns are a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t and 3 more`},
		"SameColumnTwice": {base.edit(t, commentsFile, "datetime", "timestamp"), `comments.csv:1: columns 1 and 2 have the same name, "timestamp"`},
		"NoParticipant":   {base.edit(t, matrixFile, "participant", "who"), `participants-votes.csv:1: there is no column "participant"; the columns are who, group-id, n-comments, n-votes, n-agree, n-disagree, 0, 2, 3, 9, 10`},
		"FieldTooMany":    {vote(",0,1,1", ",0,1,1,1"), "votes.csv:2: the row has 6 fields, the header has 5"},
		"FieldMissing":    {vote("some day,", ""), "votes.csv:2: the row has 4 fields, the header has 5"},
		"RowCutShort":     {base.with(matrixFile, base[matrixFile][:len(base[matrixFile])-2]), "participants-votes.csv:5: participant 12 has 2 of 3 votes; the file ends here and may be cut short"},
		"RowCutShorter":   {base.with(matrixFile, base[matrixFile][:len(base[matrixFile])-6]), "participants-votes.csv:5: the row has 8 fields, the header has 11; the file ends here and may be cut short"},
		"BareQuote":       {vote("some day", `some "day"`), "votes.csv:2: a quote stands inside a field that does not begin with one"},
		"TextAfterQuote":  {vote("some day", `"some" day`), "votes.csv:2: text follows a closing quote"},
		"QuoteLeftOpen":   {comment(`course"`, `course`), "comments.csv:3: text follows a closing quote"},
		"QuoteOpenAtEnd":  {base.with(summaryFile, strings.TrimSuffix(base[summaryFile], "\"\n")), "summary.csv:9: a quote is opened and never closed; the file may be cut short"},
		"NotUTF8":         {comment("course", "cour\xffse"), "comments.csv:2: text that is not UTF-8"},
		"NotUTF8InLine":   {base.edit(t, commentsFile, "four", "fo\xc3ur"), "comments.csv:6: text that is not UTF-8"},
		"Surrogate":       {comment("course", "\xed\xa0\x80"), "comments.csv:2: text that is not UTF-8"},
		"NUL":             {base.edit(t, commentsFile, "four", "fo\x00ur"), "comments.csv:6: a NUL byte"},

		// summary.csv.
		"SummaryFields":      {base.edit(t, summaryFile, "views,31", "views,31,1"), "summary.csv:3: the row has 3 fields, not a key and its value"},
		"SummaryCount":       {base.edit(t, summaryFile, "views,31", "views,many"), `summary.csv:3: views is "many", not a whole number`},
		"SummaryNegative":    {base.edit(t, summaryFile, "groups,2", "groups,-2"), `summary.csv:8: groups is "-2", not a whole number`},
		"SummaryTwice":       {base.edit(t, summaryFile, "views,31", "voters,31"), "summary.csv:4: voters is told twice"},
		"SummaryCutShort":    {lines(summaryFile, 5), "summary.csv:5: the file ends without a row for conversation-description; it may be cut short"},
		"SummaryWithoutHead": {base.edit(t, summaryFile, "topic,Bus or tram?\n", ""), "summary.csv:8: the file ends without a row for topic; it may be cut short"},
		"SummaryEmpty":       {base.with(summaryFile, ""), "summary.csv:1: the file ends without a row for topic; it may be cut short"},

		// comments.csv.
		"CommentTime":       {comment("1700000000000", "17000000000.5"), `comments.csv:2: timestamp is "17000000000.5", not a whole number`},
		"CommentTimeBefore": {comment("1700000000000", "-1"), `comments.csv:2: timestamp is "-1", not a whole number`},
		"CommentTimePlus":   {comment("1700000000000", "+1"), `comments.csv:2: timestamp is "+1", not a whole number`},
		"CommentTimeLong":   {comment("1700000000000", strings.Repeat("9", 50)), `comments.csv:2: timestamp is "` + strings.Repeat("9", 40) + `"..., not a whole number`},
		"CommentID":         {comment("day,0,", "day,,"), "comments.csv:2: comment-id is empty"},
		"CommentAuthor":     {comment(",7,", ",,"), "comments.csv:2: author-id is empty"},
		"CommentModerated":  {comment(",2,1,1,", ",2,1,2,"), `comments.csv:2: moderated is "2", not 1, 0 or -1`},
		"CommentAgrees":     {comment(",2,1,1,", ",,1,1,"), `comments.csv:2: agrees is "", not a whole number`},
		"CommentDisagrees":  {comment(",2,1,1,", ",2,x,1,"), `comments.csv:2: disagrees is "x", not a whole number`},
		"CommentSeed":       {comment("true", "yes"), `comments.csv:2: is-seed is "yes", not true or false`},
		"CommentMeta":       {comment("false", "no"), `comments.csv:2: is-meta is "no", not true or false`},
		"CommentLong":       {comment("course", strings.Repeat("x", maxText)), "comments.csv:2: the comment has 49162 bytes of text; 49152 are allowed"},
		"CommentNoText":     {base.with(commentsFile, base[commentsFile]+"1,d,77,7,0,0,1,false,false,"), "comments.csv:10: comment 77 has no text and the file ends here; it may be cut short"},
		"CommentsCutShort":  {lines(commentsFile, 2), "comments.csv:2: the file ends after 1 of the 5 comments that summary.csv counts"},
		"CommentersMissing": {plain.edit(t, summaryFile, "commenters,4", "commenters,5"), "comments.csv:9: the file ends after comments by 4 of the 5 commenters that summary.csv counts"},
		"CommentOfColumn":   {base.edit(t, matrixFile, ",9,10\n", ",9,11\n"), "comments.csv:9: the file ends before all comments are told: DIR/participants-votes.csv:1 has a column for comment 11"},
		"CommentOfAuthor":   {base.edit(t, matrixFile, "\n1,,2,", "\n1,,3,"), "comments.csv:9: the file ends after 2 of the 3 comments that DIR/participants-votes.csv:2 counts for author 1"},
		"CommentOfHistory":  {base.with(historyFile, "n-votes,n-comments\n1,5\n19,6\n"), "comments.csv:9: the file ends after 5 of the 6 comments that DIR/stats-history.csv:3 counts"},

		// votes.csv.
		"VoteTime":      {vote("1700000100005", "x"), `votes.csv:2: timestamp is "x", not a whole number`},
		"VoteComment":   {vote(",0,1,1", ",,1,1"), "votes.csv:2: comment-id is empty"},
		"VoteVoter":     {vote(",0,1,1", ",0,,1"), "votes.csv:2: voter-id is empty"},
		"VoteValue":     {vote(",0,1,1", ",0,1,2"), `votes.csv:2: vote is "2", not 1, 0 or -1`},
		"VoteNoNumber":  {vote(",0,1,1", ",0,1,x"), `votes.csv:2: vote is "x", not 1, 0 or -1`},
		"VotePadded":    {vote(",0,1,1", ",0,1, 1"), `votes.csv:2: vote is " 1", not 1, 0 or -1`},
		"VotesCutShort": {lines(votesFile, 9), "votes.csv:9: the file ends before all votes of comments.csv are told: comment 10 has 0 of 2 agrees"},
		"VotesNone":     {lines(votesFile, 1), "votes.csv:1: the file ends before all votes of comments.csv are told: comment 0 has 0 of 2 agrees"},
		"VotersMissing": {plain.edit(t, summaryFile, "voters,4", "voters,5"), "votes.csv:20: the file ends after votes by 4 of the 5 voters that summary.csv counts"},
		"VotersInConv":  {plain.edit(t, summaryFile, "voters-in-conv,4", "voters-in-conv,5"), "votes.csv:20: the file ends after votes by 4 of the 5 voters that summary.csv counts"},
		"VoteOfCell":    {base.edit(t, matrixFile, "\n1,,2,3,0,2,-1,0,,-1,\n", "\n1,,2,3,0,2,-1,0,1,-1,\n"), "votes.csv:20: the file ends before all votes of participants-votes.csv are told: voter 1 has no vote on comment 3, which is in line 2 there"},
		"VoteRevised":   {base.edit(t, votesFile, "1700000100003,some day,10,12,0\n", ""), "votes.csv:19: the file ends before all votes of participants-votes.csv are told: voter 12 revised the vote on comment 10 to 0 in line 5 there"},
		"VoteRevisedAnyOrder": {
			unordered(t, base).edit(t, matrixFile, "\n1,,2,3,0,2,-1,0,,-1,\n", "\n1,,2,3,0,1,-1,0,,0,\n"),
			"votes.csv:20: the file ends before all votes of participants-votes.csv are told: voter 1 revised the vote on comment 9 to 0 in line 2 there",
		},
		"VoteOfHistory": {base.with(historyFile, "n-votes,n-comments\n1,5\n20,5\n"), "votes.csv:20: the file ends after 19 of the 20 votes that DIR/stats-history.csv:3 counts"},
		"DuplicateTotals2": {
			comment(",2,1,1,", ",3,1,1,").without(matrixFile).with(commentsFile, comment(",2,1,1,", ",3,1,1,")[commentsFile]+"1,d,0,7,0,2,1,false,false,again\n"),
			"votes.csv:20: the file ends before all votes of comments.csv are told: comment 0 has 2 of 3 agrees",
		},
		"DuplicateTotals3": {
			plain.with(commentsFile, plain[commentsFile]+"1,d,0,7,0,2,1,false,false,again\n"+"1,d,0,7,0,0,1,false,false,again\n"),
			"votes.csv:20: the file ends before all votes of comments.csv are told: comment 0 has 1 of 2 disagrees",
		},
		"DuplicateTotals": {plain.with(commentsFile, plain[commentsFile]+"1,d,0,7,3,0,1,false,false,again\n"), "votes.csv:20: the file ends before all votes of comments.csv are told: comment 0 has 2 of 3 agrees"},

		// participants-votes.csv.
		"CellValue":        {base.edit(t, matrixFile, "\n1,,2,3,0,2,-1,0,,-1,\n", "\n1,,2,3,0,2,-1,0,,-2,\n"), `participants-votes.csv:2: 9 is "-2", not 1, 0 or -1`},
		"CellsMissing":     {base.edit(t, matrixFile, "\n1,,2,3,", "\n1,,2,4,"), "participants-votes.csv:2: participant 1 has 3 of 4 votes"},
		"ParticipantEmpty": {base.edit(t, matrixFile, "\n1,,", "\n,,"), "participants-votes.csv:2: participant is empty"},
		"ParticipantTwice": {base.edit(t, matrixFile, "\n2,,", "\n1,,"), "participants-votes.csv:3: participant 1 has two rows"},
		"TotalNoNumber":    {base.edit(t, matrixFile, "\n1,,2,3,0,", "\n1,,2,3,x,"), `participants-votes.csv:2: n-agree is "x", not a whole number`},
		"ParticipantsGone": {base.with(matrixFile, base[matrixFile][:strings.Index(base[matrixFile], "\n12,")+1]), "participants-votes.csv:4: the file ends after 3 of the 4 voters that summary.csv counts"},
		"MatrixOnlyShort":  {base.without(votesFile).with(matrixFile, base[matrixFile][:strings.Index(base[matrixFile], "\n12,")+1]), "participants-votes.csv:4: the file ends after votes by 3 of the 4 voters that summary.csv counts"},

		// stats-history.csv.
		"CellsNoNumber":   {base.edit(t, matrixFile, "\n1,,2,3,", "\n1,,2,x,"), `participants-votes.csv:2: n-votes is "x", not a whole number`},
		"AgainNoNumber":   {base.edit(t, matrixFile, "\n1,,2,3,0,2,", "\n1,,2,3,0,,"), `participants-votes.csv:2: n-disagree is "", not a whole number`},
		"WrittenNoNumber": {base.edit(t, matrixFile, "\n1,,2,3,", "\n1,,-2,3,"), `participants-votes.csv:2: n-comments is "-2", not a whole number`},
		"HistoryVotes":    {base.with(historyFile, "n-votes,n-comments\n1.5,0\n"), `stats-history.csv:2: n-votes is "1.5", not a whole number`},
		"HistoryNoNumber": {base.with(historyFile, "n-votes,n-comments\n1,x\n"), `stats-history.csv:2: n-comments is "x", not a whole number`},
		"HistoryEmpty":    {base.with(historyFile, ""), "stats-history.csv:1: the file is empty; a header was expected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := c.files.write(t)
			got, err := Read(dir, nil)
			require.Nil(t, got)
			require.EqualError(t, err, filepath.Join(dir, strings.ReplaceAll(c.want, "DIR", dir)))
			var where *FileError
			require.ErrorAs(t, err, &where)
			require.Positive(t, where.Line)
		})
	}
}

// unordered puts the first vote last.
func unordered(t *testing.T, f files) files {
	head, rest, _ := strings.Cut(f[votesFile], "\n")
	first, rest, ok := strings.Cut(rest, "\n")
	require.True(t, ok)
	return f.with(votesFile, head+"\n"+rest+first+"\n")
}

// brokenFile fails after its first bytes.
type brokenFile struct{ fs.File }

func (b brokenFile) Read([]byte) (int, error) { return 0, errDisk }

var errDisk = errors.New("disk on fire")

type brokenFS struct {
	fs.FS
	open, read string // names of the files that fail
}

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	switch name {
	case b.open:
		return nil, errDisk
	case b.read:
		return brokenFile{f}, err
	}
	return f, err
}

func (b brokenFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(b.FS, name) }

func TestReadDiskFails(t *testing.T) {
	t.Parallel()
	whole := talk().files(form{})
	for _, name := range allFiles {
		got, err := read(brokenFS{FS: whole.fs(), open: name}, "x", "talk", nil)
		require.Nil(t, got)
		require.ErrorIs(t, err, errDisk)
		require.EqualError(t, err, filepath.Join("x", name)+": cannot be opened: disk on fire")

		got, err = read(brokenFS{FS: whole.fs(), read: name}, "x", "talk", nil)
		require.Nil(t, got)
		require.ErrorIs(t, err, errDisk)
		require.EqualError(t, err, filepath.Join("x", name)+": cannot be read: disk on fire")
	}
}

func TestSplitterReaderFails(t *testing.T) {
	t.Parallel()
	s := newSplitter("f", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a,b\nc,d\n"))), 0)
	_, err := s.next()
	require.ErrorIs(t, err, iotest.ErrTimeout)
	require.False(t, errors.Is(err, io.EOF))
}
