package reactors

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
)

// natsAt runs a NATS server with JetStream in this process, on a port of its own or a given one.
func natsAt(t testing.TB, dir string, port int) *server.Server {
	return natsWith(t, &server.Options{Host: "127.0.0.1", Port: port, StoreDir: dir})
}

func natsWith(t testing.TB, o *server.Options) *server.Server {
	o.JetStream, o.NoSigs, o.NoLog = true, true, true
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(30*time.Second))
	return s
}

func stopNATS(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// published are the messages in a stream of a NATS server.
func published(t testing.TB, s *server.Server, options ...nats.Option) []*nats.RawStreamMsg {
	c, err := nats.Connect(s.ClientURL(), options...)
	require.NoError(t, err)
	defer c.Close()
	js, err := c.JetStream()
	require.NoError(t, err)
	info, err := js.StreamInfo("daybook")
	require.NoError(t, err)
	var all []*nats.RawStreamMsg
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		m, err := js.GetMsg("daybook", seq)
		require.NoError(t, err)
		all = append(all, m)
	}
	return all
}

func makeStream(t testing.TB, s *server.Server, options ...nats.Option) {
	c, err := nats.Connect(s.ClientURL(), options...)
	require.NoError(t, err)
	defer c.Close()
	js, err := c.JetStream()
	require.NoError(t, err)
	_, err = js.AddStream(&nats.StreamConfig{Name: "daybook", Subjects: []string{"daybook.>"}})
	require.NoError(t, err)
}

// TestNATS: all events reach a stream, under their ids and in order, with nothing missing while the server or its stream is away, and nothing doubled.
func TestNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := natsAt(t, filepath.Join(dir, "nats"), -1)
	port := s.Addr().(*net.TCPAddr).Port
	stopNATS(s)
	l, state := ledgertest.NewMemory(), openState(t, filepath.Join(dir, "reactors.db"))
	add(t, l, 0, 30)
	r, err := Source{Path: writeConfig(t, fmt.Sprintf(
		`{"brokers": [{"name": "bus", "first": "10ms", "longest": "100ms", "timeout": "2s", "nats": {"url": "nats://127.0.0.1:%d", "subject": "daybook.{type}"}}]}`, port))}.Read()
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("nats://127.0.0.1:%d", port), r[0].To)
	log := &words{}
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: r, Log: log.log()})
	why := func() string {
		if st := standing(t, state, "bus"); st.Trying != nil {
			return st.Trying.Why
		}
		return ""
	}
	await(t, "it is away", func() bool { return why() == "the broker cannot be reached" })
	s = natsAt(t, filepath.Join(dir, "nats"), port)
	await(t, "it has no stream", func() bool { return why() == "the broker has no stream for its subject" })
	makeStream(t, s)
	await(t, "it has all", func() bool { return standing(t, state, "bus").Position == 30 })

	// It is killed and comes back in the midst of more.
	for round := range 3 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			add(t, l, 30+100*round, 130+100*round)
		}()
		stopNATS(s)
		s = natsAt(t, filepath.Join(dir, "nats"), port)
		<-done
	}
	await(t, "it has all", func() bool { return standing(t, state, "bus").Position == 330 })
	stop()
	all := published(t, s)
	stopNATS(s)
	require.Len(t, all, 330)
	for i, m := range all {
		e := ledger.Entry{}
		for e = range l.All(t.Context(), ledger.Cursor{Seq: uint64(i)}) {
			break
		}
		require.Equal(t, string(notary.AppendLeaf(nil, e.Record)), string(m.Data))
		require.Equal(t, e.ID.String(), m.Header.Get(nats.MsgIdHdr))
		require.Equal(t, fmt.Sprint(i), m.Header.Get("seq"))
		require.Equal(t, "daybook.tested.v1", m.Subject)
		require.Equal(t, contentType, m.Header.Get("content-type"))
	}
	require.Empty(t, troubles(t, state, "bus"))
	require.Contains(t, log.String(), "delivered again")
}

// TestAnyPublisher: a receiver can be anything that Watermill publishes to.
func TestAnyPublisher(t *testing.T) {
	t.Parallel()
	l := filled(t, 8)
	p := gochannel.NewGoChannel(gochannel.Config{Persistent: true}, nil)
	failing := &failingPublisher{Publisher: p}
	r := Receiver{
		Name: "bus", Kind: "broker", Within: time.Second, First: time.Millisecond, Longest: 5 * time.Millisecond, Close: failing.Close,
		Send: Publishing(failing, func(e ledger.Entry) string { return "events" }),
	}
	messages, err := p.Subscribe(t.Context(), "events")
	require.NoError(t, err)
	state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	_, stop := start(t, Options{Ledger: l, State: state, Receivers: []Receiver{r}})
	for i := range 8 {
		m := <-messages
		require.Equal(t, ledgertest.Draft("c", i).ID.String(), m.UUID)
		require.Equal(t, fmt.Sprint(i), m.Metadata.Get("seq"))
		m.Ack()
	}
	stop()
	require.Equal(t, uint64(8), standing(t, state, "bus").Position)
}

// failingPublisher fails every second time.
type failingPublisher struct {
	message.Publisher
	n int
}

func (f *failingPublisher) Publish(topic string, messages ...*message.Message) error {
	if f.n++; f.n%2 == 1 {
		return errors.New("nats://user:password@host is away")
	}
	return f.Publisher.Publish(topic, messages...)
}

// TestLazy: a publisher that could not be made is made the next time, though the first one was a nil pointer.
func TestLazy(t *testing.T) {
	t.Parallel()
	var none *failingPublisher
	away := errors.New("away")
	made := gochannel.NewGoChannel(gochannel.Config{}, nil)
	n := 0
	l := &lazy{make: func() (message.Publisher, error) {
		if n++; n == 1 {
			return none, away
		}
		return made, nil
	}}
	require.NoError(t, l.Close(), "there is none yet")
	require.ErrorIs(t, l.Publish("events", message.NewMessage("1", nil)), away)
	require.NoError(t, l.Publish("events", message.NewMessage("1", nil)))
	require.NoError(t, l.Publish("events", message.NewMessage("2", nil)))
	require.Equal(t, 2, n)
	require.NoError(t, l.Close())
	require.ErrorContains(t, l.Publish("events", message.NewMessage("3", nil)), "closed")
}

func TestBrokerWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "the broker could not take it", brokerWords(errors.New("nats://user:password@host is away")))
	require.Equal(t, "the broker did not confirm it in time", brokerWords(fmt.Errorf("x: %w", context.DeadlineExceeded)))
	require.Equal(t, "the broker refused it", brokerWords(&nats.APIError{Code: 503, Description: "secret"}))
}
