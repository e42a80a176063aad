// Package feedtest is the contract of feed.Positions as a test suite.
package feedtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
)

// Positions runs the suite. open makes an empty store and closes it when its test ends.
func Positions(t *testing.T, open func(t *testing.T) feed.Positions) {
	t.Helper()
	for name, promise := range map[string]func(*testing.T, feed.Positions){
		"a group begins at the beginning":          begins,
		"what was saved is found by the next":      found,
		"groups and topics are apart":              apart,
		"one has it at a time":                     exclusive,
		"who waits gives up with the context":      givesUp,
		"what was not saved is not there":          unsaved,
		"many take turns, and nothing is unsaved":  turns,
		"a release without a save changes nothing": released,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(t, open(t))
		})
	}
}

func place(n uint64) ledger.Cursor { return ledger.Cursor{Seq: n, Token: fmt.Sprint("token of ", n)} }

func take(t *testing.T, p feed.Positions, group, topic string) feed.Position {
	t.Helper()
	got, err := p.Take(t.Context(), group, topic)
	require.NoError(t, err)
	return got
}

func begins(t *testing.T, p feed.Positions) {
	at := take(t, p, "g", "t")
	defer at.Release()
	require.Zero(t, at.At())
}

func found(t *testing.T, p feed.Positions) {
	for n := range uint64(3) {
		at := take(t, p, "g", "t")
		require.Equal(t, n > 0, at.At() != ledger.Cursor{})
		if n > 0 {
			require.Equal(t, place(10*n), at.At())
		}
		require.NoError(t, at.Save(t.Context(), place(10*n+5)))
		require.NoError(t, at.Save(t.Context(), place(10*n+10)))
		require.Equal(t, place(10*n+10), at.At())
		at.Release()
	}
}

func apart(t *testing.T, p feed.Positions) {
	names := [][2]string{{"g", "t"}, {"g", "u"}, {"h", "t"}, {"gt", ""}, {"", "gt"}, {"g/t", "u"}, {"g", "t/u"}}
	var held []feed.Position
	for i, n := range names { // nobody waits for another one
		at := take(t, p, n[0], n[1])
		require.NoError(t, at.Save(t.Context(), place(uint64(i+1))))
		held = append(held, at)
	}
	for _, at := range held {
		at.Release()
	}
	for i, n := range names {
		at := take(t, p, n[0], n[1])
		require.Equal(t, place(uint64(i+1)), at.At())
		at.Release()
	}
}

func exclusive(t *testing.T, p feed.Positions) {
	first := take(t, p, "g", "t")
	second := make(chan feed.Position)
	go func() {
		at, err := p.Take(t.Context(), "g", "t")
		if err != nil {
			t.Error(err)
		}
		second <- at
	}()
	require.NoError(t, first.Save(t.Context(), place(7)))
	select {
	case <-second:
		t.Fatal("two have it")
	default:
	}
	first.Release()
	at := <-second
	require.Equal(t, place(7), at.At(), "it stands where the first one left it, not where it stood when the second one began to wait")
	at.Release()
}

func givesUp(t *testing.T, p feed.Positions) {
	first := take(t, p, "g", "t")
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := p.Take(ctx, "g", "t")
		waiting <- err
	}()
	cancel()
	require.ErrorIs(t, <-waiting, context.Canceled)
	first.Release()
	take(t, p, "g", "t").Release()
}

func unsaved(t *testing.T, p feed.Positions) {
	at := take(t, p, "g", "t")
	require.NoError(t, at.Save(t.Context(), place(3)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := at.Save(ctx, place(4)); err == nil { // a store may do without the context
		require.NoError(t, at.Save(t.Context(), place(3)))
	}
	at.Release()
	at = take(t, p, "g", "t")
	require.Equal(t, place(3), at.At())
	at.Release()
}

func turns(t *testing.T, p feed.Positions) {
	const takers, rounds = 8, 20
	var inside atomic.Int32
	var wg sync.WaitGroup
	for range takers {
		wg.Go(func() {
			for range rounds {
				at, err := p.Take(t.Context(), "g", "t")
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two have it")
				}
				if err := at.Save(t.Context(), place(at.At().Seq+1)); err != nil {
					t.Error(err)
				}
				inside.Add(-1)
				at.Release()
			}
		})
	}
	wg.Wait()
	at := take(t, p, "g", "t")
	require.Equal(t, place(takers*rounds), at.At())
	at.Release()
}

func released(t *testing.T, p feed.Positions) {
	at := take(t, p, "g", "t")
	require.NoError(t, at.Save(t.Context(), place(9)))
	at.Release()
	take(t, p, "g", "t").Release()
	at = take(t, p, "g", "t")
	require.Equal(t, place(9), at.At())
	at.Release()
}
