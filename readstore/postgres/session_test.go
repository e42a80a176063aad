package postgres

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
)

var update = flag.Bool("update", false, "write what psql prints into docs/postgres.md")

// What docs/postgres.md shows of psql is what psql shows.
func TestSession(t *testing.T) {
	t.Parallel()
	d := reported(t)
	path := filepath.Join("..", "..", "docs", "postgres.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	ran := 0
	blocks := regexp.MustCompile("(?s)```psql\n(.*?)```")
	printed := blocks.ReplaceAllStringFunc(string(page), func(block string) string {
		shown := strings.Split(strings.TrimSuffix(strings.TrimPrefix(block, "```psql"), "```"), "\ndaybook=> ")
		out := "```psql"
		for _, entry := range shown[1:] {
			sql, _, whole := strings.Cut(entry, ";\n")
			require.True(t, whole, entry)
			out += "\ndaybook=> " + sql + ";\n" + psql(t, d, strings.ReplaceAll(sql, "\ndaybook-> ", "\n"))
			ran++
		}
		return out + "```"
	})
	require.Equal(t, 8, ran)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(printed), 0o644))
	}
	require.Equal(t, string(page), printed)
}

// psql gives what it prints for a reader, without blanks at the ends of lines.
func psql(t *testing.T, d pgtest.Database, sql string) string {
	t.Helper()
	out, err := d.Tool("psql", "-X", "-U", pgtest.Reader, "-d", d.Name, "-c", sql).CombinedOutput()
	text, _, _ := strings.Cut(string(out), "\nLINE ") // with -c, it repeats the statement in an error
	require.Equal(t, strings.HasPrefix(text, "ERROR:"), err != nil, "%s", out)
	return regexp.MustCompile(" +\n").ReplaceAllString(strings.TrimRight(text, " \n")+"\n", "\n")
}
