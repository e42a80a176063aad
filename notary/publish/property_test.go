package publish

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is appended, published, broken and lost in whatever order: the published log is valid at every moment, its heads only grow, no witness is ever shown
// a second history, and in the end there are the tiles of a log that was made at once.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var p *Publisher
		opened := func() bool {
			if p != nil {
				return true
			}
			var err error
			if p, err = w.open(); err != nil {
				require.ErrorIs(t, err, errBroken)
			}
			return p != nil
		}
		breakAt := func() int { return rapid.IntRange(0, 60).Draw(t, "step") }
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				if w.records < 2000 {
					w.append(rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(200, 600)).Draw(t, "records"))
				}
			},
			"publish": func(t *rapid.T) {
				if !opened() {
					return
				}
				head, err := w.again(p)
				if w.witness.down.Load() && err != nil {
					require.ErrorIs(t, err, ErrNotCosigned)
					return
				}
				require.NoError(t, err)
				require.EqualValues(t, w.records, head.Size)
			},
			"witness": func(*rapid.T) { w.witness.down.Store(!w.witness.down.Load()) },
			"error": func(t *rapid.T) { // a step fails, once
				at, after := breakAt(), rapid.Bool().Draw(t, "after")
				n := 0
				w.disk.breaks = func(_ *modelDisk, _ string, _ int, isAfter bool) error {
					if isAfter != after {
						return nil
					}
					if n++; n == at {
						return errBroken
					}
					return nil
				}
				if opened() {
					_, _ = w.again(p)
				}
				w.disk.breaks = nil
			},
			"end": func(t *rapid.T) { // of the process, in the middle of a step or between two
				at := breakAt()
				n := 0
				w.disk.breaks = func(d *modelDisk, _ string, _ int, _ bool) error {
					if n++; n >= at {
						d.dead = true
						return errBroken
					}
					return nil
				}
				if opened() {
					_, _ = w.again(p)
				}
				w.disk.dead = true
				if rapid.Bool().Draw(t, "power cut") {
					w.disk.cutPower(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "chance"), 0)))
				}
				w.disk.restart()
				p = nil
			},
			"lose the log": func(t *rapid.T) { // all of it, or some tiles; not what is published
				if rapid.IntRange(0, 4).Draw(t, "rarely") > 0 {
					return
				}
				w.disk.dead = true
				w.disk.restart()
				p = nil
				delete(w.disk.root.entries["log"].entries, "tile")
				delete(w.disk.root.entries["log"].durable, "tile")
				require.True(t, opened())
			},
			"": func(*rapid.T) { w.check() },
		})
		if p == nil {
			var err error
			p, err = w.open()
			require.NoError(t, err)
		}
		w.witness.down.Store(false)
		w.append(1)
		_, err := w.again(p)
		require.NoError(t, err)
		require.EqualValues(t, w.records, w.check())
		bulk := newWorld(t)
		bulk.append(w.records)
		require.NoError(t, bulk.publish())
		w.requireSame(bulk)
	})
}
