package api

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// FuzzCursor reads what strangers send as a cursor: it is a cursor of the list, written just so, or it is refused.
func FuzzCursor(f *testing.F) {
	for _, c := range []cursor{{"country", 0, ""}, {"country", 213, "FR"}, {"statement", 1<<64 - 1, "a%2Fb/\x00é"}} {
		f.Add(c.String(), c.view)
	}
	f.Add("", "country")
	f.Add("AQ", "")
	f.Add("AdUBB2NvdW50cnlGUg==", "country")                                           // padded
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{cursorForm, 0x80, 0x00, 0}), "") // a number written longer than it must be
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{cursorForm, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), "country")
	f.Fuzz(func(t *testing.T, text, view string) {
		c, err := parseCursor(text, view)
		if err != nil {
			require.Same(t, errCursor, err)
			return
		}
		require.Equal(t, view, c.view)
		require.Equal(t, text, c.String(), "one way to write it")
	})
}

func TestCursorsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := cursor{rapid.String().Draw(t, "view"), rapid.Uint64().Draw(t, "began"), rapid.String().Draw(t, "key")}
		text := c.String()
		got, err := parseCursor(text, c.view)
		if err != nil || got != c {
			t.Fatalf("%+v came back as %+v: %v", c, got, err)
		}
		if _, err := parseCursor(text, c.view+"x"); err == nil {
			t.Fatalf("%q is a cursor of another list, too", text)
		}
		cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
		if got, err := parseCursor(text[:cut], c.view); err == nil && (got.began != c.began || got.view != c.view) {
			t.Fatalf("%q cut off is %+v", text, got)
		}
	})
}

// TestEntityTags is what RFC 9110 (8.8.3, 13.1.1 and 13.1.2) says of the two headers.
func TestEntityTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have         []string
		tag          string
		weak, strong bool
	}{
		{[]string{`"1"`}, `"1"`, true, true}, // the table of 8.8.3.2
		{[]string{`W/"1"`}, `W/"1"`, true, false},
		{[]string{`W/"1"`}, `W/"2"`, false, false},
		{[]string{`W/"1"`}, `"1"`, true, false},
		{[]string{`"1"`}, `W/"1"`, true, false},
		{[]string{`*`}, `W/"1"`, true, true},
		{[]string{` * `}, `"1"`, true, true},
		{[]string{`"0", "1"`}, `"1"`, true, true},
		{[]string{`"0","1"`}, `"1"`, true, true},
		{[]string{"\"0\"\t,\t\"1\""}, `"1"`, true, true},
		{[]string{`, ,"1",`}, `"1"`, true, true},    // 5.6.1.2: empty elements
		{[]string{`"0"`, `"1"`}, `"1"`, true, true}, // two lines are one list, 5.3
		{[]string{`"0, W/", "1"`}, `"1"`, true, true},
		{[]string{`"a,*,b"`}, `"1"`, false, false}, // a comma and a star may stand in a tag
		{[]string{`"0,", "1"`}, `"1"`, true, true},
		{[]string{`"0", *`}, `"1"`, false, false}, // a star stands alone
		{[]string{`w/"1"`}, `"1"`, false, false},  // 8.8.3: case counts
		{[]string{`1`}, `"1"`, false, false},
		{[]string{`"1`}, `"1"`, false, false},
		{[]string{`"1""2"`}, `"2"`, false, false},
		{[]string{``}, `"1"`, false, false},
		{nil, `"1"`, false, false},
	} {
		require.Equal(t, c.weak, names(c.have, c.tag, true), "If-None-Match: %q for %s", c.have, c.tag)
		require.Equal(t, c.strong, names(c.have, c.tag, false), "If-Match: %q for %s", c.have, c.tag)
	}
}

func FuzzEntityTags(f *testing.F) {
	f.Add(`"0", W/"1"`)
	f.Add(`*`)
	f.Add(`"a,*,b" , "`)
	f.Fuzz(func(t *testing.T, have string) {
		if names([]string{have}, `"1"`, false) {
			require.True(t, names([]string{have}, `"1"`, true), "what is equal strongly is so weakly")
		}
		require.Equal(t, names([]string{have}, `"1"`, true), names([]string{have}, `W/"1"`, true), "W/ does not count")
		require.True(t, names([]string{have, `"1"`}, `"1"`, false), "another line is another one")
	})
}
