package domain

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// firstVersion is the example question as version 1.
func firstVersion() ArtefactVersionAdded {
	return but(example[ArtefactVersionAdded](), func(v *ArtefactVersionAdded) { v.Version, v.Codes = 1, nil })
}

func TestArtefactAddVersion(t *testing.T) {
	t.Parallel()
	one := firstVersion()
	two := but(one, func(v *ArtefactVersionAdded) { v.Version, v.ChangeNote = 2, "longer" })
	script := but(one, func(v *ArtefactVersionAdded) { v.Kind, v.Question = ScriptArtefact, nil })
	change := func(f func(*ArtefactVersionAdded)) func(Artefact) ([]Event, error) {
		return asks(Artefact.AddVersion, but(one, f))
	}
	checkRulings(t, []ruling[Artefact]{
		{"first", nil, asks(Artefact.AddVersion, one), nil, follows(one)},
		{"first of a script", nil, asks(Artefact.AddVersion, script), nil, follows(script)},
		{"second", follows(one), asks(Artefact.AddVersion, two), nil, follows(two)},
		{"first is there", follows(one, two), asks(Artefact.AddVersion, one), nil, nil},
		{"second is there", follows(one, two), asks(Artefact.AddVersion, two), nil, nil},
		{"another first", follows(one, two), change(func(v *ArtefactVersionAdded) { v.Author = "x" }), ErrFrozen, nil},
		{"second before the first", nil, asks(Artefact.AddVersion, two), ErrFrozen, nil},
		{"version 0", nil, change(func(v *ArtefactVersionAdded) { v.Version = 0 }), ErrFrozen, nil},
		{"another kind", follows(one), asks(Artefact.AddVersion, but(script, func(v *ArtefactVersionAdded) { v.Version = 2 })), ErrInvalidField, nil},
		{"no id", nil, change(func(v *ArtefactVersionAdded) { v.Artefact = "" }), ErrInvalidID, nil},
		{"unknown kind", nil, change(func(v *ArtefactVersionAdded) { v.Kind = "song" }), ErrInvalidField, nil},
		{"no language", nil, change(func(v *ArtefactVersionAdded) { v.SourceLang = "" }), ErrInvalidField, nil},
		{"question without one", nil, change(func(v *ArtefactVersionAdded) { v.Question = nil }), ErrInvalidField, nil},
		{"script with a question", nil, change(func(v *ArtefactVersionAdded) { v.Kind = ScriptArtefact }), ErrInvalidField, nil},
		{"no author", nil, change(func(v *ArtefactVersionAdded) { v.Author = "" }), ErrInvalidField, nil},
		{"no digest", nil, change(func(v *ArtefactVersionAdded) { v.Content = Digest{} }), ErrChecksum, nil},
		{"body without its source language", nil, change(func(v *ArtefactVersionAdded) { v.Body.Source = "nl" }), ErrInvalidText, nil},
		{"question without text", nil, change(func(v *ArtefactVersionAdded) {
			v.Question = &Question{Kind: SingleChoice, Unit: Individual, Options: v.Question.Options}
		}), ErrInvalidText, nil},
	})
}

