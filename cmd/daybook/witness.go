package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

func (p *program) witnessCommand() *cobra.Command {
	var dir, listen, name string
	var logs []string
	c := args(&cobra.Command{
		Use:   "witness --log VKEY [--log VKEY]...",
		Short: "Keep watch over somebody else's log: cosign its heads, and never two pasts",
		Long: `A witness cosigns the heads of a log, each only if it is shown to continue the one that was cosigned before. It keeps nothing but the last head, knows
nothing of what is in the log, and vouches for nothing in it. But a log that tells one person this and another person that needs witnesses who help
it, and no witness does by accident: run one for a dialogue that you have a part in and do not operate.

The first start makes a key in DIR and prints its public half; the operator of the log and everybody who checks it put that into their policy. Give the
log's public key with --log, as its operator publishes it, and the operator the address at which this witness is reached. It speaks HTTP; put a
server with TLS before it where others have to reach it, as any web server can (only POST /add-checkpoint and GET are needed).

Keep DIR as long as the key is in anybody's policy, on a disk that keeps what it confirms. Never put it back from a backup: a witness that forgets what it
cosigned can be made to cosign another past. If DIR is lost, make a new witness, and have the policies changed.`,
		Example: `  daybook witness --data ./witness --name witness.example.org/dialogue --log log.example.org/dialogue+b71db962+AXrxz6J9ORT14vhopA2AyVcaSYa62Fdj+g9eLK4AM+qz
  daybook witness --data ./witness --log log.example.org/dialogue+b71db962+AXrxz6J9ORT14vhopA2AyVcaSYa62Fdj+g9eLK4AM+qz --listen 0.0.0.0:7380`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		o := witness.Options{Dir: dir, Name: name}
		for _, text := range logs {
			key, err := notary.ParseVerifier(text)
			if err != nil {
				return usageError{hint(fmt.Errorf("--log: %w", err), c)}
			}
			o.Logs = append(o.Logs, key)
		}
		if len(o.Logs) == 0 {
			return usageError{hint(errors.New("--log is missing: the public key of the log to keep watch over"), c)}
		}
		if name != "" {
			if err := notary.CheckOrigin(name); err != nil {
				return usageError{hint(fmt.Errorf("--name: %w", err), c)}
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err == nil {
			return fmt.Errorf("there is a daybook in %s, and nobody is their own witness; --data names a directory for the witness alone", dir)
		}
		return p.witness(c.Context(), o, listen)
	}
	c.Flags().StringVar(&dir, "data", "witness", "directory of the witness: its key and what it has cosigned")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:7380", "address to listen on; port 0 takes a free one")
	c.Flags().StringVar(&name, "name", "", "name of the witness, made with its key and kept: an address of yours without https:// (default: one that follows from the key)")
	c.Flags().StringArrayVar(&logs, "log", nil, "public key of a log (NAME+HASH+KEY); may be given several times")
	return c
}

// witness runs a witness until ctx ends.
func (p *program) witness(ctx context.Context, o witness.Options, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("%w; --listen chooses another address, and port 0 a free one", err)
	}
	defer l.Close()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	w, err := witness.Open(o)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, w.Key())
	fmt.Fprintf(p.out, "the witness is served at http://%s\n", l.Addr())
	for _, log := range w.Logs() {
		if log.Signed == nil {
			p.say("log %s: nothing cosigned yet", log.Origin)
			continue
		}
		p.say("log %s: cosigned up to size %d", log.Origin, log.Size)
		if ahead := time.Until(time.Unix(log.Time, 0)); ahead > 0 {
			p.say("the clock is %s behind the last cosignature; until it has caught up, cosignatures bear that one's time", ahead.Round(time.Second))
		}
	}
	p.say("stop it with Ctrl-C")
	server := witness.NewServer(witness.Handler(w, slog.New(slog.NewTextHandler(p.err, nil))))
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-groupCtx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
		defer cancel()
		return server.Shutdown(stopping)
	})
	err = group.Wait()
	if ctx.Err() != nil && err == nil {
		p.say("stopped; what was cosigned is kept")
	}
	return err
}

// readPolicy reads a policy, and holds it against the log that it is to be applied to. The text is what is published beside the log.
func readPolicy(path string, log note.Verifier) (policy *notary.Policy, text []byte, err error) {
	text, err = os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--policy: %w", err)
	}
	if policy, err = notary.ParsePolicy(text); err == nil {
		policy, err = policy.For(log)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--policy %s: %w", path, err)
	}
	return policy, text, nil
}

// witnessesOf is the client that asks the witnesses of a policy. When one of them fails, or is well again, it says so once.
func (p *program) witnessesOf(policy *notary.Policy) *witness.Client {
	var mu sync.Mutex
	failing := map[string]bool{}
	return &witness.Client{
		Policy: policy,
		Answered: func(a witness.Answer) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case a.Err != nil && !failing[a.Witness]:
				p.say("witness %s did not cosign the head of %d events: %v", a.Witness, a.Size, a.Err)
			case a.Err == nil && failing[a.Witness]:
				p.say("witness %s cosigns again, from the head of %d events on", a.Witness, a.Size)
			}
			failing[a.Witness] = a.Err != nil
		},
	}
}
