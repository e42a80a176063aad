package main

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// plain writes text that others have made to a terminal: whatever could move the cursor, turn the line around or is no text at all is written as what it is.
type plain struct{ to io.Writer }

// Write is that of io.Writer. A call holds whole characters.
func (p plain) Write(b []byte) (int, error) {
	clean := true
	for rest := b; len(rest) > 0 && clean; {
		c, n := utf8.DecodeRune(rest)
		clean = shown(c, n)
		rest = rest[n:]
	}
	if clean {
		return p.to.Write(b)
	}
	var out bytes.Buffer
	for rest := b; len(rest) > 0; {
		c, n := utf8.DecodeRune(rest)
		switch {
		case shown(c, n):
			out.Write(rest[:n])
		case c == utf8.RuneError:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
		rest = rest[n:]
	}
	if _, err := p.to.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

func shown(c rune, n int) bool {
	return c == '\n' || (unicode.IsPrint(c) && (c != utf8.RuneError || n > 1))
}
