package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"daybook.internal/ledger"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

// measured reads the ledger of a data directory up to a position, for measures.
func (p *program) measured(ctx context.Context, dir string, at uint64) (*measures.State, error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	total := at
	if at == replay.Head {
		if total, err = n.ledger.Head(ctx); err != nil {
			return nil, err
		}
	}
	debug.SetGCPercent(400) // most of what is read is garbage at once
	b := p.bar("read the ledger")
	defer b.end()
	return live.At(ctx, n.ledger, at, func(done uint64) { b.set(int64(done), int64(total)) })
}

// getMeasure prints one document of a measure.
func (p *program) getMeasure(ctx context.Context, dir string, view measures.View, key string, at uint64) error {
	s, err := p.measured(ctx, dir, at)
	if err != nil {
		return err
	}
	if key == "" {
		if key, err = onlyKey(view.Name, view.Keys(s)); err != nil {
			return err
		}
	}
	b := p.bar(view.Name)
	defer b.end()
	d, err := view.Compute(s, key, func(done, total int) error {
		b.set(int64(done), int64(total))
		return ctx.Err()
	})
	if errors.Is(err, measures.ErrNoDocument) {
		return fmt.Errorf("view %s has no document %q; 'daybook view list %s' lists those that there are", view.Name, key, view.Name)
	}
	if err != nil {
		return err
	}
	return p.printDocument(d.Data)
}

// listMeasure lists the keys of a measure. Its documents are computed one by one, when they are asked for.
func (p *program) listMeasure(ctx context.Context, dir string, view measures.View) error {
	s, err := p.measured(ctx, dir, replay.Head)
	if err != nil {
		return err
	}
	type row struct {
		Key string `json:"key"`
	}
	rows := []row{}
	for _, key := range view.Keys(s) {
		rows = append(rows, row{key})
	}
	return printRows(p, rows, rows, table.Row{"key"}, func(r row) table.Row { return table.Row{r.Key} })
}

// keepMeasures keeps the measures up until ctx ends. While the ledger is away they stand where they are, which their position says.
func (p *program) keepMeasures(ctx context.Context, l *live.Live) error {
	say := p.once("the measures wait")
	for {
		err := l.Run(ctx, nil)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ledger.ErrDamaged) {
			return err
		}
		say(err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
