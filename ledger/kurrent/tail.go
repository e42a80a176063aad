package kurrent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A tail follows the server's log, filtered, and counts: it is where Seq comes from. It knows where every record stands, keeps the last ones for who follows, and
// tells appends where their records came to stand. It begins at the start of the log when the ledger is opened, and after an outage where it was.
//
// It is no second truth. What it holds follows from the server's log, and every process that opens the ledger comes to the same; what a countFile keeps of it is compared with the log.
type tail struct {
	link  *link
	names names
	log   *slog.Logger
	file  *countFile // run's; nil if there is none, or none any more

	mu        sync.Mutex // guards what follows
	places    places
	known     uint64               // the log is known up to this position
	untried   bool                 // the places are those of the file, and were not compared with the server
	anew      bool                 // they were, and were others: the file has to begin anew
	recent    []entry              // the last records; the last one has Seq places.n-1
	bytes     int                  // of Meta and Data in recent
	waiters   map[string][]*waiter // by the server's name of the stream
	truncated map[string]string    // what the server forgets of which streams, in words
	again     context.CancelFunc   // ends the subscription, for another one
	awaited   bool                 // somebody waits for grown
	grown     chan struct{}        // closed when any of this changes
	scratch   []byte               // to hash
}

// An entry is a record with its place. err says why it cannot be read.
type entry struct {
	domain.Record
	position uint64
	check    uint32
	err      error
}

// Limits of what is kept for followers.
const (
	maxRecent      = 4096
	maxRecentBytes = 16 << 20
)

func newTail(l *link, n names, file *countFile, p places) *tail {
	t := &tail{link: l, names: n, log: l.log, file: file, places: p, waiters: make(map[string][]*waiter), truncated: make(map[string]string), grown: make(chan struct{})}
	if p.n > 0 {
		t.known, _ = p.at(p.n - 1)
		t.untried = true
	}
	return t
}

