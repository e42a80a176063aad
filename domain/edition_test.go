package domain

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// versions is an artefact of some kind with a number of versions, each approved by so many members of the committee; 0 leaves it unapproved.
func versions(id ArtefactID, kind ArtefactKind, content Digest, approvals ...int) Artefact {
	var a Artefact
	for i, n := range approvals {
		a = a.Evolve(ArtefactVersionAdded{Artefact: id, Version: i + 1, Kind: kind, SourceLang: "en", Content: content, Author: "author"})
		if n > 0 {
			approved := ArtefactApproved{Artefact: id, Version: i + 1, Quorum: 1}
			for m := range n {
				approved.Approvals = append(approved.Approvals, fmt.Sprint("member-", m))
			}
			a = a.Evolve(approved)
		}
	}
	return a
}

// library are the artefacts of the examples: the plan and the instrument of the session, approved by three.
func library() map[ArtefactID]Artefact {
	return map[ArtefactID]Artefact{
		"ar_plan":  versions("ar_plan", PlanArtefact, example[ProtocolFrozen]().AnalysisPlan.Digest, 0, 3),
		"ar_wells": versions("ar_wells", QuestionArtefact, exampleDigest(4), 0, 2, 3),
	}
}

// libraryBut is library with another state of one artefact.
func libraryBut(id ArtefactID, a Artefact) map[ArtefactID]Artefact { return with(library(), id, a) }

// unmeasured is the example of a protocol without a plan of measures, whose questions the library does not have. measures_test.go freezes one with a plan.
func unmeasured() ProtocolFrozen {
	return but(example[ProtocolFrozen](), func(p *ProtocolFrozen) { p.Measures = nil })
}

func TestEditionOpen(t *testing.T) {
	t.Parallel()
	o := example[EditionOpened]()
	change := func(f func(*EditionOpened)) func(Edition) ([]Event, error) { return asks(Edition.Open, but(o, f)) }
	checkRulings(t, []ruling[Edition]{
		{"begins", nil, asks(Edition.Open, o), nil, follows(o)},
		{"has begun", follows(o), asks(Edition.Open, o), nil, nil},
		{"another of the same id", follows(o), change(func(o *EditionOpened) { o.Coordinator = "pt_other" }), ErrDuplicate, nil},
		{"no id", nil, change(func(o *EditionOpened) { o.Edition = "" }), ErrInvalidID, nil},
		{"no coordinator", nil, change(func(o *EditionOpened) { o.Coordinator = "" }), ErrInvalidID, nil},
		{"no title", nil, change(func(o *EditionOpened) { o.Title = LText{} }), ErrInvalidText, nil},
		{"no mandate", nil, change(func(o *EditionOpened) { o.Mandate = LText{} }), ErrInvalidText, nil},
		{"no language", nil, change(func(o *EditionOpened) { o.Languages = nil }), ErrInvalidField, nil},
		{"a language in words", nil, change(func(o *EditionOpened) { o.Languages = []Lang{"Dutch language"} }), ErrInvalidField, nil},
	})
}

