package domain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// planned is the dialogue of the examples with its quota plan.
func planned() Dialogue {
	return Fold(Dialogue{}, example[DialogueRegistered](), example[QuotaPlanSet]())
}

// certified is one in which nobody is drawn any more.
func certified() Dialogue { return Fold(planned(), DialogueCertified{Dialogue: "dl_KE"}) }

// drawnIDs are n participants from number from on.
func drawnIDs(from, n int) []ParticipantID {
	ids := make([]ParticipantID, n)
	for i := range ids {
		ids[i] = ParticipantID(fmt.Sprintf("pa_%03d", from+i))
	}
	return ids
}

func seedOf(n byte) (seed, digest Digest) {
	seed = exampleDigest(n)
	return seed, sha256.Sum256(seed[:])
}

// commit is the commitment to the n-th draw, due at 6:00.
func commit(n byte) DrawCommitted {
	return but(example[DrawCommitted](), func(c *DrawCommitted) { _, c.Seed = seedOf(100 + n) })
}

// firstDraw fills the room, nextDraw replaces pa_000 and pa_001.
func firstDraw() DrawExecuted {
	return but(example[DrawExecuted](), func(e *DrawExecuted) {
		e.Round, e.Selected, e.Leavers = 1, drawnIDs(0, 96), nil
		e.Seed, _ = seedOf(101)
	})
}

func nextDraw() DrawExecuted {
	return but(example[DrawExecuted](), func(e *DrawExecuted) {
		e.Selected, e.Leavers = drawnIDs(200, 2), drawnIDs(0, 2)
		e.Seed, _ = seedOf(102)
	})
}

