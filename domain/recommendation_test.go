package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// ground is what the example draft stands on: a statement and a recommendation of a table.
func ground() Ground {
	return Ground{Sources: []KnownSource{{Version: 3, From: 1, Dialogue: "dl_KE"}, {Version: 1, From: 1, Dialogue: "dl_KE", Level: TableLevel}}, Places: []Place{"KE"}}
}

func TestRecommendationDraft(t *testing.T) {
	t.Parallel()
	d := example[RecommendationDrafted]()
	in := frozenEdition() // at least two countries
	ask := func(f func(*RecommendationDrafted)) func(RecommendationState) ([]Event, error) {
		return askDraft(but(d, f), ground(), "dl_KE", in)
	}
	sees := func(f func(*Ground)) func(RecommendationState) ([]Event, error) {
		return askDraft(d, but(ground(), f), "dl_KE", in)
	}
	global := but(d, func(d *RecommendationDrafted) { d.Level = GlobalLevel })
	from := func(places ...Place) func(RecommendationState) ([]Event, error) {
		return askDraft(global, but(ground(), func(g *Ground) { g.Places = places }), "", in)
	}
	back := func(to RecommendationID) func(*Ground) {
		return func(g *Ground) {
			g.Beyond = []RecommendationState{Fold(RecommendationState{}, but(d, func(d *RecommendationDrafted) {
				d.Recommendation, d.Sources = "rc_9", []Source{{Ref{RecommendationStream(to), 1}, Basis}}
			}))}
		}
	}
	checkRulings(t, []ruling[RecommendationState]{
		{"drafts", nil, askDraft(d, ground(), "dl_KE", in), nil, follows(d)},
		{"is drafted", follows(d), askDraft(d, ground(), "dl_KE", in), nil, nil},
		{"is drafted otherwise", follows(d), ask(func(d *RecommendationDrafted) { d.Editor = "x" }), ErrDuplicate, nil},
		{"no id", nil, ask(func(d *RecommendationDrafted) { d.Recommendation = "" }), ErrInvalidID, nil},
		{"unknown level", nil, ask(func(d *RecommendationDrafted) { d.Level = "" }), ErrInvalidField, nil},
		{"unknown body", nil, ask(func(d *RecommendationDrafted) { d.Body = "" }), ErrInvalidField, nil},
		{"unknown kind", nil, ask(func(d *RecommendationDrafted) { d.Kind = "" }), ErrInvalidField, nil},
		{"no text", nil, ask(func(d *RecommendationDrafted) { d.Text = LText{} }), ErrInvalidText, nil},
		{"no editor", nil, ask(func(d *RecommendationDrafted) { d.Editor = "" }), ErrInvalidField, nil},
		{"no source", nil, ask(func(d *RecommendationDrafted) { d.Sources = nil }), ErrNoSource, nil},
		{"national of no dialogue", nil, askDraft(d, ground(), "", in), ErrInvalidField, nil},
		{"global of a dialogue", nil, askDraft(global, ground(), "dl_KE", in), ErrInvalidField, nil},
		{"source twice in one role", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{d.Sources[1], d.Sources[1]} }), ErrDuplicate, nil},
		{"source in no role", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{{d.Sources[0].Ref, "fun"}} }), ErrInvalidField, nil},
		{"its own source", nil, ask(func(d *RecommendationDrafted) { d.Recommendation = "rc_0" }), ErrCycle, nil},
		{"source of version 0", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{{Ref{d.Sources[0].Ref.Stream, 0}, Basis}} }), ErrUnknownRef, nil},
		{"source of the future", nil, sees(func(g *Ground) { g.Sources[0].Version = 2 }), ErrUnknownRef, nil},
		{"nothing to stand on", nil, sees(func(g *Ground) { g.Sources[0].From = 0 }), ErrNoSource, nil},
		{"nothing to stand on yet", nil, sees(func(g *Ground) { g.Sources[0].Version, g.Sources[0].From = 4, 4 }), ErrNoSource, nil},
		{"just something to stand on", nil, sees(func(g *Ground) { g.Sources[0].From = 3 }), nil, follows(d)},
		{"a statement that was taken away", nil, sees(func(g *Ground) { g.Sources[0].Withheld = true }), ErrNoSource, nil},
		{"source of its own level", nil, sees(func(g *Ground) { g.Sources[1].Level = NationalLevel }), nil, follows(d)},
		{"source from above", nil, sees(func(g *Ground) { g.Sources[1].Level = GlobalLevel }), ErrNoSource, nil},
		{"source of another dialogue", nil, sees(func(g *Ground) { g.Sources[1].Dialogue = "dl_NL" }), ErrNoSource, nil},
		{"sources lead elsewhere", nil, sees(back("rc_8")), nil, follows(d)},
		{"sources lead back", nil, sees(back("rc_1")), ErrCycle, nil},
		{"global from two countries", nil, from("KE", "NL"), nil, follows(global)},
		{"global from one", nil, from("KE", "KE"), ErrNoSource, nil},
		{"global from one and nowhere", nil, from("KE", ""), ErrNoSource, nil},
		{"global from one and nobody knows where", nil, from("KE", UnknownPlace), ErrNoSource, nil},
		{"global from one, without a protocol", nil, askDraft(global, ground(), "", openEdition()), nil, follows(global)},
	})
}

