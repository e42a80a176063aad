package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"daybook.internal/ledger"
)

// Positions keeps how far each group has come with each topic.
type Positions interface {
	// Take waits until nobody has the position of group in topic, and takes it. Until it is released, whoever has it is the only one who moves it.
	Take(ctx context.Context, group, topic string) (Position, error)
}

// A Position is a place in the ledger that somebody has taken.
type Position interface {
	// At is where it stands: what was saved last, or where the group begins.
	At() ledger.Cursor

	// Save moves it. When it returns nil, the next Take finds it there.
	Save(ctx context.Context, at ledger.Cursor) error

	// Release gives it back. It is called once.
	Release()
}

// keeper saves a position now and then. Saving costs far more than a message, so it is done after a number of messages, after a while, and at the end.
type keeper struct {
	position Position
	every    int
	log      *slog.Logger
	stop     func() // ends the goroutine that saves after a while, and waits for it

	mu        sync.Mutex
	at, saved ledger.Cursor // what is behind us, and what of it the store knows; guarded by mu
	unsaved   int           // acknowledged messages in between; guarded by mu
}

func keep(ctx context.Context, p Position, every int, after time.Duration, log *slog.Logger) *keeper {
	k := &keeper{position: p, every: every, log: log, at: p.At(), saved: p.At()}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		t := time.NewTicker(after)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if err := k.save(ctx); err != nil && ctx.Err() == nil {
					log.WarnContext(ctx, "the position could not be saved; it is tried again", slog.Any("error", err))
				}
			case <-ctx.Done():
				return
			}
		}
	})
	k.stop = func() {
		cancel()
		running.Wait()
	}
	return k
}

// reached is the place behind everything that was acknowledged or passed over.
func (k *keeper) reached() ledger.Cursor {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

// passed moves on without a message.
func (k *keeper) passed(to ledger.Cursor) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = to
}

// acknowledged moves behind a message. Where there are as many unsaved ones as there may be, it saves, and stands still until it has: better late than more
// repetitions than was said.
func (k *keeper) acknowledged(ctx context.Context, to ledger.Cursor) {
	k.mu.Lock()
	k.at = to
	k.unsaved++
	full := k.unsaved >= k.every
	k.mu.Unlock()
	for n := 1; full; n++ {
		err := k.save(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		k.log.WarnContext(ctx, "the position could not be saved; nothing is handed out until it is", slog.Any("error", err))
		pause(ctx, n, longestSave)
	}
}

// longestSave is the longest that is waited before saving is tried again, and for the last time.
const longestSave = 10 * time.Second

func (k *keeper) save(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at == k.saved {
		return nil
	}
	if err := k.position.Save(ctx, k.at); err != nil {
		return err
	}
	k.saved, k.unsaved = k.at, 0
	return nil
}

// end saves what is left, and gives the position back. It does not wait for ever where the store does not answer.
func (k *keeper) end(ctx context.Context) {
	k.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestSave)
	defer cancel()
	if err := k.save(ctx); err != nil {
		k.log.WarnContext(ctx, "the position could not be saved; what came since the last time will come again", slog.Any("error", err))
	}
	k.position.Release()
}
