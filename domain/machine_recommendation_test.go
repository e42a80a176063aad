package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRecommendationMachine(t *testing.T) {
	t.Parallel()
	template, room := Fold(Artefact{}, approvedTemplate()...), Fold(Dialogue{}, inSession()...)
	source := func(t *rapid.T) Source {
		return Source{Ref{pick(t, "stream", StatementStream("dl_KE", "a"), StatementStream("dl_KE", "b"), RecommendationStream("rc_2")), 1}, Basis}
	}
	sources := func(t *rapid.T, most int) (s []Source) {
		for range rapid.IntRange(0, most).Draw(t, "sources") {
			s = append(s, source(t))
		}
		return s
	}
	grounds := func(t *rapid.T, n int) Ground {
		g := Ground{Sources: make([]KnownSource, n)}
		for i := range g.Sources {
			g.Sources[i] = KnownSource{Version: 1, From: 1, Dialogue: pick[DialogueID](t, "dialogue", "dl_KE", "dl_KE", "dl_KE", "dl_NL")}
		}
		return g
	}
	d, o, c := example[RecommendationDrafted](), example[EndorsementOpened](), example[EndorsementClosed]()
	beginnings := [][]Event{nil, follows(d), follows(d, o), follows(d, o, c)}
	checkMachine(t, beginnings, map[string]draw[RecommendationState]{
		"draft": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			d := but(example[RecommendationDrafted](), func(d *RecommendationDrafted) { d.Body, d.Sources = pick(t, "body", Citizens, Joint), sources(t, 2) })
			return askDraft(d, grounds(t, len(d.Sources)), "dl_KE", frozenEdition())
		},
		"revise": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			v := but(example[RecommendationRevised](), func(v *RecommendationRevised) {
				v.Version, v.Text = pick(t, "version", 2, 2, 3, 4), pick(t, "text", In("en", "a"), In("en", "b"))
				v.SourcesAdded, v.SourcesRemoved = sources(t, 2), sources(t, 1)
			})
			g := grounds(t, len(v.SourcesAdded))
			return func(r RecommendationState) ([]Event, error) {
				events, err := r.Revise(v, g, "dl_KE", frozenEdition())
				if len(events) > 0 {
					after := Fold(r, events...)
					require.NotEmpty(t, after.Sources(), "it stands on something")
					require.Equal(t, r.Version()+1, after.Version())
					for i, s := range after.Sources() {
						require.NotContains(t, after.Sources()[:i], s, "nothing stands twice")
					}
				}
				return events, err
			}
		},
		"open": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			version := pick(t, "version", 1, 1, 2)
			return askOpenWith(but(example[EndorsementOpened](), func(o *EndorsementOpened) {
				o.Version, o.Chambers = version, o.Chambers[:pick(t, "chambers", 1, 2, 2)]
			}), endorseQuestion(func(q *Question) { q.OfVersion = version }), template, room)
		},
		"close": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			yes, no, abstain, present := pick(t, "yes", 0, 2, 6), pick(t, "no", 0, 1), pick(t, "abstain", 0, 1), pick(t, "present", 6, 8)
			tallies := voted(func(r *TallyReconciled) {
				r.CheckedIn, r.Counts = present, map[string]int{"yes": yes, "no": no, "abstain": abstain}
			})
			c := but(example[EndorsementClosed](), func(c *EndorsementClosed) {
				c.Version, c.Chambers = pick(t, "version", 1, 1, 2), slices.Clone(c.Chambers[:pick(t, "chambers", 1, 2, 2)])
				c.Chambers[0] = ChamberCount{CitizenChamber, present, yes + no + abstain, yes, no, abstain + pick(t, "wrong", 0, 0, 0, 1)}
			})
			return asks2(RecommendationState.CloseEndorsement, c, tallies)
		},
		"decide": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			return asks(RecommendationState.Decide, but(example[RecommendationDecided](), func(d *RecommendationDecided) {
				d.Version, d.DissentOffered = pick(t, "version", 1, 1, 2), pick(t, "offered", true, false)
				d.Outcome, d.Dissents = pick(t, "outcome", Adopted, TurnedOut, Deferred), d.Dissents[:pick(t, "dissents", 0, 0, 1)]
			}))
		},
		"supersede": func(t *rapid.T) func(RecommendationState) ([]Event, error) {
			s := but(example[RecommendationSuperseded](), func(s *RecommendationSuperseded) {
				s.By, s.Relation = s.By[:1], pick(t, "relation", Merged, Replaced, Replaced, Split)
			})
			on := Fold(RecommendationState{}, but(example[RecommendationDrafted](), func(d *RecommendationDrafted) {
				d.Recommendation, d.Sources = "rc_2", []Source{{Ref{RecommendationStream(pick[RecommendationID](t, "on", "rc_1", "rc_8", "rc_8")), 1}, Basis}}
			}))
			return func(r RecommendationState) ([]Event, error) {
				events, err := r.Supersede(s, []RecommendationState{on}, nil)
				if len(events) > 0 {
					require.False(t, r.Superseded(), "once")
				}
				return events, err
			}
		},
	})
}

