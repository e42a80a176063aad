package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/reactors"
)

func (p *program) webhookCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "webhook",
		Short: "Look after deliveries to webhooks and brokers: how they stand, what was given up, and trying that again",
		Long: `'daybook serve --reactors FILE' delivers events to webhooks and brokers: signed, in order, at least once (docs/webhooks.md). What a webhook does not take after some
attempts is parked, and the events behind it go on. These commands show how things stand and deal with what is parked, also beside a running server, which sees
within a second what was marked.`,
	}
	c.AddCommand(p.webhookListCommand(), p.webhookParkedCommand(), p.webhookReplayCommand(), p.webhookDropCommand(), p.webhookResumeCommand(), p.webhookSecretCommand())
	return c
}

// openDeliveries opens the state of deliveries of a data directory.
func openDeliveries(ctx context.Context, dir string, readOnly bool) (*reactors.State, error) {
	path := deliveriesFile(dir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // a mistyped directory stays absent
		return nil, fmt.Errorf("nothing was ever delivered from %s; 'daybook serve --data %s --reactors FILE' delivers", dir, dir)
	}
	return reactors.OpenState(ctx, path, readOnly)
}

// receiverRow is how things stand with a receiver.
type receiverRow struct {
	reactors.Standing
	Kind   string `json:"kind,omitempty"` // absent where it is not in the configuration
	To     string `json:"to,omitempty"`
	Behind uint64 `json:"behind"` // records that it may still need
}

func (r receiverRow) trouble() string {
	switch {
	case r.Stopped != "":
		return "stopped: " + r.Stopped
	case r.Trying != nil:
		return fmt.Sprintf("record %d failed %d times: %s", r.Trying.Seq, r.Trying.Attempts, r.Trying.Why)
	}
	return ""
}

func (p *program) webhookListCommand() *cobra.Command {
	var dir, file string
	c := args(&cobra.Command{
		Use:   "list",
		Short: "List who is delivered to, how far each has come, and what is wrong",
		Long: `Lists the receivers of the configuration, the webhooks that were subscribed over the API, and those of which there are still traces. position is the number of records that a receiver needs no more, behind how many there
are after that; what it did not ask for counts as well until it is passed over. parked was given up, due is parked and about to be tried again.

The address is shown without its path: that may be a secret.

With -o json: [{"receiver", "kind", "to", "position", "behind", "parked", "due", "stopped", "trying": {"seq", "event", "type", "state", "attempts", "refusals", "first",
"last", "why"}}]; trying and stopped where there is trouble.`,
		Example: "  daybook webhook list --data ./data\n  daybook webhook list --data ./data --reactors reactors.json -o json",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		rows, err := webhookRows(c.Context(), dir, file)
		if err != nil {
			return err
		}
		header := table.Row{"receiver", "kind", "to", "position", "behind", "parked", "due", "trouble"}
		return printRows(p, rows, rows, header, func(r receiverRow) table.Row {
			return table.Row{r.Receiver, r.Kind, r.To, r.Position, r.Behind, r.Parked, r.Due, r.trouble()}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&file, "reactors", "", reactorsHelp)
	return c
}

func webhookRows(ctx context.Context, dir, file string) (rows []receiverRow, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	head, err := n.ledger.Head(ctx)
	if err != nil {
		return nil, err
	}
	rows = []receiverRow{}
	if file = reactorsFile(dir, file); file != "" {
		configured, err := reactors.Source{Path: file, Env: os.LookupEnv}.Read()
		if err != nil {
			return nil, fmt.Errorf("--reactors: %w", err)
		}
		for _, r := range configured {
			rows = append(rows, receiverRow{Standing: reactors.Standing{Receiver: r.Name}, Kind: r.Kind, To: r.To})
		}
	}
	if isThere(deliveriesFile(dir)) || len(rows) == 0 {
		state, err := openDeliveries(ctx, dir, true)
		if err != nil {
			return nil, err
		}
		standings, err := state.Standings(ctx)
		subscriptions, err2 := state.Subscriptions(ctx)
		if err := errors.Join(err, err2, state.Close()); err != nil {
			return nil, err
		}
		for _, s := range subscriptions {
			rows = append(rows, receiverRow{Standing: reactors.Standing{Receiver: s.Name}, Kind: reactors.KindSubscription, To: s.To()})
		}
	each:
		for _, st := range standings {
			for i := range rows {
				if rows[i].Receiver == st.Receiver {
					rows[i].Standing = st
					continue each
				}
			}
			rows = append(rows, receiverRow{Standing: st})
		}
	}
	for i := range rows {
		rows[i].Behind = head - min(head, rows[i].Position)
	}
	return rows, nil
}

func (p *program) webhookParkedCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "parked [RECEIVER]",
		Short: "List the events that were given up, and why",
		Long: `Lists what is parked, by receiver and in the order of the ledger: the event, how often it was tried since it was first tried or last marked, how many of those attempts
the receiver refused, and what was wrong with the last one. 'daybook webhook replay' has it tried again, 'daybook webhook drop' forgets it. The event itself is in the
ledger: GET /v1/events/{seq}.

What a receiver answered is not kept, but for the status: it could hold anything.

With -o json: [{"receiver", "seq", "event", "type", "state", "attempts", "refusals", "first", "last", "why"}]; state is "parked", or "due" where it is about to be tried.`,
		Example: "  daybook webhook parked --data ./data\n  daybook webhook parked press --data ./data -o csv",
	}, cobra.MaximumNArgs(1))
	c.RunE = func(c *cobra.Command, names []string) (err error) {
		state, err := openDeliveries(c.Context(), dir, true)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, state.Close()) }()
		out := newRows(p, table.Row{"receiver", "seq", "event", "type", "state", "attempts", "refusals", "first", "last", "why"}, func(t reactors.Trouble) table.Row {
			return table.Row{t.Receiver, t.Seq, t.Event, t.Type, t.State, t.Attempts, t.Refusals, t.First, t.Last, t.Why}
		}, func() {})
		for t, err := range state.Troubles(c.Context(), append(names, "")[0]) {
			if err != nil {
				return err
			}
			if t.State == reactors.Trying {
				continue
			}
			if err := out.add(t); err != nil {
				return err
			}
		}
		return out.end()
	}
	dataFlag(c, &dir)
	return c
}

