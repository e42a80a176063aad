package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
	"daybook.internal/sortition/tables"
)

// lotteryOnRecord reads the lottery of a selection and holds it against the record.
func (s *stepper) lotteryOnRecord(at *selectionSoFar) (*drawn, lottery.Instance, *lottery.Lottery, error) {
	from := s.folder(at.number())
	fail := func(err error) (*drawn, lottery.Instance, *lottery.Lottery, error) {
		return nil, lottery.Instance{}, nil, err
	}
	if at.Built() == nil {
		return fail(domain.Reject(domain.ErrPhaseClosed, "the lottery is not built"))
	}
	pool, err := from.pool(at)
	if err != nil {
		return fail(err)
	}
	q := lots.Quotas(*at.Announced())
	d := &drawn{targets: tables.Targets{Quotas: q.Quotas, Widest: q.Widest}, pool: tables.Pool{People: lots.Instance(*at.Announced(), pool).People}}
	if _, err := from.read(lotteryName, "'daybook sortition build --dialogue' writes it again"); err != nil {
		return fail(err)
	}
	var file lotteryFile
	if err := readForm(from.path(lotteryName), lotteryForm, &file, &file.Form); err != nil {
		return fail(err)
	}
	in, l, err := file.lottery(d)
	if err != nil {
		return fail(err)
	}
	if err := l.Check(in); err != nil {
		return fail(violationError{err})
	}
	if root := lots.Root(in, l.Panels); root != at.Built().Panels {
		return fail(violationError{fmt.Errorf("%s: its panels come to the root %s, and %s is on record", from.path(lotteryName), root, at.Built().Panels)})
	}
	return d, in, l, nil
}

// verifyOn holds the files of a selection against the record, as an auditor does who has them.
func (p *program) verifyOn(c *cobra.Command, f *stepFlags, replay bool) (err error) {
	if err := f.named(c); err != nil {
		return err
	}
	ctx := c.Context()
	s, err := p.looking(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.node.Close()) }()
	at, err := s.record.selection(f.selection)
	if err != nil {
		return err
	}
	if at.Sealed() == nil {
		return domain.Reject(domain.ErrPhaseClosed, "the pool is not sealed: there is nothing to verify")
	}
	from := s.folder(at.number())
	pool, err := from.pool(at)
	if err != nil {
		return err
	}
	rows := []verifiedRow{{"pool", fmt.Sprintf("%d people come to the sealed root %s", at.Sealed().People, at.Sealed().Pool)}}
	if at.Built() != nil {
		text, err := from.read(panelsName, "'daybook sortition build --dialogue' writes it again")
		if err != nil {
			return err
		}
		list, err := seal.ReadPanels(text)
		if err != nil {
			return violationError{fmt.Errorf("%s: %w", from.path(panelsName), err)}
		}
		if problems := slices.Concat(lots.AuditPanels(at.Selection, list), lots.AuditLottery(at.Selection, pool, list)); len(problems) > 0 {
			for _, one := range problems {
				s.say("%s", one)
			}
			return violationError{fmt.Errorf("%s: %d things are not as the record has them", from.path(panelsName), len(problems))}
		}
		b := at.Built()
		rows = append(rows, verifiedRow{"panels", fmt.Sprintf("%d panels come to the root %s", len(list.List), b.Panels)},
			verifiedRow{"tickets", fmt.Sprintf("%d to %d; %d people on no panel", b.Fewest, b.Most, len(b.Impossible))},
			verifiedRow{"certificate", fmt.Sprintf("no lottery gives everybody else more than %d/%d", b.Bound.Num, b.Bound.Den)})
	}
	if d := at.Drawn(); d != nil {
		if err := lots.CheckDrawn(at.Selection, *d); err != nil {
			return violationError{err}
		}
		rows = append(rows, verifiedRow{"draw", fmt.Sprintf("panel %d by round %d of the beacon", d.Index, at.Second().Round)})
	}
	if replay && at.Built() != nil {
		tick, end := p.ticks(ctx, "building the lottery again")
		problems, err := lots.AuditReplay(at.Selection, pool, tick)
		end()
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return violationError{errors.New(problems[0])}
		}
		rows = append(rows, verifiedRow{"replay", "the same panels"})
	}
	p.sayTest(at.test())
	return printRows(p, rows, rows, table.Row{"check", "result"}, func(r verifiedRow) table.Row { return table.Row{r.Check, r.Result} })
}
