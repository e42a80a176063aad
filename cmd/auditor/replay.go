package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
)

var replayCommand = command{
	name:  "replay",
	args:  "URL|BUNDLE|DIR [--token FILE] [-o table|json]",
	about: "folds every event anew and compares the documents; asks for no key and checks no signature",
	least: 1, most: 1,
	help: `
URL is the address of a daybook, for example http://127.0.0.1:8080. Every event is read over the API, checked for its form and its place, and folded anew into
every view; every served document is compared with the result, byte by byte. Of a bundle, its own documents are compared with its own log.

Documents that are not made for everybody are compared with --token FILE, a token of an auditor; without it they are left out, which is said.

This shows that documents follow from events. That nobody has changed the events is for 'auditor verify' to show.

Exit codes: 0 nothing differs, 1 something does, 2 it could not be checked.`,
	run: runReplay,
}

var compareCommand = command{
	name:  "compare",
	args:  "URL [BUNDLE|DIR|URL] [--token FILE] [-o table|json]",
	about: "compares the documents that a daybook serves with a replay of the log that you have",
	least: 1, most: 2,
	help: `
The first URL is the address of a daybook. Its documents are compared with what follows from a log: of a bundle or an address that you give, or of its own
under /log. Where the daybook has gone on since the log that you have, those documents are compared that have not changed since.

Use it with a bundle that you have verified: then what is served to you is what everybody can check. With --token FILE, a token of an
auditor, documents are compared that are not made for everybody.

Exit codes: 0 nothing differs, 1 something does, 2 it could not be checked.`,
	run: runCompare,
}

func runReplay(ctx context.Context, c *call) (int, error) {
	if tiles.IsURL(c.args[0]) {
		client, err := c.newClient(c.args[0])
		if err != nil {
			return exitUnknown, err
		}
		served, err := client.served(ctx)
		if err != nil {
			return exitUnknown, err
		}
		// All events are read, not only those that the views reflect: a ledger that ends before them is a finding.
		return c.replay(ctx, client.records(ctx), served, replay.Head, 0)
	}
	s, err := open(ctx, c.args[0])
	if err != nil {
		return exitUnknown, err
	}
	defer s.Close()
	l, err := s.unsigned(ctx)
	if err != nil {
		return exitUnknown, err
	}
	served, err := verify.Documents(ctx, s.Files)
	if err != nil {
		return exitUnknown, err
	}
	return c.replay(ctx, records(ctx, l), served, replay.Head, uint64(l.Checkpoint.Size))
}

func runCompare(ctx context.Context, c *call) (int, error) {
	client, err := c.newClient(c.args[0])
	if err != nil {
		return exitUnknown, err
	}
	served, err := client.served(ctx)
	if err != nil {
		return exitUnknown, err
	}
	s, err := open(ctx, c.args[len(c.args)-1])
	if err != nil {
		return exitUnknown, err
	}
	defer s.Close()
	if s.api != "" {
		if err := s.covers(ctx, served); err != nil {
			return exitUnknown, err
		}
	}
	l, err := s.unsigned(ctx)
	if err != nil {
		return exitUnknown, err
	}
	return c.replay(ctx, records(ctx, l), served, uint64(l.Checkpoint.Size), uint64(l.Checkpoint.Size))
}

// replay folds what records has, compares, and shows.
func (c *call) replay(ctx context.Context, records iter.Seq2[domain.Record, error], served replay.Served, at, total uint64) (int, error) {
	bar := newBar(c.terminal)
	r, err := replay.Run(ctx, records, served, at, func(done uint64) { bar.show(done, total) })
	bar.clear()
	if err != nil {
		return exitUnknown, err
	}
	if c.output == "json" {
		writeJSON(c.stdout, r)
	} else {
		fmt.Fprintf(c.stdout, "%d events replayed, %d documents compared, %d findings\n", r.Events, r.Documents, r.Mismatches)
		if len(r.Closed) > 0 {
			fmt.Fprintln(c.stdout, "not compared, as they are not made for everybody:", strings.Join(r.Closed, ", "))
		}
		for _, f := range r.Findings {
			fmt.Fprintln(c.stdout, "finding:", f)
		}
	}
	if r.Mismatches > 0 {
		return exitFinding, nil
	}
	return exitVerified, nil
}
