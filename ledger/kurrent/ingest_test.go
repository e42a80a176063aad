package kurrent_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// story is n batches of one record or two over many streams, in no order but that of the story; many is how often one stream goes on by itself.
func story(seed uint64, n int) (out []ledger.Batch) {
	random := rand.New(rand.NewPCG(seed, 2))
	versions := make(map[domain.StreamID]uint64)
	stream := domain.StreamID("test-0")
	for i := range n {
		if random.IntN(3) > 0 {
			stream = domain.StreamID(fmt.Sprintf("test-%d", random.IntN(n/3+1)))
		}
		drafts := ledgertest.Drafts(fmt.Sprintf("%d-%d", seed, i), 1+i%2)
		if random.IntN(100) == 0 {
			drafts[0].Data = bytes.Repeat([]byte{'x'}, 50_000)
		}
		out = append(out, ledger.Batch{Stream: stream, Version: versions[stream], Drafts: drafts})
		versions[stream] += uint64(len(drafts))
	}
	return out
}

// requireStory fails unless the ledger holds exactly the records of a story, in its order.
func requireStory(t testing.TB, l ledger.Reader, bs []ledger.Batch) {
	t.Helper()
	all := ledgertest.All(t, l, ledger.Cursor{})
	n := 0
	for _, b := range bs {
		for i, d := range b.Drafts {
			require.Less(t, n, len(all))
			r := all[n]
			require.True(t, r.Stream == b.Stream && r.Revision == b.Version+uint64(i) && r.ID == d.ID && r.Type == d.Type && bytes.Equal(r.Data, d.Data) && bytes.Equal(r.Meta, d.Meta),
				"record %d is %s@%d", n, r.Stream, r.Revision)
			n++
		}
	}
	require.Len(t, all, n)
	ledgertest.Check(t, l)
}

func TestIngest(t *testing.T) {
	t.Parallel()
	l := open(t, kurrent.Config{URL: url(serve(t, memory(), esdbserver.Options{}))})
	bs := story(1, 3000)
	for _, to := range []int{0, 1, 1000, 1000, 2999, 3000} { // what is there already is no error
		done, err := l.Ingest(t.Context(), bs[:to])
		require.NoError(t, err)
		require.Equal(t, to, done)
		requireStory(t, l, bs[:to])
	}
}

// An answer that is no, or a batch that no server is asked for, has the error that an append of its own has.
func TestIngestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bad ledger.Batch
		is  error
	}{
		"a conflict":  {ledger.Batch{Stream: "test-taken", Version: 1, Drafts: ledgertest.Drafts("late", 1)}, ledger.ErrConflict},
		"too large":   {ledger.Batch{Stream: "test-large", Drafts: []ledger.Draft{{Type: "t", Data: make([]byte, domain.MaxRecord+1)}}}, ledger.ErrTooLarge},
		"no drafts":   {ledger.Batch{Stream: "test-none"}, nil},
		"a bad name":  {ledger.Batch{Stream: "test-\x00", Drafts: ledgertest.Drafts("one", 1)}, nil},
		"no such one": {ledger.Batch{Stream: "test-gap", Version: 7, Drafts: ledgertest.Drafts("one", 1)}, ledger.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, kurrent.Config{URL: url(serve(t, memory(), esdbserver.Options{}))})
			_, err := l.Append(t.Context(), "test-taken", 0, ledgertest.Drafts("first", 3)...)
			require.NoError(t, err)
			bs := story(2, 60)
			done, err := l.Ingest(t.Context(), append(bs[:40:40], append([]ledger.Batch{c.bad}, bs[40:]...)...))
			require.Error(t, err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.Equal(t, 40, done)
			all := ledgertest.All(t, l, ledger.Cursor{Seq: 3})
			for i, n := 0, 0; i < 40; i++ { // those before it stand in their order, whatever stands behind it
				for range bs[i].Drafts {
					require.Equal(t, bs[i].Stream, all[n].Stream)
					n++
				}
			}
		})
	}
}

// A server that has no such call.
func TestIngestWithoutBatchAppend(t *testing.T) {
	t.Parallel()
	l := open(t, kurrent.Config{URL: url(serveWith(t, memory(), func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if method == "BatchAppend" {
			return status.Error(codes.Unimplemented, "unknown method")
		}
		return handle(g)
	}))})
	bs := story(3, 50)
	done, err := l.Ingest(t.Context(), bs)
	require.NoError(t, err)
	require.Equal(t, 50, done)
	requireStory(t, l, bs)
}

// breaking is a call whose messages are counted: some get lost, some are answered with another answer, some end it.
type breakingCall struct {
	grpc.ServerStream
	mu     sync.Mutex
	random *rand.Rand
	what   string
	dead   bool
}

func (b *breakingCall) strikes() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.random.IntN(150) == 0
}

func (b *breakingCall) RecvMsg(m any) error {
	if b.what == "received" && b.strikes() {
		return status.Error(codes.Unavailable, "injected")
	}
	return b.ServerStream.RecvMsg(m)
}

func (b *breakingCall) SendMsg(m any) error {
	resp := m.(*streams.BatchAppendResp)
	switch {
	case b.dead:
		return nil
	case !b.strikes():
	case b.what == "answered": // appended, and nobody hears of it
		return status.Error(codes.Unavailable, "injected")
	case b.what == "silent":
		b.dead = true
		return nil
	case b.what == "busy": // EventStoreDB: a message, and no code
		resp.Result = &streams.BatchAppendResp_Error{Error: status.New(codes.OK, "Server Is Busy").Proto()}
	case b.what == "timeout":
		resp.Result = &streams.BatchAppendResp_Error{Error: status.New(codes.DeadlineExceeded, "Timeout").Proto()}
	case b.what == "ended":
		return io.EOF
	}
	return b.ServerStream.SendMsg(m)
}

