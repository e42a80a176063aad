package adjudicate_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/replay/adjudicate"
	"daybook.internal/simulate"
)

// crowded is a ledger that gives way to others at every step, so that much happens between what a command looks at and what it writes.
type crowded struct{ *ledgertest.Memory }

func giveWay() {
	for range rand.IntN(4) {
		runtime.Gosched()
	}
}

// Append is that of ledger.Appender.
func (c crowded) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	giveWay()
	return c.Memory.Append(ctx, stream, version, drafts...)
}

// Stream is that of ledger.Reader.
func (c crowded) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	giveWay()
	return c.Memory.Stream(ctx, stream, from)
}

// All is that of ledger.Reader.
func (c crowded) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	giveWay()
	return c.Memory.All(ctx, after)
}

// TestCrowd sends an edition, and from the first session on in crowds: 64 lines at once, and whoever was too early once more, in order. What comes of it is an honest record in which decisions
// rest on what stood a moment before.
func TestCrowd(t *testing.T) {
	t.Parallel()
	l := crowded{ledgertest.NewMemory()}
	var now atomic.Int64
	s := &commands.Service{Ledger: l, Vault: newWords(), Now: func() time.Time { return domain.Time(now.Load()).Std() }}
	send := func(line simulate.Line) error {
		content, err := json.Marshal(line.Content)
		require.NoError(t, err)
		c, ok := commands.ByName(line.Name)
		require.True(t, ok)
		for {
			_, err = c.Run(context.Background(), s, commands.By{Command: line.ID, Actor: line.Actor, OccurredAt: line.Before}, content)
			if !errors.Is(err, ledger.ErrConflict) { // who gave up sends it again
				return err
			}
		}
	}
	stands := func(id domain.StreamID) (n uint64) {
		for r := range l.Memory.Stream(context.Background(), id, 0) {
			n = r.Revision + 1
		}
		return n
	}
	next, stop := iter.Pull2(simulate.Lines(simulate.Options{Seed: 3, Countries: 3, Citizens: 20, Online: 10}, stands, func() uint64 { return uint64(len(recordOf(l.Memory))) }))
	defer stop()
	rejected, repeated, size := 0, 0, 1
	for more := true; more; {
		var crowd []simulate.Line
		for len(crowd) < size && more {
			line, err, ok := next()
			require.NoError(t, err)
			if more = ok; !ok {
				break
			}
			if crowd = append(crowd, line); line.Name == "open-session" {
				size = 64
			}
		}
		if len(crowd) == 0 {
			break
		}
		now.Store(int64(crowd[len(crowd)-1].At))
		early := make([]bool, len(crowd))
		var all sync.WaitGroup
		for i := range crowd {
			all.Go(func() { early[i] = send(crowd[i]) != nil })
		}
		all.Wait()
		for i, again := range early {
			if again {
				if repeated++; send(crowd[i]) != nil {
					rejected++
				}
			}
		}
	}
	r := recordOf(l.Memory)
	require.Empty(t, violations(t, r, adjudicate.Options{}))
	stale, lag := 0, 0
	versions := map[domain.StreamID]uint64{}
	for _, f := range r.facts(t) {
		for _, o := range f.Meta.Observed {
			switch {
			case o.Stream == domain.LedgerStream && o.Version < f.Seq:
				lag++
			case o.Stream != domain.LedgerStream && o.Version < versions[o.Stream]:
				stale++
			}
		}
		versions[f.Stream]++
	}
	t.Logf("%d records, %d were too early, %d rejected, %d observations were overtaken, %d of the whole ledger", len(r), repeated, rejected, stale, lag)
	require.NotZero(t, stale)
	require.NotZero(t, lag)
}
