package projections

import (
	"cmp"
	"slices"
	"sort"

	"daybook.internal/domain"
)

// Values counts reactions by value.
type Values struct {
	Agree    int `json:"agree"`
	Disagree int `json:"disagree"`
	Pass     int `json:"pass"`
}

func (v *Values) add(value domain.ReactionValue, n int) {
	switch value {
	case domain.Agree:
		v.Agree += n
	case domain.Disagree:
		v.Disagree += n
	case domain.Pass:
		v.Pass += n
	}
}

// Talk counts statements and what people thought of them.
type Talk struct {
	Statements     int    `json:"statements"`
	Accepted       int    `json:"accepted"`
	Rejected       int    `json:"rejected"`
	Hidden         int    `json:"hidden"`
	Undecided      int    `json:"undecided"`
	Respondents    int    `json:"respondents"`    // people with at least one reaction, once for each conversation
	Reactions      Values `json:"reactions"`      // each person's current reaction to each statement
	ReactionEvents Values `json:"reactionEvents"` // every reaction ever cast, a repeated one included
	Revised        int    `json:"revised"`        // reactions that replaced an earlier one of the same person
}

func (t *Talk) post() {
	t.Statements++
	t.Undecided++
}

func (t *Talk) moderate(e domain.StatementModerated) {
	status, ok := e.Decision.Status()
	if !ok {
		return
	}
	*t.status(e.Replaces)--
	*t.status(status)++
}

// Status is that of a single statement's Talk.
func (t Talk) Status() domain.StatementStatus {
	switch {
	case t.Accepted > 0:
		return domain.Accepted
	case t.Rejected > 0:
		return domain.Rejected
	case t.Hidden > 0:
		return domain.Hidden
	}
	return domain.Undecided
}

func (t *Talk) status(s domain.StatementStatus) *int {
	switch s {
	case domain.Accepted:
		return &t.Accepted
	case domain.Rejected:
		return &t.Rejected
	case domain.Hidden:
		return &t.Hidden
	}
	return &t.Undecided
}

// react counts one reaction; first says whether it is the person's first one here.
func (t *Talk) react(e domain.ReactionCast, first bool) {
	t.ReactionEvents.add(e.Value, 1)
	t.Reactions.add(e.Value, 1)
	if e.Replaces != "" {
		t.Reactions.add(e.Replaces, -1)
		t.Revised++
	}
	if first {
		t.Respondents++
	}
}

// QuestionCount counts the answers to one version of a question in one wave of one session: the standing ones only.
type QuestionCount struct {
	Session     domain.SessionID           `json:"session"`
	Question    domain.ArtefactRef         `json:"question"`
	Wave        domain.Wave                `json:"wave"`
	Valid       int                        `json:"valid"`           // answers other than non-responses
	Cells       map[string]int             `json:"cells,omitempty"` // where they count: see domain.Answer.Cells
	NonResponse map[domain.NonResponse]int `json:"nonresponse,omitempty"`
	Revised     int                        `json:"revised"` // answers that replaced an earlier one
	Voided      int                        `json:"voided"`
}

func (q *QuestionCount) add(a domain.Answer, n int) {
	if a.NonResponse != "" {
		q.NonResponse = counted(q.NonResponse, a.NonResponse, n)
		return
	}
	q.Valid += n
	a.Cells(func(cell string, by int) { q.Cells = counted(q.Cells, cell, n*by) })
}

// counted keeps no zeros, so that a count is a function of what stands and not of what stood before.
func counted[K comparable](m map[K]int, k K, n int) map[K]int {
	if m == nil {
		m = map[K]int{}
	}
	if m[k] += n; m[k] == 0 {
		delete(m, k)
	}
	return m
}

// Questions are counts by session, question id, version and wave, in that order.
type Questions []QuestionCount

func (q *Questions) of(session domain.SessionID, ref domain.ArtefactRef, wave domain.Wave) *QuestionCount {
	i, found := sort.Find(len(*q), func(i int) int { // in place: a count is large, and this is done for every ballot
		switch at := &(*q)[i]; {
		case session != at.Session:
			return cmp.Compare(session, at.Session)
		case ref.ID != at.Question.ID:
			return cmp.Compare(ref.ID, at.Question.ID)
		case ref.Version != at.Question.Version:
			return cmp.Compare(ref.Version, at.Question.Version)
		default:
			return cmp.Compare(wave, at.Wave)
		}
	})
	if !found {
		*q = slices.Insert(*q, i, QuestionCount{Session: session, Question: ref, Wave: wave})
	}
	return &(*q)[i]
}

func (q *Questions) cast(e domain.BallotCast) {
	c := q.of(e.Session, e.Question, e.Wave)
	c.add(e.Answer, 1)
	if e.Replaces != nil {
		c.add(*e.Replaces, -1)
		c.Revised++
	}
}

func (q *Questions) void(e domain.BallotVoided) {
	c := q.of(e.Session, e.Question, e.Wave)
	c.add(e.Replaces, -1)
	c.Voided++
}

// Outcomes counts recommendations.
type Outcomes struct {
	Drafted  int `json:"drafted"`
	Adopted  int `json:"adopted"`
	Rejected int `json:"rejected"`
	Deferred int `json:"deferred"`
}

func (o *Outcomes) add(outcome domain.Outcome, n int) {
	switch outcome {
	case domain.Adopted:
		o.Adopted += n
	case domain.TurnedOut:
		o.Rejected += n
	case domain.Deferred:
		o.Deferred += n
	}
}
