package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
	"daybook.internal/notary"
)

// A receiver is somebody outside who gets messages, one at a time.
type receiver struct {
	Receiver
	ledger ledger.Reader
	state  *State
	log    *slog.Logger
	now    func() time.Time

	turn      chan struct{} // held while an attempt is made
	notBefore time.Time     // used by whoever has the turn
	failing   bool          // used by whoever has the turn
	stopping  *sync.Mutex   // held while stopped and the state are made one
	stopped   atomic.Bool
	counts    counts
	closed    atomic.Bool
	halt      func() // ends deliveries, and waits until they have ended; guarded by the lock of Reactors
}

// counts are since the program began.
type counts struct{ delivered, failed, parked atomic.Uint64 }

// errStopped says that nothing is sent to a receiver until somebody resumes it.
var errStopped = errors.New("nothing is sent to it until it is resumed")

// leafOf is the message of a record: its payload is the leaf that the record is in the published log, byte for byte, so that whoever gets it can hold it against the receipt.
// It is a CloudEvents event in JSON.
func leafOf(e ledger.Entry) *message.Message {
	m := feed.Message(e)
	m.Payload = notary.AppendLeaf(nil, e.Record)
	m.Metadata.Set("content-type", contentType)
	return m
}

// handler makes one attempt at each message, and keeps account of it. again is for messages that were parked before. Its errors are *failure, those of a context,
// errStopped, and those of the state.
func (r *receiver) handler(again bool) message.NoPublishHandlerFunc {
	return func(m *message.Message) error { return r.handle(m, again) }
}

func (r *receiver) handle(m *message.Message, again bool) error {
	e, ok := feed.Entry(m.Context())
	if !ok {
		return errors.New("a message that is about no record")
	}
	if r.stopped.Load() {
		return errStopped
	}
	if err := r.takeTurn(m.Context()); err != nil {
		return err
	}
	defer func() { <-r.turn }()
	err := r.attempt(context.WithoutCancel(m.Context()), e, m) // what is on its way comes to its end, also where we stop
	if err == nil {
		r.counts.delivered.Add(1)
		if r.failing {
			r.failing = false
			r.log.Warn("delivered again", slog.Uint64("seq", e.Seq))
		}
		if again { // here, where it is known to be delivered: a message that is parked once more is acknowledged as well
			return r.state.delivered(context.WithoutCancel(m.Context()), r.Name, e.Seq)
		}
		return nil
	}
	return r.account(context.WithoutCancel(m.Context()), e, err)
}

// takeTurn waits until nothing else is being sent to the receiver, and until it may be tried again.
func (r *receiver) takeTurn(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if wait := r.notBefore.Sub(r.now()); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			<-r.turn
			return ctx.Err()
		}
	}
	if ctx.Err() != nil { // nothing new is begun
		<-r.turn
	}
	return ctx.Err()
}

// attempt sends, and makes a failure of a panic.
func (r *receiver) attempt(ctx context.Context, e ledger.Entry, m *message.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("sending panicked", slog.Uint64("seq", e.Seq), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = &failure{class: refused, why: "sending it panicked"}
		}
	}()
	return r.Send(ctx, e, m)
}

// account writes a failed attempt down, and says whether there is another one.
func (r *receiver) account(ctx context.Context, e ledger.Entry, err error) error {
	r.counts.failed.Add(1)
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{class: away, why: err.Error()}
	}
	if f.after > 0 {
		r.notBefore = r.now().Add(f.after)
	}
	if !r.failing {
		r.failing = true
		r.log.Warn("not delivered", slog.Uint64("seq", e.Seq), slog.String("why", f.why))
	}
	if f.class == gone {
		return r.stop(ctx, f.why)
	}
	t, err := r.state.failed(ctx, r.Name, e, f.class == refused, r.now(), f.why)
	if err != nil {
		r.log.Error("an attempt could not be written down", slog.Any("error", err))
		f.again = true // it is not given up before that is known
		return f
	}
	f.again = r.Attempts == 0 || (t.Attempts < r.Attempts && (f.class != refused || t.Refusals < r.Refusals))
	return f
}

// stop stops sending until somebody resumes it.
func (r *receiver) stop(ctx context.Context, why string) error {
	r.stopping.Lock()
	defer r.stopping.Unlock()
	r.log.Error("stopped", slog.String("why", why))
	r.stopped.Store(true)
	if err := r.state.stop(ctx, r.Name, why); err != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return errStopped
}
