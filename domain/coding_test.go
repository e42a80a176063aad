package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// coderTeam is a partner that has trained coders a, b and c until the end of June 2026.
func coderTeam() Partner {
	p := Partner{}
	for _, who := range []string{"a", "b", "c"} {
		p = p.Evolve(TrainingCompleted{Partner: "pt_academy", Trainee: who, Role: Coder, Module: ArtefactRef{"ar_manual", 1}, Trainer: "t", ValidTo: "2026-06-30"})
	}
	return p
}

// codingFrame is an approved coding frame of three codes in two versions, the second of which knows nothing of "who".
func codingFrame() Artefact {
	one := ArtefactVersionAdded{Artefact: "ar_frame", Version: 1, Kind: CodingFrameArtefact, Codes: []Code{{"cost", In("en", "x")}, {"depth", In("en", "x")}, {"who", In("en", "x")}}}
	two := but(one, func(v *ArtefactVersionAdded) { v.Version, v.Codes = 2, v.Codes[:2] })
	return Fold(Artefact{}, one, two, ArtefactApproved{"ar_frame", 1, []string{"m"}, 1}, ArtefactApproved{"ar_frame", 2, []string{"m"}, 1})
}

// gave is what a coder gave to the segment of the example by version 1 of the frame.
func gave(coder string, round int, codes ...string) SegmentCoded {
	return but(example[SegmentCoded](), func(s *SegmentCoded) {
		s.Frame, s.Coder, s.Round, s.Codes, s.Earlier, s.Agreed, s.Replaces = ArtefactRef{"ar_frame", 1}, coder, round, codes, 0, nil, nil
	})
}

// after is a coding with what the decision adds to it.
func after(s SegmentCoded, earlier int, replaces, agreed []string) SegmentCoded {
	s.Earlier, s.Replaces, s.Agreed = earlier, replaces, agreed
	return s
}

const codingDay Date = "2026-04-01"

