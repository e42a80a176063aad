package follow

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/projections"
)

// refs are the documents of the world of TestResume.
var refs = []projections.Ref{
	{View: "country", Key: "FR"}, {View: "country", Key: "KE"},
	{View: "dialogue", Key: "dl_FR"}, {View: "dialogue", Key: "dl_KE"},
	{View: "statement", Key: "dl_FR/1"}, {View: "statement", Key: "dl_FR/2"}, {View: "statement", Key: "dl_FR/3"}, {View: "statement", Key: "dl_KE/1"}, {View: "statement", Key: "dl_KE/2"},
	{View: "global", Key: "ed_1"},
}

func (f filter) letsThrough(ref projections.Ref) bool {
	for _, name := range f.names() {
		if name == ref.View && (f.key == "" || f.key == ref.Key) && (f.country == "" || f.country == placeOf(ref)) {
			return true
		}
	}
	return false
}

// listener is a client that keeps copies of documents up by what it is told.
type listener struct {
	filter
	copies  map[projections.Ref]int
	id      string // Last-Event-ID
	told    uint64 // the position of the last event
	online  bool
	at      *frame
	leave   func()
	resumed bool
}

// take does with a piece of the stream what a client does: it reads anew what it is told has changed.
func (c *listener) take(t require.TestingT, text string, store map[projections.Ref]int) {
	events, id := parse(t, text)
	if id != "" {
		c.id = id
	}
	for _, e := range events {
		switch e.event {
		case eventPosition:
			require.False(t, c.resumed, "who comes back is told what it missed, not where to begin")
			require.Empty(t, e.data.Changed)
			c.read(c.all(), store)
		case eventChanged:
			require.Greater(t, e.data.Position, c.told, "no position is told twice: %s", text)
			var changed []projections.Ref
			for _, r := range e.data.Changed {
				changed = append(changed, projections.Ref{View: r.View, Key: r.Key})
			}
			require.LessOrEqual(t, len(changed), maxRefs)
			for _, ref := range changed {
				require.True(t, ref.Key == "" || c.letsThrough(ref), "%v is nothing that it asked for", ref)
			}
			require.NotEmpty(t, changed)
			c.read(changed, store)
		default:
			require.Fail(t, "unknown event", "%q", text)
		}
		c.told = e.data.Position
	}
}

func (c *listener) read(changed []projections.Ref, store map[projections.Ref]int) {
	for _, ref := range changed {
		for have, n := range store {
			if have.View == ref.View && (ref.Key == "" || ref.Key == have.Key) && c.letsThrough(have) {
				c.copies[have] = n
			}
		}
	}
}

// TestResume: whatever happens (clients are cut off and come back, late or soon; more hints than are kept; steps that nobody tells; a journal that forgets; a server that starts anew), a client that
// reads anew what it is told has what the store has, whenever all is told, and is told no position twice, nor ever that it has to begin anew.
func TestResume(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{1, 2, 3, 0}).Draw(t, "journal")
		kept := &docs{}
		start := func(at int) *moving {
			return beginWith(kept, at, func(o *Options) {
				o.Every = rapid.SampledFrom([]time.Duration{time.Microsecond, 3 * time.Millisecond}).Draw(t, "every")
			})
		}
		store, clients := map[projections.Ref]int{}, []*listener{}
		for _, ref := range refs {
			store[ref] = 1
		}
		kept.change(7, refs...)
		world := start(7)
		remember := func() {
			world.settle()
			world.live.views.mu.Lock()
			world.live.views.journal.most = most
			world.live.views.mu.Unlock()
		}
		remember()
		defer func() { world.stop() }()
		change := func(t *rapid.T) []projections.Ref {
			changed := rapid.SliceOfNDistinct(rapid.SampledFrom(refs), 0, 4, rapid.ID).Draw(t, "changed")
			for _, ref := range changed {
				store[ref]++
			}
			return changed
		}
		connect := func(c *listener, after *id) {
			first, at, leave, err := world.live.views.join(context.Background(), c.filter, after)
			require.NoError(t, err)
			c.online, c.at, c.leave, c.resumed = true, at, leave, after != nil
			c.take(t, string(retry)+string(first), store)
		}
		pick := func(t *rapid.T, online bool) *listener {
			var of []*listener
			for _, c := range clients {
				if c.online == online {
					of = append(of, c)
				}
			}
			if len(of) == 0 {
				t.Skip()
			}
			return rapid.SampledFrom(of).Draw(t, "client")
		}
		t.Repeat(map[string]func(*rapid.T){
			"step": func(t *rapid.T) { world.step(world.at+rapid.IntRange(1, 3).Draw(t, "records"), change(t)...) },
			"many steps": func(t *rapid.T) {
				for range rapid.SampledFrom([]int{2, 50, 300, 600}).Draw(t, "steps") {
					ref := rapid.SampledFrom(refs).Draw(t, "ref")
					store[ref]++
					world.step(world.at+1, ref)
				}
			},
			"a step that nobody tells": func(t *rapid.T) {
				kept.change(uint64(world.at+2), change(t)...)
				world.at += 2
				world.step(world.at + 1)
			},
			"another server": func(t *rapid.T) {
				for _, c := range clients {
					c.online = false
				}
				world.stop()
				if rapid.Bool().Draw(t, "and something happens meanwhile") {
					world.at++
					kept.change(uint64(world.at), change(t)...)
				}
				world = start(world.at)
				remember()
			},
			"beat": func(t *rapid.T) { world.live.views.beat(0) },
			"listen": func(t *rapid.T) {
				world.reach()
				f := filter{views: rapid.SampledFrom([]string{"country", "country statement", "dialogue", "statement", "country dialogue global statement"}).Draw(t, "views")}
				if rapid.Bool().Draw(t, "by country") && f.views != "country dialogue global statement" {
					f.country = rapid.SampledFrom([]string{"FR", "KE", "BR"}).Draw(t, "country")
				}
				if rapid.Bool().Draw(t, "by key") {
					f.key = rapid.SampledFrom(refs).Draw(t, "ref").Key
				}
				c := &listener{filter: f, copies: map[projections.Ref]int{}}
				clients = append(clients, c)
				connect(c, nil)
			},
			"leave": func(t *rapid.T) {
				c := pick(t, true)
				c.online = false
				c.leave()
			},
			"come back": func(t *rapid.T) {
				c := pick(t, false)
				r := httptest.NewRequest(http.MethodGet, "/v1/live", nil)
				r.Header.Set("Last-Event-ID", c.id)
				after, err := idOf(r)
				require.NoError(t, err)
				require.NotEmpty(t, after.mark)
				world.reach()
				connect(c, after)
			},
			"": func(t *rapid.T) {
				world.settle()
				for _, c := range clients {
					if !c.online {
						continue
					}
					c.hear(t, store)
					for _, ref := range refs {
						if c.letsThrough(ref) {
							require.Equal(t, store[ref], c.copies[ref], "%v of a client that listens to %+v", ref, c.filter)
						}
					}
				}
			},
		})
		for _, c := range clients {
			if c.online {
				c.leave()
			}
		}
		require.Empty(t, world.live.views.topics)
		require.Empty(t, world.live.views.slots)
	})
}

// hear goes along the chain as far as it is there.
func (c *listener) hear(t require.TestingT, store map[projections.Ref]int) {
	for {
		select {
		case <-c.at.told:
			c.at = c.at.next
			c.take(t, string(c.at.text), store)
		default:
			return
		}
	}
}
