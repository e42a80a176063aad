package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/commands"
	"daybook.internal/domain"
)

// Two people.
const one, two = "u_one", "u_two"

// gate is a node that asks for tokens.
type gate struct {
	*node
	dir    bearer.Dir
	mu     sync.Mutex
	issued map[string]string
	counts map[string]int
}

func newGate(t *testing.T, change func(n *node)) *gate {
	t.Helper()
	g := &gate{dir: bearer.Dir(filepath.Join(t.TempDir(), "access")), issued: map[string]string{}, counts: map[string]int{}}
	g.node = newNode(t, func(n *node) {
		v, err := bearer.New(g.dir, nil, time.Now)
		require.NoError(t, err)
		n.Auth, n.Keys = v, g.dir.Keys
		n.Denied = func(command, role, refused string) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.counts[strings.Join([]string{command, role, refused}, "|")]++
		}
		if change != nil {
			change(n)
		}
	})
	return g
}

// token is a token for a subject, as the value of a header.
func (g *gate) token(subject string, grants ...access.Grant) string {
	g.t.Helper()
	key := fmt.Sprint(subject, grants)
	if g.issued[key] == "" {
		made, _, _, err := g.dir.Issue(subject, grants, time.Now().Add(-time.Minute), time.Hour)
		require.NoError(g.t, err)
		g.issued[key] = "Bearer " + made
	}
	return g.issued[key]
}

func (g *gate) as(token, name, key, content string, headers ...string) answer {
	g.t.Helper()
	return g.post(name, key, content, append(headers, "Authorization", token)...)
}

// act is what the matrix sends for a command, and where that is.
type act struct {
	content  map[string]any
	dialogue domain.DialogueID
	table    domain.TableID
}

// acts are a content for every command: one of the demo, or no more than says where it acts.
func acts(t *testing.T) map[string]act {
	t.Helper()
	all := map[string]act{}
	f, err := os.Open("../cmd/daybook/demo.ndjson")
	require.NoError(t, err)
	defer f.Close()
	put := func(name string, content map[string]any) {
		a := act{content: content}
		for _, where := range []string{"conversation", "dialogue"} {
			if s, ok := content[where].(string); ok {
				a.dialogue = domain.DialogueID(s)
			}
		}
		if s, ok := content["table"].(string); ok {
			a.table = domain.TableID(s)
		}
		all[name] = a
	}
	for in := bufio.NewScanner(f); in.Scan(); {
		var line demoLine
		require.NoError(t, json.Unmarshal(in.Bytes(), &line))
		var content map[string]any
		require.NoError(t, json.Unmarshal(line.Content, &content))
		if _, have := all[line.Name]; !have || (line.Name == "release-publication" && content["dialogue"] != nil) {
			put(line.Name, content)
		}
	}
	for name, content := range map[string]string{
		"reach-milestone": `{"edition":"ed_demo","key":"k"}`, "end-partnership": `{"edition":"ed_demo","partner":"pt_FR"}`, "withdraw-artefact": `{"artefact":"ar_sheet","version":1}`,
		"void-ballot": `{"dialogue":"dl_FR","reason":"withdrawal"}`, "record-tally-sheet": `{"dialogue":"dl_FR"}`, "link-statement": `{"conversation":"dl_FR"}`,
		"revise-recommendation": `{"recommendation":"rc_fr_1"}`, "supersede-recommendation": `{"recommendation":"rc_fr_1"}`, "correct-publication": `{"publication":"pb_world"}`,
		"raise-finding": `{"edition":"ed_demo"}`, "resolve-finding": `{"edition":"ed_demo"}`, "erase-words": `{"in":{"stream":"statement-dl_FR/1","version":1}}`, "add-topic": `{"edition":"ed_demo","dialogue":"dl_FR","scope":"national"}`,
		"record-table-output": `{"dialogue":"dl_FR","table":"1"}`, "cast-ballot": `{"dialogue":"dl_FR","table":"1","pseudonym":"x"}`, "submit-recommendation": `{"submission":"sb_1","recommendation":"rc_fr_1"}`,
	} {
		var c map[string]any
		require.NoError(t, json.Unmarshal([]byte(content), &c))
		put(name, c)
	}
	of := func(name string, d domain.DialogueID) {
		a := all[name]
		a.dialogue = d
		all[name] = a
	}
	for _, name := range []string{
		"code-segment", "adjudicate-coding", "revise-recommendation", "open-endorsement", "close-endorsement", "decide-recommendation", "supersede-recommendation", "erase-words", "submit-recommendation",
	} {
		of(name, "dl_FR")
	}
	for _, c := range commands.All() {
		if _, have := all[c.Name]; !have {
			put(c.Name, map[string]any{"dialogue": "dl_FR"})
		}
	}
	return all
}

