package kurrent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// An injection stands in front of every streaming call. It may call handle, before or after which it fails.
type injection func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error

// serveWith serves l with an injection, which is a server with other errors than ours has.
func serveWith(t testing.TB, l ledger.Ledger, inject injection) string {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := grpc.NewServer(
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		grpc.StreamInterceptor(func(srv any, g grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			_, method, _ := strings.Cut(info.FullMethod[1:], "/")
			return inject(method, g, func(g grpc.ServerStream) error { return handler(srv, g) })
		}))
	esdbserver.New(l, esdbserver.Options{Append: l, MaxAppend: 16 << 20}).Register(g)
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(at) }()
	t.Cleanup(func() {
		g.Stop()
		require.NoError(t, <-ended)
	})
	return at.Addr().String()
}

// drain reads an append to its end, as a server does that lets its client hear why it fails.
func drain(g grpc.ServerStream) {
	for g.RecvMsg(&streams.AppendReq{}) == nil {
	}
}

// Answers that get lost, before and after the append is on the disk, in all the ways in which a server or the way to it says so: it stands there once, and the caller
// learns where.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unavailable, codes.Aborted, codes.DeadlineExceeded, codes.Internal, codes.Unknown, codes.Canceled, codes.NotFound} {
		for name, after := range map[string]bool{"before": false, "after": true} {
			t.Run(code.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				var failures atomic.Int32
				disk := memory()
				l := open(t, kurrent.Config{URL: url(serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
					if method != "Append" || failures.Add(1)%3 == 0 {
						return handle(g)
					}
					if after {
						if err := handle(silent{g}); err != nil {
							return err
						}
					} else {
						drain(g)
					}
					return status.Error(code, "injected")
				}))})
				for i := range 5 {
					seq, err := l.Append(t.Context(), "test-a", uint64(2*i), ledgertest.Drafts(fmt.Sprint(i), 2)...)
					require.NoError(t, err)
					require.Equal(t, uint64(2*i), seq)
				}
				require.Equal(t, 10, ledgertest.Check(t, l))
				require.Equal(t, 10, ledgertest.Check(t, disk))
				_, err := l.Append(t.Context(), "test-a", 3, ledgertest.Draft("late", 0))
				var c *ledger.ConflictError
				require.ErrorAs(t, err, &c)
				require.Equal(t, uint64(10), c.Actual)
			})
		}
	}
}

// silent is a stream on which the server's answer gets lost.
type silent struct{ grpc.ServerStream }

func (silent) SendMsg(any) error { return nil }

// Answers that will be the same the next time are given at once, and say that nothing was written.
func TestFinalAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code     codes.Code
		trailers metadata.MD
		is       error
	}{
		"too large":      {codes.InvalidArgument, metadata.Pairs("exception", "maximum-append-size-exceeded", "maximum-append-size", "1048576"), nil},
		"access denied":  {codes.PermissionDenied, metadata.Pairs("exception", "access-denied"), kurrent.ErrRefused},
		"stream deleted": {codes.FailedPrecondition, metadata.Pairs("exception", "stream-deleted", "stream-name", "daybook-test-a"), ledger.ErrDamaged},
		"without a name": {codes.FailedPrecondition, metadata.Pairs("exception", "stream-deleted"), nil}, // over which the client panics
		"unimplemented":  {codes.Unimplemented, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var appends atomic.Int32
			l := open(t, kurrent.Config{URL: url(serveWith(t, memory(), func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
				if method != "Append" {
					return handle(g)
				}
				appends.Add(1)
				drain(g)
				g.SetTrailer(c.trailers)
				return status.Error(c.code, "injected")
			}))})
			_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
			require.Error(t, err)
			var unknown *kurrent.UnknownError
			require.False(t, errors.As(err, &unknown), "%v", err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
				require.Equal(t, c.is == kurrent.ErrRefused, errors.Is(err, ledger.ErrUnavailable))
			}
			require.Equal(t, int32(1), appends.Load())
			require.Zero(t, ledgertest.Check(t, l))
		})
	}
}

// A server that fails an append before it has read it leaves the client with an EOF. That comes to an end.
func TestEndedEarly(t *testing.T) {
	t.Parallel()
	l := open(t, kurrent.Config{URL: url(serveWith(t, memory(), func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if method != "Append" {
			return handle(g)
		}
		return status.Error(codes.InvalidArgument, "injected")
	}))})
	drafts := ledgertest.Drafts("one", 400)
	for i := range drafts {
		drafts[i].Data = make([]byte, 10_000)
	}
	_, err := l.Append(t.Context(), "test-a", 0, drafts...)
	require.Error(t, err)
	var e *esdb.Error
	require.ErrorAs(t, err, &e)
	require.NotErrorIs(t, err, kurrent.ErrUnreachable)
}

