package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A ruling is a row of a decision's table: given these events, it is asked, and either a rule says no, or these events follow. Neither: it is so already.
type ruling[S State[S]] struct {
	name  string
	given []Event
	ask   func(S) ([]Event, error)
	rule  *Rejection
	says  []Event
}

// checkRulings also asks everything twice: what follows must follow once. The decision named in repeats may follow again.
func checkRulings[S State[S]](t *testing.T, rulings []ruling[S], repeats ...string) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range rulings {
		require.False(t, seen[r.name], "two rows are called %q", r.name)
		seen[r.name] = true
		var zero S
		s := Fold(zero, r.given...)
		got, err := r.ask(s)
		require.Equal(t, Fold(zero, r.given...), s, "%s: deciding changed the state", r.name)
		if r.rule != nil {
			require.ErrorIs(t, err, r.rule, r.name)
			require.Nil(t, got, r.name)
			var rejection *Rejection
			require.ErrorAs(t, err, &rejection)
			require.NotEmpty(t, rejection.Detail, "%s: a rejection says why", r.name)
			continue
		}
		require.NoError(t, err, r.name)
		require.Equal(t, r.says, got, r.name)
		for _, e := range got {
			_, _, err := Encode(e)
			require.NoError(t, err, r.name)
		}
		if slices.Contains(repeats, r.name) {
			continue
		}
		again, err := r.ask(Fold(s, got...))
		require.NoError(t, err, "%s, asked again", r.name)
		require.Empty(t, again, "%s, asked again", r.name)
	}
	for _, name := range repeats {
		require.True(t, seen[name], "no row is called %q", name)
	}
	ruled.record(summary(rulings))
}

// summary is what a table rules: the events that it accepts, and the rules by which it rejects.
func summary[S State[S]](rulings []ruling[S]) (accepted, rules map[string]bool) {
	accepted, rules = map[string]bool{}, map[string]bool{}
	for _, r := range rulings {
		for _, e := range r.says {
			accepted[TypeOf(e)] = true
		}
		if r.rule != nil {
			rules[r.rule.Rule] = true
		}
	}
	return accepted, rules
}

// asks, asks2, asks3 bind what a decision is asked about.
func asks[S, C any](decide func(S, C) ([]Event, error), c C) func(S) ([]Event, error) {
	return func(s S) ([]Event, error) { return decide(s, c) }
}

func asks2[S, C, A any](decide func(S, C, A) ([]Event, error), c C, a A) func(S) ([]Event, error) {
	return func(s S) ([]Event, error) { return decide(s, c, a) }
}

func asks4[S, C, A, B, D any](decide func(S, C, A, B, D) ([]Event, error), c C, a A, b B, d D) func(S) ([]Event, error) {
	return func(s S) ([]Event, error) { return decide(s, c, a, b, d) }
}

func asks3[S, C, A, B any](decide func(S, C, A, B) ([]Event, error), c C, a A, b B) func(S) ([]Event, error) {
	return func(s S) ([]Event, error) { return decide(s, c, a, b) }
}

// example is the example event of a type.
func example[E Event]() E {
	for _, e := range examples() {
		if e, ok := e.(E); ok {
			return e
		}
	}
	panic("no example")
}

// but is v with a change.
func but[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

func follows(events ...Event) []Event { return events }

func TestRejection(t *testing.T) {
	t.Parallel()
	err := Reject(ErrQuorum, "%d of %d", 1, 3)
	require.EqualError(t, err, "quorum: 1 of 3")
	require.ErrorIs(t, err, ErrQuorum)
	require.NotErrorIs(t, err, ErrThreshold)
	require.EqualError(t, ErrQuorum, "quorum")
}
