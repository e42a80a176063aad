package verify

import (
	"context"

	"daybook.internal/domain"
)

// A Judge decides each event again.
type Judge interface {
	// Judge tells whether f follows from the events that were shown before. The error is a *Violation if it does not; any other one means that it could not
	// be decided.
	Judge(f domain.Fact) error
}

// court shows every event to a judge.
type court struct {
	*runner
	judge Judge
	lost  bool
}

func newCourt(r *runner) *court { return &court{runner: r} }

func (c *court) checks() []string { return []string{checkRules} }

func (c *court) take(_ context.Context, _ *batch) {
	if c.judge == nil || c.lost {
		return
	}
}

func (c *court) end(_ context.Context, why string) {
	if why != "" {
		c.notDone(checkRules, "%s", why)
		return
	}
	c.notDone(checkRules, "this program cannot do it yet")
}
