package domain

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// Answer is a closed union: exactly one member is set.
type Answer struct {
	Option      OptionID         `json:"option,omitempty"`      // of a single choice: the option
	Options     []OptionID       `json:"options,omitempty"`     // multiple choice, in the order of the question
	Point       int              `json:"point,omitempty"`       // of a likert scale: the point, from 1
	Ranking     [][]OptionID     `json:"ranking,omitempty"`     // ranking: the options of each rank, from the first
	Allocation  map[OptionID]int `json:"allocation,omitempty"`  // of an allocation: points by option
	Text        Commitment       `json:"text,omitempty"`        // open: the words stand in the vault
	Endorsement Endorsement      `json:"endorsement,omitempty"` // of a vote on a recommendation: yes, no or abstain
	NonResponse NonResponse      `json:"nonresponse,omitempty"` // of any kind of question: why there is no answer
}

// NonResponse is a reason for giving no answer. It is an answer of its own, never a number.
type NonResponse string

// The reasons.
const (
	DontKnow      NonResponse = "dontKnow"
	Refused       NonResponse = "refused"
	NotApplicable NonResponse = "notApplicable"
	Blank         NonResponse = "blank"
)

var nonResponses = setOf(DontKnow, Refused, NotApplicable, Blank)

// Endorsement is a vote on a recommendation: a word of the scale yesNoAbstain, or a digit of fivePoint.
type Endorsement string

// The votes of the scale yesNoAbstain.
const (
	Yes     Endorsement = "yes"
	No      Endorsement = "no"
	Abstain Endorsement = "abstain"
)

// The votes of the scale fivePoint, from not at all to fully.
const (
	Point1 Endorsement = "1"
	Point2 Endorsement = "2"
	Point3 Endorsement = "3"
	Point4 Endorsement = "4"
	Point5 Endorsement = "5"
)

var (
	yesNoAbstain = []Endorsement{Yes, No, Abstain}
	fivePoint    = []Endorsement{Point1, Point2, Point3, Point4, Point5}
)

// Vote is what an endorsement comes to in the count of a chamber: Yes, No or Abstain; empty for anything else.
func (e Endorsement) Vote() Endorsement {
	switch e {
	case Yes, Point4, Point5:
		return Yes
	case No, Point1, Point2:
		return No
	case Abstain, Point3:
		return Abstain
	}
	return ""
}

// Equal tells whether two answers say the same.
func (a Answer) Equal(b Answer) bool {
	return a.Option == b.Option && a.Point == b.Point && a.Text == b.Text && a.Endorsement == b.Endorsement && a.NonResponse == b.NonResponse &&
		slices.Equal(a.Options, b.Options) && slices.EqualFunc(a.Ranking, b.Ranking, slices.Equal) && samePoints(a.Allocation, b.Allocation)
}

// samePoints compares what options get: no points and no mention are one.
func samePoints(a, b map[OptionID]int) bool {
	for id, n := range a {
		if b[id] != n {
			return false
		}
	}
	for id, n := range b {
		if a[id] != n {
			return false
		}
	}
	return len(a) == 0 == (len(b) == 0)
}

// members counts the members that are set.
func (a Answer) members() (n int) {
	for _, set := range []bool{a.Option != "", len(a.Options) > 0, a.Point != 0, len(a.Ranking) > 0, len(a.Allocation) > 0, a.Text != Commitment{}, a.Endorsement != "", a.NonResponse != ""} {
		if set {
			n++
		}
	}
	return n
}

