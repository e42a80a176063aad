package projections

import (
	"crypto/sha256"
	"fmt"

	"daybook.internal/domain"
)

// personOf is the blind hash of somebody with a name, and their id in the edition of a dialogue.
func (w *world) personOf(id domain.DialogueID, who domain.ParticipantID) (domain.Digest, domain.ParticipantID) {
	hash := domain.Digest(sha256.Sum256([]byte(who)))
	return hash, domain.NewParticipantID(w.meta(id).Source, hash)
}

func (w *world) register(id domain.DialogueID, who domain.ParticipantID, chamber domain.Chamber) bool {
	d := w.dialogue(id)
	if d.Registered() == nil {
		return false
	}
	hash, participant := w.personOf(id, who)
	r := domain.ParticipantRegistered{
		Participant: participant, Dialogue: id, Chamber: chamber, Language: "en", Route: domain.StakeholderInvite, StakeholderGroup: "farmers",
		Person: hash, Strata: domain.Commitment{1}, AccessNeeds: domain.Commitment{2},
	}
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
	in, draw := state[domain.Edition](w, domain.EditionStream(d.Registered().Edition)), w.sortition(id)
	did := decide(w, domain.ParticipantStream(participant), w.meta(id), func(p domain.ParticipantState) ([]domain.Event, error) { return p.Register(r, d, in, draw) })
	if did {
		w.homes[who] = id
	}
	return did
}

// text is a consent text that everybody may read.
var text = domain.Fold(domain.Artefact{},
	domain.ArtefactVersionAdded{Artefact: "ar_consent", Version: 1, Kind: domain.ConsentTextArtefact, SourceLang: "en"},
	domain.ArtefactApproved{Artefact: "ar_consent", Version: 1, Quorum: 1})

func (w *world) ofParticipant(id domain.DialogueID, who domain.ParticipantID, ask func(p domain.ParticipantState, id domain.ParticipantID) ([]domain.Event, error)) bool {
	_, participant := w.personOf(id, who)
	return decide(w, domain.ParticipantStream(participant), w.meta(id), func(p domain.ParticipantState) ([]domain.Event, error) { return ask(p, participant) })
}

func (w *world) consent(id domain.DialogueID, who domain.ParticipantID, scopes ...domain.ConsentScope) bool {
	return w.ofParticipant(id, who, func(p domain.ParticipantState, participant domain.ParticipantID) ([]domain.Event, error) {
		return p.GiveConsent(domain.ConsentGiven{
			Participant: participant, Dialogue: id, ConsentText: domain.ArtefactRef{ID: "ar_consent", Version: 1}, Lang: "en", Scopes: scopes, Method: domain.OnPaper,
		}, text)
	})
}

func (w *world) withdraw(id domain.DialogueID, who domain.ParticipantID, scopes ...domain.ConsentScope) bool {
	return w.ofParticipant(id, who, func(p domain.ParticipantState, participant domain.ParticipantID) ([]domain.Event, error) {
		return p.WithdrawConsent(domain.ConsentWithdrawn{Participant: participant, Dialogue: id, Scopes: scopes, Effect: domain.StopFuture}, false)
	})
}

func (w *world) checkIn(id domain.DialogueID, who domain.ParticipantID, session domain.SessionID) bool {
	d, in, draw := w.dialogue(id), w.edition(id), w.sortition(id)
	return w.ofParticipant(id, who, func(p domain.ParticipantState, participant domain.ParticipantID) ([]domain.Event, error) {
		return p.CheckIn(domain.ParticipantCheckedIn{Participant: participant, Dialogue: id, Session: session, By: "ann"}, d, in, draw)
	})
}

func (w *world) erase(id domain.DialogueID, who domain.ParticipantID) bool {
	return w.ofParticipant(id, who, func(p domain.ParticipantState, participant domain.ParticipantID) ([]domain.Event, error) {
		return p.Erase(domain.PersonalDataErased{Participant: participant, Dialogue: id, Fields: []string{"accessNeeds", "strata"}, RequestedAt: w.now, LegalBasis: "request"})
	})
}

// forget erases the words in a field of a fact.
func (w *world) forget(at domain.Fact, field string) bool {
	e := domain.WordsErased{Event: at.ID, Field: field, In: domain.Ref{Stream: at.Stream, Version: at.Revision + 1}, RequestedAt: w.now, LegalBasis: "request", By: "dpo"}
	return decide(w, domain.ErasureStream(e.Event, e.Field), at.Meta, func(x domain.Erasure) ([]domain.Event, error) { return x.Erase(e, domain.Kept{At: at, Opening: true}) })
}

