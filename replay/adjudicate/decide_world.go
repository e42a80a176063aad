package adjudicate

import (
	"errors"
	"slices"

	"daybook.internal/domain"
)

// asOf shows a stream as it stood at a place of the record, and its version then.
func asOf[S domain.State[S]](v *sight, on *shelf[S], s at, place uint64) (state S, version uint32) {
	if !s.known {
		return state, 0
	}
	version = v.c.book.versionAt(s.no, place)
	return seen(v, on, s, version), version
}

// synthesise decides a synthesis again, on everything as it stood at the one place that it has looked at.
func (v *sight) synthesise(e domain.SynthesisCompleted) ([]domain.Event, error) {
	v.belongs(e.Edition, "")
	in, method, place := v.edition(e.Edition), v.artefact(e.Method.ID), v.place()
	g := domain.SynthesisGround{Versions: map[domain.StreamID]uint64{}, Reached: map[domain.StreamID]bool{}}
	certified := map[domain.DialogueID]bool{}
	for _, id := range until(place, v.c.index.edition(e.Edition).dialogues) {
		d, _ := asOf(v, &v.c.dialogues, v.c.places.dialogue(v.c, id), place)
		certified[id] = d.Certified()
	}
	known := map[domain.StreamID]domain.RecommendationState{}
	for _, id := range until(place, v.c.index.edition(e.Edition).recommendations) {
		s := v.c.find(domain.RecommendationStream(id))
		r, version := asOf(v, &v.c.recommendations, s, place)
		known[s.name], g.Versions[s.name] = r, uint64(version)
		if r.Level() != domain.NationalLevel || r.Decided() != domain.Adopted {
			continue
		}
		if of := v.homeOf(s).Dialogue; certified[of] {
			g.Required = append(g.Required, domain.NationalInput{Recommendation: s.name, Dialogue: of})
		}
	}
	for _, ref := range slices.Concat(e.Inputs.Codings, e.Inputs.Results) {
		if s := v.c.find(ref.Stream); s.known {
			g.Versions[ref.Stream] = uint64(v.c.book.versionAt(s.no, place))
		}
	}
	for _, id := range e.Outputs {
		stream := domain.RecommendationStream(id)
		g.Outputs = append(g.Outputs, known[stream].Level())
		reach(known, g.Reached, stream)
	}
	return own(v, &v.c.syntheses).Complete(e, in, method, g)
}

// reach marks everything that a recommendation stands on, near and far. Each recommendation is walked once.
func reach(known map[domain.StreamID]domain.RecommendationState, reached map[domain.StreamID]bool, from domain.StreamID) {
	walked := map[domain.StreamID]bool{}
	for todo := []domain.StreamID{from}; len(todo) > 0; todo = todo[1:] {
		if walked[todo[0]] {
			continue
		}
		walked[todo[0]] = true
		for _, s := range known[todo[0]].Sources() {
			reached[s.Ref.Stream] = true
			todo = append(todo, s.Ref.Stream)
		}
	}
}

// commitViews decides on where a commitment to views stands. Whether its roots are those of the record is seen by whoever folds it.
func (v *sight) commitViews(e domain.ViewsCommitted) ([]domain.Event, error) {
	place := v.place()
	if e.Size != place {
		v.wrong("the roots are those of %d records, and the notary has looked at %d", e.Size, place)
	}
	if e.Size > 0 && e.Size <= v.f.Seq {
		r, err := v.c.record(v.ctx, e.Size-1)
		m, bad := domain.DecodeMeta(r.Meta)
		if v.err = errors.Join(err, bad); v.err != nil {
			return nil, nil
		}
		v.belongs(m.Source, "")
	}
	if a := v.f.Meta.Actor; a.Role != domain.Notary {
		v.wrong("a %s commits to no views", a.Role)
	}
	return own(v, &v.c.views).Commit(e, place)
}

