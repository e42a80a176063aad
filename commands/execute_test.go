package commands_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

const edition = domain.StreamID("edition-ed_1")

func metaOf(command string) domain.Meta {
	return domain.Meta{Source: "ed_1", Time: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ada"}, Command: command}
}

func topic(id string) domain.TopicAdded {
	return domain.TopicAdded{Edition: "ed_1", Topic: domain.TopicID(id), Label: domain.In("en", id), Scope: domain.GlobalScope}
}

// open opens the edition, and adds topics in the same step.
func open(topics ...string) func(domain.Edition) ([]domain.Event, error) {
	return func(e domain.Edition) ([]domain.Event, error) {
		events, err := e.Open(domain.EditionOpened{Edition: "ed_1", Title: domain.In("en", "One"), Mandate: domain.In("en", "To try"), Languages: []domain.Lang{"en"}, Coordinator: "pt_1"})
		for _, id := range topics {
			if len(events) > 0 {
				events = append(events, topic(id))
			}
		}
		return events, err
	}
}

func add(id string) func(domain.Edition) ([]domain.Event, error) {
	return func(e domain.Edition) ([]domain.Event, error) { return e.AddTopic(topic(id)) }
}

func execute(w *world, command string, decide func(domain.Edition) ([]domain.Event, error)) (commands.Receipt, error) {
	return commands.Execute(context.Background(), w.faulty, edition, metaOf(command), decide)
}

func appendElsewhere(t *testing.T, l ledger.Appender, n int) {
	t.Helper()
	for i := range n {
		d, err := commands.Drafts("elsewhere", metaOf("x"), i, []domain.Event{topic("x")})
		require.NoError(t, err)
		_, err = l.Append(context.Background(), "elsewhere", uint64(i), d...)
		require.NoError(t, err)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	appendElsewhere(t, w.memory, 3)

	r, err := execute(w, "first", open("a", "b"))
	require.NoError(t, err)
	require.Equal(t, commands.Receipt{Stream: edition, Version: 3, Events: []commands.Written{
		{ID: domain.NewEventID("first", edition, 0), Seq: 3, Type: "edition-opened.v1"},
		{ID: domain.NewEventID("first", edition, 1), Seq: 4, Type: "topic-added.v1"},
		{ID: domain.NewEventID("first", edition, 2), Seq: 5, Type: "topic-added.v1"},
	}}, r)
	for i, written := range r.Events {
		record := w.records()[written.Seq]
		require.Equal(t, written.ID, record.ID)
		require.Equal(t, edition, record.Stream)
		require.EqualValues(t, i, record.Revision)
	}

	r, err = execute(w, "second", add("c"))
	require.NoError(t, err)
	require.EqualValues(t, 4, r.Version)
	require.EqualValues(t, 6, r.Events[0].Seq)
}

func TestAlreadySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := execute(w, "first", open("a"))
	require.NoError(t, err)
	r, err := execute(w, "other", open("a"))
	require.NoError(t, err)
	require.Equal(t, commands.Receipt{Stream: edition, Version: 2, Events: []commands.Written{}}, r)
	require.Len(t, w.records(), 2)
}

func TestNothingIsWritten(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", domain.MaxText)
	oversize := domain.LText{Source: "en", Text: map[domain.Lang]string{"en": long, "fr": long, "pt": long, "de": long}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	decided := func(events ...domain.Event) func(domain.Edition) ([]domain.Event, error) {
		return func(domain.Edition) ([]domain.Event, error) { return events, nil }
	}
	with := func(change func(*domain.Meta)) domain.Meta {
		m := metaOf("c")
		change(&m)
		return m
	}
	for name, c := range map[string]struct {
		ctx    context.Context
		meta   domain.Meta
		decide func(domain.Edition) ([]domain.Event, error)
		want   error
	}{
		"rejected":               {meta: metaOf("c"), decide: add("a"), want: domain.ErrUnknownRef},
		"a fault while deciding": {meta: metaOf("c"), decide: func(domain.Edition) ([]domain.Event, error) { return nil, errFault }, want: errFault},
		"oversize":               {meta: metaOf("c"), decide: decided(domain.TopicAdded{Edition: "ed_1", Topic: "a", Label: oversize}), want: domain.ErrInvalidField},
		"the second is oversize": {meta: metaOf("c"), decide: decided(topic("a"), domain.TopicAdded{Edition: "ed_1", Topic: "b", Label: oversize}), want: domain.ErrInvalidField},
		"the second has no form": {meta: metaOf("c"), decide: decided(topic("a"), topic("\xff")), want: domain.ErrInvalidText},
		"cancelled":              {ctx: cancelled, meta: metaOf("c"), decide: open(), want: context.Canceled},
		"no command id":          {meta: metaOf(""), decide: open(), want: domain.ErrInvalidField},
		"long command id":        {meta: metaOf(strings.Repeat("c", domain.MaxCommandID+1)), decide: open(), want: domain.ErrInvalidField},
		"unknown role":           {meta: with(func(m *domain.Meta) { m.Actor.Role = "king" }), decide: open(), want: domain.ErrInvalidField},
		"no principal":           {meta: with(func(m *domain.Meta) { m.Actor.Principal = "" }), decide: open(), want: domain.ErrInvalidField},
		"a person's name":        {meta: with(func(m *domain.Meta) { m.Actor.Principal = "Ada Lovelace" }), decide: open(), want: domain.ErrInvalidField},
		"no time":                {meta: with(func(m *domain.Meta) { m.Time = 0 }), decide: open(), want: domain.ErrInvalidField},
		"no edition":             {meta: with(func(m *domain.Meta) { m.Source = "" }), decide: open(), want: domain.ErrInvalidID},
		"slash in the dialogue":  {meta: with(func(m *domain.Meta) { m.Dialogue = "a/b" }), decide: open(), want: domain.ErrInvalidID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			r, err := commands.Execute(c.ctx, w.faulty, edition, c.meta, c.decide)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, r)
			require.Empty(t, w.records())
		})
	}
}

func TestConflictIsDecidedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := execute(w, "first", open())
	require.NoError(t, err)
	rival := ledgertest.Faulty{Ledger: w.memory}
	w.faulty.Before = func(ctx context.Context, b ledger.Batch) error {
		w.faulty.Before = nil
		_, err := commands.Execute(ctx, &rival, edition, metaOf("rival"), add("a"))
		return err
	}
	decisions := 0
	r, err := execute(w, "mine", func(e domain.Edition) ([]domain.Event, error) {
		decisions++
		require.Equal(t, decisions == 2, e.HasTopic("a"), "decision %d", decisions)
		return e.AddTopic(topic("b"))
	})
	require.NoError(t, err)
	require.Equal(t, 2, decisions)
	require.EqualValues(t, 3, r.Version)

	// The new state may say no, too.
	w.faulty.Before = func(ctx context.Context, b ledger.Batch) error {
		w.faulty.Before = nil
		_, err := commands.Execute(ctx, &rival, edition, metaOf("rival 2"), add("c"))
		return err
	}
	changed := topic("c")
	changed.Label = domain.In("en", "something else")
	_, err = execute(w, "late", func(e domain.Edition) ([]domain.Event, error) { return e.AddTopic(changed) })
	require.ErrorIs(t, err, domain.ErrDuplicate)
	require.Len(t, w.records(), 4)
}

func TestConflictGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := execute(w, "first", open())
	require.NoError(t, err)
	rivals := 0
	w.faulty.Before = func(ctx context.Context, b ledger.Batch) error {
		rivals++
		_, err := commands.Execute(ctx, w.memory, edition, metaOf("rival"+strings.Repeat("+", rivals)), add(strings.Repeat("r", rivals)))
		return err
	}
	r, err := execute(w, "mine", add("mine"))
	require.ErrorIs(t, err, ledger.ErrConflict)
	require.Zero(t, r)
	require.Equal(t, 10, rivals)
	require.Len(t, w.records(), 1+rivals, "what the others wrote, and nothing of mine")

	w.faulty.Before = nil
	r, err = execute(w, "mine", add("mine"))
	require.NoError(t, err, "the same command may be sent again")
	require.EqualValues(t, 2+rivals, r.Version)
}

func TestAnAppendThatFailsIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tries := 0
	w.faulty.Before = func(context.Context, ledger.Batch) error { tries++; return errFault }
	_, err := execute(w, "first", open("a"))
	require.ErrorIs(t, err, errFault)
	require.False(t, errors.Is(err, ledger.ErrConflict))
	require.Equal(t, 1, tries)
	require.Empty(t, w.records())
}
