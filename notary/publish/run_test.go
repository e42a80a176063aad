package publish

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
)

// Run publishes at once, every second, and a last time; it tells of trouble once, and when it is over.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var log bytes.Buffer
		c := w.config()
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		p, err := open(t.Context(), c, w.disk)
		require.NoError(t, err)
		w.append(3)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx, time.Second) }()
		synctest.Wait()
		require.EqualValues(t, 3, w.check(), "at once")
		w.append(1)
		synctest.Wait()
		require.EqualValues(t, 3, w.check())
		wait(time.Second + time.Millisecond)
		require.EqualValues(t, 4, w.check())

		w.witness.down.Store(true)
		w.append(1)
		wait(5 * time.Second)
		require.EqualValues(t, 4, w.check())
		require.Equal(t, 1, strings.Count(log.String(), "\n"), "told once: %s", &log)
		require.Contains(t, log.String(), "not published; it is tried again")
		w.witness.down.Store(false)
		wait(time.Second)
		require.EqualValues(t, 5, w.check())
		require.Contains(t, log.String(), "published again")

		w.disk.mu.Lock() // somebody moved the folder away, and the archived heads with it
		delete(w.disk.root.entries, "log")
		w.disk.mu.Unlock()
		clear(w.heads)
		w.append(1)
		wait(2 * time.Second)
		require.EqualValues(t, 6, w.check(), "it is made again")

		w.append(1)
		stop()
		require.NoError(t, <-ended)
		require.EqualValues(t, 7, w.check(), "a last head")
		require.NoError(t, p.Close())
	})
}

// What stays until somebody has seen to it ends Run.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.append(10)
		p, err := w.open()
		require.NoError(t, err)
		ended := make(chan error)
		go func() { ended <- p.Run(t.Context(), time.Second) }()
		synctest.Wait()
		w.append(1)
		w.write("log/tile/0/000.p/11", "something else")
		require.ErrorIs(t, <-ended, ErrAltered)
		require.Contains(t, string(w.disk.files("head")["head/head"]), "\n10\n", "nothing newer was signed")
	})
}

// A last head that witnesses hold up does not hold up the end.
func TestRunEndsWithoutWitnesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var log bytes.Buffer
		c := w.config()
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Witnesses = hangs{}
		p, err := open(t.Context(), c, w.disk)
		require.NoError(t, err)
		w.append(1)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx, time.Second) }()
		wait(time.Minute)
		began := time.Now()
		stop()
		require.NoError(t, <-ended)
		require.Equal(t, lastWait, time.Since(began))
		require.Contains(t, log.String(), "did not cosign")
	})
}

// hangs is witnesses that never answer.
type hangs struct{}

func (hangs) Cosign(ctx context.Context, _ int64, _ func(int64) ([]tlog.Hash, error), _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// wait lets the time of a bubble pass, and everything happen that it brings.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
