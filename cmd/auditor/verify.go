package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"daybook.internal/replay/verify"
)

var verifyCommand = command{
	name:  "verify",
	args:  "BUNDLE|DIR|URL --key KEY [--policy FILE] [--pin FILE] [--save-pin FILE] [--fresh TIME] [--skew TIME] [--annex FILE] [--selections DIR] [--replay-lotteries] [--rounds FILE] [--token FILE] [-o table|json]",
	about: "checks everything: signatures, tree, every event, every rule, every view and document",
	least: 1, most: 1,
	help: `
The log is read from a bundle (a zip file or a directory), from a directory of a log, or over HTTP: from the address of a log's directory, or from
that of a running daybook, whose documents are then compared too.

  --key KEY        the log's public key, name+hash+base64, or a file with it. Get it from somewhere else than the log.
  --policy FILE    which witnesses you believe, and how many of them there must be. Use your own copy. Without it nothing is said about
                   witnesses and about time, and a log that was rewritten and signed again is found by --pin alone.
  --pin FILE       a checkpoint of this log that you kept: the log must continue it
  --save-pin FILE  keeps the checkpoint, if all is verified, for the next time
  --fresh TIME     the newest cosignature may be this old, for example 24h or 7d; needs --policy
  --skew TIME      how far recorded times may lie beside those of witnesses; 5m if not given
  --annex FILE     openings of commitments: participants' words are those that were recorded, or declared to be erased
  --selections DIR files of draws by lot, which do not stand in the log: DIR/DIALOGUE/SELECTION/pool.txt and panels.txt, or lottery.json instead of
                   panels.txt. Every panel is counted, and the certificate is added up
  --replay-lotteries  builds the lotteries again, from the pools in DIR, which takes as long as it took at first
  --rounds FILE    rounds of the beacon that are said to be missing, as drand's HTTP API gives them, one after the other
  --token FILE     of a running daybook: a token of an auditor, for documents that are not made for everybody. Without it these are not compared, which is said
  -o table|json    a report for people or for programs

Example:
  auditor verify edition.zip --key log.pub --policy witnesses.txt --pin last.checkpoint --save-pin last.checkpoint

Exit codes: 0 verified, 1 something is not as it must be, 2 it could not be checked, or not all of it. docs/verify.md has each check and finding,
what it means, and what to do.`,
	run: runVerify,
}

func runVerify(ctx context.Context, c *call) (int, error) {
	o, err := c.brought()
	if err != nil {
		return exitUnknown, err
	}
	if err := c.mayKeep(); err != nil {
		return exitUnknown, err
	}
	s, err := open(ctx, c.args[0])
	if err != nil {
		return exitUnknown, err
	}
	defer s.Close()
	if s.api != "" {
		client, err := c.newClient(s.api)
		if err != nil {
			return exitUnknown, err
		}
		served, err := client.served(ctx)
		if err == nil {
			err = s.covers(ctx, served)
		}
		if err != nil {
			return exitUnknown, err
		}
		o.Served = &served
	}
	bar := newBar(c.terminal)
	o.Doing = bar.doing
	began := time.Now()
	r, err := verify.Run(ctx, s.Files, o, bar.show)
	bar.clear()
	if err != nil {
		return exitUnknown, err
	}
	if c.output == "json" {
		writeJSON(c.stdout, r)
	} else {
		table(c.stdout, r, c.args[0], time.Since(began))
	}
	switch r.Verdict {
	case verify.Verified:
		return exitVerified, c.keep(r)
	case verify.Found:
		return exitFinding, nil
	}
	return exitUnknown, nil
}

// mayKeep refuses to write over a head that is not looked at.
func (c *call) mayKeep() error {
	if c.savePin == "" || c.savePin == c.pin {
		return nil
	}
	if _, err := os.Lstat(c.savePin); err == nil {
		return fmt.Errorf("--save-pin: %s is there already; give it as --pin too, and it is replaced if the log continues it", c.savePin)
	}
	return nil
}

// keep writes the head down, whole or not at all.
func (c *call) keep(r verify.Report) error {
	if c.savePin == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(c.savePin), ".pin-*")
	if err != nil {
		return err
	}
	_, err = f.Write(r.Head)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.savePin)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if c.output == "table" {
		fmt.Fprintln(c.stdout, "The head is kept in "+c.savePin+".")
	}
	return nil
}

func writeJSON(w io.Writer, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
}
