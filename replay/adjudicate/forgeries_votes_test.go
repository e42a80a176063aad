package adjudicate_test

import (
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// inRoom changes a ballot of the room: no device signs it, and no table gives it.
func inRoom(change func(f *domain.Fact, e *domain.BallotCast) bool) func(*domain.Fact, *domain.BallotCast) bool {
	return func(f *domain.Fact, e *domain.BallotCast) bool {
		return !e.Pseudonym.OfDevice() && !strings.HasPrefix(string(e.Pseudonym), "T") && e.Answer.Option != "" && e.Revision == 1 && change(f, e)
	}
}

func signed(change func(e *domain.BallotCast) bool) func(*domain.Fact, *domain.BallotCast) bool {
	return func(_ *domain.Fact, e *domain.BallotCast) bool { return e.Pseudonym.OfDevice() && change(e) }
}

func anyone(_ *domain.Fact, e *domain.BallotCast) bool { return true }

func forgedVotes() []forgery {
	return []forgery{
		late(replay.BallotWindow, "after the session", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Pseudonym += ""; return e.Issued == nil })),
		elsewhere(replay.BallotWindow, "before the session", beforeSession, inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { return e.Issued != nil })),
		elsewhere(replay.BallotWindow, "after the endorsement", afterEndorsement, func(_ *domain.Fact, e *domain.BallotCast) bool { return e.Answer.Endorsement != "" && e.Issued == nil }),
		instead(replay.BallotWindow, "in another session", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Session = "s_none"; return true })),
		besides(replay.DuplicateBallot, "twice", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool {
			e.Answer = domain.Answer{NonResponse: domain.Refused}
			return true
		})),
		besides(replay.DuplicateBallot, "twice the same", inRoom(anyone)),
		besides(replay.DuplicateBallot, "in another stream", inRoom(func(f *domain.Fact, e *domain.BallotCast) bool { f.Stream += "2"; return true })),
		instead(replay.Rule, "out of the row", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Revision = 4; return true })),
		instead(replay.Rule, "in place of nothing", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Replaces = &domain.Answer{Option: "x"}; return true })),
		instead(replay.Unregistered, "under a code that nobody knows", inRoom(func(f *domain.Fact, e *domain.BallotCast) bool {
			e.Pseudonym = "nobody"
			f.Stream = domain.BallotStream(e.Dialogue, e.Pseudonym)
			return true
		})),
		instead(replay.Unregistered, "without a proof", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool {
			had := e.Issued != nil
			e.Issued = nil
			return had
		})),
		instead(replay.Unregistered, "in no dialogue", inRoom(func(f *domain.Fact, e *domain.BallotCast) bool {
			e.Dialogue = "dl_none"
			f.Stream = domain.BallotStream(e.Dialogue, e.Pseudonym)
			return true
		})),
		instead(replay.Rule, "with a proof once more", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool {
			had := e.Issued != nil
			e.Issued = &domain.CodeProof{Path: []domain.Digest{{1}}}
			return !had
		})),
		instead(replay.Rule, "for what is not on the ballot", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Answer.Option = "x"; return true })),
		instead(replay.Rule, "in a language that nobody verified", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Lang = "tlh"; return true })),
		instead(replay.Rule, "to what is not asked", inRoom(func(_ *domain.Fact, e *domain.BallotCast) bool { e.Wave = domain.EvaluationWave; return true })),
		instead(replay.Rule, "out of another dialogue", inRoom(func(f *domain.Fact, _ *domain.BallotCast) bool { f.Meta.Dialogue = "dl_other"; return true })),
		instead(replay.Rule, "without a look at the dialogue", inRoom(func(f *domain.Fact, _ *domain.BallotCast) bool { return unobserved("dialogue")(f) })),
		instead(replay.Rule, "with a look at what comes", inRoom(func(f *domain.Fact, _ *domain.BallotCast) bool {
			f.Meta.Observed = slices.Clone(f.Meta.Observed)
			f.Meta.Observed[0].Version += 100
			return true
		})),
		instead(replay.BallotSignature, "that the server has changed", signed(func(e *domain.BallotCast) bool { e.Lang = "en-GB"; return true })),
		instead(replay.BallotSignature, "without a signature", signed(func(e *domain.BallotCast) bool {
			e.Device, e.Signature = domain.DeviceKey{}, domain.DeviceSignature{}
			return true
		})),
		besides(replay.DuplicateBallot, "that a device has signed once", signed(func(e *domain.BallotCast) bool { return true })),
		besides(replay.BallotSignature, "that the server gives for a device", signed(func(e *domain.BallotCast) bool { e.Answer = domain.Answer{NonResponse: domain.Refused}; return true })),

		instead(replay.Rule, "of another answer", func(_ *domain.Fact, e *domain.BallotVoided) bool {
			e.Replaces = domain.Answer{Option: "x"}
			return true
		}),
		instead(replay.Rule, "by one clerk", func(_ *domain.Fact, e *domain.BallotVoided) bool {
			e.SecondBy = e.By
			return e.Reason != domain.Withdrawal
		}),
		late(replay.Rule, "after the count", func(_ *domain.Fact, e *domain.BallotVoided) bool { return true }),

		instead(replay.TallyWrong, "of more people than there are", func(_ *domain.Fact, e *domain.TallySheetRecorded) bool { e.Blank += 1000; return true }),
		instead(replay.TallyWrong, "with one vote more", func(_ *domain.Fact, e *domain.TallyReconciled) bool {
			for cell := range e.Counts {
				e.Counts[cell]++
				return true
			}
			return false
		}),
		instead(replay.TallyWrong, "with one ballot missing", func(_ *domain.Fact, e *domain.TallyReconciled) bool {
			e.Ballots, e.Missing = e.Ballots-1, e.Missing+1
			return e.Source == domain.FromBallots
		}),
		instead(replay.Rule, "counted long ago", func(f *domain.Fact, e *domain.TallyReconciled) bool { return unobserved("ledger")(f) }),
		instead(replay.TallyWrong, "counted before the ballots", func(f *domain.Fact, e *domain.TallyReconciled) bool {
			f.Meta.Observed = slices.Clone(f.Meta.Observed)
			for i := range f.Meta.Observed {
				if f.Meta.Observed[i].Stream == domain.LedgerStream {
					f.Meta.Observed[i].Version = 100
				}
			}
			return e.Source == domain.FromBallots && e.Ballots > 0
		}),

		instead(replay.Rule, "as a reply to nothing", func(_ *domain.Fact, e *domain.StatementPosted) bool {
			e.Parent, e.Kind = "st_none", domain.Reply
			return true
		}),
		late(replay.Rule, "after the day", func(_ *domain.Fact, e *domain.StatementPosted) bool { e.Author += "2"; return true }),
		instead(replay.Rule, "by its author", func(_ *domain.Fact, e *domain.StatementModerated) bool { e.Moderator = ""; return true }),
		instead(replay.Rule, "from another status", func(_ *domain.Fact, e *domain.StatementModerated) bool { e.Replaces = domain.Hidden; return true }),
		instead(replay.Rule, "to itself", func(f *domain.Fact, e *domain.StatementLinked) bool { e.Target.Stream = f.Stream; return true }),
		instead(replay.Rule, "as it never stood", func(_ *domain.Fact, e *domain.StatementLinked) bool { e.Target.Version += 7; return true }),
		besides(replay.DuplicateBallot, "twice", func(_ *domain.Fact, e *domain.ReactionCast) bool { e.Important = !e.Important; return true }),
		instead(replay.Rule, "out of the row", func(_ *domain.Fact, e *domain.ReactionCast) bool { e.Revision = 3; return true }),
		late(replay.BallotWindow, "after the day", func(_ *domain.Fact, e *domain.ReactionCast) bool { e.Important = !e.Important; return true }),
		instead(replay.Rule, "to nothing", func(_ *domain.Fact, e *domain.ReactionCast) bool { e.Statement = "st_none"; return true }),
	}
}

// afterEndorsement is behind the end of the first endorsement.
func afterEndorsement(r record, _ uint64) uint64 {
	return 1 + uint64(slices.IndexFunc(r, func(r domain.Record) bool { return r.Type == domain.TypeOf(domain.EndorsementClosed{}) }))
}

// beforeSession is where the edition has its first dialogue, and no session yet.
func beforeSession(r record, _ uint64) uint64 {
	return uint64(slices.IndexFunc(r, func(r domain.Record) bool { return r.Type == domain.TypeOf(domain.SessionOpened{}) }))
}