// run follows the log until ctx ends.
func (t *tail) run(ctx context.Context) {
	defer t.finish()
	said := ""
	for pause := leastPause; ctx.Err() == nil; pause = min(2*pause, mostPause) {
		before := t.at()
		err := t.follow(ctx)
		if t.at() > before {
			pause, said = leastPause, ""
		}
		if ctx.Err() != nil {
			return
		}
		if kindOf(err) != lost && err.Error() != said {
			said = err.Error()
			t.log.Warn("the ledger cannot be followed", "why", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// finish keeps what there is.
func (t *tail) finish() {
	if t.save(1); t.file != nil {
		_ = t.file.f.Close()
	}
}

// follow is one subscription, from where the tail is until something breaks it.
func (t *tail) follow(ctx context.Context) error {
	if err := t.link.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err := with(ctx, t.link, func(c *esdb.Client) (struct{}, error) {
		t.mu.Lock()
		t.again = cancel
		from := t.known
		t.mu.Unlock()
		s, err := subscribe(ctx, c, from, t.names.filter(true))
		if err != nil {
			return struct{}{}, err
		}
		defer func() { _ = s.Close() }() // never an error
		for {
			switch m := s.Recv(); {
			case m.SubscriptionDropped != nil:
				return struct{}{}, m.SubscriptionDropped.Error
			case m.EventAppeared != nil && m.EventAppeared.Event != nil:
				t.take(m.EventAppeared.Event)
				t.save(chunkRecords)
			case m.CheckPointReached != nil:
				t.reach(m.CheckPointReached.Commit)
			}
		}
	})
	if kindOf(err) == refused && ctx.Err() == nil {
		t.link.down(nil, err) // who may not follow may do nothing: a new client is refused, or is not
	}
	return err
}

// subscribe follows $all after a position, 0 for all of it, by a filter. The server looks at so many events at a time.
func subscribe(ctx context.Context, c *esdb.Client, after uint64, filter *esdb.SubscriptionFilter) (*esdb.Subscription, error) {
	o := esdb.SubscribeToAllOptions{
		From:               esdb.Start{},
		MaxSearchWindow:    1000,
		CheckpointInterval: 1,
		Filter:             filter,
	}
	if after > 0 {
		o.From = esdb.Position{Commit: after, Prepare: after}
	}
	return c.SubscribeToAll(leader(ctx), o)
}

// try is what a new client has to show: that it may read $all, and that the last record still stands where it stood. A server that was put back to an earlier day, or another one at
// the same address, would go on with another story under the same numbers.
func (t *tail) try(ctx context.Context, c *esdb.Client) error {
	t.mu.Lock()
	n := t.places.n
	var position uint64
	var check uint32
	if n > 0 {
		position, check = t.places.at(n - 1)
	}
	t.mu.Unlock()
	if n == 0 {
		_, err := eventAt(ctx, c, esdb.End{}, esdb.Backwards)
		return err
	}
	there, err := t.stands(ctx, c, position, check)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case there:
		t.untried = false
		return nil
	case t.untried: // the file is another ledger's, or an older one's
		t.log.Info("the count in the file is not that of the server; it is made anew", "records", n)
		t.untried, t.anew, t.places, t.known = false, true, places{}, 0
		return nil
	}
	return &ledger.DamagedError{Where: fmt.Sprintf("record %d, at position %d of the server", n-1, position), Detail: "the server does not have it any more: " +
		"it was put back to an earlier day, or another one answers at its address; what was read from it before is not its ledger"}
}

// stands says whether a record stands at a position.
func (t *tail) stands(ctx context.Context, c *esdb.Client, position uint64, check uint32) (bool, error) {
	e, err := eventAt(ctx, c, esdb.Position{Commit: position, Prepare: position}, esdb.Forwards)
	switch {
	case err != nil && kindOf(err) == final: // it has no such position
		return false, nil
	case err != nil:
		return false, err
	case e == nil || e.Position.Commit != position:
		return false, nil
	}
	stream, ours := t.names.stream(e.StreamID)
	in, _ := t.entryOf(stream, e, nil)
	return ours && in.check == check, nil
}

// eventAt is the first event from a place in $all on, nil if there is none.
func eventAt(ctx context.Context, c *esdb.Client, from esdb.AllPosition, direction esdb.Direction) (*esdb.RecordedEvent, error) {
	s, err := c.ReadAll(leader(ctx), esdb.ReadAllOptions{From: from, Direction: direction}, 1)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	e, err := s.Recv()
	if isEnd(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return e.Event, nil
}

// take counts an event in.
func (t *tail) take(e *esdb.RecordedEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Position.Commit <= t.known {
		return // seen before
	}
	if about, ok := strings.CutPrefix(e.StreamID, "$$"); ok {
		t.watch(about, e)
	} else if stream, ours := t.names.stream(e.StreamID); ours {
		if isTombstone(e) {
			t.truncated[e.StreamID] = "it was deleted for good"
			t.release()
		} else {
			t.count(stream, e)
		}
	}
	t.move(e.Position.Commit)
}

// entryOf is the entry of an event of ours, without its Seq. scratch is used and returned.
func (t *tail) entryOf(stream domain.StreamID, e *esdb.RecordedEvent, scratch []byte) (entry, []byte) {
	in := entry{position: e.Position.Commit}
	if in.Record, in.err = toRecord(stream, e); in.err != nil {
		in.Record = domain.Record{Stream: stream, Revision: e.EventNumber}
		in.err = &ledger.DamagedError{Where: fmt.Sprintf("%.80s@%d, at position %d of the server", stream, e.EventNumber, in.position), Detail: in.err.Error()}
	}
	in.check, scratch = checkOf(in.Record, scratch)
	return in, scratch
}

// count gives a record its Seq. t.mu is held, as for all that take calls.
func (t *tail) count(stream domain.StreamID, e *esdb.RecordedEvent) {
	var in entry
	in, t.scratch = t.entryOf(stream, e, t.scratch)
	in.Seq = t.places.n
	t.places.add(in.position, in.check)
	t.recent = append(t.recent, in)
	t.bytes += len(in.Meta) + len(in.Data)
	if len(t.recent) > 2*maxRecent || (t.bytes > 2*maxRecentBytes && len(t.recent) > 1) {
		t.shrink()
	}
	for _, w := range t.waiters[e.StreamID] {
		w.see(in)
	}
}

// shrink forgets the older records of those that are kept.
func (t *tail) shrink() {
	keep, bytes := 0, 0
	for keep < min(len(t.recent), maxRecent) && (keep == 0 || bytes < maxRecentBytes) {
		keep++
		r := t.recent[len(t.recent)-keep]
		bytes += len(r.Meta) + len(r.Data)
	}
	t.recent, t.bytes = append(make([]entry, 0, 2*keep), t.recent[len(t.recent)-keep:]...), bytes
}

// watch takes note of the metadata of a stream: what may make the server forget its events.
func (t *tail) watch(stream string, e *esdb.RecordedEvent) {
	if why := forgets(e); why == "" {
		delete(t.truncated, stream)
	} else {
		t.truncated[stream] = why
		t.release()
	}
}

// forgets says in words what metadata makes the server forget, "" if nothing.
func forgets(e *esdb.RecordedEvent) string {
	if isTombstone(e) {
		return ""
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(e.Data, &members); err != nil {
		return ""
	}
	for _, name := range []string{"$maxAge", "$maxCount", "$tb"} {
		if v, ok := members[name]; ok && string(bytes.TrimSpace(v)) != "null" {
			return fmt.Sprintf("its metadata (%s) makes the server forget events, or delete the stream; write metadata without it, and compare the ledger with what was published of it", name)
		}
	}
	return ""
}

func isTombstone(e *esdb.RecordedEvent) bool { return e.EventType == "$streamDeleted" }

// reach notes that nothing of ours stands up to a position but what was taken.
func (t *tail) reach(position uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if position > t.known {
		t.move(position)
	}
}

func (t *tail) move(position uint64) {
	t.known = position
	for _, ws := range t.waiters {
		for _, w := range ws {
			w.passed(position)
		}
	}
	t.wake()
}

func (t *tail) wake() {
	if t.awaited {
		close(t.grown)
		t.grown, t.awaited = make(chan struct{}), false
	}
}

// release lets everybody go who waits, because the ledger has stopped.
func (t *tail) release() {
	for _, ws := range t.waiters {
		for _, w := range ws {
			w.finish()
		}
	}
	t.wake()
}

// save keeps the count in the file, once there are so many records that are not in it. While the server forgets something nothing is kept, so that the next start finds that too.
func (t *tail) save(least uint64) {
	for t.file != nil {
		t.mu.Lock()
		if t.anew {
			t.anew = false
			t.mu.Unlock()
			t.unless(t.file.clear())
			continue
		}
		if t.untried || len(t.truncated) > 0 || t.places.n-t.file.saved < least {
			t.mu.Unlock()
			return
		}
		chunk := chunkOf(&t.places, t.file.saved)
		t.mu.Unlock()
		t.unless(t.file.save(chunk))
	}
}

// unless lets go of the file if it cannot be written.
func (t *tail) unless(err error) {
	if err != nil {
		t.log.Warn("the count is not kept any more, so the next start will read the whole ledger", "why", err)
		_ = t.file.f.Close()
		t.file = nil
	}
}

func (t *tail) at() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known
}

// refuse is the error for every use of a ledger that has stopped. t.mu is held.
func (t *tail) refuse() error {
	first := ""
	for stream := range t.truncated {
		if first == "" || stream < first {
			first = stream
		}
	}
	if first == "" {
		return nil
	}
	stream, _ := t.names.stream(first)
	return &TruncatedError{Stream: stream, Why: t.truncated[first]}
}

func (t *tail) usable() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refuse()
}