// CheckAnswer rejects an answer that q does not admit. Commands, importers and paper entry all ask it.
func (q Question) CheckAnswer(a Answer) error {
	switch {
	case a.members() != 1:
		return reject(ErrInvalidAnswer, "an answer has one member, of its question's kind or nonresponse, not %d", a.members())
	case a.NonResponse != "" && q.Required:
		return reject(ErrInvalidAnswer, "this question must be answered")
	case a.NonResponse != "" && !nonResponses[a.NonResponse]:
		return reject(ErrInvalidAnswer, "non-response %q is not known", a.NonResponse)
	case a.NonResponse != "":
		return nil
	}
	switch q.Kind {
	case SingleChoice:
		if !q.has(a.Option) {
			return reject(ErrInvalidAnswer, "option %q is not on the ballot", a.Option)
		}
	case MultipleChoice:
		return q.checkSet(a.Options)
	case Likert:
		if a.Point < 1 || a.Point > q.Points {
			return reject(ErrInvalidAnswer, "point %d is not on the scale from 1 to %d", a.Point, q.Points)
		}
	case Ranking:
		return q.checkRanking(a.Ranking)
	case Allocation:
		return q.checkAllocation(a.Allocation)
	case Open:
		if a.Text == (Commitment{}) {
			return reject(ErrInvalidAnswer, "an open answer is a text")
		}
	case Endorse:
		if !slices.Contains(q.Endorsements(), a.Endorsement) {
			return reject(ErrInvalidAnswer, "%q is not on the scale %s", a.Endorsement, q.Scale)
		}
	default:
		return reject(ErrInvalidAnswer, "question kind %q is not known", q.Kind)
	}
	return nil
}

// Endorsements are the votes of the scale of a question of kind endorse, in order.
func (q Question) Endorsements() []Endorsement {
	if q.Scale == FivePoint {
		return fivePoint
	}
	return yesNoAbstain
}

func (q Question) checkSet(set []OptionID) error {
	if len(set) < q.Min || len(set) > q.Max {
		return reject(ErrInvalidAnswer, "%d to %d options are chosen, not %d", q.Min, q.Max, len(set))
	}
	at := 0 // in the order of the question nothing stands twice, and one set has one form
	for _, id := range set {
		for at < len(q.Options) && q.Options[at].ID != id {
			at++
		}
		if at == len(q.Options) {
			return reject(ErrInvalidAnswer, "option %q is not on the ballot, stands twice, or not in the order of the question", id)
		}
		at++
		if len(set) > 1 && slices.Contains(q.Exclusive, id) {
			return reject(ErrInvalidAnswer, "option %q stands alone", id)
		}
	}
	return nil
}

func (q Question) checkRanking(ranks [][]OptionID) error {
	if len(ranks) < 1 || len(ranks) > q.Top {
		return reject(ErrInvalidAnswer, "1 to %d ranks are given, not %d", q.Top, len(ranks))
	}
	seen := map[OptionID]bool{}
	for i, rank := range ranks {
		if len(rank) == 0 || (len(rank) > 1 && !q.Ties) {
			return reject(ErrInvalidAnswer, "rank %d has %d options", i+1, len(rank))
		}
		at := -1 // options that share a rank stand in the order of the question, so that one ranking has one form
		for _, id := range rank {
			place := slices.IndexFunc(q.Options, func(o Option) bool { return o.ID == id })
			if place <= at || seen[id] {
				return reject(ErrInvalidAnswer, "option %q is not on the ballot, stands twice, or not in the order of the question", id)
			}
			at, seen[id] = place, true
		}
	}
	return nil
}

func (q Question) checkAllocation(points map[OptionID]int) error {
	sum := 0
	for _, id := range sortedKeys(points) {
		n := points[id]
		switch {
		case !q.has(id):
			return reject(ErrInvalidAnswer, "option %q is not on the ballot", id)
		case n < 0 || n > q.Total || n%q.Step != 0 || (q.MaxPer > 0 && n > q.MaxPer):
			return reject(ErrInvalidAnswer, "%d points to option %q: they are given in steps of %d, and not more than there are", n, id, q.Step)
		}
		sum += n
	}
	if sum != q.Total {
		return reject(ErrInvalidAnswer, "%d points are given away, not %d", q.Total, sum)
	}
	return nil
}

// CheckOpen rejects the words of an open answer that q does not admit: 1 to MaxRunes characters of UTF-8. They are
// counted as they were given: words are not brought into a normal form, so that an e with an accent set upon it counts as two.
func (q Question) CheckOpen(words string) error {
	if n := utf8.RuneCountInString(words); !utf8.ValidString(words) || n < 1 || n > q.MaxRunes {
		return reject(ErrInvalidAnswer, "an open answer has 1 to %d characters, not %d", q.MaxRunes, n)
	}
	return nil
}

