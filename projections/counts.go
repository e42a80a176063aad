package projections

import (
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
