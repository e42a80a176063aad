package polis

import (
	"io"
	"path/filepath"
	"strconv"
)

// readSummary reads summary.csv, which has no header: each row is a key and its value.
//
// Exporters write topic first, the counts, and conversation-description at the end, so that the absence of one of them shows a cut.
// A file that has everything but the description is taken, with a remark.
func (r *reading) readSummary(s *splitter) error {
	sum := &r.export.Summary
	texts := map[string]*string{"topic": &sum.Topic, "conversation-description": &sum.Description, "url": &sum.URL}
	counts := map[string]**int{
		"commenters": &sum.Commenters, "comments": &sum.Comments, "groups": &sum.Groups,
		"views": &sum.Views, "voters": &sum.Voters, "voters-in-conv": &sum.VotersInConv,
	}
	seen := map[string]bool{}
	for {
		row, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if len(row) != 2 {
			return damage(s.file, s.start, "the row has %d fields, not a key and its value", len(row))
		}
		key := string(row[0])
		text, isText := texts[key]
		count, isCount := counts[key]
		if !isText && !isCount {
			continue
		}
		if seen[key] {
			return damage(s.file, s.start, "%s is told twice", key)
		}
		seen[key] = true
		if isText {
			*text = string(row[1])
			continue
		}
		if len(row[1]) == 0 {
			continue // not known
		}
		n, err := strconv.ParseUint(string(row[1]), 10, 31)
		if err != nil {
			return damage(s.file, s.start, "%s is %s, not a whole number", key, excerpt(row[1]))
		}
		v := int(n)
		*count = &v
	}
	if !seen["topic"] {
		return damage(s.file, s.start, "the file ends without a row for topic; it may be cut short")
	}
	if !seen["conversation-description"] {
		if sum.Comments == nil || sum.Voters == nil || sum.Groups == nil {
			return damage(s.file, s.start, "the file ends without a row for conversation-description; it may be cut short")
		}
		r.differ(DiffNoDescription, filepath.Base(s.file), 0, 0) // all the counts are there: some exporters may have nothing more to tell
	}
	// The newest exporter leaves out the last newline but quotes the value, which then cannot have lost its end.
	if !s.newline && !s.quoted {
		r.differ(DiffNoFinalNewline, filepath.Base(s.file), 0, 0)
	}
	return nil
}
