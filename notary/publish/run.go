package publish

import (
	"context"
	"errors"
	"time"

	"daybook.internal/ledger"
)

// lastWait is how long the last head of a run may take, witnesses included.
const lastWait = 15 * time.Second

// Run publishes now, and what is new after every such time, until ctx ends; then it publishes a last time and returns nil. What passes (a full disk,
// witnesses that do not answer) is told to the log once, and tried again; what stays until somebody has seen to it ends Run with its error.
func (p *Publisher) Run(ctx context.Context, every time.Duration) error {
	again := time.NewTicker(every)
	defer again.Stop()
	trouble := ""
	for {
		if err := p.once(ctx, &trouble); err != nil {
			return err
		}
		select {
		case <-again.C:
			continue
		case <-ctx.Done():
		}
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
		defer stop()
		return p.once(last, &trouble)
	}
}

// once publishes. It tells of trouble when it comes, when it changes and when it is over.
func (p *Publisher) once(ctx context.Context, trouble *string) error {
	head, err := p.Publish(ctx)
	switch {
	case err == nil && *trouble != "":
		*trouble = ""
		p.c.Log.WarnContext(ctx, "the log is published again", "events", head.Size)
	case err == nil, errors.Is(err, context.Canceled):
	case isLasting(err):
		return err
	case err.Error() != *trouble:
		*trouble = err.Error()
		p.c.Log.WarnContext(ctx, "the log is not published; it is tried again", "error", err)
	}
	return nil
}

// isLasting tells whether trying again is of no use.
func isLasting(err error) bool {
	for _, e := range []error{ErrShorter, ErrAltered, ErrHead, errClosed, ledger.ErrDamaged, ledger.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
