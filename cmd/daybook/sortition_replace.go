package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

func (p *program) sortitionReplaceCommand() *cobra.Command {
	var f drawFlags
	var quotas, people string
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "replace --quotas FILE --people FILE --size K --status COLUMN",
		Short: "Make the tables of a draw for seats that were given back",
		Long: `Reads the status of everybody from a column: CONFIRMED and SELECTED people keep their seats and count in the quotas, WITHDRAWN and DELETED ones are not drawn
again, and POOL, or nothing, may be drawn, unless somebody seated lives at their address. --quotas-out and --people-out write the tables of a draw for the seats that
are free; 'build' and 'draw' take them as they take others, with the number of free seats as --size. Its rounds are named anew.

With --dialogue the record says who holds a seat and who gave it back, and the tables of the next selection are written below --dir, for 'announce' and 'check'. --people names
another table than that of the selection that filled all seats, where more people have asked to be drawn.

Exit code 1 where nobody can fill the seats within what is left of the quotas; the changes that would help are said.`,
		Example: "  daybook sortition replace --quotas quotas.csv --people people.csv --size 100 --status status --address street,zip --quotas-out quotas2.csv --people-out people2.csv\n" +
			"  daybook sortition replace --dialogue dl_fr",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if on.dialogue != "" {
			if err := on.alone(c, "people", "id", "address"); err != nil {
				return err
			}
			return p.replaceOn(c, &on, f)
		}
		if f.columns.Status == "" {
			return usageError{hint(errors.New("name the column that says who holds a seat: --status COLUMN"), c)}
		}
		if err := notThere(quotas, people); err != nil {
			return err
		}
		d, err := f.read(c)
		if err != nil {
			return err
		}
		left, err := advice.Replace(lottery.Instance{Size: d.size, Quotas: d.targets.Quotas, People: d.pool.People}, d.targets.Widest, d.pool.Status)
		if err != nil {
			return err
		}
		for _, over := range left.Over {
			p.say("%d people of %s %q hold seats, and the maximum is %d", over.To, over.Category, over.Value, over.From)
		}
		possible, err := p.feasible(c.Context(), left.Instance, left.Widest)
		if err != nil {
			return err
		}
		d.targets.Quotas, d.targets.Widest = left.Instance.Quotas, left.Widest
		r := replaced{Free: left.Instance.Size, Seated: len(left.Seated), People: len(left.People), SameAddress: len(left.SameAddress), Feasible: possible.Feasible, Changes: []string{}}
		for _, change := range possible.Changes {
			r.Changes = append(r.Changes, change.String())
		}
		r.Quotas = countRows(d.targets.Check(left.Instance.People, left.Instance.Size))
		p.say("%d seats are free, %d are taken; %d people may be drawn, and %d not because they live with somebody seated", r.Free, r.Seated, r.People, r.SameAddress)
		if err := writeResidual(d, left, quotas, people); err != nil {
			return err
		}
		err = printRows(p, r, r.Quotas, table.Row{"category", "value", "min", "max", "people", "addresses"}, func(r countRow) table.Row {
			return table.Row{r.Category, r.Value, r.Min, r.Max, r.People, r.Addresses}
		})
		if err == nil && !possible.Feasible {
			err = lottery.ErrInfeasible
		}
		return err
	}
	f.add(c, true)
	on.add(p, c)
	c.Flags().StringVar(&quotas, "quotas-out", "", "write what is left of the quotas")
	c.Flags().StringVar(&people, "people-out", "", "write the people who may be drawn")
	return c
}

// replaced is what -o json prints.
type replaced struct {
	Free        int        `json:"free"` // the size of the draw
	Seated      int        `json:"seated"`
	People      int        `json:"people"`      // who may be drawn
	SameAddress int        `json:"sameAddress"` // who may not, because somebody seated lives there
	Feasible    bool       `json:"feasible"`
	Changes     []string   `json:"changes"` // of what is left of the quotas, that make it feasible
	Quotas      []countRow `json:"quotas"`  // what is left of them
}

// writeResidual writes the tables of the residual draw.
func writeResidual(d *drawn, left advice.Residual, quotas, people string) error {
	if quotas != "" {
		t := tables.Table{Header: []string{"category", "value", "min", "max", "min_flex", "max_flex"}, Delimiter: d.targets.Table.Delimiter}
		for f, q := range left.Instance.Quotas {
			w, most := left.Widest[f], ""
			if w.Max < tables.NoLimit/2 {
				most = strconv.Itoa(w.Max)
			}
			t.Rows = append(t.Rows, []string{q.Category, q.Value, strconv.Itoa(q.Min), strconv.Itoa(q.Max), strconv.Itoa(w.Min), most})
		}
		if err := writeNew(quotas, 0o644, func(f *os.File) error { return t.Write(f, tables.Form{}) }); err != nil {
			return err
		}
	}
	if people == "" {
		return nil
	}
	rows, _ := d.pool.Split(left.People)
	if err := writeNew(people, 0o600, func(f *os.File) error { return rows.Write(f, tables.Form{}) }); err != nil {
		return fmt.Errorf("the people who may be drawn: %w", err)
	}
	return nil
}
