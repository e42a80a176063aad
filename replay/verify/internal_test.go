package verify

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A check passes only where somebody says that it was done, nobody that it could not be, and nothing was found.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRecorder()
		var found, failed, passed, asked bool
		for _, what := range rapid.SliceOfN(rapid.SampledFrom([]string{"find", "not done", "pass", "not asked"}), 0, 6).Draw(t, "said") {
			switch what {
			case "find":
				r.find(checkRoot, "ROOT", "here", "wrong")
				found = true
			case "not done":
				r.notDone(checkRoot, "why")
				failed = failed || !asked // what was not asked is not tried either
			case "pass":
				r.passed(checkRoot, "")
				passed = true
			case "not asked":
				if failed || passed {
					continue
				}
				r.notAsked(checkRoot, "why")
				asked = true
			}
		}
		for _, c := range about { // the others are done
			if c.Check != checkRoot {
				r.passed(c.Check, "")
			}
		}
		report := r.finish()
		c := report.Checks[slices.IndexFunc(report.Checks, func(c Check) bool { return c.Check == checkRoot })]
		switch {
		case found:
			require.Equal(t, Finds, c.Outcome)
			require.Equal(t, Found, report.Verdict)
		case failed, !passed && !asked:
			require.Equal(t, NotDone, c.Outcome)
			require.Equal(t, NotVerified, report.Verdict)
		default:
			require.NotEqual(t, NotDone, c.Outcome)
			require.Equal(t, Verified, report.Verdict)
		}
	})
}

// crooked is a stage with a fault.
type crooked struct{ takes, ends int }

func (c *crooked) take(context.Context, *batch) {
	c.takes++
	var nothing *batch
	_ = nothing.facts[3]
}
func (c *crooked) end(context.Context, string) { c.ends++ }
func (c *crooked) checks() []string            { return []string{checkRules} }

// A fault of this program is no pass, and ends nothing else.
func TestFaults(t *testing.T) {
	t.Parallel()
	r := &runner{recorder: newRecorder()}
	c := &crooked{}
	s := r.start(t.Context(), c)
	for range 20 {
		s.in <- &batch{}
	}
	s.stop("")
	require.Equal(t, 1, c.takes)
	require.Zero(t, c.ends)
	report := r.finish()
	require.Equal(t, NotVerified, report.Verdict)
	i := slices.IndexFunc(report.Checks, func(c Check) bool { return c.Check == checkRules })
	require.Contains(t, report.Checks[i].Detail, "a fault of this program")
	require.Contains(t, report.Checks[i].Detail, "crooked")
}

// What cosignatures say about the time of an event is what each of them says.
func TestSettle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bounds := rapid.SliceOf(rapid.Custom(func(t *rapid.T) bound {
			at := rapid.Int64Range(0, 100).Draw(t, "time")
			return bound{size: rapid.Int64Range(0, 20).Draw(t, "size"), earliest: at, latest: at + rapid.Int64Range(0, 9).Draw(t, "more")}
		})).Draw(t, "bounds")
		settled := settle(slices.Clone(bounds))
		for seq := range int64(22) {
			after, before := int64(math.MinInt64), int64(math.MaxInt64)
			for _, b := range bounds {
				if b.size <= seq {
					after = max(after, b.earliest)
				} else {
					before = min(before, b.latest)
				}
			}
			haveAfter, haveBefore := int64(math.MinInt64), int64(math.MaxInt64)
			for _, b := range settled {
				if b.size <= seq {
					haveAfter = b.mustFollow
				}
			}
			if i := slices.IndexFunc(settled, func(b bound) bool { return b.size > seq }); i >= 0 {
				haveBefore = settled[i].mayHold
			}
			require.Equal(t, []int64{after, before}, []int64{haveAfter, haveBefore}, "event %d", seq)
		}
	})
}
