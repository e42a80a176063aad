package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/process"
	"daybook.internal/projections"
)

// partner is the state of a partner of an edition: the one that decisions rest on.
type partner struct {
	domain.Partner
	at uint64
}

// texts are the versions of consent texts that came with an edition, in their order.
type texts struct {
	refs []domain.ArtefactRef
	at   uint64
}

// carry folds what a dialogue is prepared from.
func (s *State) carry(f *domain.Fact) {
	evolve := func(e domain.EditionID, p domain.PartnerID) {
		of := s.partner(e, p)
		of.Partner, of.at = of.Evolve(f.Event), s.position
	}
	switch e := f.Event.(type) {
	case domain.PartnerAdmitted:
		evolve(e.Edition, e.Partner)
	case domain.InterestDeclared:
		evolve(e.Edition, e.Partner)
	case domain.TrainingCompleted:
		evolve(e.Edition, e.Partner)
	case domain.PartnershipEnded:
		evolve(e.Edition, e.Partner)
	case domain.ArtefactVersionAdded:
		if e.Kind == domain.ConsentTextArtefact {
			t := s.consentTexts(f.Meta.Source)
			t.refs, t.at = append(t.refs, domain.ArtefactRef{ID: e.Artefact, Version: e.Version}), s.position
		}
	}
}

func (s *State) partner(e domain.EditionID, id domain.PartnerID) *partner {
	key := projections.PartnerKey(e, id)
	p := s.partners[key]
	if p == nil {
		p = &partner{}
		s.partners[key] = p
	}
	return p
}

func (s *State) consentTexts(id domain.EditionID) *texts {
	t := s.texts[id]
	if t == nil {
		t = &texts{}
		s.texts[id] = t
	}
	return t
}

// partner is the state of a partner.
func (in *Inputs) partner(e domain.EditionID, id domain.PartnerID) domain.Partner {
	p := in.s.partner(e, id)
	in.read(&p.at)
	return p.Partner
}

// holder is the partner that holds a dialogue: the one that registered it, or who took over from it.
func (in *Inputs) holder(d *projections.DialogueDoc) domain.PartnerID {
	id := d.Partner
	for seen := []domain.PartnerID{id}; ; seen = append(seen, id) {
		end := in.partner(d.Edition, id).Ended()
		if end == nil || end.ReassignTo == "" || slices.Contains(seen, end.ReassignTo) {
			return id
		}
		id = end.ReassignTo
	}
}

// instrument is how far an artefact version has come before it may be put before people.
func (in *Inputs) instrument(ref domain.ArtefactRef) process.Instrument {
	out := process.Instrument{Ref: ref}
	d := document[projections.ArtefactDoc](in, projections.Artefact, string(ref.ID))
	if d == nil {
		return out
	}
	i := slices.IndexFunc(d.Versions, func(v projections.ArtefactVersion) bool { return v.Version == ref.Version })
	if i < 0 {
		return out
	}
	v := &d.Versions[i]
	out.Approved, out.SourceLang = v.Approval != nil && v.WithdrawnAt == nil, v.SourceLang
	for lang, t := range v.Languages {
		if t.Verified {
			out.Verified = append(out.Verified, lang)
		}
	}
	slices.Sort(out.Verified)
	return out
}

// preparation is how far a dialogue has come before it may take place.
func (in *Inputs) preparation(d *projections.DialogueDoc) process.Preparation {
	held := in.partner(d.Edition, in.holder(d))
	p := process.Preparation{
		Registered: true, SampleType: d.SampleType, PlannedSize: d.PlannedSize, Languages: d.Languages, ProtocolFrozen: in.edition(d.Edition).protocol != nil,
		QuotaPlan: in.dialogue(d.Dialogue).plan != nil, HeadFacilitators: held.TrainedFor(domain.HeadFacilitator, d.Date),
		TableFacilitators: held.TrainedFor(domain.TableFacilitator, d.Date),
	}
	if board := document[projections.EditionDoc](in, projections.Edition, string(d.Edition)); board != nil {
		for _, ref := range instrumentsOf(board, d.Dialogue) {
			p.Instruments = append(p.Instruments, in.instrument(ref))
		}
	}
	t := in.s.consentTexts(d.Edition)
	in.read(&t.at)
	for _, ref := range t.refs {
		if i := in.instrument(ref); p.Consent == nil || i.Approved || !p.Consent.Approved {
			p.Consent = &i
		}
	}
	return p
}

// instrumentsOf are the instruments of the sessions that a dialogue takes part in, or of all with an empty id, each once.
func instrumentsOf(board *projections.EditionDoc, id domain.DialogueID) (refs []domain.ArtefactRef) {
	for _, s := range board.Sessions {
		if i := slices.IndexFunc(board.Topics, func(t projections.Topic) bool { return t.Topic == s.Topic }); id != "" && i >= 0 {
			if of := board.Topics[i].Dialogue; of != "" && of != id {
				continue
			}
		}
		for _, i := range s.Instruments {
			if !slices.Contains(refs, i.Artefact) {
				refs = append(refs, i.Artefact)
			}
		}
	}
	return refs
}
