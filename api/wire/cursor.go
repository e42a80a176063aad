// Package wire reads what clients send back as they were given it: cursors of lists, and entity tags. It depends on nothing, so that it can be fuzzed in seconds.
package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// A Cursor is where a list goes on: behind a key of a view, and the place in the ledger at which its first page was read. Clients are not to look into it.
type Cursor struct {
	View  string
	Began uint64
	Key   string
}

const cursorForm = 1

// String is the cursor as clients have it, in base64url.
func (c Cursor) String() string {
	b := binary.AppendUvarint([]byte{cursorForm}, c.Began)
	b = binary.AppendUvarint(b, uint64(len(c.View)))
	return base64.RawURLEncoding.EncodeToString(append(append(b, c.View...), c.Key...))
}

// ErrCursor says that a text is no cursor of the list of a view, written just as String does.
var ErrCursor = errors.New("this cursor is not one of this list; begin without one, and take the next ones from the answers")

// ParseCursor reads a cursor of the list of a view.
func ParseCursor(text, view string) (c Cursor, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != cursorForm {
		return c, ErrCursor
	}
	began, n := binary.Uvarint(b[1:])
	if n <= 0 {
		return c, ErrCursor
	}
	b = b[1+n:]
	long, n := binary.Uvarint(b)
	if n <= 0 || long > uint64(len(b)-n) {
		return c, ErrCursor
	}
	b = b[n:]
	c = Cursor{string(b[:long]), began, string(b[long:])}
	if c.View != view || c.String() != text {
		return c, ErrCursor
	}
	return c, nil
}
