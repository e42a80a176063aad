package polis

import "fmt"

// What the files say of each other. These identities hold in every export that has been looked at (17 conversations, as far as their files go):
//
//	summary.csv comments            = comments that have a vote, so at most the rows of comments.csv
//	summary.csv commenters          = authors in comments.csv
//	summary.csv voters              = voters in votes.csv = rows of participants-votes.csv
//	comments.csv agrees, disagrees  = votes cast with that value, revised ones included
//	participants-votes.csv columns  = comments that have a vote
//	participants-votes.csv cell     = the last vote by (time, row); empty when there is none
//	participants-votes.csv n-votes  = cells with a vote; n-agree, n-disagree = those with that value
//	participants-votes.csv n-comments = rows of comments.csv by that author
//	stats-history.csv, last row     = rows of votes.csv (n-votes) and of comments.csv (n-comments)
//
// Less than another file says is a sign of loss and so an error. More cannot come from a cut: it is a Difference.
//
// A cut that leaves a well-formed file and every identity whole cannot be found. These do, alone or together:
//
//   - within the text that ends a row of comments.csv, or within the last value of summary.csv: anywhere when the text is not quoted,
//     between the two halves of a doubled quote when it is. (A comment that is left without any text is found.) Likewise
//     within the last value of a row when the columns are ordered so that an id or a number comes last. All but the quoted
//     value of summary.csv leave a file that ends within a value, which is reported as DiffNoFinalNewline;
//   - after a whole row of comments.csv, when the comments lost are not needed to reach the summary's counts, have no column in
//     participants-votes.csv, and are by authors without a row there; in a full export that is: nobody voted on them, their
//     authors never voted and wrote others, too. Without that file, votes on them are counted as SkipUnknownComment. With
//     stats-history.csv, never;
//   - after a whole row of votes.csv, when all votes lost are passes (any votes, when comments.csv does not count them) and the
//     summary's voters are all still there; with participants-votes.csv, only when the votes lost leave each voter's current
//     vote as it is, or, in a file that is not in (comment, voter) order, turn it back to what it was before, which is
//     reported as DiffCell. With stats-history.csv, never;
//   - after the last count of summary.csv, when only conversation-description is lost, which is reported as DiffNoDescription;
//   - after a whole row of summary.csv, when the rows lost come after topic and conversation-description. No known exporter puts
//     a row there that is read;
//   - after a whole row of participants-votes.csv or stats-history.csv beside a votes.csv: they are only witnesses, so nothing of
//     the export is lost. Differences tell of it. Without votes.csv, a matrix that lost rows shows in the summary's voters
//     and one that lost its last cell in n-votes; where these are missing, it does not show;
//   - an optional file that is missing as a whole.
//
// TestTruncation holds this list against every cut of a number of exports.

// checkComments compares comments.csv with the summary.
func (r *reading) checkComments() error {
	if n := r.export.Summary.Comments; n != nil {
		have := len(r.tallies)
		if have < *n {
			return r.commentsEnd.short("the file ends after %d of the %d comments that %s counts", have, *n, summaryFile)
		}
		if have > *n {
			r.differ(DiffComments, summaryFile, *n, have)
		}
	}
	if n := r.export.Summary.Commenters; n != nil {
		have := len(r.authors)
		if have < *n {
			return r.commentsEnd.short("the file ends after comments by %d of the %d commenters that %s counts", have, *n, summaryFile)
		}
		if have > *n {
			r.differ(DiffCommenters, summaryFile, *n, have)
		}
	}
	return nil
}

