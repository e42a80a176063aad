package api

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"strconv"
)

// A cursor is where a list goes on: behind a key of a view, and the place in the ledger at which its first page was read. Clients are not to look into it.
type cursor struct {
	view  string
	began uint64
	key   string
}

const cursorForm = 1

func (c cursor) String() string {
	b := binary.AppendUvarint([]byte{cursorForm}, c.began)
	b = binary.AppendUvarint(b, uint64(len(c.view)))
	return base64.RawURLEncoding.EncodeToString(append(append(b, c.view...), c.key...))
}

var errCursor = &problemError{http.StatusBadRequest, "bad-request", "this cursor is not one of this list; begin without one, and take the next ones from the answers"}

func parseCursor(text, view string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != cursorForm {
		return c, errCursor
	}
	began, n := binary.Uvarint(b[1:])
	if n <= 0 {
		return c, errCursor
	}
	b = b[1+n:]
	long, n := binary.Uvarint(b)
	if n <= 0 || long > uint64(len(b)-n) {
		return c, errCursor
	}
	b = b[n:]
	c = cursor{string(b[:long]), began, string(b[long:])}
	if c.view != view || c.String() != text {
		return c, errCursor
	}
	return c, nil
}

// nextPage is the address of the page after this one: the same question with another cursor.
func nextPage(r *http.Request, path string, limit int, c cursor) string {
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
