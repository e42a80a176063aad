package daybook_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryPageIsNamed: README.md leads to every page of docs.
func TestEveryPageIsNamed(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		if !strings.Contains(string(readme), "("+filepath.ToSlash(page)+")") {
			t.Errorf("README.md does not name %s", page)
		}
	}
}
