package projections

import (
	"slices"

	"daybook.internal/domain"
)

// RecruitmentDoc is the way of people into one dialogue: from those who were asked to those who are in the room. It counts people and knows none of them.
type RecruitmentDoc struct {
	Dialogue domain.DialogueID `json:"dialogue"`
	Frame
	Channels    map[string]domain.Recruitment           `json:"channels"` // how many were invited, reached and so on, by channel, as last corrected
	Pool        int                                     `json:"pool,omitempty"`
	PoolStrata  []domain.DimensionCount                 `json:"poolStrata"`
	Draws       []Draw                                  `json:"draws"`
	Drawn       int                                     `json:"drawn"` // people who were drawn and have not left
	DrawnStrata []domain.DimensionCount                 `json:"drawnStrata"`
	Registered  map[domain.Chamber]map[domain.Route]int `json:"registered"`
	Consents    Consents                                `json:"consents"`
	CheckedIn   map[domain.Chamber]int                  `json:"checkedIn"` // people who checked in, each once, by chamber
	Erased      int                                     `json:"erased"`    // people whose personal data were erased
	Selections  []SelectionDoc                          `json:"selections,omitempty"`
}

// Draw is one round: how it was committed to, and what came of it. Round and what follows are absent before it is executed.
type Draw struct {
	Algorithm   domain.Algorithm        `json:"algorithm"`
	Seed        domain.Digest           `json:"seed"` // the digest of the seed that was committed to
	Randomness  domain.PublicRandomness `json:"randomness"`
	CommittedAt domain.Time             `json:"committedAt"`
	Round       int                     `json:"round,omitempty"`
	Selected    int                     `json:"selected,omitempty"`
	Left        int                     `json:"left,omitempty"` // people who had left and were replaced in this round
	Attempts    int                     `json:"attempts,omitempty"`
	ExecutedAt  *domain.Time            `json:"executedAt,omitempty"`
}

// Consents counts people by what they consent to now, and declarations.
type Consents struct {
	Standing   map[domain.ConsentScope]int `json:"standing"`   // people whose consent stands, by what it is for
	Admissible int                         `json:"admissible"` // people whose consent to take part and to the use of their data stands
	Given      int                         `json:"given"`      // declarations by which consent was given
	Withdrawn  int                         `json:"withdrawn"`  // declarations by which consent was withdrawn
}

// Recruitment has a document for every dialogue that anybody was asked into, by its id.
var Recruitment = Of("recruitment", 1, "the way of people into one dialogue: asked, drawn, registered, consenting, in the room; key: the dialogue's id",
	on(domain.RecruitmentReported{}, domain.PoolSealed{}, domain.DrawCommitted{}, domain.DrawExecuted{}, domain.ParticipantRegistered{}, domain.ConsentGiven{},
		domain.ConsentWithdrawn{}, domain.ParticipantCheckedIn{}, domain.PersonalDataErased{},
		domain.SelectionAnnounced{}, domain.FeasibilityReported{}, domain.QuotasAmended{}, domain.SelectionPoolSealed{}, domain.RoundsPinned{}, domain.BeaconObserved{},
		domain.LotteryBuilt{}, domain.PanelsCommitted{}, domain.PanelDrawn{}, domain.SeatAnswered{}, domain.SelectionVoided{}),
	byDialogue,
	func(d *RecruitmentDoc, _ string, f *Fact) {
		d.begin(f)
		switch e := f.Event.(type) {
		case domain.RecruitmentReported:
			d.report(e)
		case domain.PoolSealed:
			d.Pool, d.PoolStrata = e.Size, e.Strata
		case domain.DrawCommitted:
			d.Draws = append(d.Draws, Draw{Algorithm: e.Algorithm, Seed: e.Seed, Randomness: e.Randomness, CommittedAt: f.Meta.Time})
		case domain.DrawExecuted:
			if len(d.Draws) == 0 { // no decision writes that, and a fold does not rest on it
				d.Draws = append(d.Draws, Draw{})
			}
			at, last := f.Meta.Time, &d.Draws[len(d.Draws)-1]
			last.Round, last.Selected, last.Left, last.Attempts, last.ExecutedAt = e.Round, len(e.Selected), len(e.Leavers), e.Attempts, &at
			d.Drawn, d.DrawnStrata = d.Drawn+len(e.Selected)-len(e.Leavers), e.Quota
		case domain.ParticipantRegistered:
			if d.Registered[e.Chamber] == nil {
				d.Registered[e.Chamber] = map[domain.Route]int{}
			}
			d.Registered[e.Chamber][e.Route]++
		case domain.ConsentGiven:
			d.Consents.Given++
			d.Consents.change(e.Scopes, e.Replaces, 1)
		case domain.ConsentWithdrawn:
			d.Consents.Withdrawn++
			d.Consents.change(e.Scopes, e.Replaces, -1)
		case domain.ParticipantCheckedIn:
			if !e.Again {
				d.CheckedIn[e.Chamber]++
			}
		case domain.PersonalDataErased:
			d.Erased++
		default:
			d.selection(f)
		}
	})

// begin makes a document of nothing.
func (d *RecruitmentDoc) begin(f *Fact) {
	if d.Dialogue != "" {
		return
	}
	*d = RecruitmentDoc{
		Dialogue: f.Meta.Dialogue, Frame: f.Place, Channels: map[string]domain.Recruitment{}, PoolStrata: []domain.DimensionCount{}, Draws: []Draw{},
		DrawnStrata: []domain.DimensionCount{}, Registered: map[domain.Chamber]map[domain.Route]int{}, CheckedIn: map[domain.Chamber]int{},
		Consents: Consents{Standing: map[domain.ConsentScope]int{}},
	}
}

// report adds what one report counts to its channel, in place of what it replaces.
func (d *RecruitmentDoc) report(e domain.RecruitmentReported) {
	n := d.Channels[e.Channel]
	add := func(r domain.Recruitment, by int) {
		n.Invited, n.Reached, n.Refused = n.Invited+by*r.Invited, n.Reached+by*r.Reached, n.Refused+by*r.Refused
		n.Ineligible, n.Accepted = n.Ineligible+by*r.Ineligible, n.Accepted+by*r.Accepted
	}
	add(e.Counts, 1)
	if e.Replaces != nil {
		add(*e.Replaces, -1)
	}
	d.Channels[e.Channel] = n
}

// change gives scopes to one person, or takes them, where consent to others stood before.
func (c *Consents) change(scopes, before []domain.ConsentScope, by int) {
	admissible := func(has func(domain.ConsentScope) bool) int {
		if has(domain.Participate) && has(domain.DataUse) {
			return 1
		}
		return 0
	}
	stood := func(s domain.ConsentScope) bool { return slices.Contains(before, s) }
	stands := func(s domain.ConsentScope) bool {
		if slices.Contains(scopes, s) {
			return by > 0
		}
		return stood(s)
	}
	c.Admissible += admissible(stands) - admissible(stood)
	for _, s := range scopes {
		if stands(s) != stood(s) {
			c.Standing[s] += by
		}
	}
}