func TestEditionMilestones(t *testing.T) {
	t.Parallel()
	open, m := example[EditionOpened](), example[MilestoneScheduled]()
	m.Reason, m.Gates = "", []string{GateMaterialsVerified, GateProtocolFrozen}
	reached := example[MilestoneReached]()
	change := func(f func(*MilestoneScheduled)) MilestoneScheduled { return but(m, f) }
	later := change(func(m *MilestoneScheduled) { m.DueAt += 1000; m.Reason = "rain" })
	design := change(func(m *MilestoneScheduled) { m.Key, m.Phase = "questions", DesignPhase })
	known := follows(open, m)
	checkRulings(t, []ruling[Edition]{
		{"plans", follows(open), asks(Edition.ScheduleMilestone, m), nil, follows(m)},
		{"is planned", known, asks(Edition.ScheduleMilestone, m), nil, nil},
		{"moves with a reason", known, asks(Edition.ScheduleMilestone, later), nil, follows(later)},
		{"moves without a reason", known, asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.DueAt++ })), ErrInvalidField, nil},
		{"edition not open", nil, asks(Edition.ScheduleMilestone, m), ErrUnknownRef, nil},
		{"no key", follows(open), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.Key = "" })), ErrInvalidField, nil},
		{"unknown phase", follows(open), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.Phase = "party" })), ErrInvalidField, nil},
		{"no due time", follows(open), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.DueAt = 0 })), ErrInvalidField, nil},
		{"into another phase", known, asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.Phase, m.Reason = DesignPhase, "r" })), ErrInvalidField, nil},
		{"earlier phase at the same time", known, asks(Edition.ScheduleMilestone, design), nil, follows(design)},
		{"earlier phase later", known, asks(Edition.ScheduleMilestone, but(design, func(d *MilestoneScheduled) { d.DueAt++ })), ErrInvalidField, nil},
		{"later phase earlier", follows(open, design), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.DueAt-- })), ErrInvalidField, nil},
		{"unknown gate", follows(open), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.Gates = []string{GateProtocolFrozen, "stars.aligned"} })), ErrInvalidField, nil},
		{"every gate", follows(open), asks(Edition.ScheduleMilestone, change(func(m *MilestoneScheduled) { m.Gates = Gates() })), nil,
			follows(change(func(m *MilestoneScheduled) { m.Gates = Gates() }))},
		{"moves after it was reached", follows(open, m, reached), asks(Edition.ScheduleMilestone, later), ErrFrozen, nil},
		{"as it was before it was reached", follows(open, m, reached), asks(Edition.ScheduleMilestone, m), nil, nil},

		{"reached", known, asks2(Edition.ReachMilestone, reached, m.Gates), nil, follows(reached)},
		{"was reached", follows(open, m, reached), asks2(Edition.ReachMilestone, reached, []string(nil)), nil, nil},
		{"one gate not met", known, asks2(Edition.ReachMilestone, reached, m.Gates[:1]), ErrPhaseClosed, nil},
		{"reached, never planned", follows(open), asks2(Edition.ReachMilestone, reached, m.Gates), ErrUnknownRef, nil},
	})
}

func TestEditionAgenda(t *testing.T) {
	t.Parallel()
	open, topic, session, protocol := example[EditionOpened](), example[TopicAdded](), example[SessionDefined](), example[ProtocolFrozen]()
	global := but(topic, func(t *TopicAdded) { t.Topic, t.Scope, t.Dialogue = "tp_g", GlobalScope, "" })
	thematic := but(session, func(s *SessionDefined) { s.Session, s.Kind, s.Topic, s.Ordinal = "ss_3", ThematicSession, "tp_g", 3 })
	known := follows(open, topic, global)
	change := func(f func(*SessionDefined)) func(Edition) ([]Event, error) {
		return asks2(Edition.DefineSession, but(session, f), library())
	}
	checkRulings(t, []ruling[Edition]{
		{"topic", follows(open), asks(Edition.AddTopic, topic), nil, follows(topic)},
		{"topic is there", known, asks(Edition.AddTopic, topic), nil, nil},
		{"another topic of the same id", known, asks(Edition.AddTopic, but(topic, func(t *TopicAdded) { t.Dialogue = "dl_NL" })), ErrDuplicate, nil},
		{"topic of no edition", nil, asks(Edition.AddTopic, topic), ErrUnknownRef, nil},
		{"topic without id", follows(open), asks(Edition.AddTopic, but(topic, func(t *TopicAdded) { t.Topic = "" })), ErrInvalidID, nil},
		{"topic without label", follows(open), asks(Edition.AddTopic, but(topic, func(t *TopicAdded) { t.Label = LText{} })), ErrInvalidText, nil},
		{"topic of unknown scope", follows(open), asks(Edition.AddTopic, but(topic, func(t *TopicAdded) { t.Scope = "local" })), ErrInvalidField, nil},
		{"national topic of no dialogue", follows(open), asks(Edition.AddTopic, but(topic, func(t *TopicAdded) { t.Dialogue = "" })), ErrInvalidField, nil},
		{"global topic after the freeze", follows(open, protocol), asks(Edition.AddTopic, global), ErrFrozen, nil},
		{"national topic after the freeze", follows(open, protocol), asks(Edition.AddTopic, topic), nil, follows(topic)},

		{"session", known, asks2(Edition.DefineSession, session, library()), nil, follows(session)},
		{"session is there", follows(open, topic, session), asks2(Edition.DefineSession, session, library()), nil, nil},
		{"another session of the same id", follows(open, topic, session), change(func(s *SessionDefined) { s.Ordinal = 9 }), ErrDuplicate, nil},
		{"another session of the same ordinal", follows(open, topic, session), change(func(s *SessionDefined) { s.Session = "ss_9" }), ErrDuplicate, nil},
		{"the ordinal in another chamber", follows(open, topic, session), change(func(s *SessionDefined) { s.Session, s.Chamber = "ss_9", StakeholderChamber }), nil,
			follows(but(session, func(s *SessionDefined) { s.Session, s.Chamber = "ss_9", StakeholderChamber }))},
		{"session of no edition", nil, asks2(Edition.DefineSession, session, library()), ErrUnknownRef, nil},
		{"session without id", known, change(func(s *SessionDefined) { s.Session = "" }), ErrInvalidID, nil},
		{"unknown kind", known, change(func(s *SessionDefined) { s.Kind = "party" }), ErrInvalidField, nil},
		{"unknown chamber", known, change(func(s *SessionDefined) { s.Chamber = "lords" }), ErrInvalidField, nil},
		{"unknown topic", follows(open), asks2(Edition.DefineSession, session, library()), ErrUnknownRef, nil},
		{"national topic in a thematic session", known, change(func(s *SessionDefined) { s.Kind = ThematicSession }), ErrInvalidField, nil},
		{"no ordinal", known, change(func(s *SessionDefined) { s.Ordinal = 0 }), ErrInvalidField, nil},
		{"negative minutes", known, change(func(s *SessionDefined) { s.PlannedMinutes = -1 }), ErrInvalidField, nil},
		{"instrument without version", known, change(func(s *SessionDefined) { s.Instruments = []Instrument{{ArtefactRef{"ar_1", 0}, PreWave}} }), ErrInvalidField, nil},
		{"instrument without id", known, change(func(s *SessionDefined) { s.Instruments = []Instrument{{ArtefactRef{"", 1}, PreWave}} }), ErrInvalidID, nil},
		{"instrument that there is not", known, change(func(s *SessionDefined) { s.Instruments = []Instrument{{ArtefactRef{"ar_1", 1}, PreWave}} }), ErrUnknownRef, nil},
		{"version that there is not", known, change(func(s *SessionDefined) { s.Instruments = []Instrument{{ArtefactRef{"ar_wells", 4}, PreWave}} }), ErrUnknownRef, nil},
		{"instrument in no wave", known, change(func(s *SessionDefined) { s.Instruments = []Instrument{{ArtefactRef{"ar_1", 1}, "tsunami"}} }), ErrInvalidField, nil},
		{"thematic session after the freeze", follows(open, global, protocol), asks2(Edition.DefineSession, thematic, library()), ErrFrozen, nil},
		{"national session after the freeze", follows(open, topic, protocol), asks2(Edition.DefineSession, session, library()), nil, follows(session)},
	})
}

