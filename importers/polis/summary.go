package polis

import (
	"io"
	"path/filepath"
	"strconv"
)

// readSummary reads summary.csv, which has no header: each row is a key and its value.
//
// Exporters write topic first and conversation-description at the end, so that the absence of either shows a cut.
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
	for _, key := range []string{"topic", "conversation-description"} {
		if !seen[key] {
			return damage(s.file, s.start, "the file ends without a row for %s; it may be cut short", key)
		}
	}
	// The newest exporter leaves out the last newline but quotes the value, which then cannot have lost its end.
	if !s.newline && !s.quoted {
		r.differ(DiffNoFinalNewline, filepath.Base(s.file), 0, 0)
	}
	return nil
}
