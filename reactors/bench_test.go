package reactors

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// These benchmarks measure one message, from the ledger to its acknowledgement, beside the floors that they stand on: the ledger followed and nothing else, and the same
// request or publication without us. Run them with
//
//	go test -run '^$' -bench . ./reactors
//
// cpu-µs/op is the CPU time of the whole process, both ends of the network included: on a busy machine it is what can be compared.

const benchBody = 400 // bytes of data in an event

func benchLedger(b *testing.B, n int) *sqlite.Ledger {
	l, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{Alone: true})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, l.Close()) })
	data := append(append([]byte(`{"words":"`), bytes.Repeat([]byte{'x'}, benchBody-12)...), `"}`...)
	meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_1", Dialogue: "dl_1", Time: 1, Actor: domain.Actor{Role: domain.Auditor, Principal: "a"}, Command: "c"})
	require.NoError(b, err)
	const each = 1000
	for at := 0; at < n; at += each {
		drafts := make([]ledger.Draft, min(each, n-at))
		for i := range drafts {
			drafts[i] = ledgertest.Draft("c", at+i)
			drafts[i].Meta, drafts[i].Data = meta, data
		}
		_, err := l.Append(b.Context(), "s", uint64(at), drafts...)
		require.NoError(b, err)
	}
	return l
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measured runs what handles b.N messages.
func measured(b *testing.B, run func()) {
	b.ResetTimer()
	before := cpu()
	run()
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// delivered runs reactors until the last of n messages was sent.
func delivered(b *testing.B, l ledger.Reader, n int, r Receiver) {
	done := make(chan struct{})
	send := r.Send
	r.Send = func(ctx context.Context, e ledger.Entry, m *message.Message) error {
		err := send(ctx, e, m)
		if e.Seq == uint64(n-1) {
			close(done)
		}
		return err
	}
	state := openState(b, filepath.Join(b.TempDir(), "reactors.db"))
	reactors, err := Open(b.Context(), Options{Ledger: l, State: state, Receivers: []Receiver{r}})
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	measured(b, func() {
		running.Go(func() { _ = reactors.Run(ctx) })
		<-done
	})
	cancel()
	running.Wait()
	require.NoError(b, reactors.Close())
}

func nowhere(name string, every int) Receiver {
	return Receiver{
		Name: name, Within: time.Second, First: time.Second, Longest: time.Second, Attempts: 3, Refusals: 3, Every: every,
		Send: func(context.Context, ledger.Entry, *message.Message) error { return nil },
	}
}

func BenchmarkMessage(b *testing.B) {
	b.Run("floor: followed", func(b *testing.B) {
		l, n := benchLedger(b, b.N), 0
		measured(b, func() {
			for range l.Follow(b.Context(), ledger.Cursor{}) {
				if n++; n == b.N {
					break
				}
			}
		})
	})
	b.Run("passed over", func(b *testing.B) {
		l := benchLedger(b, b.N)
		r := nowhere("r", 100)
		r.Pick = func(e ledger.Entry) bool { return e.Seq == uint64(b.N-1) }
		delivered(b, l, b.N, r)
	})
	b.Run("feed alone", func(b *testing.B) {
		l := benchLedger(b, b.N)
		s, err := feed.New(feed.Config{Ledger: l, Positions: feed.NewMemory(), Group: "g", Message: leafOf})
		require.NoError(b, err)
		measured(b, func() {
			messages, err := s.Subscribe(b.Context(), topic)
			require.NoError(b, err)
			for range b.N {
				(<-messages).Ack()
			}
		})
		require.NoError(b, s.Close())
	})
	for name, every := range map[string]int{"routed, position each 1": 1, "routed, position each 20": 20, "routed, position each 100": 100, "routed, position each 1000": 1000} {
		b.Run(name, func(b *testing.B) { delivered(b, benchLedger(b, b.N), b.N, nowhere("r", every)) })
	}
}

func BenchmarkWebhook(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	b.Run("floor: posted", func(b *testing.B) {
		body := leafOf(ledger.Entry{Record: domain.Record{Stream: "s", Type: "t", Meta: []byte(`{"a":1}`), Data: bytes.Repeat([]byte{'x'}, benchBody+130)}}).Payload
		measured(b, func() {
			for range b.N {
				answer, err := s.Client().Post(s.URL, contentType, bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				_ = answer.Body.Close()
			}
		})
	})
	b.Run("delivered", func(b *testing.B) {
		h := hook(b, "r", s.URL)
		h.Every = 20
		delivered(b, benchLedger(b, b.N), b.N, h)
	})
}

func BenchmarkNATS(b *testing.B) {
	s := natsAt(b, b.TempDir(), -1)
	defer stopNATS(s)
	makeStream(b, s)
	b.Run("floor: published", func(b *testing.B) {
		c, err := nats.Connect(s.ClientURL())
		require.NoError(b, err)
		defer c.Close()
		js, err := c.JetStream()
		require.NoError(b, err)
		body := bytes.Repeat([]byte{'x'}, benchBody+300)
		measured(b, func() {
			for range b.N {
				if _, err := js.Publish("daybook.x", body); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("delivered", func(b *testing.B) {
		r, err := Source{Path: writeConfig(b, `{"brokers": [{"name": "bus", "nats": {"url": "`+s.ClientURL()+`", "subject": "daybook.{type}"}}]}`)}.Read()
		require.NoError(b, err)
		delivered(b, benchLedger(b, b.N), b.N, r[0])
	})
}