func TestEditionProtocol(t *testing.T) {
	t.Parallel()
	open, p := example[EditionOpened](), unmeasured()
	change := func(f func(*ProtocolFrozen)) func(Edition) ([]Event, error) {
		return asks2(Edition.FreezeProtocol, but(p, f), library())
	}
	with := func(id ArtefactID, a Artefact) func(Edition) ([]Event, error) {
		return asks2(Edition.FreezeProtocol, p, libraryBut(id, a))
	}
	plan := p.AnalysisPlan.Digest
	planned := follows(open, example[TopicAdded](), example[SessionDefined]())
	five := but(p, func(p *ProtocolFrozen) { p.Suppression.MinBase = 5 })
	checkRulings(t, []ruling[Edition]{
		{"freezes", follows(open), asks2(Edition.FreezeProtocol, p, library()), nil, follows(p)},
		{"is frozen", follows(open, p), asks2(Edition.FreezeProtocol, p, library()), nil, nil},
		{"is frozen otherwise", follows(open, p), change(func(p *ProtocolFrozen) { p.MethodVersion++ }), ErrFrozen, nil},
		{"edition not open", nil, asks2(Edition.FreezeProtocol, p, library()), ErrUnknownRef, nil},
		{"unknown scoring", follows(open), change(func(p *ProtocolFrozen) { p.RankScoring = "dice" }), ErrInvalidField, nil},
		{"no method version", follows(open), change(func(p *ProtocolFrozen) { p.MethodVersion = 0 }), ErrInvalidField, nil},
		{"least base", follows(open), asks2(Edition.FreezeProtocol, five, library()), nil, follows(five)},
		{"base too small", follows(open), change(func(p *ProtocolFrozen) { p.Suppression.MinBase = 4 }), ErrInvalidField, nil},
		{"negative cell", follows(open), change(func(p *ProtocolFrozen) { p.Suppression.MinCell = -1 }), ErrInvalidField, nil},
		{"no quorum", follows(open), change(func(p *ProtocolFrozen) { p.ReviewQuorum = 0 }), ErrInvalidField, nil},
		{"no plan", follows(open), change(func(p *ProtocolFrozen) { p.AnalysisPlan = Document{} }), ErrInvalidField, nil},

		{"plan that is no artefact", follows(open), change(func(p *ProtocolFrozen) { p.PlanArtefact = ArtefactRef{} }), ErrUnknownRef, nil},
		{"plan that there is not", follows(open), change(func(p *ProtocolFrozen) { p.PlanArtefact.Version = 3 }), ErrUnknownRef, nil},
		{"plan not approved", follows(open), change(func(p *ProtocolFrozen) { p.PlanArtefact.Version = 1 }), ErrNotApproved, nil},
		{"plan withdrawn", follows(open), with("ar_plan", library()["ar_plan"].Evolve(ArtefactWithdrawn{Artefact: "ar_plan", Version: 2, Reason: "r"})), ErrNotApproved, nil},
		{"plan approved by two", follows(open), with("ar_plan", versions("ar_plan", PlanArtefact, plan, 3, 2)), ErrQuorum, nil},
		{"plan that is a script", follows(open), with("ar_plan", versions("ar_plan", ScriptArtefact, plan, 3, 3)), ErrUnknownRef, nil},
		{"another plan", follows(open), with("ar_plan", versions("ar_plan", PlanArtefact, exampleDigest(99), 3, 3)), ErrChecksum, nil},

		{"freezes with a session", planned, asks2(Edition.FreezeProtocol, p, library()), nil, follows(p)},
		{"instrument not approved", planned, with("ar_wells", versions("ar_wells", QuestionArtefact, plan, 3, 3, 0)), ErrNotApproved, nil},
		{"instrument approved by two", planned, with("ar_wells", versions("ar_wells", QuestionArtefact, plan, 3, 3, 2)), ErrQuorum, nil},
	})
}

