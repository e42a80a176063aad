package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDialogueMachine(t *testing.T) {
	t.Parallel()
	held, used := nairobi(), inUse()
	closed := append(inSession(), example[SessionClosed]())
	session := func(t *rapid.T) SessionID { return pick[SessionID](t, "session", "ss_2", "ss_3", "ss_4", "ss_9") }
	checkMachine(t, [][]Event{nil, follows(example[DialogueRegistered]()), inSession(), closed}, map[string]draw[Dialogue]{
		"register": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			return asks3(Dialogue.Register, but(example[DialogueRegistered](), func(r *DialogueRegistered) {
				r.SampleType, r.PlannedSize = rapid.SampledFrom(sortedKeys(sampleTypes)).Draw(t, "sample"), pick(t, "size", 40, 96)
			}), pick(t, "in", openEdition(), plannedEdition(), Edition{}), pick(t, "by", held, held, Partner{}))
		},
		"quota": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			return asks2(Dialogue.SetQuotaPlan, but(example[QuotaPlanSet](), func(q *QuotaPlanSet) { q.NonExpertRule = pick(t, "rule", "a", "b") }),
				pick(t, "draw", SortitionState{}, SortitionState{}, Fold(SortitionState{}, example[PoolSealed]())))
		},
		"authorise": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			waivers := pick(t, "waivers", nil, []Waiver{{WaiveSize, "r", "c"}}, []Waiver{{WaiveSize, "r", "c"}, {WaiveProtocol, "r", "c"}})
			a := DialogueAuthorised{"dl_KE", 2, waivers, pick(t, "consent", ArtefactRef{"ar_consent", 2}, ArtefactRef{})}
			in, by := pick(t, "in", openEdition(), plannedEdition()), pick(t, "by", held, held, Partner{})
			return func(d Dialogue) ([]Event, error) { return d.Authorise(a, in, by, used) }
		},
		"open": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			return asks3(Dialogue.Open, but(example[SessionOpened](), func(s *SessionOpened) {
				s.Session, s.Chamber = session(t), pick(t, "chamber", CitizenChamber, StakeholderChamber)
				s.Instruments = s.Instruments[:pick(t, "instruments", 0, 1, 2)]
			}), plannedEdition(), used)
		},
		"close": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			return asks(Dialogue.Close, SessionClosed{Dialogue: "dl_KE", Session: session(t), Minutes: pick(t, "minutes", 0, 9)})
		},
		"deviate": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			return asks(Dialogue.ReportDeviation, but(example[DeviationReported](), func(d *DeviationReported) {
				d.Session, d.Severity = pick[SessionID](t, "session", "", "ss_2", "ss_3"), pick(t, "severity", Minor, Major)
			}))
		},
		"certify": func(t *rapid.T) func(Dialogue) ([]Event, error) {
			c := but(example[DialogueCertified](), func(c *DialogueCertified) {
				c.OpenFindings, c.Ballots, c.By = 0, nil, pick(t, "by", "a", "b")
				c.Accepted = pick(t, "accepted", nil, []Waiver{{"table-size", "r", "c"}})
			})
			settled := pick(t, "settled", true, true, false)
			return func(d Dialogue) ([]Event, error) {
				events, err := d.Certify(c, d.Polls(plannedEdition(), used), func(Poll) bool { return settled }, 0)
				if len(events) > 0 {
					require.ErrorIs(t, d.InSession(), ErrSessionClosed, "nothing goes on in a certified dialogue")
				}
				return events, err
			}
		},
	}, "deviate")
}

// seated are eight participants, of whom the last two are stakeholders, and the very last one did not come.
func seated(scopes ...ConsentScope) map[ParticipantID]ParticipantState {
	people := map[ParticipantID]ParticipantState{}
	for i, id := range []ParticipantID{"pa_01", "pa_02", "pa_03", "pa_04", "pa_05", "pa_06", "pa_07", "pa_08"} {
		r := ParticipantRegistered{Participant: id, Dialogue: "dl_KE", Chamber: CitizenChamber}
		if i > 5 {
			r.Chamber = StakeholderChamber
		}
		p := Fold(ParticipantState{}, r, ConsentGiven{Participant: id, Dialogue: "dl_KE", Scopes: append(scopes, Participate, DataUse)})
		if i < 7 {
			p = Fold(p, ParticipantCheckedIn{Participant: id, Dialogue: "dl_KE", Chamber: r.Chamber})
		}
		people[id] = p
	}
	return people
}

