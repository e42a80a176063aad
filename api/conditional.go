package api

import (
	"fmt"
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

// names tells whether a list of tags has this one, or "*" (RFC 9110, 13.1.1 and 13.1.2): weakly, where W/ does not count, or strongly, where nothing weak is equal to anything.
func names(have []string, tag string, weakly bool) bool {
	if weakly {
		tag = strings.TrimPrefix(tag, "W/")
	}
	for _, list := range have {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimSpace(one)
			if weakly {
				one = strings.TrimPrefix(one, "W/")
			}
			if one == "*" || one == tag && !strings.HasPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}
