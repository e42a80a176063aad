package verify

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay"
)

// order is what is checked about events one after the other, on the goroutine that reads them in order.
type order struct {
	*runner
	tree    notary.Tree
	known   []signedHead // by size; those that are still to come
	differs []signedHead // those whose root is another one

	streams   map[streamKey]uint32      // the next revision of each
	bounds    []bound                   // those above the place
	after     int64                     // no event from here on was there before this time
	synthetic map[domain.EditionID]bool // editions whose time is made up
	untimed   uint64

	unread string // why nothing can be said about what events mean any more
	cut    *batch // the batch with the first event that could not be read
}

func newOrder(r *runner) *order {
	o := &order{runner: r, streams: map[streamKey]uint32{}, synthetic: map[domain.EditionID]bool{}, known: r.known, bounds: settle(r.bounds), after: -1 << 62}
	slices.SortStableFunc(o.known, func(a, b signedHead) int { return int(a.Size - b.Size) })
	return o
}

// take checks one batch.
func (o *order) take(ctx context.Context, b *batch) {
	if o.tree.Full == nil {
		o.tree.Full = func(t tlog.Tile, data []byte) error {
			if t.L > 0 { // those of leaves were compared where they were read
				o.tile(ctx, t.L, t.N, unflat(data))
			}
			return nil
		}
	}
	o.heads()
	for _, h := range b.hashes {
		_ = o.tree.Append(h) // Full has no errors
		o.heads()
	}
	if o.unread != "" {
		return
	}
	for i := range b.facts {
		o.inStream(&b.facts[i], b.keys[i])
		o.inTime(&b.facts[i])
	}
	o.count(checkStreams, uint64(len(b.facts)))
	if len(b.facts) < len(b.hashes) {
		o.cut, o.unread = b, fmt.Sprintf("event %d cannot be read, and what follows rests on it", b.First+int64(len(b.facts)))
	}
}

// heads compares the heads of the size that the tree has.
func (o *order) heads() {
	for len(o.known) > 0 && o.known[0].Size <= o.tree.Size() {
		h := o.known[0]
		o.known = o.known[1:]
		o.count(h.check, b2n(h.check == checkHeads))
		if h.Size != o.tree.Size() || o.tree.Root() != h.Root {
			o.differs = append(o.differs, h)
		}
	}
}

func b2n(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// inStream checks that an event follows the one before it in its stream.
func (o *order) inStream(f *domain.Fact, key streamKey) {
	if next := uint64(o.streams[key]); f.Revision != next {
		o.find(checkStreams, replay.Revision, nameOf(f), "revision %d of %s must stand here", next, f.Stream)
	}
	o.streams[key] = uint32(f.Revision) + 1
}

// inTime checks the time of recording against the clocks of witnesses.
func (o *order) inTime(f *domain.Fact) {
	if e, ok := f.Event.(domain.EditionOpened); ok && e.Synthetic {
		o.synthetic[e.Edition] = true
	}
	for len(o.bounds) > 0 && uint64(o.bounds[0].size) <= f.Seq {
		o.after = o.bounds[0].mustFollow
		o.bounds = o.bounds[1:]
	}
	if o.synthetic[f.Meta.Source] {
		o.untimed++
		return
	}
	at, skew := int64(f.Meta.Time)/1000, int64(o.Skew.Seconds())
	switch {
	case at < o.after-skew:
		o.find(checkTimes, replay.Backdated, nameOf(f), "recorded %s, and not there yet when witnesses cosigned a head at %s", f.Meta.Time, unix(o.after))
	case len(o.bounds) > 0 && at > o.bounds[0].mayHold+skew:
		o.find(checkTimes, replay.Postdated, nameOf(f), "recorded %s, and there already when witnesses cosigned a head at %s", f.Meta.Time, unix(o.bounds[0].mayHold))
	}
}

// end compares the whole.
func (o *order) end(ctx context.Context, why string) {
	head := o.log.Checkpoint
	o.heads()
	if why != "" {
		for _, c := range []string{checkRoot, checkTiles, checkForm, checkStreams, checkTimes, checkHeads, checkPin} {
			o.notDone(c, "%s", why)
		}
		return
	}
	for t, data := range o.tree.Edge {
		if t.L > 0 {
			o.tile(ctx, t.L, t.N, unflat(data))
		}
	}
	o.count(checkRoot, uint64(o.tree.Size()))
	if root := o.tree.Root(); root != head.Root {
		o.find(checkRoot, replay.Root, "entries", "the %d entries come to the root %v; %v is signed", head.Size, root, head.Root)
		o.notDone(checkHeads, "the entries are not those that were signed")
		if len(o.differs) > 0 {
			o.notDone(checkPin, "the entries are not those that were signed")
		}
	} else {
		for _, h := range o.differs {
			signed := o.Pin
			if h.name != "" {
				signed, _ = tiles.Read(ctx, o.files, h.name, notary.MaxNote) // it was read before
			}
			o.fork(h, signed)
		}
	}
	o.passed(checkRoot, "")
	o.passed(checkTiles, "")
	o.passed(checkForm, "")
	o.passed(checkHeads, "")
	o.passed(checkPin, "")
	if o.unread != "" {
		o.notDone(checkStreams, "%s", o.unread)
		o.notDone(checkTimes, "%s", o.unread)
		return
	}
	o.passed(checkStreams, "%d streams", len(o.streams))
	o.timed()
}

func (o *order) timed() {
	events := uint64(o.tree.Size())
	switch {
	case o.Policy == nil:
		o.notAsked(checkTimes, "no --policy was given, so no clock is believed")
	case len(o.runner.bounds) == 0:
		o.notDone(checkTimes, "no witness has cosigned any head")
	default:
		o.count(checkTimes, events-o.untimed)
		heads := map[int64]bool{}
		for _, b := range o.runner.bounds {
			heads[b.size] = true
		}
		detail := fmt.Sprintf("by %d cosigned heads, give or take %v", len(heads), o.Skew)
		if o.untimed > 0 {
			detail += fmt.Sprintf("; the time of %d events of synthetic editions is made up, and says so", o.untimed)
		}
		o.passed(checkTimes, "%s", detail)
	}
}

func unflat(data []byte) []tlog.Hash {
	h := make([]tlog.Hash, 0, len(data)/tlog.HashSize)
	for ; len(data) >= tlog.HashSize; data = data[tlog.HashSize:] {
		h = append(h, tlog.Hash(data))
	}
	return h
}
