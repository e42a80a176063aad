package wire

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// FuzzCursor reads what strangers send as a cursor: it is a cursor of the list, written just so, or it is refused.
func FuzzCursor(f *testing.F) {
	for _, c := range []Cursor{{"country", 0, ""}, {"country", 213, "FR"}, {"statement", 1<<64 - 1, "a%2Fb/\x00é"}} {
		f.Add(c.String(), c.View)
	}
	f.Add("", "country")
	f.Add("AQ", "")
	f.Add("AdUBB2NvdW50cnlGUg==", "country")                                           // padded
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{cursorForm, 0x80, 0x00, 0}), "") // a number written longer than it must be
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{cursorForm, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), "country")
	f.Fuzz(func(t *testing.T, text, view string) {
		c, err := ParseCursor(text, view)
		if err != nil {
			require.Same(t, ErrCursor, err)
			return
		}
		require.Equal(t, view, c.View)
		require.Equal(t, text, c.String(), "one way to write it")
	})
}

func TestCursorsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.String().Draw(t, "view"), rapid.Uint64().Draw(t, "began"), rapid.String().Draw(t, "key")}
		text := c.String()
		got, err := ParseCursor(text, c.View)
		if err != nil || got != c {
			t.Fatalf("%+v came back as %+v: %v", c, got, err)
		}
		if _, err := ParseCursor(text, c.View+"x"); err == nil {
			t.Fatalf("%q is a cursor of another list, too", text)
		}
		cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
		if got, err := ParseCursor(text[:cut], c.View); err == nil && (got.Began != c.Began || got.View != c.View) {
			t.Fatalf("%q cut off is %+v", text, got)
		}
	})
}
