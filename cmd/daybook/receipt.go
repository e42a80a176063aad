package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary/publish"
)

func (p *program) receiptCommand() *cobra.Command {
	var dir, out string
	c := args(&cobra.Command{
		Use:   "receipt SEQ|EVENT",
		Short: "Print the receipt of an event: a proof that it is in the published log, which stands alone",
		Long: `Prints a C2SP tlog-proof: the event itself, the path from it to the head of the log, and the head as it was signed. Whoever has the log's public key
can check it for ever, without this ledger and without asking anybody: 'auditor receipt'. It works beside a running server and writes nothing.

An event is named by its place in the ledger, which is immediate, or by its id. The ledger keeps no index of ids: it is read from the end backwards until
the event is found, about a second for a million records. An event is in the published log within a second or so while 'daybook serve' runs.`,
		Example: `  daybook receipt 1207 --data ./data
  daybook receipt 174522d4-b235-8ba8-8ac5-40f4af1451a8 --data ./data --out receipt.txt`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		text, err := p.receipt(c.Context(), dir, given[0])
		var wrong usageError
		if errors.As(err, &wrong) {
			return usageError{hint(err, c)}
		}
		switch {
		case err != nil:
			return err
		case out != "":
			return os.WriteFile(out, text, 0o600)
		}
		_, err = p.out.Write(text)
		return err
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&out, "out", "", "file to write the receipt to")
	return c
}

func (p *program) receipt(ctx context.Context, dir, event string) ([]byte, error) {
	seq, err := strconv.ParseUint(event, 10, 63)
	var id domain.EventID
	if err != nil {
		if id.UnmarshalText([]byte(event)) != nil {
			return nil, usageError{fmt.Errorf("%q is neither the place of an event, a number, nor its id", event)}
		}
	}
	n, err2 := openLedger(ctx, dir)
	if err2 != nil {
		return nil, err2
	}
	defer n.Close()
	log, err2 := openLog(dir)
	if err2 != nil {
		return nil, err2
	}
	if err != nil {
		var found bool
		if seq, found, err = publish.SeqOf(ctx, n.ledger, id); err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("there is no event %s in the ledger", id)
		}
	}
	r, err := log.Receipt(seq)
	if err != nil {
		return nil, notYet(ctx, n, dir, seq, err)
	}
	return r.Text(), nil
}

// notYet says what to do about an event that is not in the published log.
func notYet(ctx context.Context, n *node, dir string, seq uint64, err error) error {
	if !errors.Is(err, publish.ErrNotYet) && !errors.Is(err, publish.ErrNothing) {
		return err
	}
	switch head, err2 := n.ledger.Head(ctx); {
	case err2 != nil:
		return err2
	case seq >= head:
		return fmt.Errorf("there is no event %d in the ledger; it has %d", seq, head)
	}
	return fmt.Errorf("%w; 'daybook serve' publishes it within a second, and 'daybook publish --data %s' now", err, dir)
}

func (p *program) inclusionCommand() *cobra.Command {
	var dir string
	var size int64
	c := args(&cobra.Command{
		Use:   "inclusion SEQ",
		Short: "Prove that an event is in the log at its place",
		Long: `Prints the audit path (RFC 6962 2.1.1) of the event at place SEQ in the log of --size events, checked. Hashes are SHA-256 in base64. A receipt
('daybook receipt') has the same and stands alone; this is for programs.`,
		Example: "  daybook proof inclusion 1207 --data ./data -o json\n  daybook proof inclusion 1207 --data ./data --size 5000",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		index, err := strconv.ParseInt(given[0], 10, 64)
		if err != nil || index < 0 {
			return usageError{hint(fmt.Errorf("%q is no place of an event, a number", given[0]), c)}
		}
		log, err := openLog(dir)
		if err != nil {
			return err
		}
		q, err := log.ProveInclusion(index, size)
		if err != nil {
			return err
		}
		return printRows(p, q, []publish.Inclusion{q}, table.Row{"index", "size", "leaf", "root", "path"}, func(q publish.Inclusion) table.Row {
			return table.Row{q.Index, q.Size, q.Leaf, q.Root, p.lines(q.Path)}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().Int64Var(&size, "size", 0, "events of the log that the proof is about (default: all that are published)")
	return c
}

func (p *program) consistencyCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "consistency FROM [TO]",
		Short: "Prove that the log of TO events begins with the log of FROM events",
		Long: `Prints the consistency proof (RFC 6962 2.1.2) between two sizes of the log, checked; without TO, up to what is published. Hashes are SHA-256 in base64.
Who kept a head of FROM events sees with it that nothing before it was changed.`,
		Example: "  daybook proof consistency 1000 --data ./data -o json\n  daybook proof consistency 1000 5000 --data ./data",
	}, cobra.RangeArgs(1, 2))
	c.RunE = func(c *cobra.Command, given []string) error {
		var sizes [2]int64
		for i, text := range given {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return usageError{hint(fmt.Errorf("%q is no number of events", text), c)}
			}
			sizes[i] = n
		}
		log, err := openLog(dir)
		if err != nil {
			return err
		}
		q, err := log.ProveConsistency(sizes[0], sizes[1])
		if err != nil {
			return err
		}
		return printRows(p, q, []publish.Consistency{q}, table.Row{"from", "to", "fromRoot", "toRoot", "path"}, func(q publish.Consistency) table.Row {
			return table.Row{q.From, q.To, q.FromRoot, q.ToRoot, p.lines(q.Path)}
		})
	}
	p.dataFlags(c, &dir)
	return c
}

// lines puts a hash on each line, and blanks between them where a row is a line.
func (p *program) lines(path []tlog.Hash) string {
	words := make([]string, len(path))
	for i, h := range path {
		words[i] = h.String()
	}
	if p.output == "csv" {
		return strings.Join(words, " ")
	}
	return strings.Join(words, "\n")
}
