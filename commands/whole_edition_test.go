package commands_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/simulate"
	"daybook.internal/vault"
)

// tiny is the smallest edition in which nearly everything happens.
var tiny = simulate.Options{Seed: 1, Countries: 2, Citizens: simulate.MinCitizens}

// order is one command as a client sends it.
type order struct {
	id, name string
	actor    domain.Actor
	at       domain.Time
	before   domain.Time
	content  []byte
}

// key is what makes an order the same one. Under one id, another content may well be for another stream, where nobody has heard of the id.
func (o order) key() string { return o.name + " " + o.id + " " + string(o.content) }

func orderOf(l simulate.Line) order {
	content, err := json.Marshal(l.Content)
	if err != nil {
		panic(err)
	}
	return order{l.ID, l.Name, l.Actor, l.At, l.Before, content}
}

// hall is a service that an edition is sent to, line by line.
type hall struct {
	*commands.Service
	t      requirer
	memory *ledgertest.Memory
	words  *memoryVault
	now    domain.Time
	stands map[domain.StreamID]uint64
	head   uint64
	done   map[string]done
	keys   []string // of done, in the order in which they were done
	events map[domain.EventID]bool
	came   map[string]int
	wrote  map[string]int // by the name of a command: what came to something under a second id
}

// done is an order that was decided, and what came of it.
type done struct {
	order
	receipt commands.Receipt
}

func newHall(t requirer) *hall {
	h := &hall{
		t: t, memory: ledgertest.NewMemory(), words: &memoryVault{kept: map[vault.Place]vault.Opening{}}, stands: map[domain.StreamID]uint64{},
		done: map[string]done{}, events: map[domain.EventID]bool{}, came: map[string]int{}, wrote: map[string]int{},
	}
	h.Service = &commands.Service{Ledger: h.memory, Vault: h.words, Now: func() time.Time { return h.now.Std() }}
	return h
}

// lines are the edition, each line as the ledger stands.
func (h *hall) lines(each func(n int, o order)) {
	n := 0
	for l, err := range simulate.Lines(tiny, func(id domain.StreamID) uint64 { return h.stands[id] }, func() uint64 { return h.head }) {
		require.NoError(h.t, err)
		each(n, orderOf(l))
		n++
	}
}

// send sends an order. Whatever is asked for, in whatever state: it is decided or rejected, and who is rejected leaves nothing behind.
func (h *hall) send(o order) (commands.Receipt, error) {
	h.t.Helper()
	h.now = max(h.now, o.at)
	c, ok := commands.ByName(o.name)
	require.True(h.t, ok, o.name)
	sealed := len(h.words.kept)
	r, err := c.Run(context.Background(), h.Service, commands.By{Command: o.id, Actor: o.actor, OccurredAt: o.before}, o.content)
	came := h.news()
	var rejected *domain.Rejection
	_, again := h.done[o.key()]
	switch {
	case errors.As(err, &rejected):
		require.Empty(h.t, came, "%s is rejected and writes: %s", o.id, o.content)
		require.True(h.t, len(h.words.kept) == sealed, "%s is rejected and seals: %v: %s", o.id, err, o.content)
		require.NotEmpty(h.t, rejected.Rule)
		require.False(h.t, again, "%s was done, and is rejected when it is sent again: %v", o.id, err)
		h.came["rejected"]++
	case err != nil:
		require.NoError(h.t, err, "%s is a fault: %s", o.id, o.content)
	case again, r.Repeated:
		require.Empty(h.t, came, "%s was done, and writes when it is sent again: %s", o.id, o.content)
		h.came["repeated"]++
	default:
		require.Len(h.t, came, len(r.Events), o.id)
		for i, e := range r.Events {
			require.Equal(h.t, came[i].ID, e.ID)
			require.False(h.t, h.events[e.ID], "%s wrote before: %s", o.id, o.content)
			h.events[e.ID] = true
		}
		if h.came["nothing"]++; len(came) > 0 {
			h.done[o.key()], h.keys = done{o, r}, append(h.keys, o.key())
			h.came["done"]++
			h.came["nothing"]--
		}
	}
	return r, err
}

// again sends an order that was decided: the receipt is repeated.
func (h *hall) again(was done) {
	h.t.Helper()
	r, err := h.send(was.order)
	require.NoError(h.t, err, was.id)
	require.Equal(h.t, repeated(was.receipt), r, was.id)
}

// news are the records that the ledger has got.
func (h *hall) news() (came []domain.Record) {
	for e, err := range h.memory.All(context.Background(), ledger.Cursor{Seq: h.head}) {
		require.NoError(h.t, err)
		came = append(came, e.Record)
	}
	for _, r := range came {
		h.stands[r.Stream] = r.Revision + 1
		h.head = r.Seq + 1
	}
	return came
}

// A disturbance is what happens at one line.
type disturbance struct {
	how    string
	chance uint64
}