// marked is what became of parked events.
type marked struct {
	Receiver string `json:"receiver"`
	Events   int    `json:"events"`
}

// markCommand makes a command that does something to parked events of a receiver.
func (p *program) markCommand(c *cobra.Command, words string, mark func(*reactors.State, context.Context, string, ...uint64) (int, error)) *cobra.Command {
	var dir string
	var all bool
	c = args(c, cobra.MinimumNArgs(1))
	c.RunE = func(c *cobra.Command, given []string) (err error) {
		var seqs []uint64
		for _, a := range given[1:] {
			seq, err := strconv.ParseUint(a, 10, 63)
			if err != nil {
				return usageError{hint(fmt.Errorf("%q is no number of a record; 'daybook webhook parked' shows them as seq", a), c)}
			}
			seqs = append(seqs, seq)
		}
		if all == (len(seqs) > 0) {
			return usageError{hint(errors.New("say which events by their seq, or --all"), c)}
		}
		state, err := openDeliveries(c.Context(), dir, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, state.Close()) }()
		n, err := mark(state, c.Context(), given[0], seqs...)
		if errors.Is(err, reactors.ErrNotParked) {
			err = fmt.Errorf("%w; 'daybook webhook parked' lists what is, and nothing was changed", err)
		}
		if err != nil {
			return err
		}
		row := marked{given[0], n}
		if err := printRows(p, row, []marked{row}, table.Row{"receiver", "events"}, func(r marked) table.Row { return table.Row{r.Receiver, r.Events} }); err != nil {
			return err
		}
		p.say("%s", words)
		return nil
	}
	dataFlag(c, &dir)
	c.Flags().BoolVar(&all, "all", false, "everything that is parked for the receiver")
	return c
}

func (p *program) webhookReplayCommand() *cobra.Command {
	return p.markCommand(&cobra.Command{
		Use:   "replay RECEIVER [SEQ...]",
		Short: "Have parked events tried again",
		Long: `Marks parked events of a receiver to be tried again, each as often as a new one. A running server does so within a second, in the order of the ledger; the receiver gets them
behind events that came later, under the ids that they always had. What fails again is parked again.

A receiver that was stopped gets nothing until 'daybook webhook resume'.

With -o json: {"receiver", "events"}.`,
		Example: "  daybook webhook replay press 1207 1288 --data ./data\n  daybook webhook replay press --all --data ./data",
	}, "a running server tries them now; otherwise the next one does", (*reactors.State).Replay)
}

func (p *program) webhookDropCommand() *cobra.Command {
	return p.markCommand(&cobra.Command{
		Use:   "drop RECEIVER [SEQ...]",
		Short: "Forget parked events: the receiver never gets them",
		Long: `Takes parked events of a receiver off the list. They stay in the ledger, and the receiver does not get them any more.

With -o json: {"receiver", "events"}.`,
		Example: "  daybook webhook drop press 1207 --data ./data\n  daybook webhook drop press --all --data ./data",
	}, "they are forgotten; in the ledger they stay", (*reactors.State).Drop)
}

func (p *program) webhookResumeCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "resume RECEIVER",
		Short: "Deliver again to a receiver that was stopped",
		Long: `A receiver is stopped when it answers 410 Gone, or when 1,000 events are parked for it. Nothing is left out meanwhile: this goes on with the event at which it was stopped.
Deal with what is parked first, where that was the reason.`,
		Example: "  daybook webhook resume press --data ./data",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, names []string) (err error) {
		state, err := openDeliveries(c.Context(), dir, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, state.Close()) }()
		standings, err := state.Standings(c.Context())
		if err != nil {
			return err
		}
		for _, st := range standings {
			if st.Receiver != names[0] {
				continue
			}
			if st.Stopped == "" {
				p.say("%s was not stopped", names[0])
				return nil
			}
			if err := state.Resume(c.Context(), names[0]); err != nil {
				return err
			}
			p.say("a running server delivers to %s again now; otherwise the next one does", names[0])
			return nil
		}
		return fmt.Errorf("there is no receiver %q; 'daybook webhook list' shows them", names[0])
	}
	dataFlag(c, &dir)
	return c
}

func (p *program) webhookSecretCommand() *cobra.Command {
	var out string
	c := args(&cobra.Command{
		Use:   "secret",
		Short: "Make the secret that deliveries to a webhook are signed with",
		Long: `Makes a secret of 32 random bytes and writes it to a file for its owner alone; a file that is there is never touched. Give its text (whsec_...) to the receiver by a way that
nobody else reads, and name the file in "secretFiles". To change a secret, name both files until the receiver has the new one: deliveries bear both signatures.`,
		Example: "  daybook webhook secret --out press.secret",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if out == "" {
			return usageError{hint(errors.New("--out is missing: the file for the secret"), c)}
		}
		secret, err := reactors.NewSecret(rand.Reader)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(f, secret.Text())
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		p.say("%s is a new secret: the receiver needs its text, and nobody else", out)
		return nil
	}
	c.Flags().StringVar(&out, "out", "", "file for the secret")
	return c
}
