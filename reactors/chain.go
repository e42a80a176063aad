package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"daybook.internal/ledger/feed"
)

// chain is what stands around an attempt, from the outside to the inside:
//
//	Recoverer      whatever panics in here is an error, and the message comes again
//	Timeout        a bound on everything that follows, which nothing should come to
//	CorrelationID  Watermill's custom; messages that follow from this one would bear its id
//	Throttle       where the receiver is to get no more than so many in a second
//	PoisonQueue    what is given up is parked, and the next message gets its turn. It stands around Retry: inside, every first failure would be parked
//	Retry          waits, longer each time, and tries again while there are attempts left
//
// Delays are drawn at random around their length, so that many messages for one receiver that was away do not come at the same time. Nothing that is replayed depends on them.
func (r *receiver) chain(throttle message.HandlerMiddleware, parking message.Publisher) ([]message.HandlerMiddleware, error) {
	poison, err := middleware.PoisonQueueWithFilter(parking, Parked, isGivenUp)
	if err != nil {
		return nil, err
	}
	return []message.HandlerMiddleware{middleware.Recoverer, middleware.Timeout(r.bound()), middleware.CorrelationID, throttle, poison, r.retry().Middleware}, nil
}

// throttle lets so many messages pass in a second, all told.
func (r *receiver) throttle() message.HandlerMiddleware {
	if r.PerSecond <= 0 {
		return func(h message.HandlerFunc) message.HandlerFunc { return h }
	}
	return middleware.NewThrottle(int64(r.PerSecond), time.Second).Middleware
}

// retry waits and tries again. The middleware takes two steps of its back-off for each attempt, one of them to tell ShouldRetry, so a step is the root of what is wanted.
func (r *receiver) retry() middleware.Retry {
	return middleware.Retry{
		MaxRetries: math.MaxInt32, InitialInterval: time.Duration(float64(r.First) / math.Sqrt2), MaxInterval: r.Longest, Multiplier: math.Sqrt2, RandomizationFactor: 0.2,
		ShouldRetry: func(p middleware.RetryParams) bool {
			var f *failure
			return errors.As(p.Err, &f) && f.again
		},
	}
}

// bound is how long one message may take in all, with room to spare.
func (r *receiver) bound() time.Duration {
	const most = 365 * 24 * time.Hour
	each := 2 * (r.Within + r.Longest)
	if r.Attempts == 0 || time.Duration(r.Attempts) > most/each {
		return most
	}
	return time.Duration(r.Attempts) * each
}

// isGivenUp tells whether a message is to be parked: no attempt is left. Where we stop, or the receiver is stopped, the message is as it was.
func isGivenUp(err error) bool {
	var f *failure
	return errors.As(err, &f) && !f.again
}

// parking is the message.Publisher that parks what is published to it.
type parking struct {
	*receiver
	again bool // what comes was parked before
	limit int
}

// Publish parks messages.
func (p parking) Publish(_ string, messages ...*message.Message) error {
	for _, m := range messages {
		e, ok := feed.Entry(m.Context())
		if !ok {
			return errors.New("a message that is about no record")
		}
		ctx := context.WithoutCancel(m.Context())
		why := m.Metadata.Get(middleware.ReasonForPoisonedKey)
		err := p.state.park(ctx, p.Name, e, p.again, p.limit, p.now(), why)
		if errors.Is(err, errFull) {
			return p.stop(ctx, fmt.Sprintf("%d messages are parked; the last one that was not delivered: %s", p.limit, why))
		}
		if err != nil {
			return err
		}
		p.counts.parked.Add(1)
		p.log.Warn("parked", slog.Uint64("seq", e.Seq), slog.String("why", why))
	}
	return nil
}

// Close does nothing.
func (parking) Close() error { return nil }

// quiet is what Watermill may say: what failed and is told nowhere else.
type quiet struct{ log *slog.Logger }

var _ watermill.LoggerAdapter = quiet{}

// Error logs.
func (q quiet) Error(msg string, err error, fields watermill.LogFields) {
	var f *failure
	if errors.Is(err, errStopped) || errors.Is(err, context.Canceled) || errors.As(err, &f) {
		return // told by the receiver
	}
	q.log.Error(msg, slog.Any("error", err), slog.Any("receiver", fields["handler_name"]))
}

// Info says nothing.
func (quiet) Info(string, watermill.LogFields) {}

// Debug says nothing.
func (quiet) Debug(string, watermill.LogFields) {}

// Trace says nothing.
func (quiet) Trace(string, watermill.LogFields) {}

// With is q.
func (q quiet) With(watermill.LogFields) watermill.LoggerAdapter { return q }
