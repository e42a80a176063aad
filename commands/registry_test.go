package commands_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range commands.All() {
		require.Regexp(t, regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`), c.Name)
		require.False(t, seen[c.Name], "%s stands twice", c.Name)
		require.NotEmpty(t, c.About, c.Name)
		seen[c.Name] = true
		found, ok := commands.ByName(c.Name)
		require.True(t, ok)
		require.Equal(t, c.About, found.About)
	}
	_, ok := commands.ByName("cast-Ballot")
	require.False(t, ok)
}

// untold are the commands that the story does not call, each with the test that does.
var untold = map[string]string{
	"complete-synthesis": "TestCompleteSynthesis: no command of the story approves its method yet",

	"announce-selection": "TestSelection: the story draws whole walks",
	"report-feasibility": "TestSelection",
	"amend-quotas":       "TestSelection",
	"seal-selection":     "TestSelection",
	"pin-rounds":         "TestSelection",
	"observe-beacon":     "TestSelection",
	"build-lottery":      "TestSelection",
	"commit-panels":      "TestSelection",
	"draw-panel":         "TestSelection",
	"answer-seat":        "TestSelection",
	"void-selection":     "TestSelection",
}

func TestEveryCommandWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	called := map[string]bool{}
	for i, s := range story {
		r := w.must(s.name, fmt.Sprint("c-", i), s.content)
		require.Len(t, r.Events, 1, s.name)
		require.Equal(t, s.event, r.Events[0].Type, s.name)
		require.EqualValues(t, i, r.Events[0].Seq, s.name)
		called[s.name] = true
	}
	for _, c := range commands.All() {
		require.NotEqual(t, untold[c.Name] != "", called[c.Name], "the story does not call %s, or calls it now", c.Name)
	}
}

// Whatever is not the form of the command is rejected by name before anything happens, in a state in which the form alone decides.
func TestMalformedContent(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct {
		name string
		make func(good string) string
		rule *domain.Rejection
	}{
		{"unknown member", func(s string) string { return `{"surprise":1,` + s[1:] }, domain.ErrInvalidField},
		{"unknown member within", func(s string) string { return strings.Replace(s, `"text":{`, `"x":1,"text":{`, 1) }, domain.ErrInvalidField},
		{"trailing value", func(s string) string { return s + s }, domain.ErrInvalidField},
		{"trailing junk", func(s string) string { return s + "]" }, domain.ErrInvalidField},
		{"not UTF-8", func(s string) string { return strings.Replace(s, `"1`, "\"\xff1", 1) + "\xff" }, domain.ErrInvalidText},
		{"array", func(s string) string { return "[" + s + "]" }, domain.ErrInvalidField},
		{"string", func(string) string { return `"x"` }, domain.ErrInvalidField},
		{"number for text", func(s string) string { return regexp.MustCompile(`:"[^"]*"`).ReplaceAllString(s, ":7") }, domain.ErrInvalidField},
		{"cut", func(s string) string { return s[:len(s)-1] }, domain.ErrInvalidField},
		{"empty", func(string) string { return "" }, domain.ErrInvalidField},
		{"blank", func(string) string { return " \n" }, domain.ErrInvalidField},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i, s := range story {
				before, sealed := len(w.records()), len(w.words.kept)
				if content := bad.make(s.content); content != s.content { // not every command has a text within
					_, err := w.run(s.name, "bad", content)
					require.ErrorIs(t, err, bad.rule, "%s %s", s.name, content)
					require.ErrorContains(t, err, s.name, "the error names the command")
				}
				require.Len(t, w.records(), before, s.name)
				require.Len(t, w.words.kept, sealed, s.name)
				w.must(s.name, fmt.Sprint("good-", i), s.content)
			}
		})
	}
}

// Valid JSON that says nothing is rejected by the rules of the domain.
func TestEmptyContent(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"{}", "null"} {
		w := newWorld(t)
		for _, s := range story {
			_, err := w.run(s.name, "c", content)
			var rejected *domain.Rejection
			require.ErrorAs(t, err, &rejected, s.name)
			require.NotEmpty(t, rejected.Rule)
		}
		require.Empty(t, w.records())
	}
}
