package domain

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// approvedMethod is the example's method, approved.
func approvedMethod() Artefact {
	v := ArtefactVersionAdded{Artefact: "ar_synthesis", Version: 1, Kind: ScriptArtefact, SourceLang: "en", Content: exampleDigest(1), Author: "a"}
	w := v
	w.Version = 2
	return Fold(Artefact{}, v, w, ArtefactApproved{Artefact: "ar_synthesis", Version: 2, Approvals: []string{"c.one"}, Quorum: 1})
}

// exampleGround is what the record holds of the example: rc_world stands on rc_1, by way of rc_between, and rc_2 is adopted, too.
func exampleGround(changes ...func(*SynthesisGround)) SynthesisGround {
	c := example[SynthesisCompleted]()
	g := SynthesisGround{
		Required: []NationalInput{{RecommendationStream("rc_1"), "dl_KE"}, {RecommendationStream("rc_2"), "dl_NL"}},
		Versions: map[StreamID]uint64{},
		Outputs:  []Level{GlobalLevel},
		Reached:  map[StreamID]bool{RecommendationStream("rc_between"): true, RecommendationStream("rc_1"): true},
	}
	for _, ref := range slices.Concat(c.Inputs.Recommendations, c.Inputs.Codings, c.Inputs.Results) {
		g.Versions[ref.Stream] = ref.Version
	}
	for _, f := range changes {
		f(&g)
	}
	return g
}

