// Package polis reads the open-data export of one Polis conversation: a directory with summary.csv, comments.csv, votes.csv and,
// perhaps, participants-votes.csv and stats-history.csv.
//
// The rule it keeps: all or nothing. Read returns an export only when every file was read to its end and nothing shows that a
// part is missing; otherwise it returns an error that names the file and the line, and no export. Files that were cut short
// usually still look well formed, so Read compares them with what the other files say of them (check.go lists these
// identities, and the cuts that none of them can show). Where the files merely disagree, the export says so in Differences;
// rows that cannot be used are counted in Skipped. No text is altered: bytes go in and the same bytes come out.
//
// Columns are found by name, so their order and any further columns do not matter. The participants' own names and the
// external ids (column xid) are not read.
package polis

import (
	"cmp"
	"fmt"
	"strings"
)

// Export is one conversation as its files tell it, checked.
type Export struct {
	Name        string         // the directory's own name
	Summary     Summary        // what summary.csv says
	Comments    []Comment      // in (Time, ID) order; no ID occurs twice
	Votes       []Vote         // in (Time, Row) order: the last one of a voter on a comment is the current one
	Read        Rows           // rows read, those that were skipped included
	Skipped     map[string]int // reason (the Skip constants) → rows that are in no list above; reasons without rows are absent
	Differences []Difference   // where the export's totals and its rows disagree without a sign of loss
	Digest      [32]byte       // SHA-256 of the lines "<hex SHA-256 of the file>  <file name>\n" in name order, as sha256sum prints them
	MatrixOnly  bool           // there was no votes.csv: Votes are the cells of participants-votes.csv, without times or revisions
}

// Summary is summary.csv. A count that the file does not have is nil.
type Summary struct {
	Topic       string
	Description string
	URL         string

	Commenters   *int
	Comments     *int
	Groups       *int
	Views        *int
	Voters       *int
	VotersInConv *int
}

// Comment is a statement that somebody wrote.
type Comment struct {
	Row       int    // 1 is the first row below the header
	ID        string // usually an integer; see CompareID
	Author    string
	Time      int64 // milliseconds since 1970
	Moderated int   // 1 accepted, -1 rejected, 0 not moderated
	Text      string
	Agrees    *int  // votes cast as agree, revised ones included; nil when there is no such column
	Disagrees *int  // likewise
	Seed      *bool // written by the organisers; nil when there is no such column
	Meta      *bool // about the conversation itself or its participants; nil when there is no such column
}

// Vote is one vote as it was cast. A voter may vote on a comment again; the later vote revises the earlier.
type Vote struct {
	Row     int   // 1 is the first row below the header of votes.csv, or of participants-votes.csv when MatrixOnly
	Time    int64 // milliseconds since 1970; 0 when MatrixOnly, for then it is not known
	Comment string
	Voter   string
	Value   int8 // 1 agree, 0 pass, -1 disagree
}

// Rows counts rows below the header. When MatrixOnly, Votes counts the cells that hold a vote.
type Rows struct {
	Comments int
	Votes    int
}

// Reasons for which rows are skipped.
const (
	SkipDuplicateComment = "duplicate-comment-id" // an earlier row of comments.csv has the same id
	SkipEmptyText        = "empty-text"           // the comment says nothing
	SkipEmptyTextVote    = "empty-text-vote"      // a vote on a comment that says nothing
	SkipUnknownComment   = "unknown-comment"      // a vote on a comment that comments.csv does not hold
)

// Kinds of differences, with what Want and Have are.
const (
	DiffAgrees           = "agrees"             // a comment's column and its agree votes
	DiffCell             = "cell"               // a cell of the matrix and the current vote
	DiffCellDisagrees    = "cell-disagrees"     // a participant's n-disagree and the disagree cells of the row
	DiffCellAgrees       = "cell-agrees"        // a participant's n-agree and the agree cells of the row
	DiffCells            = "cells"              // a participant's n-votes and the cells with a vote of the row
	DiffCommenters       = "commenters"         // the summary's count and the authors
	DiffComments         = "comments"           // the summary's count (of comments voted on) and the comments
	DiffDisagrees        = "disagrees"          // a comment's column and its disagree votes
	DiffHistoryComments  = "history-comments"   // the last n-comments of stats-history.csv and the rows of comments.csv
	DiffHistoryVotes     = "history-votes"      // the last n-votes of stats-history.csv and the votes
	DiffNoDescription    = "no-description"     // summary.csv has every count but no description; no numbers
	DiffNoFinalNewline   = "no-final-newline"   // the file ends within a value that may be longer; no numbers
	DiffVotesWithoutCell = "votes-without-cell" // the matrix cells with a vote and the current votes
	DiffVoters           = "voters"             // the summary's count and the voters
	DiffWritten          = "written"            // a participant's n-comments and the comments by that author
)

// Difference is one place where an export's own total (Want) and its rows (Have) disagree.
type Difference struct {
	Kind  string
	Where string // for a reader: "comment 37"
	Want  int
	Have  int
}

func (d Difference) String() string {
	switch d.Kind {
	case DiffNoDescription:
		return d.Where + " has no conversation-description: it may have been cut short"
	case DiffNoFinalNewline:
		return d.Where + " ends without a newline: its last value may have been cut short"
	}
	return fmt.Sprintf("%s of %s: %d expected, %d found", d.Kind, d.Where, d.Want, d.Have)
}

// CompareID orders ids: integers first and by their value, then everything else as text.
func CompareID(a, b string) int {
	x, y := isNumber(a), isNumber(b)
	switch {
	case x && y:
		m, n := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n), strings.Compare(a, b))
	case x:
		return -1
	case y:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
