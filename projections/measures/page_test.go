package measures_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// The page says of every view, in one row, whether everybody may read it.
func TestWhoReadsWhat(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/disclosure.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(page), "| view | for everybody | why |\n|---|---|---|\n")
	require.True(t, ok)
	said := map[string]bool{}
	for row := range strings.Lines(rest) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			break
		}
		for name := range strings.SplitSeq(cells[1], ",") {
			name = strings.Trim(name, " `")
			require.NotContains(t, said, name)
			said[name] = strings.TrimSpace(cells[2]) == "yes"
		}
	}
	is := map[string]bool{}
	for _, v := range projections.All() {
		is[v.Name] = v.Public
	}
	for _, v := range measures.All() {
		is[v.Name] = v.Public
	}
	require.Equal(t, is, said)
}
