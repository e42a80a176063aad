package kurrent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A record is an event of the server like this:
//
//	record      event
//	Stream      stream id, behind the prefix
//	Revision    event number
//	ID          event id: both are UUIDs
//	Type        event type
//	Meta        custom metadata
//	Data        data; its content type is JSON if it is JSON
//
// All records of a daybook look so. The server takes less than a ledger does, though: metadata has to be a JSON object, an id is not zero, and types that begin with $ are
// its own. For a record that does not fit, the metadata is an envelope that says what the record has instead:
//
//	{"daybook-envelope":{"id":"00000000-0000-0000-0000-000000000000","type":"$x","meta":"AAE="}}
//
// id and type stand there only if the event has a stand-in. Metadata that looks like an envelope goes into one, so what is read is always what was written.
type envelope struct {
	ID   *domain.EventID `json:"id,omitempty"`
	Type *string         `json:"type,omitempty"`
	Meta []byte          `json:"meta"`
}

const envelopeStart = `{"daybook-envelope":`

var standInID = domain.EventID{6: 0x80, 8: 0x80, 15: 1} // a UUIDv8 of nothing

const standInType = "daybook-envelope"

const (
	maxStream = 1<<16 - 1
	maxType   = 1<<8 - 1
)

// toEvents makes the events of drafts. They share no memory with them.
func toEvents(stream domain.StreamID, drafts []ledger.Draft) ([]esdb.EventData, error) {
	if len(drafts) == 0 {
		return nil, fmt.Errorf("append to %.80s: no drafts", stream)
	}
	events := make([]esdb.EventData, len(drafts))
	for i, d := range drafts {
		var err error
		if events[i], err = toEvent(stream, d); err != nil {
			return nil, fmt.Errorf("append to %.80s: %w", stream, err)
		}
	}
	return events, nil
}

func toEvent(stream domain.StreamID, d ledger.Draft) (esdb.EventData, error) {
	switch {
	case len(d.Meta)+len(d.Data) > domain.MaxRecord:
		return esdb.EventData{}, fmt.Errorf("%w: this one has %d", ledger.ErrTooLarge, len(d.Meta)+len(d.Data))
	case !isName(string(stream), maxStream):
		return esdb.EventData{}, fmt.Errorf("the name of a stream is 1 to %d bytes of UTF-8 without NUL, not %.80q", maxStream, stream)
	case !isName(d.Type, maxType):
		return esdb.EventData{}, fmt.Errorf("the type of a record is 1 to %d bytes of UTF-8 without NUL, not %.80q", maxType, d.Type)
	}
	e := esdb.EventData{EventID: uuid.UUID(d.ID), EventType: d.Type, ContentType: esdb.ContentTypeBinary, Data: bytes.Clone(d.Data), Metadata: bytes.Clone(d.Meta)}
	if isJSON(d.Data) {
		e.ContentType = esdb.ContentTypeJson
	}
	var env envelope
	if d.ID == (domain.EventID{}) {
		env.ID, e.EventID = &d.ID, uuid.UUID(standInID)
	}
	if d.Type[0] == '$' {
		env.Type, e.EventType = &d.Type, standInType
	}
	if env.ID == nil && env.Type == nil && isObject(d.Meta) && !bytes.HasPrefix(d.Meta, []byte(envelopeStart)) {
		return e, nil
	}
	env.Meta = d.Meta
	body, err := json.Marshal(env)
	if err != nil {
		return esdb.EventData{}, fmt.Errorf("envelope: %w", err)
	}
	e.Metadata = append(append([]byte(envelopeStart), body...), '}')
	return e, nil
}

// toRecord is the record of an event, without its Seq. The record takes over the event's memory.
func toRecord(stream domain.StreamID, e *esdb.RecordedEvent) (domain.Record, error) {
	r := domain.Record{Stream: stream, Revision: e.EventNumber, ID: domain.EventID(e.EventID), Type: e.EventType, Meta: e.UserMetadata, Data: e.Data}
	if !bytes.HasPrefix(r.Meta, []byte(envelopeStart)) {
		return r, nil
	}
	var env envelope
	d := json.NewDecoder(bytes.NewReader(r.Meta[len(envelopeStart):]))
	d.DisallowUnknownFields()
	if err := d.Decode(&env); err != nil {
		return domain.Record{}, fmt.Errorf("its metadata is a broken envelope: %w", err)
	}
	if rest := r.Meta[len(envelopeStart)+int(d.InputOffset()):]; string(rest) != "}" {
		return domain.Record{}, fmt.Errorf("its metadata is a broken envelope: it ends with %.20q", rest)
	}
	r.Meta = env.Meta
	if env.ID != nil {
		r.ID = *env.ID
	}
	if env.Type != nil {
		r.Type = *env.Type
	}
	return r, nil
}

func isName(s string, most int) bool {
	return len(s) > 0 && len(s) <= most && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

func isJSON(b []byte) bool { return utf8.Valid(b) && json.Valid(b) }

func isObject(b []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte{'{'}) && isJSON(b)
}

// same tells whether r is what d would be in its place. Meta tells of the attempt.
func same(d ledger.Draft, r domain.Record) bool {
	return d.ID == r.ID && d.Type == r.Type && bytes.Equal(d.Data, r.Data)
}
