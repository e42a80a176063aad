package reactors

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

// TestDelivered: everything comes in order, what was there and what comes later; started again, it goes on behind the last one.
func TestDelivered(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 10), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	d := newDesk(t, l)
	o := Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}}
	r, stop := start(t, o)
	d.hasAll(10)
	add(t, l, 10, 15)
	d.hasAll(15)
	stop()
	require.Equal(t, uint64(15), standing(t, state, "press").Position, "a proper end saves")
	require.Equal(t, []Count{{Receiver: "press", Kind: "webhook", Delivered: 15}}, r.Counts())
	add(t, l, 15, 20)
	_, stop = start(t, o)
	d.hasAll(20)
	stop()
	require.Len(t, d.order, 20, "nothing came twice")
	require.Empty(t, troubles(t, state, "press"))
}

// TestRetried: what a receiver does not take now, it is given again, and nothing overtakes it.
func TestRetried(t *testing.T) {
	t.Parallel()
	l := filled(t, 12)
	d := newDesk(t, l)
	d.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, n int) {
		if status := []int{503, 500, 429, 302}[seq%4]; n <= int(seq)%3 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			return
		}
		d.take(seq)
	}
	log := &words{}
	state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}, Log: log.log()})
	d.hasAll(12)
	stop()
	var want []uint64
	for seq := range uint64(12) {
		want = append(want, slices.Repeat([]uint64{seq}, int(seq%3)+1)...)
	}
	require.Equal(t, want, d.order)
	require.Empty(t, troubles(t, state, "press"))
	require.Contains(t, log.String(), `msg="not delivered" receiver=press to=http://127.0.0.1`)
	require.Contains(t, log.String(), `msg="delivered again"`)
	require.NotContains(t, log.String(), "/hook")
}

// TestParked: what is refused again and again is parked, and the others go on. It can be tried again, or dropped.
func TestParked(t *testing.T) {
	t.Parallel()
	l := filled(t, 9)
	d := newDesk(t, l)
	refuse := true
	d.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, _ int) {
		d.mu.Lock()
		no := refuse && seq%4 == 1
		d.mu.Unlock()
		if no {
			http.Error(w, "\x1b[31mno, and here is a secret\x07", http.StatusUnprocessableEntity)
			return
		}
		d.take(seq)
	}
	log := &words{}
	state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}, Log: log.log()})
	d.has(func(taken []uint64) bool { return slices.Equal(taken, []uint64{0, 2, 3, 4, 6, 7, 8}) })
	got := troubles(t, state, "press")
	require.Len(t, got, 2)
	for i, seq := range []uint64{1, 5} {
		require.Equal(t, seq, got[i].Seq)
		require.Equal(t, "tested.v1", got[i].Type)
		require.Equal(t, ledgertest.Draft("c", int(seq)).ID, got[i].Event)
		require.Equal(t, []any{Parked, 3, 3, "it answered 422"}, []any{got[i].State, got[i].Attempts, got[i].Refusals, got[i].Why})
		require.Equal(t, 3, d.tried(seq))
	}
	require.NotContains(t, log.String(), "secret")

	// Tried again while it still says no, it is parked again; the other one is left alone.
	_, err := state.Replay(t.Context(), "press", 1)
	require.NoError(t, err)
	await(t, "it is parked again", func() bool { return d.tried(1) == 6 && troubles(t, state, "press")[0].State == Parked })
	require.Equal(t, 3, d.tried(5))
	d.mu.Lock()
	refuse = false
	d.mu.Unlock()
	_, err = state.Replay(t.Context(), "press")
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 5}, d.has(func(taken []uint64) bool { return len(taken) == 9 })[7:])
	await(t, "nothing is in trouble", func() bool { return len(troubles(t, state, "press")) == 0 })
	stop()
	require.Equal(t, 7, d.tried(1))
	require.Equal(t, uint64(9), standing(t, state, "press").Position)
}

