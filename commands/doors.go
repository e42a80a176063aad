package commands

import (
	"context"
	"slices"
	"sync"

	"daybook.internal/domain"
)

// Doors keep closed what was closed. An answer rests on its session being open, a voided ballot on numbers that are not settled: things of other streams, which
// can move on between the look and the append, and the ledger guards one stream at a time. So whoever rests on something being open goes through its door, any number
// at once, from before the first look until the append has come to its end; and whoever closes it shuts the door: waits until all are out, and is alone until the
// end. Who comes meanwhile waits, in order, and then sees that it is closed. So nothing stands behind the end of its session in the record.
//
// A door is named by a stream, and is there while somebody uses it. Doors hold in one Service: two processes that write to one ledger do not see each other's. And
// they hold as far as Append tells what came of it: what an engine still writes after it has returned an error is not waited for.
// Nobody waits at the door of a dialogue who holds that of a recommendation, and dialogues are taken in the order of their ids. The zero value is ready.
type doors struct {
	mu sync.Mutex
	at map[domain.StreamID]*door // guarded by mu, as are the doors
}

type door struct {
	inside int  // how many went through
	alone  bool // the one who is inside has shut it
	queue  []*waiting
}

type waiting struct {
	alone  bool
	called chan struct{} // closed once it is inside
}

// enter goes through a door together with others, or alone, and gives the way out, which is taken once. It ends with the error of ctx.
func (d *doors) enter(ctx context.Context, stream domain.StreamID, alone bool) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	at := d.at[stream]
	if at == nil {
		if d.at == nil {
			d.at = map[domain.StreamID]*door{}
		}
		at = &door{}
		d.at[stream] = at
	}
	w := &waiting{alone: alone}
	if len(at.queue) == 0 && at.admits(w) {
		at.take(w)
		d.mu.Unlock()
		return func() { d.leave(stream, at) }, nil
	}
	w.called = make(chan struct{})
	at.queue = append(at.queue, w)
	d.mu.Unlock()
	select {
	case <-w.called:
		return func() { d.leave(stream, at) }, nil
	case <-ctx.Done():
	}
	d.mu.Lock()
	i := slices.Index(at.queue, w)
	if i >= 0 {
		at.queue = slices.Delete(at.queue, i, i+1)
		at.call() // those behind may have waited for this one alone
	}
	d.mu.Unlock()
	if i < 0 { // called at the same time
		d.leave(stream, at)
	}
	return nil, ctx.Err()
}

func (d *doors) leave(stream domain.StreamID, at *door) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at.inside, at.alone = at.inside-1, false
	if at.call(); at.inside == 0 {
		delete(d.at, stream)
	}
}

func (d *door) admits(w *waiting) bool { return d.inside == 0 || (!d.alone && !w.alone) }

func (d *door) take(w *waiting) { d.inside, d.alone = d.inside+1, w.alone }

// call lets in whoever is next, as many as can be inside together.
func (d *door) call() {
	for len(d.queue) > 0 && d.admits(d.queue[0]) {
		d.take(d.queue[0])
		close(d.queue[0].called)
		d.queue = d.queue[1:]
	}
}

// enter goes through the door of a dialogue or a recommendation that the command rests on: what it sees from here on is not closed until it leaves. After an
// error there is nothing to leave.
func (v *sight) enter(stream domain.StreamID) (leave func()) { return v.through(stream, false) }

// shut goes through a door alone: nobody else rests on what is closed now.
func (v *sight) shut(stream domain.StreamID) (leave func()) { return v.through(stream, true) }

func (v *sight) through(stream domain.StreamID, alone bool) (leave func()) {
	if v.err == nil {
		if leave, v.err = v.s.doors.enter(v.ctx, stream, alone); v.err == nil {
			return leave
		}
	}
	return func() {}
}
