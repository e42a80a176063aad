package kurrent

import (
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
)

// names is the prefix of a daybook's streams on the server, "" where all streams are its own but those of the server, which begin with $.
type names string

// of is the server's name of a stream.
func (p names) of(stream domain.StreamID) string { return string(p) + string(stream) }

// stream is our name of a server's stream, if it is one of ours.
func (p names) stream(name string) (domain.StreamID, bool) {
	stream, ok := strings.CutPrefix(name, string(p))
	return domain.StreamID(stream), ok && (p != "" || !strings.HasPrefix(name, "$"))
}

// takes says whether the tail looks at a server's stream: one of ours, or one with the metadata of one of ours.
func (p names) takes(name string) bool {
	_, ours := p.stream(strings.TrimPrefix(name, "$$"))
	return ours
}

// filter is what the server filters by, with metadata or without.
func (p names) filter(metadata bool) *esdb.SubscriptionFilter {
	f := &esdb.SubscriptionFilter{Type: esdb.StreamFilterType}
	switch {
	case p == "" && metadata:
		f.Regex = `^(\$\$)?[^$]`
	case p == "":
		f.Regex = `^[^$]`
	case metadata:
		f.Prefixes = []string{string(p), "$$" + string(p)}
	default:
		f.Prefixes = []string{string(p)}
	}
	return f
}
