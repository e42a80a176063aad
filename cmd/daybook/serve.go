package main

import (
	"bytes"
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/notary/publish"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
)

// demo is a small dialogue in three countries, as commands.
//
//go:embed demo.ndjson
var demo []byte

func (p *program) serveCommand() *cobra.Command {
	var dir, listen, deliver string
	var withDemo, noLog bool
	var every time.Duration
	var flags logFlags
	var operators adminFlags
	var esdb esdbFlags
	var border edgeFlags
	var who authFlags
	c := args(&cobra.Command{
		Use:   "serve",
		Short: "Serve views, events and commands over HTTP, and keep the views up with the ledger",
		Long: `Serves a data directory over HTTP until it is interrupted, and keeps its views up with its ledger. GET / lists what there is.

Views are committed to (docs/view-roots.md) when something is closed, certified, decided or released, and every --view-roots in between while documents
change.

The log of the ledger is published to DIR/log and served under /log/: a signed head every second while events arrive, and a last one at the end (docs/log.md). A
ledger that is not what was signed before is refused; --no-log serves it without publishing, for looking at.

Events are delivered to the webhooks and brokers that --reactors names, and to webhooks that were subscribed at /v1/webhooks (docs/webhooks.md);
whatever these do, nothing here waits for them. 'daybook webhook list' shows how things stand. Others follow by themselves: GET /v1/live tells which documents change,
GET /v1/events?wait=25s gives the events (docs/follow.md).

--admin opens an address for operators: figures for Prometheus, what is ready and what is not, and profiles (docs/operations.md). There is none by default.

With --esdb, clients of EventStoreDB and KurrentDB in any language read and follow the ledger over gRPC, and change nothing (docs/esdb.md).

--ledger, --store and --vault name a KurrentDB and PostgreSQL databases that keep ledger, views and vault in the place of the data directory. Servers that share their views share a
lead: one of them keeps the views up and runs the commands, the others serve the same documents and take over within seconds when it ends. One of them publishes the log, the one that has its
key ('daybook key'); the others are told --no-log. docs/operations.md has it all.

--tls-cert and --tls-key serve HTTPS. Clients may send 300 requests in a minute each, unless --rate says otherwise; behind a reverse proxy, --trusted-proxy tells whom to believe who
asks. Where more is asked at once than the server can do, it answers 503 with Retry-After, to reads and to commands each by their own measure (docs/api.md), and to connections beyond
--connections.

On a loopback address commands of this machine are admitted as whom they say, unless --auth says otherwise. On any other address, and behind a proxy, they need a token: one of
'daybook token', or one of the OpenID provider that --auth FILE names (docs/access.md). Where there are none, the server is for reading only.`,
		Example: "  daybook serve --data ./data --demo\n  daybook serve --data ./data --listen 127.0.0.1:9000 --admin 127.0.0.1:9001\n  daybook serve --data ./data --esdb 127.0.0.1:2113\n" +
			"  daybook serve --data ./data --esdb 0.0.0.0:2113 --esdb-cert cert.pem --esdb-key key.pem --esdb-users users\n" +
			"  daybook serve --data ./data --ledger esdb://a:2113,b:2113,c:2113 --store postgres://daybook_server@db.example.org/daybook?sslmode=verify-full",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if every < 0 {
			return usageError{hint(errors.New("--view-roots is how long to wait, or 0 for not at all"), c)}
		}
		l, err := net.Listen("tcp", listen)
		if err != nil {
			return fmt.Errorf("%w; --listen chooses another address, and port 0 a free one", err)
		}
		defer l.Close()
		looking, err := operators.open()
		if err != nil {
			return err
		}
		if looking != nil {
			defer looking.Close()
		}
		warnings := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
		around, err := border.read(l.Addr(), warnings)
		if wrong, ok := errors.AsType[usageError](err); ok {
			return usageError{hint(wrong, c)}
		}
		if err != nil {
			return err
		}
		admitted, err := who.read(c, dir, l.Addr(), len(around.edge.Proxies) > 0)
		if err != nil {
			return err
		}
		forClients, err := esdb.listen(warnings)
		var wrong usageError
		if errors.As(err, &wrong) {
			return usageError{hint(err, c)}
		}
		if err != nil {
			return err
		}
		if forClients != nil {
			defer forClients.Close()
		}
		n, err := openServer(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		if withDemo {
			if err := p.loadDemo(c.Context(), n); err != nil {
				return err
			}
		}
		var log *publish.Publisher
		if !noLog {
			log, err = p.publisher(c.Context(), n, dir, &flags)
			if isRefused(err) {
				return violationError{err}
			}
			if err != nil {
				return err
			}
			defer func() { _ = log.Close() }() // serve has published the last head by then
		}
		deliveries, err := p.openReactors(c.Context(), n, dir, deliver, admitted.writes)
		if err != nil {
			return err
		}
		if deliveries != nil {
			defer func() { _ = deliveries.Close() }() // what was delivered is written down by then
		}
		return p.serve(c.Context(), n, l, looking, forClients, log, deliveries, around, admitted, every)
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	c.Flags().BoolVar(&withDemo, "demo", false, "put a small dialogue in three countries into an empty ledger first")
	c.Flags().DurationVar(&every, "view-roots", 10*time.Second, "how often to commit to views whose documents change; 0: only when something is closed, decided or released")
	c.Flags().StringVar(&deliver, "reactors", "", reactorsHelp)
	c.Flags().BoolVar(&noLog, "no-log", false, "publish nothing, and serve no log and no receipts")
	flags.add(c)
	operators.add(c)
	esdb.add(c)
	border.add(c)
	who.add(c)
	return c
}

// serveOn serves until the server is shut down: over TLS, with HTTP/2 as well, where there is a certificate.
func serveOn(s *http.Server, l net.Listener, with *tls.Config) error {
	if with == nil {
		return s.Serve(l)
	}
	s.TLSConfig = with
	return s.ServeTLS(l, "", "")
}

func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// loadDemo fills an empty ledger with the demo and leaves any other one alone.
func (p *program) loadDemo(ctx context.Context, n *node) error {
	if records, err := n.ledger.Head(ctx); err != nil || records > 0 {
		return err
	}
	if err := n.takeLead(ctx); errors.Is(err, errInUse) {
		p.say("the demo is left to whoever runs the commands now: %v", err)
		return nil
	} else if err != nil {
		return err
	}
	if n.release != nil {
		defer func() { n.release() }()
	}
	for a, err := range n.service.RunLines(ctx, bytes.NewReader(demo)) {
		if err != nil {
			return err
		}
		if a.Result == commands.Rejected {
			return fmt.Errorf("demo line %d: %s: %s", a.Line, a.Rule, a.Detail)
		}
	}
	return nil
}

// once gives words for trouble that is tried again and again: they are said when it begins and when it changes.
func (p *program) once(what string) func(error) {
	said := ""
	return func(err error) {
		if text := err.Error(); text != said {
			said = text
			p.say("%s: %s", what, text)
		}
	}
}

// serve runs the long-lived loops until ctx ends: HTTP, clients of EventStoreDB, the projector, what commits to the views, and the publisher, which may be nil as the listeners for
// operators and for those clients may. They stop in this order, and what delivers, which may be nil as well, when the first of them does, so that nothing acknowledged is left
// unprojected longer than it takes to start again, and the last head covers all of it.
func (p *program) serve(ctx context.Context, n *node, l, operators net.Listener, esdb *esdbListener, log *publish.Publisher, deliveries *reacting, around atTheEdge, admitted authentication, every time.Duration) error {
	store, shared := n.shared()
	lead := &leadership{store: store}
	if !shared { // what is shared is brought up by whoever leads
		if err := n.catchUp(ctx, p); err != nil {
			return err
		}
	}
	follows := &following{}
	projector := n.projector(readstore.Options{Watch: follows.tell(n.roots.Watch), Away: p.once("the views wait"), Lead: func(leading context.Context) {
		lead.began(leading)
		p.say("this server keeps the views up now, and runs the commands")
	}})
	watch := n.watch(ctx, log, lead)
	n.service.Ledger = watch.Measured()
	if deliveries != nil {
		if err := watch.Register(deliveryFigures{deliveries, n.ledger.Head}); err != nil {
			return err
		}
	}
	defer p.serveAdmin(operators, watch)()
	n.service.Settle = n.roots.Settle // which waits for the projector that runs
	figures := live.New(n.ledger)
	c := api.Config{
		Service: n.service, Store: n.store, Measures: figures, Local: isLoopback(l.Addr()), Stopping: ctx,
		Log:      slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Ready:    func(ctx context.Context) error { return isReady(ctx, watch) },
		Observed: watch.Request, Edge: around.edge, Site: around.site,
	}
	admitted.serve(&c)
	if err := watch.Register(admitted.figures); err != nil {
		return err
	}
	if err := watch.Register(connectionFigures{around.connections}); err != nil {
		return err
	}
	if log != nil {
		c.Published = log.Log
	}
	if shared {
		c.Lead = lead.command
	}
	follows.open(&c, n, projector, figures, deliveries, c.Log)
	if err := watch.Register(follows); err != nil {
		return err
	}
	server := api.NewHTTPServer(api.Handler(c))
	group, groupCtx := errgroup.WithContext(ctx)
	projecting, stopProjecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopProjecting()
	committing, stopCommitting := context.WithCancel(projecting)
	defer stopCommitting()
	publishing, stopPublishing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPublishing()
	var writers sync.WaitGroup // of what may still append
	writers.Add(2)
	group.Go(func() error {
		watch.Run(groupCtx)
		return nil
	})
	group.Go(func() error {
		defer writers.Done()
		defer stopCommitting() // nobody waits for views that nobody keeps up
		return projector.Run(projecting)
	})
	group.Go(func() error {
		defer writers.Done()
		return n.roots.Run(committing, every)
	})
	if log != nil {
		group.Go(func() error {
			if err := log.Run(publishing, publishEvery); isRefused(err) {
				return violationError{err}
			} else {
				return err
			}
		})
	}
	group.Go(func() error { return p.keepMeasures(groupCtx, figures) })
	follows.run(groupCtx, group)
	if esdb != nil {
		group.Go(func() error { return esdb.serve(groupCtx, n.ledger) })
	}
	if deliveries != nil {
		group.Go(func() error { return deliveries.Run(groupCtx) })
	}
	group.Go(func() error {
		if err := serveOn(server, around.connections.Listen(l, around.tls != nil), around.tls); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-groupCtx.Done()
		defer stopPublishing()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
		defer cancel()
		err := server.Shutdown(stopping)
		stopProjecting()
		writers.Wait()
		return err
	})
	scheme := "http"
	if around.tls != nil {
		scheme = "https"
	}
	fmt.Fprintf(p.out, "daybook is served at %s://%s\n", scheme, l.Addr())
	if esdb != nil {
		fmt.Fprintf(p.out, "clients of EventStoreDB read it at %s\n", esdb.address())
	}
	if admitted.writes && !shared && n.engines.ledgerDir(n.dir) == "" {
		p.say("commands are admitted here, and nothing keeps another server on this ledger from admitting some, too: only one may. --store of servers that share their views sees to that")
	}
	if words := admitted.says(); words != "" {
		p.say("%s", words)
	}
	p.say("stop it with Ctrl-C")
	err := group.Wait()
	if ctx.Err() != nil && err == nil {
		p.say("stopped; everything acknowledged is kept")
	}
	return err
}