func askDraft(d RecommendationDrafted, g Ground, dialogue DialogueID, in Edition) func(RecommendationState) ([]Event, error) {
	return func(r RecommendationState) ([]Event, error) { return r.Draft(d, g, dialogue, in) }
}

func askRevise(v RecommendationRevised, g Ground, dialogue DialogueID, in Edition) func(RecommendationState) ([]Event, error) {
	return func(r RecommendationState) ([]Event, error) { return r.Revise(v, g, dialogue, in) }
}

func TestRecommendationRevise(t *testing.T) {
	t.Parallel()
	d, v, o, c := example[RecommendationDrafted](), example[RecommendationRevised](), example[EndorsementOpened](), example[EndorsementClosed]()
	decided := example[RecommendationDecided]()
	deferred := but(decided, func(d *RecommendationDecided) { d.Outcome = Deferred })
	in := frozenEdition()
	g := Ground{Sources: []KnownSource{{Version: 3, From: 3, Dialogue: "dl_KE"}}, Places: []Place{"KE"}}
	ask := func(f func(*RecommendationRevised)) func(RecommendationState) ([]Event, error) {
		return askRevise(but(v, f), g, "dl_KE", in)
	}
	words := but(v, func(v *RecommendationRevised) { v.SourcesAdded, v.SourcesRemoved = nil, nil })
	third := but(words, func(v *RecommendationRevised) { v.Version, v.Text = 3, In("en", "Own them.") })
	swap := but(v, func(v *RecommendationRevised) { v.SourcesRemoved = d.Sources })
	leads := but(g, func(g *Ground) {
		g.Beyond = []RecommendationState{Fold(RecommendationState{}, but(d, func(d *RecommendationDrafted) {
			d.Recommendation, d.Sources = "rc_9", []Source{{Ref{RecommendationStream("rc_1"), 1}, Basis}}
		}))}
	})
	left := but(leads, func(g *Ground) { // it has stood on rc_1, and does not any more
		g.Beyond = []RecommendationState{Fold(g.Beyond[0], but(v, func(v *RecommendationRevised) {
			v.SourcesRemoved = []Source{{Ref{RecommendationStream("rc_1"), 1}, Basis}}
		}))}
	})
	global := but(d, func(d *RecommendationDrafted) { d.Level = GlobalLevel })
	checkRulings(t, []ruling[RecommendationState]{
		{"revises", follows(d), askRevise(v, g, "dl_KE", in), nil, follows(v)},
		{"the words alone", follows(d), askRevise(words, Ground{}, "dl_KE", in), nil, follows(words)},
		{"a third version", follows(d, v), askRevise(third, Ground{}, "dl_KE", in), nil, follows(third)},
		{"every source but the new one", follows(d), askRevise(swap, g, "dl_KE", in), nil, follows(swap)},
		{"is revised", follows(d, v), askRevise(v, g, "dl_KE", in), nil, nil},
		{"the same words on the same sources", follows(d), askRevise(but(words, func(v *RecommendationRevised) { v.Text = d.Text }), Ground{}, "dl_KE", in), nil, nil},
		{"the same words on other sources", follows(d), ask(func(v *RecommendationRevised) { v.Text = d.Text }), nil, follows(but(v, func(v *RecommendationRevised) { v.Text = d.Text }))},
		{"is deferred", follows(d, o, c, deferred), askRevise(v, g, "dl_KE", in), nil, follows(v)},
		{"not drafted", nil, askRevise(v, g, "dl_KE", in), ErrUnknownRef, nil},
		{"version 2 is another one", follows(d, v), ask(func(v *RecommendationRevised) { v.Editor = "x" }), ErrFrozen, nil},
		{"version 3 before the second", follows(d), ask(func(v *RecommendationRevised) { v.Version = 3 }), ErrFrozen, nil},
		{"endorsement open", follows(d, o), askRevise(v, g, "dl_KE", in), ErrPhaseClosed, nil},
		{"endorsement waits for its decision", follows(d, o, c), askRevise(v, g, "dl_KE", in), ErrPhaseClosed, nil},
		{"is adopted", follows(d, o, c, decided), askRevise(v, g, "dl_KE", in), ErrFrozen, nil},
		{"is superseded", follows(d, example[RecommendationSuperseded]()), askRevise(v, g, "dl_KE", in), ErrSuperseded, nil},
		{"no rationale", follows(d), ask(func(v *RecommendationRevised) { v.Rationale = "" }), ErrInvalidField, nil},
		{"no editor", follows(d), ask(func(v *RecommendationRevised) { v.Editor = "" }), ErrInvalidField, nil},
		{"no text", follows(d), ask(func(v *RecommendationRevised) { v.Text = LText{} }), ErrInvalidText, nil},
		{"removes what it does not stand on", follows(d), ask(func(v *RecommendationRevised) {
			v.SourcesRemoved = []Source{{v.SourcesRemoved[0].Ref, QuoteRole}}
		}), ErrNoSource, nil},
		{"removes it twice", follows(d), ask(func(v *RecommendationRevised) {
			v.SourcesRemoved = []Source{v.SourcesRemoved[0], v.SourcesRemoved[0]}
		}), ErrNoSource, nil},
		{"removes every source", follows(d), ask(func(v *RecommendationRevised) { v.SourcesAdded, v.SourcesRemoved = nil, d.Sources }), ErrNoSource, nil},
		{"removes and adds the same", follows(d), ask(func(v *RecommendationRevised) { v.SourcesAdded = v.SourcesRemoved }), ErrDuplicate, nil},
		{"adds what it has", follows(d), ask(func(v *RecommendationRevised) { v.SourcesAdded, v.SourcesRemoved = d.Sources[:1], nil }), ErrDuplicate, nil},
		{"adds itself", follows(d), ask(func(v *RecommendationRevised) {
			v.SourcesAdded = []Source{{Ref{RecommendationStream("rc_1"), 1}, Basis}}
		}), ErrCycle, nil},
		{"adds what is nothing to stand on", follows(d), askRevise(v, but(g, func(g *Ground) { g.Sources = []KnownSource{{Version: 3, Dialogue: "dl_KE"}} }), "dl_KE", in), ErrNoSource, nil},
		{"leads back", follows(d), askRevise(v, leads, "dl_KE", in), ErrCycle, nil},
		{"led back once", follows(d), askRevise(v, left, "dl_KE", in), nil, follows(v)},
		{"global from two countries", follows(global), askRevise(v, but(g, func(g *Ground) { g.Places = []Place{"KE", "NL"} }), "", in), nil, follows(v)},
		{"global from one that is left", follows(global), askRevise(v, g, "", in), ErrNoSource, nil},
	})

	r := Fold(RecommendationState{}, d, v)
	require.Equal(t, 2, r.Version())
	require.Equal(t, v.Text, r.Text())
	require.Equal(t, []Source{d.Sources[0], v.SourcesAdded[0]}, r.Sources())
	require.Equal(t, d.Sources, Fold(RecommendationState{}, d).Sources())
	require.Zero(t, RecommendationState{}.Version())
	require.Zero(t, RecommendationState{}.Text())
}

