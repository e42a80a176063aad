package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A draw makes a random command for a state. What it draws from is small, so that commands meet.
type draw[S any] func(t *rapid.T) func(S) ([]Event, error)

// checkMachine drives a state by random commands, from one of the given beginnings, and holds it to three promises:
//   - deciding twice yields nothing the second time, unless the command is named in repeats;
//   - no decision and no Evolve changes the state that it came from, not even through a sibling;
//   - what is decided can be written, read and folded again, and a rejection comes without events.
func checkMachine[S State[S]](t *testing.T, beginnings [][]Event, draws map[string]draw[S], repeats ...string) {
	t.Helper()
	repeatable := map[string]bool{}
	for _, name := range repeats {
		repeatable[name] = true
	}
	decided, rejected := map[string]int{}, map[string]int{}
	walk := func(t *rapid.T) {
		var zero S
		history := rapid.SampledFrom(beginnings).Draw(t, "beginning")
		s := Fold(zero, history...)
		for range rapid.IntRange(1, 24).Draw(t, "steps") {
			var next []S
			var branches [][]Event
			for range 2 { // one step is taken, the other one is a sibling
				name := rapid.SampledFrom(sortedKeys(draws)).Draw(t, "command")
				ask := draws[name](t)
				events, err := ask(s)
				if err != nil {
					require.ErrorAs(t, err, new(*Rejection), name)
					require.Empty(t, events, name)
					rejected[name]++
				}
				if len(events) > 0 {
					decided[name]++
				}
				events = throughTheWire(t, events)
				after := Fold(s, events...)
				if err == nil && !repeatable[name] {
					again, err := ask(after)
					require.NoError(t, err, "%s, asked again", name)
					require.Empty(t, again, "%s, asked again", name)
				}
				next, branches = append(next, after), append(branches, events)
			}
			require.Equal(t, Fold(zero, history...), s, "the state has changed under its successors")
			for i := range next {
				require.Equal(t, Fold(zero, append(history[:len(history):len(history)], branches[i]...)...), next[i], "a sibling has changed the state")
			}
			s, history = next[0], append(history[:len(history):len(history)], branches[0]...)
		}
	}
	everything := func() bool { return len(decided) == len(draws) }
	checkUntil(t, everything, walk)
	require.True(t, everything(), "some command never came to anything: %v", decided)
	t.Logf("decided %v, rejected %v", decided, rejected)
}

// checkUntil checks a property until everything has come that it is about. What is rare may take another hundred walks; what never comes is at fault, as
// its caller says.
func checkUntil(t *testing.T, everything func() bool, walk func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, walk)
	for more := 0; more < 9 && !everything(); more++ {
		rapid.Check(t, walk)
	}
}

func throughTheWire(t *rapid.T, events []Event) []Event {
	var out []Event
	for _, e := range events {
		typ, data, err := Encode(e)
		require.NoError(t, err)
		back, err := Decode(typ, data)
		require.NoError(t, err)
		out = append(out, back)
	}
	return out
}

var nothing = [][]Event{nil}

// pick draws one of a few values.
func pick[T any](t *rapid.T, name string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, name)
}

func TestEditionMachine(t *testing.T) {
	t.Parallel()
	m, topic, session := example[MilestoneScheduled](), example[TopicAdded](), example[SessionDefined]()
	checkMachine(t, [][]Event{nil, follows(example[EditionOpened]())}, map[string]draw[Edition]{
		"open": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks(Edition.Open, but(example[EditionOpened](), func(o *EditionOpened) { o.Coordinator = pick[PartnerID](t, "coordinator", "a", "b") }))
		},
		"schedule": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks(Edition.ScheduleMilestone, but(m, func(m *MilestoneScheduled) {
				m.Key, m.Phase, m.DueAt = pick(t, "key", "a", "b", "c"), rapid.SampledFrom(phases).Draw(t, "phase"), Time(pick(t, "due", 1, 2, 3))
				m.Gates, m.Reason = pick(t, "gates", nil, []string{GateProtocolFrozen}), pick(t, "reason", "", "r")
			}))
		},
		"reach": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks2(Edition.ReachMilestone, MilestoneReached{Edition: "ed_2026", Key: pick(t, "key", "a", "b", "c")}, pick(t, "met", nil, []string{GateProtocolFrozen}))
		},
		"topic": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks(Edition.AddTopic, but(topic, func(p *TopicAdded) {
				p.Topic, p.Scope = pick[TopicID](t, "topic", "a", "b"), pick(t, "scope", GlobalScope, NationalScope)
			}))
		},
		"session": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks2(Edition.DefineSession, but(session, func(s *SessionDefined) {
				s.Session, s.Ordinal = pick[SessionID](t, "session", "s1", "s2", "s3"), pick(t, "ordinal", 1, 2, 3)
				s.Topic, s.Kind = pick[TopicID](t, "topic", "", "a", "b"), pick(t, "kind", NationalSession, ThematicSession)
				s.Chamber = pick(t, "chamber", CitizenChamber, StakeholderChamber)
			}), pick(t, "artefacts", library(), library(), nil))
		},
		"freeze": func(t *rapid.T) func(Edition) ([]Event, error) {
			return asks2(Edition.FreezeProtocol, but(unmeasured(), func(p *ProtocolFrozen) { p.MethodVersion = pick(t, "method", 0, 1, 2) }), library())
		},
	})
}
