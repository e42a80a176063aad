package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

func (p *program) sortitionCheckCommand() *cobra.Command {
	var f drawFlags
	var near int
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "check --quotas FILE --people FILE --size K",
		Short: "Say what is wrong with the tables of a draw, whether any panel meets the quotas, and what would help",
		Long: `Reads both tables and says everything that is wrong with them. Then it counts people beside each quota, and looks for a panel that meets all of them.
Where there is none it suggests the cheapest changes within min_flex and max_flex: a minimum q lowered by a seat costs 1+2/q, a maximum raised by a
seat 1. With --near N it solves every quota again with one seat more and less, and shows those by which the smallest chance grows most.

With --dialogue quotas and seats are those of the selection on record, and the record gets what it came to: how many people, whether a panel meets the quotas, which changes would help.

Exit code 1 where no panel can be drawn.`,
		Example: "  daybook sortition check --quotas quotas.csv --people people.csv --size 100 --near 5\n" +
			"  daybook sortition check --dialogue dl_fr --people people.csv --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if on.dialogue != "" {
			if err := on.alone(c, "people", "id", "address", "already", "near"); err != nil {
				return err
			}
			return p.checkOn(c, &on, &f, near)
		}
		d, err := f.read(c)
		_, err = p.checkRead(c.Context(), d, err, f.size, near)
		return err
	}
	f.add(c, true)
	on.add(p, c)
	c.Flags().IntVar(&near, "near", 0, "show up to so many changes by one seat that raise the smallest chance most")
	return c
}

// checkRead says what is wrong with tables that were read, and whether they can be drawn from.
func (p *program) checkRead(ctx context.Context, d *drawn, err error, size, near int) (advice.Feasibility, error) {
	report := checked{Size: size, Problems: []problemRow{}, Changes: []string{}, NearMisses: []nearRow{}, Categories: []countRow{}}
	var problems tables.Problems
	if errors.As(err, &problems) {
		for _, one := range problems {
			p.say("%s", one)
		}
		report.Problems = problemRows(problems)
		failed := fmt.Errorf("%d problems in the tables", len(problems))
		if len(problems) == 1 {
			failed = errors.New("1 problem in the tables")
		}
		if p.output != "table" { // where nothing is counted, a table says nothing
			failed = errors.Join(p.printCheck(report), failed)
		}
		return advice.Feasibility{}, failed
	}
	if err != nil {
		return advice.Feasibility{}, err
	}
	return p.check(ctx, d, report, near)
}

// checkOn checks a table against the selection on record, and records what it came to.
func (p *program) checkOn(c *cobra.Command, on *stepFlags, f *drawFlags, near int) error {
	return p.step(on, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if at.Sealed() != nil {
			return domain.Reject(domain.ErrPhaseClosed, "the pool is sealed: its quotas stand")
		}
		d, err := f.readFor(c, at)
		if errors.As(err, new(usageError)) {
			return err
		}
		found, err := p.checkRead(ctx, d, err, at.Announced().Size, near)
		if err != nil && !errors.Is(err, lottery.ErrInfeasible) {
			return err
		}
		return errors.Join(s.feasibility(ctx, at, len(d.pool.People), found), err)
	})(c, nil)
}

// checked is what -o json prints.
type checked struct {
	People     int          `json:"people"`
	Size       int          `json:"size"`
	Problems   []problemRow `json:"problems"`
	Categories []countRow   `json:"categories"`
	Feasible   bool         `json:"feasible"`
	Changes    []string     `json:"changes"`  // that make it feasible
	Cheapest   bool         `json:"cheapest"` // no others cost less
	Beyond     bool         `json:"beyond"`   // they go beyond min_flex and max_flex
	Hopeless   bool         `json:"hopeless"` // no changes of quotas help
	NearMisses []nearRow    `json:"nearMisses"`
}

