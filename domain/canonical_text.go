package domain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// A FormatError says where bytes leave the canonical form.
type FormatError struct {
	At      int // offset in bytes
	Problem string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("not canonical at byte %d: %s", e.At, e.Problem)
}

// reader reads canonical text. What it returns shares no memory with text.
type reader struct {
	text  []byte
	at    int
	names *interner
}

func readCanonical(in *interner, data []byte, v reflect.Value) error {
	r := in.reader()
	*r = reader{text: data, names: in}
	if err := codecOf(v.Type()).read(r, v); err != nil {
		return err
	}
	if r.at != len(r.text) {
		return r.fail("more follows after the value")
	}
	return nil
}

func (r *reader) fail(format string, args ...any) error {
	return &FormatError{At: r.at, Problem: fmt.Sprintf(format, args...)}
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) want(c byte) error {
	if r.peek() != c || r.at >= len(r.text) {
		return r.fail("want %q", c)
	}
	r.at++
	return nil
}

// list reads an array or an object; each is called at the beginning of every element.
func (r *reader) list(open, closing byte, each func(i int) error) error {
	if err := r.want(open); err != nil {
		return err
	}
	if r.peek() == closing {
		r.at++
		return nil
	}
	for i := 0; ; i++ {
		if err := each(i); err != nil {
			return err
		}
		if r.peek() == closing {
			r.at++
			return nil
		}
		if err := r.want(','); err != nil {
			return err
		}
	}
}

func (r *reader) bool() (bool, error) {
	switch rest := r.text[r.at:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		r.at += len("true")
		return true, nil
	case bytes.HasPrefix(rest, []byte("false")):
		r.at += len("false")
		return false, nil
	}
	return false, r.fail("want true or false")
}

func (r *reader) int() (int64, error) {
	start := r.at
	if r.peek() == '-' {
		r.at++
	}
	first := r.at
	for '0' <= r.peek() && r.peek() <= '9' {
		r.at++
	}
	digits := r.text[first:r.at]
	n, err := strconv.ParseInt(string(r.text[start:r.at]), 10, 64)
	switch {
	case len(digits) == 0 || (digits[0] == '0' && r.at-start > 1):
		return 0, r.fail("want an integer without leading zeros")
	case err != nil || n > maxInteger || n < -maxInteger:
		return 0, r.fail("the integer has more than 53 bits")
	}
	return n, nil
}

func (r *reader) string() (string, error) {
	chars, err := r.chars()
	if err != nil {
		return "", err
	}
	return r.names.of(chars), nil
}

// chars reads a string. It is a part of text where it holds no escape.
func (r *reader) chars() ([]byte, error) {
	if err := r.want('"'); err != nil {
		return nil, err
	}
	ascii := true
	for i := plainUntil(r.text, r.at); i < len(r.text); i = plainUntil(r.text, i+1) {
		switch c := r.text[i]; {
		case c == '"':
			chars := r.text[r.at:i]
			if !ascii && !utf8.Valid(chars) {
				return nil, r.fail("not UTF-8")
			}
			r.at = i + 1
			return chars, nil
		case c == '\\':
			return r.escaped(i)
		case c < ' ':
			r.at = i
			return nil, r.fail("a control character must be escaped")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, r.fail("the string has no end")
}

// plainUntil is where, from i on, the first byte stands that is not part of a string as it is: a quotation mark, a backslash, a control character, or one that
// is not ASCII. It looks at eight bytes at once; in the differences below, the lowest byte that has borrowed is the first that is one of those.
func plainUntil(text []byte, i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		quote, backslash := x^(each*'"'), x^(each*'\\')
		found := (quote-each)&^quote | (backslash-each)&^backslash | (x-each*' ')&^x | x
		if found &= high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// escaped reads on from the first escape, at i. Only the escape that the writer would choose is taken.
func (r *reader) escaped(i int) ([]byte, error) {
	out := bytes.Clone(r.text[r.at:i])
	for i < len(r.text) {
		c := r.text[i]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return nil, r.fail("not UTF-8")
			}
			r.at = i + 1
			return out, nil
		case c < ' ':
			r.at = i
			return nil, r.fail("a control character must be escaped")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		decoded, size := unescape(r.text[i:])
		if size == 0 {
			r.at = i
			return nil, r.fail("an escape that the canonical form does not have")
		}
		out = append(out, decoded)
		i += size
	}
	return nil, r.fail("the string has no end")
}

// escapes are the two-character escapes of RFC 8785 3.2.2.2, as character and letter.
const escapes = "\"\"\\\\\bb\tt\nn\ff\rr"

func unescape(s []byte) (c byte, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	for i := 0; i < len(escapes); i += 2 {
		if s[1] == escapes[i+1] {
			return escapes[i], 2
		}
	}
	if len(s) < 6 || string(s[1:4]) != "u00" {
		return 0, 0
	}
	n, err := strconv.ParseUint(string(s[4:6]), 16, 8)
	if err != nil || n >= ' ' || !bytes.Equal(appendEscape(nil, byte(n)), s[:6]) {
		return 0, 0
	}
	return byte(n), 6
}

func appendEscape(b []byte, c byte) []byte {
	for i := 0; i < len(escapes); i += 2 {
		if c == escapes[i] {
			return append(b, '\\', escapes[i+1])
		}
	}
	const hexDigits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, reject(ErrInvalidText, "%.40q is not UTF-8", s)
	}
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			b = append(b, s[from:i]...)
			b = appendEscape(b, c)
			from = i + 1
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"'), nil
}
