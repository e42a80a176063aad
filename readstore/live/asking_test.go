package live

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// records are those of a small synthetic edition.
func records(t *testing.T) []domain.Record { return verifytest.Edition(t, verifytest.Small).Records }

func add(t *testing.T, m *ledgertest.Memory, records ...domain.Record) {
	t.Helper()
	for _, r := range records {
		_, err := m.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
}

// run keeps l up until the test ends, or stop is called; stop gives what Run gave.
func run(t *testing.T, l *Live) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, nil) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() { cancel(); err = <-done })
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

func reach(t *testing.T, l *Live, position int) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, at, err := l.Keys(measures.Result)
		return err == nil && at >= uint64(position)
	}, 30*time.Second, time.Millisecond)
}

// full is a Live of the whole edition, with a conversation that has opinion groups. tick is told of every computation that takes seconds.
func full(t *testing.T, tick measures.Tick) (l *Live, conversation string) {
	t.Helper()
	m := ledgertest.NewMemory()
	add(t, m, records(t)...)
	l = New(m)
	l.tick = tick
	run(t, l)
	reach(t, l, len(records(t)))
	keys, _, err := l.Keys(measures.Groups)
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	return l, keys[0]
}

func want(t *testing.T, v measures.View, key string, n int) string {
	t.Helper()
	m := ledgertest.NewMemory()
	add(t, m, records(t)[:n]...)
	s, err := At(t.Context(), m, replay.Head, nil)
	require.NoError(t, err)
	d, err := v.Compute(s, key, nil)
	require.NoError(t, err)
	return string(d.Data)
}

// Many ask at once: there is one computation for a document, and all get its bytes.
func TestAskingTogether(t *testing.T) {
	t.Parallel()
	var begun atomic.Int32
	goOn := make(chan struct{})
	l, key := full(t, func(done, _ int) error {
		if done == 1 {
			begun.Add(1)
			<-goOn
		}
		return nil
	})
	const many = 20
	got := make(chan projections.Document, many)
	for range many {
		go func() {
			d, _, err := l.Get(context.Background(), measures.Groups, key)
			if err != nil {
				t.Error(err)
			}
			got <- d
		}()
	}
	require.Eventually(t, func() bool { return l.waiting(measures.Groups, key) == many }, 30*time.Second, time.Millisecond)

	// The first ones leave, and the work goes on.
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("no patience"))
	_, _, err := l.Get(ctx, measures.Groups, key)
	require.ErrorContains(t, err, "no patience")

	// While it goes on, everything else is answered.
	keys, _, err := l.Keys(measures.Result)
	require.NoError(t, err)
	_, _, err = l.Get(t.Context(), measures.Result, keys[0])
	require.NoError(t, err)

	close(goOn)
	first := <-got
	require.Equal(t, want(t, measures.Groups, key, len(records(t))), string(first.Data))
	for range many - 1 {
		require.Equal(t, first, <-got)
	}
	require.Equal(t, int32(1), begun.Load())
	d, at, err := l.Get(t.Context(), measures.Groups, key)
	require.NoError(t, err)
	require.Equal(t, first, d, "it is kept")
	require.Equal(t, uint64(len(records(t))), at)
	require.Equal(t, int32(1), begun.Load())
}

// waiting is how many wait for a document now.
func (l *Live) waiting(v measures.View, key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.kept[projections.Ref{View: v.Name, Key: key}]; d != nil {
		return d.waiting
	}
	return 0
}

// When the last one who waits has left, the computation ends, and leaves its place to others; who asks later gets the document.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	ticks := make(chan int)
	var open atomic.Bool
	l, key := full(t, func(done, _ int) error {
		if !open.Load() {
			ticks <- done
		}
		return nil
	})
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan error)
	go func() {
		_, _, err := l.Get(ctx, measures.Groups, key)
		left <- err
	}()
	require.Equal(t, 1, <-ticks)
	require.Equal(t, 2, <-ticks)
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	steps := 0
	for idle := l.idle(); idle != nil; {
		select {
		case <-ticks:
			steps++
		case <-idle:
			idle = nil
		}
	}
	require.LessOrEqual(t, steps, 1, "at the end of the step that it was at, it sees that nobody waits")
	require.Zero(t, l.waiting(measures.Groups, key), "what was begun is not kept")
	open.Store(true)
	d, _, err := l.Get(t.Context(), measures.Groups, key)
	require.NoError(t, err)
	require.Equal(t, want(t, measures.Groups, key, len(records(t))), string(d.Data))
}

// idle is closed when no computation that takes seconds goes on.
func (l *Live) idle() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range cap(l.slots) {
			l.slots <- struct{}{}
		}
		for range cap(l.slots) {
			<-l.slots
		}
	}()
	return done
}