type countRow struct {
	Category  string `json:"category"`
	Value     string `json:"value"`
	Min       int    `json:"min"`
	Max       int    `json:"max"`
	People    int    `json:"people"`
	Addresses int    `json:"addresses"` // how many of them can be on one panel
}

type nearRow struct {
	Change  string  `json:"change"`
	Minimum float64 `json:"minimum"`
	Gain    float64 `json:"gain"`
}

func (p *program) printCheck(report checked) error {
	return printRows(p, report, report.Categories, table.Row{"category", "value", "min", "max", "people", "addresses"}, func(r countRow) table.Row {
		return table.Row{r.Category, r.Value, r.Min, r.Max, r.People, r.Addresses}
	})
}

func countRows(c tables.Check) []countRow {
	rows := []countRow{}
	for _, category := range c.Categories {
		for _, v := range category.Values {
			rows = append(rows, countRow{v.Category, v.Value, v.Min, v.Max, v.People, v.Addresses})
		}
	}
	return rows
}

// check goes on with tables that are in order.
func (p *program) check(ctx context.Context, d *drawn, report checked, near int) (advice.Feasibility, error) {
	in, err := d.instance()
	if err != nil {
		return advice.Feasibility{}, err
	}
	counted := d.targets.Check(in.People, in.Size)
	report.People, report.Categories, report.Problems = len(in.People), countRows(counted), problemRows(counted.Problems)
	for _, one := range counted.Problems {
		p.say("%s", one)
	}
	if d.byID+d.byAddress > 0 {
		p.say("%d people were selected already and %d live with them: they are not drawn", d.byID, d.byAddress)
	}
	if d.pool.NoAddress > 0 {
		p.say("%d people have nothing in the first column of the address: they count as living alone", d.pool.NoAddress)
	}
	f, err := p.feasible(ctx, in, d.targets.Widest)
	if err != nil {
		return f, err
	}
	report.Feasible, report.Cheapest, report.Beyond, report.Hopeless = f.Feasible, f.Cheapest, f.Beyond, f.Hopeless
	for _, change := range f.Changes {
		report.Changes = append(report.Changes, change.String())
	}
	if near > 0 {
		if report.NearMisses, err = p.near(ctx, in, d.targets.Widest, nil, near); err != nil {
			return f, err
		}
	}
	if err := p.printCheck(report); err != nil || f.Feasible {
		return f, err
	}
	return f, lottery.ErrInfeasible
}

// feasible asks whether there is a panel, and says what would help.
func (p *program) feasible(ctx context.Context, in lottery.Instance, widest []lottery.Quota) (advice.Feasibility, error) {
	tick, end := p.ticks(ctx, "looking for a panel")
	f, err := advice.Relax(in, widest, tick)
	end()
	switch {
	case err != nil:
	case f.Feasible:
		p.say("there are panels of %d people that meet the quotas", in.Size)
	case f.Hopeless:
		p.say("no panel can be: there are fewer people of different addresses than seats")
	default:
		p.say("no panel meets the quotas; these changes make one possible%s:", map[bool]string{true: ", but go beyond min_flex and max_flex"}[f.Beyond])
		for _, change := range f.Changes {
			p.say("  %s", change)
		}
	}
	return f, err
}

// near shows the changes by one seat that help most.
func (p *program) near(ctx context.Context, in lottery.Instance, widest []lottery.Quota, impossible []int, n int) ([]nearRow, error) {
	tick, end := p.ticks(ctx, "what if")
	all, err := advice.Explore(in, widest, impossible, tick)
	end()
	if err != nil {
		return nil, err
	}
	rows := []nearRow{}
	for _, w := range all.NearMisses(n) {
		rows = append(rows, nearRow{w.Change.String(), w.Minimum, w.Gain})
		p.say("%s: the smallest chance goes from %.2f %% to %.2f %%", w.Change, 100*all.Minimum, 100*w.Minimum)
	}
	return rows, nil
}