// TestParkedWithThePosition: what was parked is not tried again after a crash, and nothing is skipped: both stand in one commit.
func TestParkedWithThePosition(t *testing.T) {
	t.Parallel()
	l := filled(t, 3)
	d := newDesk(t, l)
	d.answer = func(w http.ResponseWriter, _ *http.Request, _ uint64, _ int) { w.WriteHeader(http.StatusTeapot) }
	state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	h := hook(t, "press", d.serve(t))
	h.Every = 1000
	start(t, Options{Ledger: l, State: state, Receivers: []Receiver{h}})
	await(t, "all are parked", func() bool {
		return len(troubles(t, state, "press")) == 3 && troubles(t, state, "press")[2].State == Parked
	})
	require.Equal(t, uint64(3), standing(t, state, "press").Position, "without a save")
}

// TestStopped: a receiver that is gone, or for whom too much is parked, gets nothing any more, and misses nothing.
func TestStopped(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"gone": http.StatusGone, "full": http.StatusNotFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := filled(t, 12)
			d := newDesk(t, l)
			away := true
			d.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, _ int) {
				d.mu.Lock()
				no := away && seq >= 4
				d.mu.Unlock()
				if no {
					w.WriteHeader(status)
					return
				}
				d.take(seq)
			}
			state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
			o := Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}, Parked: 2}
			r, stop := start(t, o)
			await(t, "it is stopped", func() bool { return standing(t, state, "press").Stopped != "" })
			require.True(t, r.Counts()[0].Stopped)
			want := map[string]string{"gone": "it answered 410", "full": "2 messages are parked; the last one that was not delivered: it answered 404"}
			require.Equal(t, want[name], standing(t, state, "press").Stopped)
			stop()
			tried := len(d.order)
			_, stop = start(t, o)
			defer stop()
			d.mu.Lock()
			require.Len(t, d.order, tried, "it is still stopped after a start")
			away = false
			d.mu.Unlock()
			parked := 0
			if name == "full" {
				n, err := state.Drop(t.Context(), "press", 4)
				require.NoError(t, err)
				require.Equal(t, 1, n)
				parked = 1
			}
			require.NoError(t, state.Resume(t.Context(), "press"))
			taken := d.has(func(taken []uint64) bool { return slices.Contains(taken, 11) })
			require.Len(t, troubles(t, state, "press"), parked)
			if name == "full" {
				require.Equal(t, []uint64{0, 1, 2, 3, 6, 7, 8, 9, 10, 11}, taken)
				return
			}
			require.Equal(t, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, taken)
		})
	}
}

// TestRetryAfter: a receiver that asks for time gets it, as far as it is heard.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	w := &webhook{longest: time.Hour, now: func() time.Time { return time.Unix(1000, 0) }}
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-5": 0, "999999999": time.Hour, "99999999999999999999": 0, "soon": 0, time.Unix(1060, 0).UTC().Format(http.TimeFormat): time.Minute,
		time.Unix(900, 0).UTC().Format(http.TimeFormat): 0, time.Unix(1e9, 0).UTC().Format(http.TimeFormat): time.Hour,
	} {
		require.Equal(t, want, w.asked(header), header)
	}
	l := filled(t, 2)
	d := newDesk(t, l)
	d.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, n int) {
		if n == 1 {
			w.Header().Set("Retry-After", "3600") // far more than the longest wait of this receiver
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		d.take(seq)
	}
	start(t, Options{Ledger: l, Receivers: []Receiver{hook(t, "press", d.serve(t))}})
	d.hasAll(2)
}

// TestBeginsWhereItIsSaid: a receiver may begin with what comes after its first start; after that, the state says where it stands.
func TestBeginsWhereItIsSaid(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 5), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	d := newDesk(t, l)
	h := hook(t, "press", d.serve(t))
	h.Now = true
	o := Options{Ledger: l, State: state, Receivers: []Receiver{h}}
	_, err := Open(t.Context(), o) // and never run
	require.NoError(t, err)
	add(t, l, 5, 8)
	start(t, o)
	require.Equal(t, []uint64{5, 6, 7}, d.has(func(taken []uint64) bool { return len(taken) == 3 }))
}

