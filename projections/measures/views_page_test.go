package measures

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pageRow is a row of the table of views in docs/views.md.
type pageRow struct {
	number                                   int
	design, view, key, reader, bases, hidden string
	warnings                                 string
}

var ticked = regexp.MustCompile("`([^`]+)`")

// named are the words between ticks.
func named(text string) (names []string) {
	for _, m := range ticked.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func pageRows(t *testing.T) (rows []pageRow) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "views.md"))
	require.NoError(t, err)
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		n, err := strconv.Atoi(strings.TrimPrefix(cells[0], "| "))
		if err != nil || len(cells) != 8 {
			continue
		}
		rows = append(rows, pageRow{n, cells[1], strings.Trim(cells[2], "`"), cells[3], cells[4], cells[5], cells[6], strings.TrimSuffix(cells[7], " |")})
	}
	return rows
}

// everyMember has the names of all members of a document, at any depth.
func everyMember(of reflect.Type, seen map[reflect.Type]bool, names map[string]bool) map[string]bool {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || seen[of] {
		return names
	}
	seen[of] = true
	for i := range of.NumField() {
		f := of.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names[name] = true
		}
		if f.IsExported() || f.Anonymous {
			everyMember(f.Type, seen, names)
		}
	}
	return names
}

// warningNames are those of all warnings that stand in the code.
func warningNames(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?:Warn\w+ *= |\.warn\()"([^"]+)"`).FindAllStringSubmatch(string(code), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// The page of views has every view of the design and every one that there is, and says of each what its documents say: key, readers, bases, whether anything is hidden, and all warnings that occur in two synthetic
// editions.
func TestViewsPage(t *testing.T) {
	t.Parallel()
	warnings := map[string][]string{}
	for _, s := range []*State{stateOf(t, simulated(t)), thinned(t, 1)} {
		for _, v := range All() {
			for _, key := range v.Keys(s) {
				d, err := v.Compute(s, key, nil)
				require.NoError(t, err)
				var h Head
				require.NoError(t, json.Unmarshal(d.Data, &h))
				require.Equal(t, [3]any{v.Name, v.Version, key}, [3]any{h.View, h.Version, h.Key}, "every document begins with the same head")
				require.NotZero(t, h.LedgerPosition)
				for _, n := range h.Warnings {
					if !slices.Contains(warnings[v.Name], n.Name) {
						warnings[v.Name] = append(warnings[v.Name], n.Name)
					}
				}
			}
		}
	}
	known := warningNames(t)
	var designs, views []string
	for _, row := range pageRows(t) {
		v, ok := ByName(row.view)
		require.True(t, ok, "%+v", row)
		_, key, _ := strings.Cut(v.About, "; key: ")
		require.Equal(t, key, row.key, row.view)
		require.Equal(t, map[bool]string{true: "everybody", false: "coordinator, committee, auditors"}[v.Public], row.reader, row.view)
		members := everyMember(v.Doc(), map[reflect.Type]bool{}, map[string]bool{})
		for _, base := range named(row.bases) {
			require.True(t, members[base], "%s has no member %s", row.view, base)
		}
		require.Equal(t, members["base"], slices.Contains(named(row.bases), "base"), row.view)
		require.Equal(t, members["suppressed"] || members["hidden"], strings.HasPrefix(row.hidden, "yes"), row.view)
		require.Subset(t, named(row.warnings), warnings[row.view], row.view)
		require.Subset(t, known, named(row.warnings), row.view)
		views, designs = append(views, row.view), append(designs, strconv.Itoa(row.number))
	}
	for n := range 25 {
		require.Contains(t, designs, strconv.Itoa(n+1))
	}
	for _, v := range All() {
		require.Contains(t, views, v.Name)
	}
}