func TestRecommendationSupersede(t *testing.T) {
	t.Parallel()
	d, s := example[RecommendationDrafted](), example[RecommendationSuperseded]()
	on := func(id RecommendationID, streams ...StreamID) RecommendationState {
		return Fold(RecommendationState{}, but(d, func(d *RecommendationDrafted) {
			d.Recommendation, d.Sources = id, nil
			for _, stream := range streams {
				d.Sources = append(d.Sources, Source{Ref{stream, 1}, Basis})
			}
		}))
	}
	own := RecommendationStream("rc_1")
	two := []RecommendationState{on("rc_2", "x", own), on("rc_3", own)}
	ask := func(s RecommendationSuperseded, by []RecommendationState, beyond ...RecommendationState) func(RecommendationState) ([]Event, error) {
		return func(r RecommendationState) ([]Event, error) { return r.Supersede(s, by, beyond) }
	}
	change := func(f func(*RecommendationSuperseded)) func(RecommendationState) ([]Event, error) {
		return ask(but(s, f), two)
	}
	one := func(by RecommendationID, relation Supersession) RecommendationSuperseded {
		return but(s, func(s *RecommendationSuperseded) { s.By, s.Relation = []RecommendationID{by}, relation })
	}
	gone := func(r RecommendationState, by RecommendationID) RecommendationState {
		return Fold(r, one(by, Replaced))
	}
	dropped := Fold(two[0], but(example[RecommendationRevised](), func(v *RecommendationRevised) {
		v.SourcesAdded, v.SourcesRemoved = nil, []Source{{Ref{own, 1}, Basis}}
	}))
	checkRulings(t, []ruling[RecommendationState]{
		{"splits", follows(d), ask(s, two), nil, follows(s)},
		{"merges", follows(d), ask(one("rc_2", Merged), two[:1]), nil, follows(one("rc_2", Merged))},
		{"replaces", follows(d), ask(one("rc_2", Replaced), two[:1]), nil, follows(one("rc_2", Replaced))},
		{"put to the vote before", follows(d, example[EndorsementOpened](), example[EndorsementClosed]()), ask(s, two), nil, follows(s)},
		{"put to the vote", follows(d, example[EndorsementOpened]()), ask(s, two), ErrPhaseClosed, nil},
		{"is superseded", follows(d, s), ask(s, two), nil, nil},
		{"is superseded otherwise", follows(d, s), ask(one("rc_2", Merged), two[:1]), ErrSuperseded, nil},
		{"by one that is superseded itself", follows(d), ask(one("rc_2", Merged), []RecommendationState{gone(two[0], "rc_9")}, on("rc_9")), nil, follows(one("rc_2", Merged))},
		{"not drafted", nil, ask(s, two), ErrUnknownRef, nil},
		{"unknown relation", follows(d), change(func(s *RecommendationSuperseded) { s.Relation = "eaten" }), ErrInvalidField, nil},
		{"no reason", follows(d), change(func(s *RecommendationSuperseded) { s.Reason = "" }), ErrInvalidField, nil},
		{"by none", follows(d), change(func(s *RecommendationSuperseded) { s.By = nil }), ErrInvalidField, nil},
		{"split into one", follows(d), ask(one("rc_2", Split), two[:1]), ErrInvalidField, nil},
		{"merged into two", follows(d), change(func(s *RecommendationSuperseded) { s.Relation = Merged }), ErrInvalidField, nil},
		{"by itself", follows(d), ask(one("rc_1", Replaced), []RecommendationState{on("rc_1", own)}), ErrCycle, nil},
		{"by one twice", follows(d), ask(but(s, func(s *RecommendationSuperseded) { s.By = []RecommendationID{"rc_2", "rc_2"} }), []RecommendationState{two[0], two[0]}), ErrDuplicate, nil},
		{"by one that is not drafted", follows(d), ask(s, []RecommendationState{two[0], {}}), ErrUnknownRef, nil},
		{"by one that stands on others", follows(d), ask(s, []RecommendationState{two[0], on("rc_3", "x")}), ErrNoSource, nil},
		{"by one that does not stand on it any more", follows(d), ask(s, []RecommendationState{dropped, two[1]}), ErrNoSource, nil},
		{"in place of what stands in its place", follows(d), ask(one("rc_2", Merged), []RecommendationState{gone(two[0], "rc_1")}), ErrCycle, nil},
		{"the long way round", follows(d), ask(one("rc_2", Merged), []RecommendationState{gone(two[0], "rc_9")}, gone(on("rc_9"), "rc_1")), ErrCycle, nil},
	})
	r := Fold(RecommendationState{}, d, s)
	require.True(t, r.Superseded())
	require.Equal(t, s.By, r.SupersededBy())
	require.False(t, Fold(RecommendationState{}, d).Superseded())
}

