package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// schemaAt compiles a schema as the API serves it: checked against the metaschema of 2020-12, with formats that count.
func (n *node) schemaAt(path string) *jsonschema.Schema {
	n.t.Helper()
	a := n.get(path)
	require.Equal(n.t, http.StatusOK, a.StatusCode, "%s: %s", path, a.body)
	require.Equal(n.t, "application/schema+json", a.Header.Get("Content-Type"))
	require.Equal(n.t, http.StatusNotModified, n.get(path, "If-None-Match", a.Header.Get("ETag")).StatusCode)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	require.NoError(n.t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(n.t, c.AddResource("http://localhost"+path, doc))
	s, err := c.Compile("http://localhost" + path)
	require.NoError(n.t, err)
	return s
}

func valid(s *jsonschema.Schema, data []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// TestSchemasHoldWhatIsServed validates all events and all documents of a simulated edition against the schemas that the API serves.
func TestSchemasHoldWhatIsServed(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	listed := decodeLoosely[struct{ Events, Views, Commands []string }](t, n.get("/v1/schemas/"))
	require.Len(t, listed.Events, len(domain.EventTypes()))
	require.Len(t, listed.Views, len(projections.All())+len(measures.All()))
	require.Len(t, listed.Commands, len(commands.All()))
	for _, path := range listed.Commands {
		n.schemaAt(path)
	}

	records := verifytest.Edition(t, verifytest.Small).Records
	events := map[string]*jsonschema.Schema{}
	for _, path := range listed.Events {
		events[strings.TrimPrefix(path, "/v1/schemas/events/")] = n.schemaAt(path)
	}
	seen := map[string]int{}
	for _, r := range records {
		if seen[r.Type]++; seen[r.Type] > 20 {
			continue
		}
		require.NoError(t, valid(events[r.Type], cloudEvent(t, r)), "%s: %s", r.Type, r.Data)
		require.Error(t, valid(events[r.Type], r.Data), "and not everything is valid")
	}
	require.Greater(t, len(seen), 40)

	fold, _, err := replay.Rebuild(context.Background(), each(records), projections.All(), replay.Head)
	require.NoError(t, err)
	views := map[string]*jsonschema.Schema{}
	for _, path := range listed.Views {
		views[strings.TrimPrefix(path, "/v1/schemas/views/")] = n.schemaAt(path)
	}
	held := map[string]int{}
	for ref, d := range fold.Documents() {
		if held[ref.View]++; held[ref.View] <= 20 {
			require.NoError(t, valid(views[ref.View], d.Data), "%v: %s", ref, d.Data)
			require.Error(t, valid(views[ref.View], []byte(`{"king":1}`)))
		}
	}
	for _, v := range projections.All() {
		require.NotZero(t, held[v.Name], v.Name)
	}
	require.NoError(t, live.Each(context.Background(), measuresOf(t, records), measures.All(), func(v measures.View, key string, d projections.Document) error {
		if held[v.Name]++; held[v.Name] > 20 {
			return nil
		}
		err := valid(views[v.Name], d.Data)
		if err != nil {
			return fmt.Errorf("%s %s: %w: %s", v.Name, key, err, d.Data)
		}
		return nil
	}))
	for _, v := range measures.All() {
		require.NotZero(t, held[v.Name], v.Name)
	}
}

func each(records []domain.Record) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// measuresOf is what the measures of a ledger rest on.
func measuresOf(t *testing.T, records []domain.Record) *measures.State {
	t.Helper()
	state := measures.NewState()
	for facts, err := range replay.Facts(context.Background(), each(records)) {
		require.NoError(t, err)
		for _, f := range facts {
			require.NoError(t, state.Apply(f))
		}
	}
	return state
}

// cloudEvent is a record as it stands in the published log, as far as schemas see it.
func cloudEvent(t *testing.T, r domain.Record) []byte {
	t.Helper()
	e := map[string]any{}
	require.NoError(t, json.Unmarshal(r.Meta, &e))
	e["specversion"], e["id"], e["type"], e["subject"], e["revision"], e["data"] = "1.0", r.ID.String(), r.Type, r.Stream, r.Revision, json.RawMessage(r.Data)
	text, err := json.Marshal(e)
	require.NoError(t, err)
	return text
}