// checkVotes compares the votes with the columns of comments.csv and with the summary.
func (r *reading) checkVotes() error {
	for _, t := range r.tallies {
		if t.state == unheard || !r.votesTold {
			continue
		}
		// Of a comment with several rows, each may repeat the total or have a part of it.
		if err := r.checkTotal(DiffAgrees, t, t.agrees, t.agreesMost, t.agreesSum); err != nil {
			return err
		}
		if err := r.checkTotal(DiffDisagrees, t, t.disagrees, t.disagreesMost, t.disagreesSum); err != nil {
			return err
		}
	}
	have := len(r.voters.name)
	sum := r.export.Summary
	for _, n := range []*int{sum.Voters, sum.VotersInConv} {
		if n != nil && have < *n {
			return r.votesEnd.short("the file ends after votes by %d of the %d voters that %s counts", have, *n, summaryFile)
		}
	}
	if sum.Voters != nil && have > *sum.Voters {
		r.differ(DiffVoters, summaryFile, *sum.Voters, have)
	}
	return nil
}

func (r *reading) checkTotal(kind string, t *tally, have, most, sum int) error {
	switch {
	case have < most && r.export.MatrixOnly:
		// The column counts revised votes too, the matrix has only those that stand.
		r.differ(kind, "comment "+t.id, most, have)
	case have < most:
		return r.votesEnd.short("the file ends before all votes of %s are told: comment %s has %d of %d %s", commentsFile, t.id, have, most, kind)
	case have > sum:
		r.differ(kind, "comment "+t.id, sum, have)
	}
	return nil
}

// checkCell compares a cell that holds a vote with votes.csv.
func (r *reading) checkCell(m matrix, p pair, value int8) error {
	comment, voter := r.comments.name[p.comment], r.voters.name[p.voter]
	c, cast := r.current[p]
	if !cast {
		return r.votesEnd.short("the file ends before all votes of %s are told: voter %s has no vote on comment %s, which is in line %d there",
			matrixFile, voter, comment, m.start)
	}
	if c.value == value {
		return nil
	}
	if r.mayBeLost(p, c, value) {
		return r.votesEnd.short("the file ends before all votes of %s are told: voter %s revised the vote on comment %s to %d in line %d there",
			matrixFile, voter, comment, value, m.start)
	}
	r.differ(DiffCell, fmt.Sprintf("comment %s, voter %s", comment, voter), int(value), int(c.value))
	return nil
}

// mayBeLost says whether a cell differs because the end of votes.csv, with a revision, is gone. It is not so when comments.csv
// has shown that every vote with that value is there, nor when votes.csv, being in order, goes on beyond that pair; and in
// one that is not in order, a vote with that value is taken as the one that the cell came from.
func (r *reading) mayBeLost(p pair, c current, value int8) bool {
	if value != 0 && r.votesTold {
		return false
	}
	if r.ordered {
		return p == r.lastVote
	}
	return !c.cast[value+1]
}

// checkParticipant compares the totals of a row of the matrix with its cells and with comments.csv. A row whose last cell was
// cut off has less cells than it counts; the other totals tell only of exporters that count differently.
func (r *reading) checkParticipant(m matrix, row [][]byte, id string, all int, filled [3]int) error {
	want, err := m.count(row, m.votes)
	if err != nil {
		return err
	}
	if want != nil && all < *want {
		return m.wrong("participant %s has %d of %d votes%s", id, all, *want, m.hint())
	}
	where := "participant " + id
	if want != nil && all > *want {
		r.differ(DiffCells, where, *want, all)
	}
	if want, err = m.count(row, m.agrees); err != nil {
		return err
	}
	if want != nil && filled[2] != *want {
		r.differ(DiffCellAgrees, where, *want, filled[2])
	}
	if want, err = m.count(row, m.disagrees); err != nil {
		return err
	}
	if want != nil && filled[0] != *want {
		r.differ(DiffCellDisagrees, where, *want, filled[0])
	}
	if want, err = m.count(row, m.written); err != nil {
		return err
	}
	have := r.authors[id]
	if want != nil && have < *want {
		return r.commentsEnd.short("the file ends after %d of the %d comments that %s:%d counts for author %s", have, *want, m.file, m.start, id)
	}
	if want != nil && have > *want {
		r.differ(DiffWritten, where, *want, have)
	}
	return nil
}
