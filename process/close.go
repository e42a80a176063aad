package process

import (
	"fmt"
	"slices"

	"daybook.internal/domain"
)

// Closing is what was counted in one session of a dialogue.
type Closing struct {
	Session   domain.SessionID
	Closed    bool
	Questions []Counted
}

// Counted is one question that was asked, and its count so far. Where answers came on paper, every table has a sheet.
type Counted struct {
	Question   domain.ArtefactRef
	Wave       domain.Wave
	Reconciled bool
	Sheets     []Sheet
}

// Sheet is one table's count, and by whom it was made so far.
type Sheet struct {
	Table   domain.TableID
	Entries []domain.Entry
	Differ  bool // the first two
}

// CloseSession lists the tasks that are open after a session: second counts, third counts where two differ, and what is to be reconciled.
func CloseSession(c Closing) []Gap {
	if !c.Closed {
		return []Gap{gap(SessionOpen, string(c.Session), "close session %s first", c.Session)}
	}
	gaps := []Gap{}
	for _, q := range c.Questions {
		if q.Reconciled {
			continue
		}
		about := fmt.Sprintf("%s version %d, wave %s", q.Question.ID, q.Question.Version, q.Wave)
		for _, s := range q.Sheets {
			for _, e := range []domain.Entry{domain.EntryA, domain.EntryB} {
				if !slices.Contains(s.Entries, e) {
					gaps = append(gaps, gap(SecondCount, about, "table %s: count %s is missing", s.Table, e))
				}
			}
			if s.Differ && !slices.Contains(s.Entries, domain.EntryC) {
				gaps = append(gaps, gap(ThirdCount, about, "table %s: the two counts differ; a third one decides", s.Table))
			}
		}
		gaps = append(gaps, gap(Reconciling, about, "reconcile the answers to %s in session %s", about, c.Session))
	}
	return gaps
}

// Completion is how far a dialogue has come before it can be certified.
type Completion struct {
	Authorised   bool
	Sessions     []Closing
	Deviations   []string // major ones that the committee has not accepted
	OpenFindings []domain.FindingID
}

// Certify says what is missing before a dialogue can be certified. Nothing is certified by it.
func Certify(c Completion) []Gap {
	gaps := []Gap{}
	if !c.Authorised {
		gaps = append(gaps, gap(Authorising, "", "the dialogue was never authorised"))
	}
	if len(c.Sessions) == 0 {
		gaps = append(gaps, gap(NoSession, "", "no session has taken place"))
	}
	for _, s := range c.Sessions {
		gaps = append(gaps, CloseSession(s)...)
	}
	for _, d := range c.Deviations {
		gaps = append(gaps, gap(DeviationOK, d, "have the committee accept the major deviation from %s, or not", d))
	}
	for _, f := range c.OpenFindings {
		gaps = append(gaps, gap(FindingOpen, string(f), "resolve finding %s", f))
	}
	return gaps
}
