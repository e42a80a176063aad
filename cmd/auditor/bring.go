package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/notary"
	"daybook.internal/replay/verify"
)

// durations are those of package time, and days: 24h, 90m, 7d.
type durations time.Duration

// String is that of flag.Value.
func (d *durations) String() string { return time.Duration(*d).String() }

// Set is that of flag.Value.
func (d *durations) Set(s string) error {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			*d = durations(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	x, err := time.ParseDuration(s)
	if err != nil || x <= 0 {
		return fmt.Errorf("%q is no length of time; write 90m, 24h or 7d", s)
	}
	*d = durations(x)
	return nil
}

// verifier reads the log's key: the text of it, or the name of a file that holds it.
func (c *call) verifier() (note.Verifier, error) {
	text := c.key
	if !strings.Contains(text, "+") {
		b, err := readFile(text)
		if err != nil {
			return nil, fmt.Errorf("--key: %w", err)
		}
		text = string(b)
	}
	return notary.ParseVerifier(text)
}

// believed reads the policy for a log; nil where none was given.
func (c *call) believed(log note.Verifier) (*notary.Policy, error) {
	if c.policy == "" {
		return nil, nil
	}
	text, err := readFile(c.policy)
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	p, err := notary.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	return p.For(log)
}

// brought are the options of a verification.
func (c *call) brought() (o verify.Options, err error) {
	o.Fresh, o.Skew = time.Duration(c.fresh), time.Duration(c.skew)
	if o.Key, err = c.verifier(); err != nil {
		return o, err
	}
	if o.Policy, err = c.believed(o.Key); err != nil {
		return o, err
	}
	if o.Fresh > 0 && o.Policy == nil {
		return o, errors.New("--fresh looks at the clocks of witnesses, so it needs a --policy that says whose")
	}
	if c.pin != "" {
		if o.Pin, err = readFile(c.pin); err != nil {
			return o, fmt.Errorf("--pin: %w", err)
		}
		if r, err := notary.ParseReceipt(o.Pin); err == nil { // a receipt ends in a signed head
			if _, _, err := r.Check(o.Key, nil); err != nil {
				return o, fmt.Errorf("--pin: %w", err)
			}
			o.Pin = r.Checkpoint
		}
	}
	if c.annex != "" {
		f, err := os.Open(c.annex) // now, so that a wrong name is said at once
		if err != nil {
			return o, fmt.Errorf("--annex: %w", err)
		}
		o.Annex = func() (io.ReadCloser, error) { return f, nil }
	}
	if c.rounds != "" {
		if o.Rounds, err = readFile(c.rounds); err != nil {
			return o, fmt.Errorf("--rounds: %w", err)
		}
	}
	o.ReplayLotteries = c.replayLotteries
	if c.selections != "" {
		root, err := os.OpenRoot(c.selections) // names and links stay below it; it is open as long as the program runs
		if err != nil {
			return o, fmt.Errorf("--selections: %w", err)
		}
		o.Selections = root.FS()
	}
	return o, nil
}

// readFile reads a small file of the auditor's own.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err == nil && len(b) > 1<<20 {
		err = fmt.Errorf("%s is longer than 1 MiB", name)
	}
	return b, err
}
