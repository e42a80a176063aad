package projections

import (
	"fmt"

	"daybook.internal/domain"
)

// draft puts a recommendation on the table; a global one names no dialogue, and the edition in its place.
func (w *world) draft(id domain.RecommendationID, dialogue domain.DialogueID, edition domain.EditionID, sources ...domain.Source) bool {
	d := domain.RecommendationDrafted{
		Recommendation: id, Level: domain.NationalLevel, Body: domain.Citizens, Kind: domain.Vision, Text: domain.In("en", "More <wells> & fewer \"pipes\"."), Sources: sources, Editor: "ed",
	}
	m := domain.Meta{Source: edition, Dialogue: dialogue}
	if dialogue == "" {
		d.Level = domain.GlobalLevel
	} else {
		m = w.meta(dialogue)
	}
	in, g := state[domain.Edition](w, domain.EditionStream(m.Source)), w.ground(sources, nil)
	return decide(w, domain.RecommendationStream(id), m, func(r domain.RecommendationState) ([]domain.Event, error) { return r.Draft(d, g, dialogue, in) })
}

// revise brings the next version of a recommendation.
func (w *world) revise(id domain.RecommendationID, words string, added, removed []domain.Source) bool {
	stream := domain.RecommendationStream(id)
	m, now := w.metaOf(stream), state[domain.RecommendationState](w, stream)
	v := domain.RecommendationRevised{
		Recommendation: id, Version: now.Version() + 1, Text: domain.In("en", words), SourcesAdded: added, SourcesRemoved: removed, Rationale: "it was asked for", Editor: "ed",
	}
	in, g := state[domain.Edition](w, domain.EditionStream(m.Source)), w.ground(added, now.SourcesWithout(removed))
	return decide(w, stream, m, func(r domain.RecommendationState) ([]domain.Event, error) { return r.Revise(v, g, m.Dialogue, in) })
}

// supersede puts one recommendation in place of another.
func (w *world) supersede(id, by domain.RecommendationID) bool {
	s := domain.RecommendationSuperseded{Recommendation: id, By: []domain.RecommendationID{by}, Relation: domain.Replaced, Reason: "it says more"}
	other := state[domain.RecommendationState](w, domain.RecommendationStream(by))
	var beyond []domain.RecommendationState
	for todo := other.SupersededBy(); len(todo) > 0 && len(beyond) < 100; todo = todo[1:] {
		r := state[domain.RecommendationState](w, domain.RecommendationStream(todo[0]))
		beyond, todo = append(beyond, r), append(todo, r.SupersededBy()...)
	}
	stream := domain.RecommendationStream(id)
	return decide(w, stream, w.metaOf(stream), func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.Supersede(s, []domain.RecommendationState{other}, beyond)
	})
}

// ground walks everything that a recommendation comes to stand on.
func (w *world) ground(added, have []domain.Source) (g domain.Ground) {
	var todo []domain.StreamID
	for _, s := range added {
		g.Sources = append(g.Sources, w.known(s.Ref.Stream))
		todo = append(todo, s.Ref.Stream)
	}
	for _, s := range have {
		todo = append(todo, s.Ref.Stream)
	}
	seen := map[domain.StreamID]bool{}
	for ; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		if d := w.known(todo[0]).Dialogue; d != "" {
			g.Places = append(g.Places, w.dialogue(d).Registered().Place)
		}
		if r := state[domain.RecommendationState](w, todo[0]); r.Version() > 0 {
			g.Beyond = append(g.Beyond, r)
			for _, s := range r.Sources() {
				todo = append(todo, s.Ref.Stream)
			}
		}
	}
	return g
}

func (w *world) known(stream domain.StreamID) (k domain.KnownSource) {
	for _, f := range w.facts() {
		if f.Stream == stream {
			k = k.See(f)
		}
	}
	return k
}

// metaOf is the meta under which a stream began.
func (w *world) metaOf(stream domain.StreamID) domain.Meta {
	for _, f := range w.facts() {
		if f.Stream == stream {
			return domain.Meta{Source: f.Meta.Source, Dialogue: f.Meta.Dialogue}
		}
	}
	return domain.Meta{Source: "ed_1"}
}

// endorse puts the current version of each recommendation to the vote.
func endorse(id domain.RecommendationID, version int) domain.ArtefactRef {
	return domain.ArtefactRef{ID: domain.ArtefactID(fmt.Sprint("ar_endorse_", id)), Version: version}
}

func endorseQuestion(id domain.RecommendationID, version int) domain.Question {
	return domain.Question{
		Kind: domain.Endorse, Text: domain.In("en", "Do you?"), Unit: domain.Individual, Recommendation: id, OfVersion: version, Scale: domain.YesNoAbstain,
		Template: domain.ArtefactRef{ID: "ar_template", Version: 1},
	}
}

