package projections

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// naivePerson is somebody as the model remembers them: everything they declared, and wherever they came in.
type naivePerson struct {
	domain.ParticipantRegistered
	consents map[domain.ConsentScope]bool
	in       bool
}

// countPeople counts recruitment by remembering everybody and every report, and looks at nobody's Replaces or Again.
func countPeople(facts []domain.Fact, id domain.DialogueID) (d RecruitmentDoc, began bool) {
	reports, corrected := map[string]domain.RecruitmentReported{}, map[string]bool{}
	people := map[domain.ParticipantID]*naivePerson{}
	drawn := map[domain.ParticipantID]bool{}
	d.Channels, d.Registered = map[string]domain.Recruitment{}, map[domain.Chamber]map[domain.Route]int{}
	d.Consents.Standing, d.CheckedIn = map[domain.ConsentScope]int{}, map[domain.Chamber]int{}
	for _, f := range facts {
		if f.Meta.Dialogue != id {
			continue
		}
		touches := true
		switch e := f.Event.(type) {
		case domain.RecruitmentReported:
			reports[e.Report], corrected[e.Supersedes] = e, true
		case domain.PoolSealed:
			d.Pool = e.Size
		case domain.SelectionPoolSealed:
			d.Pool = e.People
		case domain.PanelDrawn:
			for _, who := range e.Selected {
				drawn[who] = true
			}
		case domain.SeatAnswered:
			if e.Answer != domain.SeatAccepted {
				delete(drawn, e.Participant)
			}
		case domain.SelectionAnnounced, domain.SelectionVoided, domain.FeasibilityReported, domain.QuotasAmended, domain.RoundsPinned, domain.BeaconObserved, domain.LotteryBuilt,
			domain.PanelsCommitted:
		case domain.DrawExecuted:
			for _, who := range e.Selected {
				drawn[who] = true
			}
			for _, who := range e.Leavers {
				delete(drawn, who)
			}
		case domain.ParticipantRegistered:
			people[e.Participant] = &naivePerson{e, map[domain.ConsentScope]bool{}, false}
		case domain.ConsentGiven:
			d.Consents.Given++
			for _, s := range e.Scopes {
				people[e.Participant].consents[s] = true
			}
		case domain.ConsentWithdrawn:
			d.Consents.Withdrawn++
			for _, s := range e.Scopes {
				delete(people[e.Participant].consents, s)
			}
		case domain.ParticipantCheckedIn:
			people[e.Participant].in = true
		case domain.PersonalDataErased:
			d.Erased++
		case domain.DrawCommitted:
		default:
			touches = false
		}
		began = began || touches
	}
	for _, r := range reports {
		if !corrected[r.Report] {
			n := d.Channels[r.Channel]
			d.Channels[r.Channel] = domain.Recruitment{
				Invited: n.Invited + r.Counts.Invited, Reached: n.Reached + r.Counts.Reached, Refused: n.Refused + r.Counts.Refused,
				Ineligible: n.Ineligible + r.Counts.Ineligible, Accepted: n.Accepted + r.Counts.Accepted,
			}
		}
	}
	for _, p := range people {
		if d.Registered[p.Chamber] == nil {
			d.Registered[p.Chamber] = map[domain.Route]int{}
		}
		d.Registered[p.Chamber][p.Route]++
		for s := range p.consents {
			d.Consents.Standing[s]++
		}
		if p.consents[domain.Participate] && p.consents[domain.DataUse] {
			d.Consents.Admissible++
		}
		if p.in {
			d.CheckedIn[p.Chamber]++
		}
	}
	d.Drawn = len(drawn)
	return d, began
}

// numbers is what the model knows of a document: entries that came down to none are left out on both sides.
func (d RecruitmentDoc) numbers() RecruitmentDoc {
	for s, n := range d.Consents.Standing {
		if n == 0 {
			delete(d.Consents.Standing, s)
		}
	}
	return RecruitmentDoc{Channels: d.Channels, Pool: d.Pool, Drawn: d.Drawn, Registered: d.Registered, Consents: d.Consents, CheckedIn: d.CheckedIn, Erased: d.Erased}
}

func TestRecruitmentIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	var corrected, redrawn, again, withdrawn int
	checkUntil(t, func() bool { return corrected > 0 && redrawn > 0 && withdrawn > 0 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "people").facts()
		docs := whole(t, []View{Recruitment}, facts)
		for _, s := range seats {
			want, began := countPeople(facts, s.Dialogue)
			doc, there := docs[Ref{Recruitment.Name, string(s.Dialogue)}]
			require.Equal(t, began, there)
			if !there {
				continue
			}
			var got RecruitmentDoc
			require.NoError(t, json.Unmarshal(doc.Data, &got))
			require.Equal(t, want.numbers(), got.numbers())
			require.Equal(t, s.Dialogue, got.Dialogue)
			require.Equal(t, Frame{s.Edition, s.Place, s.SampleType}, got.Frame)
		}
		for _, f := range facts {
			switch e := f.Event.(type) {
			case domain.RecruitmentReported:
				corrected += min(len(e.Supersedes), 1)
			case domain.DrawExecuted:
				redrawn += len(e.Leavers)
			case domain.ParticipantCheckedIn:
				if e.Again {
					again++
				}
			case domain.ConsentWithdrawn:
				withdrawn++
			}
		}
	})
	for what, n := range map[string]int{"corrected": corrected, "redrawn": redrawn, "withdrawn": withdrawn} {
		require.Positive(t, n, what)
	}
	t.Logf("corrected %d, redrawn %d, checked in again %d, withdrawn %d", corrected, redrawn, again, withdrawn)
}

// TestCheckedInOnce: who checks in for a second session is still one person.
func TestCheckedInOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openEditions()
	w.begin("dl_1", "ed_1", "KE", domain.Sortition)
	require.True(t, w.register("dl_1", "pa_1", domain.CitizenChamber))
	require.True(t, w.consent("dl_1", "pa_1", domain.Participate, domain.DataUse))
	require.True(t, w.checkIn("dl_1", "pa_1", "ss_1"))
	require.True(t, w.close("dl_1", "ss_1"))
	require.True(t, w.open("dl_1", "ss_2"))
	require.True(t, w.checkIn("dl_1", "pa_1", "ss_2"))
	var d RecruitmentDoc
	require.NoError(t, json.Unmarshal(whole(t, []View{Recruitment}, w.facts())[Ref{Recruitment.Name, "dl_1"}].Data, &d))
	require.Equal(t, map[domain.Chamber]int{domain.CitizenChamber: 1}, d.CheckedIn)
}

func TestPartnersAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "people").facts()
		want := map[string]PartnerDoc{}
		at := func(e domain.EditionID, p domain.PartnerID, change func(*PartnerDoc)) {
			d := want[PartnerKey(e, p)]
			d.begin(e, p)
			change(&d)
			want[PartnerKey(e, p)] = d
		}
		for _, f := range facts {
			switch e := f.Event.(type) {
			case domain.PartnerAdmitted:
				at(e.Edition, e.Partner, func(d *PartnerDoc) { d.Name, d.Kind, d.Roles, d.ValidFrom = e.Name, e.Kind, e.Roles, e.ValidFrom })
			case domain.DialogueRegistered:
				at(e.Edition, e.Partner, func(d *PartnerDoc) { d.Dialogues = append(d.Dialogues, e.Dialogue) })
			case domain.InterestDeclared:
				at(e.Edition, e.Partner, func(d *PartnerDoc) { d.Interests[e.Person] = e.Level })
			case domain.TrainingCompleted:
				at(e.Edition, e.Partner, func(d *PartnerDoc) { d.Trained[e.Role] = append(d.Trained[e.Role], e.Trainee) })
			case domain.PartnershipEnded:
				at(e.Edition, e.Partner, func(d *PartnerDoc) { d.Ended = &PartnerEnd{e.Reason, e.EffectiveAt, e.ReassignTo} })
				if e.ReassignTo != "" {
					at(e.Edition, e.ReassignTo, func(d *PartnerDoc) { d.TakesAfter = append(d.TakesAfter, e.Partner) })
				}
			}
		}
		got := map[string]PartnerDoc{}
		for ref, doc := range whole(t, []View{Partner}, facts) {
			var d PartnerDoc
			require.NoError(t, json.Unmarshal(doc.Data, &d))
			got[ref.Key] = d
		}
		for _, d := range want {
			for role, people := range d.Trained {
				slices.Sort(people)
				d.Trained[role] = slices.Compact(people)
			}
		}
		require.Equal(t, want, got)
	})
}
