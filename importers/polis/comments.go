package polis

import (
	"io"
	"path/filepath"
	"strings"
)

// maxText is the longest text of a comment that is taken, in bytes. Polis itself allows a few thousand.
const maxText = 48 << 10

// readComments reads comments.csv and compares it with the summary.
func (r *reading) readComments(s *splitter) error {
	t, err := newTable(s)
	if err != nil {
		return err
	}
	at, err := t.need("comment-id", "author-id", "timestamp", "moderated", "comment-body")
	if err != nil {
		return err
	}
	agrees, disagrees, seed, meta := t.may("agrees"), t.may("disagrees"), t.may("is-seed"), t.may("is-meta")
	r.votesTold = agrees >= 0 && disagrees >= 0
	for {
		row, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		id, err := t.id(row[at[0]], "comment-id")
		if err != nil {
			return err
		}
		author, err := t.id(row[at[1]], "author-id")
		if err != nil {
			return err
		}
		time, err := t.number(row[at[2]], "timestamp")
		if err != nil {
			return err
		}
		moderated, err := t.choice(row[at[3]], "moderated")
		if err != nil {
			return err
		}
		text := string(row[at[4]])
		if len(text) > maxText {
			return t.wrong("the comment has %d bytes of text; %d are allowed", len(text), maxText)
		}
		c := Comment{Row: t.rows, ID: string(id), Author: string(author), Time: time, Moderated: int(moderated), Text: text}
		if c.Agrees, err = t.count(row, agrees); err != nil {
			return err
		}
		if c.Disagrees, err = t.count(row, disagrees); err != nil {
			return err
		}
		if c.Seed, err = t.truth(row, seed); err != nil {
			return err
		}
		if c.Meta, err = t.truth(row, meta); err != nil {
			return err
		}
		if text == "" && !t.newline {
			return t.wrong("comment %s has no text and the file ends here; it may be cut short", c.ID)
		}
		r.addComment(c, id)
	}
	r.export.Read.Comments = t.rows
	r.commentsEnd = end{t.file, t.start}
	if t.mayBeCut() {
		r.differ(DiffNoFinalNewline, filepath.Base(t.file), 0, 0)
	}
	return r.checkComments()
}

// addComment takes the comment, or the reason to skip it. What the row counts is kept either way.
func (r *reading) addComment(c Comment, id []byte) {
	_, tally := r.comment(id)
	r.authors[c.Author]++
	if c.Agrees != nil {
		tally.agreesMost = max(tally.agreesMost, *c.Agrees)
		tally.agreesSum += *c.Agrees
	}
	if c.Disagrees != nil {
		tally.disagreesMost = max(tally.disagreesMost, *c.Disagrees)
		tally.disagreesSum += *c.Disagrees
	}
	switch {
	case tally.state != unheard:
		r.export.Skipped[SkipDuplicateComment]++
	case strings.TrimSpace(c.Text) == "":
		tally.state = empty
		r.export.Skipped[SkipEmptyText]++
	default:
		tally.state = listed
		r.export.Comments = append(r.export.Comments, c)
	}
}
