package projections

import "daybook.internal/domain"

// Frame is what a dialogue's registration says once and for all. It puts the facts of the dialogue in their place.
type Frame struct {
	Edition    domain.EditionID  `json:"edition"`
	Place      domain.Place      `json:"place"`
	SampleType domain.SampleType `json:"sampleType"`
}

// FrameOf is the frame that a registration gives.
func FrameOf(e domain.DialogueRegistered) Frame {
	return Frame{e.Edition, e.Place, e.SampleType}
}

// DialogueDoc is the state of one dialogue.
type DialogueDoc struct {
	Dialogue domain.DialogueID `json:"dialogue"`
	Frame
	Partner     domain.PartnerID `json:"partner"`
	Mode        domain.Mode      `json:"mode"`
	Languages   []domain.Lang    `json:"languages"`
	PlannedSize int              `json:"plannedSize,omitempty"`
	Date        domain.Date      `json:"date,omitempty"`
	State       DialogueState    `json:"state"` // closed while none of its sessions is open; the next one lets it run again
	Authorised  bool             `json:"authorised"`
	Sessions    []SessionState   `json:"sessions"`
	Deviations  int              `json:"deviations"`
	WordsErased int              `json:"wordsErased,omitempty"` // commitments whose openings were erased, one by one
}

// SessionState is one session of a dialogue. Times are those at which it happened; ClosedAt is absent while the session is open.
type SessionState struct {
	Session     domain.SessionID `json:"session"`
	Chamber     domain.Chamber   `json:"chamber"`
	IssuedCodes int              `json:"issuedCodes"`
	OpenedAt    domain.Time      `json:"openedAt"`
	ClosedAt    *domain.Time     `json:"closedAt,omitempty"`
	CheckedIn   int              `json:"checkedIn,omitempty"`
}

// Dialogue has a document for every dialogue, by its id.
var Dialogue = public(Of("dialogue", 3, "one dialogue, its state and its sessions; key: its id",
	on(domain.DialogueRegistered{}, domain.QuotaPlanSet{}, domain.DialogueAuthorised{}, domain.SessionOpened{}, domain.SessionClosed{}, domain.DeviationReported{},
		domain.DialogueCertified{}, domain.WordsErased{}),
	byDialogue,
	func(d *DialogueDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.DialogueRegistered:
			d.Dialogue, d.Frame, d.Partner, d.Mode = e.Dialogue, FrameOf(e), e.Partner, e.Mode
			d.Languages, d.PlannedSize, d.Date = e.Languages, e.PlannedSize, e.Date
			d.Sessions, d.State = []SessionState{}, DialogueRegistered
		case domain.QuotaPlanSet:
			if d.State == DialogueRegistered {
				d.State = DialoguePlanned
			}
		case domain.DialogueAuthorised:
			d.Authorised, d.State = true, DialogueAuthorised
		case domain.SessionOpened:
			d.State = DialogueRunning
			d.Sessions = append(d.Sessions, SessionState{Session: e.Session, Chamber: e.Chamber, IssuedCodes: e.IssuedCodes, OpenedAt: happened(f)})
		case domain.SessionClosed:
			at := happened(f)
			d.State = DialogueClosed
			for i := range d.Sessions {
				s := &d.Sessions[i]
				if s.Session == e.Session {
					s.ClosedAt, s.CheckedIn = &at, e.CheckedIn
				}
				if s.ClosedAt == nil {
					d.State = DialogueRunning
				}
			}
		case domain.DeviationReported:
			d.Deviations++
		case domain.DialogueCertified:
			d.State = DialogueCertified
		case domain.WordsErased:
			d.WordsErased++
		}
	}))

// happened is when a fact occurred, or when it was recorded where nothing else is known.
func happened(f *Fact) domain.Time {
	if f.Meta.OccurredAt != 0 {
		return f.Meta.OccurredAt
	}
	return f.Meta.Time
}
