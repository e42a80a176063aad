package adjudicate

import (
	"context"
	"maps"

	"daybook.internal/domain"
)

// Thorough makes a court that keeps no vote in short: every stream is folded whole.
func Thorough(p Past, o Options) *Court {
	c := New(p, o)
	c.thorough = true
	return c
}

// Hear judges an event that is not taken up.
func (c *Court) Hear(ctx context.Context, f domain.Fact) (*Violation, error) {
	p := c.prepare(&f)
	v := &c.sight
	v.begin(ctx, c, &f, &p)
	violation := v.judgeSafely()
	return violation, v.err
}

// A Counted is what a court counts in a dialogue as of a place.
type Counted struct {
	People   int
	Present  int // in session s1, of both chambers
	Answered []domain.Poll
	Numbers  []domain.Numbers
}

// CountedAt counts.
func (c *Court) CountedAt(ctx context.Context, d domain.DialogueID, place uint64) (Counted, bool, error) {
	r, err := c.room(ctx, d, place)
	if err != nil || r == nil {
		return Counted{}, false, err
	}
	x := Counted{People: r.people, Present: r.present("s1", domain.JointChamber), Answered: r.answered()}
	for _, p := range x.Answered {
		n := r.polls[p].numbers()
		n.Cells = maps.Clone(n.Cells) // those of now change with the next ballot
		x.Numbers = append(x.Numbers, n)
	}
	return x, true, nil
}

// MaxLag is how far back a court counts.
const MaxLag = maxLag

// Kept is how many streams are kept folded, in all families.
func (c *Court) Kept() (n int) {
	for _, s := range c.byFamily {
		if s != nil {
			n += s.kept()
		}
	}
	return n
}