// What can be a source, and from which version of its stream on.
func TestKnownSource(t *testing.T) {
	t.Parallel()
	withheld := but(example[StatementModerated](), func(m *StatementModerated) { m.Decision = Refuse })
	restored := but(withheld, func(m *StatementModerated) { m.Decision = Restore })
	for name, c := range map[string]struct {
		events []Event
		want   KnownSource
	}{
		"nothing":                     {nil, KnownSource{}},
		"a statement":                 {follows(posted()), KnownSource{Version: 1, From: 1}},
		"a statement taken away":      {follows(posted(), withheld), KnownSource{Version: 2, From: 1, Withheld: true}},
		"a statement hidden":          {follows(posted(), example[StatementModerated]()), KnownSource{Version: 2, From: 1, Withheld: true}},
		"a statement given back":      {follows(posted(), withheld, restored), KnownSource{Version: 3, From: 1}},
		"a table":                     {follows(TableFormed{}), KnownSource{Version: 1}},
		"a worksheet":                 {follows(TableFormed{}, TableOutputRecorded{}, TableFormed{}), KnownSource{Version: 3, From: 2}},
		"sheets":                      {follows(TallySheetRecorded{}, TallySheetRecorded{}), KnownSource{Version: 2}},
		"a reconciled tally":          {follows(TallySheetRecorded{}, TallySheetRecorded{}, TallyReconciled{}, TallySheetRecorded{}), KnownSource{Version: 4, From: 3}},
		"a coding":                    {follows(SegmentCoded{}, CodingAdjudicated{}), KnownSource{Version: 2, From: 1}},
		"a recommendation":            {follows(example[RecommendationDrafted](), example[EndorsementOpened]()), KnownSource{Version: 2, From: 1, Level: NationalLevel}},
		"ballots, which are nobody's": {follows(BallotCast{}), KnownSource{Version: 1}},
	} {
		var k KnownSource
		for i, e := range c.events {
			k = k.See(Fact{Meta: Meta{Dialogue: "dl_KE"}, Revision: uint64(i), Event: e})
		}
		if len(c.events) > 0 {
			c.want.Dialogue = "dl_KE"
		}
		require.Equal(t, c.want, k, name)
	}
}