func (v *sight) ofSubmission() ([]domain.Event, error) {
	y := own(v, &v.c.submissions)
	switch e := v.f.Event.(type) {
	case domain.RecommendationSubmitted:
		s := v.c.find(domain.RecommendationStream(e.RecommendationID))
		h := v.homeOf(s)
		v.belongs(h.Edition, h.Dialogue)
		version := v.version(s.name, v.c.events(s))
		r := seen(v, &v.c.recommendations, s, version)
		var text domain.Publication
		if e.Publication != "" {
			text = sees(v, &v.c.publications, v.c.find(domain.PublicationStream(e.Publication)))
		}
		return y.Submit(e, r, uint64(version), text)
	case domain.ResponseReceived:
		h, _ := v.ownHome()
		v.belongs(h.Edition, h.Dialogue)
		e.RecommendationID = ""
		return y.Respond(e)
	case domain.FollowUpReported:
		h, _ := v.ownHome()
		v.belongs(h.Edition, h.Dialogue)
		e.RecommendationID = ""
		return y.FollowUp(e)
	}
	return nil, nil
}

func (v *sight) ofPublication() ([]domain.Event, error) {
	p := own(v, &v.c.publications)
	switch e := v.f.Event.(type) {
	case domain.PublicationReleased:
		v.belongs(e.Edition, e.Dialogue)
		in := v.edition(e.Edition)
		v.within(e.Dialogue, e.Edition)
		place := v.place()
		texts := make([]domain.RecommendationState, len(e.Recommendations))
		for i, id := range e.Recommendations {
			texts[i], _ = asOf(v, &v.c.recommendations, v.c.find(domain.RecommendationStream(id)), place)
		}
		return p.Release(e, in, texts, place, v.f.Meta.Time)
	case domain.PublicationCorrected:
		h, _ := v.ownHome()
		v.belongs(h.Edition, h.Dialogue)
		return p.Correct(e)
	}
	return nil, nil
}

func (v *sight) ofAudit() ([]domain.Event, error) {
	a := own(v, &v.c.audits)
	switch e := v.f.Event.(type) {
	case domain.AuditFindingRaised:
		v.belongs(e.Edition, "")
		known := v.cited(e.Edition, e.Scope)
		var dialogues []domain.DialogueID
		for _, k := range known {
			dialogues = append(dialogues, k.Dialogue)
		}
		concerned := v.concerned(e.Edition, dialogues)
		auditor := v.auditor(e.Edition, e.Partner)
		e.Dialogues = nil
		return a.Raise(e, known, auditor, concerned, v.day())
	case domain.AuditFindingResolved:
		v.belongs(e.Edition, "")
		raised, _ := a.Finding(e.Finding)
		known := v.cited(e.Edition, e.Evidence)
		concerned := v.concerned(e.Edition, raised.Dialogues)
		auditor := v.auditor(e.Edition, e.Partner)
		return a.Resolve(e, known, auditor, concerned, v.day())
	}
	return nil, nil
}

// auditor shows the partner that audits, as it is.
func (v *sight) auditor(e domain.EditionID, id domain.PartnerID) domain.Partner {
	p := v.onePartner(e, id)
	if p.Admitted() == nil {
		v.stranger("partner", string(id))
	}
	return p
}

// cited shows what the record holds of each stream that is referred to. Streams of other editions cannot be referred to.
func (v *sight) cited(in domain.EditionID, refs []domain.Ref) []domain.Cited {
	shown := make([]domain.Cited, len(refs))
	for i, r := range refs {
		s := v.c.find(r.Stream)
		if have := v.c.events(s); have > 0 {
			h := v.c.book.home(s.no)
			if shown[i] = (domain.Cited{Version: uint64(v.version(s.name, have)), Dialogue: h.Dialogue}); h.Edition != in {
				v.wrong("%s belongs to edition %s", r, h.Edition)
			}
		}
	}
	return shown
}

// concerned are the partners that answer for an edition and for some of its dialogues: the coordinator, the partner that registered each dialogue, and those
// that took over from them.
func (v *sight) concerned(e domain.EditionID, dialogues []domain.DialogueID) (ids []domain.PartnerID) {
	todo := []domain.PartnerID{v.edition(e).Coordinator()}
	for _, id := range dialogues {
		if id == "" {
			continue
		}
		if r := v.dialogue(id).Registered(); r != nil {
			todo = append(todo, r.Partner)
		}
	}
	for ; len(todo) > 0 && v.err == nil; todo = todo[1:] {
		if slices.Contains(ids, todo[0]) {
			continue
		}
		ids = append(ids, todo[0])
		if end := v.onePartner(e, todo[0]).Ended(); end != nil && end.ReassignTo != "" {
			todo = append(todo, end.ReassignTo)
		}
	}
	return ids
}
