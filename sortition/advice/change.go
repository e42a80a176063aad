// Package advice says what stands in the way of a draw and what would help: the cheapest relaxation of quotas that makes a panel possible, what one seat more or
// less in a quota would do to the smallest chance, and what is left to draw when people give their seats back. It is pure, and decides nothing: who announced
// the quotas approves their change.
package advice

import (
	"fmt"

	"daybook.internal/sortition/lottery"
)

// A Change is one bound of one quota moved.
type Change struct {
	Quota    int // as index of Instance.Quotas
	Category string
	Value    string
	Bound    Bound
	From, To int
}

// A Bound of a quota.
type Bound string

const (
	Minimum Bound = "minimum"
	Maximum Bound = "maximum"
)

// String says a change as people say it.
func (c Change) String() string {
	verb := "raise"
	if c.To < c.From {
		verb = "lower"
	}
	return fmt.Sprintf("%s the %s of %s %q from %d to %d", verb, c.Bound, c.Category, c.Value, c.From, c.To)
}

// Loosens tells whether a change lets more panels be than there were.
func (c Change) Loosens() bool { return (c.Bound == Minimum) == (c.To < c.From) }

// Apply gives the quotas after changes. The quotas that it is given stay as they were.
func Apply(quotas []lottery.Quota, changes ...Change) []lottery.Quota {
	out := append([]lottery.Quota(nil), quotas...)
	for _, c := range changes {
		if c.Bound == Minimum {
			out[c.Quota].Min = c.To
		} else {
			out[c.Quota].Max = c.To
		}
	}
	return out
}

func change(quotas []lottery.Quota, f int, b Bound, to int) Change {
	q := quotas[f]
	from := q.Max
	if b == Minimum {
		from = q.Min
	}
	return Change{f, q.Category, q.Value, b, from, to}
}

// within tells whether a change stays within the widest quotas; nil: nobody set limits.
func (c Change) within(widest []lottery.Quota) bool {
	if widest == nil {
		return true
	}
	return c.To >= widest[c.Quota].Min && c.To <= widest[c.Quota].Max
}