func TestQuestionCheck(t *testing.T) {
	t.Parallel()
	q := *firstVersion().Question
	options := func(ids ...string) func(*Question) {
		return func(q *Question) {
			q.Options = nil
			for _, id := range ids {
				q.Options = append(q.Options, Option{OptionID(id), In("en", "x")})
			}
		}
	}
	many := make([]string, MaxOptions+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	require.NoError(t, q.Check())
	require.NoError(t, but(q, options(many[1:]...)).Check())
	for name, c := range map[string]struct {
		change func(*Question)
		rule   *Rejection
	}{
		"unknown kind":         {func(q *Question) { q.Kind = "guess" }, ErrInvalidField},
		"unknown unit":         {func(q *Question) { q.Unit = "family" }, ErrInvalidField},
		"no text":              {func(q *Question) { q.Text = LText{} }, ErrInvalidText},
		"one option":           {options("a"), ErrInvalidField},
		"too many options":     {options(many...), ErrInvalidField},
		"option twice":         {options("a", "b", "a"), ErrInvalidField},
		"option with a blank":  {options("a", "b c"), ErrInvalidField},
		"option without id":    {options("a", ""), ErrInvalidField},
		"option without label": {func(q *Question) { q.Options = []Option{{"a", In("en", "x")}, {"b", LText{}}} }, ErrInvalidText},
	} {
		require.ErrorIs(t, but(q, c.change).Check(), c.rule, name)
	}
}

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	must := *firstVersion().Question
	may := but(must, func(q *Question) { q.Required = false })
	require.NoError(t, must.CheckAnswer(Answer{Option: "users"}))
	for reason := range nonResponses {
		require.NoError(t, may.CheckAnswer(Answer{NonResponse: reason}))
		require.ErrorIs(t, must.CheckAnswer(Answer{NonResponse: reason}), ErrInvalidAnswer)
	}
	for _, a := range []Answer{{}, {Option: "nobody"}, {Option: "state,users"}, {Option: "state", NonResponse: Blank}, {NonResponse: "77"}} {
		require.ErrorIs(t, may.CheckAnswer(a), ErrInvalidAnswer, "%+v", a)
	}
}

func TestArtefactQuestion(t *testing.T) {
	t.Parallel()
	one := firstVersion()
	a := Fold(Artefact{}, one)
	q, err := a.Question(ArtefactRef{"ar_wells", 1})
	require.NoError(t, err)
	require.Equal(t, *one.Question, q)
	for _, version := range []int{-1, 0, 2} {
		_, err = a.Question(ArtefactRef{"ar_wells", version})
		require.ErrorIs(t, err, ErrUnknownRef)
	}
	one.Kind, one.Question = ScriptArtefact, nil
	_, err = Fold(Artefact{}, one).Question(ArtefactRef{"ar_wells", 1})
	require.ErrorIs(t, err, ErrUnknownRef)
}

// committee is a review of the example question by a member of the committee.
func committee(reviewer string, v Verdict) ReviewRecorded {
	return ReviewRecorded{Artefact: "ar_wells", Version: 1, Reviewer: reviewer, Partner: "pt_academy", Kind: CommitteeReview, Verdict: v}
}

