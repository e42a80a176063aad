package wire

import (
	"iter"
	"strings"
)

// NamesTag tells whether a list of tags has this one, or is "*" (RFC 9110, 13.1.1 and 13.1.2): weakly, where W/ does not count, or strongly, where nothing weak is equal to anything.
func NamesTag(have []string, tag string, weakly bool) bool {
	opaque, weak := strings.CutPrefix(tag, "W/")
	for _, list := range have {
		if strings.Trim(list, " \t") == "*" {
			return true
		}
		for one, weakOne := range entityTags(list) {
			if one == opaque && (weakly || !weak && !weakOne) {
				return true
			}
		}
	}
	return false
}

// entityTags yields the tags of a list in their quotes, and whether each is weak, up to the first thing that is none. A tag may have commas in it (RFC 9110, 8.8.3).
func entityTags(list string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for {
			list = strings.TrimLeft(list, " \t,")
			rest, weak := strings.CutPrefix(list, "W/")
			if !strings.HasPrefix(rest, `"`) {
				return
			}
			end := strings.IndexByte(rest[1:], '"') + 2
			if end < 2 {
				return
			}
			tag, after := rest[:end], strings.TrimLeft(rest[end:], " \t")
			if after != "" && after[0] != ',' {
				return
			}
			if !yield(tag, weak) {
				return
			}
			list = after
		}
	}
}
