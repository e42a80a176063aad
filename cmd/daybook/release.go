package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/release"
	"daybook.internal/replay"
)

// releaseFlags are those of a release.
type releaseFlags struct {
	dir, out, licence, safe, actor, publication string
	at                                          uint64
	record                                      bool
}

// releasedRow is what a release came to.
type releasedRow struct {
	Release     string               `json:"release"`
	Edition     domain.EditionID     `json:"edition"`
	Position    uint64               `json:"position"`
	Root        string               `json:"root"`
	Files       int                  `json:"files"`
	Bytes       int64                `json:"bytes"`
	Ballots     int                  `json:"ballots"`
	Suppressed  int                  `json:"suppressed"`
	Publication domain.PublicationID `json:"publication,omitempty"`
	Event       string               `json:"event,omitempty"`
}

func (p *program) releaseCommand() *cobra.Command {
	var f releaseFlags
	c := args(&cobra.Command{
		Use:   "release EDITION --out DIR",
		Short: "Write the public data of an edition: tables, metadata, codebook",
		Long: `Writes what an edition publishes, as it follows from the first records of the ledger: every public view and the ballots that may be public, as CSV (with W3C
tabular metadata), NDJSON and Parquet; datapackage.json, dcat.jsonld, the questionnaires as DDI-Codebook XML, CITATION.cff, README.md and SHA256SUMS. docs/release.md
says what stands in it, what does not, and why.

The same records, licence and --safe give the same bytes, whoever has the record. --at N takes the first N records. A release is whole or it is not there,
and nothing is overwritten: DIR is empty or not there. Reading works beside a running server.

CSV has the bytes that were recorded. --safe spreadsheet writes a second CSV of each table, in which a spreadsheet takes no text for a formula.

--record records the release as a publication of kind dataset, with the digests of its files, the position, the views and the rule by which small numbers are hidden. That
takes --actor, role:principal, and the data directory for itself. Running it again with the same --at records nothing more.

With -o json: {"release", "edition", "position", "root", "files", "bytes", "ballots", "suppressed", "publication", "event"}.`,
		Example: `  daybook release 2026 --data ./data --out release-2026
  daybook release 2026 --data ./data --at 120000 --licence ODbL-1.0 --safe spreadsheet --out release-2026
  daybook release 2026 --data ./data --out release-2026 --record --actor coordinator:ada`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		r, err := p.release(c, domain.EditionID(given[0]), &f)
		if err != nil {
			return err
		}
		return printRows(p, r, []releasedRow{r}, table.Row{"release", "position", "files", "bytes", "ballots", "hidden rows", "publication"}, func(r releasedRow) table.Row {
			return table.Row{r.Release, r.Position, r.Files, r.Bytes, r.Ballots, r.Suppressed, r.Publication}
		})
	}
	p.dataFlags(c, &f.dir)
	c.Flags().StringVar(&f.out, "out", "", "the directory to write; it is empty or not there")
	c.Flags().Uint64Var(&f.at, "at", replay.Head, "release what follows from the first N records")
	c.Flags().Lookup("at").DefValue = "the head"
	c.Flags().StringVar(&f.licence, "licence", release.DefaultLicence, "the licence of the data, by its SPDX id")
	c.Flags().StringVar(&f.safe, "safe", "", "spreadsheet: write a second CSV of each table, for spreadsheets")
	c.Flags().BoolVar(&f.record, "record", false, "record the release as a publication")
	c.Flags().StringVar(&f.actor, "actor", "", "who records it, as role:principal or role:principal@partner")
	c.Flags().StringVar(&f.publication, "publication", "", "the id of the publication (default release-EDITION-POSITION)")
	return c
}

func (p *program) release(c *cobra.Command, edition domain.EditionID, f *releaseFlags) (releasedRow, error) {
	usage := func(format string, args ...any) error { return usageError{hint(fmt.Errorf(format, args...), c)} }
	licence, err := release.LicenceByID(f.licence)
	var actor domain.Actor
	switch {
	case err != nil:
		return releasedRow{}, usage("--licence: %w", err)
	case f.out == "":
		return releasedRow{}, usage("--out is missing: the directory to write")
	case f.safe != "" && f.safe != "spreadsheet":
		return releasedRow{}, usage("--safe %s: the one variant that there is is spreadsheet", f.safe)
	case f.record != (f.actor != "") || (f.publication != "" && !f.record):
		return releasedRow{}, usage("--record goes with --actor role:principal, and --publication with both")
	case f.record:
		if actor, err = domain.ParseActor(f.actor); err != nil {
			return releasedRow{}, usage("--actor: %w", err)
		}
	}
	ctx := c.Context()
	source, root, err := p.releaseSource(ctx, f.dir, edition, f.at)
	if err != nil {
		return releasedRow{}, err
	}
	b := p.bar("release")
	report, err := release.Write(ctx, source, release.Options{Out: f.out, Licence: licence, Root: root, Spreadsheet: f.safe != ""}, b.set)
	b.end()
	if err != nil {
		return releasedRow{}, err
	}
	row := releasedRow{Release: f.out, Edition: edition, Position: source.Position(), Root: root, Files: len(report.Files), Ballots: report.Ballots, Suppressed: report.Suppressed}
	for _, file := range report.Files {
		row.Bytes += file.Bytes
	}
	if f.record {
		err = p.recordRelease(ctx, f, actor, report, &row)
	}
	return row, err
}

// releaseSource reads the first at records, and the root of the log over them.
func (p *program) releaseSource(ctx context.Context, dir string, edition domain.EditionID, at uint64) (_ *release.Source, root string, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	total := at
	if at == replay.Head {
		if total, err = n.ledger.Head(ctx); err != nil {
			return nil, "", err
		}
	}
	b := p.bar("read the ledger")
	defer b.end()
	s, tree := release.NewSource(edition), new(notary.Tree)
	for facts, err := range replay.Facts(ctx, leaves(replay.Records(ctx, n.ledger), total, tree)) {
		if err != nil {
			return nil, "", err
		}
		for _, f := range facts {
			if err := s.Apply(f); err != nil {
				return nil, "", err
			}
		}
		b.set(int64(s.Position()), int64(total))
	}
	if s.Position() < total {
		return nil, "", fmt.Errorf("%w: it has %d records, not %d", replay.ErrBeyond, s.Position(), total)
	}
	if s.Edition() == nil {
		return nil, "", fmt.Errorf("%w: %q, among %d records; 'daybook view list edition' lists those that there are", release.ErrNoEdition, edition, s.Position())
	}
	return s, tree.Root().String(), nil
}

// leaves gives the first n records, and puts each into the tree of the log on its way.
func leaves(source iter.Seq2[domain.Record, error], n uint64, tree *notary.Tree) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		var leaf, scratch []byte
		var hash tlog.Hash
		if n == 0 {
			return
		}
		for r, err := range source {
			if err == nil {
				leaf = notary.AppendLeaf(leaf[:0], r)
				hash, scratch = notary.LeafHash(scratch, leaf)
				err = tree.Append(hash)
			}
			if !yield(r, err) || err != nil || r.Seq+1 >= n {
				return
			}
		}
	}
}

// recordRelease records what was written. Its command has the name of the publication, so that it is recorded once.
func (p *program) recordRelease(ctx context.Context, f *releaseFlags, actor domain.Actor, r release.Report, row *releasedRow) (err error) {
	row.Publication = domain.PublicationID(f.publication)
	if row.Publication == "" {
		row.Publication = domain.PublicationID(fmt.Sprintf("release-%s-%d", row.Edition, row.Position))
	}
	written := fmt.Errorf("the release is in %s, and is not recorded", row.Release)
	n, err := openNode(ctx, f.dir)
	if err != nil {
		return errors.Join(written, err)
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	receipt, err := n.service.ReleasePublication(ctx, commands.By{Command: "release:" + string(row.Publication), Actor: actor}, domain.PublicationReleased{
		Publication: row.Publication, Edition: row.Edition, Kind: domain.Dataset, Files: r.ReleasedFiles(), LedgerPosition: row.Position, Views: r.Views, Licence: f.licence,
		DisclosureCheck: domain.DisclosureCheck{Rule: r.Rule, Suppressed: r.Suppressed},
	})
	if err != nil {
		return errors.Join(written, err)
	}
	for _, e := range receipt.Events {
		row.Event = e.ID.String()
	}
	return n.settle(ctx, p)
}
