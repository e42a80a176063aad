package kurrent_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// late is how much later than its deadline a call may return, besides what this process was not running at all, because the machine had other work.
const late = 500 * time.Millisecond

// A heart beats every few milliseconds, and knows the longest time that it did not.
type heart struct {
	worst atomic.Int64
	stop  chan struct{}
}

func newHeart() *heart {
	h := &heart{stop: make(chan struct{})}
	go func() {
		for last := time.Now(); ; {
			select {
			case <-h.stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			h.worst.Store(max(h.worst.Load(), int64(time.Since(last))))
			last = time.Now()
		}
	}()
	return h
}

// A crowd uses a ledger while its server comes and goes, and keeps what it was told.
type crowd struct {
	t    *testing.T
	l    *kurrent.Ledger
	seed uint64
	stop atomic.Bool
	done sync.WaitGroup

	mu    sync.Mutex
	acked map[domain.EventID]uint64 // seq
	worst time.Duration             // past a deadline
	calls int
	gaps  int // calls that ended without an answer
}

// returned checks that a call came back by its deadline.
func (c *crowd) returned(ctx context.Context, err error) {
	at, _ := ctx.Deadline()
	over := time.Since(at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if err != nil {
		c.gaps++
	}
	c.worst = max(c.worst, over)
}

// known says whether an error is one that an outage may bring.
func known(err error) bool {
	var unknown *kurrent.UnknownError
	return errors.As(err, &unknown) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, kurrent.ErrUnreachable)
}

// write appends to a stream of its own, each append as often as it takes.
func (c *crowd) write(w int) {
	random := rand.New(rand.NewPCG(c.seed, uint64(w)))
	stream := domain.StreamID(fmt.Sprintf("test-%d", w))
	for version := 0; ; {
		drafts := ledgertest.Drafts(fmt.Sprintf("%d-%d", w, version), 1+random.IntN(3))
		for {
			if c.stop.Load() {
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(20+random.IntN(1500))*time.Millisecond)
			seq, err := c.l.Append(ctx, stream, uint64(version), drafts...)
			c.returned(ctx, err)
			cancel()
			if err == nil {
				c.mu.Lock()
				for i, d := range drafts {
					c.acked[d.ID] = seq + uint64(i)
				}
				c.mu.Unlock()
				break
			}
			if !known(err) {
				c.t.Errorf("append to %s@%d: %v", stream, version, err)
				c.stop.Store(true)
				return
			}
		}
		version += len(drafts)
	}
}

// read reads its stream and the head.
func (c *crowd) read(w int) {
	random := rand.New(rand.NewPCG(c.seed, 1000+uint64(w)))
	for !c.stop.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(20+random.IntN(1500))*time.Millisecond)
		next, err := uint64(0), error(nil)
		for r, e := range c.l.Stream(ctx, domain.StreamID(fmt.Sprintf("test-%d", random.IntN(40))), 0) {
			if err = e; e == nil && r.Revision != next {
				c.t.Errorf("revision %d of %s where %d comes next", r.Revision, r.Stream, next)
			}
			next++
		}
		c.returned(ctx, err)
		if err != nil && !known(err) {
			c.t.Errorf("stream: %v", err)
		}
		_, err = c.l.Head(ctx)
		c.returned(ctx, err)
		if err != nil && !known(err) {
			c.t.Errorf("head: %v", err)
		}
		cancel()
	}
}

// follow follows from the beginning, in one go or with breaks, until it has seen everything up to a head that is known at the end.
func (c *crowd) follow(w int, until <-chan uint64, breaks bool) {
	random := rand.New(rand.NewPCG(c.seed, 2000+uint64(w)))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	end := uint64(1 << 62)
	go func() {
		atomic.StoreUint64(&end, <-until)
	}()
	var at ledger.Cursor
	revisions := make(map[domain.StreamID]uint64)
	seen := make(map[domain.EventID]bool)
	for at.Seq < atomic.LoadUint64(&end) {
		part, stop := context.WithTimeout(ctx, 100*time.Millisecond) // so that the end is noticed where nothing comes any more
		if breaks {
			stop()
			part, stop = context.WithTimeout(ctx, time.Duration(1+random.IntN(300))*time.Millisecond)
		}
		for e, err := range c.l.Follow(part, at) {
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					c.t.Errorf("follow: %v", err)
					stop()
					return
				}
				break
			}
			if e.Seq != at.Seq || e.Revision != revisions[e.Stream] || seen[e.ID] {
				c.t.Errorf("record %d (%s@%d) where %d comes next", e.Seq, e.Stream, e.Revision, at.Seq)
			}
			at, seen[e.ID] = e.Cursor, true
			revisions[e.Stream]++
		}
		stop()
	}
}

