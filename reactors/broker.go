package reactors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	watermillnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"daybook.internal/ledger"
)

// Publishing is what a receiver sends by that is a broker behind any Watermill publisher: each message is published alone, and the next one after the publisher has returned. So
// it is in order, and at least once, if the publisher returns nil only for what the broker has kept. subject names the topic of an event.
func Publishing(p message.Publisher, subject func(ledger.Entry) string) func(context.Context, ledger.Entry, *message.Message) error {
	return func(_ context.Context, e ledger.Entry, m *message.Message) error {
		if err := p.Publish(subject(e), m); err != nil {
			return &failure{class: away, why: brokerWords(err)}
		}
		return nil
	}
}

// brokerWords says why a publisher failed. A broker is ours, but what it says may hold an address with what should not be seen.
func brokerWords(err error) string {
	for known, words := range map[error]string{
		nats.ErrNoResponders:           "the broker has no JetStream that takes it",
		nats.ErrNoStreamResponse:       "the broker has no stream for its subject",
		nats.ErrTimeout:                "the broker did not confirm it in time",
		nats.ErrDisconnected:           "the broker cannot be reached",
		nats.ErrConnectionReconnecting: "the broker cannot be reached",
		nats.ErrReconnectBufExceeded:   "the broker cannot be reached",
		nats.ErrHeadersNotSupported:    "the broker cannot be reached", // as no server has said yet what it supports
		nats.ErrConnectionClosed:       "the connection to the broker was closed",
		nats.ErrMaxPayload:             "it is larger than the broker takes",
		context.DeadlineExceeded:       "the broker did not confirm it in time",
	} {
		if errors.Is(err, known) {
			return words
		}
	}
	var api *nats.APIError
	if errors.As(err, &api) {
		return "the broker refused it"
	}
	return "the broker could not take it"
}

// typeInSubject stands for the event's type in a subject.
const typeInSubject = "{type}"

// subjectOf gives the subject of an event. A type has a point in it, so it makes two tokens: ballot-cast.v1.
func subjectOf(pattern string) func(ledger.Entry) string {
	return func(e ledger.Entry) string { return strings.ReplaceAll(pattern, typeInSubject, e.Type) }
}

// natsServer says how a NATS server is reached.
type natsServer struct {
	url         *url.URL
	credentials string // file; empty: none
	roots       *x509.CertPool
	within      time.Duration
}

// publisher makes a publisher to JetStream, which confirms what it has kept and knows what it gets twice by the event's id (Nats-Msg-Id), within the stream's window for that. A server that is away
// is looked for for ever, also at the start; what is published meanwhile fails at once and is not kept for later, as it would come out of turn.
func (s natsServer) publisher() (message.Publisher, error) {
	options := []nats.Option{
		nats.Name("daybook"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1), nats.ReconnectWait(time.Second), nats.Timeout(s.within),
		nats.IgnoreAuthErrorAbort(), // it may be set right there
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if s.credentials != "" {
		options = append(options, nats.UserCredentials(s.credentials))
	}
	if s.roots != nil {
		options = append(options, nats.Secure(&tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}))
	}
	return watermillnats.NewPublisher(watermillnats.PublisherConfig{
		URL: s.url.String(), NatsOptions: options,
		JetStream: watermillnats.JetStreamConfig{TrackMsgId: true, ConnectOptions: []nats.JSOpt{nats.MaxWait(s.within)}},
	}, nil)
}

// lazy is a publisher that is made when it is first needed. A configuration can be read without a connection to anybody.
type lazy struct {
	make func() (message.Publisher, error)

	mu   sync.Mutex
	made message.Publisher // guarded by mu
}

// Publish is that of message.Publisher.
func (l *lazy) Publish(topic string, messages ...*message.Message) error {
	p, err := l.get()
	if err != nil {
		return err
	}
	return p.Publish(topic, messages...)
}

func (l *lazy) get() (message.Publisher, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		p, err := l.make()
		if err != nil { // then p may be a nil pointer, and no nil
			return nil, err
		}
		l.made = p
	}
	return l.made, nil
}

// Close is that of message.Publisher.
func (l *lazy) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		return nil
	}
	return l.made.Close()
}