// A node that knows no leader answers NotFound. That is not "the stream has no records".
func TestNotFoundIsNoEnd(t *testing.T) {
	t.Parallel()
	var reads atomic.Int32
	disk := memory()
	put(t, disk, "daybook-test-a", 0, "tested.v1", "{}")
	l := open(t, kurrent.Config{URL: url(serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if method == "Read" && reads.Add(1)%4 == 3 {
			g.SetTrailer(metadata.Pairs("exception", "not-leader"))
			return status.Error(codes.NotFound, "Leader info not available")
		}
		return handle(g)
	}))})
	for range 10 {
		require.Len(t, ledgertest.Stream(t, l, "test-a"), 1)
		require.Len(t, ledgertest.All(t, l, ledger.Cursor{}), 1)
		n, err := l.Version(t.Context(), "test-a")
		require.NoError(t, err)
		require.Equal(t, uint64(1), n)
	}
}

// A read that breaks off in the middle goes on where it was.
func TestReadsThatBreakOff(t *testing.T) {
	t.Parallel()
	disk := memory()
	const total = 3 * kurrent.MaxRecent
	for i := range total / 512 {
		_, err := disk.Append(t.Context(), domain.StreamID(fmt.Sprintf("daybook-test-%d", i%3)), uint64(i/3*512), ledgertest.Drafts(fmt.Sprint(i), 512)...)
		require.NoError(t, err)
	}
	var reads atomic.Int32
	l := open(t, kurrent.Config{URL: url(serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if n := reads.Add(1); method == "Read" && n > 2 {
			return handle(&brittle{ServerStream: g, left: int(500 + 37*n)})
		}
		return handle(g)
	}))})
	require.Equal(t, total, ledgertest.Check(t, l))
	n := 0
	for e, err := range l.Follow(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		require.Equal(t, uint64(n), e.Seq)
		if n++; n == total {
			break
		}
	}
}

// brittle is a stream that breaks after some messages.
type brittle struct {
	grpc.ServerStream
	left int
}

func (b *brittle) SendMsg(m any) error {
	if b.left--; b.left < 0 {
		return status.Error(codes.Aborted, "injected")
	}
	return b.ServerStream.SendMsg(m)
}

// An answer that the client does not expect makes it panic. That is an error of the call, and the ledger goes on.
func TestUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	var odd atomic.Bool
	l := open(t, kurrent.Config{URL: url(serveWith(t, memory(), func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if method == "Read" && odd.Load() {
			return g.SendMsg(&streams.ReadResp{Content: &streams.ReadResp_FirstStreamPosition{}})
		}
		return handle(g)
	}))})
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	odd.Store(true)
	_, err = l.Version(t.Context(), "test-a")
	require.ErrorContains(t, err, "the client panicked")
	odd.Store(false)
	require.Equal(t, 1, ledgertest.Check(t, l))
}

// Whoever asks gets the leader's answer: the client says so nowhere, so we do.
func TestLeaderIsAsked(t *testing.T) {
	t.Parallel()
	var others atomic.Int32
	l := open(t, kurrent.Config{URL: url(serveWith(t, memory(), func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if md, _ := metadata.FromIncomingContext(g.Context()); len(md.Get("requires-leader")) != 1 || md.Get("requires-leader")[0] != "true" {
			others.Add(1)
		}
		return handle(g)
	}))})
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	require.Equal(t, 1, ledgertest.Check(t, l))
	require.Zero(t, others.Load())
}

// A call whose context ends while the server works on it: nobody waits, and what becomes of it is found out by trying again.
func TestSlowAppend(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	var first atomic.Bool
	first.Store(true)
	disk := memory()
	l := open(t, kurrent.Config{URL: url(serveWith(t, disk, func(method string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		if method == "Append" && first.CompareAndSwap(true, false) {
			defer func() { <-slow }()
			return handle(silent{g})
		}
		return handle(g)
	}))})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := l.Append(ctx, "test-a", 0, ledgertest.Draft("one", 0))
	var unknown *kurrent.UnknownError
	require.ErrorAs(t, err, &unknown)
	require.ErrorIs(t, err, ledger.ErrUnknownOutcome)
	require.NotErrorIs(t, err, ledger.ErrUnavailable, "which would say that nothing was written")
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	seq, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	require.Zero(t, seq)
	require.Equal(t, 1, ledgertest.Check(t, disk))
	close(slow)
	require.NotErrorIs(t, err, io.EOF)
}