func TestSynthesisComplete(t *testing.T) {
	t.Parallel()
	c := example[SynthesisCompleted]()
	in := frozenEdition() // a review quorum of three
	ask := func(change func(*SynthesisCompleted), grounds ...func(*SynthesisGround)) func(Synthesis) ([]Event, error) {
		return func(s Synthesis) ([]Event, error) {
			return s.Complete(but(c, change), in, approvedMethod(), exampleGround(grounds...))
		}
	}
	as := func(*SynthesisCompleted) {}
	of := func(in Edition, method Artefact) func(Synthesis) ([]Event, error) {
		return func(s Synthesis) ([]Event, error) { return s.Complete(c, in, method, exampleGround()) }
	}
	unused := func(u ...Unused) func(*SynthesisCompleted) {
		return func(c *SynthesisCompleted) { c.Unused = u }
	}
	three := Ref{RecommendationStream("rc_3"), 1}
	hasThree := func(g *SynthesisGround) { g.Versions[three.Stream] = 1 }
	coding := c.Inputs.Codings[0]
	checkRulings(t, []ruling[Synthesis]{
		{"completes", nil, ask(as), nil, follows(c)},
		{"is completed", follows(c), ask(as), nil, nil},
		{"is completed otherwise", follows(c), ask(func(c *SynthesisCompleted) { c.Editors = []string{"a", "b"} }), ErrFrozen, nil},
		{"no edition", nil, of(Edition{}, approvedMethod()), ErrUnknownRef, nil},
		{"another edition", nil, ask(func(c *SynthesisCompleted) { c.Edition = "ed_x" }), ErrUnknownRef, nil},
		{"edition without a name", nil, ask(func(c *SynthesisCompleted) { c.Edition = "" }), ErrInvalidID, nil},
		{"one editor", nil, ask(func(c *SynthesisCompleted) { c.Editors = c.Editors[:1] }), ErrQuorum, nil},
		{"one editor twice", nil, ask(func(c *SynthesisCompleted) { c.Editors = []string{"a", "a"} }), ErrInvalidField, nil},
		{"an editor by name", nil, ask(func(c *SynthesisCompleted) { c.Editors = []string{"a", "Ada L."} }), ErrInvalidField, nil},
		{"below the quorum", nil, ask(func(c *SynthesisCompleted) { c.Reviewers = c.Reviewers[:2] }), ErrQuorum, nil},
		{"no protocol, one reviewer", nil, func(s Synthesis) ([]Event, error) {
			return s.Complete(but(c, func(c *SynthesisCompleted) { c.Reviewers = c.Reviewers[:1] }), openEdition(), approvedMethod(), exampleGround())
		}, nil, follows(but(c, func(c *SynthesisCompleted) { c.Reviewers = c.Reviewers[:1] }))},
		{"no protocol, no reviewer", nil, func(s Synthesis) ([]Event, error) {
			return s.Complete(but(c, func(c *SynthesisCompleted) { c.Reviewers = nil }), openEdition(), approvedMethod(), exampleGround())
		}, ErrQuorum, nil},
		{"reviewer twice", nil, ask(func(c *SynthesisCompleted) { c.Reviewers = []string{"a", "b", "a"} }), ErrInvalidField, nil},
		{"an editor reviews", nil, ask(func(c *SynthesisCompleted) { c.Reviewers = []string{"a", "b", c.Editors[1]} }), ErrSelfReview, nil},
		{"no method", nil, of(in, Artefact{}), ErrUnknownRef, nil},
		{"method not approved", nil, ask(func(c *SynthesisCompleted) { c.Method.Version = 1 }), ErrNotApproved, nil},
		{"no output", nil, ask(func(c *SynthesisCompleted) { c.Outputs = nil }), ErrInvalidField, nil},
		{"output not drafted", nil, ask(as, func(g *SynthesisGround) { g.Outputs = []Level{""} }), ErrUnknownRef, nil},
		{"national output", nil, ask(as, func(g *SynthesisGround) { g.Outputs = []Level{NationalLevel} }), ErrUnknownRef, nil},
		{"output twice", nil, ask(func(c *SynthesisCompleted) { c.Outputs = []RecommendationID{"rc_world", "rc_world"} },
			func(g *SynthesisGround) { g.Outputs = []Level{GlobalLevel, GlobalLevel} }), ErrDuplicate, nil},
		{"an output goes in", nil, ask(func(c *SynthesisCompleted) { c.Outputs = []RecommendationID{"rc_1"} }), ErrCycle, nil},
		{"input as it stood before", nil, ask(as, func(g *SynthesisGround) { g.Versions[c.Inputs.Recommendations[0].Stream]++ }), nil, follows(c)},
		{"input of the future", nil, ask(as, func(g *SynthesisGround) { g.Versions[c.Inputs.Recommendations[0].Stream]-- }), ErrUnknownRef, nil},
		{"input of version 0", nil, ask(func(c *SynthesisCompleted) { c.Inputs.Codings = []Ref{{coding.Stream, 0}} }), ErrUnknownRef, nil},
		{"unknown result", nil, ask(as, func(g *SynthesisGround) { delete(g.Versions, c.Inputs.Results[0].Stream) }), ErrUnknownRef, nil},
		{"input twice", nil, ask(func(c *SynthesisCompleted) { c.Inputs.Codings = []Ref{coding, coding} }), ErrDuplicate, nil},
		{"required, not among the inputs", nil, ask(as, func(g *SynthesisGround) {
			g.Required = append(g.Required, NationalInput{three.Stream, "dl_BR"})
		}), ErrNoSource, nil},
		{"required, neither used nor unused", nil, ask(func(c *SynthesisCompleted) { c.Unused = nil }), ErrNoSource, nil},
		{"not required, neither used nor unused", nil, ask(func(c *SynthesisCompleted) {
			c.Inputs.Recommendations = append(slices.Clone(c.Inputs.Recommendations), three)
		}, hasThree), ErrNoSource, nil},
		{"codings and results need no account", nil, ask(as, func(g *SynthesisGround) { g.Reached[coding.Stream] = true }), nil, follows(c)},
		{"used and unused", nil, ask(as, func(g *SynthesisGround) { g.Reached[RecommendationStream("rc_2")] = true }), ErrDuplicate, nil},
		{"unused twice", nil, ask(unused(Unused{"x", []RecommendationID{"rc_2", "rc_2"}})), ErrDuplicate, nil},
		{"unused for two reasons", nil, ask(unused(c.Unused[0], Unused{"x", []RecommendationID{"rc_2"}})), ErrDuplicate, nil},
		{"a reason twice", nil, ask(unused(c.Unused[0], Unused{c.Unused[0].ReasonCode, []RecommendationID{"rc_3"}}), hasThree), ErrDuplicate, nil},
		{"unused without a reason", nil, ask(unused(Unused{"", []RecommendationID{"rc_2"}})), ErrInvalidField, nil},
		{"a reason for nothing", nil, ask(unused(c.Unused[0], Unused{"x", nil})), ErrInvalidField, nil},
		{"unused is no input", nil, ask(unused(c.Unused[0], Unused{"x", []RecommendationID{"rc_3"}}), hasThree), ErrUnknownRef, nil},
	})
}

