// Package live keeps the State of measures up with a ledger and answers from it. Views of projections are in a store; measures are computed when somebody asks,
// and kept until one of their inputs moves.
package live

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/replay"
)

// ErrBehind says that the measures have not come to the head of the ledger yet.
var ErrBehind = errors.New("the measures are still being read from the ledger; try again")

// Live is a State that follows a ledger. Its methods may be called by many at a time.
type Live struct {
	ledger ledger.Reader
	last   ledger.Cursor // of what was applied; only the goroutine of Run touches it

	slots chan struct{} // one for each computation that takes seconds and goes on now

	mu    sync.Mutex // guards what follows
	state *measures.State
	ready bool
	kept  map[projections.Ref]*document
	bytes int           // of kept documents
	begun uint64        // counts questions, so that the oldest go first
	moved chan struct{} // closed and made anew when position grows, and when ready is set

	tick measures.Tick // tests look on by it; nil otherwise
}

// New makes a Live of nothing; Run fills it.
func New(l ledger.Reader) *Live {
	return &Live{ledger: l, state: measures.NewState(), kept: map[projections.Ref]*document{}, moved: make(chan struct{}), slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
}

// Run reads the ledger and then follows it until ctx ends; then it returns nil. progress, which may be nil, is told how many records were read. After any other error
// the measures stand still, and Run may be called again.
func (l *Live) Run(ctx context.Context, progress func(done uint64)) error {
	err := l.run(ctx, progress)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (l *Live) run(ctx context.Context, progress func(uint64)) error {
	if !l.isReady() {
		if err := l.catchUp(ctx, progress); err != nil {
			return err
		}
	}
	for e, err := range l.ledger.Follow(ctx, l.last) {
		if err != nil {
			return err
		}
		f, err := e.Decode()
		if err != nil {
			return fmt.Errorf("record %d: %w", e.Seq, err)
		}
		if err := l.apply(f); err != nil {
			return err
		}
		l.last = e.Cursor
	}
	return ctx.Err()
}

// catchUp reads everything there is. What a run before it had read is read again, and its documents go: nothing would tell them that they hold no more.
func (l *Live) catchUp(ctx context.Context, progress func(uint64)) error {
	l.mu.Lock()
	l.state, l.bytes = measures.NewState(), 0
	clear(l.kept)
	l.mu.Unlock()
	last, err := read(ctx, l.ledger, replay.Head, func(facts []domain.Fact) error {
		if err := l.apply(facts...); err != nil {
			return err
		}
		if progress != nil {
			progress(l.Position())
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.last = last
	l.mu.Lock()
	l.ready = true
	l.wake()
	l.mu.Unlock()
	return nil
}

func (l *Live) isReady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready
}

func (l *Live) apply(facts ...domain.Fact) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	for _, f := range facts {
		if next := l.state.Position(); f.Seq != next {
			l.ready = false
			return fmt.Errorf("the ledger gave record %d where %d was the next one", f.Seq, next)
		}
		if err := l.state.Apply(f); err != nil {
			l.ready = false // and of no more use
			return fmt.Errorf("record %d: %w", f.Seq, err)
		}
	}
	return nil
}

// Position is the number of records that the measures rest on.
func (l *Live) Position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Position()
}

// Keys are those of a view's documents, in order, and the position at which they are these. ErrBehind comes before the head was reached once.
func (l *Live) Keys(v measures.View) ([]string, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		return nil, 0, ErrBehind
	}
	return v.Keys(l.state), l.state.Position(), nil
}

// At is the State after the first n records of a ledger; replay.Head stands for all of them. progress, which may be nil, is told how many records were read. A ledger
// that is shorter is replay.ErrBeyond.
func At(ctx context.Context, l ledger.Reader, n uint64, progress func(done uint64)) (*measures.State, error) {
	s := measures.NewState()
	_, err := read(ctx, l, n, func(facts []domain.Fact) error {
		for _, f := range facts {
			if err := s.Apply(f); err != nil {
				return fmt.Errorf("record %d: %w", f.Seq, err)
			}
		}
		if progress != nil {
			progress(s.Position())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n != replay.Head && s.Position() < n {
		return nil, fmt.Errorf("%w: it has %d records, not %d", replay.ErrBeyond, s.Position(), n)
	}
	return s, nil
}

// read gives the facts of the first n records, decoded on all cores, and the place behind the last one.
func read(ctx context.Context, l ledger.Reader, n uint64, apply func([]domain.Fact) error) (last ledger.Cursor, err error) {
	source := func(yield func(domain.Record, error) bool) {
		if n == 0 {
			return
		}
		for e, err := range l.All(ctx, ledger.Cursor{}) {
			if err == nil {
				last = e.Cursor
			}
			if !yield(e.Record, err) || err != nil || e.Seq+1 >= n {
				return
			}
		}
	}
	for facts, err := range replay.Facts(ctx, source) {
		if err != nil {
			return last, err
		}
		if err := apply(facts); err != nil {
			return last, err
		}
	}
	return last, nil
}
