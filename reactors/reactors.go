// Package reactors delivers what stands in the ledger to the outside: to webhooks, and to brokers through any Watermill publisher.
//
// The rule it keeps: every receiver gets every event that it asked for, in the order of the ledger, at least once, and under the event's id, by which it knows what it has already. What
// a receiver does not take is given up after some attempts and parked, where it is seen and can be tried again; a broker is waited for instead. Each receiver follows the
// ledger by itself, and nobody else waits for it: not the views, not the notary, not another receiver.
//
// What is delivered is the leaf of the published log, and holds what that holds: commitments to participants' words, never the words. Nothing of the vault comes here.
//
// Whoever can read the configuration's secrets can sign what a receiver takes for ours. Whoever can write the state can have messages left out, or sent again. A receiver is
// trusted with nothing: not with an address inside our network, not with our time, memory or terminal.
package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
)

// A Receiver is somebody who is sent to, and how.
type Receiver struct {
	Name  string // under which its state is kept
	Kind  string // webhook or broker
	To    string // where it is, without anything that is a secret
	Pick  func(e ledger.Entry) bool
	Now   bool // whether it begins with what comes after its first start, and not with the beginning
	Every int  // messages that may come again after a crash; 0 is 20

	// Send makes one attempt and returns within Within, whatever happens. The message's payload is the leaf. Another goroutine does not call it meanwhile.
	Send   func(ctx context.Context, e ledger.Entry, m *message.Message) error
	Within time.Duration
	Close  func() error // after the last attempt; may be nil

	Attempts, Refusals int           // after which a message is parked; Attempts 0: never, it is tried for ever
	First, Longest     time.Duration // the first wait between two attempts and the longest one; each is twice the one before
	PerSecond          int           // messages; 0: as many as it takes
}

// Options are what reactors work on.
type Options struct {
	Ledger    ledger.Reader
	State     *State
	Receivers []Receiver
	Log       *slog.Logger // nil: nothing is logged

	// Look is how often it is looked whether somebody marked parked messages or resumed a receiver; 0 is a second. Parked is how many messages are parked for a receiver before it
	// is stopped; 0 is 1000.
	Look   time.Duration
	Parked int

	// Allow are networks that subscriptions may lead to although they are not public. Most is how many there may be, MostOfOne of one owner; 0 is the default.
	Allow           []netip.Prefix
	Most, MostOfOne int
}

// Reactors deliver to all receivers while Run runs.
type Reactors struct {
	Options
	stopping sync.Mutex

	mu        sync.Mutex // guards what follows
	receivers []*receiver
	running   context.Context // of Run; nil while it does not run
}

