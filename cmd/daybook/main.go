// Command daybook keeps the deliberation ledger: it brings conversations in, serves what follows from them, and proves it by replay.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"daybook.internal/ledger"
	"daybook.internal/notary/witness"
	"daybook.internal/readstore"
	"daybook.internal/vault"
)

// Exit codes; daybook help exit-codes tells them to users.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitViolation   = 3 // verification found a violation; never: could not check
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(os.Stdout, os.Stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil, errors.Is(err, errReported):
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "daybook: interrupted; what was acknowledged is kept, and the same command goes on from there")
	default:
		fmt.Fprintln(os.Stderr, "daybook:", err)
	}
	return exitCode(ctx, err)
}

// errReported is an error of which the user has been told already.
var errReported = errors.New("reported")

type usageError struct{ error }

type violationError struct{ error }

func (e usageError) Unwrap() error     { return e.error }
func (e violationError) Unwrap() error { return e.error }

func exitCode(ctx context.Context, err error) int {
	var usage usageError
	var violation violationError
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &violation), errors.Is(err, ledger.ErrDamaged), errors.Is(err, readstore.ErrDamaged), errors.Is(err, vault.ErrDamaged), errors.Is(err, witness.ErrState):
		return exitViolation
	}
	return exitFailed
}