// TestPicked: a receiver gets what it asked for, and its position moves on over the rest.
func TestPicked(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 50), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	d := newDesk(t, l)
	h := hook(t, "press", d.serve(t))
	h.Pick = func(e ledger.Entry) bool { return e.Seq%10 == 3 }
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{h}})
	require.Equal(t, []uint64{3, 13, 23, 33, 43}, d.has(func(taken []uint64) bool { return len(taken) == 5 }))
	await(t, "it has passed over the rest", func() bool { return standing(t, state, "press").Position == 50 })
	stop()
}

// TestAnotherLedger: a state that is not of this ledger is refused before anything is sent.
func TestAnotherLedger(t *testing.T) {
	t.Parallel()
	state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	l := filled(t, 9)
	d := newDesk(t, l)
	o := Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}}
	_, stop := start(t, o)
	d.hasAll(9)
	stop()
	o.Ledger = filled(t, 5)
	_, err := Open(t.Context(), o)
	require.ErrorIs(t, err, errLedger)
	require.ErrorContains(t, err, "receiver press stands after 9 records")
}

// TestPanic: a panic while sending is a failure like others.
func TestPanic(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 4), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	d := newDesk(t, l)
	h := hook(t, "press", d.serve(t))
	send := h.Send
	h.Send = func(ctx context.Context, e ledger.Entry, m *message.Message) error {
		if e.Seq == 2 {
			panic("on purpose")
		}
		return send(ctx, e, m)
	}
	log := &words{}
	start(t, Options{Ledger: l, State: state, Receivers: []Receiver{h}, Log: log.log()})
	d.has(func(taken []uint64) bool { return slices.Equal(taken, []uint64{0, 1, 3}) })
	require.Equal(t, "sending it panicked", troubles(t, state, "press")[0].Why)
	require.Contains(t, log.String(), "deliver_test.go")
}

// TestNobody: without a receiver there is nothing to do, until the end.
func TestNobody(t *testing.T) {
	t.Parallel()
	_, stop := start(t, Options{Ledger: filled(t, 3)})
	stop()
}

// TestTLS: an authority of one's own is trusted where the configuration names it, and nowhere else.
func TestTLS(t *testing.T) {
	t.Parallel()
	l := filled(t, 5)
	d := newDesk(t, l)
	s := httptest.NewUnstartedServer(d)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	path := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(path, ca, 0o600))
	configured := func(members string) []Receiver {
		r, err := read(t, fmt.Sprintf(`{"webhooks": [{"name": "press", "url": %q, "secretFiles": ["press.secret"], "allow": ["127.0.0.0/8"]%s}]}`, s.URL, members))
		require.NoError(t, err)
		return r
	}
	err := configured("")[0].Send(t.Context(), entry(0), leafOf(entry(0)))
	require.EqualError(t, err, "its certificate is not accepted")
	start(t, Options{Ledger: l, Receivers: configured(fmt.Sprintf(`, "caFile": %q`, path))})
	d.hasAll(5)
	err = hook(t, "press", strings.Replace(d.serve(t), "http:", "https:", 1)).Send(t.Context(), entry(0), leafOf(entry(0)))
	require.EqualError(t, err, "it speaks no TLS that is accepted")
}

// TestThrottled: perSecond is heard. (How fast is not asserted: that everything comes is.)
func TestThrottled(t *testing.T) {
	t.Parallel()
	l := filled(t, 20)
	d := newDesk(t, l)
	h := hook(t, "press", d.serve(t))
	h.PerSecond = 1000
	start(t, Options{Ledger: l, Receivers: []Receiver{h}})
	d.hasAll(20)
}

// TestStateFails: where nothing can be written down any more, no more is delivered than may come again.
func TestStateFails(t *testing.T) {
	t.Parallel()
	l := filled(t, 100)
	d := newDesk(t, l)
	state, err := OpenState(t.Context(), filepath.Join(t.TempDir(), "reactors.db"), false)
	require.NoError(t, err)
	d.answer = func(_ http.ResponseWriter, _ *http.Request, seq uint64, _ int) {
		if d.take(seq); seq == 20 {
			require.NoError(t, state.Close())
		}
	}
	log := &words{}
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", d.serve(t))}, Log: log.log()})
	await(t, "it stands still", func() bool { return strings.Contains(log.String(), "nothing is handed out until it is") })
	stop()
	require.LessOrEqual(t, len(d.order), 20+3+1)
}
