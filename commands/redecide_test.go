package commands_test

import (
	"fmt"

	"daybook.internal/domain"
)

// past is a ledger as an auditor has it.
type past struct {
	streams map[domain.StreamID][]domain.Fact
}

func foldUpTo[S domain.State[S]](p past, stream domain.StreamID, version uint64) S {
	var s S
	for _, f := range p.streams[stream][:min(int(version), len(p.streams[stream]))] {
		s = s.Evolve(f.Event)
	}
	return s
}

// observed folds a stream as far as f's decision says that it has looked at it.
func observed[S domain.State[S]](p past, f domain.Fact, stream domain.StreamID) (S, error) {
	for _, o := range f.Meta.Observed {
		if o.Stream == stream {
			if o.Version > uint64(len(p.streams[stream])) {
				break
			}
			return foldUpTo[S](p, stream, o.Version), nil
		}
	}
	var s S
	return s, fmt.Errorf("%s@%d does not say that it looked at %s", f.Stream, f.Revision, stream)
}

// own folds f's stream up to f.
func own[S domain.State[S]](p past, f domain.Fact) S { return foldUpTo[S](p, f.Stream, f.Revision) }

// redecide makes the decision behind a fact again, from what stood before it and what it says that it looked at. Every event there is has its case.
func (p past) redecide(f domain.Fact) ([]domain.Event, error) {
	dialogue := func() domain.Dialogue {
		d, err := observed[domain.Dialogue](p, f, domain.DialogueStream(f.Meta.Dialogue))
		if err != nil {
			panic(err)
		}
		return d
	}
	edition := func() domain.Edition {
		e, err := observed[domain.Edition](p, f, domain.EditionStream(f.Meta.Source))
		if err != nil {
			panic(err)
		}
		return e
	}
	switch e := f.Event.(type) {
	case domain.EditionOpened:
		return own[domain.Edition](p, f).Open(e)
	case domain.MilestoneScheduled:
		return own[domain.Edition](p, f).ScheduleMilestone(e)
	case domain.MilestoneReached:
		before, at := own[domain.Edition](p, f), p.seenBy(f)
		return before.ReachMilestone(e, before.Met(domain.Progress{Artefacts: at.artefacts, Dialogues: at.dialogues, Synthesised: at.synthesised}))
	case domain.TopicAdded:
		return own[domain.Edition](p, f).AddTopic(e)
	case domain.SessionDefined:
		return own[domain.Edition](p, f).DefineSession(e, p.seenBy(f).artefacts)
	case domain.ProtocolFrozen:
		return own[domain.Edition](p, f).FreezeProtocol(e, p.seenBy(f).artefacts)
	case domain.ArtefactVersionAdded:
		if !edition().IsOpen() {
			return nil, domain.ErrUnknownRef
		}
		var template domain.Artefact
		if q := e.Question; q != nil && q.Kind == domain.Endorse {
			var err error
			if template, err = observed[domain.Artefact](p, f, domain.ArtefactStream(q.Template.ID)); err != nil {
				return nil, err
			}
		}
		if err := e.CheckEndorse(template); err != nil {
			return nil, err
		}
		return own[domain.Artefact](p, f).AddVersion(e)
	case domain.ReviewRecorded:
		interest, declared := p.partner(f, e.Partner).Interest(e.Reviewer, edition().TopicsOf(e.Artefact))
		e.Replaces = nil
		return own[domain.Artefact](p, f).Review(e, interest, declared)
	case domain.ArtefactApproved:
		_, others := p.seenBy(f).uses(domain.ArtefactRef{ID: e.Artefact, Version: e.Version})
		e.Approvals = nil
		return own[domain.Artefact](p, f).Approve(e, edition(), others)
	case domain.TranslationSubmitted:
		return own[domain.Artefact](p, f).SubmitTranslation(e, edition())
	case domain.TranslationVerified:
		return own[domain.Artefact](p, f).VerifyTranslation(e)
	case domain.ArtefactWithdrawn:
		at := p.seenBy(f)
		inUse, _ := at.uses(domain.ArtefactRef{ID: e.Artefact, Version: e.Version})
		return own[domain.Artefact](p, f).Withdraw(e, inUse, at.artefacts[e.ReplacedBy.ID])
	case domain.PartnerAdmitted, domain.InterestDeclared, domain.TrainingCompleted, domain.PartnershipEnded:
		return p.redecidePartner(f, edition())
	case domain.AuditFindingRaised:
		e.Dialogues = nil
		return own[domain.Audit](p, f).Raise(e, p.cited(f, e.Scope), p.partner(f, e.Partner), p.concerned(f), dayOf(f))
	case domain.AuditFindingResolved:
		return own[domain.Audit](p, f).Resolve(e, p.cited(f, e.Evidence), p.partner(f, e.Partner), p.concerned(f), dayOf(f))
	case domain.SegmentCoded:
		for _, o := range f.Meta.Observed {
			if o.Stream == f.Stream {
				return nil, fmt.Errorf("a coder has looked at %s", o)
			}
		}
		frame, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.Frame.ID))
		if err != nil {
			return nil, err
		}
		e.Earlier, e.Agreed, e.Replaces = 0, nil, nil
		words := domain.Quoted{Version: p.cited(f, []domain.Ref{e.Segment.Source})[0].Version, Exist: true} // what the vault said is not in the record
		return own[domain.Coding](p, f).Code(e, words, frame, p.partner(f, e.Partner), dayOf(f))
	case domain.CodingAdjudicated:
		frame, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.Frame.ID))
		if err != nil {
			return nil, err
		}
		e.Basis, e.Replaces = nil, nil
		return own[domain.Coding](p, f).Adjudicate(e, frame)
	case domain.DialogueRegistered:
		held, err := observed[domain.Partner](p, f, domain.PartnerStream(e.Edition, e.Partner))
		if err != nil {
			return nil, err
		}
		return own[domain.Dialogue](p, f).Register(e, edition(), held)
	case domain.QuotaPlanSet:
		draw, err := observed[domain.SortitionState](p, f, domain.SortitionStream(e.Dialogue))
		if err != nil {
			return nil, err
		}
		return own[domain.Dialogue](p, f).SetQuotaPlan(e, draw)
	case domain.DialogueAuthorised:
		at := p.seenBy(f)
		return own[domain.Dialogue](p, f).Authorise(e, edition(), at.holder(), at.artefacts)
	case domain.SessionOpened:
		return own[domain.Dialogue](p, f).Open(e, edition(), p.seenBy(f).artefacts)
	case domain.SessionClosed:
		return own[domain.Dialogue](p, f).Close(e)
	case domain.DeviationReported:
		return own[domain.Dialogue](p, f).ReportDeviation(e)
	case domain.DialogueCertified:
		return p.certify(f, e, edition())
	case domain.TableFormed, domain.TableOutputRecorded:
		return p.redecideTable(f, dialogue(), edition())
	case domain.RecruitmentReported, domain.PoolSealed, domain.DrawCommitted, domain.DrawExecuted:
		return p.redecideSortition(f, dialogue())
	case domain.ParticipantRegistered, domain.ConsentGiven, domain.ConsentWithdrawn, domain.ParticipantCheckedIn, domain.PersonalDataErased:
		return p.redecideParticipant(f, dialogue())
	case domain.BallotCast:
		return p.cast(f, e, dialogue(), edition())
	case domain.BallotVoided:
		counted, err := observed[domain.Tally](p, f, domain.TallyStream(e.Dialogue, e.Session))
		if err != nil {
			return nil, err
		}
		e.Replaces = domain.Answer{}
		return own[domain.Ballot](p, f).Void(e, counted, dialogue())
	case domain.StatementPosted:
		var parent domain.Statement
		if e.Parent != "" {
			var err error
			if parent, err = observed[domain.Statement](p, f, domain.StatementStream(e.Conversation, e.Parent)); err != nil {
				return nil, err
			}
		}
		return own[domain.Statement](p, f).Post(e, dialogue(), parent)
	case domain.StatementModerated:
		dialogue()
		e.Replaces = ""
		return own[domain.Statement](p, f).Moderate(e, p.seenBy(f).artefacts[e.Guideline.ID])
	case domain.StatementLinked:
		target, err := observed[domain.Statement](p, f, e.Target.Stream)
		if err != nil {
			return nil, err
		}
		var beyond []domain.Statement
		for _, r := range f.Meta.Observed {
			st, err := observed[domain.Statement](p, f, r.Stream)
			if err != nil {
				return nil, err
			}
			beyond = append(beyond, st)
		}
		return own[domain.Statement](p, f).Link(e, target, beyond)
	case domain.ReactionCast:
		st, err := observed[domain.Statement](p, f, domain.StatementStream(e.Conversation, e.Statement))
		if err != nil {
			return nil, err
		}
		e.Revision, e.Replaces = 0, ""
		return own[domain.Reactions](p, f).Cast(e, st, dialogue())
	case domain.RecommendationDrafted:
		return own[domain.RecommendationState](p, f).Draft(e, p.ground(f, e.Sources), f.Meta.Dialogue, edition())
	case domain.RecommendationRevised:
		return own[domain.RecommendationState](p, f).Revise(e, p.ground(f, e.SourcesAdded), f.Meta.Dialogue, edition())
	case domain.RecommendationSuperseded:
		var by []domain.RecommendationState
		for _, id := range e.By {
			r, err := observed[domain.RecommendationState](p, f, domain.RecommendationStream(id))
			if err != nil {
				return nil, err
			}
			by = append(by, r)
		}
		return own[domain.RecommendationState](p, f).Supersede(e, by, p.beyond(f))
	case domain.EndorsementOpened:
		var d domain.Dialogue
		if f.Meta.Dialogue != "" {
			d = dialogue()
		}
		var question, template domain.Artefact
		if e.Question.ID != "" {
			var q domain.Question
			var err error
			if question, err = observed[domain.Artefact](p, f, domain.ArtefactStream(e.Question.ID)); err != nil {
				return nil, err
			}
			if q, err = question.Question(e.Question); err != nil {
				return nil, err
			}
			if template, err = observed[domain.Artefact](p, f, domain.ArtefactStream(q.Template.ID)); err != nil {
				return nil, err
			}
		}
		return own[domain.RecommendationState](p, f).OpenEndorsement(e, question, template, d)
	case domain.EndorsementClosed:
		r := own[domain.RecommendationState](p, f)
		tallies := map[domain.SessionID]domain.Tally{}
		for _, session := range r.VotesIn() {
			t, err := observed[domain.Tally](p, f, domain.TallyStream(f.Meta.Dialogue, session))
			if err != nil {
				return nil, err
			}
			tallies[session] = t
		}
		return r.CloseEndorsement(e, tallies)
	case domain.RecommendationDecided:
		return own[domain.RecommendationState](p, f).Decide(e)
	case domain.TallySheetRecorded:
		q, err := p.asked(f, e.Question)
		if err != nil {
			return nil, err
		}
		return own[domain.Tally](p, f).RecordSheet(e, q, dialogue(), p.present(f, e.Session, e.Table, q.Unit))
	case domain.TallyReconciled:
		q, err := p.asked(f, e.Question)
		if err != nil {
			return nil, err
		}
		n := domain.Turnout{CheckedIn: p.present(f, e.Session, "", q.Unit), Ballots: p.ballots(f, e)}
		return own[domain.Tally](p, f).Reconcile(e, q, dialogue(), n)
	case domain.SynthesisCompleted:
		return p.synthesise(f, e, edition())
	case domain.RecommendationSubmitted:
		var text domain.Publication
		if e.Publication != "" {
			var err error
			if text, err = observed[domain.Publication](p, f, domain.PublicationStream(e.Publication)); err != nil {
				return nil, err
			}
		}
		r, err := observed[domain.RecommendationState](p, f, domain.RecommendationStream(e.RecommendationID))
		if err != nil {
			return nil, err
		}
		return own[domain.Submission](p, f).Submit(e, r, f.Meta.Observed[0].Version, text)
	case domain.ResponseReceived:
		e.RecommendationID = ""
		return own[domain.Submission](p, f).Respond(e)
	case domain.FollowUpReported:
		e.RecommendationID = ""
		return own[domain.Submission](p, f).FollowUp(e)
	case domain.PublicationReleased:
		at, err := position(f)
		if err != nil {
			return nil, err
		}
		texts := make([]domain.RecommendationState, len(e.Recommendations))
		for i, id := range e.Recommendations {
			texts[i], _ = foldBefore[domain.RecommendationState](p, domain.RecommendationStream(id), at)
		}
		if e.Dialogue != "" {
			dialogue()
		}
		return own[domain.Publication](p, f).Release(e, edition(), texts, at, f.Meta.Time)
	case domain.PublicationCorrected:
		return own[domain.Publication](p, f).Correct(e)
	case domain.ViewsCommitted:
		at, err := position(f)
		if err != nil {
			return nil, err
		}
		return own[domain.CommittedViews](p, f).Commit(e, min(at, f.Seq))
	case domain.ImportRecorded:
		return own[domain.Import](p, f).Record(e)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}

