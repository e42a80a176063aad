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
		return own[domain.Edition](p, f).ReachMilestone(e, nil)
	case domain.TopicAdded:
		return own[domain.Edition](p, f).AddTopic(e)
	case domain.SessionDefined:
		return own[domain.Edition](p, f).DefineSession(e)
	case domain.ProtocolFrozen:
		return own[domain.Edition](p, f).FreezeProtocol(e)
	case domain.ArtefactVersionAdded:
		if !edition().IsOpen() {
			return nil, domain.ErrUnknownRef
		}
		return own[domain.Artefact](p, f).AddVersion(e)
	case domain.DialogueRegistered:
		return own[domain.Dialogue](p, f).Register(e, edition())
	case domain.QuotaPlanSet:
		return own[domain.Dialogue](p, f).SetQuotaPlan(e)
	case domain.DialogueAuthorised:
		return own[domain.Dialogue](p, f).Authorise(e, edition())
	case domain.SessionOpened:
		return own[domain.Dialogue](p, f).Open(e)
	case domain.SessionClosed:
		return own[domain.Dialogue](p, f).Close(e)
	case domain.DeviationReported:
		return own[domain.Dialogue](p, f).ReportDeviation(e)
	case domain.ParticipantRegistered:
		return own[domain.ParticipantState](p, f).Register(e, dialogue())
	case domain.ConsentGiven:
		dialogue()
		return own[domain.ParticipantState](p, f).GiveConsent(e)
	case domain.ConsentWithdrawn:
		dialogue()
		return own[domain.ParticipantState](p, f).WithdrawConsent(e)
	case domain.BallotCast:
		a, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.Question.ID))
		if err != nil {
			return nil, err
		}
		q, err := a.Question(e.Question)
		if err != nil {
			return nil, err
		}
		e.Revision, e.Replaces = 0, nil
		return own[domain.Ballot](p, f).Cast(e, q, dialogue())
	case domain.BallotVoided:
		dialogue()
		e.Replaces = domain.Answer{}
		return own[domain.Ballot](p, f).Void(e)
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
		return own[domain.Statement](p, f).Moderate(e)
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
		known := make([]domain.KnownSource, len(e.Sources))
		for i, s := range e.Sources {
			known[i] = p.known(s.Ref.Stream)
		}
		return own[domain.RecommendationState](p, f).Draft(e, known, f.Meta.Dialogue, edition())
	case domain.EndorsementOpened:
		return own[domain.RecommendationState](p, f).OpenEndorsement(e)
	case domain.EndorsementClosed:
		return own[domain.RecommendationState](p, f).CloseEndorsement(e)
	case domain.RecommendationDecided:
		return own[domain.RecommendationState](p, f).Decide(e)
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
		return own[domain.Submission](p, f).Respond(e)
	case domain.FollowUpReported:
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
	case domain.ImportRecorded:
		return own[domain.Import](p, f).Record(e)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}

// known is what the record holds of a source. Its length now is not less than it was when the decision looked.
func (p past) known(stream domain.StreamID) domain.KnownSource {
	facts := p.streams[stream]
	k := domain.KnownSource{Version: uint64(len(facts))}
	if len(facts) == 0 {
		return k
	}
	k.Dialogue = facts[0].Meta.Dialogue
	if d, ok := facts[0].Event.(domain.RecommendationDrafted); ok {
		k.Level = d.Level
	}
	if of := p.streams[domain.DialogueStream(k.Dialogue)]; k.Dialogue != "" && len(of) > 0 {
		k.Place = of[0].Event.(domain.DialogueRegistered).Place
	}
	return k
}
