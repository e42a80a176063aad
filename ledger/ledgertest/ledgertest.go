// Package ledgertest is the contract of package ledger as a test suite, and two ledgers for the tests of other packages: Memory, and
// Faulty, which fails when it is told to.
//
// The rule it keeps: an adapter passes all of it or is not an adapter. A case that one adapter needs is added here first.
package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Run runs the suite. open makes an empty ledger and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) ledger.Ledger) {
	t.Helper()
	for name, promise := range map[string]func(*testing.T, func(*testing.T) ledger.Ledger){
		"append":     appends,
		"retry":      retries,
		"bytes":      bytesKept,
		"read":       reads,
		"follow":     follows,
		"concurrent": concurrency,
		"cancel":     cancellation,
		"batches":    batches,
		"model":      model,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(t, open)
		})
	}
}

// A promise is one sentence of the contract.
type promise struct {
	name  string
	check func(t *testing.T, l ledger.Ledger)
}

func keep(t *testing.T, open func(*testing.T) ledger.Ledger, promises ...promise) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			l := open(t)
			p.check(t, l)
			if !t.Failed() {
				Check(t, l)
			}
		})
	}
}

// Draft is the n-th event of command, a small one. The same arguments give the same draft.
func Draft(command string, n int) ledger.Draft {
	return ledger.Draft{
		ID:   domain.NewEventID(command, "test", n),
		Type: "tested.v1",
		Meta: []byte(`{"command":"` + command + `"}`),
		Data: []byte(`{"n":` + string(rune('0'+n%10)) + `}`),
	}
}

// Drafts is the first n events of command.
func Drafts(command string, n int) []ledger.Draft {
	out := make([]ledger.Draft, n)
	for i := range out {
		out[i] = Draft(command, i)
	}
	return out
}

// All reads l from after to the head, and fails the test if Seq or the cursors are not dense.
func All(t testing.TB, l ledger.Reader, after ledger.Cursor) []ledger.Entry {
	t.Helper()
	var out []ledger.Entry
	for e, err := range l.All(t.Context(), after) {
		require.NoError(t, err)
		require.Equal(t, after.Seq+uint64(len(out)), e.Seq, "Seq is not dense")
		require.Equal(t, e.Seq+1, e.Cursor.Seq, "a cursor is the number of records before it")
		out = append(out, e)
	}
	return out
}

// Stream reads a stream, and fails the test if Revision is not dense or Seq does not ascend.
func Stream(t testing.TB, l ledger.Reader, stream domain.StreamID) []domain.Record {
	t.Helper()
	var out []domain.Record
	for r, err := range l.Stream(t.Context(), stream, 0) {
		require.NoError(t, err)
		require.Equal(t, stream, r.Stream)
		require.Equal(t, uint64(len(out)), r.Revision, "Revision is not dense")
		require.True(t, len(out) == 0 || out[len(out)-1].Seq < r.Seq, "Seq does not ascend")
		out = append(out, r)
	}
	return out
}

// Check reads everything both ways and fails the test if the two do not fit, or do not fit what a ledger.Header and a ledger.Versioner say. It returns the number of records.
func Check(t testing.TB, l ledger.Reader) int {
	t.Helper()
	all := All(t, l, ledger.Cursor{})
	streams := make(map[domain.StreamID][]domain.Record)
	for _, e := range all {
		streams[e.Stream] = append(streams[e.Stream], e.Record)
	}
	for stream, want := range streams {
		got := Stream(t, l, stream)
		require.Len(t, got, len(want), stream)
		requireVersion(t, l, stream, len(want))
		for i := range got {
			requireSame(t, want[i], got[i])
		}
	}
	requireVersion(t, l, "test-never", 0)
	if h, ok := l.(ledger.Header); ok {
		head, err := h.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, uint64(len(all)), head)
	}
	return len(all)
}

func requireVersion(t testing.TB, l ledger.Reader, stream domain.StreamID, want int) {
	t.Helper()
	if v, ok := l.(ledger.Versioner); ok {
		version, err := v.Version(t.Context(), stream)
		require.NoError(t, err)
		require.Equal(t, uint64(want), version, stream)
	}
}

// append is Append that must succeed.
func appendOK(t testing.TB, l ledger.Ledger, stream domain.StreamID, version int, drafts ...ledger.Draft) uint64 {
	t.Helper()
	seq, err := l.Append(t.Context(), stream, uint64(version), drafts...)
	require.NoError(t, err)
	return seq
}

func requireConflict(t testing.TB, err error, stream domain.StreamID, expected, actual uint64) {
	t.Helper()
	require.ErrorIs(t, err, ledger.ErrConflict)
	var c *ledger.ConflictError
	require.ErrorAs(t, err, &c)
	require.Equal(t, ledger.ConflictError{Stream: stream, Expected: expected, Actual: actual}, *c)
}

// requireHolds fails unless r is d at that place.
func requireHolds(t testing.TB, d ledger.Draft, stream domain.StreamID, seq, revision uint64, r domain.Record) {
	t.Helper()
	requireSame(t, domain.Record{Seq: seq, Stream: stream, Revision: revision, ID: d.ID, Type: d.Type, Meta: d.Meta, Data: d.Data}, r)
}

func requireSame(t testing.TB, want, got domain.Record) {
	t.Helper()
	require.True(t, same(want, got), "want %+v\n got %+v", want, got)
}

func same(a, b domain.Record) bool {
	return a.Seq == b.Seq && a.Stream == b.Stream && a.Revision == b.Revision && a.ID == b.ID && a.Type == b.Type &&
		bytes.Equal(a.Meta, b.Meta) && bytes.Equal(a.Data, b.Data)
}

// take is the first n of seq, which must not end or fail before.
func take(t testing.TB, seq iter.Seq2[ledger.Entry, error], n int) []ledger.Entry {
	t.Helper()
	out := make([]ledger.Entry, 0, n)
	if n == 0 {
		return out
	}
	for e, err := range seq {
		require.NoError(t, err)
		if out = append(out, e); len(out) == n {
			return out
		}
	}
	require.FailNow(t, "the iterator ended", "after %d of %d records", len(out), n)
	return nil
}

// soon is a context for what must not take long.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// isDone says whether err is the error of a context that ended.
func isDone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