func TestRecruitmentReports(t *testing.T) {
	t.Parallel()
	correction := example[RecruitmentReported]()
	first := but(correction, func(r *RecruitmentReported) {
		r.Report, r.Counts, r.Supersedes, r.Replaces = "phone-1", *r.Replaces, "", nil
	})
	change := func(f func(*RecruitmentReported)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.ReportRecruitment, but(first, f), planned())
	}
	counts := func(invited, reached, refused, ineligible, accepted int) func(SortitionState) ([]Event, error) {
		return change(func(r *RecruitmentReported) { r.Counts = Recruitment{invited, reached, refused, ineligible, accepted} })
	}
	ask := func(r RecruitmentReported) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.ReportRecruitment, r, planned())
	}
	again := but(correction, func(r *RecruitmentReported) {
		r.Report, r.Supersedes, r.Replaces = "phone-3", "phone-2", &correction.Counts
	})
	all := but(first, func(r *RecruitmentReported) { r.Counts = Recruitment{9, 9, 4, 2, 3} })
	checkRulings(t, []ruling[SortitionState]{
		{"reports", nil, ask(first), nil, follows(first)},
		{"everybody answered", nil, ask(all), nil, follows(all)},
		{"corrects", follows(first), ask(but(correction, func(r *RecruitmentReported) { r.Replaces = nil })), nil, follows(correction)},
		{"what it replaces is not the sender's word", follows(first), ask(but(correction, func(r *RecruitmentReported) { r.Replaces = &Recruitment{} })), nil, follows(correction)},
		{"corrects the correction", follows(first, correction), ask(again), nil, follows(again)},
		{"is reported", follows(first), ask(first), nil, nil},
		{"is corrected", follows(first, correction), ask(correction), nil, nil},
		{"was reported before it was corrected", follows(first, correction), ask(first), nil, nil},
		{"is reported otherwise", follows(first), counts(1, 1, 0, 0, 1), ErrDuplicate, nil},
		{"no id", nil, change(func(r *RecruitmentReported) { r.Report = "" }), ErrInvalidID, nil},
		{"no channel", nil, change(func(r *RecruitmentReported) { r.Channel = "" }), ErrInvalidID, nil},
		{"a day in words", nil, change(func(r *RecruitmentReported) { r.From = "soon" }), ErrInvalidField, nil},
		{"no first day", nil, change(func(r *RecruitmentReported) { r.From = "" }), ErrInvalidField, nil},
		{"ends before it begins", nil, change(func(r *RecruitmentReported) { r.To = "2025-01-31" }), ErrInvalidField, nil},
		{"another dialogue", nil, change(func(r *RecruitmentReported) { r.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"dialogue not registered", nil, asks2(SortitionState.ReportRecruitment, first, Dialogue{}), ErrUnknownRef, nil},
		{"fewer than none", nil, counts(9, 9, -1, 0, 0), ErrInvalidAnswer, nil},
		{"reached without being invited", nil, counts(9, 10, 0, 0, 0), ErrInvalidAnswer, nil},
		{"accepted without being reached", nil, counts(9, 5, 0, 0, 6), ErrInvalidAnswer, nil},
		{"more answers than people", nil, counts(9, 5, 2, 2, 2), ErrInvalidAnswer, nil},
		{"corrects what is not there", nil, ask(correction), ErrUnknownRef, nil},
		{"corrects another channel", follows(first), ask(but(correction, func(r *RecruitmentReported) { r.Channel = "post" })), ErrUnknownRef, nil},
		{"corrects what is corrected", follows(first, correction), ask(but(again, func(r *RecruitmentReported) { r.Supersedes = "phone-1" })), ErrSuperseded, nil},
	})
}

func TestSealPool(t *testing.T) {
	t.Parallel()
	p := example[PoolSealed]()
	change := func(f func(*PoolSealed)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.SealPool, but(p, f), planned())
	}
	strata := func(size int, counts map[string]int) func(SortitionState) ([]Event, error) {
		return change(func(p *PoolSealed) { p.Size, p.Strata = size, []DimensionCount{{"settlement", counts}} })
	}
	unlimited := Fold(planned(), but(example[DialogueRegistered](), func(r *DialogueRegistered) { r.PlannedSize = 0 }))
	checkRulings(t, []ruling[SortitionState]{
		{"seals", nil, asks2(SortitionState.SealPool, p, planned()), nil, follows(p)},
		{"is sealed", follows(p), asks2(SortitionState.SealPool, p, planned()), nil, nil},
		{"is sealed otherwise", follows(p), change(func(p *PoolSealed) { p.Pool = exampleDigest(9) }), ErrPoolSealed, nil},
		{"not registered", nil, asks2(SortitionState.SealPool, p, Dialogue{}), ErrUnknownRef, nil},
		{"another dialogue", nil, change(func(p *PoolSealed) { p.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"no quota plan", nil, asks2(SortitionState.SealPool, p, Fold(Dialogue{}, example[DialogueRegistered]())), ErrUnknownRef, nil},
		{"no root", nil, change(func(p *PoolSealed) { p.Pool = Digest{} }), ErrInvalidField, nil},
		{"fewer people than seats", nil, strata(95, map[string]int{"rural": 65, "urban": 30}), ErrQuotaInfeasible, nil},
		{"seats without number", nil, asks2(SortitionState.SealPool, p, unlimited), ErrQuotaInfeasible, nil},
		{"fewer people than a minimum", nil, strata(310, map[string]int{"rural": 291, "urban": 19}), ErrQuotaInfeasible, nil},
		{"counts do not sum up", nil, strata(310, map[string]int{"rural": 181, "urban": 130}), ErrInvalidField, nil},
		{"a stratum less", nil, strata(310, map[string]int{"rural": 310}), ErrInvalidField, nil},
		{"a stratum more", nil, strata(310, map[string]int{"rural": 180, "urban": 130, "sea": 0}), ErrInvalidField, nil},
		{"another stratum", nil, strata(310, map[string]int{"rural": 180, "town": 130}), ErrInvalidField, nil},
		{"another dimension", nil, change(func(p *PoolSealed) { p.Strata = []DimensionCount{{"age", p.Strata[0].Strata}} }), ErrInvalidField, nil},
		{"no dimension", nil, change(func(p *PoolSealed) { p.Strata = nil }), ErrInvalidField, nil},
	})

	sealed := Fold(SortitionState{}, p)
	checkRulings(t, []ruling[Dialogue]{
		{"the plan is set", follows(example[DialogueRegistered]()), asks2(Dialogue.SetQuotaPlan, example[QuotaPlanSet](), SortitionState{}), nil, follows(example[QuotaPlanSet]())},
		{"the plan is fixed", follows(example[DialogueRegistered](), example[QuotaPlanSet]()), asks2(Dialogue.SetQuotaPlan, but(example[QuotaPlanSet](), func(q *QuotaPlanSet) { q.NonExpertRule = "none" }), sealed), ErrPoolSealed, nil},
		{"the plan stands", follows(example[DialogueRegistered](), example[QuotaPlanSet]()), asks2(Dialogue.SetQuotaPlan, example[QuotaPlanSet](), sealed), nil, nil},
	})
}

func TestCommitDraw(t *testing.T) {
	t.Parallel()
	sealed := follows(example[PoolSealed]())
	c := commit(1)
	early := exampleTime(5, 59)
	change := func(f func(*DrawCommitted)) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.CommitDraw, but(c, f), planned(), early)
	}
	ask := func(c DrawCommitted, in Dialogue, now Time) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.CommitDraw, c, in, now)
	}
	drawn := append(slices.Clone(sealed), c, firstDraw())
	anew := but(commit(2), func(d *DrawCommitted) { d.Randomness.At = c.Randomness.At + 2*GivenUp })
	checkRulings(t, []ruling[SortitionState]{
		{"commits", sealed, ask(c, planned(), early), nil, follows(c)},
		{"a millisecond before", sealed, ask(c, planned(), c.Randomness.At-1), nil, follows(c)},
		{"is committed", append(sealed, c), ask(c, planned(), exampleTime(7, 0)), nil, nil},
		{"is executed", drawn, ask(c, planned(), exampleTime(7, 0)), nil, nil},
		{"is committed otherwise", append(sealed, c), ask(commit(2), planned(), early), ErrDuplicate, nil},
		{"gives up what is late", append(sealed, c), ask(anew, planned(), c.Randomness.At+GivenUp), nil, follows(anew)},
		{"gives up too early", append(sealed, c), ask(anew, planned(), c.Randomness.At+GivenUp-1), ErrDuplicate, nil},
		{"gives up with the same seed", append(sealed, c), ask(but(anew, func(d *DrawCommitted) { d.Seed = c.Seed }), planned(), c.Randomness.At+GivenUp), ErrCommitmentMismatch, nil},
		{"for a replacement", drawn, ask(commit(2), planned(), early), nil, follows(commit(2))},
		{"not sealed", nil, ask(c, planned(), early), ErrPhaseClosed, nil},
		{"another dialogue", sealed, change(func(c *DrawCommitted) { c.Dialogue = "dl_NL" }), ErrPhaseClosed, nil},
		{"certified", sealed, ask(c, certified(), early), ErrFrozen, nil},
		{"no algorithm", sealed, change(func(c *DrawCommitted) { c.Algorithm.Name = "" }), ErrInvalidField, nil},
		{"no version", sealed, change(func(c *DrawCommitted) { c.Algorithm.Version = "" }), ErrInvalidField, nil},
		{"no seed", sealed, change(func(c *DrawCommitted) { c.Seed = Digest{} }), ErrInvalidField, nil},
		{"no source", sealed, change(func(c *DrawCommitted) { c.Randomness.Source = "" }), ErrInvalidField, nil},
		{"a negative round", sealed, change(func(c *DrawCommitted) { c.Randomness.Round = -1 }), ErrInvalidField, nil},
		{"a round without time", sealed, change(func(c *DrawCommitted) { c.Randomness.At = 0 }), ErrCommitmentMismatch, nil},
		{"a round far beyond", sealed, change(func(c *DrawCommitted) { c.Randomness.At = 1 << 52 }), ErrInvalidField, nil},
		{"a round that is known", sealed, ask(c, planned(), c.Randomness.At), ErrCommitmentMismatch, nil},
		{"a seed that is known", append(drawn, commit(2), nextDraw()), change(func(c *DrawCommitted) { c.Randomness.Round++ }), ErrCommitmentMismatch, nil},
	})
}

