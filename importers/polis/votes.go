package polis

import (
	"io"
	"path/filepath"
)

// readVotes reads votes.csv, the votes as they were cast, and compares it with comments.csv and the summary.
func (r *reading) readVotes(s *splitter) error {
	t, err := newTable(s)
	if err != nil {
		return err
	}
	at, err := t.need("timestamp", "comment-id", "voter-id", "vote")
	if err != nil {
		return err
	}
	// A row has some 25 bytes, or 53 with a datetime. Guessing the number saves copying as the lists grow.
	guess := int(min(t.size/40, 1<<20))
	r.export.Votes = make([]Vote, 0, guess)
	if r.matrix {
		r.current = make(map[pair]current, guess)
	}
	for {
		row, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		time, err := t.number(row[at[0]], "timestamp")
		if err != nil {
			return err
		}
		comment, err := t.id(row[at[1]], "comment-id")
		if err != nil {
			return err
		}
		voter, err := t.id(row[at[2]], "voter-id")
		if err != nil {
			return err
		}
		value, err := t.choice(row[at[3]], "vote")
		if err != nil {
			return err
		}
		number, tally := r.comment(comment)
		p := pair{number, r.voters.number(voter)}
		r.follow(p, t.rows == 1)
		r.stand(p, time, value)
		r.addVote(tally, Vote{Row: t.rows, Time: time, Comment: tally.id, Voter: r.voters.name[p.voter], Value: value})
	}
	r.export.Read.Votes = t.rows
	r.votesEnd = end{t.file, t.start}
	if t.mayBeCut() {
		r.differ(DiffNoFinalNewline, filepath.Base(t.file), 0, 0)
	}
	return r.checkVotes()
}

// follow notes whether the rows are in (comment, voter) order: then only votes beyond the last row can have been cut off.
func (r *reading) follow(p pair, first bool) {
	if last := r.lastVote; r.ordered && !first && p != last {
		c := CompareID(r.comments.name[last.comment], r.comments.name[p.comment])
		r.ordered = c < 0 || c == 0 && CompareID(r.voters.name[last.voter], r.voters.name[p.voter]) < 0
	}
	r.lastVote = p
}

// stand makes the vote the current one of its pair, unless an earlier row has a later time.
func (r *reading) stand(p pair, time int64, value int8) {
	if !r.matrix {
		return
	}
	c, again := r.current[p]
	if !again || time >= c.time {
		c.time, c.value = time, value
	}
	c.cast[value+1] = true
	r.current[p] = c
}

// addVote counts the vote and takes it, or the reason to skip it.
func (r *reading) addVote(t *tally, v Vote) {
	switch v.Value {
	case 1:
		t.agrees++
	case -1:
		t.disagrees++
	}
	switch t.state {
	case unheard:
		r.export.Skipped[SkipUnknownComment]++
	case empty:
		r.export.Skipped[SkipEmptyTextVote]++
	default:
		r.export.Votes = append(r.export.Votes, v)
	}
}
