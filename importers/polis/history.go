package polis

import "io"

// readHistory reads stats-history.csv, which has a row for each vote, comment and visit with the totals up to then. Its last row
// tells how many votes were cast and how many comments were written; an export whose history has no such columns is not
// checked against it.
func (r *reading) readHistory(s *splitter) error {
	t, err := newTable(s)
	if err != nil {
		return err
	}
	votes, comments := t.may("n-votes"), t.may("n-comments")
	var wantVotes, wantComments *int
	for {
		row, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if wantVotes, err = t.count(row, votes); err != nil {
			return err
		}
		if wantComments, err = t.count(row, comments); err != nil {
			return err
		}
	}
	have := r.export.Read
	if wantComments != nil && have.Comments < *wantComments {
		return r.commentsEnd.short("the file ends after %d of the %d comments that %s:%d counts", have.Comments, *wantComments, t.file, t.start)
	}
	if wantComments != nil && have.Comments > *wantComments {
		r.differ(DiffHistoryComments, historyFile, *wantComments, have.Comments)
	}
	if wantVotes != nil && have.Votes < *wantVotes && !r.export.MatrixOnly {
		return r.votesEnd.short("the file ends after %d of the %d votes that %s:%d counts", have.Votes, *wantVotes, t.file, t.start)
	}
	if wantVotes != nil && have.Votes != *wantVotes {
		r.differ(DiffHistoryVotes, historyFile, *wantVotes, have.Votes)
	}
	return nil
}
