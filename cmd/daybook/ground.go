package main

import (
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// A ground is what a recommendation stands on in numbers: worksheets of tables, results that were reconciled, and the countries that they come from.
type ground struct {
	places     map[domain.DialogueID]domain.Place
	worksheets map[domain.StreamID]map[domain.OutputID]bool // by table
	results    map[result]bool
	countries  map[domain.Place]bool
}

// result is one question whose numbers were settled.
type result struct {
	dialogue domain.DialogueID
	session  domain.SessionID
	wave     domain.Wave
	question domain.ArtefactRef
}

func newGround() *ground {
	return &ground{map[domain.DialogueID]domain.Place{}, map[domain.StreamID]map[domain.OutputID]bool{}, map[result]bool{}, map[domain.Place]bool{}}
}

// add takes a step of the trace. A dialogue is registered before anything comes from it.
func (g *ground) add(s replay.Step) {
	switch e := s.Event.(type) {
	case domain.DialogueRegistered:
		g.places[e.Dialogue] = e.Place
		return
	case domain.TableOutputRecorded:
		if g.worksheets[s.Stream] == nil {
			g.worksheets[s.Stream] = map[domain.OutputID]bool{}
		}
		g.worksheets[s.Stream][e.Output] = true
	case domain.TallyReconciled:
		g.results[result{e.Dialogue, e.Session, e.Wave, e.Question}] = true
	default:
		return
	}
	if place := g.places[s.Meta.Dialogue]; place != "" {
		g.countries[place] = true
	}
}

// row tells it below the steps, at the place of the last one.
func (g *ground) row(steps []stepRow) stepRow {
	n := 0
	for _, of := range g.worksheets {
		n += len(of)
	}
	last := steps[len(steps)-1]
	return stepRow{
		Seq: last.Seq, Time: last.Time, Part: "ground", Stream: last.Stream, Type: last.Type,
		What: fmt.Sprintf("stands on %d worksheets and %d reconciled results in %d countries", n, len(g.results), len(g.countries)),
	}
}
