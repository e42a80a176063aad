package api

import (
	"fmt"
	"net/http"

	"daybook.internal/api/wire"
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
	if have := r.Header["If-Match"]; len(have) > 0 && !wire.NamesTag(have, tag, false) {
		s.problem(w, r, &problemError{http.StatusPreconditionFailed, "precondition-failed", "what is here now is not the version that If-Match names"})
		return true
	}
	if have := r.Header["If-None-Match"]; len(have) > 0 && wire.NamesTag(have, tag, true) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	return false
}
