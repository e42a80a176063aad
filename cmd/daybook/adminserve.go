package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"daybook.internal/admin"
	"daybook.internal/notary/publish"
	"daybook.internal/projections"
)

// adminFlags say where operators look at a running daybook.
type adminFlags struct {
	listen string
	public bool
}

func (f *adminFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.listen, "admin", "", "address for operators: /metrics, /readyz, /livez, /debug/pprof/ (default: none); docs/operations.md")
	c.Flags().BoolVar(&f.public, "admin-public", false, "let --admin be an address that other machines can reach; whoever reaches it reads the profiles of this process")
}

// open listens where operators look; nil where nobody does. Nothing there asks who it is, so an address beyond this machine has to be asked for in so many words.
func (f *adminFlags) open() (net.Listener, error) {
	if f.listen == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return nil, fmt.Errorf("%w; --admin chooses another address, and port 0 a free one", err)
	}
	if !isLoopback(l.Addr()) && !f.public {
		return nil, errors.Join(usageError{fmt.Errorf("--admin %s can be reached from other machines, and asks nobody who they are: take a loopback address, or say --admin-public", f.listen)}, l.Close())
	}
	return l, nil
}

// watch looks at an opened daybook while it is served. log may be nil.
func (n *node) watch(ctx context.Context, log *publish.Publisher, lead *leadership) *admin.Admin {
	c := admin.Config{
		Ledger: n.ledger, Store: n.store, Views: projections.All(), Names: n.names,
		Version: version(), Stopping: ctx,
	}
	if n.vault != nil {
		c.Vault = n.vault
	}
	if _, shared := n.shared(); shared {
		c.Leads = func() bool {
			_, leads := lead.now()
			return leads
		}
	}
	if log != nil {
		c.Published = log.Log
	}
	return admin.New(c)
}

// isReady is the public answer: what is not ready, and nothing about why.
func isReady(ctx context.Context, a *admin.Admin) error {
	var failed []string
	for _, c := range a.Ready(ctx).Checks {
		if !c.OK {
			failed = append(failed, c.Check)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("not ready: %s", strings.Join(failed, ", "))
	}
	return nil
}

// serveAdmin serves operators until what it gives is called. Nothing else depends on it.
func (p *program) serveAdmin(l net.Listener, a *admin.Admin) (stop func()) {
	if l == nil {
		return func() {}
	}
	local := isLoopback(l.Addr())
	server := admin.NewHTTPServer(a.Handler(local))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.say("operators are not served any more: %v", err)
		}
	}()
	p.say("operators look at http://%s/readyz and /metrics", l.Addr())
	if !local {
		p.say("which other machines can reach: see to it that strangers cannot")
	}
	return func() {
		_ = server.Close() // what operators still read can be read again
		<-done
	}
}