// Calls that break off anywhere, before and after what was sent is on the disk, and answers that say neither yes nor no: the order is that of the story, and each record stands once.
func TestIngestBreaksOff(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"received", "answered", "busy", "timeout", "ended", "silent"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Uint64
			disk := memory()
			l := open(t, kurrent.Config{Patience: time.Second, URL: url(serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
				if method != "BatchAppend" {
					return handle(g)
				}
				return handle(&breakingCall{ServerStream: g, random: rand.New(rand.NewPCG(calls.Add(1), 3)), what: what})
			}))})
			bs := story(4, 600)
			for at := 0; at < len(bs); {
				done, err := l.Ingest(t.Context(), bs[at:])
				at += done
				if what != "silent" { // which nobody knows from a server that is gone
					require.NoError(t, err)
				} else if err != nil {
					var unknown *kurrent.UnknownError
					require.ErrorAs(t, err, &unknown)
				}
			}
			require.Greater(t, calls.Load(), uint64(1))
			requireStory(t, l, bs)
			require.Equal(t, ledgertest.Check(t, l), ledgertest.Check(t, disk))
		})
	}
}

// Whoever sets a deadline gets it, and hears that nobody knows the outcome.
func TestIngestKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	p := newProxy(t, serve(t, memory(), esdbserver.Options{}), nil)
	l := open(t, kurrent.Config{URL: url(p.address())})
	bs := story(5, 4000)
	_, err := l.Ingest(t.Context(), bs[:10])
	require.NoError(t, err)
	p.stall()
	h := newHeart()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = l.Ingest(ctx, bs[10:])
	require.Error(t, err)
	close(h.stop)
	require.Less(t, time.Since(start)-300*time.Millisecond, late+time.Duration(h.worst.Load()))
	p.flow()
	_, err = l.Ingest(t.Context(), bs)
	require.NoError(t, err)
	requireStory(t, l, bs)
}

// Cancelled and closed in the middle, it returns at once; what was answered until then stands.
func TestIngestEnds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cancelled", "closed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := memory()
			begun := make(chan struct{})
			var once sync.Once
			at := serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
				if method == "BatchAppend" {
					once.Do(func() { close(begun) })
					<-g.Context().Done()
					return g.Context().Err()
				}
				return handle(g)
			})
			l, err := kurrent.Open(t.Context(), kurrent.Config{URL: url(at)})
			require.NoError(t, err)
			defer l.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-begun
				if name == "closed" {
					_ = l.Close()
				} else {
					cancel()
				}
			}()
			done, err := l.Ingest(ctx, story(6, 100))
			require.Error(t, err)
			require.Zero(t, done)
			if name == "closed" {
				require.Contains(t, err.Error(), ledger.ErrClosed.Error())
			}
		})
	}
}

// It goes where appends go: with certificates and credentials, and to the node that leads.
func TestIngestFindsItsServer(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	users := esdbserver.Users{"ops": sha256.Sum256([]byte(secret))}
	guarded := "esdb://" + serve(t, memory(), esdbserver.Options{TLS: ca.issue(t, time.Now().Add(time.Hour)), Users: users})
	for name, c := range map[string]kurrent.Config{
		"with credentials": {URL: guarded, CAFile: ca.file, Credentials: "ops:" + secret},
		"by its nodes":     {URL: "esdb://127.0.0.1:1," + serve(t, memory(), esdbserver.Options{}) + "?tls=false"},
		"by a name":        {URL: "esdb+discover://" + serve(t, memory(), esdbserver.Options{}) + "?tls=false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, c)
			bs := story(7, 200)
			_, err := l.Ingest(t.Context(), bs)
			require.NoError(t, err)
			requireStory(t, l, bs)
		})
	}
}

// Another server at the address gets nothing.
func TestIngestToAnotherServer(t *testing.T) {
	t.Parallel()
	first, other := written(t, "one", 3), written(t, "two", 9)
	s := newSwitch(t, first, esdbserver.Options{})
	l := open(t, kurrent.Hasty(kurrent.Config{URL: url(s.address)}))
	require.Equal(t, 3, ledgertest.Check(t, l))
	s.restart(other, esdbserver.Options{})
	_, err := l.Ingest(t.Context(), story(8, 20))
	require.ErrorIs(t, err, ledger.ErrDamaged)
	require.Equal(t, 9, ledgertest.Check(t, other))
}

// A server that is killed and started again while a long story is on its way: it stands there once, in its order.
func TestIngestThroughOutages(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	l := open(t, kurrent.Config{URL: url(m.address)})
	bs := story(9, 12000)
	stop := make(chan struct{})
	var killing sync.WaitGroup
	killing.Go(func() {
		random := rand.New(rand.NewPCG(9, 4))
		for range 6 {
			select {
			case <-time.After(time.Duration(50+random.IntN(250)) * time.Millisecond):
			case <-stop:
				return
			}
			m.kill()
			time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
			m.start()
		}
	})
	for at := 0; at < len(bs); {
		done, err := l.Ingest(t.Context(), bs[at:min(at+1500, len(bs))])
		at += done
		var unknown *kurrent.UnknownError
		require.True(t, err == nil || errors.As(err, &unknown), "%v", err)
	}
	close(stop)
	killing.Wait()
	requireStory(t, l, bs)
}