// lookedAt is what a decision has looked at, by family.
type lookedAt struct {
	artefacts   map[domain.ArtefactID]domain.Artefact
	dialogues   []domain.Dialogue
	partners    []domain.Partner
	synthesised bool
}

// seenBy folds every stream that f's decision has looked at. A stream's first event tells its family.
func (p past) seenBy(f domain.Fact) lookedAt {
	s := lookedAt{artefacts: map[domain.ArtefactID]domain.Artefact{}}
	for _, o := range f.Meta.Observed {
		if len(p.streams[o.Stream]) == 0 || o.Version == 0 {
			continue
		}
		switch e := p.streams[o.Stream][0].Event.(type) {
		case domain.ArtefactVersionAdded:
			s.artefacts[e.Artefact] = foldUpTo[domain.Artefact](p, o.Stream, o.Version)
		case domain.DialogueRegistered:
			s.dialogues = append(s.dialogues, foldUpTo[domain.Dialogue](p, o.Stream, o.Version))
		case domain.PartnerAdmitted:
			s.partners = append(s.partners, foldUpTo[domain.Partner](p, o.Stream, o.Version))
		case domain.SynthesisCompleted:
			s.synthesised = true
		}
	}
	return s
}

func (s lookedAt) uses(ref domain.ArtefactRef) (this, other bool) {
	for _, d := range s.dialogues {
		t, o := d.Uses(ref)
		this, other = this || t, other || o
	}
	return this, other
}