// disturbances are the ways in which an edition goes otherwise than it was meant to go.
var disturbances = map[string]func(h *hall, o order, r *rand.Rand, later func(int, order), ahead []order){
	"skip": func(*hall, order, *rand.Rand, func(int, order), []order) {},
	"delay": func(_ *hall, o order, r *rand.Rand, later func(int, order), _ []order) {
		later(1+r.IntN(300), o)
	},
	"twice": func(h *hall, o order, _ *rand.Rand, _ func(int, order), _ []order) {
		_, _ = h.send(o)
		_, _ = h.send(o)
	},
	"repeat": func(h *hall, o order, r *rand.Rand, _ func(int, order), _ []order) {
		_, _ = h.send(o)
		for range min(10, len(h.keys)) {
			h.again(h.done[h.keys[r.IntN(len(h.keys))]])
		}
	},
	"other id": func(h *hall, o order, _ *rand.Rand, _ func(int, order), _ []order) {
		_, err := h.send(o)
		o.id = "other:" + o.id
		if second, again := h.send(o); err == nil && again == nil && len(second.Events) > 0 {
			h.wrote[o.name]++
		}
	},
	"change": func(h *hall, o order, r *rand.Rand, _ func(int, order), _ []order) {
		for i := range 3 {
			c := o
			c.id, c.content = fmt.Sprint("changed-", i, ":", o.id), learnt().values.mutate(o.content, r)
			_, _ = h.send(c)
		}
		_, _ = h.send(o)
	},
	"change after": func(h *hall, o order, r *rand.Rand, _ func(int, order), _ []order) {
		_, _ = h.send(o)
		for i := range 3 {
			c := o
			c.id, c.content = fmt.Sprint("after-", i, ":", o.id), learnt().values.mutate(o.content, r)
			_, _ = h.send(c)
		}
	},
	"same id": func(h *hall, o order, r *rand.Rand, _ func(int, order), _ []order) {
		c := o
		c.content = learnt().values.mutate(o.content, r)
		_, _ = h.send(c)
		_, _ = h.send(o)
		_, _ = h.send(c)
	},
	"early": func(h *hall, o order, r *rand.Rand, _ func(int, order), ahead []order) {
		for range min(5, len(ahead)) {
			c := ahead[r.IntN(len(ahead))]
			c.id, c.at = "early:"+c.id, o.at
			_, _ = h.send(c)
		}
		_, _ = h.send(o)
	},
}

// learnt is the edition as it goes when nobody disturbs it.
var learnt = sync.OnceValue(func() (l struct {
	orders []order
	values seenValues
}) {
	h := newHall(&probe{})
	l.values = seenValues{}
	h.lines(func(_ int, o order) {
		l.orders = append(l.orders, o)
		l.values.learn(o.content)
		if _, err := h.send(o); err != nil {
			panic(err)
		}
	})
	return l
})

// disturbed runs an edition in which some lines go otherwise.
func disturbed(t requirer, plan map[int]disturbance) *hall {
	h := newHall(t)
	late := map[int][]order{}
	ahead := learnt().orders
	h.lines(func(n int, o order) {
		later := func(by int, o order) { late[n+by] = append(late[n+by], o) }
		if d, ok := plan[n]; ok {
			disturbances[d.how](h, o, rand.New(rand.NewPCG(d.chance, 1)), later, ahead[min(n+1, len(ahead)):])
		} else {
			_, _ = h.send(o)
		}
		for _, o := range late[n] {
			_, _ = h.send(o)
		}
	})
	return h
}

// TestWholeEdition sends whole editions of which lines are skipped, repeated, delayed, changed and tried too early. Whatever comes of it, the record is
// one that an auditor can follow, and the views are the same however they are folded. One in ten of the checks is a whole edition.
func TestWholeEdition(t *testing.T) {
	t.Parallel()
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	require.NoError(t, err)
	runs, failing := max(3, checks/10), false
	came, wrote := map[string]int{}, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		plan := anyPlan(t)
		if runs == 0 && !failing {
			return
		}
		was := failing
		failing = true // stays so where this one fails, so that smaller ones are looked for
		h := disturbed(t, plan)
		newAudit().follow(t, h.records())
		foldEverything(t, h.records())
		viewsAgree(t, h.records(), rand.New(rand.NewPCG(uint64(len(plan)), 2)))
		failing, runs = was, max(0, runs-1)
		for what, n := range h.came {
			came[what] += n
		}
		for name, n := range h.wrote {
			wrote[name] += n
		}
	})
	for _, what := range []string{"done", "rejected", "repeated", "nothing"} {
		require.NotZero(t, came[what], what)
	}
	t.Logf("%v, twice: %v", came, wrote)
	for name := range wrote {
		require.Contains(t, repeatable, name, "the same under another id comes to something")
	}
}

