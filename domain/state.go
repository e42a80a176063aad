package domain

// A State is a value that events evolve. Its zero value is the empty stream. Evolve never fails and ignores events of other families;
// states share no memory with those they came from that either could change.
type State[S any] interface{ Evolve(Event) S }

// Fold applies events in order.
func Fold[S State[S]](s S, events ...Event) S {
	for _, e := range events {
		s = s.Evolve(e)
	}
	return s
}
