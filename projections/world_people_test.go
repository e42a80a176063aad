package projections

import "daybook.internal/domain"

func (w *world) register(id domain.DialogueID, who domain.ParticipantID, chamber domain.Chamber) bool {
	d := w.dialogue(id)
	if d.Registered() == nil {
		return false
	}
	r := domain.ParticipantRegistered{Participant: who, Dialogue: id, Chamber: chamber, Language: "en", Route: domain.StakeholderInvite, StakeholderGroup: "farmers"}
	if chamber == domain.CitizenChamber {
		r.StakeholderGroup = ""
		switch d.Registered().SampleType {
		case domain.Sortition:
			r.Route = domain.Drawn
		case domain.Quota:
			r.Route = domain.QuotaRoute
		case domain.OpenOnline:
			r.Route = domain.OpenOnlineRoute
		}
	}
	return decide(w, domain.ParticipantStream(who), w.meta(id), func(p domain.ParticipantState) ([]domain.Event, error) { return p.Register(r, d) })
}

func (w *world) consent(id domain.DialogueID, who domain.ParticipantID, scopes ...domain.ConsentScope) bool {
	return decide(w, domain.ParticipantStream(who), w.meta(id), func(p domain.ParticipantState) ([]domain.Event, error) {
		return p.GiveConsent(domain.ConsentGiven{
			Participant: who, Dialogue: id, ConsentText: domain.ArtefactRef{ID: "ar_consent", Version: 1}, Lang: "en", Scopes: scopes, Method: domain.OnPaper,
		})
	})
}

func (w *world) withdraw(id domain.DialogueID, who domain.ParticipantID, scopes ...domain.ConsentScope) bool {
	return decide(w, domain.ParticipantStream(who), w.meta(id), func(p domain.ParticipantState) ([]domain.Event, error) {
		return p.WithdrawConsent(domain.ConsentWithdrawn{Participant: who, Dialogue: id, Scopes: scopes, Effect: domain.StopFuture})
	})
}

// home is the dialogue in which somebody is registered.
func (w *world) home(who domain.ParticipantID) domain.DialogueID {
	for _, e := range w.streams[domain.ParticipantStream(who)] {
		if r, ok := e.(domain.ParticipantRegistered); ok {
			return r.Dialogue
		}
	}
	return "dl_1"
}

func (w *world) deviate(id domain.DialogueID) bool {
	return decide(w, domain.DialogueStream(id), w.meta(id), func(d domain.Dialogue) ([]domain.Event, error) {
		return d.ReportDeviation(domain.DeviationReported{Dialogue: id, Rule: "table-size", Description: domain.In("en", "Nine."), Severity: domain.Minor})
	})
}