// TestEveryLineTwice sends every line of an edition again under another id.
func TestEveryLineTwice(t *testing.T) {
	t.Parallel()
	plan := map[int]disturbance{}
	for line := range learnt().orders {
		plan[line] = disturbance{how: "other id"}
	}
	h := disturbed(t, plan)
	require.Equal(t, slices.Sorted(maps.Keys(repeatable)), slices.Sorted(maps.Keys(h.wrote)))
	newAudit().follow(t, h.records())
}

// repeatable are the commands that say something once more when they are sent under another id, and why that is right.
var repeatable = map[string]string{
	"cast-ballot":         "an answer in words is sealed under another salt, so nobody can see that it is the same: it stands in the place of the first",
	"record-table-output": "its words are sealed under another salt: it is the next revision of the worksheet",
	"report-deviation":    "what has happened twice is reported twice",
}

// anyPlan disturbs one line in some, from one line to another. A line that is missing early on leaves little of an edition, so most plans have their
// gaps once people meet. One seed decides all of it, as thousands of draws could not be made smaller: what is made smaller is the stretch.
func anyPlan(t *rapid.T) map[int]disturbance {
	plan, orders := map[int]disturbance{}, learnt().orders
	meet := slices.IndexFunc(orders, func(o order) bool { return o.name == "open-session" })
	gapsFrom := rapid.SampledFrom([]int{meet, meet, meet, 0}).Draw(t, "gaps from")
	hows := rapid.SampledFrom([][]string{nil, {"change", "change after", "same id"}, {"skip", "delay"}, {"twice", "repeat", "other id", "early"}}).Draw(t, "hows")
	if hows == nil {
		hows = slices.Sorted(maps.Keys(disturbances))
	}
	from := rapid.SampledFrom([]int{0, 0, meet, len(orders) / 2}).Draw(t, "from")
	to := len(orders) - rapid.IntRange(0, len(orders)-from-1).Draw(t, "less")
	one := rapid.SampledFrom([]int{4, 10, 30}).Draw(t, "one in")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
	for line := range orders {
		d := disturbance{hows[r.IntN(len(hows))], r.Uint64()}
		if gap := d.how == "skip" || d.how == "delay"; r.IntN(one) == 0 && line >= from && line < to && (!gap || line >= gapsFrom) {
			plan[line] = d
		}
	}
	return plan
}

// records is everything that the ledger holds.
func (h *hall) records() (all []domain.Record) {
	h.t.Helper()
	for e, err := range h.memory.All(context.Background(), ledger.Cursor{}) {
		require.NoError(h.t, err)
		all = append(all, e.Record)
	}
	return all
}

// foldEverything folds every stream into the state of every family: none is surprised by the events of another.
func foldEverything(t requirer, records []domain.Record) {
	t.Helper()
	streams := map[domain.StreamID][]domain.Event{}
	for _, r := range records {
		f, err := r.Decode()
		require.NoError(t, err)
		streams[r.Stream] = append(streams[r.Stream], f.Event)
	}
	for _, events := range streams {
		folds[domain.Edition](events)
		folds[domain.Partner](events)
		folds[domain.Artefact](events)
		folds[domain.Dialogue](events)
		folds[domain.SortitionState](events)
		folds[domain.ParticipantState](events)
		folds[domain.Table](events)
		folds[domain.Ballot](events)
		folds[domain.Tally](events)
		folds[domain.Statement](events)
		folds[domain.Reactions](events)
		folds[domain.Coding](events)
		folds[domain.RecommendationState](events)
		folds[domain.Synthesis](events)
		folds[domain.Submission](events)
		folds[domain.Publication](events)
		folds[domain.Audit](events)
		folds[domain.Import](events)
	}
}

func folds[S domain.State[S]](events []domain.Event) {
	var s S
	for _, e := range events {
		s = s.Evolve(e)
	}
}

// viewsAgree folds the views at once and batch by batch, and compares every byte.
func viewsAgree(t requirer, records []domain.Record, r *rand.Rand) {
	t.Helper()
	facts := make([]domain.Fact, len(records))
	atOnce := projections.NewFold(projections.All(), nil)
	for i, record := range records {
		var err error
		facts[i], err = record.Decode()
		require.NoError(t, err)
		require.NoError(t, atOnce.Apply(facts[i]), "record %d", record.Seq)
	}
	want, have := map[projections.Ref]string{}, map[projections.Ref]string{}
	for ref, doc := range atOnce.Documents() {
		want[ref] = string(doc.Data)
	}
	require.Equal(t, len(records) > 0, len(want) > 0)
	load := func(ref projections.Ref) ([]byte, error) {
		if data, ok := have[ref]; ok {
			return []byte(data), nil
		}
		return nil, nil
	}
	for len(facts) > 0 {
		n := min(len(facts), 1+r.IntN(400))
		changed, err := projections.Changes(projections.All(), load, facts[:n])
		require.NoError(t, err)
		for ref, doc := range changed {
			have[ref] = string(doc.Data)
		}
		facts = facts[n:]
	}
	require.Equal(t, want, have)
}
