package verify

import (
	"context"
)

// openings compares commitments with their openings.
type openings struct{ *runner }

func newOpenings(r *runner) *openings { return &openings{r} }

func (o *openings) checks() []string { return []string{checkOpenings} }

func (o *openings) take(context.Context, *batch) {}

func (o *openings) end(context.Context, string) {
	if o.Annex == nil {
		o.notAsked(checkOpenings, "no openings were given")
		return
	}
	o.notDone(checkOpenings, "this program cannot do it yet")
}
