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
	case domain.ImportRecorded:
		return own[domain.Import](p, f).Record(e)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}
