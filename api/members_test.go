package api_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// Every member of everything that is sent or answered, and of every event, says what it is. What the glossary has is said somewhere.
func TestEveryMemberIsDescribed(t *testing.T) {
	t.Parallel()
	said, silent := map[string]bool{}, []string{}
	var walk func(where string, schema any)
	walk = func(where string, schema any) {
		switch s := schema.(type) {
		case []any:
			for _, one := range s {
				walk(where, one)
			}
		case map[string]any:
			if properties, ok := s["properties"].(map[string]any); ok {
				for name, is := range properties {
					about, _ := is.(map[string]any)["description"].(string)
					if said[name+": "+about] = true; about == "" && is.(map[string]any)["const"] == nil {
						silent = append(silent, where+"."+name)
					}
				}
			}
			for name, is := range s {
				walk(where+"."+name, is)
			}
		}
	}
	var document struct {
		Components struct{ Schemas map[string]any }
	}
	b, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &document))
	for name, schema := range document.Components.Schemas {
		walk(name, schema)
	}
	for typ := range domain.EventTypes() {
		b, err := commands.EventSchema(typ)
		require.NoError(t, err)
		var schema any
		require.NoError(t, json.Unmarshal(b, &schema))
		walk(typ, schema)
	}
	require.Greater(t, len(said), 1000)
	require.Empty(t, silent, "say what they are beside them in the source, or in commands/glossary.json")

	var glossary map[string]string
	b, err = os.ReadFile("../commands/glossary.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &glossary))
	var idle []string
	for of, about := range glossary {
		name := of[strings.LastIndex(of, ".")+1:]
		if !said[name+": "+about] {
			idle = append(idle, of)
		}
	}
	require.Empty(t, idle, "nothing has these words of the glossary")
}
