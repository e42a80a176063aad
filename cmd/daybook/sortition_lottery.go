package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
	"daybook.internal/sortition/tables"
)

// buildOn builds the lottery of a selection. The ledger is read, and let go of while it is built, so that others can write; files are written whole, and before the record says what they are.
func (p *program) buildOn(c *cobra.Command, f *stepFlags) error {
	ctx := c.Context()
	if err := f.named(c); err != nil {
		return err
	}
	look, err := p.looking(ctx, f)
	if err != nil {
		return err
	}
	at, err := look.at()
	if err = errors.Join(err, look.node.Close()); err != nil {
		return err
	}
	if at.First() == nil {
		return domain.Reject(domain.ErrPhaseClosed, "the first round is not observed")
	}
	to := look.folder(at.number())
	pool, err := to.pool(at)
	if err != nil {
		return err
	}
	began := time.Now()
	made, kept, err := p.lotteryOf(ctx, at, pool, to)
	if err != nil {
		return err
	}
	in := lots.Instance(*at.Announced(), pool)
	list := seal.NamePanels(in, made.Panels)
	if problems := lots.AuditPanels(at.Selection, list); len(problems) > 0 {
		return violationError{fmt.Errorf("these are not the panels that the lottery on record is held to: %s", problems[0])}
	}
	if err := to.write(panelsName, public, list.Text()); err != nil {
		return err
	}
	return p.step(f, func(ctx context.Context, s *stepper, _ []string) error {
		fewest, most := made.Range()
		if at.Built() != nil {
			return s.stands(ctx, "build", "%d panels, %d to %d tickets", len(made.Panels), fewest, most)
		}
		p.tellBuilt(in, made)
		content := commands.BuildLottery{Dialogue: s.record.id, Selection: at.number(), People: salted(pool), Panels: made.Panels, Impossible: made.Impossible}
		for _, m := range made.Certificate.Multipliers {
			content.Multipliers = append(content.Multipliers, int(m))
		}
		if !kept {
			content.BuildTime = int(time.Since(began).Milliseconds())
		}
		return did(ctx, s, "build", content, s.node.service.BuildLottery, "%d panels, %d to %d tickets, bound %s", len(made.Panels), fewest, most, made.Certificate.Bound.RatString())
	})(c, nil)
}

// lotteryOf builds the lottery, or takes the one that was built before: the same pool, quotas and seed give the same panels.
func (p *program) lotteryOf(ctx context.Context, at *selectionSoFar, pool seal.Pool, to folder) (l *lottery.Lottery, kept bool, err error) {
	a := at.Announced()
	in, seed := lots.Instance(*a, pool), lots.Seed(*at.Sealed(), *at.First())
	q := lots.Quotas(*a)
	d := &drawn{targets: tables.Targets{Quotas: q.Quotas, Widest: q.Widest}, pool: tables.Pool{People: in.People}, size: a.Size}
	if to.has(lotteryName) {
		var file lotteryFile
		if err := readForm(to.path(lotteryName), lotteryForm, &file, &file.Form); err != nil {
			return nil, false, err
		}
		if file.Seed != seal.Hash(seed) || len(file.Panels) != a.Panels {
			return nil, false, violationError{fmt.Errorf("%s has another seed than pool, quotas and round %d give; move it away, and build again", to.path(lotteryName), at.First().Round)}
		}
		_, l, err := file.lottery(d)
		if err == nil {
			if err = l.Check(in); err != nil {
				err = violationError{err}
			}
		}
		if err == nil {
			p.say("%s was built before", to.path(lotteryName))
		}
		return l, true, err
	}
	tick, end := p.ticks(ctx, "building the lottery")
	l, err = lottery.Build(in, lots.Options(*a, seed), tick)
	end()
	if err != nil {
		return nil, false, err
	}
	file := newLotteryFile(d, in, l)
	file.Test, file.Round = at.test(), uint64(at.First().Round)
	var b bytes.Buffer
	if err := writeJSON(&b, file, " "); err != nil {
		return nil, false, err
	}
	return l, false, to.write(lotteryName, public, b.Bytes())
}

// salted are the people of a sealed pool as commands take them, in its order.
func salted(pool seal.Pool) []commands.Person {
	list := make([]commands.Person, len(pool.People))
	for i, p := range pool.People {
		list[i] = commands.Person{ID: domain.ParticipantID(p.Pseudonym), Strata: map[string]string{}, Salt: domain.Digest(p.Salt), Address: domain.Digest(p.Address)}
		for c, name := range pool.Categories {
			list[i].Strata[name] = p.Values[c]
		}
	}
	return list
}

// drawOn draws the panel of a selection, and writes the two tables.
func (p *program) drawOn(c *cobra.Command, f *stepFlags, form tables.Form) error {
	return p.step(f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if at.Built() == nil || at.Second() == nil {
			return domain.Reject(domain.ErrPhaseClosed, "the second round is not observed")
		}
		from := s.folder(at.number())
		pool, err := from.pool(at)
		if err != nil {
			return err
		}
		panels, err := from.panels(at, lots.Instance(*at.Announced(), pool))
		if err != nil {
			return err
		}
		kept, err := from.sealed()
		if err != nil {
			return err
		}
		d, err := from.readPeople(at, kept)
		if err != nil {
			return err
		}
		content := commands.DrawPanel{Dialogue: s.record.id, Selection: at.number(), People: salted(pool), Panels: panels}
		by, err := s.by("draw", content)
		if err != nil {
			return err
		}
		receipt, err := s.node.service.DrawPanel(ctx, by, content)
		if err != nil {
			return err
		}
		if s.record, err = readDraws(ctx, s.node.ledger, s.record.id); err != nil {
			return err
		}
		won := s.record.last().Drawn()
		members, missing := places(d.pool.People, won.Selected)
		if len(missing) > 0 {
			return fmt.Errorf("the panel is drawn; %s lacks %s, who is on it: bring the table back with which the pool was sealed, and draw again", from.path(peopleName), missing[0])
		}
		selected, remaining := d.pool.Split(members)
		if at.test() {
			selected, remaining = selected.With("TEST RUN", "not a draw"), remaining.With("TEST RUN", "not a draw")
		}
		err = errors.Join(from.writeTable(selectedName, secret, selected, form), from.writeTable(remainingName, secret, remaining, form))
		if err != nil {
			return err
		}
		s.say("%s and %s have who is selected and who remains", from.path(selectedName), from.path(remainingName))
		return s.took(ctx, "draw", receipt, "panel %d of %d (counted from 0), %d people", won.Index, at.Announced().Panels, len(won.Selected))
	})(c, nil)
}
