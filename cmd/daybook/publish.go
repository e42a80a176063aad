package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

func (p *program) publishCommand() *cobra.Command {
	var dir, out string
	var check bool
	var flags logFlags
	c := args(&cobra.Command{
		Use:   "publish",
		Short: "Publish the log of the ledger without a server, check it, or copy it to a folder",
		Long: `Publishes what is new in the ledger: writes the tiles and entries of the Merkle log to DIR/log, proves that they continue the head that was signed last,
signs the new head, asks the witnesses of --policy, and replaces DIR/log/checkpoint. 'daybook serve' does the same every second; this is for a data directory
that nobody serves. docs/log.md says what the files are and in which order they come.

--out copies the published log to a folder that any web server can serve as it is; beside a running server, what that has published is copied.

--check changes nothing: it hashes every record that was signed again and compares the result with every file of the log and every head in it; some
seconds for a million records, also beside a running server. Exit code 3 says that something is not what was signed, and the findings name it.

A ledger that is shorter than what was signed, or does not come to the signed root, is refused with exit code 3. It was put back to an earlier day, or changed:
find the ledger that was published. Nothing is signed until then, because two histories under one key cannot be taken back.`,
		Example: `  daybook publish --data ./data
  daybook publish --data ./data --out /srv/www/log
  daybook publish --data ./data --check -o json`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if check {
			if out != "" || flags.policy != "" {
				return usageError{hint(errors.New("--check changes nothing, so there is no --out or --policy to it"), c)}
			}
			return p.checkLog(c.Context(), dir, flags.headOf(dir))
		}
		return p.publish(c.Context(), dir, out, &flags)
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&out, "out", "", "folder to copy the published log to")
	c.Flags().BoolVar(&check, "check", false, "compare the whole ledger with the whole log")
	flags.add(c)
	return c
}

// publishedRow is the published head.
type publishedRow struct {
	Log     string `json:"log"`
	Size    int64  `json:"size"`
	Root    string `json:"root"`
	Copied  string `json:"copied,omitempty"`
	Written int    `json:"written,omitempty"` // files of the copy that were not there
}

func (p *program) publish(ctx context.Context, dir, out string, flags *logFlags) (err error) {
	if err := isDaybook(ctx, dir); err != nil {
		return err
	}
	log, head, err := p.publishOnce(ctx, dir, flags)
	if out != "" && (errors.Is(err, errInUse) || errors.Is(err, errReadOnly)) {
		p.say("another process has %s; what it has published is copied", dir)
		if log, err = openLog(dir); err == nil {
			head, _, err = log.Published()
		}
	}
	if isRefused(err) {
		err = violationError{err}
	}
	if err != nil {
		return err
	}
	row := publishedRow{head.Origin, head.Size, head.Root.String(), out, 0}
	if out != "" {
		if head, row.Written, err = log.CopyTo(ctx, out); err != nil {
			return err
		}
		row.Size, row.Root = head.Size, head.Root.String()
	}
	return printRows(p, row, []publishedRow{row}, table.Row{"log", "events", "root"}, func(r publishedRow) table.Row { return table.Row{r.Log, r.Size, r.Root} })
}

// publishOnce publishes what is new.
func (p *program) publishOnce(ctx context.Context, dir string, flags *logFlags) (_ *publish.Log, head notary.Checkpoint, err error) {
	n, err := openRecord(ctx, dir)
	if err != nil {
		return nil, head, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return p.publishNew(ctx, n, dir, flags)
}

// publishNew publishes what is new in a data directory that this process has to itself.
func (p *program) publishNew(ctx context.Context, n *node, dir string, flags *logFlags) (_ *publish.Log, head notary.Checkpoint, err error) {
	log, err := p.publisher(ctx, n, dir, flags)
	if err != nil {
		return nil, head, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	head, err = log.Publish(ctx)
	return log.Log, head, err
}

// checkLog compares the whole ledger with the whole log.
func (p *program) checkLog(ctx context.Context, dir, head string) error {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Close()
	log, err := openLog(dir)
	if err != nil {
		return err
	}
	r, err := log.Check(ctx, n.ledger, head)
	if err != nil {
		return err
	}
	err = printRows(p, r, []publish.Report{r}, table.Row{"log", "events", "published", "heads", "files", "problems"}, func(r publish.Report) table.Row {
		return table.Row{r.Origin, r.Events, r.Size, r.Heads, r.Files, r.Problems}
	})
	if err != nil || r.Problems == 0 {
		return err
	}
	for _, f := range r.Findings {
		fmt.Fprintln(p.err, "finding:", f)
	}
	return violationError{errReported}
}