func TestCode(t *testing.T) {
	t.Parallel()
	s, there := gave("a", 1, "cost", "who"), Quoted{Version: 3, Exist: true}
	ask := func(s SegmentCoded, words Quoted, frame Artefact, by Partner, on Date) func(Coding) ([]Event, error) {
		return func(c Coding) ([]Event, error) { return c.Code(s, words, frame, by, on) }
	}
	code := func(s SegmentCoded) func(Coding) ([]Event, error) {
		return ask(s, there, codingFrame(), coderTeam(), codingDay)
	}
	change := func(f func(*SegmentCoded)) func(Coding) ([]Event, error) { return code(but(s, f)) }
	placed := func(f func(*Segment)) func(Coding) ([]Event, error) {
		return change(func(s *SegmentCoded) { f(&s.Segment); s.Coding = NewCodingID(s.Segment) })
	}
	machine := func(s SegmentCoded) SegmentCoded {
		s.Method = MachineSuggested
		return s
	}
	b, none := gave("b", 1, "who", "depth"), gave("a", 1)
	two := append(follows(s), after(b, 1, nil, []string{"who"}))
	settled := append(two[:2:2], CodingAdjudicated{Coding: s.Coding, Frame: s.Frame, Round: 1, Codes: []string{"who"}, Adjudicator: "j"})
	newer := but(gave("a", 1, "depth"), func(s *SegmentCoded) { s.Frame.Version = 2 })
	script := versions("ar_frame", ScriptArtefact, Digest{}, 1)
	unapproved := Fold(Artefact{}, ArtefactVersionAdded{Artefact: "ar_frame", Version: 1, Kind: CodingFrameArtefact, Codes: []Code{{"cost", In("en", "x")}, {"who", In("en", "x")}}})
	checkRulings(t, []ruling[Coding]{
		{"codes", nil, code(s), nil, follows(s)},
		{"no code fits", nil, code(none), nil, follows(none)},
		{"what follows is set by the decision", nil, code(after(s, 7, []string{"x"}, []string{"y"})), nil, follows(s)},
		{"on the last day of the training", nil, ask(s, there, codingFrame(), coderTeam(), "2026-06-30"), nil, follows(s)},
		{"has coded", follows(s), code(s), nil, nil},
		{"has coded, before others did", two, code(s), nil, nil},
		{"has coded otherwise", follows(s), code(gave("a", 1, "cost")), ErrFrozen, nil},
		{"has coded by machine", follows(s), code(machine(s)), ErrFrozen, nil},
		{"a second coder", follows(s), code(b), nil, follows(after(b, 1, nil, []string{"who"}))},
		{"a third coder", two, code(gave("c", 1, "depth")), nil, follows(after(gave("c", 1, "depth"), 2, []string{"who"}, []string{}))},
		{"a second round", two, code(gave("a", 2, "depth")), nil, follows(after(gave("a", 2, "depth"), 2, []string{"who"}, []string{"who"}))},
		{"the last round counts", append(two[:2:2], gave("a", 2, "depth", "cost")), code(gave("b", 2, "cost", "depth")), nil,
			follows(after(gave("b", 2, "cost", "depth"), 3, []string{"who"}, []string{"cost", "depth"}))},
		{"an earlier round does not count any more", follows(gave("a", 2, "cost"), gave("b", 2, "cost"), gave("a", 1, "who")), code(gave("b", 1, "who")), nil,
			follows(after(gave("b", 1, "who"), 3, []string{"cost"}, []string{"cost"}))},
		{"by another version of the frame", two, code(newer), nil, follows(newer)},
		{"a machine is no second coder", follows(s), code(machine(b)), nil, follows(after(machine(b), 1, nil, nil))},
		{"after the adjudication", settled, code(gave("c", 1, "who")), ErrFrozen, nil},
		{"has coded, before the adjudication", settled, code(s), nil, nil},
		{"by another version after the adjudication", settled, code(newer), nil, follows(newer)},

		{"another id", nil, change(func(s *SegmentCoded) { s.Coding = "0123456789abcdef0123456789abcdef" }), ErrInvalidID, nil},
		{"id of another segment", nil, change(func(s *SegmentCoded) { s.Segment.End++ }), ErrInvalidID, nil},
		{"no partner", nil, change(func(s *SegmentCoded) { s.Partner = "" }), ErrInvalidID, nil},
		{"unknown method", nil, change(func(s *SegmentCoded) { s.Method = "dice" }), ErrInvalidField, nil},
		{"nobody", nil, change(func(s *SegmentCoded) { s.Coder = "" }), ErrInvalidField, nil},
		{"round 0", nil, change(func(s *SegmentCoded) { s.Round = 0 }), ErrInvalidField, nil},
		{"before the beginning", nil, placed(func(s *Segment) { s.Start = -1 }), ErrInvalidField, nil},
		{"of no length", nil, placed(func(s *Segment) { s.End = s.Start }), ErrInvalidField, nil},
		{"source of version 0", nil, placed(func(s *Segment) { s.Source.Version = 0 }), ErrUnknownRef, nil},
		{"source that has not happened", nil, placed(func(s *Segment) { s.Source.Version = 4 }), ErrUnknownRef, nil},
		{"source without words", nil, ask(s, Quoted{Version: 3}, codingFrame(), coderTeam(), codingDay), ErrUnknownRef, nil},
		{"erased", nil, ask(s, Quoted{Version: 3, Exist: true, Erased: true}, codingFrame(), coderTeam(), codingDay), ErrErased, nil},
		{"has coded what is erased now", follows(s), ask(s, Quoted{Version: 3, Exist: true, Erased: true}, codingFrame(), coderTeam(), codingDay), nil, nil},
		{"not trained", nil, code(gave("stranger", 1, "cost")), ErrNotTrained, nil},
		{"trained elsewhere", nil, ask(s, there, codingFrame(), Partner{}, codingDay), ErrNotTrained, nil},
		{"the training is out of date", nil, ask(s, there, codingFrame(), coderTeam(), "2026-07-01"), ErrNotTrained, nil},
		{"no such version of the frame", nil, change(func(s *SegmentCoded) { s.Frame.Version = 3 }), ErrUnknownRef, nil},
		{"frame not approved", nil, ask(s, there, unapproved, coderTeam(), codingDay), ErrNotApproved, nil},
		{"a script for a frame", nil, ask(s, there, script, coderTeam(), codingDay), ErrUnknownRef, nil},
		{"a code that there is not", nil, code(gave("a", 1, "price")), ErrUnknownRef, nil},
		{"a code of another version", nil, change(func(s *SegmentCoded) { s.Frame.Version = 2 }), ErrUnknownRef, nil},
		{"a code twice", nil, code(gave("a", 1, "who", "who")), ErrInvalidField, nil},
	})
}

