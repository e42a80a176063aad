package adjudicate

import (
	"slices"

	"daybook.internal/domain"
)

// ofCoding takes at its word that the vault had the words when they were coded.
func (v *sight) ofCoding() ([]domain.Event, error) {
	c := own(v, &v.c.codings)
	switch e := v.f.Event.(type) {
	case domain.SegmentCoded:
		v.edition(v.f.Meta.Source)
		words := v.words(e.Segment)
		frame := v.artefact(e.Frame.ID)
		coders := v.partner(v.f.Meta.Source, e.Partner)
		if _, looked := v.observed(v.f.Stream); looked {
			v.wrong("a coder has looked at what others coded")
		}
		e.Earlier, e.Agreed, e.Replaces = 0, nil, nil
		return c.Code(e, words, frame, coders, v.day())
	case domain.CodingAdjudicated:
		h, _ := v.ownHome()
		v.belongs(h.Edition, h.Dialogue)
		e.Basis, e.Replaces = nil, nil
		return c.Adjudicate(e, v.artefact(e.Frame.ID))
	}
	return nil, nil
}

// words are those that a segment points into: they came into the record with the version that it names.
func (v *sight) words(s domain.Segment) (w domain.Quoted) {
	at := v.c.find(s.Source.Stream)
	home := v.homeOf(at)
	v.belongs(home.Edition, home.Dialogue)
	n := v.version(at.name, v.c.events(at))
	w.Version = uint64(n)
	switch e := v.cite(at, s.Source.Version, n).Event.(type) {
	case domain.StatementPosted:
		w.Exist = s.Item == ""
	case domain.BallotCast:
		w.Exist = s.Item == "" && e.Answer.Text != domain.Commitment{}
	case domain.TableOutputRecorded:
		w.Exist = slices.ContainsFunc(e.Items, func(i domain.OutputItem) bool { return i.Item == s.Item })
	}
	return w
}

func (v *sight) ofRecommendation() ([]domain.Event, error) {
	r := own(v, &v.c.recommendations)
	if h, began := v.ownHome(); began {
		v.belongs(h.Edition, h.Dialogue)
	}
	switch e := v.f.Event.(type) {
	case domain.RecommendationDrafted:
		m := v.f.Meta
		v.belongs(m.Source, m.Dialogue) // whoever acts says for which edition and dialogue
		in := v.edition(m.Source)
		v.within(m.Dialogue, m.Source)
		return r.Draft(e, v.ground(e.Sources, nil, e.Level), m.Dialogue, in)
	case domain.RecommendationRevised:
		in := v.edition(v.home.Edition)
		return r.Revise(e, v.ground(e.SourcesAdded, r.SourcesWithout(e.SourcesRemoved), r.Level()), v.home.Dialogue, in)
	case domain.RecommendationSuperseded:
		others, beyond := v.instead(e)
		return r.Supersede(e, others, beyond)
	case domain.EndorsementOpened:
		var d domain.Dialogue
		if v.home.Dialogue != "" {
			d = v.dialogue(v.home.Dialogue)
		}
		var question, template domain.Artefact
		if e.Question != (domain.ArtefactRef{}) {
			question = v.artefact(e.Question.ID)
			if q, err := question.Question(e.Question); err == nil && q.Kind == domain.Endorse {
				template = v.artefact(q.Template.ID)
			}
		}
		return r.OpenEndorsement(e, question, template, d)
	case domain.EndorsementClosed:
		tallies := map[domain.SessionID]domain.Tally{}
		for _, session := range r.VotesIn() {
			tallies[session] = sees(v, &v.c.tallies, v.c.find(domain.TallyStream(v.home.Dialogue, session)))
		}
		return r.CloseEndorsement(e, tallies)
	case domain.RecommendationDecided:
		return r.Decide(e)
	}
	return nil, nil
}

// within sees to it that a dialogue, if one is named, is of an edition.
func (v *sight) within(id domain.DialogueID, e domain.EditionID) {
	if id == "" {
		return
	}
	if d := v.dialogue(id).Registered(); d != nil && d.Edition != e {
		v.wrong("dialogue %s belongs to edition %s", id, d.Edition)
	}
}

// ground is what a recommendation of a level comes to stand on with sources besides those that it has.
func (v *sight) ground(added, have []domain.Source, level domain.Level) (g domain.Ground) {
	walked := map[domain.StreamID]node{}
	visit := func(stream domain.StreamID) (n node, first bool) {
		n, known := walked[stream]
		if known {
			return n, false
		}
		if len(walked) == maxWalk {
			v.wrong("the sources lead to more than %d streams", maxWalk)
			return n, false
		}
		n = v.node(stream)
		if walked[stream] = n; n.known.Dialogue != "" {
			if d := v.dialogue(n.known.Dialogue).Registered(); d != nil {
				g.Places = append(g.Places, d.Place)
			}
		}
		return n, true
	}
	onward := func(n node) []domain.Source {
		if level == "" || n.state.Level() != level {
			return nil
		}
		g.Beyond = append(g.Beyond, n.state)
		return n.state.Sources()
	}
	var todo []domain.Source
	for _, s := range added {
		n, first := visit(s.Ref.Stream)
		if g.Sources = append(g.Sources, n.known); first {
			todo = append(todo, onward(n)...)
		}
	}
	for todo = append(todo, have...); len(todo) > 0 && v.err == nil; todo = todo[1:] {
		if n, first := visit(todo[0].Ref.Stream); first {
			todo = append(todo, onward(n)...)
		}
	}
	return g
}

// node is a source: what is known of it, and its state where it is a recommendation.
type node struct {
	known domain.KnownSource
	state domain.RecommendationState
}

// node shows a source. A stream without events cannot be looked at.
func (v *sight) node(stream domain.StreamID) (n node) {
	s := v.c.find(stream)
	have := v.c.events(s)
	if have == 0 || v.err != nil {
		return n
	}
	at := v.version(s.name, have)
	switch e := v.c.book.entry(s.no); {
	case at == 0:
		return n
	case e.family.derived() && !e.odd:
		n.known = domain.KnownSource{Version: uint64(at), Dialogue: v.c.book.home(s.no).Dialogue}
	default:
		n.known, v.err = v.c.byFamily[e.family].source(v.ctx, v.c, s.no, at)
		if e.family == recommendationFamily {
			n.state = seen(v, &v.c.recommendations, s, at)
		}
	}
	return n
}

// instead shows the recommendations that are to stand in place of one, and those that stand in place of them.
func (v *sight) instead(e domain.RecommendationSuperseded) (others, beyond []domain.RecommendationState) {
	seen := map[domain.RecommendationID]bool{e.Recommendation: true}
	for i, todo := 0, slices.Clone(e.By); i < len(todo) && v.err == nil; i++ {
		id := todo[i]
		var other domain.RecommendationState
		if !seen[id] {
			other = sees(v, &v.c.recommendations, v.c.find(domain.RecommendationStream(id)))
			todo = append(todo, other.SupersededBy()...)
		}
		if seen[id] = true; len(seen) > maxWalk {
			v.wrong("more than %d recommendations superseded one another", maxWalk)
			break
		}
		if i < len(e.By) {
			others = append(others, other)
		} else {
			beyond = append(beyond, other)
		}
	}
	for len(others) < len(e.By) {
		others = append(others, domain.RecommendationState{})
	}
	return others, beyond
}