// TestGates holds every gate to both of its sides.
func TestGates(t *testing.T) {
	t.Parallel()
	open, session, protocol := example[EditionOpened](), example[SessionDefined](), example[ProtocolFrozen]()
	planned := Fold(Edition{}, open, session)
	in := func(langs ...Lang) map[ArtefactID]Artefact {
		a := library()["ar_wells"]
		for _, l := range langs {
			a = Fold(a, TranslationSubmitted{Artefact: "ar_wells", Version: 3, Lang: l}, TranslationVerified{Artefact: "ar_wells", Version: 3, Lang: l})
		}
		return libraryBut("ar_wells", a)
	}
	registered := Fold(Dialogue{}, example[DialogueRegistered]())
	authorised := Fold(Dialogue{}, authorised()...)
	certified := authorised
	certified.certified = &DialogueCertified{Dialogue: "dl_KE"}
	for name, c := range map[string]struct {
		edition  Edition
		progress Progress
		met      []string
	}{
		"nothing yet":                     {Edition{}, Progress{}, nil},
		"an empty edition":                {Fold(Edition{}, open), Progress{}, nil},
		"frozen":                          {Fold(Edition{}, open, protocol), Progress{}, []string{GateProtocolFrozen}},
		"a session without its artefacts": {planned, Progress{}, nil},
		"approved":                        {planned, Progress{Artefacts: library()}, []string{GateInstrumentsApproved}},
		"not approved":                    {planned, Progress{Artefacts: libraryBut("ar_wells", versions("ar_wells", QuestionArtefact, Digest{}, 3, 3, 0))}, nil},
		"verified in some languages":      {planned, Progress{Artefacts: in("nl")}, []string{GateInstrumentsApproved}},
		"verified in all languages":       {planned, Progress{Artefacts: in("nl", "sw")}, []string{GateInstrumentsApproved, GateMaterialsVerified}},
		"one dialogue authorised of two":  {planned, Progress{Dialogues: []Dialogue{authorised, registered}}, nil},
		"all dialogues authorised":        {planned, Progress{Dialogues: []Dialogue{authorised, certified}}, []string{GateDialoguesAuthorised}},
		"all dialogues certified":         {planned, Progress{Dialogues: []Dialogue{certified, certified}}, []string{GateDialoguesAuthorised, GateDialoguesCertified}},
		"synthesised":                     {planned, Progress{Synthesised: true}, []string{GateSynthesisCompleted}},
	} {
		require.ElementsMatch(t, c.met, c.edition.Met(c.progress), name)
	}
}
