package esdbserver

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"daybook.internal/domain"
)

// position is where a record stands in $all; see the package comment.
func position(seq uint64) uint64 { return seq + 1 }

// eventOf is r as clients get it: Meta and Data byte for byte. Its time is the one in Meta, and 1970 where Meta tells none.
func eventOf(r domain.Record, idText bool) *streams.ReadResp {
	return &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{
		Event: &streams.ReadResp_ReadEvent_RecordedEvent{
			Id:               idOf(r.ID, idText),
			StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(r.Stream)},
			StreamRevision:   r.Revision,
			PreparePosition:  position(r.Seq),
			CommitPosition:   position(r.Seq),
			Metadata:         map[string]string{"type": r.Type, "content-type": contentType(r.Data), "created": created(r.Meta)},
			CustomMetadata:   r.Meta,
			Data:             r.Data,
		},
		Position: &streams.ReadResp_ReadEvent_CommitPosition{CommitPosition: position(r.Seq)},
	}}}
}

// created is the time of a record in ticks of 100 ns since 1970. The Go client ends its process where it is missing or no number.
func created(meta []byte) string {
	m, err := domain.DecodeMeta(meta)
	if err != nil {
		return "0"
	}
	return strconv.FormatInt(int64(m.Time)*10_000, 10)
}

// contentType is JSON for what looks like an object, as all events of package domain do. The ledger does not keep what a client said.
func contentType(data []byte) string {
	if len(data) > 0 && data[0] == '{' {
		return "application/json"
	}
	return "application/octet-stream"
}

// idOf writes an id as text, or as two numbers, big-endian.
func idOf(id domain.EventID, text bool) *shared.UUID {
	if text {
		return &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}
	}
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
		MostSignificantBits:  int64(binary.BigEndian.Uint64(id[:8])),
		LeastSignificantBits: int64(binary.BigEndian.Uint64(id[8:])),
	}}}
}

// readID reads either form. ok is false where there is no UUID.
func readID(u *shared.UUID) (id domain.EventID, ok bool) {
	if n := u.GetStructured(); n != nil {
		binary.BigEndian.PutUint64(id[:8], uint64(n.MostSignificantBits))
		binary.BigEndian.PutUint64(id[8:], uint64(n.LeastSignificantBits))
		return id, true
	}
	err := id.UnmarshalText([]byte(strings.ToLower(u.GetString_())))
	return id, err == nil
}
