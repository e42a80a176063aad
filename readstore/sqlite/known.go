package sqlite

import (
	"slices"
	"sync"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// mostKnown is how many bytes of documents a store keeps that is alone with its file.
const mostKnown = 32 << 20

// known is what a store that is alone with its file has read and not changed since. A read that began before a change keeps nothing, so nothing in here is older than the last
// write that has returned. The nil known knows nothing.
type known struct {
	mu      sync.RWMutex
	writes  uint64 // counts those that have ended
	writing int    // those that have begun and not ended
	served  map[string]build
	docs    map[projections.Ref]readstore.Doc
	bytes   int
	closed  bool // nothing is kept any more
}

func newKnown() *known {
	return &known{served: map[string]build{}, docs: map[projections.Ref]readstore.Doc{}}
}

// doc gives a document, as one that the receiver owns; else ok is false, and since is what remember wants to be told.
func (k *known) doc(ref projections.Ref) (d readstore.Doc, since uint64, ok bool) {
	if k == nil {
		return d, 0, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	d, ok = k.docs[ref]
	d.Data = slices.Clone(d.Data)
	return d, k.writes, ok
}

func (k *known) rememberDoc(d readstore.Doc, since uint64) {
	if k == nil || len(d.Data) > mostKnown/8 {
		return
	}
	d.Data = slices.Clone(d.Data)
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.docs[d.Ref]; there || k.writing > 0 || k.writes != since || k.closed {
		return
	}
	if k.bytes += len(d.Data); k.bytes > mostKnown {
		clear(k.docs)
		k.bytes = len(d.Data)
	}
	k.docs[d.Ref] = d
}

// build is what is served of a view, as doc is.
func (k *known) build(view string) (b build, since uint64, ok bool) {
	if k == nil {
		return b, 0, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	b, ok = k.served[view]
	return b, k.writes, ok
}

func (k *known) rememberBuild(b build, since uint64) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.writing == 0 && k.writes == since && !k.closed {
		k.served[b.View] = b
	}
}

// changing begins a write of a view: what it changes is known no more, and nothing is kept until the write has ended. For readers of the file see it before the writer hears that it is done, and
// nobody may then be told of an earlier place by what is kept here. Changed are the documents that it changes; whole says that it may be any of the view.
func (k *known) changing(view string, changed []readstore.Doc, whole bool) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.writing++
	delete(k.served, view)
	for i := range changed {
		k.drop(changed[i].Ref)
	}
	if !whole {
		return
	}
	for ref := range k.docs {
		if ref.View == view {
			k.drop(ref)
		}
	}
}

// changed ends what changing began, whatever came of it.
func (k *known) changed() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.writing--
	k.writes++
}

func (k *known) drop(ref projections.Ref) {
	k.bytes -= len(k.docs[ref].Data)
	delete(k.docs, ref)
}

func (k *known) close() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	clear(k.served)
	clear(k.docs)
}
