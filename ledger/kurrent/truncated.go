package kurrent

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// watch takes note of the metadata of a stream: what may make the server forget its events.
func (t *tail) watch(stream string, e *esdb.RecordedEvent) {
	if why := forgets(e); why == "" {
		delete(t.truncated, stream)
	} else {
		t.truncated[stream] = why
		t.release()
	}
}

// forgets says in words what metadata makes the server forget, "" if nothing.
func forgets(e *esdb.RecordedEvent) string {
	if isTombstone(e) {
		return ""
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(e.Data, &members); err != nil {
		return ""
	}
	for _, name := range []string{"$maxAge", "$maxCount", "$tb"} {
		if v, ok := members[name]; ok && string(bytes.TrimSpace(v)) != "null" {
			return fmt.Sprintf("its metadata (%s) makes the server forget events, or delete the stream; "+
				"write metadata without it, and compare the ledger with what was published of it", name)
		}
	}
	return ""
}

func isTombstone(e *esdb.RecordedEvent) bool { return e.EventType == "$streamDeleted" }

// refuse is the error for every use of a ledger that has stopped. t.mu is held.
func (t *tail) refuse() error {
	first := ""
	for stream := range t.truncated {
		if first == "" || stream < first {
			first = stream
		}
	}
	if first == "" {
		return nil
	}
	stream, _ := t.names.stream(first)
	return &TruncatedError{Stream: stream, Why: t.truncated[first]}
}

func (t *tail) usable() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refuse()
}
