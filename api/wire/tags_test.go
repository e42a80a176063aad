package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
		require.Equal(t, c.weak, NamesTag(c.have, c.tag, true), "If-None-Match: %q for %s", c.have, c.tag)
		require.Equal(t, c.strong, NamesTag(c.have, c.tag, false), "If-Match: %q for %s", c.have, c.tag)
	}
}

// FuzzEntityTags reads what strangers send as a list of tags.
func FuzzEntityTags(f *testing.F) {
	f.Add(`"0", W/"1"`)
	f.Add(`*`)
	f.Add(`"a,*,b" , "`)
	f.Fuzz(func(t *testing.T, have string) {
		if NamesTag([]string{have}, `"1"`, false) {
			require.True(t, NamesTag([]string{have}, `"1"`, true), "what is equal strongly is so weakly")
		}
		require.Equal(t, NamesTag([]string{have}, `"1"`, true), NamesTag([]string{have}, `W/"1"`, true), "W/ does not count")
		require.True(t, NamesTag([]string{have, `"1"`}, `"1"`, false), "another line is another one")
	})
}
