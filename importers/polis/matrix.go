package polis

import (
	"io"
	"path/filepath"
)

// Columns of participants-votes.csv that are no comments.
const (
	participantColumn = "participant"
	writtenColumn     = "n-comments"
	cellsColumn       = "n-votes"
	agreesColumn      = "n-agree"
	disagreesColumn   = "n-disagree"
)

var matrixColumns = map[string]bool{
	participantColumn: true, "xid": true, "group-id": true,
	writtenColumn: true, cellsColumn: true, agreesColumn: true, disagreesColumn: true,
}

// readMatrix reads participants-votes.csv: a row for each participant, with a cell for each comment that holds the current
// vote or nothing. Beside votes.csv it is a witness; without, it is where the votes come from.
func (r *reading) readMatrix(s *splitter) error {
	t, err := newTable(s)
	if err != nil {
		return err
	}
	at, err := t.need(participantColumn)
	if err != nil {
		return err
	}
	cells, err := r.matrixCells(t)
	if err != nil {
		return err
	}
	m := matrix{
		table: t, cells: cells, participant: at[0],
		written: t.may(writtenColumn), votes: t.may(cellsColumn), agrees: t.may(agreesColumn), disagrees: t.may(disagreesColumn),
	}
	seen := map[string]bool{}
	filled := 0
	for {
		row, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		id, err := t.id(row[m.participant], participantColumn)
		if err != nil {
			return err
		}
		if seen[string(id)] {
			return t.wrong("participant %s has two rows", id)
		}
		seen[string(id)] = true
		n, err := r.matrixRow(m, row, string(id))
		if err != nil {
			return err
		}
		filled += n
	}
	if t.mayBeCut() {
		r.differ(DiffNoFinalNewline, filepath.Base(t.file), 0, 0)
	}
	here := end{t.file, t.start}
	if r.export.MatrixOnly {
		r.export.Read.Votes, r.votesEnd = filled, here
		return r.checkVotes()
	}
	if n := r.export.Summary.VotersInConv; n != nil && len(seen) < *n {
		return here.short("the file ends after %d of the %d voters that %s counts", len(seen), *n, summaryFile)
	}
	if filled < len(r.current) {
		r.differ(DiffVotesWithoutCell, matrixFile, filled, len(r.current))
	}
	return nil
}

// matrix is the table and where its columns are; -1 is nowhere.
type matrix struct {
	*table
	cells                                          []cell
	participant, written, votes, agrees, disagrees int
}

type cell struct {
	column  int
	comment int32
}

// matrixCells finds the columns that are comments.
func (r *reading) matrixCells(t *table) ([]cell, error) {
	var cells []cell
	for i, name := range t.header {
		if matrixColumns[name] {
			continue
		}
		if n, known := r.comments.at[name]; known && r.tallies[n].state != unheard {
			cells = append(cells, cell{i, n})
			continue
		}
		// A number is a comment. No exporter makes a column for one that it does not list, so the list is cut short.
		if isNumber(name) {
			return nil, r.commentsEnd.short("the file ends before all comments are told: %s:1 has a column for comment %s", t.file, name)
		}
	}
	return cells, nil
}

// matrixRow compares one row with what is known, or takes its votes. It returns how many cells hold a vote.
func (r *reading) matrixRow(m matrix, row [][]byte, id string) (int, error) {
	voter := int32(-1)
	var filled [3]int
	for _, c := range m.cells {
		if len(row[c.column]) == 0 {
			continue
		}
		value, err := m.choice(row[c.column], r.comments.name[c.comment])
		if err != nil {
			return 0, err
		}
		filled[value+1]++
		if voter < 0 {
			voter = r.voters.number([]byte(id))
		}
		if r.export.MatrixOnly {
			tally := r.tallies[c.comment]
			r.addVote(tally, Vote{Row: m.rows, Comment: tally.id, Voter: r.voters.name[voter], Value: value})
			continue
		}
		if err := r.checkCell(m, pair{c.comment, voter}, value); err != nil {
			return 0, err
		}
	}
	all := filled[0] + filled[1] + filled[2]
	return all, r.checkParticipant(m, row, id, all, filled)
}