// An error of the computation reaches those who wait, and is not kept.
func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	var failing atomic.Bool
	failing.Store(true)
	broken := errors.New("broken")
	l, key := full(t, func(int, int) error {
		if failing.Load() {
			return broken
		}
		return nil
	})
	_, _, err := l.Get(t.Context(), measures.Groups, key)
	require.ErrorIs(t, err, broken)
	failing.Store(false)
	_, _, err = l.Get(t.Context(), measures.Groups, key)
	require.NoError(t, err)
	for _, v := range []measures.View{measures.Groups, measures.Result} {
		_, _, err = l.Get(t.Context(), v, "no/such/document")
		require.ErrorIs(t, err, measures.ErrNoDocument)
	}
}

// faulty is a ledger whose reads break off, or give what is not the next record, once each time it is told to.
type faulty struct {
	*ledgertest.Memory
	all, follow atomic.Int64 // the record in whose place there is an error; -1: none
	skip        atomic.Int64 // the record that is left out; -1: none
}

var errAway = errors.New("the ledger is away")

func (f *faulty) breaking(entries iter.Seq2[ledger.Entry, error], at *atomic.Int64) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range entries {
			switch n := int64(e.Seq); {
			case err == nil && at.CompareAndSwap(n, -1):
				yield(ledger.Entry{}, errAway)
				return
			case err == nil && f.skip.CompareAndSwap(n, -1):
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (f *faulty) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return f.breaking(f.Memory.All(ctx, after), &f.all)
}

func (f *faulty) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return f.breaking(f.Memory.Follow(ctx, after), &f.follow)
}

// After a fault of the ledger Run is called again, and the measures are those of the ledger, wherever it was: while it was read for the first time, while it was
// followed, and when it gave the wrong record, after which everything is read anew and nothing that was kept before is served.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	all := records(t)
	half := len(all) / 2
	f := &faulty{Memory: ledgertest.NewMemory()}
	f.all.Store(int64(half / 2))
	f.follow.Store(-1)
	f.skip.Store(-1)
	add(t, f.Memory, all[:half]...)
	l := New(f)
	require.ErrorIs(t, l.Run(t.Context(), nil), errAway)
	_, _, err := l.Keys(measures.Result)
	require.ErrorIs(t, err, ErrBehind, "a part is not the whole")

	var progress atomic.Uint64
	f.follow.Store(int64(half + 3))
	add(t, f.Memory, all[half:half+10]...)
	f.all.Store(-1)
	require.NoError(t, l.catchUp(t.Context(), func(done uint64) { progress.Store(done) }))
	require.Equal(t, uint64(half+10), progress.Load())

	// It breaks while it is followed: what was read stays, and Run goes on behind it.
	f.follow.Store(int64(half + 12))
	add(t, f.Memory, all[half+10:half+20]...)
	require.ErrorIs(t, l.Run(t.Context(), nil), errAway)
	keys, at, err := l.Keys(measures.Result)
	require.NoError(t, err)
	require.Equal(t, uint64(half+12), at)
	require.NotEmpty(t, keys)
	stop := run(t, l)
	reach(t, l, half+20)
	require.NoError(t, stop())

	documents := map[string]string{}
	for _, key := range keys {
		d, _, err := l.Get(t.Context(), measures.Result, key)
		require.NoError(t, err)
		documents[key] = string(d.Data)
	}

	// It leaves out a record: the State is of no use, and is made anew.
	f.skip.Store(int64(half + 30))
	add(t, f.Memory, all[half+20:]...)
	require.ErrorContains(t, l.Run(t.Context(), nil), "where")
	_, _, err = l.Get(t.Context(), measures.Result, keys[0])
	require.ErrorIs(t, err, ErrBehind)
	run(t, l)
	reach(t, l, len(all))
	s, err := At(t.Context(), f.Memory, replay.Head, nil)
	require.NoError(t, err)
	moved := false
	for _, key := range keys {
		d, _, err := l.Get(t.Context(), measures.Result, key)
		require.NoError(t, err)
		want, err := measures.Result.Compute(s, key, nil)
		require.NoError(t, err)
		require.Equal(t, string(want.Data), string(d.Data))
		moved = moved || string(d.Data) != documents[key]
	}
	require.True(t, moved, "the records that came last say nothing about what was asked before")
}

// What is kept stays within bounds, the longest unused goes first, and what is still being computed stays.
func TestForgetting(t *testing.T) {
	t.Parallel()
	l := New(ledgertest.NewMemory())
	computing := projections.Ref{View: "v", Key: "computing"}
	l.kept[computing] = &document{ref: computing}
	for i := range 100 {
		ref := projections.Ref{View: "v", Key: string(rune('!' + i))}
		d := &document{ref: ref, used: uint64(i), done: make(chan struct{}), stop: func(error) {}}
		l.kept[ref] = d
		l.settle(d, projections.Document{Data: make([]byte, maxBytes/20)}, nil)
		require.LessOrEqual(t, l.bytes, maxBytes)
		require.Contains(t, l.kept, ref)
		require.Contains(t, l.kept, computing)
	}
	sum := 0
	for _, d := range l.kept {
		sum += len(d.doc.Data)
	}
	require.Equal(t, sum, l.bytes)
}
