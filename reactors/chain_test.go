package reactors

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/stretchr/testify/require"
)

// TestWaits: each wait is twice the one before, up to the longest, as the page says.
func TestWaits(t *testing.T) {
	t.Parallel()
	const first, longest, attempts = 1 << 10, 1 << 20, 12 // nanoseconds: nobody waits for this test
	r := &receiver{Receiver: Receiver{First: first, Longest: longest, Attempts: attempts}}
	retry := r.retry()
	var drawn []time.Duration
	retry.ShouldRetry = func(p middleware.RetryParams) bool {
		drawn = append(drawn, p.Delay) // half a step before the wait itself
		return len(drawn) < attempts
	}
	_, err := retry.Middleware(func(*message.Message) ([]*message.Message, error) { return nil, &failure{} })(message.NewMessage("", nil))
	require.Error(t, err)
	require.Len(t, drawn, attempts)
	for i, d := range drawn {
		require.InEpsilon(t, min(first<<i*10/14, longest), int64(d), 0.25, "wait %d", i)
	}
	total := time.Duration(0)
	for i := range defaultAttempts - 1 {
		total += min(defaultFirst<<i, defaultLongest)
	}
	require.Equal(t, 8, int(total.Hours()))
}

// TestBound: nothing that is tried as often as it is said comes to the bound around it.
func TestBound(t *testing.T) {
	t.Parallel()
	for _, r := range []Receiver{
		{Within: 10 * time.Second, Longest: time.Hour, Attempts: 20}, {Within: maxTimeout, Longest: maxLongest, Attempts: maxAttempts}, {Within: time.Second, Longest: time.Second},
	} {
		bound := (&receiver{Receiver: r}).bound()
		require.Greater(t, bound, time.Duration(min(r.Attempts, 300))*(r.Within+r.Longest*6/5))
		require.LessOrEqual(t, bound, 365*24*time.Hour)
	}
}
