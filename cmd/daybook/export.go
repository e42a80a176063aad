package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/bundle"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

func (p *program) exportCommand() *cobra.Command {
	c := &cobra.Command{Use: "export", Short: "Write the record for those who check it or keep it"}
	c.AddCommand(p.exportBundleCommand())
	return c
}

// exported is what a bundle came to.
type exported struct {
	Bundle   string `json:"bundle"`
	Log      string `json:"log"`
	Size     int64  `json:"size"`
	Root     string `json:"root"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Annex    string `json:"annex,omitempty"`
	Openings int    `json:"openings"`
	Without  int    `json:"without"` // commitments that have no opening (any more)
}

// patience is how long the log of a running server may take to cover the documents.
const patience = 30 * time.Second

func (p *program) exportBundleCommand() *cobra.Command {
	var dir, out, annex string
	var flags logFlags
	c := args(&cobra.Command{
		Use:   "bundle --out FILE.zip|DIR",
		Short: "Write everything that somebody needs to verify the record",
		Long: `Writes the published log up to its signed head, the documents as they are served, the schemas of the events, and a page that says how to verify all of
it without asking anybody: 'auditor verify' and replay/verify.py read it. Where the name ends in .zip it is one zip file, a directory otherwise.

The same data directory gives the same bytes. A bundle is whole or it is not there, and nothing is overwritten. Where no other process has the data
directory, views and log are brought up to date first, and the views committed to; beside a running server, what it has published is taken.

Participants' words and particulars are not in it. --annex writes them, with the salts that tie them to the record, to a file of their own: for those who may see
them. What was erased is not there either.

With -o json: {"bundle", "log", "size", "root", "files", "bytes", "annex", "openings", "without"}.`,
		Example: `  daybook export bundle --data ./data --out edition.zip
  daybook export bundle --data ./data --out edition --annex openings.ndjson`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if out == "" {
			return usageError{hint(errors.New("--out is missing: the zip file or the directory to write"), c)}
		}
		r, err := p.exportBundle(c.Context(), dir, out, annex, &flags)
		if err != nil {
			return err
		}
		e := exported{out, r.Head.Origin, r.Head.Size, r.Head.Root.String(), r.Files, r.Bytes, annex, r.Openings, r.Without}
		return printRows(p, e, []exported{e}, table.Row{"bundle", "log", "events", "root", "files", "bytes"}, func(e exported) table.Row {
			return table.Row{e.Bundle, e.Log, e.Size, e.Root, e.Files, e.Bytes}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&out, "out", "", "the zip file or the directory to write; it must not be there yet")
	c.Flags().StringVar(&annex, "annex", "", "a file for participants' words and their salts; readable by you alone")
	flags.add(c)
	return c
}

func (p *program) exportBundle(ctx context.Context, dir, out, annex string, flags *logFlags) (_ bundle.Report, err error) {
	n, err := p.openPublished(ctx, dir, flags)
	if err != nil {
		return bundle.Report{}, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if annex != "" && n.vault == nil {
		if err := n.openVault(ctx); err != nil {
			return bundle.Report{}, err
		}
	}
	b := p.bar("bundle")
	defer b.end()
	s := bundle.Source{Log: os.DirFS(logDir(dir)), Views: n.store, Wait: patience, Progress: b.set}
	if n.vault != nil {
		s.Vault = n.vault
	}
	r, err := bundle.Export(ctx, s, out, annex)
	switch {
	case errors.Is(err, notary.ErrProof):
		return r, violationError{err}
	case errors.Is(err, bundle.ErrUnpublished):
		return r, fmt.Errorf("%w; 'daybook serve --data %s' publishes the log", err, dir)
	}
	return r, err
}

// openPublished opens a data directory whose views and log are up to date, as far as this process can bring them there. The witnesses are those of the policy that
// is published, unless another one is given.
func (p *program) openPublished(ctx context.Context, dir string, flags *logFlags) (_ *node, err error) {
	n, err := p.openViews(ctx, dir)
	if err != nil || len(n.locks) == 0 { // somebody else has the directory, and publishes
		return n, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := n.settle(ctx, p); err != nil {
		return nil, err
	}
	if published := filepath.Join(logDir(dir), publish.PolicyPath); flags.policy == "" {
		if _, err := os.Stat(published); err == nil {
			flags.policy = published
		}
	}
	_, _, err = p.publishNew(ctx, n, dir, flags)
	if isRefused(err) {
		err = violationError{err}
	}
	return n, err
}
