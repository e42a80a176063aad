package domain

import "slices"

// EditionStream is the stream of one edition.
func EditionStream(id EditionID) StreamID { return StreamName("edition", string(id)) }

// Edition is the state of one edition's stream.
type Edition struct {
	opened     *EditionOpened
	milestones map[string]milestone
	topics     map[TopicID]TopicAdded
	sessions   map[SessionID]SessionDefined
	protocol   *ProtocolFrozen
}

type milestone struct {
	MilestoneScheduled
	reached bool
}

// Evolve folds one event.
func (e Edition) Evolve(ev Event) Edition {
	switch ev := ev.(type) {
	case EditionOpened:
		e.opened = &ev
	case MilestoneScheduled:
		e.milestones = with(e.milestones, ev.Key, milestone{ev, false})
	case MilestoneReached:
		e.milestones = with(e.milestones, ev.Key, milestone{e.milestones[ev.Key].MilestoneScheduled, true})
	case TopicAdded:
		e.topics = with(e.topics, ev.Topic, ev)
	case SessionDefined:
		e.sessions = with(e.sessions, ev.Session, ev)
	case ProtocolFrozen:
		e.protocol = &ev
	}
	return e
}

// IsOpen tells whether the edition has begun.
func (e Edition) IsOpen() bool { return e.opened != nil }

// Synthetic tells whether the edition is made up.
func (e Edition) Synthetic() bool { return e.opened != nil && e.opened.Synthetic }

// Protocol is the frozen protocol, nil before it is frozen.
func (e Edition) Protocol() *ProtocolFrozen { return e.protocol }

// Languages are the languages of the edition.
func (e Edition) Languages() []Lang {
	if e.opened == nil {
		return nil
	}
	return e.opened.Languages
}

// Coordinator is the partner that coordinates the edition, empty before it has begun.
func (e Edition) Coordinator() PartnerID {
	if e.opened == nil {
		return ""
	}
	return e.opened.Coordinator
}

// GatesOf are the gates of a milestone.
func (e Edition) GatesOf(key string) []string { return e.milestones[key].Gates }

// TopicsOf are the topics of the sessions that use an artefact, in order.
func (e Edition) TopicsOf(id ArtefactID) []TopicID {
	var topics []TopicID
	for _, session := range sortedKeys(e.sessions) {
		s := e.sessions[session]
		uses := slices.ContainsFunc(s.Instruments, func(i Instrument) bool { return i.Artefact.ID == id })
		if uses && s.Topic != "" && !slices.Contains(topics, s.Topic) {
			topics = append(topics, s.Topic)
		}
	}
	return topics
}

// Session finds a planned session.
func (e Edition) Session(id SessionID) (SessionDefined, bool) {
	s, ok := e.sessions[id]
	return s, ok
}

// HasTopic tells whether a topic is on the agenda.
func (e Edition) HasTopic(id TopicID) bool {
	_, ok := e.topics[id]
	return ok
}

// NextOrdinal is the ordinal after the last one of a chamber's sessions.
func (e Edition) NextOrdinal(chamber Chamber) int {
	n := 0
	for _, id := range sortedKeys(e.sessions) {
		if s := e.sessions[id]; s.Chamber == chamber {
			n = max(n, s.Ordinal)
		}
	}
	return n + 1
}

// Open begins the edition.
func (e Edition) Open(o EditionOpened) ([]Event, error) {
	if err := first(CheckID("edition", o.Edition), o.Title.Check("title"), o.Mandate.Check("mandate"), checkLangs(o.Languages), CheckID("coordinator", o.Coordinator)); err != nil {
		return nil, err
	}
	switch {
	case len(o.Languages) == 0:
		return nil, reject(ErrInvalidField, "an edition has at least one language")
	case e.opened != nil && same(*e.opened, o):
		return nil, nil
	case e.opened != nil:
		return nil, reject(ErrDuplicate, "edition %s is open already", o.Edition)
	}
	return []Event{o}, nil
}

