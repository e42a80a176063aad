package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

func (p *program) sortitionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sortition",
		Short: "Draw people by lot under quotas, so that everybody can check it; from two tables, or on the record of a dialogue",
		Long: `Draws a panel from a table of people, within quotas, by the fairest lottery there is: the person with the smallest chance has the greatest chance that any
lottery can give. First all panels are fixed (build), then public randomness draws one of them (draw), and anybody checks both (verify).

Two tables come in, as CSV files: quotas (category, value, min, max, and min_flex, max_flex if suggestions may go so far; the headers of sortition-algorithms,
stratification-app and Panelot are known) and people (a column for each category, one with ids, any others). All that is wrong with them is said at once,
with row and cell.

With --dialogue a selection is drawn on the record, step by step: announce, check, amend, seal, pin, observe, build, commit, observe, draw, answer, and replace for seats that were
given back. 'status' says where it stands, what is next, by when, and what to type. Each step may be taken again: it says that it is done. Files lie below --dir, where
'auditor verify --selections' finds them. docs/selection.md has the tour.`,
		Example: `  daybook sortition check --quotas quotas.csv --people people.csv --size 100 --address street,zip
  daybook sortition build --quotas quotas.csv --people people.csv --size 100 --address street,zip --round 27946612 --beacon r1.json --out lottery.json
  daybook sortition draw --quotas quotas.csv --people people.csv --address street,zip --lottery lottery.json --round 27980000 --beacon r2.json --selected selected.csv --remaining remaining.csv --out draw.json
  daybook sortition verify --quotas quotas.csv --people people.csv --address street,zip --lottery lottery.json --draw draw.json
  daybook sortition status --dialogue dl_fr --data ./data`,
	}
	c.AddCommand(p.sortitionCheckCommand(), p.sortitionBuildCommand(), p.sortitionDrawCommand(), p.sortitionVerifyCommand(), p.sortitionReplaceCommand(), p.sortitionReportCommand(), p.sortitionReceiptCommand(),
		p.sortitionStatusCommand(), p.sortitionAnnounceCommand(), p.sortitionAmendCommand(), p.sortitionSealCommand(), p.sortitionPinCommand(), p.sortitionObserveCommand(), p.sortitionCommitCommand(),
		p.sortitionAnswerCommand(), p.sortitionVoidCommand())
	return c
}

// drawFlags name the tables of a draw and their columns.
type drawFlags struct {
	quotas, people string
	already        string
	size           int
	columns        tables.Columns
}

func (f *drawFlags) add(c *cobra.Command, size bool) {
	c.Flags().StringVar(&f.quotas, "quotas", "", "the table of quotas, CSV")
	if size {
		c.Flags().IntVar(&f.size, "size", 0, "seats of a panel")
	}
	f.addPeople(c)
}

// addPeople adds the flags of the table of people alone.
func (f *drawFlags) addPeople(c *cobra.Command) {
	c.Flags().StringVar(&f.people, "people", "", "the table of people, CSV")
	c.Flags().StringVar(&f.columns.ID, "id", "", "the column of ids (default: nationbuilder_id, unique_id, id or the like; else people are numbered from 1)")
	c.Flags().StringSliceVar(&f.columns.Address, "address", nil, "the columns of an address, the most exact first: two people of one address are never on one panel")
	c.Flags().StringVar(&f.already, "already", "", "a table of people who were selected before or elsewhere: they are not drawn, nor who lives with them")
	c.Flags().StringVar(&f.columns.Status, "status", "", "the column that says POOL, SELECTED, CONFIRMED, WITHDRAWN or DELETED")
}

// drawn is what the tables say.
type drawn struct {
	targets tables.Targets
	pool    tables.Pool
	size    int

	byID, byAddress int // people who were taken out because they were selected already, or live with somebody who was
}

// read reads both tables, and gives what is wrong with either at once.
func (f *drawFlags) read(c *cobra.Command) (*drawn, error) {
	if f.quotas == "" || f.people == "" {
		return nil, usageError{hint(errors.New("name the tables: --quotas FILE --people FILE"), c)}
	}
	if c.Flags().Lookup("size") != nil && f.size < 1 {
		return nil, usageError{hint(fmt.Errorf("--size %d: a panel has one seat or more", f.size), c)}
	}
	d := &drawn{size: f.size}
	quotas, err := readTable(f.quotas)
	if err == nil {
		d.targets, err = tables.ReadQuotas(quotas)
	}
	people, more := readTable(f.people)
	if err == nil && more == nil {
		d.pool, more = tables.ReadPeople(people, d.targets, f.columns)
	}
	if err := join(err, more); err != nil || f.already == "" {
		return d, err
	}
	already, err := readTable(f.already)
	if err != nil {
		return nil, err
	}
	d.pool, d.byID, d.byAddress, err = d.pool.Without(already, f.columns)
	return d, err
}

// join makes one list of problems of two.
func join(a, b error) error {
	var first, second tables.Problems
	if errors.As(a, &first) && errors.As(b, &second) {
		return append(first, second...)
	}
	return errors.Join(a, b)
}

func readTable(path string) (tables.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return tables.Table{}, err
	}
	defer f.Close()
	return tables.Read(filepath.Base(path), f)
}

// instance is a first draw from the tables: nobody may have a seat yet.
func (d *drawn) instance() (lottery.Instance, error) {
	for i, s := range d.pool.Status {
		if s != advice.InPool {
			return lottery.Instance{}, fmt.Errorf("%s row %d: %q is %s already; 'daybook sortition replace' makes the tables of a draw for the seats that are free", d.pool.Table.Name, d.pool.Table.Number[d.pool.Row[i]], d.pool.People[i].ID, s)
		}
	}
	return lottery.Instance{Size: d.size, Quotas: d.targets.Quotas, People: d.pool.People}, nil
}

// ticks shows how far long work has come, and ends it when somebody presses Ctrl-C.
func (p *program) ticks(ctx context.Context, message string) (tick lottery.Tick, end func()) {
	b := p.bar(message)
	return func(step string, done, total int) error {
		if b.writer != nil {
			b.tracker.UpdateMessage(message + ": " + step)
		}
		b.set(int64(done), int64(total))
		return ctx.Err()
	}, b.end
}

// notThere tells whether files may be written: none of them is there yet, and none is named twice. What takes long, or writes several, asks before it begins; an empty name is no file.
func notThere(paths ...string) error {
	for i, path := range paths {
		if path == "" {
			continue
		}
		if slices.Contains(paths[:i], path) {
			return usageError{fmt.Errorf("%s is named for two files", path)}
		}
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already; name another file, or move it away", path)
		}
	}
	return nil
}

// writeNew writes a file that must not be there yet: what was drawn is not written over. What cannot be written whole is taken away again.
func writeNew(path string, mode os.FileMode, write func(*os.File) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; name another file, or move it away", path)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	return errors.Join(write(f), f.Sync())
}

// problemRow is a problem as a row of output.
type problemRow struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

func problemRows(problems tables.Problems) []problemRow {
	rows := []problemRow{}
	for _, one := range problems {
		where, what, _ := strings.Cut(one.String(), ": ")
		rows = append(rows, problemRow{where, what})
	}
	return rows
}
