package api

import (
	"fmt"
	"iter"
	"net/http"
	"strings"
)

// Values of Cache-Control. A view may be five seconds old for those who keep it on the way, and half a minute while they ask anew; what is said of a place in the ledger stays true.
const (
	cacheNow     = "public, max-age=5, stale-while-revalidate=30"
	cacheForEver = "public, max-age=31536000, immutable"
)

func etag(version int, at uint64) string { return fmt.Sprintf(`"%d-%d"`, version, at) }

// settled gives an answer its tag and tells whether the conditions of the request answer it already: with 412 where If-Match names another version, with 304 where If-None-Match names this one
// (RFC 9110, 13.2.2). There are no dates, so If-Modified-Since and If-Unmodified-Since are passed over.
func (s *server) settled(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	if have := r.Header["If-Match"]; len(have) > 0 && !names(have, tag, false) {
		s.problem(w, r, &problemError{http.StatusPreconditionFailed, "precondition-failed", "what is here now is not the version that If-Match names"})
		return true
	}
	if have := r.Header["If-None-Match"]; len(have) > 0 && names(have, tag, true) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	return false
}

// names tells whether a list of tags has this one, or is "*" (RFC 9110, 13.1.1 and 13.1.2): weakly, where W/ does not count, or strongly, where nothing weak is equal to anything.
func names(have []string, tag string, weakly bool) bool {
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
