package domain

import (
	"fmt"
	"reflect"
	"sync"
)

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
	var f Fact
	d := decoders.Get().(*Decoder)
	defer decoders.Put(d)
	if err := d.Decode(&r, &f); err != nil {
		return Fact{}, err
	}
	return f, nil
}

// DecodeAll reads records one after the other, as Decode does. With an error it gives the facts of those before the one that the error names.
func DecodeAll(records []Record) ([]Fact, error) {
	d := decoders.Get().(*Decoder)
	defer decoders.Put(d)
	facts := make([]Fact, len(records))
	for i := range records {
		if err := d.Decode(&records[i], &facts[i]); err != nil {
			return facts[:i], err
		}
	}
	return facts, nil
}

var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// A Decoder decodes many records, one after the other. The facts share no memory with the records. The zero Decoder is ready; it belongs to one goroutine.
type Decoder struct{ names interner }

// Decode is Record.Decode into f, of which nothing holds after an error.
func (d *Decoder) Decode(r *Record, f *Fact) (err error) {
	f.Seq, f.Stream, f.Revision, f.ID, f.Meta = r.Seq, r.Stream, r.Revision, r.ID, Meta{}
	if err = readCanonical(&d.names, r.Meta, reflect.ValueOf(&f.Meta).Elem()); err != nil {
		return fmt.Errorf("record %d (%s@%d) meta: %w", r.Seq, r.Stream, r.Revision, err)
	}
	if f.Event, err = decode(&d.names, r.Type, r.Data); err != nil {
		return fmt.Errorf("record %d (%s@%d) %s: %w", r.Seq, r.Stream, r.Revision, r.Type, err)
	}
	return nil
}

// Name makes a string of b: the same one as before, where b is met often.
func (d *Decoder) Name(b []byte) string { return d.names.of(b) }
