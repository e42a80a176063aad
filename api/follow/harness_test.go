package follow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
)

// docs is a store that knows where documents changed last. A dialogue takes place where its id says, as in dl_FR.
type docs struct {
	readstore.Store
	mu    sync.Mutex
	at    map[projections.Ref]uint64
	fail  error // of every answer
	asked int   // how often what changed was asked for
}

func (d *docs) change(position uint64, changed ...projections.Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = map[projections.Ref]uint64{}
	}
	for _, ref := range changed {
		d.at[ref] = position
	}
}

func (d *docs) broken(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *docs) Get(_ context.Context, ref projections.Ref) (readstore.Doc, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return readstore.Doc{Ref: ref, Document: projections.Document{At: d.at[ref], Data: []byte(`{"place":"` + placeOf(ref) + `"}`)}}, d.fail
}

func (d *docs) Touched(_ context.Context, view string, after uint64, limit int) (all []readstore.Doc, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	for ref, at := range d.at {
		if ref.View == view && at > after {
			all = append(all, readstore.Doc{Ref: ref, Document: projections.Document{At: at}})
		}
	}
	slices.SortFunc(all, func(a, b readstore.Doc) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Key, b.Key)) })
	return all[:min(limit, len(all))], d.fail
}

func placeOf(ref projections.Ref) string {
	first, _, _ := strings.Cut(ref.Key, "/")
	return first[len(first)-2:]
}

// heard is an event as a client reads it.
type heard struct {
	id    string // its position
	event string
	data  LiveEvent
}

// parse reads a stream as the specification says (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6), as far as it has come; the last id is also that of blocks without data.
func parse(t require.TestingT, text string) (events []heard, lastID string) {
	blocks := strings.Split(text, "\n\n")
	require.Empty(t, blocks[len(blocks)-1], "a block that has not come to its end: %q", text)
	for _, block := range blocks[:len(blocks)-1] {
		e, data := heard{event: "message"}, ""
		for line := range strings.Lines(block) {
			name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			require.True(t, ok, "%q", block)
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "":
			case "id":
				lastID = value
			case "event":
				e.event = value
			case "data":
				data += value
			case "retry":
				_, err := strconv.Atoi(value)
				require.NoError(t, err)
			default:
				require.Fail(t, "unknown field", "%q", block)
			}
		}
		if data == "" {
			continue
		}
		var mark string
		e.id, mark, _ = strings.Cut(lastID, "-")
		require.Regexp(t, "^[0-9a-f]{8}$", mark)
		require.NoError(t, json.Unmarshal([]byte(data), &e.data))
		require.Equal(t, e.id, fmt.Sprint(e.data.Position))
		events = append(events, e)
	}
	return events, lastID
}

// moving is views that move on.
type moving struct {
	hub  *hints.Hub
	docs *docs
	live *Live
	at   int
	stop func()
	over chan struct{}
}

func begin(at int, change func(*Options)) *moving { return beginWith(&docs{}, at, change) }

func beginWith(d *docs, at int, change func(*Options)) *moving {
	m := &moving{hub: hints.NewHub(), docs: d, at: at, over: make(chan struct{})}
	o := Options{Hub: m.hub, Store: d, Every: time.Microsecond}
	if change != nil {
		change(&o)
	}
	m.live = NewLive(o)
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = func() { cancel(); <-m.over }
	m.step(at) // as CatchUp tells it
	go func() {
		defer close(m.over)
		_ = m.live.Run(ctx)
	}()
	return m
}

// step moves the views on to a position.
func (m *moving) step(to int, changed ...projections.Ref) {
	s := readstore.Step{From: ledger.Cursor{Seq: uint64(m.at)}, To: ledger.Cursor{Seq: uint64(to)}}
	m.docs.change(uint64(to), changed...)
	for _, ref := range changed {
		s.Changed = append(s.Changed, readstore.Doc{Ref: ref})
	}
	_ = m.hub.Watch(context.Background(), s)
	m.at = to
}

// settle waits until everything is told, reach until everything is known: some may be pending.
func (m *moving) settle() { m.await(true) }
func (m *moving) reach()  { m.await(false) }

func (m *moving) await(told bool) {
	for !m.live.views.isSettled(uint64(m.at), told) {
		time.Sleep(20 * time.Microsecond)
	}
}

func (b *board) isSettled(at uint64, told bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isBegun() && b.position >= at && (!told || len(b.waiting) == 0)
}
