package adjudicate

import (
	"slices"

	"daybook.internal/domain"
)

func (v *sight) ofEdition() ([]domain.Event, error) {
	e := own(v, &v.c.editions)
	switch ev := v.f.Event.(type) {
	case domain.EditionOpened:
		v.belongs(ev.Edition, "")
		return e.Open(ev)
	case domain.MilestoneScheduled:
		v.belongs(ev.Edition, "")
		return e.ScheduleMilestone(ev)
	case domain.MilestoneReached:
		v.belongs(ev.Edition, "")
		return e.ReachMilestone(ev, e.Met(v.progress(e, ev)))
	case domain.TopicAdded:
		v.belongs(ev.Edition, ev.Dialogue)
		return e.AddTopic(ev)
	case domain.SessionDefined:
		v.belongs(ev.Edition, "")
		refs := make([]domain.ArtefactRef, len(ev.Instruments))
		for i, instrument := range ev.Instruments {
			refs[i] = instrument.Artefact
		}
		return e.DefineSession(ev, v.artefacts(refs...))
	case domain.ProtocolFrozen:
		v.belongs(ev.Edition, "")
		return e.FreezeProtocol(ev, v.artefacts(append(e.Instruments(), ev.PlanArtefact)...))
	}
	return nil, nil
}

// progress is what the gates of a milestone look at.
func (v *sight) progress(e domain.Edition, m domain.MilestoneReached) (p domain.Progress) {
	gates := e.GatesOf(m.Key)
	asks := func(any ...string) bool {
		return slices.ContainsFunc(any, func(g string) bool { return slices.Contains(gates, g) })
	}
	if asks(domain.GateInstrumentsApproved, domain.GateMaterialsVerified) {
		p.Artefacts = v.artefacts(e.Instruments()...)
	}
	if asks(domain.GateDialoguesAuthorised, domain.GateDialoguesCertified) {
		for _, id := range until(v.place(), v.c.index.edition(m.Edition).dialogues) {
			p.Dialogues = append(p.Dialogues, v.dialogue(id))
		}
	}
	if asks(domain.GateSynthesisCompleted) {
		s := v.c.find(domain.SynthesisStream(m.Edition))
		if n, ok := v.observed(s.name); ok && v.c.events(s) > 0 {
			p.Synthesised = n > 0
		}
	}
	return p
}

func (v *sight) ofPartner() ([]domain.Event, error) {
	p := own(v, &v.c.partners)
	switch ev := v.f.Event.(type) {
	case domain.PartnerAdmitted:
		v.belongs(ev.Edition, "")
		in := v.edition(ev.Edition)
		var others []domain.Partner
		for _, id := range until(v.place(), v.c.index.edition(ev.Edition).partners) {
			if id != ev.Partner {
				others = append(others, v.onePartner(ev.Edition, id))
			}
		}
		return p.Admit(ev, in, others)
	case domain.InterestDeclared:
		v.belongs(ev.Edition, "")
		v.edition(ev.Edition)
		return p.DeclareInterest(ev)
	case domain.TrainingCompleted:
		v.belongs(ev.Edition, "")
		v.edition(ev.Edition)
		return p.CompleteTraining(ev, v.artefact(ev.Module.ID))
	case domain.PartnershipEnded:
		v.belongs(ev.Edition, "")
		v.edition(ev.Edition)
		open := v.openDialogues(ev.Edition, ev.Partner)
		var successor domain.Partner
		if ev.ReassignTo != "" {
			successor = v.onePartner(ev.Edition, ev.ReassignTo)
		}
		return p.EndPartnership(ev, open, successor)
	}
	return nil, nil
}

// openDialogues are the dialogues of an edition that are a partner's, after all successions, and not certified.
func (v *sight) openDialogues(e domain.EditionID, of domain.PartnerID) (open []domain.DialogueID) {
	for _, id := range until(v.place(), v.c.index.edition(e).dialogues) {
		d := v.dialogue(id)
		if d.Registered() == nil {
			continue
		}
		if a := v.partner(e, d.Registered().Partner).Admitted(); a != nil && a.Partner == of && !d.Certified() {
			open = append(open, id)
		}
	}
	return open
}

func (v *sight) ofArtefact() ([]domain.Event, error) {
	a := own(v, &v.c.artefacts)
	switch ev := v.f.Event.(type) {
	case domain.ArtefactVersionAdded:
		v.belongs(v.f.Meta.Source, "") // whoever acts says for which edition
		v.edition(v.f.Meta.Source)
		var template domain.Artefact
		if q := ev.Question; q != nil && q.Kind == domain.Endorse {
			template = v.artefact(q.Template.ID)
		}
		events, err := a.AddVersion(ev)
		if err == nil && len(events) > 0 {
			err = ev.CheckEndorse(template)
		}
		return events, err
	case domain.ReviewRecorded:
		edition := v.broughtBy(ev.Version)
		in := v.edition(edition)
		interest, declared := v.partner(edition, ev.Partner).Interest(ev.Reviewer, in.TopicsOf(ev.Artefact))
		ev.Replaces = nil
		return a.Review(ev, interest, declared)
	case domain.ArtefactApproved:
		edition := v.broughtBy(ev.Version)
		in := v.edition(edition)
		_, others := v.inUse(edition, domain.ArtefactRef{ID: ev.Artefact, Version: ev.Version})
		ev.Approvals = nil
		return a.Approve(ev, in, others)
	case domain.TranslationSubmitted:
		return a.SubmitTranslation(ev, v.edition(v.broughtBy(ev.Version)))
	case domain.TranslationVerified:
		v.broughtBy(ev.Version)
		return a.VerifyTranslation(ev)
	case domain.ArtefactWithdrawn:
		edition := v.broughtBy(ev.Version)
		inUse, _ := v.inUse(edition, domain.ArtefactRef{ID: ev.Artefact, Version: ev.Version})
		var other domain.Artefact
		if id := ev.ReplacedBy.ID; id != "" && id != ev.Artefact {
			other = v.artefact(id)
		}
		return a.Withdraw(ev, inUse, other)
	}
	return nil, nil
}

// broughtBy is the edition that brought a version of the event's own artefact, to which the event belongs.
func (v *sight) broughtBy(version int) domain.EditionID {
	n := v.c.book.entry(v.no).events
	if n == 0 || v.err != nil {
		return ""
	}
	x, err := v.c.artefacts.at(v.ctx, v.c, v.no, n)
	if err != nil {
		v.err = err
		return ""
	}
	if version < 1 || version > len(x.brought) {
		return ""
	}
	v.belongs(x.brought[version-1], "")
	return x.brought[version-1]
}

// inUse tells whether an open session of the edition uses a version of an artefact, and whether one uses another version of it.
func (v *sight) inUse(edition domain.EditionID, ref domain.ArtefactRef) (this, other bool) {
	for _, id := range until(v.place(), v.c.index.edition(edition).dialogues) {
		t, o := v.dialogue(id).Uses(ref)
		this, other = this || t, other || o
	}
	return this, other
}