func TestAdjudicate(t *testing.T) {
	t.Parallel()
	one, two := gave("a", 1, "cost", "who"), after(gave("b", 1, "who", "depth"), 1, nil, []string{"who"})
	id := one.Coding
	given := follows(one, two)
	basis := []Ref{{CodingStream(id), 1}, {CodingStream(id), 2}}
	a := CodingAdjudicated{Coding: id, Frame: one.Frame, Round: 1, Codes: []string{"who", "cost"}, Basis: basis, Adjudicator: "j", Replaces: []string{"who"}}
	asked := but(a, func(a *CodingAdjudicated) { a.Basis, a.Replaces = []Ref{{"x", 1}}, []string{"depth"} })
	ask := func(a CodingAdjudicated) func(Coding) ([]Event, error) {
		return asks2(Coding.Adjudicate, a, codingFrame())
	}
	change := func(f func(*CodingAdjudicated)) func(Coding) ([]Event, error) { return ask(but(asked, f)) }
	by := func(s SegmentCoded, m CodingMethod) SegmentCoded {
		s.Method = m
		return s
	}
	none := but(a, func(a *CodingAdjudicated) { a.Codes = nil })
	third := append(given[:2:2], by(gave("c", 1), MachineSuggested))
	later := append(third[:3:3], gave("b", 2, "cost"), gave("c", 2, "cost"))
	second := but(a, func(a *CodingAdjudicated) {
		a.Round, a.Basis, a.Replaces = 2, []Ref{{CodingStream(id), 4}, {CodingStream(id), 5}}, []string{"cost"}
	})
	checkRulings(t, []ruling[Coding]{
		{"adjudicates", given, ask(asked), nil, follows(a)},
		{"no code fits", given, change(func(a *CodingAdjudicated) { a.Codes = nil }), nil, follows(none)},
		{"is adjudicated", append(given, a), ask(asked), nil, nil},
		{"is adjudicated otherwise", append(given, a), change(func(a *CodingAdjudicated) { a.Codes = nil }), ErrFrozen, nil},
		{"a machine's suggestion is no basis", third, ask(asked), nil, follows(a)},
		{"the second round", later, change(func(a *CodingAdjudicated) { a.Round = 2 }), nil, follows(second)},
		{"not coded", nil, ask(asked), ErrUnknownRef, nil},
		{"another segment", given, change(func(a *CodingAdjudicated) { a.Coding = "x" }), ErrUnknownRef, nil},
		{"nobody", given, change(func(a *CodingAdjudicated) { a.Adjudicator = "" }), ErrInvalidField, nil},
		{"one coding", given[:1], ask(asked), ErrQuorum, nil},
		{"one coding, and a machine's", follows(one, by(two, MachineSuggested)), ask(asked), ErrQuorum, nil},
		{"one coding in each round", follows(one, gave("b", 2, "who")), ask(asked), ErrQuorum, nil},
		{"by another version of the frame", given, change(func(a *CodingAdjudicated) { a.Frame.Version = 2 }), ErrQuorum, nil},
		{"a coder", given, change(func(a *CodingAdjudicated) { a.Adjudicator = "b" }), ErrSelfReview, nil},
		{"a coder of another round", later, change(func(a *CodingAdjudicated) { a.Adjudicator = "c" }), ErrSelfReview, nil},
		{"a code that there is not", given, change(func(a *CodingAdjudicated) { a.Codes = []string{"price"} }), ErrUnknownRef, nil},
		{"a code twice", given, change(func(a *CodingAdjudicated) { a.Codes = []string{"who", "who"} }), ErrInvalidField, nil},
	})
}

