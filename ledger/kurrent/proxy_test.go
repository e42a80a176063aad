package kurrent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// A proxy stands between a client and a server, and passes bytes on as it is told to.
type proxy struct {
	listener net.Listener
	server   string
	cutAfter func() int // how many bytes a connection carries in each direction before it is cut; nil for ever
	done     sync.WaitGroup

	mu      sync.Mutex
	stalled chan struct{} // closed when bytes flow again; nil while they do
	conns   map[net.Conn]bool
	cuts    atomic.Int64
}

func newProxy(t testing.TB, server string, cutAfter func() int) *proxy {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: at, server: server, cutAfter: cutAfter, conns: make(map[net.Conn]bool)}
	p.done.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.conns[in], p.conns[out] = true, true
		p.mu.Unlock()
		p.done.Go(func() { p.pass(in, out) })
		p.done.Go(func() { p.pass(out, in) })
	}
}

// pass carries bytes one way until one side ends, or the connection has carried what it may: then it is cut wherever that is, in the middle of a message.
func (p *proxy) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	left := -1
	if p.cutAfter != nil {
		left = p.cutAfter()
	}
	buf := make([]byte, 4096)
	for left != 0 {
		n, err := from.Read(buf)
		if left > 0 {
			n = min(n, left)
			left -= n
		}
		p.mu.Lock()
		stalled := p.stalled
		p.mu.Unlock()
		if stalled != nil {
			<-stalled
		}
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
	p.cuts.Add(1)
}

// stall stops all bytes, without a word to anybody. flow lets them go on.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = make(chan struct{})
}

func (p *proxy) flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.flow()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

// Connections that are cut every few thousand bytes, in the middle of messages: everything arrives once, and followers see it once.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			const writers, each = 8, 25
			m := memory()
			var mu sync.Mutex
			random, whole := rand.New(rand.NewPCG(seed, 1)), false
			p := newProxy(t, serve(t, m, esdbserver.Options{}), func() int {
				mu.Lock()
				defer mu.Unlock()
				if whole {
					return -1
				}
				return 5000 + random.IntN(100_000)
			})
			l := open(t, kurrent.Config{URL: url(p.address())})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var done sync.WaitGroup
			for w := range writers {
				done.Go(func() {
					random := rand.New(rand.NewPCG(seed, 10+uint64(w)))
					stream := domain.StreamID(fmt.Sprintf("test-%d", w))
					for v := range each {
						d := ledgertest.Draft(fmt.Sprint(w), v)
						d.Data = make([]byte, random.IntN(4000))
						if _, err := l.Append(ctx, stream, uint64(v), d); err != nil {
							t.Errorf("append: %v", err)
							return
						}
					}
				})
			}
			for range 3 {
				done.Go(func() {
					next := uint64(0)
					for e, err := range l.Follow(ctx, ledger.Cursor{}) {
						if err != nil || e.Seq != next {
							t.Errorf("record %d where %d comes next: %v", e.Seq, next, err)
							return
						}
						if next++; next == writers*each {
							return
						}
					}
				})
			}
			done.Wait()
			mu.Lock()
			whole = true
			mu.Unlock()
			require.Equal(t, writers*each, ledgertest.Check(t, l))
			require.Equal(t, writers*each, ledgertest.Check(t, m))
			require.Positive(t, p.cuts.Load(), "nothing was cut")
		})
	}
}

// A server that is there and says nothing: calls return by their deadlines, and go on when it speaks again.
func TestStall(t *testing.T) {
	t.Parallel()
	p := newProxy(t, serve(t, memory(), esdbserver.Options{}), nil)
	l := open(t, kurrent.Config{URL: url(p.address())})
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	h := newHeart()
	p.stall()
	var done sync.WaitGroup
	var worst atomic.Int64
	for i := range 50 {
		done.Go(func() {
			const patience = 300 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			start := time.Now()
			switch i % 4 {
			case 0:
				_, err := l.Append(ctx, "test-a", 1, ledgertest.Draft("one", 1))
				var unknown *kurrent.UnknownError // or it waited for a connection, and was not sent
				if !errors.As(err, &unknown) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("append: %v", err)
				}
			case 1:
				if _, err := l.Head(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("head: %v", err)
				}
			case 2:
				for _, err := range l.Stream(ctx, "test-a", 0) {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("stream: %v", err)
					}
				}
			case 3:
				for _, err := range l.Follow(ctx, ledger.Cursor{Seq: 1}) {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("follow: %v", err)
					}
				}
			}
			over := int64(time.Since(start) - patience)
			for old := worst.Load(); over > old && !worst.CompareAndSwap(old, over); old = worst.Load() {
			}
		})
	}
	done.Wait()
	close(h.stop)
	require.Less(t, time.Duration(worst.Load()), late+time.Duration(h.worst.Load()), "a call came back after its deadline")
	p.flow()
	seq, err := l.Append(t.Context(), "test-a", 1, ledgertest.Draft("one", 1)) // which may have arrived while nobody waited for it any more
	require.NoError(t, err)
	require.Equal(t, uint64(1), seq)
	require.Equal(t, 2, ledgertest.Check(t, l))
}

// A server that takes connections and never speaks: Open gives up, and leaves nothing behind for ever.
func TestSilence(t *testing.T) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer at.Close()
	go func() {
		for {
			c, err := at.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	_, err = kurrent.Open(t.Context(), kurrent.Config{URL: url(at.Addr().String()) + "&gossipTimeout=1", Patience: 200 * time.Millisecond})
	require.ErrorIs(t, err, kurrent.ErrUnreachable)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = kurrent.Open(ctx, kurrent.Config{URL: url(at.Addr().String()) + "&gossipTimeout=1"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	requireNoGoroutines(t)
}
