package domain

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParticipantMachine(t *testing.T) {
	t.Parallel()
	in := Fold(Dialogue{}, example[DialogueRegistered]())
	scopes := rapid.Custom(func(t *rapid.T) []ConsentScope {
		return rapid.SliceOfNDistinct(rapid.SampledFrom([]ConsentScope{Participate, DataUse, Quotes}), 0, 3, rapid.ID).Draw(t, "scopes")
	})
	checkMachine(t, nothing, map[string]draw[ParticipantState]{
		"register": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks2(ParticipantState.Register, but(example[ParticipantRegistered](), func(r *ParticipantRegistered) { r.StakeholderGroup = pick(t, "group", "", "a", "b") }), in)
		},
		"consent": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks(ParticipantState.GiveConsent, but(example[ConsentGiven](), func(g *ConsentGiven) { g.Scopes = scopes.Draw(t, "given") }))
		},
		"withdraw": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks(ParticipantState.WithdrawConsent, but(example[ConsentWithdrawn](), func(w *ConsentWithdrawn) {
				w.Scopes, w.Effect = scopes.Draw(t, "withdrawn"), pick(t, "effect", StopFuture, VoidOpenBallots)
			}))
		},
	})
}

func TestBallotMachine(t *testing.T) {
	t.Parallel()
	open := Fold(Dialogue{}, inSession()...)
	closed := Fold(open, example[SessionClosed]())
	q := *firstVersion().Question
	q.Required = false
	question := func(t *rapid.T) ArtefactRef {
		return pick(t, "question", ArtefactRef{"ar_wells", 3}, ArtefactRef{"ar_profile", 1})
	}
	checkMachine(t, nothing, map[string]draw[Ballot]{
		"cast": func(t *rapid.T) func(Ballot) ([]Event, error) {
			return asks3(Ballot.Cast, but(freshBallot(), func(c *BallotCast) {
				c.Question, c.Wave = question(t), pick(t, "wave", PreWave, PostWave)
				c.Answer = pick(t, "answer", Answer{Option: "state"}, Answer{Option: "users"}, Answer{NonResponse: Blank}, Answer{})
			}), q, pick(t, "dialogue", open, open, open, closed))
		},
		"void": func(t *rapid.T) func(Ballot) ([]Event, error) {
			return asks(Ballot.Void, but(example[BallotVoided](), func(v *BallotVoided) {
				v.Question, v.Wave = question(t), pick(t, "wave", PreWave, PostWave)
				v.Reason, v.SecondBy = pick(t, "reason", Withdrawal, Illegible), pick(t, "second", "", "clerk-b")
			}))
		},
	})
}

func TestReactionsMachine(t *testing.T) {
	t.Parallel()
	open := Fold(Dialogue{}, inSession()...)
	statement := func(id StatementID, events ...Event) Statement {
		return Fold(Statement{}, append(follows(but(posted(), func(p *StatementPosted) { p.Statement = id })), events...)...)
	}
	reaction := func(t *rapid.T) ReactionCast {
		return but(freshReaction(), func(c *ReactionCast) {
			c.Statement, c.Value = pick[StatementID](t, "statement", "a", "b"), pick(t, "value", Agree, Disagree, Pass)
			c.Important = rapid.Bool().Draw(t, "important")
		})
	}
	checkMachine(t, nothing, map[string]draw[Reactions]{
		"cast": func(t *rapid.T) func(Reactions) ([]Event, error) {
			c := reaction(t)
			return asks3(Reactions.Cast, c, pick(t, "state", statement(c.Statement), statement(c.Statement, moderated(Hide, ""))), open)
		},
		"imported": func(t *rapid.T) func(Reactions) ([]Event, error) { return asks(Reactions.Imported, reaction(t)) },
	}, "imported")
}

func TestStatementMachine(t *testing.T) {
	t.Parallel()
	open := Fold(Dialogue{}, inSession()...)
	other := func(id StatementID) Statement {
		return Fold(Statement{}, but(posted(), func(p *StatementPosted) { p.Statement = id }))
	}
	checkMachine(t, nothing, map[string]draw[Statement]{
		"post": func(t *rapid.T) func(Statement) ([]Event, error) {
			return asks3(Statement.Post, but(posted(), func(p *StatementPosted) { p.Author = pick[Pseudonym](t, "author", "a", "b") }), open, Statement{})
		},
		"moderate": func(t *rapid.T) func(Statement) ([]Event, error) {
			return asks(Statement.Moderate, but(moderated(pick(t, "decision", Accept, Refuse, Hide, Restore), ""), func(m *StatementModerated) {
				m.Moderator, m.ReasonCode = pick(t, "moderator", "a", "m"), pick(t, "code", "", "G1")
			}))
		},
		"link": func(t *rapid.T) func(Statement) ([]Event, error) {
			id := pick[StatementID](t, "target", "x", "y")
			return asks3(Statement.Link, but(example[StatementLinked](), func(l *StatementLinked) {
				l.Relation = pick(t, "relation", SplitFrom, DuplicateOf)
				l.Target = Ref{StatementStream("dl_KE", id), uint64(pick(t, "version", 1, 2))}
			}), other(id), nil)
		},
	})
}

func TestImportMachine(t *testing.T) {
	t.Parallel()
	checkMachine(t, nothing, map[string]draw[Import]{
		"record": func(t *rapid.T) func(Import) ([]Event, error) {
			return asks(Import.Record, but(example[ImportRecorded](), func(r *ImportRecorded) {
				r.Conversation, r.Written = pick[ConversationID](t, "conversation", "a", "b", ""), pick(t, "written", 1, 2)
			}))
		},
	})
}