// Open checks that the state belongs to the ledger, and settles where receivers begin that are new. Nothing is sent before Run. Close closes the receivers, and leaves ledger and state
// to whoever opened them.
func Open(ctx context.Context, o Options) (*Reactors, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Look <= 0 {
		o.Look = time.Second
	}
	if o.Parked <= 0 {
		o.Parked = 1000
	}
	if o.Most <= 0 {
		o.Most = DefaultSubscriptions
	}
	if o.MostOfOne <= 0 {
		o.MostOfOne = DefaultSubscriptionsOfOne
	}
	r := &Reactors{Options: o}
	subscribed, err := r.subscribed(ctx)
	all := append(slices.Clone(o.Receivers), subscribed...)
	for _, to := range all {
		r.receivers = append(r.receivers, r.receiver(to))
	}
	for _, to := range all {
		if err == nil {
			err = r.settle(ctx, to)
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := r.look(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// receiver makes what works for a Receiver.
func (r *Reactors) receiver(to Receiver) *receiver {
	if to.Every <= 0 {
		to.Every = 20
	}
	return &receiver{
		Receiver: to, ledger: r.Ledger, state: r.State, now: time.Now, turn: make(chan struct{}, 1), stopping: &r.stopping, halt: func() {},
		log: r.Log.With(slog.String("receiver", to.Name), slog.String("to", to.To)),
	}
}

// subscribed makes the receivers that somebody has subscribed. One that this program cannot deliver to is left alone, and logged.
func (r *Reactors) subscribed(ctx context.Context) (all []Receiver, err error) {
	kept, err := r.State.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range kept {
		if slices.ContainsFunc(r.Options.Receivers, func(other Receiver) bool { return other.Name == s.Name }) {
			return nil, fmt.Errorf("reactors: %s: the configuration names a receiver as a subscription is named; give it another name", s.Name)
		}
		to, err := s.receiver(r.Allow)
		if err != nil {
			r.Log.ErrorContext(ctx, "nothing is delivered to a subscription", slog.String("receiver", s.Name), slog.Any("error", err))
			continue
		}
		all = append(all, to)
	}
	return all, nil
}

// settle finds out where a receiver stands, and that this is a place in the ledger.
func (r *Reactors) settle(ctx context.Context, to Receiver) error {
	at, begun, err := r.State.position(ctx, to.Name, topic)
	if err != nil {
		return err
	}
	if !begun {
		if to.Now {
			if at.Seq, err = head(ctx, r.Ledger); err != nil {
				return err
			}
		}
		return r.State.begin(ctx, to.Name, at)
	}
	for _, err := range r.Ledger.All(ctx, at) {
		if errors.Is(err, ledger.ErrCursor) {
			return fmt.Errorf("reactors: receiver %s stands after %d records: %w: %w; find the ledger, or begin anew with another name for the receiver", to.Name, at.Seq, errLedger, err)
		}
		return err
	}
	return nil
}

// head is how many records the ledger has.
func head(ctx context.Context, l ledger.Reader) (n uint64, err error) {
	if h, ok := l.(ledger.Header); ok {
		return h.Head(ctx)
	}
	for e, err := range l.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, err
		}
		n = e.Cursor.Seq
	}
	return n, nil
}

// Run delivers until ctx ends, and then returns nil: attempts that are on their way come to their end first, and positions are saved. An error means that nothing
// was begun. Where the ledger gives out for one receiver, that is logged, and the others go on.
func (r *Reactors) Run(ctx context.Context) error {
	r.mu.Lock()
	r.running = ctx
	all := r.receivers
	r.receivers = nil
	var err error
	for _, to := range all {
		if err == nil {
			err = r.launch(to)
		} else {
			r.receivers = append(r.receivers, to)
		}
	}
	r.mu.Unlock()
	if err == nil {
		r.keepLooking(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = nil
	var halting sync.WaitGroup
	for _, to := range r.receivers {
		halting.Go(to.halt)
	}
	halting.Wait()
	return err
}

// launch takes a receiver in, and begins to deliver to it if Run runs. Each has a router of its own, so that it can be ended alone. It is called under the lock.
func (r *Reactors) launch(to *receiver) error {
	r.receivers = append(r.receivers, to)
	if r.running == nil {
		return nil
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: to.Within + 10*time.Second}, quiet{r.Log})
	if err != nil {
		return err
	}
	if err := r.add(router, to); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.running)
	ended := make(chan struct{})
	to.halt = func() {
		cancel()
		<-ended
	}
	go func() {
		defer close(ended)
		if err := router.Run(ctx); err != nil && ctx.Err() == nil {
			to.log.Error("deliveries have ended", slog.Any("error", err))
		}
	}()
	return nil
}

// add gives a receiver its two handlers: for the ledger, and for what was parked.
func (r *Reactors) add(router *message.Router, to *receiver) error {
	s, err := feed.New(feed.Config{
		Ledger: r.Ledger, Positions: r.State, Group: to.Name, Message: leafOf, Every: to.Every, Grace: to.Within + maxRead, Log: to.log,
		Pick: func(_ string, e ledger.Entry) bool { return to.Pick == nil || to.Pick(e) },
	})
	if err != nil {
		return err
	}
	throttle := to.throttle()
	for name, part := range map[string]struct {
		message.Subscriber
		again bool
	}{to.Name: {s, false}, to.Name + " (parked)": {newReplays(to, r.Look), true}} {
		chain, err := to.chain(throttle, parking{to, part.again, r.Parked})
		if err != nil {
			return err
		}
		router.AddConsumerHandler(name, topic, part.Subscriber, to.handler(part.again)).AddMiddleware(chain...)
	}
	return nil
}

// keepLooking looks now and then whether receivers were stopped or resumed.
func (r *Reactors) keepLooking(ctx context.Context) {
	t := time.NewTicker(r.Look)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "the state of deliveries could not be read", slog.Any("error", err))
		}
	}
}

func (r *Reactors) look(ctx context.Context) error {
	r.stopping.Lock() // what is read is not older than what a receiver says meanwhile
	defer r.stopping.Unlock()
	why, err := r.State.stopped(ctx)
	if err != nil {
		return err
	}
	for _, to := range r.all() {
		to.stopped.Store(why[to.Name] != "")
	}
	return nil
}

// all are the receivers that there are now.
func (r *Reactors) all() []*receiver {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.receivers)
}

// A Count is what has become of the messages for a receiver since the program began.
type Count struct {
	Receiver, Kind            string
	Delivered, Failed, Parked uint64 // attempts that delivered, those that did not, and messages that were given up
	Stopped                   bool
}

// Counts gives those of all receivers.
func (r *Reactors) Counts() []Count {
	receivers := r.all()
	all := make([]Count, len(receivers))
	for i, to := range receivers {
		all[i] = Count{to.Name, to.Kind, to.counts.delivered.Load(), to.counts.failed.Load(), to.counts.parked.Load(), to.stopped.Load()}
	}
	return all
}

// Close closes the receivers. It may be called twice.
func (r *Reactors) Close() (err error) {
	for _, to := range r.all() {
		if to.Close != nil && to.closed.CompareAndSwap(false, true) {
			err = errors.Join(err, to.Close())
		}
	}
	return err
}