// TestTheMatrix sends every command in every role, from the place of the grant and from others, and compares with the table.
func TestTheMatrix(t *testing.T) {
	t.Parallel()
	g, all := newGate(t, nil), acts(t)
	rows := map[string]access.Row{}
	for _, r := range access.Rows() {
		rows[r.Command] = r
	}
	sent, done, forbidden := 0, 0, 0
	for _, c := range commands.All() {
		a, row := all[c.Name], rows[c.Name]
		for _, r := range row.Rights {
			if _, list := a.content[r.Self].([]any); list {
				a.content[r.Self] = []string{one}
			} else if r.Self != "" {
				a.content[r.Self] = one
			}
		}
		content, err := json.Marshal(a.content)
		require.NoError(t, err)
		send := func(token, what string, may bool) {
			sent++
			got := g.as(token, c.Name, fmt.Sprintf("matrix-%d", sent), string(content))
			switch {
			case got.StatusCode == http.StatusForbidden:
				forbidden++
				p := requireProblem(t, got, http.StatusForbidden, "forbidden")
				require.NotContains(t, p.Detail, one)
				require.False(t, may, "%s %s: %s", c.Name, what, p.Detail)
			case !may:
				require.Failf(t, "admitted", "%s %s: %d %s", c.Name, what, got.StatusCode, got.body)
			case got.StatusCode < 300:
				done++
			default:
				require.Contains(t, []int{http.StatusConflict, http.StatusUnprocessableEntity}, got.StatusCode, "%s %s: %s", c.Name, what, got.body)
			}
		}
		for _, role := range access.Roles() {
			level, _ := access.LevelOf(role)
			i := slices.IndexFunc(row.Rights, func(r access.Right) bool { return r.Role == role })
			right := access.Right{Reach: -1}
			if i >= 0 {
				right = row.Rights[i]
			}
			excepted := right.Except != "" && a.content["kind"] == right.Except
			at := access.Grant{Role: role, Edition: "ed_demo"}
			if level >= access.DialogueLevel {
				at.Dialogue = "dl_FR"
			}
			if level == access.TableLevel {
				at.Table = "1"
			}
			inDialogue := at.Dialogue == "" || right.Reach == access.WithinEdition || at.Dialogue == a.dialogue
			inPlace := i >= 0 && !excepted && inDialogue && (at.Table == "" || right.Reach != access.Own || at.Table == a.table)
			send(g.token(one, at), "as "+at.String(), inPlace)
			send(g.token(two, at), "by somebody else as "+at.String(), inPlace && right.Self == "")
			elsewhere := at
			elsewhere.Edition = "ed_other"
			send(g.token(one, elsewhere), "as "+elsewhere.String(), false)
			elsewhere = at
			elsewhere.Dialogue = "dl_KE"
			send(g.token(one, elsewhere), "as "+elsewhere.String(), inPlace && right.Reach == access.WithinEdition)
			if at.Table == "" {
				continue
			}
			elsewhere = at
			elsewhere.Table = "2"
			send(g.token(one, elsewhere), "as "+elsewhere.String(), inPlace && right.Reach != access.Own)
		}
		got := g.post(c.Name, "nobody-"+c.Name, string(content))
		requireProblem(t, got, http.StatusUnauthorized, "unauthenticated")
		require.Equal(t, `Bearer realm="daybook"`, got.Header.Get("WWW-Authenticate"))
	}
	require.Greater(t, done, 20, "some commands are done")
	require.Greater(t, forbidden, 1000)
	t.Logf("%d commands sent, %d done, %d forbidden", sent, done, forbidden)
	g.mu.Lock()
	defer g.mu.Unlock()
	total := 0
	for key, n := range g.counts {
		require.NotContains(t, key, one)
		total += n
	}
	require.Equal(t, forbidden+len(commands.All()), total, "every denial is counted")
	require.False(t, strings.Contains(g.log.String(), one) || strings.Contains(g.log.String(), two), "and logged without a name")
}
