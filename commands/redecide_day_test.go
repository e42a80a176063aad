package commands_test

import (
	"daybook.internal/domain"
)

// holder is the partner that holds a dialogue now: of those that followed one another, the last one that the decision looked at.
func (s lookedAt) holder() (p domain.Partner) {
	if n := len(s.partners); n > 0 {
		p = s.partners[n-1]
	}
	return p
}

func (p past) cast(f domain.Fact, e domain.BallotCast, d domain.Dialogue, in domain.Edition) ([]domain.Event, error) {
	at := p.seenBy(f)
	booth := domain.Booth{Dialogue: d, Edition: in, Question: at.artefacts[e.Question.ID]}
	q, err := booth.Question.Question(e.Question)
	if err != nil {
		return nil, err
	}
	if q.Kind == domain.Endorse {
		stream := domain.RecommendationStream(q.Recommendation)
		if booth.Recommendation, err = observed[domain.RecommendationState](p, f, stream); err != nil {
			return nil, err
		}
		began := p.streams[stream][0].Meta
		booth.Template, booth.Home = at.artefacts[q.Template.ID], domain.Home{Edition: began.Source, Dialogue: began.Dialogue}
	}
	if q.Unit == domain.TableUnit {
		if booth.Table, err = observed[domain.Table](p, f, domain.TableStream(e.Dialogue, e.Table)); err != nil {
			return nil, err
		}
	}
	e.Revision, e.Replaces = 0, nil
	return own[domain.Ballot](p, f).Cast(e, booth)
}

func (p past) redecideTable(f domain.Fact, d domain.Dialogue, in domain.Edition) ([]domain.Event, error) {
	members := map[domain.ParticipantID]domain.ParticipantState{}
	for _, o := range f.Meta.Observed {
		if s := foldUpTo[domain.ParticipantState](p, o.Stream, o.Version); s.Registered() != nil {
			members[s.Registered().Participant] = s
		}
	}
	switch e := f.Event.(type) {
	case domain.TableFormed:
		var others []domain.Table
		for _, o := range f.Meta.Observed {
			if facts := p.streams[o.Stream]; len(facts) > 0 {
				if _, table := facts[0].Event.(domain.TableFormed); table {
					others = append(others, foldUpTo[domain.Table](p, o.Stream, o.Version))
				}
			}
		}
		e.Revision, e.Replaces = 0, nil
		return own[domain.Table](p, f).Form(e, d, in, p.seenBy(f).holder(), members, others)
	case domain.TableOutputRecorded:
		template, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.Template.ID))
		if err != nil {
			return nil, err
		}
		var closed domain.Time
		for _, fact := range p.streams[domain.DialogueStream(e.Dialogue)] {
			if c, ok := fact.Event.(domain.SessionClosed); ok && c.Session == e.Session && fact.Seq < f.Seq {
				closed = fact.Meta.Time
			}
		}
		e.Revision, e.Replaces = 0, nil
		return own[domain.Table](p, f).RecordOutput(e, d, in, template, closed, f.Meta.Time, members)
	}
	return nil, nil
}

// certify counts people and ballots by going through the record, and not by the command's index.
func (p past) certify(f domain.Fact, e domain.DialogueCertified, in domain.Edition) ([]domain.Event, error) {
	d := own[domain.Dialogue](p, f)
	people, standing := map[domain.ParticipantID]bool{}, map[domain.StreamID]map[domain.Poll]bool{}
	polls := d.Polls(in, p.seenBy(f).artefacts)
	for _, fact := range p.before(f) {
		switch e := fact.Event.(type) {
		case domain.ParticipantCheckedIn:
			people[e.Participant] = true
		case domain.BallotCast:
			polls = append(polls, domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question})
		}
	}
	for stream, facts := range p.streams {
		for _, fact := range facts {
			if fact.Meta.Dialogue != e.Dialogue {
				continue
			}
			if standing[stream] == nil {
				standing[stream] = map[domain.Poll]bool{}
			}
			switch e := fact.Event.(type) {
			case domain.BallotCast:
				standing[stream][domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question}] = true
			case domain.BallotVoided:
				standing[stream][domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question}] = false
			}
		}
	}
	e.CheckedIn, e.Ballots = len(people), map[domain.SessionID]int{}
	for _, id := range d.Sessions() {
		e.Ballots[id] = 0
	}
	for _, by := range standing {
		for poll, stands := range by {
			if stands {
				e.Ballots[poll.Session]++
			}
		}
	}
	reconciled := func(poll domain.Poll) bool {
		t, err := observed[domain.Tally](p, f, domain.TallyStream(e.Dialogue, poll.Session))
		return err == nil && t.Reconciled(poll.Wave, poll.Question)
	}
	audit, err := observed[domain.Audit](p, f, domain.AuditStream(f.Meta.Source))
	if err != nil {
		return nil, err
	}
	return d.Certify(e, polls, reconciled, audit.Open(e.Dialogue))
}
