package reactors

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
)

// childEnv makes this program a child of itself that delivers until it is killed.
const childEnv = "DAYBOOK_TEST_DELIVERS_TO"

func TestMain(m *testing.M) {
	if to := os.Getenv(childEnv); to != "" {
		fmt.Fprintln(os.Stderr, deliverTo(to))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// deliverTo delivers the ledger in the working directory to an address. Behind its n-th delivery, where the arguments name one, it dies: before anything of it is committed.
func deliverTo(to string) error {
	ctx := context.Background()
	l, err := sqlite.Open(ctx, "ledger.db", sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	state, err := OpenState(ctx, "reactors.db", false)
	if err != nil {
		return err
	}
	h := hook(&testing.T{}, "press", to)
	dieAt, _ := strconv.Atoi(os.Args[len(os.Args)-1])
	send, sent := h.Send, 0
	h.Send = func(ctx context.Context, e ledger.Entry, m *message.Message) error {
		err := send(ctx, e, m)
		if sent++; sent == dieAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return err
	}
	r, err := Open(ctx, Options{Ledger: l, State: state, Receivers: []Receiver{h}, Look: time.Millisecond})
	if err != nil {
		return err
	}
	return r.Run(ctx)
}

// TestKilled kills a process that delivers, again and again, at moments that are drawn, or between a delivery and its commit: every message was taken or is parked, in order, and none was
// skipped. What comes twice is no more than was said.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, rand.Uint64()} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			l, err := sqlite.Open(t.Context(), filepath.Join(dir, "ledger.db"), sqlite.Options{})
			require.NoError(t, err)
			defer func() { require.NoError(t, l.Close()) }()
			const n = 300
			add(t, l, 0, n/2)
			d := newDesk(t, l)
			refused := map[uint64]bool{}
			for range 6 {
				refused[chance.Uint64N(n)] = true
			}
			d.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, attempt int) {
				switch {
				case refused[seq]:
					w.WriteHeader(http.StatusUnprocessableEntity)
				case seq%7 == 0 && attempt == 1:
					w.WriteHeader(http.StatusBadGateway)
				default:
					d.take(seq)
				}
			}
			address := d.serve(t)
			go add(t, l, n/2, n)
			kills := 0
			for done := false; !done; kills++ {
				dieAt := 0
				if chance.IntN(4) > 0 {
					dieAt = 1 + chance.IntN(25)
				}
				c := exec.CommandContext(t.Context(), os.Args[0], strconv.Itoa(dieAt))
				c.Dir, c.Env = dir, append(os.Environ(), childEnv+"="+address)
				c.Stderr = os.Stderr
				require.NoError(t, c.Start())
				exited := make(chan error, 1)
				go func() { exited <- c.Wait() }()
				kill := time.After(time.Duration(chance.IntN(200)) * time.Millisecond)
				if dieAt > 0 {
					kill = time.After(time.Minute) // where there is nothing left to deliver, below
				}
				for alive := true; alive; {
					select {
					case <-kill:
						require.NoError(t, c.Process.Kill())
						kill = nil
					case <-exited:
						require.False(t, c.ProcessState.Exited(), "it ended by itself")
						alive = false
					case <-d.came:
						d.mu.Lock()
						done = d.attempts[n-1] > 2 || slices.Contains(d.taken, n-1)
						d.mu.Unlock()
						if done {
							kill = time.After(time.Duration(chance.IntN(50)) * time.Millisecond)
						}
					}
				}
			}
			// The last one is left alone until it has come to the end.
			state := openState(t, filepath.Join(dir, "reactors.db"))
			_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", address)}})
			await(t, "all is dealt with", func() bool { return standing(t, state, "press").Position == n })
			stop()
			parked := map[uint64]bool{}
			for _, tr := range troubles(t, state, "press") {
				require.Equal(t, Parked, tr.State)
				parked[tr.Seq] = true
			}
			require.Equal(t, refused, parked)
			next, twice := uint64(0), 0
			for _, seq := range d.taken {
				for ; parked[next]; next++ {
				}
				require.LessOrEqual(t, seq, next, "one was skipped")
				if seq < next {
					twice++
					continue
				}
				next++
			}
			for ; parked[next]; next++ {
			}
			require.Equal(t, uint64(n), next)
			require.LessOrEqual(t, twice, kills*(3+1), "three are owed at most, and one was on its way")
			t.Logf("%d kills, %d of %d came twice", kills, twice, n)
		})
	}
}
