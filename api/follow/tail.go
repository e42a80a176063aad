package follow

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// A tail is the end of the ledger in memory, followed once for all who wait for more.
type tail struct {
	ledger ledger.Reader
	every  time.Duration // how far apart at least those who wait are woken
	most   int           // events that are kept
	bytes  int           // and of these, so many

	mu     sync.Mutex
	begun  bool // guarded by mu, as is what follows
	from   uint64
	events []kept // the records from to from+len(events)-1
	size   int
	moved  chan struct{} // closed and made anew when those who wait are woken, and closed for good at the end
	waking bool
	woken  time.Time
	ended  bool
}

// kept is a record with its text as it goes over the wire.
type kept struct {
	ledger.Entry
	text []byte
}

const (
	keptEvents = 4096
	keptBytes  = 8 << 20
)

func newTail(l ledger.Reader, every time.Duration) *tail {
	return &tail{ledger: l, every: every, most: keptEvents, bytes: keptBytes, moved: make(chan struct{})}
}

// cloudEvent appends an event: the leaf of the published log with its place in the ledger behind it, as an extension. Without that last member it is the leaf, byte for byte.
func cloudEvent(to []byte, e ledger.Entry) []byte {
	to = notary.AppendLeaf(to, e.Record)
	to = append(to[:len(to)-1], `,"seq":`...)
	return append(strconv.AppendUint(to, e.Seq, 10), '}')
}

// run follows the ledger until ctx ends. Where the ledger is away, it goes on trying.
func (t *tail) run(ctx context.Context, log *slog.Logger) error {
	defer t.end()
	for wait := 50 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
		err := t.follow(ctx)
		if ctx.Err() != nil || errors.Is(err, ledger.ErrClosed) {
			break
		}
		log.WarnContext(ctx, "the end of the ledger could not be followed; it is tried again", slog.Any("error", err))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return nil
}

func (t *tail) follow(ctx context.Context) error {
	at, begun := t.head()
	if !begun {
		n, err := headOf(ctx, t.ledger)
		if err != nil {
			return err
		}
		at = n
	}
	t.begin(at)
	for e, err := range t.ledger.Follow(ctx, ledger.Cursor{Seq: at}) {
		if err != nil {
			return err
		}
		t.add(e)
	}
	return errors.New("the ledger stopped being followed without saying why")
}

// headOf is how many records a ledger has.
func headOf(ctx context.Context, l ledger.Reader) (n uint64, err error) {
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

// head is the number of records up to the end of the tail.
func (t *tail) head() (n uint64, begun bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.from + uint64(len(t.events)), t.begun
}

func (t *tail) begin(at uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun {
		t.begun, t.from = true, at
		t.wake()
	}
}

func (t *tail) add(e ledger.Entry) {
	text := cloudEvent(nil, e)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, kept{e, text})
	t.size += len(text)
	for len(t.events) > t.most || t.size > t.bytes && len(t.events) > 1 {
		t.size -= len(t.events[0].text)
		t.events[0] = kept{}
		t.events = t.events[1:]
		t.from++
	}
	if t.waking {
		return
	}
	if wait := t.every - time.Since(t.woken); wait > 0 { // what comes now is answered together
		t.waking = true
		time.AfterFunc(wait, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.waking = false
			t.wake()
		})
		return
	}
	t.wake()
}

// wake wakes those who wait. It is called under the lock.
func (t *tail) wake() {
	if t.ended {
		return
	}
	t.woken = time.Now()
	close(t.moved)
	t.moved = make(chan struct{})
}

func (t *tail) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.ended = true
		close(t.moved)
	}
}

// after gives what the tail has after a position, to be read and not to be written. ok is false where it does not reach back that far, or not yet that far: then the ledger is asked.
// moved is closed when there may be more, ended says that there will be none.
func (t *tail) after(position uint64) (events []kept, moved <-chan struct{}, ended, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun || position < t.from || position > t.from+uint64(len(t.events)) {
		return nil, t.moved, t.ended, false
	}
	events = t.events[position-t.from:]
	return events[:len(events):len(events)], t.moved, t.ended, true
}