// TestTablesMachine seats three tables at random: nobody ever sits at two of them in one session.
func TestTablesMachine(t *testing.T) {
	t.Parallel()
	in, held := plannedEdition(), nairobi()
	d := Fold(Dialogue{}, inSession()...)
	ids := []ParticipantID{"pa_01", "pa_02", "pa_03", "pa_04", "pa_05", "pa_06", "pa_07", "pa_08"}
	formed, taken := 0, 0
	checkUntil(t, func() bool { return formed > 50 && taken > 50 }, func(t *rapid.T) {
		tables := map[TableID]Table{"1": {}, "2": {}, "3": {}}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			id := pick[TableID](t, "table", "1", "2", "3")
			f := TableFormed{
				Dialogue: "dl_KE", Table: id, Session: pick[SessionID](t, "session", "", "ss_2", "ss_3", "ss_5"), Chamber: pick(t, "chamber", CitizenChamber, CitizenChamber, JointChamber),
				Facilitator: "f1", Waiver: &Waiver{WaiveTableSize, "r", "c"}, Members: rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, 3, rapid.ID).Draw(t, "members"),
			}
			var others []Table
			for _, o := range sortedKeys(tables) {
				if o != id {
					others = append(others, tables[o])
				}
			}
			events, err := tables[id].Form(f, d, in, held, seated(), others)
			if err != nil {
				require.ErrorAs(t, err, new(*Rejection))
				taken++
				continue
			}
			formed += len(events)
			tables[id] = Fold(tables[id], events...)
			again, err := tables[id].Form(f, d, in, held, seated(), others)
			require.NoError(t, err)
			require.Empty(t, again)
			for _, s := range []SessionID{"", "ss_2", "ss_3", "ss_5"} {
				var everybody []ParticipantID
				for _, o := range sortedKeys(tables) {
					everybody = append(everybody, tables[o].Members(s)...)
				}
				slices.Sort(everybody)
				require.Len(t, slices.Compact(slices.Clone(everybody)), len(everybody), "session %q: %v", s, everybody)
			}
		}
	})
	require.Greater(t, formed, 50)
	require.Greater(t, taken, 50)
}

func TestTableMachine(t *testing.T) {
	t.Parallel()
	in, held := plannedEdition(), nairobi()
	d := Fold(Dialogue{}, inSession()...)
	closed := Fold(d, example[SessionClosed]())
	sheet := approvedIn(text("ar_sheet", WorksheetArtefact))
	checkMachine(t, [][]Event{nil, follows(formed())}, map[string]draw[Table]{
		"form": func(t *rapid.T) func(Table) ([]Event, error) {
			f := but(formed(), func(f *TableFormed) {
				f.Session, f.Facilitator = pick[SessionID](t, "session", "", "ss_2", "ss_3"), pick(t, "facilitator", "f1", "f5", "f9", "x")
				f.Members = f.Members[:pick(t, "size", 4, 5, 6)]
			})
			return func(at Table) ([]Event, error) { return at.Form(f, d, in, held, seated(), nil) }
		},
		"record": func(t *rapid.T) func(Table) ([]Event, error) {
			o := but(recorded(), func(o *TableOutputRecorded) {
				o.Output, o.By = pick[OutputID](t, "output", "a", "b"), pick(t, "by", "n1", "n2")
				o.Items = o.Items[:pick(t, "items", 0, 1, 2)]
			})
			in, now := pick(t, "dialogue", d, d, closed), pick(t, "now", exampleTime(10, 20), exampleTime(10, 40))
			return func(at Table) ([]Event, error) {
				return at.RecordOutput(o, in, plannedEdition(), sheet, exampleTime(10, 0), now, seated())
			}
		},
	})
}