// sheetDraw draws sheets of two tables and a room, of one question of three answers at most.
func sheetDraw(t *rapid.T) TallySheetRecorded {
	return but(example[TallySheetRecorded](), func(s *TallySheetRecorded) {
		state, users := pick(t, "state", 0, 1, 2), pick(t, "users", 0, 1)
		s.Table, s.Entry, s.Clerk = pick[TableID](t, "table", "t1", "t1", "t2", ""), pick(t, "entry", EntryA, EntryB, EntryC), pick(t, "clerk", "a", "b", "c")
		s.Counts, s.Valid, s.Blank, s.Spoiled = map[string]int{"state": state, "users": users}, state+users, 0, pick(t, "spoiled", 0, 0, 1)
	})
}

func TestTallyMachine(t *testing.T) {
	t.Parallel()
	open := Fold(Dialogue{}, inSession()...)
	closed := Fold(open, but(example[SessionClosed](), func(c *SessionClosed) { c.CheckedIn = 0 }))
	q := *firstVersion().Question
	checkMachine(t, [][]Event{nil, twoTables()}, map[string]draw[Tally]{
		"sheet": func(t *rapid.T) func(Tally) ([]Event, error) {
			s, d, present := sheetDraw(t), pick(t, "dialogue", open, closed), pick(t, "present", 3, 4)
			return func(tally Tally) ([]Event, error) {
				events, err := tally.RecordSheet(s, q, d, present)
				if len(events) > 0 {
					require.False(t, tally.Reconciled(s.Wave, s.Question), "what is settled is settled")
				}
				return events, err
			}
		},
		"reconcile": func(t *rapid.T) func(Tally) ([]Event, error) {
			a, b, void := pick(t, "a", 0, 2, 3), pick(t, "b", 0, 1), pick(t, "void", 0, 0, 1)
			r := TallyReconciled{
				Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3},
				Source: pick(t, "source", FromSheets, FromBallots), Resolution: pick(t, "resolution", "", "r"),
			}
			n := Turnout{pick(t, "checked in", 4, 8), Numbers{map[string]int{"state": a, "users": b}, a + b, 0, void}}
			d := pick(t, "dialogue", closed, closed, closed, open)
			return func(tally Tally) ([]Event, error) {
				events, err := tally.Reconcile(r, q, d, n)
				if len(events) > 0 {
					got := events[0].(TallyReconciled)
					require.Equal(t, got.CheckedIn, got.Ballots+got.Missing+got.Void)
					require.GreaterOrEqual(t, got.Missing, 0)
					require.NoError(t, q.CheckCells(got.Counts, got.Ballots), "nothing is blank here")
					require.False(t, got.Difference > 0 && got.Resolution == "", "a difference is explained")
				}
				return events, err
			}
		},
	})
}
