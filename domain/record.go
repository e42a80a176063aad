package domain

import "fmt"

// A Record is one event as the ledger keeps it: the very bytes that are hashed and proved.
//
// Seq is the dense ordinal of the record in the whole ledger, from 0. Revision is its ordinal in its own stream, from 0.
// Type is the versioned wire name, Meta and Data are canonical JSON objects (see canonical.go); together at most MaxRecord bytes.
type Record struct {
	Seq      uint64
	Stream   StreamID
	Revision uint64
	ID       EventID
	Type     string
	Meta     []byte
	Data     []byte
}

// MaxRecord is the most that Meta and Data of one record hold together, in bytes, so that a record fits a C2SP tile entry
// (65,535 bytes, https://c2sp.org/tlog-tiles) with room for the frame around it.
const MaxRecord = 60 << 10

// A Fact is a record decoded: the same place in the ledger, with the Meta and the Event that its bytes say. Folds consume facts.
type Fact struct {
	Seq      uint64
	Stream   StreamID
	Revision uint64
	ID       EventID
	Meta     Meta
	Event    Event
}

// Decode reads r strictly. The error names the record; an unknown wire name is an *UnknownEventError inside it.
func (r Record) Decode() (Fact, error) {
	f := Fact{Seq: r.Seq, Stream: r.Stream, Revision: r.Revision, ID: r.ID}
	var err error
	if f.Meta, err = DecodeMeta(r.Meta); err != nil {
		return Fact{}, fmt.Errorf("record %d (%s@%d) meta: %w", r.Seq, r.Stream, r.Revision, err)
	}
	if f.Event, err = Decode(r.Type, r.Data); err != nil {
		return Fact{}, fmt.Errorf("record %d (%s@%d) %s: %w", r.Seq, r.Stream, r.Revision, r.Type, err)
	}
	return f, nil
}
