package access_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
)

// The page says what the table says: whoever changes one changes the other.
func TestThePageIsTheTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/access.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(page), "| command | who |")
	require.True(t, ok)
	table, _, _ := strings.Cut("| command | who |"+rest, "\n\n")
	require.Equal(t, access.Describe(), strings.TrimRight(table, "\n")+"\n")
	for _, r := range access.Roles() {
		level, _ := access.LevelOf(r)
		require.Contains(t, string(page), "| "+string(r)+" | "+level.String()+" |", "the page says where a role is had")
	}
}
