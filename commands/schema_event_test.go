package commands_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/notary"
)

func compiledEvent(t *testing.T, typ string) *jsonschema.Schema {
	t.Helper()
	text, err := commands.EventSchema(typ)
	require.NoError(t, err)
	again, err := commands.EventSchema(typ)
	require.NoError(t, err)
	require.Equal(t, string(text), string(again), "the same every time")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("http://localhost/"+typ, doc))
	s, err := compiler.Compile("http://localhost/" + typ)
	require.NoError(t, err, "%s", text)
	require.Equal(t, 2020, s.DraftVersion)
	return s
}

// TestEventSchemas: they admit every event that a golden file has, and none with a member too many or too few.
func TestEventSchemas(t *testing.T) {
	t.Parallel()
	cause := domain.NewEventID("c-0", "edition-ed_2026", 0)
	full, err := domain.EncodeMeta(domain.Meta{
		Source: "ed_2026", Dialogue: "dl_KE", Time: 1, OccurredAt: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ana", Partner: "pt"},
		Command: "c-1", Causation: &cause, Correlation: "x", Observed: domain.Observed{{Stream: "edition-ed_2026", Version: 3}, {Stream: "a%20b/c", Version: 0}},
	})
	require.NoError(t, err)
	least, err := domain.EncodeMeta(domain.Meta{Source: "ed_2026", Time: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ana"}, Command: "c-1"})
	require.NoError(t, err)
	seen := map[string]bool{}
	goldens, err := filepath.Glob("../domain/testdata/events/*.json")
	require.NoError(t, err)
	for _, name := range goldens {
		typ := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".json"), ".least")
		s := compiledEvent(t, typ)
		seen[typ] = true
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, meta := range [][]byte{full, least} {
			leaf := string(notary.AppendLeaf(nil, domain.Record{Stream: "test-1", ID: cause, Type: typ, Meta: meta, Data: data}))
			require.NoError(t, admits(t, s, leaf), "%s: %s", name, leaf)
			require.Error(t, admits(t, s, strings.Replace(leaf, `"data":{`, `"data":{"unknown":1,`, 1)), name)
			require.Error(t, admits(t, s, strings.Replace(leaf, typ, "x-"+typ, 1)), name)
		}
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(data, &members))
		for member := range members {
			without := map[string]json.RawMessage{}
			for other, is := range members {
				if other != member {
					without[other] = is
				}
			}
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			require.NoError(t, e.Encode(without))
			less := bytes.TrimSpace(b.Bytes())
			leaf := string(notary.AppendLeaf(nil, domain.Record{Stream: "test-1", ID: cause, Type: typ, Meta: least, Data: less}))
			_, decodes := domain.Decode(typ, less)
			require.Equal(t, decodes == nil, admits(t, s, leaf) == nil, "%s without %s: %v", name, member, decodes)
		}
	}
	require.Len(t, seen, len(domain.EventTypes()))
	_, err = commands.EventSchema("sold.v1")
	require.ErrorAs(t, err, new(*domain.UnknownEventError))
}
