// Package esdbserver serves a ledger over the gRPC protocol of EventStoreDB (KurrentDB), so that any official client in any language reads and follows
// a daybook: streams and $all forwards and backwards, and catch-up subscriptions with filters and checkpoints.
//
// The rule it keeps: what it serves is the ledger and nothing else. Nobody deletes, truncates or rewrites through it, and nobody appends unless it was given an Appender.
//
// Positions in $all are dense: the record with Seq n stands at commit and prepare position n+1, which is the Seq of the ledger.Cursor after it. So position 0 is the
// place before everything, a subscription after position p goes on at ledger.Cursor{Seq: p}, and whoever knows a position knows how many records stand up to it.
//
// The protocol is that of EventStore-Client-Go v4.2.0 (protos/streams.proto and its neighbours). docs/esdb.md says what is served, what is refused and at which cost.
package esdbserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"daybook.internal/ledger"
)

// Options are how a ledger is served. The zero Options serve it for reading, on loopback addresses only.
type Options struct {
	// Append lets clients append, with the expected versions and repetitions of EventStoreDB. It is for tests: what is appended here is no
	// decision of package commands.
	Append ledger.Appender

	// MaxAppend is the most that one append holds, in bytes; 0 means 1 MiB, as by the default setting of EventStoreDB up to version 25.0.
	MaxAppend int

	// TLS is the certificate and what belongs to it. Without it, only loopback addresses are served, and nobody is asked for credentials.
	TLS *tls.Config

	// Users are those who may read. Beyond loopback addresses there must be some.
	Users Users

	// MaxReads is how many reads and subscriptions are open at a time, over all connections; 0 means 256. Each holds up to some MiB of memory. The one
	// too many is told that the server is busy.
	MaxReads int

	// Grace is how long a stop waits for reads that are about to end; 0 means 5 seconds.
	Grace time.Duration

	// Log gets what is wrong with the ledger, not what is wrong with requests. nil: nobody hears it.
	Log *slog.Logger
}

const (
	defaultReads  = 256
	defaultAppend = 1 << 20
	defaultGrace  = 5 * time.Second

	leastPing = 200 * time.Millisecond // between two pings of a client; the official ones take 10 s

	maxRequest = 1 << 20  // bytes of one message from a client that reads
	maxMessage = 17 << 20 // and of one that may append: an event is one message
)

// Server serves one ledger. Its methods may be called at the same time.
type Server struct {
	streams.UnimplementedStreamsServer

	reader  ledger.Reader
	o       Options
	log     *slog.Logger
	notices *notices
	reads   chan struct{} // one for each open read

	stopping context.Context // is done when no read may go on
	stop     context.CancelFunc
	calls    sync.WaitGroup // open reads, and what they wait for
}

// New makes a server of what reader has.
func New(reader ledger.Reader, o Options) *Server {
	if o.MaxReads <= 0 {
		o.MaxReads = defaultReads
	}
	if o.MaxAppend <= 0 {
		o.MaxAppend = defaultAppend
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	s := &Server{reader: reader, o: o, log: o.Log, reads: make(chan struct{}, o.MaxReads)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.notices = &notices{reader: reader, stopping: s.stopping, calls: &s.calls}
	return s
}

// Register adds the services to a gRPC server that somebody else runs, such as one that goes wrong in tests. Credentials, limits and the end of it are that one's
// business then.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	streams.RegisterStreamsServer(g, s)
	serverfeatures.RegisterServerFeaturesServer(g, features{appends: s.o.Append != nil})
	gossip.RegisterGossipServer(g, members{})
}

// ErrOpen says that a ledger would be served to everybody who reaches the address.
var ErrOpen = errors.New("beyond loopback addresses, clients need TLS and credentials")

// Serve serves l until ctx ends, and closes it. A server serves once. When Serve returns, everything that it started has ended: subscriptions were told that the server is
// not available, so that clients look for it again, and reads had Options.Grace to end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	if err := s.o.Admits(l.Addr()); err != nil {
		return err
	}
	g := grpc.NewServer(s.serverOptions()...)
	s.Register(g)
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
		ended <- nil
	}
	s.shut(g)
	<-ended // what it says now is that it was stopped
	return err
}

// shut ends everything: subscriptions at once, reads within the grace.
func (s *Server) shut(g *grpc.Server) {
	s.stop()
	hard := time.AfterFunc(s.o.Grace, g.Stop)
	defer hard.Stop()
	g.GracefulStop()
	s.calls.Wait()
}

// Admits says why that address may not be served with these options. Serve asks it, too.
func (o Options) Admits(a net.Addr) error {
	if len(o.Users) > 0 && o.TLS == nil {
		return errors.New("credentials need TLS: clients send none without it")
	}
	if t, ok := a.(*net.TCPAddr); (!ok || !t.IP.IsLoopback()) && (o.TLS == nil || len(o.Users) == 0) {
		return fmt.Errorf("serving EventStoreDB clients on %s: %w", a, ErrOpen)
	}
	return nil
}

func (s *Server) serverOptions() []grpc.ServerOption {
	most := maxRequest
	if s.o.Append != nil {
		most = maxMessage
	}
	opts := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(most),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.WaitForHandlers(true),
		grpc.ConnectionTimeout(10 * time.Second),             // for the handshake
		grpc.MaxConcurrentStreams(uint32(s.o.MaxReads) + 16), // of one connection; the others are for looking around
		// Clients ping every 10 s, also when they wait for nothing; what grpc admits by itself would end them as too many.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: leastPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}), // a subscriber that is gone without a word
		grpc.ChainUnaryInterceptor(s.unary),
		grpc.ChainStreamInterceptor(s.stream),
	}
	if s.o.TLS != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(s.o.TLS)))
	}
	return opts
}