// runOutages lets 50 callers and some followers work through outages, and then compares what they were told with what the disk holds.
func runOutages(t *testing.T, seed uint64, outages []time.Duration) {
	t.Logf("seed %d, outages %v", seed, outages)
	m := newMachine(t)
	l, err := kurrent.Open(t.Context(), kurrent.Config{URL: url(m.address)})
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	h := newHeart()
	c := &crowd{t: t, l: l, seed: seed, acked: make(map[domain.EventID]uint64)}
	until := make(chan uint64)
	var followers sync.WaitGroup
	for w := range 40 {
		c.done.Go(func() { c.write(w) })
	}
	for w := range 10 {
		c.done.Go(func() { c.read(w) })
	}
	const following = 6
	for w := range following {
		followers.Go(func() { c.follow(w, until, w%2 == 1) })
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for _, outage := range outages {
		time.Sleep(time.Duration(50+random.IntN(400)) * time.Millisecond)
		m.kill()
		time.Sleep(outage)
		m.start()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		_, err := l.Head(ctx)
		cancel()
		require.NoError(t, err, "the server is back for 30 s")
	}
	time.Sleep(200 * time.Millisecond)
	c.stop.Store(true)
	c.done.Wait()
	head, err := l.Head(t.Context())
	require.NoError(t, err)
	for range following {
		until <- head
	}
	followers.Wait()
	close(h.stop)
	missed := time.Duration(h.worst.Load())
	require.Less(t, c.worst, late+missed, "a call came back after its deadline")
	require.NoError(t, l.Close())
	m.kill()
	requireNoGoroutines(t)

	disk, err := sqlite.Open(t.Context(), m.file, sqlite.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, disk.Close()) }()
	ids := make(map[domain.EventID]bool)
	for _, e := range ledgertest.All(t, disk, ledger.Cursor{}) {
		require.False(t, ids[e.ID], "record %d is there twice", e.Seq)
		ids[e.ID] = true
		if seq, ok := c.acked[e.ID]; ok {
			require.Equal(t, seq, e.Seq)
			delete(c.acked, e.ID)
		}
	}
	require.Empty(t, c.acked, "acknowledged and not there")
	require.Equal(t, int(head), len(ids))
	ledgertest.Check(t, disk)
	t.Logf("%d records, %d calls, %d of them without an answer; the latest came %v after its deadline, and the process stood still for %v", head, c.calls, c.gaps, c.worst, missed)
}

// TestOutages kills the server while it is used, with seeds that are kept. DAYBOOK_FAULTS=5m goes on with others for five minutes, which are said, and with outages of up to 10 s;
// DAYBOOK_FAULTS_SEED begins with one of them.
func TestOutages(t *testing.T) {
	began := time.Now()
	for _, seed := range []uint64{1, 2} {
		runOutages(t, seed, []time.Duration{100 * time.Millisecond, 1300 * time.Millisecond, 300 * time.Millisecond})
	}
	more, err := time.ParseDuration(cmp.Or(os.Getenv("DAYBOOK_FAULTS"), "0s"))
	require.NoError(t, err)
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("DAYBOOK_FAULTS_SEED"), strconv.FormatInt(began.UnixNano(), 10)), 10, 64)
	require.NoError(t, err)
	for ; time.Since(began) < more; seed++ {
		random := rand.New(rand.NewPCG(seed, 7))
		outages := make([]time.Duration, 1+random.IntN(5))
		for i := range outages {
			outages[i] = time.Duration(100+random.IntN(9900)) * time.Millisecond
		}
		runOutages(t, seed, outages)
	}
}