func TestArtefactReview(t *testing.T) {
	t.Parallel()
	one, r := firstVersion(), committee("r.mbeki", Revise)
	given := follows(one)
	later := but(committee("r.mbeki", Approve), func(r *ReviewRecorded) { r.Scores = map[string]int{"clarity": 5} })
	focus := but(example[ReviewRecorded](), func(r *ReviewRecorded) { r.Version, r.Replaces = 1, nil })
	legal := but(r, func(r *ReviewRecorded) { r.Kind = LegalReview })
	replacing := func(r ReviewRecorded, was ReviewRecorded) ReviewRecorded {
		r.Replaces = &Reviewed{was.Kind, was.Verdict, was.Scores}
		return r
	}
	ask := func(r ReviewRecorded) func(Artefact) ([]Event, error) {
		return asks3(Artefact.Review, r, NoInterest, true)
	}
	change := func(f func(*ReviewRecorded)) func(Artefact) ([]Event, error) { return ask(but(r, f)) }
	checkRulings(t, []ruling[Artefact]{
		{"reviews", given, ask(r), nil, follows(r)},
		{"has reviewed", append(given, r), ask(r), nil, nil},
		{"says something else", append(given, r), ask(later), nil, follows(replacing(later, r))},
		{"and says it again", append(given, r, replacing(later, r)), ask(later), nil, nil},
		{"and goes back", append(given, r, replacing(later, r)), ask(r), nil, follows(replacing(r, later))},
		{"of another kind", append(given, r), ask(focus), nil, follows(replacing(focus, r))},
		{"does not say what it replaces", given, ask(replacing(r, later)), nil, follows(r)},
		{"with an indirect interest", given, asks3(Artefact.Review, r, IndirectInterest, true), nil, follows(r)},
		{"a lawyer needs no declaration", given, asks3(Artefact.Review, legal, DirectInterest, false), nil, follows(legal)},
		{"no such version", nil, ask(r), ErrUnknownRef, nil},
		{"version 0", given, change(func(r *ReviewRecorded) { r.Version = 0 }), ErrUnknownRef, nil},
		{"unknown kind", given, change(func(r *ReviewRecorded) { r.Kind = "gossip" }), ErrInvalidField, nil},
		{"unknown verdict", given, change(func(r *ReviewRecorded) { r.Verdict = "shrug" }), ErrInvalidField, nil},
		{"no partner", given, change(func(r *ReviewRecorded) { r.Partner = "" }), ErrInvalidID, nil},
		{"nobody", given, change(func(r *ReviewRecorded) { r.Reviewer = "" }), ErrInvalidField, nil},
		{"the author", given, change(func(r *ReviewRecorded) { r.Reviewer = one.Author }), ErrSelfReview, nil},
		{"interest not declared", given, asks3(Artefact.Review, r, NoInterest, false), ErrConflictOfInterest, nil},
		{"direct interest", given, asks3(Artefact.Review, r, DirectInterest, true), ErrConflictOfInterest, nil},
		{"after the approval", append(given, ArtefactApproved{"ar_wells", 1, []string{"a"}, 1}), ask(r), ErrFrozen, nil},
		{"after the withdrawal", append(given, ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "r"}), ask(r), ErrFrozen, nil},
		{"focus group nowhere", given, change(func(r *ReviewRecorded) { r.Kind = FocusGroupReview }), ErrInvalidField, nil},
		{"committee at a place", given, change(func(r *ReviewRecorded) { r.Place = "KE" }), ErrInvalidField, nil},
		{"focus group at no place", given, ask(but(focus, func(r *ReviewRecorded) { r.Place = "Kenya" })), ErrInvalidField, nil},
		{"score 0", given, change(func(r *ReviewRecorded) { r.Scores = map[string]int{"clarity": 0} }), ErrInvalidField, nil},
		{"score 6", given, change(func(r *ReviewRecorded) { r.Scores = map[string]int{"clarity": 6} }), ErrInvalidField, nil},
		{"score for nothing", given, change(func(r *ReviewRecorded) { r.Scores = map[string]int{"": 3} }), ErrInvalidField, nil},
		{"comment without its source language", given, change(func(r *ReviewRecorded) { r.Comment = LText{"nl", map[Lang]string{"en": "x"}} }), ErrInvalidText, nil},
	})
}

func TestArtefactApprove(t *testing.T) {
	t.Parallel()
	open, frozen := openEdition(), frozenEdition() // which asks for three
	given := follows(firstVersion(), committee("c", Approve), committee("a", Approve), committee("d", Revise),
		but(committee("l", Approve), func(r *ReviewRecorded) { r.Kind = LegalReview }))
	third := append(given[:len(given):len(given)], committee("b", Approve))
	p := ArtefactApproved{"ar_wells", 1, []string{"a", "c"}, 2}
	all := ArtefactApproved{"ar_wells", 1, []string{"a", "b", "c"}, 3}
	ask := func(quorum int, in Edition) func(Artefact) ([]Event, error) {
		return asks3(Artefact.Approve, ArtefactApproved{Artefact: "ar_wells", Version: 1, Approvals: []string{"who", "ever"}, Quorum: quorum}, in, false)
	}
	blocked := append(third[:len(third):len(third)], committee("x", Block))
	checkRulings(t, []ruling[Artefact]{
		{"approves", given, ask(2, open), nil, follows(p)},
		{"is approved", append(given, p), ask(2, open), nil, nil},
		{"is approved by another quorum", append(given, p), ask(1, open), ErrFrozen, nil},
		{"by the quorum of the protocol", third, ask(3, frozen), nil, follows(all)},
		{"quorum below the protocol's", third, ask(2, frozen), ErrQuorum, nil},
		{"quorum of none", given, ask(0, open), ErrQuorum, nil},
		{"one too few", given, ask(3, open), ErrQuorum, nil},
		{"no such version", nil, ask(1, open), ErrUnknownRef, nil},
		{"blocked", blocked, ask(3, open), ErrQuorum, nil},
		{"blocked, and then not", append(blocked, committee("x", Revise)), ask(3, open), nil, follows(all)},
		{"withdrawn", append(given, ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "r"}), ask(2, open), ErrFrozen, nil},
		{"another version is in use", given, asks3(Artefact.Approve, ArtefactApproved{Artefact: "ar_wells", Version: 1, Quorum: 2}, open, true), ErrFrozen, nil},
	})
}

