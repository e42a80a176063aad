package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A frame is one record as the file keeps it, numbers big-endian:
//
//	bytes   what
//	 0-31   SHA-256 of all bytes that follow
//	32-39   seq
//	40-47   revision
//	48-63   id
//	64-65   length of stream, s
//	   66   length of type, t
//	67-68   length of meta, m
//	69-     stream (s bytes), type (t), meta (m), data (the rest)
//
// The lengths make the hashed bytes unambiguous. Seq and revision are among them, so a good frame in a wrong place is found out too.
type frame []byte

const (
	atSeq      = sha256.Size
	atRevision = atSeq + 8
	atID       = atRevision + 8
	atLengths  = atID + 16
	atStream   = atLengths + 5

	maxStream = 1<<16 - 1
	maxType   = 1<<8 - 1
)

// newFrame copies d into a frame that has no place in the ledger yet.
func newFrame(stream domain.StreamID, d ledger.Draft) (frame, error) {
	switch {
	case len(d.Meta)+len(d.Data) > domain.MaxRecord:
		return nil, fmt.Errorf("%w: this one has %d", ledger.ErrTooLarge, len(d.Meta)+len(d.Data))
	case !isName(string(stream), maxStream):
		return nil, fmt.Errorf("the name of a stream is 1 to %d bytes of UTF-8 without NUL, not %.80q", maxStream, stream)
	case !isName(d.Type, maxType):
		return nil, fmt.Errorf("the type of a record is 1 to %d bytes of UTF-8 without NUL, not %.80q", maxType, d.Type)
	}
	f := make(frame, atID, atStream+len(stream)+len(d.Type)+len(d.Meta)+len(d.Data))
	f = append(f, d.ID[:]...)
	f = binary.BigEndian.AppendUint16(f, uint16(len(stream)))
	f = append(f, byte(len(d.Type)))
	f = binary.BigEndian.AppendUint16(f, uint16(len(d.Meta)))
	f = append(f, stream...)
	f = append(f, d.Type...)
	f = append(f, d.Meta...)
	return append(f, d.Data...), nil
}

func isName(s string, most int) bool {
	if len(s) == 0 || len(s) > most || !utf8.ValidString(s) {
		return false
	}
	for i := range len(s) {
		if s[i] == 0 {
			return false
		}
	}
	return true
}

// place gives f its place and its digest.
func (f frame) place(seq, revision uint64) {
	binary.BigEndian.PutUint64(f[atSeq:], seq)
	binary.BigEndian.PutUint64(f[atRevision:], revision)
	digest := sha256.Sum256(f[atSeq:])
	copy(f, digest[:])
}

// record checks the digest and that f is the record at seq. The record's strings and slices lie in f, which must not be used otherwise
// from then on: the bytes of Meta and Data are the receiver's, and those of Stream and Type are nobody's to change.
func (f frame) record(seq uint64) (domain.Record, error) {
	if len(f) < atStream {
		return domain.Record{}, fmt.Errorf("%d bytes are no record", len(f))
	}
	if sha256.Sum256(f[atSeq:]) != [sha256.Size]byte(f) {
		return domain.Record{}, fmt.Errorf("its bytes do not have the digest that was stored with them")
	}
	if at := binary.BigEndian.Uint64(f[atSeq:]); at != seq {
		return domain.Record{}, fmt.Errorf("record %d stands in its place", at)
	}
	s, t, m := f.ends()
	if m > len(f) {
		return domain.Record{}, fmt.Errorf("its parts are longer than the whole")
	}
	return domain.Record{
		Seq:      seq,
		Stream:   domain.StreamID(view(f[atStream:s])),
		Revision: binary.BigEndian.Uint64(f[atRevision:]),
		ID:       domain.EventID(f[atID:atLengths]),
		Type:     view(f[s:t]),
		Meta:     f[t:m:m],
		Data:     f[m:len(f):len(f)],
	}, nil
}

// ends gives where stream, type and meta end.
func (f frame) ends() (stream, typ, meta int) {
	stream = atStream + int(binary.BigEndian.Uint16(f[atLengths:]))
	typ = stream + int(f[atLengths+2])
	meta = typ + int(binary.BigEndian.Uint16(f[atLengths+3:]))
	return stream, typ, meta
}

// tells says whether r is what f would be in its place, Meta apart.
func (f frame) tells(r domain.Record) bool {
	s, t, m := f.ends()
	return r.ID == domain.EventID(f[atID:atLengths]) && r.Type == string(f[s:t]) && bytes.Equal(r.Data, f[m:])
}

// view is b as a string without a copy. Nothing writes to b any more.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
