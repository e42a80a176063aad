package api

import (
	"net/http"
	"net/url"
	"strconv"

	"daybook.internal/api/wire"
)

// nextPage is the address of the page after this one: the same question with another cursor.
func nextPage(r *http.Request, path string, limit int, c wire.Cursor) string {
	q := url.Values{"cursor": {c.String()}, "limit": {strconv.Itoa(limit)}}
	asked := r.URL.Query()
	for _, name := range []string{"at", "country", "fields"} {
		if v := asked.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return path + "?" + q.Encode()
}

// linkNext says in a header where the next page is (RFC 8288).
func linkNext(w http.ResponseWriter, address string) {
	w.Header().Add("Link", "<"+address+`>; rel="next"`)
}