func TestArtefactWithdraw(t *testing.T) {
	t.Parallel()
	one := firstVersion()
	two := but(one, func(v *ArtefactVersionAdded) { v.Version = 2 })
	given := follows(one, two)
	w := ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "the law has changed", ReplacedBy: ArtefactRef{"ar_wells", 2}}
	other := but(w, func(w *ArtefactWithdrawn) { w.ReplacedBy = ArtefactRef{"ar_depth", 1} })
	alone := but(w, func(w *ArtefactWithdrawn) { w.ReplacedBy = ArtefactRef{} })
	ask := func(w ArtefactWithdrawn) func(Artefact) ([]Event, error) {
		return asks3(Artefact.Withdraw, w, false, versions("ar_depth", ScriptArtefact, Digest{}, 0))
	}
	change := func(f func(*ArtefactWithdrawn)) func(Artefact) ([]Event, error) { return ask(but(w, f)) }
	checkRulings(t, []ruling[Artefact]{
		{"withdraws", given, ask(w), nil, follows(w)},
		{"replaced by another artefact", given, ask(other), nil, follows(other)},
		{"replaced by nothing", given, ask(alone), nil, follows(alone)},
		{"after the approval", append(given, ArtefactApproved{"ar_wells", 1, []string{"a"}, 1}), ask(w), nil, follows(w)},
		{"is withdrawn", append(given, w), ask(w), nil, nil},
		{"is withdrawn otherwise", append(given, w), ask(alone), ErrFrozen, nil},
		{"no such version", nil, ask(w), ErrUnknownRef, nil},
		{"no reason", given, change(func(w *ArtefactWithdrawn) { w.Reason = "" }), ErrInvalidField, nil},
		{"in use", given, asks3(Artefact.Withdraw, w, true, Artefact{}), ErrFrozen, nil},
		{"replaced by itself", given, change(func(w *ArtefactWithdrawn) { w.ReplacedBy.Version = 1 }), ErrCycle, nil},
		{"replaced by no version", given, change(func(w *ArtefactWithdrawn) { w.ReplacedBy.Version = 3 }), ErrUnknownRef, nil},
		{"replaced by no artefact", given, asks3(Artefact.Withdraw, other, false, Artefact{}), ErrUnknownRef, nil},
	})
}

