package projections

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// TestRoomIsThatOfTheModel: the model remembers every check-in, every seating and every worksheet, and looks at the last ones.
func TestRoomIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	reseated, revised, moved := 0, 0, 0
	checkUntil(t, func() bool { return reseated > 0 && revised > 0 && moved > 0 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "room").facts()
		docs := whole(t, []View{Room}, facts)
		for _, s := range seats {
			type place struct {
				session domain.SessionID
				table   domain.TableID
			}
			people := map[domain.ParticipantID]domain.Chamber{}
			came := map[domain.SessionID]*Chambers{}
			seatings, sheets := map[place]domain.TableFormed{}, map[domain.StreamID]map[domain.OutputID]domain.TableOutputRecorded{}
			deviations, registered := Deviations{}, false
			for _, f := range facts {
				if f.Meta.Dialogue != s.Dialogue {
					continue
				}
				switch e := f.Event.(type) {
				case domain.DialogueRegistered:
					registered = true
				case domain.ParticipantCheckedIn:
					if _, again := people[e.Participant]; again {
						moved++
					}
					people[e.Participant] = e.Chamber
					if came[e.Session] == nil {
						came[e.Session] = &Chambers{}
					}
					came[e.Session].add(e.Chamber)
				case domain.TableFormed:
					at := place{e.Session, e.Table}
					if before, again := seatings[at]; again {
						reseated++
						require.Equal(t, &domain.Seating{Size: len(before.Members)}, e.Replaces)
					}
					seatings[at] = e
				case domain.TableOutputRecorded:
					if sheets[f.Stream] == nil {
						sheets[f.Stream] = map[domain.OutputID]domain.TableOutputRecorded{}
					}
					if e.Revision > 1 {
						revised++
					}
					sheets[f.Stream][e.Output] = e
				case domain.DeviationReported:
					deviations.add(e.Severity)
				}
			}
			if !registered {
				continue
			}
			doc := documentOf[RoomDoc](t, docs, Room, string(s.Dialogue))
			var all Chambers
			for _, chamber := range people {
				all.add(chamber)
			}
			require.Equal(t, all, doc.People)
			require.Equal(t, deviations, doc.Deviations)
			require.True(t, slices.IsSortedFunc(doc.Sessions, func(a, b RoomSession) int { return compareText(a.Session, b.Session) }))
			for _, r := range append(doc.Sessions, RoomSession{Seats: doc.Day}) {
				var want Seats
				if c := came[r.Session]; c != nil {
					want.CheckedIn = *c
				}
				facilitators := map[string]bool{}
				for at, f := range seatings {
					if at.session != r.Session {
						continue
					}
					want.Seated += len(f.Members)
					facilitators[f.Facilitator] = true
					if len(f.Members) < 5 {
						want.TooSmall++
					}
					require.Contains(t, r.Seats.Tables, Seated{f.Table, f.Chamber, len(f.Members), f.Facilitator})
					want.Tables = append(want.Tables, Seated{})
				}
				want.Facilitators = len(facilitators)
				require.Len(t, r.Seats.Tables, len(want.Tables))
				want.Tables = r.Seats.Tables
				require.Equal(t, want, r.Seats, "session %q", r.Session)

				outputs, items := 0, map[domain.ItemKind]int{}
				for _, at := range sheets {
					for _, o := range at {
						if o.Session == r.Session {
							outputs++
							for _, i := range o.Items {
								items[i.Kind]++
							}
						}
					}
				}
				if r.Session != "" {
					require.Equal(t, outputs, r.Outputs)
					require.Equal(t, items, r.Items)
				}
			}
		}
	})
	require.Positive(t, reseated, "tables are seated anew in these histories")
	require.Positive(t, revised, "worksheets are revised in these histories")
	require.Positive(t, moved, "people check in for several sessions in these histories")
}

func compareText[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// TestRoomSizes: tables of fewer than five and of more than eight are named.
func TestRoomSizes(t *testing.T) {
	t.Parallel()
	formed := func(table domain.TableID, size int) domain.TableFormed {
		return domain.TableFormed{Dialogue: "dl_1", Table: table, Session: "ss_1", Chamber: domain.CitizenChamber, Facilitator: "f", Members: make([]domain.ParticipantID, size)}
	}
	var facts []domain.Fact
	for i, e := range []domain.Event{registered("KE"), formed("1", 4), formed("2", 5), formed("3", 8), formed("4", 9), formed("4", 8), formed("5", 11)} {
		facts = append(facts, domain.Fact{Seq: uint64(i), Meta: domain.Meta{Source: "ed_1", Dialogue: "dl_1", Time: 1}, Event: e})
	}
	seats := documentOf[RoomDoc](t, whole(t, []View{Room}, facts), Room, "dl_1").Sessions[0].Seats
	require.Equal(t, []int{36, 1, 1, 1, 5}, []int{seats.Seated, seats.Facilitators, seats.TooSmall, seats.TooLarge, len(seats.Tables)})
}
