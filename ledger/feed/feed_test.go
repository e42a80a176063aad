package feed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
	"daybook.internal/ledger/feed/feedtest"
	"daybook.internal/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	feedtest.Positions(t, func(*testing.T) feed.Positions { return feed.NewMemory() })
}

// filled is a ledger with n records, by turns in two streams.
func filled(t testing.TB, n int) *ledgertest.Memory {
	l := ledgertest.NewMemory()
	for i := range n {
		stream := domain.StreamID([]string{"even", "odd"}[i%2])
		_, err := l.Append(context.Background(), stream, uint64(i/2), ledgertest.Draft("c", i))
		require.NoError(t, err)
	}
	return l
}

func subscribe(t testing.TB, c feed.Config) (*feed.Subscriber, <-chan *message.Message) {
	s, err := feed.New(c)
	require.NoError(t, err)
	messages, err := s.Subscribe(context.Background(), "all")
	require.NoError(t, err)
	return s, messages
}

func seqOf(t require.TestingT, m *message.Message) uint64 {
	e, ok := feed.Entry(m.Context())
	require.True(t, ok)
	require.Equal(t, fmt.Sprint(e.Seq), m.Metadata.Get(feed.Seq))
	require.Equal(t, e.ID.String(), m.UUID)
	return e.Seq
}

// broken fails now and then: its ledger breaks off, its positions are not saved, and once it is dead, nothing is.
type broken struct {
	ledger.Reader
	feed.Positions

	mu    sync.Mutex
	rand  *rand.Rand // guarded by mu, as is what follows
	dead  bool
	saved uint64
}

var errBroken = errors.New("broken on purpose")

func (b *broken) chance(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rand.IntN(n)
}

func (b *broken) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		n := b.chance(12)
		for e, err := range b.Reader.Follow(ctx, after) {
			if n--; n < 0 && err == nil {
				yield(ledger.Entry{}, errBroken)
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (b *broken) Take(ctx context.Context, group, topic string) (feed.Position, error) {
	if b.chance(4) == 0 {
		return nil, errBroken
	}
	p, err := b.Positions.Take(ctx, group, topic)
	return &brokenPosition{p, b}, err
}

type brokenPosition struct {
	feed.Position
	*broken
}

func (p *brokenPosition) Save(ctx context.Context, at ledger.Cursor) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead || p.rand.IntN(4) == 0 {
		return errBroken
	}
	p.saved = at.Seq
	err := p.Position.Save(ctx, at)
	if p.rand.IntN(4) == 0 {
		return errors.Join(err, errBroken) // it was saved, and nobody knows
	}
	return err
}

// TestNothingIsLeftOut: whatever breaks, each message is the one after the last acknowledged, or, where the reader died, the one after what was saved; and that is at most
// Every messages back.
func TestNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	const records = 80
	l := filled(t, records)
	for _, seed := range append([]uint64{1, 2, 3, 4, 5, 6, 7, 8}, rand.Uint64(), rand.Uint64()) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			b := &broken{Reader: l, Positions: feed.NewMemory(), rand: rand.New(rand.NewPCG(seed, 0))}
			every := 1 + b.chance(9)
			for next := uint64(0); next < records; { // the first record that is not acknowledged
				b.dead = false
				s, messages := subscribe(t, feed.Config{Ledger: b, Positions: b, Group: "g", Every: every, After: time.Duration(1+b.chance(2)*1e9) * time.Microsecond, Pause: time.Microsecond})
				require.LessOrEqual(t, next-b.saved, uint64(every), "it owes more than it may")
				next = b.saved
				for alive := 1 + b.chance(30); alive > 0 && next < records; alive-- {
					m := <-messages
					require.Equal(t, next, seqOf(t, m))
					if b.chance(5) == 0 {
						require.True(t, m.Nack())
						continue
					}
					if alive == 1 && b.chance(2) == 0 {
						b.mu.Lock()
						b.dead = true // it dies between the delivery and the commit
						b.mu.Unlock()
					}
					require.True(t, m.Ack())
					next++
				}
				require.NoError(t, s.Close())
				_, open := <-messages
				require.False(t, open)
			}
		})
	}
}

// TestOneReader: of two subscriptions of a group, the second gets nothing while the first one is there, and goes on where it stood. Another group gets everything.
func TestOneReader(t *testing.T) {
	t.Parallel()
	l, positions := filled(t, 20), feed.NewMemory()
	c := feed.Config{Ledger: l, Positions: positions, Group: "g"}
	s, first := subscribe(t, c)
	for want := range uint64(7) {
		m := <-first
		require.Equal(t, want, seqOf(t, m))
		m.Ack()
	}
	standby, second := subscribe(t, c)
	m := <-first
	require.Equal(t, uint64(7), seqOf(t, m))
	select {
	case <-second:
		t.Fatal("two read for one group")
	default:
	}
	other, all := subscribe(t, feed.Config{Ledger: l, Positions: positions, Group: "h"})
	require.Equal(t, uint64(0), seqOf(t, <-all))
	require.NoError(t, s.Close())
	require.ErrorIs(t, m.Context().Err(), context.Canceled)
	require.Equal(t, uint64(7), seqOf(t, <-second), "it was not acknowledged")
	require.NoError(t, errors.Join(standby.Close(), other.Close()))
	_, err := s.Subscribe(t.Context(), "all")
	require.ErrorIs(t, err, feed.ErrClosed)
}