func TestArtefactCodes(t *testing.T) {
	t.Parallel()
	codes := example[ArtefactVersionAdded]().Codes
	frame := but(firstVersion(), func(v *ArtefactVersionAdded) { v.Kind, v.Question, v.Codes = CodingFrameArtefact, nil, codes })
	guide := but(frame, func(v *ArtefactVersionAdded) { v.Kind = GuideArtefact })
	bare := but(guide, func(v *ArtefactVersionAdded) { v.Codes = nil })
	coded := func(codes ...Code) func(Artefact) ([]Event, error) {
		return asks(Artefact.AddVersion, but(frame, func(v *ArtefactVersionAdded) { v.Codes = codes }))
	}
	checkRulings(t, []ruling[Artefact]{
		{"frame", nil, asks(Artefact.AddVersion, frame), nil, follows(frame)},
		{"guide with reasons", nil, asks(Artefact.AddVersion, guide), nil, follows(guide)},
		{"guide without", nil, asks(Artefact.AddVersion, bare), nil, follows(bare)},
		{"frame without codes", nil, coded(), ErrInvalidField, nil},
		{"script with codes", nil, asks(Artefact.AddVersion, but(frame, func(v *ArtefactVersionAdded) { v.Kind = ScriptArtefact })), ErrInvalidField, nil},
		{"code twice", nil, coded(codes[0], codes[0]), ErrInvalidField, nil},
		{"code with a blank", nil, coded(Code{"a b", In("en", "x")}), ErrInvalidField, nil},
		{"code without a label", nil, coded(Code{"a", LText{}}), ErrInvalidText, nil},
	})
	a := Fold(Artefact{}, frame)
	require.True(t, a.HasCode(ArtefactRef{"ar_wells", 1}, "cost"))
	require.False(t, a.HasCode(ArtefactRef{"ar_wells", 1}, "price"))
	require.False(t, a.HasCode(ArtefactRef{"ar_wells", 2}, "cost"))
}

func TestArtefactStanding(t *testing.T) {
	t.Parallel()
	one := ArtefactRef{"ar_wells", 1}
	added := Fold(Artefact{}, firstVersion())
	approved := Fold(added, ArtefactApproved{"ar_wells", 1, []string{"a", "b"}, 2})
	ready := Fold(approved, translated(), verified())
	gone := Fold(ready, ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "r"})

	require.ErrorIs(t, Artefact{}.Approved(one), ErrUnknownRef)
	require.ErrorIs(t, added.Approved(one), ErrNotApproved)
	require.NoError(t, approved.Approved(one))
	require.ErrorIs(t, gone.Approved(one), ErrNotApproved)

	require.NoError(t, approved.ApprovedBy(one, 2))
	require.ErrorIs(t, approved.ApprovedBy(one, 3), ErrQuorum)
	require.ErrorIs(t, gone.ApprovedBy(one, 1), ErrNotApproved)

	require.ErrorIs(t, added.Usable(one, "en"), ErrNotApproved)
	require.NoError(t, approved.Usable(one, "en"))
	require.ErrorIs(t, approved.Usable(one, "sw"), ErrTranslationNotVerified)
	require.ErrorIs(t, Fold(approved, translated()).Usable(one, "sw"), ErrTranslationNotVerified)
	require.NoError(t, ready.Usable(one, "sw"))
	require.ErrorIs(t, ready.Usable(one, "nl"), ErrTranslationNotVerified)
	require.ErrorIs(t, gone.Usable(one, "sw"), ErrNotApproved)

	n, standing := added.Approvals(one)
	require.Zero(t, n)
	require.False(t, standing)
	n, standing = approved.Approvals(one)
	require.Equal(t, 2, n)
	require.True(t, standing)
	_, standing = gone.Approvals(one)
	require.False(t, standing)

	require.Equal(t, QuestionArtefact, added.Kind(one))
	require.Empty(t, added.Kind(ArtefactRef{"ar_wells", 2}))
	require.Equal(t, firstVersion().Content, added.Content(one))
}

func TestDialogueUses(t *testing.T) {
	t.Parallel()
	uses := func(d Dialogue, version int) [2]bool {
		this, other := d.Uses(ArtefactRef{"ar_wells", version})
		return [2]bool{this, other}
	}
	open := Fold(Dialogue{}, inSession()...)
	require.Equal(t, [2]bool{true, false}, uses(open, 3))
	require.Equal(t, [2]bool{false, true}, uses(open, 4))
	require.Equal(t, [2]bool{false, false}, uses(Fold(open, example[SessionClosed]()), 3))
	this, other := open.Uses(ArtefactRef{"ar_other", 3})
	require.False(t, this || other)
	next := but(example[SessionOpened](), func(s *SessionOpened) { s.Session, s.Instruments = "ss_9", []ArtefactRef{{"ar_wells", 4}} })
	require.Equal(t, [2]bool{true, true}, uses(Fold(open, next), 3))
}
