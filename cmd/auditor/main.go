// Command auditor is what somebody who trusts nobody installs: it verifies a published log, from a bundle or over HTTP, with its own code, and names what is
// not as it must be. It links the standard library, golang.org/x/mod's notes and trees, and daybook's pure packages, nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
)

// Exit codes. What was not checked is never a pass.
const (
	exitVerified = 0
	exitFinding  = 1
	exitUnknown  = 2
)

func main() {
	// Most of what is read is garbage soon: to collect it four times less often is worth some of the time, as long as there is memory.
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(2 << 30)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A command of the auditor.
type command struct {
	name  string
	args  string // of its usage line
	about string // one line
	help  string
	least int // arguments besides flags
	most  int
	run   func(ctx context.Context, c *call) (int, error)
}

// call is one use of a command.
type call struct {
	args           []string
	output         string
	stdout, stderr io.Writer
	terminal       io.Writer // for the bar
	options
}

// options are the flags of all commands; each takes some.
type options struct {
	key, policy, pin, savePin, annex, selections, rounds, token string
	fresh, skew                                                 durations
	replayLotteries                                             bool
}

var errUsage = errors.New("wrong use")

func allCommands() []command {
	return []command{verifyCommand, receiptCommand, replayCommand, traceCommand, compareCommand}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help") {
		args = args[1:]
		if i := slices.IndexFunc(allCommands(), func(c command) bool { return len(args) > 0 && c.name == args[0] }); i >= 0 {
			allCommands()[i].usage(stdout)
			return exitVerified
		}
		usage(stdout)
		return exitVerified
	}
	i := slices.IndexFunc(allCommands(), func(c command) bool { return len(args) > 0 && c.name == args[0] })
	if i < 0 {
		usage(stderr)
		return exitUnknown
	}
	cmd := allCommands()[i]
	c := &call{stdout: stdout, terminal: stderr}
	stderr = plain{stderr}
	c.stderr = stderr
	switch err := c.parse(cmd, args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		cmd.usage(stdout)
		return exitVerified
	case err != nil:
		fmt.Fprintln(stderr, "auditor:", err)
		fmt.Fprintf(stderr, "Usage: auditor %s %s\n'auditor help %s' says more.\n", cmd.name, cmd.args, cmd.name)
		return exitUnknown
	}
	if c.output == "table" {
		c.stdout = plain{stdout}
	}
	code, err := cmd.run(ctx, c)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "auditor: interrupted, so nothing is verified")
		return exitUnknown
	case err != nil:
		fmt.Fprintln(stderr, "auditor: could not check:", err)
		return exitUnknown
	}
	return code
}

// parse reads flags, which may stand before and after the other arguments.
func (c *call) parse(cmd command, args []string) error {
	f := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	takes := func(flag string) bool {
		return strings.Contains(cmd.args, "--"+flag+" ") || strings.Contains(cmd.args, "--"+flag+"]")
	}
	f.StringVar(&c.output, "o", "table", "")
	for name, value := range map[string]*string{
		"key": &c.key, "policy": &c.policy, "pin": &c.pin, "save-pin": &c.savePin, "annex": &c.annex, "selections": &c.selections, "rounds": &c.rounds, "token": &c.token,
	} {
		if takes(name) {
			f.StringVar(value, name, "", "")
		}
	}
	for name, value := range map[string]*durations{"fresh": &c.fresh, "skew": &c.skew} {
		if takes(name) {
			f.Var(value, name, "")
		}
	}
	if takes("replay-lotteries") {
		f.BoolVar(&c.replayLotteries, "replay-lotteries", false, "")
	}
	for rest := args; ; rest = f.Args()[1:] {
		if err := f.Parse(rest); err != nil {
			return err
		}
		if f.NArg() == 0 {
			break
		}
		c.args = append(c.args, f.Arg(0))
	}
	switch {
	case c.output != "table" && c.output != "json":
		return fmt.Errorf("%w: -o is table or json, not %q", errUsage, c.output)
	case len(c.args) < cmd.least || len(c.args) > cmd.most:
		return fmt.Errorf("%w: %d arguments", errUsage, len(c.args))
	case takes("key") && c.key == "":
		return fmt.Errorf("%w: --key is the log's public key, which you have from somewhere else than the log; without it nothing is verified", errUsage)
	case c.replayLotteries && c.selections == "":
		return fmt.Errorf("%w: --replay-lotteries builds from the pools in --selections DIR", errUsage)
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprint(w, `auditor verifies a daybook without trusting who runs it.

Usage:
`)
	for _, c := range allCommands() {
		fmt.Fprintf(w, "  auditor %-8s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, `
'auditor help COMMAND' says more, docs/verify.md what each finding means and what to do about it.

Exit codes: 0 verified, 1 something is not as it must be, 2 it could not be checked, or not all of it. What was not checked is never a pass.
`)
}

func (c command) usage(w io.Writer) {
	fmt.Fprintf(w, "%s\n\nUsage:\n  auditor %s %s\n\n%s\n", c.about, c.name, c.args, strings.TrimSpace(c.help))
}
