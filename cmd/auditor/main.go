// Command auditor is what somebody who trusts nobody installs: it takes events and documents from a running daybook over HTTP, replays the
// events with its own code, and says where the documents differ. It links the standard library and daybook's pure packages, nothing else.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"daybook.internal/replay"
)

const usage = `auditor replays a daybook and compares it with what is served.

Usage:
  auditor replay URL [-o table|json]

URL is the address of a daybook, for example http://127.0.0.1:8080. Every event is read over the API, checked for its form and its place,
and folded anew into every view; every served document is compared with the result, byte by byte.

Exit codes: 0 nothing differs, 1 something does, 2 it could not be checked.
`

// Exit codes. What was not checked is never a pass.
const (
	exitVerified = 0
	exitFinding  = 1
	exitUnknown  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("auditor replay", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	output := flags.String("o", "table", "form of the result: table or json")
	if len(args) == 0 || args[0] != "replay" {
		flags.Usage()
		return exitUnknown
	}
	target := ""
	for rest := args[1:]; ; rest = flags.Args()[1:] { // flags may stand before and after the URL
		if err := flags.Parse(rest); err != nil {
			return exitUnknown
		}
		if flags.NArg() == 0 {
			break
		}
		if target != "" {
			flags.Usage()
			return exitUnknown
		}
		target = flags.Arg(0)
	}
	if target == "" || (*output != "table" && *output != "json") {
		flags.Usage()
		return exitUnknown
	}
	report, err := audit(ctx, target)
	if err != nil {
		fmt.Fprintln(stderr, "auditor: could not check:", err)
		return exitUnknown
	}
	return show(report, *output, stdout)
}

func show(r replay.Report, output string, stdout io.Writer) int {
	if output == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		_ = enc.Encode(r)
	} else {
		fmt.Fprintf(stdout, "%d events replayed, %d documents compared, %d findings\n", r.Events, r.Documents, r.Mismatches)
		for _, f := range r.Findings {
			fmt.Fprintln(stdout, "finding:", f)
		}
	}
	if r.Mismatches > 0 {
		return exitFinding
	}
	return exitVerified
}

func audit(ctx context.Context, url string) (replay.Report, error) {
	c := client{base: url}
	served, err := c.served(ctx)
	if err != nil {
		return replay.Report{}, err
	}
	// All events are read, not only those that the views reflect: a ledger that ends before them is a finding.
	return replay.Run(ctx, c.records(ctx), served, replay.Head, nil)
}
