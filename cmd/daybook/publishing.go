package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

// publishEvery is how often a head is published while events arrive.
const publishEvery = time.Second

// logFlags say how a log is published.
type logFlags struct {
	head, policy string
}

func (f *logFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.head, "head", "", "file of the last signed head, better on another disk than the data: it tells that the data was put back to an earlier day (default: DIR/head)")
	c.Flags().StringVar(&f.policy, "policy", "", "file that names the witnesses to ask, and how many of them a head needs before it is published; none: nobody is asked (default: DIR/policy, if there is one)")
}

func (f *logFlags) headOf(dir string) string { return cmp.Or(f.head, filepath.Join(dir, "head")) }

// noPolicy says that nobody is asked to cosign.
const noPolicy = "none"

// policyOf is the file of the policy, empty for none. A log whose heads are cosigned does not stop being that by an oversight.
func (f *logFlags) policyOf(dir string) (string, error) {
	own := filepath.Join(dir, "policy")
	switch {
	case f.policy == noPolicy:
		return "", nil
	case f.policy != "":
		return f.policy, nil
	case isThere(own):
		return own, nil
	case isThere(filepath.Join(logDir(dir), publish.PolicyPath)):
		return "", fmt.Errorf("the heads of this log are cosigned by witnesses: --policy names the file with them, and '--policy %s' says that nobody is to be asked any more", noPolicy)
	}
	return "", nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// logDir is where the published log of a data directory is.
func logDir(dir string) string { return filepath.Join(dir, "log") }

// signingKey is the key of a data directory's log. Where there is none it makes one, unless that would be a second log beside one that is there, or may be: a new key begins a new
// log, over whatever the ledger holds.
func (p *program) signingKey(ctx context.Context, n *node, f *logFlags) (logKey, error) {
	key, head := filepath.Join(n.dir, keyFile), f.headOf(n.dir)
	published := isThere(head) || isThere(filepath.Join(logDir(n.dir), notary.CheckpointPath)) || isThere(filepath.Join(logDir(n.dir), notary.ArchivePath))
	switch {
	case isThere(key) && published:
		return readKey(n.dir)
	case published:
		return logKey{}, fmt.Errorf("%s is missing, and a log was published here: put the key back from where it is kept (docs/backup.md). --no-log serves without publishing", key)
	case !isThere(key) && n.engines.ledgerDir(n.dir) == "":
		return logKey{}, fmt.Errorf("%s is missing. On a ledger that servers share, one of them publishes the log, with a key that is made once: 'daybook key --data %s' makes it there, if this ledger was never published; the others serve with --no-log",
			key, n.dir)
	}
	records, err := n.ledger.Head(ctx)
	if err != nil {
		return logKey{}, err
	}
	if records > 0 {
		p.say("a new log begins, over the %d records that the ledger has: nothing here tells of an earlier one. If there was one, stop, and put back %s and %s", records, key, head)
	}
	return openKey(n.dir, "")
}

// publisher opens the log of a data directory that this process has to itself, for publishing.
func (p *program) publisher(ctx context.Context, n *node, dir string, f *logFlags) (*publish.Publisher, error) {
	k, err := p.signingKey(ctx, n, f)
	if err != nil {
		return nil, err
	}
	c := publish.Config{
		Ledger: n.ledger, Dir: logDir(dir), Head: f.headOf(dir), Signer: k.signer, Key: k.public,
		Log: slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	file, err := f.policyOf(dir)
	if err != nil {
		return nil, err
	}
	if file != "" {
		policy, text, err := readPolicy(file, k.verifier)
		if err != nil {
			return nil, err
		}
		c.Witnesses, c.Policy = p.witnessesOf(policy), text
	}
	log, err := publish.Open(ctx, c)
	if errors.Is(err, publish.ErrHead) && f.head == "" {
		err = fmt.Errorf("%w. If it is kept elsewhere, --head names it", err)
	}
	return log, err
}

// openLog opens the published log of a data directory for reading, also beside the process that publishes it.
func openLog(dir string) (*publish.Log, error) {
	k, err := readKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no log in %s yet; 'daybook serve --data %s' or 'daybook publish --data %s' publishes it", dir, dir, dir)
	}
	if err != nil {
		return nil, err
	}
	return publish.OpenLog(logDir(dir), k.public)
}

// isRefused tells whether an error says that a log is not what was signed.
func isRefused(err error) bool {
	return errors.Is(err, publish.ErrShorter) || errors.Is(err, publish.ErrAltered)
}
