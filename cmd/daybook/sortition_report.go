package main

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/report"
	"daybook.internal/sortition/tables"
)

func (p *program) sortitionReportCommand() *cobra.Command {
	var f drawFlags
	var file, draw string
	var to reportFiles
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "report --quotas FILE --people FILE --lottery FILE [--draw FILE]",
		Short: "Report a lottery and its draw: target, pool and selected shares, everybody's chances, pairs, near misses",
		Long: `Puts the figures of a lottery together, after checking it. On stdout: each value of each category with its target, its share of the pool and of those
selected, and the chances of the people who have it. --html writes all of it as one page with charts, which needs nothing else; --shares, --chances, --figures and
--tickets write tables: the same as on stdout, how many people have which chance, all other figures, and everybody's chance by id.

With --dialogue the lottery and the draw are those of the record, and the files below --dir.`,
		Example: "  daybook sortition report --quotas quotas.csv --people people.csv --lottery lottery.json --draw draw.json --html report.html --shares shares.csv\n" +
			"  daybook sortition report --dialogue dl_fr --html report.html",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := notThere(to.page, to.shares, to.chances, to.figures, to.tickets); err != nil {
			return err
		}
		if on.dialogue != "" {
			if err := on.alone(c, "html", "shares", "chances", "figures", "tickets", "near"); err != nil {
				return err
			}
			return p.reportOn(c, &on, to)
		}
		if file == "" {
			return usageError{hint(errors.New("name the lottery: --lottery FILE"), c)}
		}
		d, err := f.read(c)
		if err != nil {
			return err
		}
		var kept lotteryFile
		if err := readForm(file, lotteryForm, &kept, &kept.Form); err != nil {
			return err
		}
		in, l, err := kept.lottery(d)
		if err != nil {
			return err
		}
		if err := l.Check(in); err != nil {
			return violationError{err}
		}
		index, test := -1, kept.Test
		if draw != "" {
			made, _, err := kept.check(draw)
			if err != nil {
				return err
			}
			index, test = made.Index, made.Test
		}
		return p.report(c.Context(), d, in, l, index, test, to)
	}
	f.add(c, false)
	on.add(p, c)
	c.Flags().StringVar(&file, "lottery", "", "the lottery")
	c.Flags().StringVar(&draw, "draw", "", "the draw")
	c.Flags().StringVar(&to.page, "html", "", "write the report as a page")
	c.Flags().StringVar(&to.shares, "shares", "", "write the table of shares, CSV")
	c.Flags().StringVar(&to.chances, "chances", "", "write the table of chances, CSV")
	c.Flags().StringVar(&to.figures, "figures", "", "write the table of other figures, CSV")
	c.Flags().StringVar(&to.tickets, "tickets", "", "write everybody's tickets, CSV")
	c.Flags().IntVar(&to.near, "near", 5, "look for up to so many changes by one seat that would have raised the smallest chance most")
	return c
}

// reportFiles say what a report writes, and how many near misses it looks for.
type reportFiles struct {
	page, shares, chances, figures, tickets string
	near                                    int
}

// report puts the figures of a lottery that was checked together.
func (p *program) report(ctx context.Context, d *drawn, in lottery.Instance, l *lottery.Lottery, index int, test bool, to reportFiles) error {
	var misses []advice.WhatIf
	if to.near > 0 {
		tick, end := p.ticks(ctx, "what if")
		all, err := advice.Explore(in, d.targets.Widest, l.Impossible, tick)
		end()
		if err != nil {
			return err
		}
		misses = all.NearMisses(to.near)
	}
	r, err := report.New(in, l, index, misses)
	if err != nil {
		return err
	}
	r.Test = test
	p.sayTest(test)
	for _, one := range []struct {
		path  string
		table tables.Table
	}{{to.shares, r.Shares()}, {to.chances, r.Distribution()}, {to.figures, r.Figures()}, {to.tickets, report.Tickets(in, l)}} {
		if one.path != "" {
			if err := writeNew(one.path, 0o644, func(f *os.File) error { return one.table.Write(f, tables.Form{Mark: true, Safe: true}) }); err != nil {
				return err
			}
		}
	}
	if to.page != "" {
		if err := writeNew(to.page, 0o644, func(f *os.File) error { return reportPage.Execute(f, r) }); err != nil {
			return err
		}
	}
	t := r.Shares()
	header := make(table.Row, len(t.Header))
	for i, h := range t.Header {
		header[i] = h
	}
	return printRows(p, r, t.Rows, header, func(cells []string) table.Row {
		row := make(table.Row, len(cells))
		for i, cell := range cells {
			row[i] = cell
		}
		return row
	})
}

// reportOn is the report of a selection on record.
func (p *program) reportOn(c *cobra.Command, f *stepFlags, to reportFiles) (err error) {
	s, err := p.looking(c.Context(), f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.node.Close()) }()
	at, err := s.record.selection(f.selection)
	if err != nil {
		return err
	}
	d, in, l, err := s.lotteryOnRecord(at)
	if err != nil {
		return err
	}
	index := -1
	if at.Drawn() != nil {
		index = at.Drawn().Index
	}
	return p.report(c.Context(), d, in, l, index, at.test(), to)
}

//go:embed sortition_report.html
var reportHTML string

// reportPage is one page without anything from elsewhere: charts are boxes whose width is a share.
var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"of": func(part, whole int) report.Share { return report.Share{Part: part, Whole: whole} },
}).Parse(reportHTML))
