package esdbserver

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"daybook.internal/domain"
)

// A filter says whether a record is wanted.
type filter func(domain.Record) bool

// Limits of what a filter may hold. Matching takes time in proportion to the text and to the steps of the regular expression, of which a few bytes
// can make many.
const (
	maxPrefixes = 1000
	maxRegex    = 1000 // bytes
	maxSteps    = 10_000
)

// parseFilter reads a filter over event types or names of streams. Regular expressions are those of RE2 (package regexp), and match where they match somewhere, as on
// other servers; what only .NET knows, such as looking ahead, is refused.
func parseFilter(f *streams.ReadReq_Options_FilterOptions) (filter, error) {
	var of func(domain.Record) string
	var e *streams.ReadReq_Options_FilterOptions_Expression
	switch by := f.GetFilter().(type) {
	case *streams.ReadReq_Options_FilterOptions_EventType:
		of, e = func(r domain.Record) string { return r.Type }, by.EventType
	case *streams.ReadReq_Options_FilterOptions_StreamIdentifier:
		of, e = func(r domain.Record) string { return string(r.Stream) }, by.StreamIdentifier
	default:
		return nil, invalid("a filter is one of event types or of streams")
	}
	switch prefixes := e.GetPrefix(); {
	case e.GetRegex() != "":
		re, err := compile(e.GetRegex())
		if err != nil {
			return nil, err
		}
		return func(r domain.Record) bool { return re.MatchString(of(r)) }, nil
	case len(prefixes) == 0:
		return nil, invalid("a filter has prefixes or a regular expression")
	case len(prefixes) > maxPrefixes:
		return nil, invalid("a filter has at most %d prefixes", maxPrefixes)
	default:
		return func(r domain.Record) bool {
			s := of(r)
			for _, p := range prefixes {
				if strings.HasPrefix(s, p) {
					return true
				}
			}
			return false
		}, nil
	}
}

func compile(text string) (*regexp.Regexp, error) {
	if len(text) > maxRegex {
		return nil, invalid("a regular expression has at most %d bytes", maxRegex)
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, invalid("%v; regular expressions are those of RE2", err)
	}
	if steps, err := syntax.Compile(parsed.Simplify()); err != nil || len(steps.Inst) > maxSteps {
		return nil, invalid("the regular expression repeats too much")
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, invalid("%v; regular expressions are those of RE2", err)
	}
	return re, nil
}
