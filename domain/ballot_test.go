package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// freshBallot is the example vote as a command: what the decision sets is not set.
func freshBallot() BallotCast {
	return but(example[BallotCast](), func(c *BallotCast) { c.Revision, c.Replaces, c.Table = 0, nil, "" })
}

func TestBallotCast(t *testing.T) {
	t.Parallel()
	d := Fold(Dialogue{}, inSession()...)
	closed := Fold(d, example[SessionClosed]())
	q := *firstVersion().Question
	q.Required = false
	tables := but(q, func(q *Question) { q.Unit = TableUnit })
	c := freshBallot()
	users := Answer{Option: "users"}
	cast := func(revision int, replaces *Answer, answer Answer) BallotCast {
		return but(c, func(c *BallotCast) { c.Revision, c.Replaces, c.Answer = revision, replaces, answer })
	}
	ask := func(f func(*BallotCast)) func(Ballot) ([]Event, error) { return asks3(Ballot.Cast, but(c, f), q, d) }
	as := func(a Answer) func(Ballot) ([]Event, error) { return ask(func(c *BallotCast) { c.Answer = a }) }
	pre := but(cast(1, nil, users), func(c *BallotCast) { c.Wave = PreWave })
	void := but(example[BallotVoided](), func(v *BallotVoided) { v.Replaces = users })
	table := but(cast(1, nil, users), func(c *BallotCast) { c.Table = "t4" })
	once := follows(cast(1, nil, users))
	checkRulings(t, []ruling[Ballot]{
		{"casts", nil, as(users), nil, follows(cast(1, nil, users))},
		{"was cast", once, as(users), nil, nil},
		{"was cast, session closed since", once, asks3(Ballot.Cast, c, q, closed), nil, nil},
		{"changes", once, as(Answer{Option: "state"}), nil, follows(cast(2, &users, Answer{Option: "state"}))},
		{"takes the answer back", once, as(Answer{NonResponse: Refused}), nil, follows(cast(2, &users, Answer{NonResponse: Refused}))},
		{"sets what it was not asked to", nil, ask(func(c *BallotCast) { c.Revision, c.Replaces = 7, &users }), nil, follows(cast(1, nil, users))},
		{"in another wave", once, ask(func(c *BallotCast) { c.Wave = PreWave }), nil, follows(pre)},
		{"again after it was voided", append(once, void), as(users), nil, follows(cast(2, nil, users))},
		{"otherwise after it was voided", append(once, void), as(Answer{Option: "state"}), nil, follows(cast(2, nil, Answer{Option: "state"}))},
		{"a table", nil, asks3(Ballot.Cast, but(c, func(c *BallotCast) { c.Table = "t4" }), tables, d), nil, follows(table)},
		{"no dialogue", nil, ask(func(c *BallotCast) { c.Dialogue = "" }), ErrInvalidID, nil},
		{"no pseudonym", nil, ask(func(c *BallotCast) { c.Pseudonym = "" }), ErrInvalidID, nil},
		{"no question", nil, ask(func(c *BallotCast) { c.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"no language", nil, ask(func(c *BallotCast) { c.Lang = "" }), ErrInvalidField, nil},
		{"unknown wave", nil, ask(func(c *BallotCast) { c.Wave = "tsunami" }), ErrInvalidField, nil},
		{"unknown channel", nil, ask(func(c *BallotCast) { c.Channel = "pigeon" }), ErrInvalidField, nil},
		{"not on the ballot", nil, as(Answer{Option: "nobody"}), ErrInvalidAnswer, nil},
		{"session not open", nil, asks3(Ballot.Cast, c, q, Fold(Dialogue{}, authorised()...)), ErrSessionNotOpen, nil},
		{"session closed", nil, asks3(Ballot.Cast, c, q, closed), ErrSessionClosed, nil},
		{"changes after closing", once, asks3(Ballot.Cast, cast(0, nil, Answer{Option: "state"}), q, closed), ErrSessionClosed, nil},
		{"not asked in the session", nil, ask(func(c *BallotCast) { c.Question.Version = 2 }), ErrUnknownRef, nil},
		{"in another dialogue", nil, ask(func(c *BallotCast) { c.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"a table for a person", nil, ask(func(c *BallotCast) { c.Table = "t4" }), ErrInvalidAnswer, nil},
		{"a person for a table", nil, asks3(Ballot.Cast, c, tables, d), ErrInvalidAnswer, nil},
	})
}

func TestBallotVoid(t *testing.T) {
	t.Parallel()
	cast := but(freshBallot(), func(c *BallotCast) { c.Revision = 1 })
	v := but(example[BallotVoided](), func(v *BallotVoided) { v.Replaces = Answer{} })
	voided := but(v, func(v *BallotVoided) { v.Replaces = cast.Answer })
	own := but(v, func(v *BallotVoided) { v.Reason, v.By, v.SecondBy = Withdrawal, "q7xk2", "" })
	ask := func(f func(*BallotVoided)) func(Ballot) ([]Event, error) { return asks(Ballot.Void, but(v, f)) }
	again := but(cast, func(c *BallotCast) { c.Revision, c.Answer = 2, Answer{Option: "state"} })
	once := follows(cast)
	checkRulings(t, []ruling[Ballot]{
		{"voids", once, asks(Ballot.Void, v), nil, follows(voided)},
		{"is void", follows(cast, voided), asks(Ballot.Void, v), nil, nil},
		{"is void otherwise", follows(cast, voided), ask(func(v *BallotVoided) { v.Reason = Illegible }), ErrUnknownRef, nil},
		{"voids the next answer", follows(cast, voided, again), asks(Ballot.Void, v), nil, follows(but(v, func(v *BallotVoided) { v.Replaces = again.Answer }))},
		{"withdraws alone", once, asks(Ballot.Void, own), nil, follows(but(own, func(v *BallotVoided) { v.Replaces = cast.Answer }))},
		{"sets what it was not asked to", once, ask(func(v *BallotVoided) { v.Replaces = Answer{Option: "state"} }), nil, follows(voided)},
		{"nothing cast", nil, asks(Ballot.Void, v), ErrUnknownRef, nil},
		{"nothing cast in that wave", once, ask(func(v *BallotVoided) { v.Wave = PreWave }), ErrUnknownRef, nil},
		{"unknown reason", once, ask(func(v *BallotVoided) { v.Reason = "taste" }), ErrInvalidField, nil},
		{"no question", once, ask(func(v *BallotVoided) { v.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"nobody", once, ask(func(v *BallotVoided) { v.By = "" }), ErrInvalidField, nil},
		{"one clerk", once, ask(func(v *BallotVoided) { v.SecondBy = "" }), ErrSameClerk, nil},
		{"one clerk twice", once, ask(func(v *BallotVoided) { v.SecondBy = v.By }), ErrSameClerk, nil},
	})
}

// TestBallotNumbers walks one answer through its life: revisions never repeat, and Replaces is what stood.
func TestBallotNumbers(t *testing.T) {
	t.Parallel()
	d := Fold(Dialogue{}, inSession()...)
	q := *firstVersion().Question
	b := Ballot{}
	cast := func(option OptionID) BallotCast {
		c := freshBallot()
		c.Answer = Answer{Option: option}
		events, err := b.Cast(c, q, d)
		require.NoError(t, err)
		require.Len(t, events, 1)
		b = Fold(b, events...)
		return events[0].(BallotCast)
	}
	void := func() BallotVoided {
		events, err := b.Void(example[BallotVoided]())
		require.NoError(t, err)
		require.Len(t, events, 1)
		b = Fold(b, events...)
		return events[0].(BallotVoided)
	}
	state, users := Answer{Option: "state"}, Answer{Option: "users"}
	for i, c := range []BallotCast{cast("state"), cast("users"), cast("state")} {
		require.Equal(t, i+1, c.Revision)
		require.Equal(t, []*Answer{nil, &state, &users}[i], c.Replaces)
	}
	require.Equal(t, state, void().Replaces)
	c := cast("users")
	require.Equal(t, 4, c.Revision)
	require.Nil(t, c.Replaces, "what is void is not replaced")
	require.Equal(t, users, void().Replaces)
	require.Equal(t, 5, cast("users").Revision)
}
