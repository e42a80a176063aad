package access_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/domain"
	"daybook.internal/simulate"
)

// A whole edition can be run under the table: whoever does something in the simulated one may do it, in the role in which they do it there.
func TestAWholeEditionMayBeRun(t *testing.T) {
	t.Parallel()
	one := func() uint64 { return 1 }
	sent, denied := map[string]bool{}, map[string]int{}
	for line, err := range simulate.Lines(simulate.Options{Seed: 1, Countries: 3, Citizens: 20, Online: 4}, func(domain.StreamID) uint64 { return one() }, one) {
		require.NoError(t, err)
		text, err := json.Marshal(line.Content)
		require.NoError(t, err)
		var content map[string]any
		require.NoError(t, json.Unmarshal(text, &content))
		on := access.Scope{Edition: "ed", Dialogue: "dl", People: map[string][]string{}}
		for name, v := range content {
			switch v := v.(type) {
			case string:
				on.People[name] = []string{v}
			case []any:
				for _, one := range v {
					if s, ok := one.(string); ok {
						on.People[name] = append(on.People[name], s)
					}
				}
			}
		}
		said := func(member string) string {
			if all := on.People[member]; len(all) == 1 {
				return all[0]
			}
			return ""
		}
		on.Partner, on.Kind, on.Table = domain.PartnerID(said("partner")), said("kind"), domain.TableID(said("table"))
		g := access.Grant{Role: line.Actor.Role}
		if level, _ := access.LevelOf(g.Role); level >= access.DialogueLevel {
			g.Dialogue = "dl"
			if level == access.TableLevel {
				g.Table = domain.TableID(said("table"))
			}
		}
		p := access.Principal{Subject: line.Actor.Principal, Grants: []access.Grant{g}}
		if second := said("secondBy"); second != "" {
			p.Second = &access.Principal{Subject: second, Grants: p.Grants}
		}
		sent[line.Name] = true
		if _, err := access.Decide(p, "", line.Name, on); err != nil {
			d, _ := errors.AsType[*access.Denied](err)
			denied[d.Because]++
		}
	}
	require.Greater(t, len(sent), 50)
	// In the simulated edition one coordinator types in for all who write. With tokens, each brings what they wrote.
	require.Equal(t, []string{"add-artefact-version: author is to be who sends it, and is somebody else"}, slices.Sorted(maps.Keys(denied)))
}
