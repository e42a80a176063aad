package feed

import (
	"bytes"
	"context"
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// The metadata of a message: the record's own members in decimal digits and as text.
const (
	Type     = "type"
	Stream   = "stream"
	Revision = "revision"
	Seq      = "seq"
)

// Message is the message of a record: its UUID is the event's id, the same at every delivery, its payload is the event's data as they are stored. An event that belongs
// to others by a correlation has it under Watermill's own key.
func Message(e ledger.Entry) *message.Message {
	id, _ := e.ID.AppendText(nil)
	m := message.NewMessage(string(id), bytes.Clone(e.Data)) // handlers may change it, and it may come again
	m.Metadata.Set(Type, e.Type)
	m.Metadata.Set(Stream, string(e.Stream))
	m.Metadata.Set(Revision, strconv.FormatUint(e.Revision, 10))
	m.Metadata.Set(Seq, strconv.FormatUint(e.Seq, 10))
	if bytes.Contains(e.Meta, []byte(`"correlation":`)) { // few have one, and decoding costs as much as all of the above
		if meta, err := domain.DecodeMeta(e.Meta); err == nil && meta.Correlation != "" {
			middleware.SetCorrelationID(meta.Correlation, m)
		}
	}
	return m
}

type entryKey struct{}

// WithEntry is a context of a message about a record, for those who make messages themselves.
func WithEntry(ctx context.Context, e ledger.Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, e)
}

// Entry is the record that a message is about, from the context of the message. ok is false where the message is none of ours.
func Entry(ctx context.Context) (e ledger.Entry, ok bool) {
	e, ok = ctx.Value(entryKey{}).(ledger.Entry)
	return e, ok
}
