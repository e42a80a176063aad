package commands_test

import "daybook.internal/domain"

// ground is what a recommendation came to stand on: whatever its decision says that it looked at, as it stood then. That the walk went far enough is
// tested where graphs are drawn.
func (p past) ground(f domain.Fact, added []domain.Source) (g domain.Ground) {
	at := map[domain.StreamID]uint64{}
	for _, o := range f.Meta.Observed {
		at[o.Stream] = o.Version
		if d := foldUpTo[domain.Dialogue](p, o.Stream, o.Version); d.Registered() != nil {
			g.Places = append(g.Places, d.Registered().Place)
		}
		if r := foldUpTo[domain.RecommendationState](p, o.Stream, o.Version); r.Version() > 0 {
			g.Beyond = append(g.Beyond, r)
		}
	}
	for _, s := range added {
		var k domain.KnownSource
		for _, fact := range p.streams[s.Ref.Stream][:at[s.Ref.Stream]] {
			k = k.See(fact)
		}
		g.Sources = append(g.Sources, k)
	}
	return g
}

// beyond are all recommendations that a decision looked at.
func (p past) beyond(f domain.Fact) (states []domain.RecommendationState) {
	for _, o := range f.Meta.Observed {
		if r := foldUpTo[domain.RecommendationState](p, o.Stream, o.Version); r.Version() > 0 {
			states = append(states, r)
		}
	}
	return states
}

func (p past) asked(f domain.Fact, ref domain.ArtefactRef) (domain.Question, error) {
	a, err := observed[domain.Artefact](p, f, domain.ArtefactStream(ref.ID))
	if err != nil {
		return domain.Question{}, err
	}
	return a.Question(ref)
}

// before are the facts of a dialogue among the records that a decision looked at as a whole.
func (p past) before(f domain.Fact) (facts []domain.Fact) {
	until := f.Seq
	for _, o := range f.Meta.Observed {
		if o.Stream == domain.LedgerStream {
			until = o.Version
		}
	}
	for _, stream := range p.streams {
		for _, fact := range stream {
			if fact.Seq < until && fact.Meta.Dialogue == f.Meta.Dialogue {
				facts = append(facts, fact)
			}
		}
	}
	return facts
}

// present counts, person by person and table by table, who could answer.
func (p past) present(f domain.Fact, session domain.SessionID, table domain.TableID, unit domain.Unit) int {
	var chamber domain.Chamber
	people, seats := map[domain.ParticipantID]bool{}, map[domain.TableID]map[domain.SessionID]domain.TableFormed{}
	for _, fact := range p.streams[domain.DialogueStream(f.Meta.Dialogue)] {
		if o, ok := fact.Event.(domain.SessionOpened); ok && o.Session == session {
			chamber = o.Chamber
		}
	}
	sits := func(c domain.Chamber) bool { return c != "" && (c == chamber || chamber == domain.JointChamber) }
	for _, fact := range p.before(f) {
		switch e := fact.Event.(type) {
		case domain.ParticipantCheckedIn:
			if (e.Session == "" || e.Session == session) && sits(e.Chamber) {
				people[e.Participant] = true
			}
		case domain.TableFormed:
			if seats[e.Table] == nil {
				seats[e.Table] = map[domain.SessionID]domain.TableFormed{}
			}
			if seats[e.Table][e.Session].Revision < e.Revision {
				seats[e.Table][e.Session] = e
			}
		}
	}
	tables := 0
	for id, by := range seats {
		seated, ok := by[session]
		if !ok {
			seated = by[""]
		}
		if sits(seated.Chamber) {
			tables++
		}
		if id == table {
			return len(seated.Members)
		}
	}
	switch {
	case table != "":
		return 0
	case unit == domain.TableUnit:
		return tables
	}
	return len(people)
}

// ballots counts the last answer of everybody to one question.
func (p past) ballots(f domain.Fact, r domain.TallyReconciled) domain.Numbers {
	type last struct {
		seq    uint64
		answer *domain.Answer // nil: voided
	}
	answers := map[domain.Pseudonym]last{}
	for _, fact := range p.before(f) {
		switch e := fact.Event.(type) {
		case domain.BallotCast:
			if e.Session == r.Session && e.Wave == r.Wave && e.Question == r.Question && answers[e.Pseudonym].seq <= fact.Seq {
				answers[e.Pseudonym] = last{fact.Seq, &e.Answer}
			}
		case domain.BallotVoided:
			if e.Session == r.Session && e.Wave == r.Wave && e.Question == r.Question && answers[e.Pseudonym].seq <= fact.Seq {
				answers[e.Pseudonym] = last{fact.Seq, nil}
			}
		}
	}
	n := domain.Numbers{Cells: map[string]int{}}
	for _, l := range answers {
		switch {
		case l.answer == nil:
			n.Spoiled++
		case l.answer.NonResponse != "":
			n.Blank++
		default:
			n.Valid++
			l.answer.Cells(func(cell string, by int) { n.Cells[cell] += by })
		}
	}
	return n
}
