package commands_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
)

// TestThePageOfRules holds docs/rules.md against the commands: every event there has its command, and every command stands there once. That each of them is
// done, and leads to its event, is the simulation's test; that each rule rejects, domain's.
func TestThePageOfRules(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/rules.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| *\\d+ *\\| `[a-z.0-9-]+` *\\|[^|]*\\| `([a-z -]+)` *\\|").FindAllSubmatch(page, -1)
	require.Equal(t, 72, len(rows), "rows of events")
	named := map[string]int{}
	for _, row := range rows {
		if name := string(row[1]); name != "daybook import" && name != "the notary" { // these are told, not asked for
			named[name]++
		}
	}
	for _, c := range commands.All() {
		require.Equal(t, 1, named[c.Name], "%s is not in docs/rules.md, or twice", c.Name)
		require.NotEmpty(t, c.About, c.Name)
		delete(named, c.Name)
	}
	require.Empty(t, named, "docs/rules.md names commands that do not exist")
}
