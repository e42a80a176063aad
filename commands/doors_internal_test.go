package commands

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// waits is how many wait at a door.
func (d *doors) waits(stream domain.StreamID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.at[stream]; at != nil {
		return len(at.queue)
	}
	return 0
}

// goer goes through a door in a goroutine of its own.
type goer struct {
	in    chan struct{} // closed once it is inside, or has given up
	leave func()
	err   error
}

// sends starts a goer that has to wait, as the n-th.
func (d *doors) sends(t *testing.T, ctx context.Context, stream domain.StreamID, alone bool, n int) *goer {
	t.Helper()
	g := &goer{in: make(chan struct{})}
	go func() {
		defer close(g.in)
		g.leave, g.err = d.enter(ctx, stream, alone)
	}()
	for d.waits(stream) < n {
		runtime.Gosched()
	}
	return g
}

func (g *goer) inside() bool {
	select {
	case <-g.in:
		return true
	default:
		return false
	}
}

func TestDoors(t *testing.T) {
	t.Parallel()
	var d doors
	ctx := t.Context()
	enter := func(stream domain.StreamID, alone bool) func() {
		leave, err := d.enter(ctx, stream, alone)
		require.NoError(t, err)
		return leave
	}
	one, two := enter("a", false), enter("a", false) // together
	elsewhere := enter("b", true)                    // another door
	shut := d.sends(t, ctx, "a", true, 1)
	three := d.sends(t, ctx, "a", false, 2)
	four := d.sends(t, ctx, "a", false, 3)
	five := d.sends(t, ctx, "a", true, 4)
	require.False(t, shut.inside(), "somebody is inside")
	one()
	require.False(t, shut.inside())
	two()
	<-shut.in
	require.NoError(t, shut.err)
	require.False(t, three.inside(), "it is shut")
	shut.leave()
	<-three.in
	<-four.in
	require.False(t, five.inside())
	late := d.sends(t, ctx, "a", false, 2)
	three.leave()
	four.leave()
	<-five.in
	require.False(t, late.inside(), "in the order of coming: who shuts a door gets there, however many come")
	five.leave()
	<-late.in
	late.leave()
	elsewhere()
	require.Empty(t, d.at, "a door that nobody uses is not there")
}

// Who gives up waiting keeps nobody else waiting.
func TestDoorsGiveUp(t *testing.T) {
	t.Parallel()
	var d doors
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.enter(done, "a", false)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, d.at)

	leave, err := d.enter(t.Context(), "a", false)
	require.NoError(t, err)
	hurried, cancel := context.WithCancel(t.Context())
	shut := d.sends(t, hurried, "a", true, 1)
	behind := d.sends(t, t.Context(), "a", false, 2)
	other := d.sends(t, hurried, "a", false, 3)
	cancel()
	<-shut.in
	require.ErrorIs(t, shut.err, context.Canceled)
	<-behind.in
	require.NoError(t, behind.err, "it had waited for the other one alone")
	if <-other.in; other.err == nil { // it may have been called before it gave up
		other.leave()
	}
	leave()
	behind.leave()
	require.Empty(t, d.at)
}

// However people come, give up and leave: whoever is alone is alone, everybody gets through, and nothing is left behind.
func TestDoorsHold(t *testing.T) {
	t.Parallel()
	var d doors
	const streams = 2
	var inside, alone [streams]atomic.Int32
	var through atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range 500 {
				n, single := r.IntN(streams), r.IntN(4) == 0
				ctx, cancel := context.WithCancel(t.Context())
				if r.IntN(3) == 0 {
					go cancel()
				}
				leave, err := d.enter(ctx, domain.StreamID(fmt.Sprint(n)), single)
				if err == nil {
					through.Add(1)
					if single {
						alone[n].Add(1)
					}
					if now := inside[n].Add(1); alone[n].Load() > 0 && now != 1 {
						t.Errorf("%d are inside with one who is alone", now)
					}
					runtime.Gosched()
					if alone[n].Load() > 0 && !single {
						t.Error("somebody shut the door on others")
					}
					inside[n].Add(-1)
					if single {
						alone[n].Add(-1)
					}
					leave()
				}
				cancel()
			}
		})
	}
	all.Wait()
	require.Empty(t, d.at)
	require.Positive(t, through.Load())
}

func BenchmarkDoors(b *testing.B) {
	var d doors
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			leave, err := d.enter(context.Background(), "dialogue-dl_1", false)
			if err != nil {
				b.Fatal(err)
			}
			leave()
		}
	})
}
