package commands_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// twists change what a command of the story says. Many of the results are not valid.
var twists = [][2]string{
	{"dl_1", "dl_2"}, {"ed_1", "ed_2"}, {`"statement":"1"`, `"statement":"2"`}, {`"statement":"2"`, `"statement":"3"`}, {"agree", "disagree"}, {"agree", "pass"},
	{`"option":"me"`, `"option":"law"`}, {`"option":"me"`, `"nonresponse":"refused"`}, {`"p1"`, `"p2"`}, {"accept", "hide"}, {"accept", "reject"},
	{`"version":1`, `"version":2`}, {`"version":0`, `"version":1`}, {`"session":"s1"`, `"session":"s2"`}, {who, "pa_2"}, {`"session":"s1","by":"ann"`, `"by":"ann"`}, {`"young"`, `"old"`}, {`"r1"`, `"r2"`}, {"f/30-59", "m/60+"}, {"adopted", "deferred"},
	{`"yes":6,"no":2`, `"yes":2,"no":6`}, {"their data", "our data"}, {"reply", "statement"}, {`"author":"p1"`, `"author":"mod"`}, {`"ordinal":1`, `"ordinal":2`},
	{"illegible", "withdrawal"}, {"rc_1", "rc_2"}, {"statement-dl_1/1", "recommendation-rc_1"}, {"10-10T08", "10-12T08"}, {`"t1"`, `"t2"`}, {"quotes", "dataUse"},
	{"sb_1", "sb_2"}, {"pb_1", "pb_2"}, {"acknowledgement", "rejection"}, {"partner", "authority"}, {`"progress":10`, `"progress":100`}, {"underConsideration", "implemented"},
	{"rewordedFrom", "duplicateOf"}, {"deliberation", "analysis"}, {"paper", "online"}, {`"app"`, `"online"`}, {"minor", "major"}, {"fr", "FR!"}, {`:"`, `:"é<&>` + "\u2028"},
}

// sent is a command that was sent.
type sent struct {
	id, name, content string
	done              *commands.Receipt // once it was acknowledged with events
}

// machine sends commands, valid and not, once or more often, with faults on the way.
type machine struct {
	*world
	audit  *audit
	sent   []*sent
	told   int // steps of the story
	faults int
}

func (m *machine) send(t *rapid.T, s *sent) {
	m.t = t
	var fault string
	m.faulty.Before = func(context.Context, ledger.Batch) error {
		if fault == "before" {
			return errFault
		}
		return nil
	}
	m.faulty.After = func(context.Context, ledger.Batch) error {
		if fault == "after" {
			return errFault
		}
		return nil
	}
	for range rapid.IntRange(1, 3).Draw(t, "times") {
		fault = rapid.SampledFrom([]string{"none", "none", "before", "after"}).Draw(t, "fault")
		before := len(m.records())
		r, err := m.run(s.name, s.id, s.content)
		after := len(m.records())
		var rejected *domain.Rejection
		switch {
		case errors.Is(err, errFault):
			m.faults++
			require.False(t, fault == "before" && after != before, "a crash before persisting leaves nothing")
			require.Nil(t, s.done, "what is done is not appended again")
		case errors.As(err, &rejected):
			require.Equal(t, before, after, "who is rejected writes nothing")
			require.Nil(t, s.done, "what is done is not rejected afterwards: %v", err)
		default:
			require.NoError(t, err)
			if s.done != nil {
				require.Equal(t, repeated(*s.done), r, "the receipt stays the same")
				require.Equal(t, before, after)
			} else if len(r.Events) > 0 {
				s.done = &r
			}
			for _, e := range r.Events {
				require.Equal(t, e.ID, m.records()[e.Seq].ID)
			}
		}
	}
}

func (m *machine) add(t *rapid.T, id, name, content string) {
	s := &sent{id: id, name: name, content: content}
	for _, have := range m.sent {
		if have.id == id && have.name == name && have.content == content {
			s = have
		}
	}
	m.sent = append(m.sent, s)
	m.send(t, s)
}

// draw is a step of the story with some twists.
func (m *machine) draw(t *rapid.T) (name, content string) {
	s := story[rapid.IntRange(0, min(m.told+2, len(story)-1)).Draw(t, "step")]
	content = s.content
	for range rapid.IntRange(0, 2).Draw(t, "twists") {
		w := rapid.SampledFrom(twists).Draw(t, "twist")
		content = strings.Replace(content, w[0], w[1], rapid.SampledFrom([]int{1, -1}).Draw(t, "how many"))
	}
	return s.name, content
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

func TestMachine(t *testing.T) {
	t.Parallel()
	var written, faults, rejected int
	checkUntil(t, func() bool { return written > 0 && rejected > 0 && faults > 0 }, func(t *rapid.T) {
		m := &machine{world: newWorld(t), audit: newAudit()}
		m.told = rapid.IntRange(0, len(story)-1).Draw(t, "begun")
		for i, s := range story[:m.told] {
			m.must(s.name, fmt.Sprint("begun-", i), s.content)
		}
		t.Repeat(map[string]func(*rapid.T){
			"tell on": func(t *rapid.T) {
				if m.told == len(story) {
					t.Skip("the story is told")
				}
				s := story[m.told]
				m.told++
				m.add(t, fmt.Sprint("told-", m.told), s.name, s.content)
			},
			"something else": func(t *rapid.T) {
				name, content := m.draw(t)
				m.add(t, fmt.Sprint("other-", len(m.sent)), name, content)
			},
			"again": func(t *rapid.T) {
				if len(m.sent) == 0 {
					t.Skip("nothing was sent")
				}
				m.send(t, rapid.SampledFrom(m.sent).Draw(t, "which"))
			},
			"other content, same id": func(t *rapid.T) {
				if len(m.sent) == 0 {
					t.Skip("nothing was sent")
				}
				name, content := m.draw(t)
				m.add(t, rapid.SampledFrom(m.sent).Draw(t, "whose id").id, name, content)
			},
			"": func(t *rapid.T) { m.audit.follow(t, m.records()) },
		})
		faults += m.faults
		for _, s := range m.sent {
			if s.done != nil {
				written++
			} else {
				rejected++
			}
		}
	})
	// A machine that only ever meets one kind of answer tests nothing.
	require.NotZero(t, written)
	require.NotZero(t, rejected)
	require.NotZero(t, faults)
}
