package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
	"daybook.internal/replay"
	"daybook.internal/report"
)

func (p *program) reportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "report",
		Short:   "Write reports for people",
		Long:    "Writes reports for people from the record: pages that need nothing else, and that anybody with the record writes again, byte for byte.",
		Example: "  daybook report methodology ed_synthetic --data ./data --out report.html",
	}
	c.AddCommand(p.reportMethodologyCommand())
	return c
}

func (p *program) reportMethodologyCommand() *cobra.Command {
	var dir, out, form string
	at := uint64(replay.Head)
	c := args(&cobra.Command{
		Use:   "methodology EDITION",
		Short: "Write the committee's report on the method of an edition",
		Long: `Writes the report on the method of an edition, for its scientific committee: what was planned and what happened, every deviation and finding, every parameter
of the protocol, every indicator with its value, threshold, verdict and the events behind it, representativeness, results, change of opinion, and how to get all of
it again. It holds no words of participants and no pseudonyms.

The form is that of the file's name, .html or .md, or --format; without --out it goes to stdout. A page needs no other file, and no script. The report names no day of
today but the position of the ledger and the time of its last record: the same records give the same bytes. --at N is the report after the first N records.`,
		Example: `  daybook report methodology ed_synthetic --data ./data --out report.html
  daybook report methodology ed_synthetic --data ./data --at 12000 --out report.md`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, names []string) error {
		if form == "" {
			switch form = strings.ToLower(strings.TrimPrefix(filepath.Ext(out), ".")); form {
			case "", "htm":
				form = "html"
			case "markdown":
				form = "md"
			}
		}
		if form != "html" && form != "md" {
			return usageError{hint(fmt.Errorf("a report is html or md, not %q", form), c)}
		}
		if err := notThere(out); err != nil {
			return err
		}
		r, err := p.methodology(c.Context(), dir, domain.EditionID(names[0]), at)
		if err != nil {
			return err
		}
		write := r.HTML
		if form == "md" {
			write = r.Markdown
		}
		if out == "" {
			return write(p.out)
		}
		if err := writeNew(out, 0o644, func(f *os.File) error { return write(io.Writer(f)) }); err != nil {
			return err
		}
		p.say("%s is written", out)
		return nil
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&out, "out", "", "the file to write; it must not be there")
	c.Flags().StringVar(&form, "format", "", "html or md; the default is that of the file's name, or html")
	c.Flags().Uint64Var(&at, "at", replay.Head, "the report after the first N records")
	c.Flags().Lookup("at").DefValue = "the head"
	return c
}

// methodology gathers the facts and the documents of a report.
func (p *program) methodology(ctx context.Context, dir string, edition domain.EditionID, at uint64) (report.Report, error) {
	s, err := p.measured(ctx, dir, at)
	if err != nil {
		return report.Report{}, err
	}
	record, err := p.reported(ctx, dir, edition, s.Position())
	if err != nil {
		return report.Report{}, err
	}
	if !record.Known() {
		return report.Report{}, fmt.Errorf("the ledger has no edition %q; 'daybook view list edition' lists those that there are", edition)
	}
	b := p.bar("report")
	defer b.end()
	done := 0
	return report.Build(report.Input{
		Edition: edition, Position: s.Position(), Record: record, Program: version(),
		Keys: func(view string) []string {
			v, _ := measures.ByName(view)
			return v.Keys(s)
		},
		Document: func(view, key string) ([]byte, error) {
			done++
			b.set(int64(done), 0)
			v, ok := measures.ByName(view)
			if !ok {
				return nil, fmt.Errorf("there is no measure %s", view)
			}
			d, err := v.Compute(s, key, func(int, int) error { return ctx.Err() })
			if errors.Is(err, measures.ErrNoDocument) {
				return nil, ctx.Err()
			}
			return d.Data, err
		},
	})
}

// reported reads what a report takes from the first n records themselves.
func (p *program) reported(ctx context.Context, dir string, edition domain.EditionID, n uint64) (*report.Record, error) {
	l, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	record := report.NewRecord(edition)
	b := p.bar("read the plans")
	defer b.end()
	for r, err := range replay.Records(ctx, l.ledger) {
		if err != nil {
			return nil, err
		}
		if r.Seq >= n {
			break
		}
		if last := r.Seq+1 == n; last || report.Reads(r.Type) {
			f, err := r.Decode()
			if err != nil {
				return nil, err
			}
			record.Apply(f)
			if last {
				record.Last(f.Meta.Time)
			}
		}
		if r.Seq%4096 == 0 {
			b.set(int64(r.Seq), int64(n))
		}
	}
	return record, nil
}
