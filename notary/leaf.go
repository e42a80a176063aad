package notary

import (
	"bytes"
	"fmt"
	"strconv"

	"daybook.internal/domain"
)

// MaxLeaf is the most bytes that a leaf has: an entry of a tile has its length in two bytes.
const MaxLeaf = 1<<16 - 1

// The frame of a leaf, around bytes that are in the ledger as they are.
const (
	leafID       = `{"specversion":"1.0","id":"`
	leafType     = `","type":"`
	leafSubject  = `","subject":"`
	leafRevision = `","revision":`
	leafData     = `,"data":`
)

// AppendLeaf appends the leaf of r to dst: a CloudEvents 1.0 event in JSON,
//
//	{"specversion":"1.0","id":ID,"type":TYPE,"subject":STREAM,"revision":N, members of Meta ,"data": Data }
//
// Meta and Data stand in it byte for byte as they are stored; nothing is encoded anew. Seq is not in it: it is the leaf's index. Names of streams and types
// need no escapes in JSON, which ParseLeaf checks.
func AppendLeaf(dst []byte, r domain.Record) []byte {
	dst = append(dst, leafID...)
	dst, _ = r.ID.AppendText(dst)
	dst = append(dst, leafType...)
	dst = append(dst, r.Type...)
	dst = append(dst, leafSubject...)
	dst = append(dst, r.Stream...)
	dst = append(dst, leafRevision...)
	dst = strconv.AppendUint(dst, r.Revision, 10)
	dst = append(dst, ',')
	dst = append(dst, bytes.TrimSuffix(bytes.TrimPrefix(r.Meta, []byte("{")), []byte("}"))...)
	dst = append(dst, leafData...)
	dst = append(dst, r.Data...)
	return append(dst, '}')
}

// ParseLeaf takes a leaf apart into the record at seq. It reads what AppendLeaf writes and nothing else, up to the form of Meta and Data, which is for
// Record.Decode to check. The record shares no memory with leaf but Data.
func ParseLeaf(seq uint64, leaf []byte) (domain.Record, error) {
	return new(LeafReader).parse(seq, leaf, func(b []byte) string { return string(b) })
}

// A LeafReader decodes leaf after leaf, of which the last one's memory is used again. The zero LeafReader is ready; it belongs to one goroutine.
type LeafReader struct {
	decoder domain.Decoder
	meta    []byte
}

// Fact is ParseLeaf and Record.Decode, into f, of which nothing holds after an error. f shares no memory with leaf; the record does, also with the next
// one. Where leaf is no leaf, there is no record, either.
func (l *LeafReader) Fact(seq uint64, leaf []byte, f *domain.Fact) (domain.Record, error) {
	r, err := l.parse(seq, leaf, l.decoder.Name)
	if err != nil {
		return r, err
	}
	l.meta = r.Meta
	return r, l.decoder.Decode(&r, f)
}

func (l *LeafReader) parse(seq uint64, leaf []byte, name func([]byte) string) (domain.Record, error) {
	r := domain.Record{Seq: seq}
	bad := func(what string) (domain.Record, error) {
		return domain.Record{}, fmt.Errorf("leaf %d: %w: %s", seq, ErrForm, what)
	}
	if len(leaf) > MaxLeaf {
		return bad("it is longer than 65535 bytes")
	}
	rest, ok := bytes.CutPrefix(leaf, []byte(leafID))
	if !ok || len(rest) < 36 || r.ID.UnmarshalText(rest[:36]) != nil {
		return bad("no event id at its beginning")
	}
	if rest, ok = bytes.CutPrefix(rest[36:], []byte(leafType)); !ok {
		return bad("no type")
	}
	typ, rest, ok := bytes.Cut(rest, []byte(leafSubject))
	if !ok || !isPlain(typ) {
		return bad("no type and subject")
	}
	stream, rest, ok := bytes.Cut(rest, []byte(leafRevision))
	if !ok || !isPlain(stream) {
		return bad("no subject and revision")
	}
	revision, rest, ok := bytes.Cut(rest, []byte(","))
	if !ok || !isNumber(revision) {
		return bad("no revision")
	}
	var err error
	if r.Revision, err = strconv.ParseUint(string(revision), 10, 64); err != nil {
		return bad("no revision")
	}
	// In a string of JSON a quotation mark is escaped, so these bytes end Meta wherever they stand first.
	meta, data, ok := bytes.Cut(rest, []byte(leafData))
	if !ok || len(data) < 2 || data[len(data)-1] != '}' {
		return bad("no data at its end")
	}
	r.Type, r.Stream = name(typ), domain.StreamID(name(stream))
	if l.meta == nil {
		l.meta = make([]byte, 0, len(meta)+2)
	}
	r.Meta = append(append(append(l.meta[:0], '{'), meta...), '}')
	r.Data = data[: len(data)-1 : len(data)-1]
	return r, nil
}

// isPlain tells whether b stands in a string of JSON as it is.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return len(b) > 0
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0 && (b[0] != '0' || len(b) == 1)
}
