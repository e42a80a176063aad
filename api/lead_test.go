package api_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
)

// A server that stands by serves what there is, and runs no command; one that may not go on in the middle of a command says so.
func TestStandingBy(t *testing.T) {
	t.Parallel()
	leads, lost := false, false
	n := newNode(t, func(n *node) {
		n.Lead = func(ctx context.Context) (context.Context, func(), bool) {
			ctx, done := context.WithCancel(ctx)
			if lost {
				done()
			}
			return ctx, done, leads
		}
	})
	records := func() (count int) {
		for _, err := range n.memory.All(t.Context(), ledger.Cursor{}) {
			require.NoError(t, err)
			count++
		}
		return count
	}
	head := records()
	require.Equal(t, 200, n.get("/v1/views/country").StatusCode)
	for range 2 {
		a := n.post("open-edition", "k", edition)
		requireProblem(t, a, 503, "standing-by")
		require.Equal(t, "5", a.Header.Get("Retry-After"))
		requireProblem(t, n.do("POST", "/v1/commands", "{}\n", "Content-Type", "application/x-ndjson"), 503, "standing-by")
	}
	require.NotContains(t, n.log.String(), "level=ERROR", "which is nothing wrong")
	leads, lost = true, true
	requireProblem(t, n.post("open-edition", "k", edition), 503, "interrupted")
	require.Equal(t, head, records())
	lost = false
	require.Equal(t, 201, n.post("open-edition", "k", edition).StatusCode)
}
