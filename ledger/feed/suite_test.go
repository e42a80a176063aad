package feed_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// appender is a message.Publisher that appends: a topic is a stream, a message an event. It is what Watermill's suite publishes with, and nothing else.
type appender struct {
	ledger   ledger.Ledger
	versions *versions
}

// versions knows how long the streams are, so that a publisher need not read them.
type versions struct {
	mu sync.Mutex
	of map[domain.StreamID]uint64
}

// envelope is a message as the meta of an event.
type envelope struct {
	UUID     string
	Metadata message.Metadata
}

func (a appender) Publish(topic string, messages ...*message.Message) error {
	stream := domain.StreamID(topic)
	for _, m := range messages {
		meta, err := json.Marshal(envelope{m.UUID, m.Metadata})
		if err != nil {
			return err
		}
		d := ledger.Draft{ID: domain.NewEventID(m.UUID, stream, 0), Type: "tested.v1", Meta: meta, Data: m.Payload}
		for conflict := (*ledger.ConflictError)(nil); ; {
			a.versions.mu.Lock()
			version := a.versions.of[stream]
			a.versions.mu.Unlock()
			if conflict != nil {
				version = conflict.Actual
			}
			_, err := a.ledger.Append(m.Context(), stream, version, d)
			if err == nil {
				a.versions.mu.Lock()
				a.versions.of[stream] = max(a.versions.of[stream], version+1)
				a.versions.mu.Unlock()
				break
			}
			if !errors.As(err, &conflict) {
				return err
			}
		}
	}
	return nil
}

func (appender) Close() error { return nil }

// picks tells whether a record is in the stream of a topic.
func picks(topic string, e ledger.Entry) bool { return e.Stream == domain.StreamID(topic) }

// opened makes the message of an event that an appender has written.
func opened(e ledger.Entry) *message.Message {
	var in envelope
	if err := json.Unmarshal(e.Meta, &in); err != nil {
		panic(err)
	}
	m := message.NewMessage(in.UUID, e.Data)
	m.Metadata = in.Metadata
	return m
}

func ledgers(t *testing.T) map[string]ledger.Ledger {
	l, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return map[string]ledger.Ledger{"memory": ledgertest.NewMemory(), "sqlite": l}
}

// TestUniversal runs Watermill's own suite, which every Pub/Sub is to pass, over two ledgers. Each of its publishers and subscribers is one of its own; what they share is
// the ledger and the positions, as processes would.
func TestUniversal(t *testing.T) {
	t.Parallel()
	for name, l := range ledgers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			positions, known := feed.NewMemory(), &versions{of: map[domain.StreamID]uint64{}}
			group := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
				s, err := feed.New(feed.Config{
					Ledger: l, Positions: positions, Group: group, Pick: picks, Message: opened, Every: 10, Pause: time.Millisecond,
				})
				require.NoError(t, err)
				return appender{l, known}, s
			}
			tests.TestPubSub(t, tests.Features{ConsumerGroups: true, GuaranteedOrder: true, Persistent: true},
				func(t *testing.T) (message.Publisher, message.Subscriber) { return group(t, "test") }, group)
		})
	}
}

// TestFanOut is the one test of the suite that needs subscribers without a group, each of which gets everything: here, each with a group of its own. (TestReconnect restarts a
// server; there is none here, and TestNothingIsLeftOut breaks what there is.)
func TestFanOut(t *testing.T) {
	t.Parallel()
	for name, l := range ledgers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			positions, known := feed.NewMemory(), &versions{of: map[domain.StreamID]uint64{}}
			tests.TestNewSubscriberReceivesOldMessages(t, tests.TestContext{
				TestID:   tests.NewTestID(),
				Features: tests.Features{GuaranteedOrder: true, Persistent: true, NewSubscriberReceivesOldMessages: true},
			}, func(t *testing.T) (message.Publisher, message.Subscriber) {
				s, err := feed.New(feed.Config{Ledger: l, Positions: positions, Group: rand.Text(), Pick: picks, Message: opened, Pause: time.Millisecond})
				require.NoError(t, err)
				return appender{l, known}, s
			})
		})
	}
}