// ScheduleMilestone plans a milestone or moves one that is not reached.
func (e Edition) ScheduleMilestone(m MilestoneScheduled) ([]Event, error) {
	if err := e.mustBeOpen(); err != nil {
		return nil, err
	}
	at := slices.Index(phases, m.Phase)
	switch {
	case m.Key == "":
		return nil, reject(ErrInvalidField, "a milestone has a key")
	case at < 0:
		return nil, reject(ErrInvalidField, "phase %q is not known", m.Phase)
	case m.DueAt == 0:
		return nil, reject(ErrInvalidField, "milestone %s has no due time", m.Key)
	}
	have, known := e.milestones[m.Key]
	switch {
	case known && same(have.MilestoneScheduled, m):
		return nil, nil
	case slices.ContainsFunc(m.Gates, func(g string) bool { return !slices.Contains(Gates(), g) }):
		return nil, reject(ErrInvalidField, "milestone %s: gates are %s, not %q", m.Key, Gates(), m.Gates)
	case known && have.reached:
		return nil, reject(ErrFrozen, "milestone %s is reached", m.Key)
	case known && have.Phase != m.Phase:
		return nil, reject(ErrInvalidField, "milestone %s belongs to phase %s", m.Key, have.Phase)
	case known && m.Reason == "":
		return nil, reject(ErrInvalidField, "moving milestone %s needs a reason", m.Key)
	}
	for _, key := range sortedKeys(e.milestones) {
		other := e.milestones[key]
		if key == m.Key {
			continue
		}
		if i := slices.Index(phases, other.Phase); (i < at && other.DueAt > m.DueAt) || (i > at && other.DueAt < m.DueAt) {
			return nil, reject(ErrInvalidField, "milestone %s (%s) would not keep the order of the phases with %s (%s)", m.Key, m.Phase, key, other.Phase)
		}
	}
	return []Event{m}, nil
}

// ReachMilestone says that a milestone is passed. met lists the gates that are passed, see Met.
func (e Edition) ReachMilestone(m MilestoneReached, met []string) ([]Event, error) {
	have, known := e.milestones[m.Key]
	switch {
	case !known:
		return nil, reject(ErrUnknownRef, "milestone %q is not scheduled", m.Key)
	case have.reached:
		return nil, nil
	}
	for _, gate := range have.Gates {
		if !slices.Contains(met, gate) {
			return nil, reject(ErrPhaseClosed, "milestone %s: gate %q is not met", m.Key, gate)
		}
	}
	return []Event{m}, nil
}

// AddTopic puts a topic on the agenda.
func (e Edition) AddTopic(t TopicAdded) ([]Event, error) {
	if err := first(e.mustBeOpen(), CheckID("topic", t.Topic), t.Label.Check("label")); err != nil {
		return nil, err
	}
	have, known := e.topics[t.Topic]
	switch {
	case known && same(have, t):
		return nil, nil
	case known:
		return nil, reject(ErrDuplicate, "topic %s is there already", t.Topic)
	case t.Scope != GlobalScope && t.Scope != NationalScope:
		return nil, reject(ErrInvalidField, "scope %q is not known", t.Scope)
	case t.Scope == NationalScope && t.Dialogue == "":
		return nil, reject(ErrInvalidField, "a national topic names its dialogue")
	case e.protocol != nil && t.Scope == GlobalScope:
		return nil, reject(ErrFrozen, "the protocol is frozen")
	}
	return []Event{t}, nil
}

