package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/readstore"
)

// asked is a shared store that says what it is told to.
type asked struct{ leads bool }

func (*asked) Lead(context.Context) (context.Context, func(), error) { panic("not asked here") }
func (a *asked) Leads() bool                                         { return a.leads }

// A command has the lead in which it began, and none is begun where that is over, or where nobody is sure of it.
func TestCommandsAndTheLead(t *testing.T) {
	t.Parallel()
	store := &asked{leads: true}
	l := &leadership{store: store}
	_, _, ok := l.command(t.Context())
	require.False(t, ok, "there was no lead yet")

	lost := errors.New("lost in a test")
	leading, lose := context.WithCancelCause(t.Context())
	l.began(leading)
	ctx, done, ok := l.command(t.Context())
	require.True(t, ok)
	short, shortDone, ok := l.command(t.Context())
	require.True(t, ok)
	shortDone()
	require.ErrorIs(t, short.Err(), context.Canceled)
	require.NoError(t, ctx.Err())
	store.leads = false
	_, _, ok = l.command(t.Context())
	require.False(t, ok, "it may have hung")
	require.NoError(t, ctx.Err())
	store.leads = true
	lose(lost)
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), lost)
	done()
	_, _, ok = l.command(t.Context())
	require.False(t, ok)
	again, end := context.WithCancel(t.Context())
	defer end()
	l.began(again)
	_, done, ok = l.command(t.Context())
	require.True(t, ok)
	done()
}

// Who works without a server appends as long as he leads.
func TestLedgerOfWhoLeads(t *testing.T) {
	t.Parallel()
	leading, lose := context.WithCancelCause(t.Context())
	own := ledgertest.NewMemory()
	l := led{engineOf{own}, leading}
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	lose(readstore.ErrAway)
	_, err = l.Append(t.Context(), "test-a", 1, ledgertest.Draft("two", 0))
	require.ErrorIs(t, err, readstore.ErrAway)
	require.ErrorContains(t, err, "nothing was written")
	_, _, err = l.AppendBatches(t.Context(), []ledger.Batch{{Stream: "test-b", Drafts: []ledger.Draft{ledgertest.Draft("three", 0)}}})
	require.ErrorIs(t, err, readstore.ErrAway)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = l.Append(ended, "test-a", 1, ledgertest.Draft("two", 0))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, ledgertest.Check(t, own))
}

// engineOf makes an engine of a ledger in memory.
type engineOf struct{ *ledgertest.Memory }

func (e engineOf) Head(ctx context.Context) (n uint64, err error) {
	for e, err := range e.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, err
		}
		n = e.Cursor.Seq
	}
	return n, nil
}

func (e engineOf) Version(ctx context.Context, stream domain.StreamID) (n uint64, err error) {
	for _, err := range e.Stream(ctx, stream, 0) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func (engineOf) Close() error { return nil }

// Engines are chosen one by one: whatever is where, the documents and the record are the same.
func TestMixedEngines(t *testing.T) {
	t.Parallel()
	there, database := newProtocol(t), pgtest.Launch(t, pgtest.Options{}).New(t)
	all := func(args ...string) string {
		var out bytes.Buffer
		for _, view := range []string{"country", "global", "recommendation", "statement"} {
			root := newRoot(&out, io.Discard)
			root.SetArgs(append([]string{"view", "list", view, "-o", "ndjson"}, args...))
			require.NoError(t, root.ExecuteContext(t.Context()))
		}
		require.NotEmpty(t, out.String())
		return out.String()
	}
	want := ""
	for name, engines := range map[string][]string{
		"embedded":         nil,
		"ledger elsewhere": {"--ledger", there.url()},
		"views elsewhere":  {"--store", database.DSN(pgtest.Writer)},
	} {
		args := append([]string{"--data", t.TempDir()}, engines...)
		var made any
		daybook(t, &made, append([]string{"simulate", "--seed", "3", "--countries", "2", "--citizens", "10", "--online", "2"}, args...)...)
		got := all(args...)
		if want == "" {
			want = got
		}
		require.Equal(t, want, got, name)
		var report replayReport
		daybook(t, &report, append([]string{"replay"}, args...)...)
		require.Zero(t, report.Mismatches)
		var again []rebuilt
		daybook(t, &again, append([]string{"rebuild", "country"}, args...)...)
		require.Zero(t, again[0].Changed)
	}
}