// Cells says where an answer counts: under its option; under each of its options; under its point ("3"); under each option and its rank ("a@1");
// under each option that gets points, by as many; under its endorsement. Words and non-responses count nowhere.
func (a Answer) Cells(count func(cell string, n int)) {
	switch {
	case a.Option != "":
		count(string(a.Option), 1)
	case a.Point != 0:
		count(strconv.Itoa(a.Point), 1)
	case a.Endorsement != "":
		count(string(a.Endorsement), 1)
	}
	for _, id := range a.Options {
		count(string(id), 1)
	}
	for i, rank := range a.Ranking {
		for _, id := range rank {
			count(rankCell(id, i), 1)
		}
	}
	if len(a.Allocation) > 0 {
		for _, id := range sortedKeys(a.Allocation) {
			if n := a.Allocation[id]; n > 0 {
				count(string(id), n)
			}
		}
	}
}

// CheckCells rejects counts by cell that valid answers to q can never give.
func (q Question) CheckCells(counts map[string]int, valid int) error {
	sum, known := 0, q.cells()
	for _, cell := range sortedKeys(counts) {
		n := counts[cell]
		switch {
		case !known[cell]:
			return reject(ErrTallyMismatch, "cell %q is not one of the question's", cell)
		case n < 0:
			return reject(ErrTallyMismatch, "cell %q: %d", cell, n)
		case q.Kind == Allocation && (n > q.most()*valid || n%q.Step != 0):
			return reject(ErrTallyMismatch, "cell %q: %d points of %d answers, in steps of %d and %d at most of each", cell, n, valid, q.Step, q.most())
		case q.Kind != Allocation && n > valid:
			return reject(ErrTallyMismatch, "cell %q: %d of %d answers", cell, n, valid)
		}
		sum += n
	}
	low, high := valid, valid
	switch q.Kind {
	case MultipleChoice:
		alone := 0
		for _, o := range q.Exclusive {
			alone += counts[string(o)]
		}
		low, high = alone+q.Min*(valid-alone), alone+q.Max*(valid-alone)
	case Ranking:
		if err := q.checkRanks(counts, valid); err != nil {
			return err
		}
		high = len(q.Options) * valid
	case Allocation:
		low, high = q.Total*valid, q.Total*valid
	case Open:
		low, high = 0, 0
	}
	if sum < low || sum > high {
		return reject(ErrTallyMismatch, "the cells of %d answers add up to %d to %d, not %d", valid, low, high, sum)
	}
	return nil
}

// most is the most points that one option gets.
func (q Question) most() int {
	if q.MaxPer == 0 {
		return q.Total
	}
	return min(q.Total, q.MaxPer-q.MaxPer%q.Step)
}

// checkRanks counts rankings the other ways round: an option stands in one rank of an answer, and no rank without the ranks before it.
func (q Question) checkRanks(counts map[string]int, valid int) error {
	for _, o := range q.Options {
		n := 0
		for rank := range q.Top {
			n += counts[rankCell(o.ID, rank)]
		}
		if n > valid {
			return reject(ErrTallyMismatch, "option %q is ranked %d times in %d answers", o.ID, n, valid)
		}
	}
	before := valid
	for rank := range q.Top {
		n := 0
		for _, o := range q.Options {
			n += counts[rankCell(o.ID, rank)]
		}
		if (rank == 0 && n < valid) || (!q.Ties && n > before) {
			return reject(ErrTallyMismatch, "rank %d is given %d times in %d answers, the rank before it %d times", rank+1, n, valid, before)
		}
		before = n
	}
	return nil
}

// rankCell is the cell of an option at a rank, from 0.
func rankCell(id OptionID, rank int) string { return string(id) + "@" + strconv.Itoa(rank+1) }

func (q Question) cells() map[string]bool {
	cells := map[string]bool{}
	switch q.Kind {
	case Likert:
		for p := range q.Points {
			cells[strconv.Itoa(p+1)] = true
		}
	case Endorse:
		for _, e := range q.Endorsements() {
			cells[string(e)] = true
		}
	case Ranking:
		for _, o := range q.Options {
			for rank := range q.Top {
				cells[rankCell(o.ID, rank)] = true
			}
		}
	default:
		for _, o := range q.Options {
			cells[string(o.ID)] = true
		}
	}
	return cells
}
