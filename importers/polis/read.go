package polis

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Read reads and checks the export in dir. Any error is a *FileError. progress, unless nil, is told now and then how many bytes
// of all files have been read.
func Read(dir string, progress func(bytesRead, bytesTotal int64)) (*Export, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, &FileError{File: dir, Problem: "has no absolute path", Err: err}
	}
	return read(os.DirFS(dir), dir, filepath.Base(full), progress)
}

func read(fsys fs.FS, dir, name string, progress func(bytesRead, bytesTotal int64)) (*Export, error) {
	src, err := openSource(fsys, dir, progress)
	if err != nil {
		return nil, err
	}
	r := newReading(name)
	r.export.MatrixOnly = !src.has(votesFile)
	r.matrix = src.has(matrixFile)

	// Each file is checked against those before it, so that an error can name the row that shows the damage.
	if err := src.open(summaryFile, r.readSummary); err != nil {
		return nil, err
	}
	if err := src.open(commentsFile, r.readComments); err != nil {
		return nil, err
	}
	if src.has(votesFile) {
		if err := src.open(votesFile, r.readVotes); err != nil {
			return nil, err
		}
	}
	if src.has(matrixFile) {
		if err := src.open(matrixFile, r.readMatrix); err != nil {
			return nil, err
		}
	}
	if src.has(historyFile) {
		if err := src.open(historyFile, r.readHistory); err != nil {
			return nil, err
		}
	}
	return r.finish(src.digest()), nil
}

// reading is what is known of an export while its files are read.
type reading struct {
	export *Export
	matrix bool // there is a participants-votes.csv

	comments names    // every comment id of any file
	tallies  []*tally // by number of the comment
	authors  map[string]int
	voters   names

	commentsEnd, votesEnd end // where these files end, for errors that a later file brings to light

	current   map[pair]current // only with a matrix to compare it with
	lastVote  pair             // of the last row of votes.csv
	votesTold bool             // comments.csv has agrees and disagrees, so votes.csv has been shown to hold all of these
	ordered   bool             // votes.csv is in (comment, voter) order, as all known exports are
}

// tally is what the files say of one comment.
type tally struct {
	id    string
	state state

	agreesMost, agreesSum       int // of the column over the rows with this id
	disagreesMost, disagreesSum int
	agrees, disagrees           int // votes
}

type state int8

const (
	unheard state = iota // no row in comments.csv
	listed
	empty // it has a row without text
)

// pair is the number of a comment and that of a voter.
type pair struct{ comment, voter int32 }

// current is the vote of a pair that stands.
type current struct {
	time  int64
	value int8
	cast  [3]bool // whether -1, 0, 1 was ever cast
}

type end struct {
	file string
	line int
}

func (e end) short(format string, args ...any) error { return damage(e.file, e.line, format, args...) }

func newReading(name string) *reading {
	return &reading{
		export:  &Export{Name: name, Skipped: map[string]int{}},
		authors: map[string]int{},
		ordered: true,
	}
}

// comment gives the number of a comment and what is known of it.
func (r *reading) comment(id []byte) (int32, *tally) {
	n := r.comments.number(id)
	if int(n) == len(r.tallies) {
		r.tallies = append(r.tallies, &tally{id: r.comments.name[n]})
	}
	return n, r.tallies[n]
}

func (r *reading) differ(kind, where string, want, have int) {
	r.export.Differences = append(r.export.Differences, Difference{kind, where, want, have})
}

// finish puts the lists in order. Nothing can fail any more.
func (r *reading) finish(digest [32]byte) *Export {
	e := r.export
	slices.SortStableFunc(e.Comments, func(a, b Comment) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), CompareID(a.ID, b.ID))
	})
	if !e.MatrixOnly { // whose votes have no time and come by row
		slices.SortFunc(e.Votes, func(a, b Vote) int {
			if a.Time != b.Time {
				return cmp.Compare(a.Time, b.Time)
			}
			return cmp.Compare(a.Row, b.Row)
		})
	}
	e.Digest = digest
	return e
}

// names numbers strings in the order in which they first come.
type names struct {
	name []string
	at   map[string]int32
}

func (n *names) number(b []byte) int32 {
	if i, ok := n.at[string(b)]; ok {
		return i
	}
	if n.at == nil {
		n.at = map[string]int32{}
	}
	i := int32(len(n.name))
	s := string(b)
	n.name = append(n.name, s)
	n.at[s] = i
	return i
}
