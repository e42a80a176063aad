package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// freshReaction is the example reaction as a command: what the decision sets is not set.
func freshReaction() ReactionCast {
	return but(example[ReactionCast](), func(c *ReactionCast) { c.Revision, c.Replaces, c.Important = 0, "", false })
}

func TestReactionsCast(t *testing.T) {
	t.Parallel()
	d := Fold(Dialogue{}, inSession()...)
	closed := Fold(d, example[SessionClosed]())
	s := Fold(Statement{}, posted())
	c := freshReaction()
	cast := func(revision int, replaces, value ReactionValue) ReactionCast {
		return but(c, func(c *ReactionCast) { c.Revision, c.Replaces, c.Value = revision, replaces, value })
	}
	ask := func(f func(*ReactionCast)) func(Reactions) ([]Event, error) {
		return asks3(Reactions.Cast, but(c, f), s, d)
	}
	as := func(v ReactionValue) func(Reactions) ([]Event, error) {
		return ask(func(c *ReactionCast) { c.Value = v })
	}
	on := func(s Statement) func(Reactions) ([]Event, error) { return asks3(Reactions.Cast, c, s, d) }
	once := follows(cast(1, "", Agree))
	important := but(cast(2, Agree, Agree), func(c *ReactionCast) { c.Important = true })
	elsewhere := Fold(Statement{}, but(posted(), func(p *StatementPosted) { p.Conversation = "dl_NL" }))
	checkRulings(t, []ruling[Reactions]{
		{"casts", nil, as(Agree), nil, follows(cast(1, "", Agree))},
		{"was cast", once, as(Agree), nil, nil},
		{"was cast, statement hidden since", once, asks3(Reactions.Cast, cast(0, "", Agree), Fold(s, moderated(Hide, "")), d), nil, nil},
		{"was cast, session closed since", once, asks3(Reactions.Cast, cast(0, "", Agree), s, closed), nil, nil},
		{"changes", once, as(Pass), nil, follows(cast(2, Agree, Pass))},
		{"changes back", follows(cast(1, "", Agree), cast(2, Agree, Pass)), as(Agree), nil, follows(cast(3, Pass, Agree))},
		{"finds it important", once, ask(func(c *ReactionCast) { c.Value, c.Important = Agree, true }), nil, follows(important)},
		{"sets what it was not asked to", nil, ask(func(c *ReactionCast) { c.Revision, c.Replaces = 7, Agree }), nil, follows(cast(1, "", Disagree))},
		{"on an accepted statement", nil, on(Fold(s, moderated(Accept, ""))), nil, follows(cast(1, "", Disagree))},
		{"on a restored statement", nil, on(Fold(s, moderated(Hide, ""), moderated(Restore, ""))), nil, follows(cast(1, "", Disagree))},
		{"on a rejected statement", nil, on(Fold(s, moderated(Refuse, ""))), ErrPhaseClosed, nil},
		{"on a hidden statement", nil, on(Fold(s, moderated(Hide, ""))), ErrPhaseClosed, nil},
		{"on no statement", nil, on(Statement{}), ErrUnknownRef, nil},
		{"on another statement", nil, ask(func(c *ReactionCast) { c.Statement = "st_9" }), ErrUnknownRef, nil},
		{"on a statement elsewhere", nil, on(elsewhere), ErrUnknownRef, nil},
		{"in another dialogue", nil, asks3(Reactions.Cast, but(c, func(c *ReactionCast) { c.Conversation = "dl_NL" }), elsewhere, d), ErrUnknownRef, nil},
		{"nobody", nil, ask(func(c *ReactionCast) { c.Respondent = "" }), ErrInvalidID, nil},
		{"unknown value", nil, as("meh"), ErrInvalidField, nil},
		{"no session yet", nil, asks3(Reactions.Cast, c, s, Fold(Dialogue{}, authorised()...)), ErrSessionNotOpen, nil},
		{"session closed", nil, asks3(Reactions.Cast, c, s, closed), ErrSessionClosed, nil},
	})
}

func TestReactionsImported(t *testing.T) {
	t.Parallel()
	c := freshReaction()
	one := but(c, func(c *ReactionCast) { c.Revision = 1 })
	two := but(c, func(c *ReactionCast) { c.Revision, c.Replaces = 2, Disagree })
	checkRulings(t, []ruling[Reactions]{
		{"takes over", nil, asks(Reactions.Imported, c), nil, follows(one)},
		{"takes over a repeated one", follows(one), asks(Reactions.Imported, c), nil, follows(two)},
		{"no conversation", nil, asks(Reactions.Imported, but(c, func(c *ReactionCast) { c.Conversation = "" })), ErrInvalidID, nil},
		{"no respondent", nil, asks(Reactions.Imported, but(c, func(c *ReactionCast) { c.Respondent = "" })), ErrInvalidID, nil},
		{"no statement", nil, asks(Reactions.Imported, but(c, func(c *ReactionCast) { c.Statement = "" })), ErrInvalidID, nil},
		{"unknown value", nil, asks(Reactions.Imported, but(c, func(c *ReactionCast) { c.Value = "1" })), ErrInvalidField, nil},
	}, "takes over", "takes over a repeated one")
}

// TestReactionNumbers keeps the statements of one respondent apart.
func TestReactionNumbers(t *testing.T) {
	t.Parallel()
	r := Reactions{}
	for _, want := range []ReactionCast{
		{Statement: "a", Value: Agree, Revision: 1},
		{Statement: "b", Value: Pass, Revision: 1},
		{Statement: "a", Value: Disagree, Revision: 2, Replaces: Agree},
		{Statement: "a", Value: Agree, Revision: 3, Replaces: Disagree},
		{Statement: "b", Value: Agree, Revision: 2, Replaces: Pass},
	} {
		want.Conversation, want.Respondent = "c", "p"
		events, err := r.Imported(ReactionCast{Conversation: "c", Respondent: "p", Statement: want.Statement, Value: want.Value})
		require.NoError(t, err)
		require.Equal(t, follows(want), events)
		r = Fold(r, events...)
	}
}