// callEndorsement calls the chambers to vote: by name, or the citizens in a session.
func (w *world) callEndorsement(id domain.RecommendationID, in ...domain.SessionID) bool {
	stream := domain.RecommendationStream(id)
	m, now := w.metaOf(stream), state[domain.RecommendationState](w, stream)
	o := domain.EndorsementOpened{Recommendation: id, Version: now.Version(), ClosesAt: w.now + 3_600_000, Chambers: []domain.ChamberRule{
		{Chamber: domain.CitizenChamber, Electorate: "the villages", Threshold: domain.RatioOf(2, 3), Quorum: domain.RatioOf(1, 2)},
		{Chamber: domain.StakeholderChamber, Electorate: "farmers", Threshold: domain.RatioOf(1, 2)},
	}}
	var question, template domain.Artefact
	for _, session := range in {
		o.Chambers[0].Electorate, o.Chambers[0].Session, o.Question = domain.CheckedIn, session, endorse(id, now.Version())
		q := endorseQuestion(id, now.Version())
		for v := range now.Version() {
			question = question.Evolve(domain.ArtefactVersionAdded{Artefact: o.Question.ID, Version: v + 1, Kind: domain.QuestionArtefact, Question: &q})
		}
		template = domain.Fold(template, domain.ArtefactVersionAdded{Artefact: "ar_template", Version: 1, Kind: domain.TemplateArtefact, SourceLang: "en"}, domain.ArtefactApproved{Artefact: "ar_template", Version: 1})
	}
	d := w.dialogue(m.Dialogue)
	return decide(w, stream, m, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.OpenEndorsement(o, question, template, d)
	})
}

// countEndorsement takes the counts: those of the tally where the citizens vote in a session.
func (w *world) countEndorsement(id domain.RecommendationID, yes, no int) bool {
	stream := domain.RecommendationStream(id)
	m, now := w.metaOf(stream), state[domain.RecommendationState](w, stream)
	citizens := domain.ChamberCount{Chamber: domain.CitizenChamber, Eligible: 9, Cast: yes + no, Yes: yes, No: no}
	tallies := map[domain.SessionID]domain.Tally{}
	for _, session := range now.VotesIn() {
		tallies[session] = state[domain.Tally](w, domain.TallyStream(m.Dialogue, session))
		if n, ok := tallies[session].Result(domain.EndorsementWave, endorse(id, now.Version())); ok {
			yes, no := n.Counts["yes"], n.Counts["no"]
			citizens = domain.ChamberCount{Chamber: domain.CitizenChamber, Eligible: n.CheckedIn, Cast: yes + no, Yes: yes, No: no}
		}
	}
	return decide(w, stream, m, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.CloseEndorsement(domain.EndorsementClosed{Recommendation: id, Version: now.Version(), Chambers: []domain.ChamberCount{
			citizens, {Chamber: domain.StakeholderChamber, Eligible: 3, Cast: 3, Yes: 2, Abstain: 1},
		}}, tallies)
	})
}

func (w *world) settle(id domain.RecommendationID, outcome domain.Outcome, dissenters int) bool {
	stream := domain.RecommendationStream(id)
	d := domain.RecommendationDecided{
		Recommendation: id, Version: state[domain.RecommendationState](w, stream).Version(), Outcome: outcome, DissentOffered: true, DecidedBy: "pt_1",
	}
	if dissenters > 0 {
		d.Dissents = []domain.Dissent{{Text: domain.In("en", "Wells run dry."), Supporters: dissenters}}
	}
	return decide(w, stream, w.metaOf(stream), func(r domain.RecommendationState) ([]domain.Event, error) { return r.Decide(d) })
}

// sheet counts the answers to a question in the whole room, or at a table.
func (w *world) sheet(id domain.DialogueID, session domain.SessionID, wave domain.Wave, ref domain.ArtefactRef, q domain.Question, table domain.TableID, entry domain.Entry, clerk string, n domain.Numbers) bool {
	d := w.dialogue(id)
	s := domain.TallySheetRecorded{
		Dialogue: id, Session: session, Wave: wave, Question: ref, Table: table, Entry: entry, Counts: n.Cells, Valid: n.Valid, Blank: n.Blank, Spoiled: n.Spoiled,
		Sheet: domain.Digest{1}, Clerk: clerk,
	}
	return decide(w, domain.TallyStream(id, session), w.meta(id), func(t domain.Tally) ([]domain.Event, error) { return t.RecordSheet(s, q, d, 9) })
}

// reconcile settles a question, by what the ballots of the world say.
func (w *world) reconcile(id domain.DialogueID, session domain.SessionID, wave domain.Wave, ref domain.ArtefactRef, q domain.Question, source domain.TallySource, resolution string) bool {
	d := w.dialogue(id)
	n := domain.Numbers{Cells: map[string]int{}}
	for at, a := range count(w.facts()).answers {
		switch {
		case at.in != id || at.session != session || at.wave != wave || at.question != ref:
		case a == nil:
			n.Spoiled++
		case a.NonResponse != "":
			n.Blank++
		default:
			n.Valid++
			a.Cells(func(cell string, by int) { n.Cells[cell] += by })
		}
	}
	r := domain.TallyReconciled{Dialogue: id, Session: session, Wave: wave, Question: ref, Source: source, Resolution: resolution}
	return decide(w, domain.TallyStream(id, session), w.meta(id), func(t domain.Tally) ([]domain.Event, error) {
		return t.Reconcile(r, q, d, domain.Turnout{CheckedIn: 9, Ballots: n})
	})
}

// answersOf are numbers of valid answers by cell, and others that are blank and spoiled.
func answersOf(blank, spoiled int, cells map[string]int) domain.Numbers {
	n := domain.Numbers{Cells: cells, Blank: blank, Spoiled: spoiled}
	for _, by := range cells {
		n.Valid += by
	}
	return n
}