func TestCodingID(t *testing.T) {
	t.Parallel()
	s := Segment{Source: Ref{"statement-dl_KE/st_12", 1}, Start: 0, End: 9}
	require.Equal(t, CodingID("17ed28d9d215b83100b72ec8c25a8d1c"), NewCodingID(s), "an id that is in the record does not change")
	require.Equal(t, StreamID("coding-17ed28d9d215b83100b72ec8c25a8d1c"), CodingStream(NewCodingID(s)))
	for name, other := range map[string]Segment{
		"source":  but(s, func(s *Segment) { s.Source.Stream += "3" }),
		"version": but(s, func(s *Segment) { s.Source.Version = 2 }),
		"item":    but(s, func(s *Segment) { s.Item = "i" }),
		"start":   but(s, func(s *Segment) { s.Start = 1 }),
		"end":     but(s, func(s *Segment) { s.End = 10 }),
	} {
		require.NotEqual(t, NewCodingID(s), NewCodingID(other), name)
	}
	require.Empty(t, NewCodingID(but(s, func(s *Segment) { s.Item = "\xff" })))
}

// codingDraws are random commands on one segment.
func codingDraws() map[string]draw[Coding] {
	who := func(t *rapid.T) string { return pick(t, "who", "a", "b", "c", "j") }
	codes := func(t *rapid.T) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"cost", "depth", "who"}), 0, 3, rapid.ID).Draw(t, "codes")
	}
	frame := func(t *rapid.T) ArtefactRef { return ArtefactRef{"ar_frame", pick(t, "frame", 1, 1, 1, 2)} }
	return map[string]draw[Coding]{
		"code": func(t *rapid.T) func(Coding) ([]Event, error) {
			s := gave(who(t), pick(t, "round", 1, 1, 2), codes(t)...)
			s.Method, s.Frame = pick(t, "method", HumanCoding, HumanCoding, MachineSuggested), frame(t)
			words := pick(t, "words", Quoted{Version: 3, Exist: true}, Quoted{Version: 3, Exist: true}, Quoted{Version: 3, Exist: true, Erased: true})
			return func(c Coding) ([]Event, error) { return c.Code(s, words, codingFrame(), coderTeam(), codingDay) }
		},
		"adjudicate": func(t *rapid.T) func(Coding) ([]Event, error) {
			return asks2(Coding.Adjudicate, CodingAdjudicated{Coding: gave("a", 1).Coding, Frame: frame(t), Round: pick(t, "round", 1, 1, 2), Codes: codes(t), Adjudicator: who(t)}, codingFrame())
		},
	}
}

func TestCodingMachine(t *testing.T) {
	t.Parallel()
	checkMachine(t, [][]Event{nil, follows(gave("a", 1, "cost"), after(gave("b", 1, "cost"), 1, nil, []string{"cost"}))}, codingDraws())
}

// TestCodingCounts: whoever adds up what the events say they change has what stands in the end, without knowing a coder.
func TestCodingCounts(t *testing.T) {
	t.Parallel()
	adjudications := 0
	draws := codingDraws()
	checkUntil(t, func() bool { return adjudications > 0 }, func(t *rapid.T) {
		c := Coding{}
		stands, seen := map[ArtefactRef]map[string]int{}, map[ArtefactRef]int{}
		change := func(frame ArtefactRef, codes []string, n int) {
			for _, code := range codes {
				stands[frame] = with(stands[frame], code, stands[frame][code]+n)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			events, _ := draws[rapid.SampledFrom(sortedKeys(draws)).Draw(t, "command")](t)(c)
			c = Fold(c, events...)
			for _, e := range events {
				switch e := e.(type) {
				case SegmentCoded:
					require.Equal(t, seen[e.Frame], e.Earlier)
					seen[e.Frame]++
					change(e.Frame, e.Replaces, -1)
					change(e.Frame, e.Agreed, 1)
				case CodingAdjudicated:
					adjudications++
					require.GreaterOrEqual(t, len(e.Basis), 2)
					change(e.Frame, e.Replaces, -1)
					change(e.Frame, e.Codes, 1)
				}
			}
		}
		for _, frame := range []ArtefactRef{{"ar_frame", 1}, {"ar_frame", 2}} {
			final := c.Agreed(frame)
			if a, ok := c.adjudicated[frame]; ok {
				final = a.Codes
			}
			for _, code := range []string{"cost", "depth", "who"} {
				want := 0
				for _, f := range final {
					if f == code {
						want = 1
					}
				}
				require.Equal(t, want, stands[frame][code], "%v %s", frame, code)
			}
		}
	})
	require.Positive(t, adjudications)
}
