package verify

import (
	"context"
	"fmt"

	"daybook.internal/replay"
	"daybook.internal/replay/adjudicate"
)

// court has every event decided again from the state before it.
type court struct {
	*runner
	*adjudicate.Court
	lost string // why it cannot go on
}

func newCourt(r *runner) *court { return &court{runner: r, Court: r.court} }

func (c *court) checks() []string { return []string{checkRules} }

func (c *court) take(ctx context.Context, b *batch) {
	if c.lost != "" {
		return
	}
	err := c.Try(ctx, b.prepared, func(v *adjudicate.Violation) {
		if v.Finding != replay.Revision { // found where streams are looked at
			c.find(checkRules, v.Finding, fmt.Sprintf("event %d (%s)", v.Seq, v.Stream), "%s: %s", v.Type, v.Detail)
		}
	})
	if err != nil {
		c.lost = err.Error()
		return
	}
	c.count(checkRules, uint64(len(b.facts)))
}

func (c *court) end(_ context.Context, why string) {
	if c.lost != "" {
		why = c.lost
	}
	if why != "" {
		c.notDone(checkRules, "%s", why)
		return
	}
	c.passed(checkRules, "")
}
