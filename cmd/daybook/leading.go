package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/readstore"
)

// Servers that share a view store share a lead: whoever has it keeps the views up, commits to them, and runs the commands. Commands need it, because what one holds open
// (commands/doors.go) holds in one process.

// leadPatience is how long a command asks for the lead. Whoever has it keeps it for as long as it runs.
const leadPatience = time.Second

// shared is the view store, if others may have it open.
func (n *node) shared() (readstore.Shared, bool) {
	s, ok := n.store.(readstore.Shared)
	return s, ok
}

// takeLead makes this process the one that leads, until the node is closed. Where another one does, it is errInUse.
func (n *node) takeLead(ctx context.Context) error {
	s, ok := n.shared()
	if !ok {
		return nil
	}
	asking, stop := context.WithCancel(ctx)
	late := time.AfterFunc(leadPatience, stop)
	leading, release, err := s.Lead(asking)
	if err == nil && !late.Stop() {
		release()
		err = asking.Err()
	}
	if err != nil {
		stop()
		if ctx.Err() == nil && errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%w: another server keeps up the views in PostgreSQL and runs the commands; stop it, or ask it over HTTP", errInUse)
		}
		return err
	}
	own := n.ledger
	n.ledger = led{own, leading}
	n.service.Ledger = n.ledger
	n.release = func() {
		release()
		stop()
		n.ledger, n.release = own, nil
		n.service.Ledger = own
	}
	return nil
}

// led is a ledger to which this process appends as long as it leads.
type led struct {
	engine
	leading context.Context
}

func (l led) may(ctx context.Context) error {
	if ctx.Err() == nil && l.leading.Err() != nil {
		return fmt.Errorf("nothing was written: %w; run it again", context.Cause(l.leading))
	}
	return ctx.Err()
}

// Append is that of ledger.Appender.
func (l led) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	if err := l.may(ctx); err != nil {
		return 0, err
	}
	return l.engine.Append(ctx, stream, version, drafts...)
}

// AppendBatches is that of ledger.Bulk.
func (l led) AppendBatches(ctx context.Context, batches []ledger.Batch) (done, written int, err error) {
	if err := l.may(ctx); err != nil {
		return 0, 0, err
	}
	return l.engine.AppendBatches(ctx, batches)
}

// leadership is what a server knows of the lead.
type leadership struct {
	store readstore.Shared

	mu      sync.Mutex
	leading context.Context // of the last lead; nil: there was none. Guarded by mu
}

// began is told of a lead.
func (l *leadership) began(leading context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leading = leading
}

func (l *leadership) now() (context.Context, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leading, l.leading != nil && l.leading.Err() == nil && l.store.Leads()
}

// command is api.Config.Lead: a command ends with the lead in which it has begun.
func (l *leadership) command(ctx context.Context) (context.Context, func(), bool) {
	leading, ok := l.now()
	if !ok {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(leading, func() { cancel(context.Cause(leading)) })
	return ctx, func() { stop(); cancel(nil) }, true
}
