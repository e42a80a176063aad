package domain

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParticipantMachine(t *testing.T) {
	t.Parallel()
	in := Fold(Dialogue{}, inSession()...)
	scopes := rapid.Custom(func(t *rapid.T) []ConsentScope {
		return rapid.SliceOfNDistinct(rapid.SampledFrom([]ConsentScope{Participate, DataUse, Quotes}), 0, 3, rapid.ID).Draw(t, "scopes")
	})
	registered := follows(registration())
	checkMachine(t, [][]Event{nil, registered, append(registered, example[ConsentGiven]())}, map[string]draw[ParticipantState]{
		"register": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			r := but(registration(), func(r *ParticipantRegistered) { r.StakeholderGroup = pick(t, "group", "", "a", "b") })
			return func(p ParticipantState) ([]Event, error) { return p.Register(r, in, frozenEdition(), SortitionState{}) }
		},
		"consent": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks2(ParticipantState.GiveConsent, but(example[ConsentGiven](), func(g *ConsentGiven) { g.Scopes = scopes.Draw(t, "given") }), consentText())
		},
		"withdraw": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks2(ParticipantState.WithdrawConsent, but(example[ConsentWithdrawn](), func(w *ConsentWithdrawn) {
				w.Scopes, w.Effect = scopes.Draw(t, "withdrawn"), pick(t, "effect", StopFuture, VoidOpenBallots)
			}), rapid.Bool().Draw(t, "presented"))
		},
		"check in": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			c := but(example[ParticipantCheckedIn](), func(c *ParticipantCheckedIn) {
				c.Session, c.By = pick[SessionID](t, "session", "", "ss_2", "ss_3"), pick(t, "by", "a", "a", "b")
			})
			return asks4(ParticipantState.CheckIn, c, in, Fold(openEdition(), but(example[SessionDefined](), func(s *SessionDefined) { s.Session = "ss_3" })), SortitionState{})
		},
		"erase": func(t *rapid.T) func(ParticipantState) ([]Event, error) {
			return asks(ParticipantState.Erase, but(example[PersonalDataErased](), func(e *PersonalDataErased) {
				e.Fields = pick(t, "fields", nil, []string{"strata"}, []string{"accessNeeds", "strata"})
			}))
		},
	})
}

func TestBallotMachine(t *testing.T) {
	t.Parallel()
	in := booth()
	closed := but(in, func(in *Booth) { in.Dialogue = Fold(in.Dialogue, example[SessionClosed]()) })
	next, proofs := codes()
	next.Session, next.Instruments = "ss_3", next.Instruments[:1]
	later := but(closed, func(in *Booth) { in.Dialogue = Fold(in.Dialogue, next) })
	proof := proofs["q7xk2"]
	devices, signed := online()
	settled := Fold(Tally{}, but(example[TallyReconciled](), func(r *TallyReconciled) { r.Session, r.Wave, r.Question = "ss_2", PostWave, ArtefactRef{"ar_wells", 3} }))
	poll := func(t *rapid.T) Poll {
		return pick(t, "poll", Poll{"ss_2", PreWave, ArtefactRef{"ar_wells", 3}}, Poll{"ss_2", PostWave, ArtefactRef{"ar_wells", 3}}, Poll{"ss_3", SessionWave, ArtefactRef{"ar_wells", 3}},
			Poll{"ss_2", SessionWave, ArtefactRef{"ar_profile", 1}})
	}
	checkMachine(t, nothing, map[string]draw[Ballot]{
		"cast": func(t *rapid.T) func(Ballot) ([]Event, error) {
			return asks2(Ballot.Cast, but(freshBallot(), func(c *BallotCast) {
				p := poll(t)
				c.Session, c.Wave, c.Question, c.Issued = p.Session, p.Wave, p.Question, pick(t, "issued", nil, &proof)
				c.Answer = pick(t, "answer", Answer{Option: "state"}, Answer{Option: "users"}, Answer{NonResponse: Blank}, Answer{})
			}), pick(t, "booth", in, in, in, later, closed))
		},
		"sign": func(t *rapid.T) func(Ballot) ([]Event, error) {
			p := poll(t)
			return asks2(Ballot.Cast, but(freshBallot(), func(c *BallotCast) {
				code := signed[devicePseudonymOf(1)]
				c.Pseudonym, c.Channel, c.Session, c.Wave, c.Question, c.Issued = devicePseudonymOf(1), OnlineChannel, p.Session, p.Wave, p.Question, &code
				c.Answer, c.Revision = pick(t, "answer", Answer{Option: "state"}, Answer{Option: "users"}), pick(t, "number", 1, 1, 2, 3)
			}).SignedBy(exampleDevice(pick[byte](t, "device", 1, 1, 1, 2))), devices)
		},
		"void": func(t *rapid.T) func(Ballot) ([]Event, error) {
			v := but(example[BallotVoided](), func(v *BallotVoided) {
				p := poll(t)
				v.Session, v.Wave, v.Question = p.Session, p.Wave, p.Question
				v.Reason, v.SecondBy = pick(t, "reason", Withdrawal, Illegible), pick(t, "second", "", "clerk-b")
			})
			return asks3(Ballot.Void, v, pick(t, "counted", Tally{}, Tally{}, settled), pick(t, "dialogue", in.Dialogue, in.Dialogue, certified()))
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
			return asks2(Statement.Moderate, but(moderated(pick(t, "decision", Accept, Refuse, Hide, Restore), ""), func(m *StatementModerated) {
				m.Moderator, m.ReasonCode = pick(t, "moderator", "a", "m"), pick(t, "code", "", "G1", "G2")
				m.Guideline.Version = pick(t, "guideline", 1, 1, 2)
			}), guide())
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