func TestSynthesisMachine(t *testing.T) {
	t.Parallel()
	checkMachine(t, nothing, map[string]draw[Synthesis]{
		"complete": func(t *rapid.T) func(Synthesis) ([]Event, error) {
			c := but(example[SynthesisCompleted](), func(c *SynthesisCompleted) {
				c.Editors = c.Editors[:pick(t, "editors", 1, 2, 2, 2)]
				c.Unused = c.Unused[:pick(t, "unused", 0, 1, 1, 1)]
				c.Method.Version = pick(t, "method", 1, 2, 2, 2)
			})
			g := exampleGround()
			g.Reached = maps.Clone(g.Reached)
			g.Reached[RecommendationStream("rc_2")] = pick(t, "used", false, false, true)
			return func(s Synthesis) ([]Event, error) { return s.Complete(c, frozenEdition(), approvedMethod(), g) }
		},
	})
}

// TestSynthesisAccounts holds the rule against any graph: what is accepted has every required input in exactly one of two places.
func TestSynthesisAccounts(t *testing.T) {
	t.Parallel()
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		c := example[SynthesisCompleted]()
		c.Inputs, c.Unused = SynthesisInputs{}, nil
		g := SynthesisGround{Versions: map[StreamID]uint64{}, Outputs: []Level{GlobalLevel}, Reached: map[StreamID]bool{}}
		for _, id := range []RecommendationID{"a", "b", "c", "d"} {
			ref := Ref{RecommendationStream(id), 1}
			g.Versions[ref.Stream] = 1
			if pick(t, "required", true, true, false) {
				g.Required = append(g.Required, NationalInput{ref.Stream, "dl"})
			}
			if pick(t, "input", true, true, true, false) {
				c.Inputs.Recommendations = append(c.Inputs.Recommendations, ref)
			}
			reached := rapid.Bool().Draw(t, "reached")
			g.Reached[ref.Stream] = reached
			if pick(t, "right", true, true, true, false) != reached {
				c.Unused = append(c.Unused, Unused{"reason " + string(id), []RecommendationID{id}})
			}
		}
		events, err := Synthesis{}.Complete(c, frozenEdition(), approvedMethod(), g)
		fine := true
		for _, n := range g.Required {
			in := slices.ContainsFunc(c.Inputs.Recommendations, func(r Ref) bool { return r.Stream == n.Recommendation })
			fine = fine && in
		}
		for _, id := range []RecommendationID{"a", "b", "c", "d"} {
			stream := RecommendationStream(id)
			in := slices.ContainsFunc(c.Inputs.Recommendations, func(r Ref) bool { return r.Stream == stream })
			unused := slices.ContainsFunc(c.Unused, func(u Unused) bool { return u.Recommendations[0] == id })
			fine = fine && (in || !unused) && (!in || unused != g.Reached[stream])
		}
		if fine != (err == nil) || fine != (len(events) == 1) {
			t.Fatalf("fine %v, but %v %v", fine, events, err)
		}
		if fine {
			accepted++
		}
	})
	if accepted == 0 {
		t.Fatal("nothing was ever accepted")
	}
}