// partner is a partner that f's decision has looked at.
func (p past) partner(f domain.Fact, id domain.PartnerID) domain.Partner {
	d, err := observed[domain.Partner](p, f, domain.PartnerStream(f.Meta.Source, id))
	if err != nil {
		panic(err)
	}
	return d
}

// concerned are the coordinator and the partners of the dialogues that f's decision has looked at.
func (p past) concerned(f domain.Fact) []domain.PartnerID {
	e, err := observed[domain.Edition](p, f, domain.EditionStream(f.Meta.Source))
	if err != nil {
		panic(err)
	}
	ids := []domain.PartnerID{e.Coordinator()}
	for _, d := range p.seenBy(f).dialogues {
		ids = append(ids, d.Registered().Partner)
	}
	return ids
}

// cited is what f's decision has seen of the streams that it refers to.
func (p past) cited(f domain.Fact, refs []domain.Ref) []domain.Cited {
	out := make([]domain.Cited, len(refs))
	for i, r := range refs {
		for _, o := range f.Meta.Observed {
			if o.Stream == r.Stream && len(p.streams[r.Stream]) > 0 {
				out[i] = domain.Cited{Version: min(o.Version, uint64(len(p.streams[r.Stream]))), Dialogue: p.streams[r.Stream][0].Meta.Dialogue}
			}
		}
	}
	return out
}

// dayOf is the day of a decision.
func dayOf(f domain.Fact) domain.Date {
	if f.Meta.OccurredAt != 0 {
		return f.Meta.OccurredAt.Date()
	}
	return f.Meta.Time.Date()
}