// TestPick: what a topic does not hold costs no message, and is not looked at again.
func TestPick(t *testing.T) {
	t.Parallel()
	l, positions := filled(t, 101), feed.NewMemory()
	c := feed.Config{Ledger: l, Positions: positions, Group: "g", After: time.Hour, Pick: func(topic string, e ledger.Entry) bool {
		require.Equal(t, "all", topic)
		return e.Stream == "odd" && e.Seq > 90
	}}
	s, messages := subscribe(t, c)
	for _, want := range []uint64{91, 93, 95, 97, 99} {
		m := <-messages
		require.Equal(t, want, seqOf(t, m))
		m.Ack()
	}
	require.NoError(t, s.Close())
	p, err := positions.Take(t.Context(), "g", "all")
	require.NoError(t, err)
	defer p.Release()
	require.GreaterOrEqual(t, p.At().Seq, uint64(100))
}

// TestSavedAfterAWhile: a position does not wait for the end where little happens.
func TestSavedAfterAWhile(t *testing.T) {
	t.Parallel()
	saves := make(chan uint64)
	positions := savedTo{feed.NewMemory(), saves}
	s, messages := subscribe(t, feed.Config{Ledger: filled(t, 3), Positions: positions, Group: "g", Every: 1000, After: time.Millisecond})
	for range 3 {
		(<-messages).Ack()
	}
	for <-saves != 3 {
	}
	require.NoError(t, s.Close())
}

type savedTo struct {
	feed.Positions
	saves chan<- uint64
}

func (s savedTo) Take(ctx context.Context, group, topic string) (feed.Position, error) {
	p, err := s.Positions.Take(ctx, group, topic)
	return savingTo{p, s.saves}, err
}

type savingTo struct {
	feed.Position
	saves chan<- uint64
}

func (s savingTo) Save(ctx context.Context, at ledger.Cursor) error {
	s.saves <- at.Seq
	return s.Position.Save(ctx, at)
}

// TestGrace: what is being handled when the end comes may still be acknowledged.
func TestGrace(t *testing.T) {
	t.Parallel()
	l, positions := filled(t, 2), feed.NewMemory()
	s, messages := subscribe(t, feed.Config{Ledger: l, Positions: positions, Group: "g", Grace: time.Minute})
	m := <-messages
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	<-m.Context().Done()
	m.Ack()
	require.NoError(t, <-closed)
	again, messages := subscribe(t, feed.Config{Ledger: l, Positions: positions, Group: "g"})
	require.Equal(t, uint64(1), seqOf(t, <-messages))
	require.NoError(t, again.Close())
}

// TestNoGoingOn: a position that is no place in the ledger ends the subscription, and it is said why.
func TestNoGoingOn(t *testing.T) {
	t.Parallel()
	positions := feed.NewMemory()
	p, err := positions.Take(t.Context(), "g", "all")
	require.NoError(t, err)
	require.NoError(t, p.Save(t.Context(), ledger.Cursor{Seq: 9}))
	p.Release()
	var words bytes.Buffer
	s, messages := subscribe(t, feed.Config{Ledger: filled(t, 2), Positions: positions, Group: "g", Log: slog.New(slog.NewTextHandler(&words, nil))})
	_, open := <-messages
	require.False(t, open)
	require.NoError(t, s.Close())
	require.Regexp(t, `level=ERROR msg="feed ended" group=g topic=all error="after 9 records: .*`+ledger.ErrCursor.Error(), words.String())
}

func TestMessage(t *testing.T) {
	t.Parallel()
	id := domain.NewEventID("c", "s", 0)
	meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_1", Time: 1, Actor: domain.Actor{Role: domain.Auditor, Principal: "a"}, Command: "c", Correlation: "room 3"})
	require.NoError(t, err)
	e := ledger.Entry{Record: domain.Record{Seq: 12, Stream: "ballot-d/p", Revision: 3, ID: id, Type: "ballot-cast.v1", Meta: meta, Data: []byte(`{"a":1}`)}}
	m := feed.Message(e)
	require.Equal(t, id.String(), m.UUID)
	require.Equal(t, `{"a":1}`, string(m.Payload))
	require.Equal(t, message.Metadata{"type": "ballot-cast.v1", "stream": "ballot-d/p", "revision": "3", "seq": "12", "correlation_id": "room 3"}, m.Metadata)
	m.Payload[0] = 'x'
	require.Equal(t, `{"a":1}`, string(feed.Message(e).Payload), "it may come again")
	_, ok := feed.Entry(t.Context())
	require.False(t, ok)
	_, err = feed.New(feed.Config{Ledger: ledgertest.NewMemory(), Positions: feed.NewMemory()})
	require.ErrorContains(t, err, "group")
}
