package publish

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// steps is every step of publishing that can break, in the order in which they are first taken.
var steps = []string{
	// 2. tiles and entries
	"make the folder of what is new", "write a new file", "make a tile's folder", "sync a new file", "place a tile", "sync the log's folder",
	// 5. the signed head
	"write the head", "sync the head", "place the head", "sync the head's folder",
	// 6.
	"ask the witnesses",
	// 7. the archive
	"make the archive", "write the archived head", "sync the archived head", "place the archived head", "sync the archive",
	// 8. the checkpoint; the log's folder is synced again
	"write the checkpoint", "sync the checkpoint", "place the checkpoint",
	// 2. of the second time, when fewer folders are new
	"sync a tile's folder",
	// 9.
	"remove a tile", "remove a tile's folder",
}

// scenario is what breaks somewhere: a new log, growth within a bundle, and beyond it.
func scenario(w *world, p *Publisher) error {
	for _, n := range []int{200, 30, 300} {
		w.append(n)
		if _, err := w.again(p); err != nil {
			return err
		}
	}
	return nil
}

// At every step, before it and after it: an error, the end of the process, a power cut. Whatever breaks, what is published is a valid log; publishing goes on
// from there, and in the end there is the log as if nothing had happened.
func TestBrokenSteps(t *testing.T) {
	t.Parallel()
	whole := newWorld(t)
	p, err := whole.open()
	require.NoError(t, err)
	require.NoError(t, scenario(whole, p))
	taken, first := map[string]int{}, []string{}
	for _, s := range whole.disk.steps {
		if taken[s]++; taken[s] == 1 {
			first = append(first, s)
		}
	}
	require.Equal(t, steps, first)

	for _, step := range steps {
		for _, how := range []string{"error", "end", "power cut", "another power cut", "a third power cut", "end, start and power cut"} {
			for _, after := range []bool{false, true} {
				for n := range taken[step] {
					if n > 1 && n < taken[step]-1 {
						continue // of many alike
					}
					t.Run(fmt.Sprintf("%s/%s/%d/after=%v", step, how, n, after), func(t *testing.T) {
						w := newWorld(t)
						p, err := w.open()
						require.NoError(t, err)
						seen, broken := 0, false
						w.disk.breaks = func(d *modelDisk, s string, _ int, isAfter bool) error {
							if s != step || isAfter != after || broken {
								return nil
							}
							if seen++; seen <= n {
								return nil
							}
							broken, d.dead = true, how != "error"
							return errBroken
						}
						err = scenario(w, p)
						require.True(t, broken)
						if !strings.HasPrefix(step, "remove") { // which is nobody's trouble
							require.ErrorIs(t, err, errBroken)
						}
						switch how {
						case "error": // the same process goes on
						case "end", "end, start and power cut":
							w.disk.restart()
							p = nil
						default:
							w.disk.cutPower(rand.New(rand.NewPCG(uint64(n), uint64(len(how)))))
							p = nil
						}
						w.check()
						if how == "end, start and power cut" {
							w.disk.restart()
							_, err := w.open()
							require.NoError(t, err)
							w.disk.cutPower(rand.New(rand.NewPCG(uint64(n), 9)))
							w.check()
						}
						if p == nil {
							p, err = w.open()
							require.NoError(t, err)
							w.check()
						}
						w.append(530 - w.records)
						head, err := w.again(p)
						require.NoError(t, err)
						require.EqualValues(t, 530, head.Size)
						require.Equal(t, head.Size, w.check())
						w.requireSame(whole)
						w.disk.cutPower(rand.New(rand.NewPCG(uint64(n), 10)))
						require.Equal(t, head.Size, w.check(), "what Publish has returned for, stays")
					})
				}
			}
		}
	}
}

// requireSame compares the tiles with those of another world. What a crash leaves is partial tiles of other sizes, and nothing else.
func (w *world) requireSame(other *world) {
	have, want := w.disk.files("log/tile"), other.disk.files("log/tile")
	for name, data := range want {
		if !strings.Contains(name, ".p/") {
			require.True(w, data == have[name], name)
		}
	}
	for name, data := range have {
		if _, ok := want[name]; !ok {
			require.Contains(w, name, ".p/")
			require.True(w, strings.HasPrefix(string(w.file(w.disk.files("log"), strings.TrimPrefix(name, "log/"))), data[:min(len(data), 32)]))
		}
	}
	require.Equal(w, other.disk.files("head")["head/head"], w.disk.files("head")["head/head"], "Ed25519 signs the same text the same way")
}

// A head that was seen published is not published once more, with other cosignatures in the archive than in the checkpoint.
func TestPublishedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := w.open()
	require.NoError(t, err)
	w.append(3)
	w.disk.breaks = func(_ *modelDisk, step string, _ int, after bool) error {
		if step == "place the checkpoint" && after {
			return errBroken
		}
		return nil
	}
	_, err = w.again(p)
	require.ErrorIs(t, err, errBroken)
	require.EqualValues(t, 3, w.check(), "everybody sees it")
	taken := len(w.disk.steps)
	w.disk.breaks = nil
	head, err := w.again(p)
	require.NoError(t, err)
	require.EqualValues(t, 3, head.Size)
	require.NotContains(t, w.disk.steps[taken:], "ask the witnesses")
	require.NotContains(t, w.disk.steps[taken:], "place the archived head")
	w.disk.cutPower(rand.New(rand.NewPCG(1, 1)))
	require.EqualValues(t, 3, w.check())
}