// DefineSession plans a session. artefacts are the states of its instruments.
func (e Edition) DefineSession(s SessionDefined, artefacts map[ArtefactID]Artefact) ([]Event, error) {
	if err := first(e.mustBeOpen(), CheckID("session", s.Session), oneOf("session kind", s.Kind, sessionKinds), oneOf("chamber", s.Chamber, chambers)); err != nil {
		return nil, err
	}
	have, known := e.sessions[s.Session]
	topic, hasTopic := e.topics[s.Topic]
	switch {
	case known && same(have, s):
		return nil, nil
	case known:
		return nil, reject(ErrDuplicate, "session %s is defined already", s.Session)
	case s.Topic != "" && !hasTopic:
		return nil, reject(ErrUnknownRef, "topic %s", s.Topic)
	case hasTopic && topic.Scope == NationalScope && s.Kind != NationalSession:
		return nil, reject(ErrInvalidField, "topic %s is national: its session is of kind national", s.Topic)
	case s.PlannedMinutes < 0 || s.Ordinal < 1:
		return nil, reject(ErrInvalidField, "a session has an ordinal from 1 and no negative minutes")
	case e.protocol != nil && s.Kind != NationalSession:
		return nil, reject(ErrFrozen, "the protocol is frozen")
	}
	for _, i := range s.Instruments {
		if err := first(i.Artefact.Check(), oneOf("wave", i.Wave, waves)); err != nil {
			return nil, err
		}
		if _, err := artefacts[i.Artefact.ID].version(i.Artefact); err != nil {
			return nil, err
		}
	}
	for _, id := range sortedKeys(e.sessions) {
		if other := e.sessions[id]; other.Chamber == s.Chamber && other.Ordinal == s.Ordinal {
			return nil, reject(ErrDuplicate, "session %s of the %s chamber has ordinal %d already", id, s.Chamber, s.Ordinal)
		}
	}
	return []Event{s}, nil
}

// Instruments are those of all sessions, each version once, by session.
func (e Edition) Instruments() []ArtefactRef {
	var refs []ArtefactRef
	for _, session := range sortedKeys(e.sessions) {
		for _, i := range e.sessions[session].Instruments {
			if !slices.Contains(refs, i.Artefact) {
				refs = append(refs, i.Artefact)
			}
		}
	}
	return refs
}

// FreezeProtocol fixes the parameters, once. artefacts are the states of the analysis plan and of the instruments of every session.
func (e Edition) FreezeProtocol(p ProtocolFrozen, artefacts map[ArtefactID]Artefact) ([]Event, error) {
	if err := first(e.mustBeOpen(), oneOf("rank scoring", p.RankScoring, rankScorings)); err != nil {
		return nil, err
	}
	switch {
	case e.protocol != nil && same(*e.protocol, p):
		return nil, nil
	case e.protocol != nil:
		return nil, reject(ErrFrozen, "the protocol is frozen at method version %d", e.protocol.MethodVersion)
	case p.MethodVersion < 1:
		return nil, reject(ErrInvalidField, "method versions begin at 1")
	case p.Suppression.MinBase < 5:
		return nil, reject(ErrInvalidField, "cells of fewer than 5 people are never shown: minBase is at least 5")
	case p.Suppression.MinCell < 0 || p.ReviewQuorum < 1:
		return nil, reject(ErrInvalidField, "minCell is not negative and the review quorum at least 1")
	case p.AnalysisPlan.Digest == Digest{}:
		return nil, reject(ErrInvalidField, "the analysis plan has a digest")
	}
	plan := artefacts[p.PlanArtefact.ID]
	if err := plan.ApprovedBy(p.PlanArtefact, p.ReviewQuorum); err != nil {
		return nil, err
	}
	switch {
	case plan.Kind(p.PlanArtefact) != PlanArtefact:
		return nil, reject(ErrUnknownRef, "artefact %s is a %s, not an %s", p.PlanArtefact.ID, plan.Kind(p.PlanArtefact), PlanArtefact)
	case plan.Content(p.PlanArtefact) != p.AnalysisPlan.Digest:
		return nil, reject(ErrChecksum, "the approved plan has digest %s", plan.Content(p.PlanArtefact))
	}
	for _, i := range e.Instruments() {
		if err := artefacts[i.ID].ApprovedBy(i, p.ReviewQuorum); err != nil {
			return nil, err
		}
	}
	if p.Measures != nil {
		if err := first(p.Measures.Check(p.Weighting.PopulationTable), p.Measures.in(e.questionnaire(artefacts))); err != nil {
			return nil, err
		}
	}
	return []Event{p}, nil
}

// questionnaire has the instruments of all sessions, by session.
func (e Edition) questionnaire(artefacts map[ArtefactID]Artefact) questionnaire {
	a := questionnaire{artefacts: artefacts}
	for _, session := range sortedKeys(e.sessions) {
		a.instruments = append(a.instruments, e.sessions[session].Instruments...)
	}
	return a
}

func (e Edition) mustBeOpen() error {
	if e.opened == nil {
		return reject(ErrUnknownRef, "the edition is not open")
	}
	return nil
}