// factsOf are the facts with an event of one kind.
func factsOf[E domain.Event](w *world) (found []domain.Fact) {
	for _, f := range w.facts() {
		if _, ok := f.Event.(E); ok {
			found = append(found, f)
		}
	}
	return found
}

// home is the dialogue in which somebody is registered, as far as anybody knows.
func (w *world) home(who domain.ParticipantID) domain.DialogueID {
	if id, known := w.homes[who]; known {
		return id
	}
	return "dl_1"
}

// arrive lets people into a room, as they come.
func (w *world) arrive(id domain.DialogueID, chamber domain.Chamber, session domain.SessionID, people ...domain.ParticipantID) bool {
	did := true
	for _, who := range people {
		did = w.register(id, who, chamber) && w.consent(id, who, domain.Participate, domain.DataUse) && w.checkIn(id, who, session) && did
	}
	return did
}

// form seats a table; fewer than five people have a waiver.
func (w *world) form(id domain.DialogueID, at domain.TableID, session domain.SessionID, facilitator string, people ...domain.ParticipantID) bool {
	d, in := w.dialogue(id), w.edition(id)
	if d.Registered() == nil {
		return false
	}
	f := domain.TableFormed{Dialogue: id, Table: at, Session: session, Chamber: domain.CitizenChamber, Facilitator: facilitator}
	members := map[domain.ParticipantID]domain.ParticipantState{}
	for _, who := range people {
		_, is := w.personOf(id, who)
		f.Members, members[is] = append(f.Members, is), state[domain.ParticipantState](w, domain.ParticipantStream(is))
	}
	if len(people) < 5 {
		f.Waiver = &domain.Waiver{Rule: domain.WaiveTableSize, Reason: "r", ApprovedBy: "h"}
	}
	var others []domain.Table
	for _, other := range []domain.TableID{"1", "2", "3"} {
		if other != at {
			others = append(others, state[domain.Table](w, domain.TableStream(id, other)))
		}
	}
	return decide(w, domain.TableStream(id, at), w.meta(id), func(t domain.Table) ([]domain.Event, error) {
		return t.Form(f, d, in, holder(d.Registered().Place), members, others)
	})
}

// write records a worksheet of a table, an item of each kind.
func (w *world) write(id domain.DialogueID, at domain.TableID, output domain.OutputID, session domain.SessionID, kinds ...domain.ItemKind) bool {
	d, in := w.dialogue(id), w.edition(id)
	o := domain.TableOutputRecorded{Dialogue: id, Table: at, Output: output, Session: session, Template: sheet, By: "n"}
	for i, kind := range kinds {
		item := domain.OutputItem{Item: fmt.Sprint(i), Kind: kind, Text: domain.Commitment{byte(len(w.records)), 1}, Lang: "en"}
		if kind == domain.RankedChoice {
			item.Rank = i + 1
		}
		o.Items = append(o.Items, item)
	}
	return decide(w, domain.TableStream(id, at), w.meta(id), func(t domain.Table) ([]domain.Event, error) {
		return t.RecordOutput(o, d, in, asWanted()[sheet.ID], 0, w.now, nil)
	})
}

// certify says that a dialogue is complete; its tallies are as the decision wants them.
func (w *world) certify(id domain.DialogueID) bool {
	c := domain.DialogueCertified{Dialogue: id, CheckedIn: 6, Ballots: map[domain.SessionID]int{}, Certificate: domain.Digest{4}, By: "c"}
	return decide(w, domain.DialogueStream(id), w.meta(id), func(d domain.Dialogue) ([]domain.Event, error) {
		return d.Certify(c, nil, func(domain.Poll) bool { return true }, 0)
	})
}

func (w *world) deviate(id domain.DialogueID, session domain.SessionID, severity domain.Severity) bool {
	return decide(w, domain.DialogueStream(id), w.meta(id), func(d domain.Dialogue) ([]domain.Event, error) {
		return d.ReportDeviation(domain.DeviationReported{Dialogue: id, Rule: "table-size", Description: domain.In("en", "Nine."), Severity: severity, Session: session})
	})
}
