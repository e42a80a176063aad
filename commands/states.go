package commands

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// states keeps the folds of the streams that were looked at lately, so that looking again reads only what has come since. What it keeps is the state
// of a stream at a version, which is true for ever; it is the ledger that says whether there is more. It is bounded: when one generation is full, the
// one before it is forgotten. The zero value is empty; a nil *states keeps nothing.
type states struct {
	mu         sync.Mutex
	young, old map[folded]kept
	weight     int // of the young
}

// folded names a fold: a stream may be folded into states of several types, by those who ask different things of it.
type folded struct {
	stream domain.StreamID
	state  reflect.Type
}

// kept is a stream folded up to a version. ids has the id of every event, for the question whether a command was sent before.
type kept struct {
	state any
	ids   []domain.EventID
}

// maxWeight bounds a generation: a stream weighs one, and one more for each of its events. States are small beside their events.
const maxWeight = 1 << 18

func (c *states) get(of folded) (kept, bool) {
	if c == nil {
		return kept{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.young[of]
	if !ok {
		if k, ok = c.old[of]; ok {
			c.keep(of, k)
		}
	}
	return k, ok
}

// put keeps a fold unless a later one is known.
func (c *states) put(of folded, k kept) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.young[of]; !ok || len(have.ids) < len(k.ids) {
		c.keep(of, k)
	}
}

func (c *states) keep(of folded, k kept) {
	if c.weight >= maxWeight || c.young == nil {
		c.old, c.young, c.weight = c.young, make(map[folded]kept), 0
	}
	c.weight += 1 + len(k.ids) - len(c.young[of].ids)
	c.young[of] = k
}

// history is a stream folded. found is the record of the event that was looked for, and what follows it; before is the state it was decided on.
type history[S domain.State[S]] struct {
	state, before S
	version       uint64
	found         []domain.Record
	ids           []domain.EventID
}

// load folds a stream, from where c knows it on. Where the event that is looked for stands in the known part, it is folded from its beginning.
func load[S domain.State[S]](ctx context.Context, l ledger.Reader, c *states, stream domain.StreamID, find domain.EventID) (history[S], error) {
	var h history[S]
	of := folded{stream, reflect.TypeFor[S]()}
	if k, ok := c.get(of); ok && !slices.Contains(k.ids, find) {
		h.state, h.ids, h.version = k.state.(S), k.ids, uint64(len(k.ids))
	}
	known := h.version
	for r, err := range l.Stream(ctx, stream, known) {
		if err != nil {
			return h, fmt.Errorf("load %s: %w", stream, err)
		}
		f, err := r.Decode()
		if err != nil {
			return h, fmt.Errorf("load %s: %w", stream, err)
		}
		if r.ID == find {
			h.before = h.state
		}
		if r.ID == find || h.found != nil {
			h.found = append(h.found, r)
		}
		h.state, h.version = h.state.Evolve(f.Event), r.Revision+1
		h.ids = append(h.ids[:len(h.ids):len(h.ids)], r.ID)
	}
	if h.version > known {
		c.put(of, kept{h.state, h.ids})
	}
	return h, nil
}

// went keeps what a stream became by an append. It folds what was written, and not the events of the decision: those share maps and slices with what the
// caller sent, who may change it afterwards.
func (h history[S]) went(c *states, stream domain.StreamID, drafts []ledger.Draft) {
	if c == nil {
		return
	}
	ids := slices.Grow(slices.Clone(h.ids), len(drafts))
	for _, d := range drafts {
		event, err := domain.Decode(d.Type, d.Data)
		if err != nil { // whoever looks next reads it from the ledger, and is told
			return
		}
		h.state, ids = h.state.Evolve(event), append(ids, d.ID)
	}
	c.put(folded{stream, reflect.TypeFor[S]()}, kept{h.state, ids})
}
