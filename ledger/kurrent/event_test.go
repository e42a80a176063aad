package kurrent_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// What the records of a daybook are on the server: nothing is put in between.
func TestEventOfADaybook(t *testing.T) {
	t.Parallel()
	d := ledgertest.Draft("one", 0)
	e, err := kurrent.Recorded("ballot-dl/x", d)
	require.NoError(t, err)
	require.Equal(t, "daybook-ballot-dl/x", e.StreamID)
	require.Equal(t, d.ID.String(), e.EventID.String())
	require.Equal(t, d.Type, e.EventType)
	require.Equal(t, d.Meta, e.UserMetadata)
	require.Equal(t, d.Data, e.Data)
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		draft ledger.Draft
		meta  string
		typ   string
	}{
		"no metadata":          {ledger.Draft{ID: domain.EventID{1}, Type: "a"}, `{"daybook-envelope":{"meta":null}}`, "a"},
		"no object":            {ledger.Draft{ID: domain.EventID{1}, Type: "a", Meta: []byte("null")}, `{"daybook-envelope":{"meta":"bnVsbA=="}}`, "a"},
		"no UTF-8":             {ledger.Draft{ID: domain.EventID{1}, Type: "a", Meta: []byte("{\"\xff\":1}")}, `{"daybook-envelope":{"meta":"eyL/IjoxfQ=="}}`, "a"},
		"like an envelope":     {ledger.Draft{ID: domain.EventID{1}, Type: "a", Meta: []byte(`{"daybook-envelope":{}}`)}, `{"daybook-envelope":{"meta":"eyJkYXlib29rLWVudmVsb3BlIjp7fX0="}}`, "a"},
		"the id zero":          {ledger.Draft{Type: "a", Meta: []byte("{}")}, `{"daybook-envelope":{"id":"00000000-0000-0000-0000-000000000000","meta":"e30="}}`, "a"},
		"a type of the system": {ledger.Draft{ID: domain.EventID{1}, Type: "$>", Meta: []byte("{}")}, `{"daybook-envelope":{"type":"$\u003e","meta":"e30="}}`, "daybook-envelope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := kurrent.Recorded("test-a", c.draft)
			require.NoError(t, err)
			require.Equal(t, c.meta, string(e.UserMetadata))
			require.Equal(t, c.typ, e.EventType)
			require.NotEqual(t, uuid.Nil, e.EventID)
			r, err := kurrent.ToRecord("test-a", e)
			require.NoError(t, err)
			require.Equal(t, c.draft.ID, r.ID)
			require.Equal(t, c.draft.Type, r.Type)
			require.Equal(t, string(c.draft.Meta), string(r.Meta))
		})
	}
}

// Whatever a ledger takes comes back as it was, and reaches the server in a form that it takes.
func TestEveryRecordComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		meta := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 30), rapid.SampledFrom([][]byte{
			nil, []byte("{}"), []byte(` {"a":1}`), []byte(`[1]`), []byte(`{"daybook-envelope":{"meta":""}}`), []byte(`{"daybook-envelope":`)}))
		standIn := []byte{6: 0x80, 8: 0x80, 15: 1} // of the id zero
		id := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 16, 16), rapid.SampledFrom([][]byte{make([]byte, 16), standIn}))
		d := ledger.Draft{
			ID:   domain.EventID(id.Draw(t, "id")),
			Type: rapid.StringMatching(`\$?[a-z>.ä-]{1,20}`).Draw(t, "type"),
			Meta: meta.Draw(t, "meta"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "data"),
		}
		e, err := kurrent.Recorded("test-a", d)
		require.NoError(t, err)
		require.NotEqual(t, uuid.Nil, e.EventID)
		require.NotEqual(t, byte('$'), e.EventType[0])
		var object map[string]any
		require.NoError(t, json.Unmarshal(e.UserMetadata, &object), "%s", e.UserMetadata)
		r, err := kurrent.ToRecord("test-a", e)
		require.NoError(t, err)
		require.Equal(t, d.ID, r.ID)
		require.Equal(t, d.Type, r.Type)
		require.True(t, bytes.Equal(d.Meta, r.Meta) && bytes.Equal(d.Data, r.Data))
	})
}

// FuzzEnvelope reads metadata that somebody else may have written: it is a record, or an error that says what is wrong, and a record is written as it was read.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"daybook-envelope":{"meta":"e30="}}`, `{"daybook-envelope":{"meta":"e30="}} `, `{"daybook-envelope":{"meta":"e30=","more":1}}`,
		`{"daybook-envelope":{"id":"x","meta":null}}`, `{"daybook-envelope":`, `{"daybook-envelope":{"type":"$x","meta":"AA=="}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, meta []byte) {
		r, err := kurrent.ToRecord("test-a", &esdb.RecordedEvent{EventID: uuid.UUID{1}, EventType: "a", UserMetadata: bytes.Clone(meta)})
		if err != nil {
			return
		}
		if len(r.Type) == 0 || len(r.Type) > 255 || bytes.ContainsRune([]byte(r.Type), 0) || len(r.Meta) > domain.MaxRecord {
			return // what an append would refuse
		}
		e, err := kurrent.Recorded("test-a", ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta})
		if err != nil {
			return
		}
		again, err := kurrent.ToRecord("test-a", e)
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID)
		require.Equal(t, r.Type, again.Type)
		require.True(t, bytes.Equal(r.Meta, again.Meta))
	})
}