func TestExecuteDraw(t *testing.T) {
	t.Parallel()
	first, next := firstDraw(), nextDraw()
	due := exampleTime(6, 0)
	committed := follows(example[PoolSealed](), commit(1))
	again := append(slices.Clone(committed), first, commit(2))
	ask := func(e DrawExecuted) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.ExecuteDraw, e, planned(), due)
	}
	change := func(f func(*DrawExecuted)) func(SortitionState) ([]Event, error) { return ask(but(first, f)) }
	changeNext := func(f func(*DrawExecuted)) func(SortitionState) ([]Event, error) { return ask(but(next, f)) }
	quota := func(rural, urban int) func(*DrawExecuted) {
		return func(e *DrawExecuted) {
			e.Quota = []DimensionCount{{"settlement", map[string]int{"rural": rural, "urban": urban}}}
		}
	}
	edge := but(first, quota(56, 40))
	checkRulings(t, []ruling[SortitionState]{
		{"draws", committed, ask(first), nil, follows(first)},
		{"at the edge of the quotas", committed, ask(edge), nil, follows(edge)},
		{"replaces", again, ask(next), nil, follows(next)},
		{"is drawn", append(committed, first), ask(first), nil, nil},
		{"is drawn otherwise", append(committed, first), ask(edge), ErrCommitmentMismatch, nil},
		{"not registered", committed, asks3(SortitionState.ExecuteDraw, first, Dialogue{}, due), ErrUnknownRef, nil},
		{"another dialogue", committed, change(func(e *DrawExecuted) { e.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"no quota plan", committed, asks3(SortitionState.ExecuteDraw, first, Fold(Dialogue{}, example[DialogueRegistered]()), due), ErrUnknownRef, nil},
		{"certified", committed, asks3(SortitionState.ExecuteDraw, first, certified(), due), ErrFrozen, nil},
		{"not committed", follows(example[PoolSealed]()), ask(first), ErrCommitmentMismatch, nil},
		{"another seed", committed, change(func(e *DrawExecuted) { e.Seed[0]++ }), ErrCommitmentMismatch, nil},
		{"too early", committed, asks3(SortitionState.ExecuteDraw, first, planned(), due-1), ErrCommitmentMismatch, nil},
		{"no randomness", committed, change(func(e *DrawExecuted) { e.Randomness = Digest{} }), ErrCommitmentMismatch, nil},
		{"another round", committed, change(func(e *DrawExecuted) { e.Round = 2 }), ErrInvalidField, nil},
		{"no attempts", committed, change(func(e *DrawExecuted) { e.Attempts = 0 }), ErrInvalidField, nil},
		{"leaves before the first draw", committed, change(func(e *DrawExecuted) { e.Leavers = drawnIDs(0, 1) }), ErrInvalidField, nil},
		{"a seat is free", committed, change(func(e *DrawExecuted) { e.Selected = e.Selected[1:] }), ErrQuotaInfeasible, nil},
		{"a seat too many", committed, change(func(e *DrawExecuted) { e.Selected = drawnIDs(0, 97) }), ErrQuotaInfeasible, nil},
		{"one twice", committed, change(func(e *DrawExecuted) { e.Selected = append(drawnIDs(0, 95), "pa_000") }), ErrDuplicate, nil},
		{"nobody's id", committed, change(func(e *DrawExecuted) { e.Selected = append(drawnIDs(0, 95), "a/b") }), ErrInvalidID, nil},
		{"below a minimum", committed, change(quota(77, 19)), ErrQuotaInfeasible, nil},
		{"above a maximum", committed, change(quota(55, 41)), ErrQuotaInfeasible, nil},
		{"does not sum up", committed, change(quota(64, 31)), ErrInvalidField, nil},
		{"nobody leaves", again, changeNext(func(e *DrawExecuted) { e.Leavers, e.Selected = nil, nil }), ErrQuotaInfeasible, nil},
		{"more come than leave", again, changeNext(func(e *DrawExecuted) { e.Leavers = e.Leavers[1:] }), ErrQuotaInfeasible, nil},
		{"leaves without being in", again, changeNext(func(e *DrawExecuted) { e.Leavers = drawnIDs(95, 2) }), ErrUnknownRef, nil},
		{"leaves twice", again, changeNext(func(e *DrawExecuted) { e.Leavers = []ParticipantID{"pa_000", "pa_000"} }), ErrUnknownRef, nil},
		{"comes who is in", again, changeNext(func(e *DrawExecuted) { e.Selected = drawnIDs(95, 2) }), ErrDuplicate, nil},
		{"comes who leaves", again, changeNext(func(e *DrawExecuted) { e.Selected = drawnIDs(0, 2) }), ErrDuplicate, nil},
	})

	late := but(commit(2), func(d *DrawCommitted) { d.Randomness.At += 2 * GivenUp })
	instead := but(first, func(e *DrawExecuted) { e.Seed = next.Seed })
	checkRulings(t, []ruling[SortitionState]{
		{"draws after one was given up", append(committed, late), asks3(SortitionState.ExecuteDraw, instead, planned(), late.Randomness.At), nil, follows(instead)},
		{"draws what was given up", append(committed, late), asks3(SortitionState.ExecuteDraw, first, planned(), late.Randomness.At), ErrCommitmentMismatch, nil},
	})

	s := Fold(SortitionState{}, append(again, next)...)
	require.Equal(t, 2, s.Rounds())
	require.Nil(t, s.Committed())
	require.Equal(t, commit(2), *Fold(SortitionState{}, again...).Committed())
	for id, want := range map[ParticipantID][2]bool{"pa_000": {false, true}, "pa_002": {true, true}, "pa_200": {true, true}, "pa_300": {false, false}} {
		require.Equal(t, want, [2]bool{s.In(id), s.Selected(id)}, id)
	}
}

func TestSortitionMachine(t *testing.T) {
	t.Parallel()
	times := []Time{exampleTime(5, 0), exampleTime(6, 0), exampleTime(6, 0) + GivenUp}
	checkMachine(t, [][]Event{nil, follows(example[PoolSealed]()), follows(example[PoolSealed](), commit(1), firstDraw())}, map[string]draw[SortitionState]{
		"report": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.ReportRecruitment, but(example[RecruitmentReported](), func(r *RecruitmentReported) {
				r.Report, r.Supersedes, r.Channel = pick(t, "report", "a", "b", "c"), pick(t, "supersedes", "", "", "a", "b"), pick(t, "channel", "phone", "phone", "post")
				r.Counts.Accepted = pick(t, "accepted", 1, 2)
			}), planned())
		},
		"seal": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.SealPool, but(example[PoolSealed](), func(p *PoolSealed) { p.Pool = exampleDigest(pick[byte](t, "root", 1, 2)) }), planned())
		},
		"commit": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			c := but(commit(pick[byte](t, "seed", 1, 2, 3)), func(c *DrawCommitted) { c.Randomness.At += pick[Time](t, "at", 0, 0, 2*GivenUp) })
			return asks3(SortitionState.CommitDraw, c, planned(), pick(t, "now", times...))
		},
		"execute": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			seed, right, now := pick[byte](t, "seed", 1, 2, 3), rapid.Bool().Draw(t, "right"), pick(t, "now", times...)
			return func(s SortitionState) ([]Event, error) { // what is due, more often than not
				e := nextDraw()
				if e.Round = s.Rounds() + 1; e.Round == 1 {
					e = firstDraw()
				}
				for n := range byte(4) {
					if _, digest := seedOf(100 + n); right && s.pending && digest == s.committed.Seed {
						seed = n
					}
				}
				e.Seed, _ = seedOf(100 + seed)
				if !s.pending && s.executed != nil {
					e = *s.executed
				}
				return s.ExecuteDraw(e, planned(), now)
			}
		},
	})
}
