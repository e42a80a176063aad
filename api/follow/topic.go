package follow

import (
	"encoding/json"
	"strconv"
	"time"

	"daybook.internal/projections"
)

// A frame is what all listeners of a topic are sent at one time: a link of a chain, encoded once. Whoever listens holds the last one that it has sent, and goes along the chain; what nobody
// holds any more is gone. So nothing is kept for a listener, and none is waited for.
type frame struct {
	text []byte        // as it goes over the wire
	last bool          // there will be no other
	told chan struct{} // closed when next is set
	next *frame        // read after told
	nth  uint64        // in its chain
}

func newFrame() *frame { return &frame{told: make(chan struct{})} }

// A topic is what those who listen by one filter have in common. Everything in it is guarded by its board.
type topic struct {
	filter
	mark      string // of its ids
	listeners int
	tail      *frame
	sent      time.Time // when tail was
	told      time.Time // when something was told last
	pending   []projections.Ref
	touched   bool                     // and flush will be called
	watched   map[projections.Ref]bool // of measures: the documents that are looked at one by one
}

// push puts a frame behind the last one.
func (t *topic) push(text []byte, last bool, now time.Time) {
	f := newFrame()
	f.text, f.last, f.nth = text, last, t.tail.nth+1
	t.tail.next = f
	close(t.tail.told)
	t.tail, t.sent = f, now
}

// add notes a document to be told of.
func (t *topic) add(ref projections.Ref) {
	if t.pending = append(t.pending, ref); len(t.pending) > 16*maxRefs {
		t.pending = distinct(t.pending)
	}
	if len(t.pending) > 8*maxRefs {
		t.pending = viewsOf(t.pending)
	}
}

// flush tells of what is pending.
func (t *topic) flush(position uint64, now time.Time) {
	if t.touched = false; len(t.pending) > 0 {
		t.push(event(eventChanged, position, t.mark, distinct(t.pending)), false, now)
		t.told, t.pending = now, nil
	}
}

// The events that are told.
const (
	eventPosition = "position" // where the views stand as listening begins
	eventChanged  = "changed"  // which documents have changed
	eventReset    = "reset"    // what has changed is not known: all may have
)

// maxRefs is how many documents an event names. Of more of them it says which views they are of.
const maxRefs = 50

// A LiveEvent is the data of an event.
type LiveEvent struct {
	Position uint64    `json:"position"`
	Changed  []LiveRef `json:"changed,omitempty"`
}

// A LiveRef is a document, or without a key, any document of a view.
type LiveRef struct {
	View string `json:"view"`
	Key  string `json:"key,omitempty"`
}

// event encodes one (https://html.spec.whatwg.org/multipage/server-sent-events.html). JSON has no line breaks in it, so data is one line.
func event(name string, position uint64, mark string, refs []projections.Ref) []byte {
	d := LiveEvent{Position: position}
	if len(refs) > maxRefs {
		refs = viewsOf(refs)
	}
	for _, r := range refs {
		d.Changed = append(d.Changed, LiveRef{r.View, r.Key})
	}
	data, _ := json.Marshal(d) // of numbers and texts
	text := append(idLine(position, mark), "event: "+name+"\ndata: "...)
	return append(append(text, data...), '\n', '\n')
}

// beat is what is sent where nothing else is, so that those in between do not take the connection for dead. Its id moves on what the client resumes after, and is no event.
func beat(position uint64, mark string) []byte {
	return append(append([]byte(": still here\n"), idLine(position, mark)...), '\n')
}

func idLine(position uint64, mark string) []byte {
	return append(strconv.AppendUint([]byte("id: "), position, 10), "-"+mark+"\n"...)
}

// distinct are the same documents, each once.
func distinct(refs []projections.Ref) (all []projections.Ref) {
	if len(refs) < 2 {
		return refs
	}
	seen := make(map[projections.Ref]bool, len(refs))
	for _, r := range refs {
		if !seen[r] {
			seen[r] = true
			all = append(all, r)
		}
	}
	return all
}

// viewsOf are the views of some documents, as references to any document of them.
func viewsOf(refs []projections.Ref) (views []projections.Ref) {
	for _, r := range refs {
		views = append(views, projections.Ref{View: r.View})
	}
	return distinct(views)
}

// all refers to any document that a filter lets through.
func (f filter) all() (refs []projections.Ref) {
	for _, name := range f.names() {
		refs = append(refs, projections.Ref{View: name, Key: f.key})
	}
	return refs
}
