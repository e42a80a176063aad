package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

// strata are those of people who have a seat, as they were sealed.
func (s *stepper) strata() (map[domain.ParticipantID]map[string]string, error) {
	of := map[domain.ParticipantID]map[string]string{}
	for _, one := range s.record.list {
		if one.drawn() == nil {
			continue
		}
		kept, err := s.folder(one.number()).sealed()
		if err != nil {
			return nil, err
		}
		for _, p := range kept.People {
			if slices.Contains(one.drawn(), p.ID) {
				of[p.ID] = p.Strata
			}
		}
	}
	return of, nil
}

// openQuotas are what those who stay leave open of the quotas of the selection that filled all seats.
func (s *stepper) openQuotas(full *selectionSoFar) ([]domain.SeatQuota, error) {
	of, err := s.strata()
	if err != nil {
		return nil, err
	}
	var stay []map[string]string
	for _, id := range s.record.seated() {
		stay = append(stay, of[id])
	}
	left := lots.Residual(full.Announced().Quotas, stay)
	for i := range left {
		q, was := &left[i], full.Announced().Quotas[i]
		seated := 0
		for _, strata := range stay {
			if strata[q.Dimension] == q.Stratum {
				seated++
			}
		}
		q.LeastMin, q.MostMax = max(0, min(q.Min, was.LeastMin-seated)), max(q.Max, min(was.MostMax-seated, len(s.record.vacant())))
	}
	return left, nil
}

// replaceOn makes the tables of the selection that replaces people. It writes nothing to the record.
func (p *program) replaceOn(c *cobra.Command, f *stepFlags, people drawFlags) (err error) {
	if err := f.named(c); err != nil {
		return err
	}
	ctx := c.Context()
	s, err := p.looking(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.node.Close()) }()
	full, vacant := s.record.full(), s.record.vacant()
	switch {
	case full == nil:
		return errors.New("nobody was drawn yet: there is nobody to replace")
	case s.record.last().goesOn() && s.record.last().Sealed() != nil:
		return fmt.Errorf("selection %d goes on, and its pool is sealed", s.record.last().number())
	case len(vacant) == 0:
		return errors.New("no seat is vacant: nobody who was drawn has declined or withdrawn ('daybook sortition answer')")
	}
	number := s.record.last().number() + 1
	if s.record.last().goesOn() {
		number--
	}
	d, err := s.candidates(full, people)
	if err != nil {
		return err
	}
	quotas, err := s.openQuotas(full)
	if err != nil {
		return err
	}
	left, err := s.residual(full, d, len(vacant))
	if err != nil {
		return err
	}
	rows, _ := d.pool.Split(left.People)
	to := s.folder(number)
	if err := errors.Join(to.writeTable(quotasName, public, quotasTable(quotas), tables.Form{}), to.writeTable(peopleName, secret, rows, tables.Form{})); err != nil {
		return err
	}
	if d.targets, err = tables.ReadQuotas(quotasTable(quotas)); err != nil {
		return err
	}
	in := lottery.Instance{Size: len(vacant), Quotas: d.targets.Quotas, People: left.Instance.People}
	possible, err := p.feasible(ctx, in, d.targets.Widest)
	if err != nil {
		return err
	}
	p.say("%d seats are free, %d are taken; %d people may be drawn, and %d not because they live with somebody seated", len(vacant), len(s.record.seated()), len(left.People), len(left.SameAddress))
	p.say("%s and %s are those of selection %d", to.path(quotasName), to.path(peopleName), number)
	r := replaced{Free: len(vacant), Seated: len(s.record.seated()), People: len(left.People), SameAddress: len(left.SameAddress), Feasible: possible.Feasible, Changes: []string{}}
	for _, change := range possible.Changes {
		r.Changes = append(r.Changes, change.String())
	}
	r.Quotas = countRows(d.targets.Check(in.People, in.Size))
	s.sayNext(s.next())
	err = printRows(p, r, r.Quotas, table.Row{"category", "value", "min", "max", "people", "addresses"}, func(r countRow) table.Row {
		return table.Row{r.Category, r.Value, r.Min, r.Max, r.People, r.Addresses}
	})
	if err == nil && !possible.Feasible {
		err = lottery.ErrInfeasible
	}
	return err
}

// candidates is the table from which people are replaced: the one that was given, or that of the selection that filled all seats.
func (s *stepper) candidates(full *selectionSoFar, f drawFlags) (*drawn, error) {
	kept, err := s.folder(full.number()).sealed()
	if err != nil {
		return nil, err
	}
	if f.people == "" {
		return s.folder(full.number()).readPeople(full, kept)
	}
	d := &drawn{size: full.Announced().Size}
	if d.targets, err = targets(full.Announced()); err != nil {
		return nil, err
	}
	read, err := readTable(f.people)
	if err != nil {
		return nil, err
	}
	columns := tables.Columns{ID: kept.ID, Address: kept.Address}
	if f.columns.ID != "" {
		columns.ID = f.columns.ID
	}
	if len(f.columns.Address) > 0 {
		columns.Address = f.columns.Address
	}
	d.pool, err = tables.ReadPeople(read, d.targets, columns)
	return d, err
}

// residual leaves out who was drawn before, and who lives with somebody seated.
func (s *stepper) residual(full *selectionSoFar, d *drawn, free int) (advice.Residual, error) {
	in := lottery.Instance{Size: free + len(s.record.seated()), Quotas: d.targets.Quotas, People: slices.Clone(d.pool.People)}
	var status []advice.Status
	known := map[domain.ParticipantID]bool{}
	for _, p := range in.People {
		id := domain.ParticipantID(p.ID)
		known[id] = true
		switch {
		case s.record.state.In(id):
			status = append(status, advice.Confirmed)
		case s.record.state.Selected(id):
			status = append(status, advice.Withdrawn)
		default:
			status = append(status, advice.InPool)
		}
	}
	of, err := s.strata()
	if err != nil {
		return advice.Residual{}, err
	}
	for _, id := range s.record.seated() {
		if known[id] {
			continue
		}
		one := lottery.Person{ID: string(id)}
		for _, name := range in.Categories() {
			one.Values = append(one.Values, of[id][name])
		}
		in.People, status = append(in.People, one), append(status, advice.Confirmed)
		s.say("%s has a seat and is not in the table: who lives with them is not known", id)
	}
	return advice.Replace(in, d.targets.Widest, status)
}
