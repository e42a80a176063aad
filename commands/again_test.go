package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// once makes a fault that happens at the next append only.
func once(at *func(context.Context, ledger.Batch) error) {
	*at = func(context.Context, ledger.Batch) error {
		*at = nil
		return errFault
	}
}

// A command that is sent again is done once, whatever became of it the first time.
func TestAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first func(w *world) // breaks the first try
		fails bool
		lost  bool           // what the first try would have written
		then  func(w *world) // happens before the second try
		at    uint64         // where the events must stand
	}{
		"it went well":                          {},
		"the stream moved on":                   {then: func(w *world) { w.mustExecute("other", add("z")) }},
		"the answer was lost":                   {first: func(w *world) { once(&w.faulty.After) }, fails: true},
		"the answer was lost, the stream moved": {first: func(w *world) { once(&w.faulty.After) }, fails: true, then: func(w *world) { w.mustExecute("other", add("z")) }},
		"it crashed before persisting":          {first: func(w *world) { once(&w.faulty.Before) }, fails: true, lost: true},
		"it crashed, somebody was quicker":      {first: func(w *world) { once(&w.faulty.Before) }, fails: true, lost: true, then: func(w *world) { w.mustExecute("other", add("z")) }, at: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mustExecute("open", open())
			if c.first != nil {
				c.first(w)
			}
			both := func(e domain.Edition) ([]domain.Event, error) {
				one, err := e.AddTopic(topic("a"))
				two, _ := e.AddTopic(topic("b"))
				return append(one, two...), err
			}
			first, err := execute(w, "mine", both)
			if c.fails {
				require.ErrorIs(t, err, errFault)
				require.Zero(t, first)
			} else {
				require.NoError(t, err)
			}
			if c.then != nil {
				c.then(w)
			}
			want := commands.Receipt{Stream: edition, Version: c.at + 3, Events: []commands.Written{
				{ID: domain.NewEventID("mine", edition, 0), Seq: c.at + 1, Type: "topic-added.v1"},
				{ID: domain.NewEventID("mine", edition, 1), Seq: c.at + 2, Type: "topic-added.v1"},
			}}
			for try := range 3 {
				want.Repeated = try > 0 || !c.lost
				r, err := execute(w, "mine", both)
				require.NoError(t, err)
				require.Equal(t, want, r)
			}
			mine := 0
			for _, r := range w.records() {
				if f, err := r.Decode(); err == nil && f.Meta.Command == "mine" {
					mine++
				}
			}
			require.Equal(t, 2, mine)
		})
	}
}

func (w *world) mustExecute(command string, decide func(domain.Edition) ([]domain.Event, error)) {
	w.t.Helper()
	_, err := execute(w, command, decide)
	require.NoError(w.t, err)
}

func TestSameIDOtherContent(t *testing.T) {
	t.Parallel()
	nothing := func(domain.Edition) ([]domain.Event, error) { return nil, nil }
	for name, other := range map[string]func(domain.Edition) ([]domain.Event, error){
		"other event":  add("b"),
		"fewer events": open(),
		"more events":  open("a", "b"),
		"no events":    nothing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mustExecute("c", open("a"))
			r, err := execute(w, "c", other)
			require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
			require.Zero(t, r)
			require.Len(t, w.records(), 2)
			r, err = execute(w, "c", open("a"))
			require.NoError(t, err, "the first one keeps its receipt")
			require.EqualValues(t, 2, r.Version)
		})
	}
}

// One key for two commands on one stream must not make the second one look done.
func TestSameIDOtherCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, second string }{
		{"register-participant", "give-consent"},
		{"open-session", "close-session"},
		{"register-dialogue", "authorise-dialogue"},
		{"cast-ballot", "void-ballot"},
		{"draft-recommendation", "open-endorsement"},
	} {
		t.Run(c.second, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i, s := range story {
				id := fmt.Sprint("c", i)
				if s.name == c.first {
					id = "same"
				}
				if s.name == c.second {
					break
				}
				w.must(s.name, id, s.content)
			}
			before := len(w.records())
			_, err := w.run(c.second, "same", contentOf(c.second))
			require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
			require.Len(t, w.records(), before)
			require.Len(t, w.must(c.second, "its own", contentOf(c.second)).Events, 1)
		})
	}
}

// What would be rejected is no retry either, as long as it can be told from one.
func TestSameIDRejectedContent(t *testing.T) {
	t.Parallel()
	vote := contentOf("react")
	w := newWorld(t)
	w.tell("link-statement")
	r := w.must("react", "tap", vote)
	before := len(w.records())
	for _, late := range []bool{false, true} {
		if late {
			w.endSession(false)
			before++
		}
		for what, other := range map[string]string{
			"no such statement": strings.Replace(vote, `"statement":"1"`, `"statement":"99"`, 1),
			"another statement": strings.Replace(vote, `"statement":"1"`, `"statement":"2"`, 1),
		} {
			_, err := w.run("react", "tap", other)
			require.ErrorIs(t, err, domain.ErrIdempotencyConflict, what)
		}
		if !late {
			_, err := w.run("react", "tap", strings.Replace(vote, "agree", "maybe", 1))
			require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
		}
		require.Equal(t, repeated(r), w.must("react", "tap", vote))
		require.Len(t, w.records(), before)
	}
}

func TestSameIDOtherStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("post-statement")
	one := w.must("react", "tap", `{"conversation":"dl_1","statement":"1","respondent":"p1","value":"agree"}`)
	two := w.must("react", "tap", `{"conversation":"dl_1","statement":"1","respondent":"p2","value":"agree"}`)
	require.NotEqual(t, one.Stream, two.Stream)
	require.NotEqual(t, one.Events[0].ID, two.Events[0].ID)
	require.Equal(t, one.Events[0].Seq+1, two.Events[0].Seq)
}

// What has changed around a command since does not change what it was: the clock, the session, the things that it points at "as they stand now".
func TestAgainInAnotherWorld(t *testing.T) {
	t.Parallel()
	for _, again := range story {
		t.Run(again.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			receipts := map[string]commands.Receipt{}
			for i, s := range story {
				id := fmt.Sprint("c", i)
				receipts[id] = w.must(s.name, id, s.content)
			}
			w.must("moderate-statement", "hide", `{"conversation":"dl_1","statement":"1","decision":"hide","reasonCode":"rude","guideline":{"id":"ar_g","version":1},"moderator":"mod"}`)
			before := len(w.records())
			for i, s := range story {
				if s.name == again.name {
					require.Equal(t, repeated(receipts[fmt.Sprint("c", i)]), w.must(s.name, fmt.Sprint("c", i), s.content))
				}
			}
			require.Len(t, w.records(), before)
		})
	}
}
