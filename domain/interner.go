package domain

import "encoding/binary"

// An interner makes strings of bytes. What comes again and again in a record, such as the names of dialogues, questions and streams, is made once and found again: so
// who decodes many records makes few strings, and they are quick to compare. What was made is kept until something else takes its place. nil makes
// every string anew. It belongs to one goroutine.
type interner struct {
	seen  [1 << wordBits]string
	lists [1 << listBits]struct { // of what decisions have looked at: many have looked at the same
		text string
		refs Observed
	}
	reads reader // by readCanonical, which reads one value at a time
}

func (in *interner) reader() *reader {
	if in == nil {
		return new(reader)
	}
	return &in.reads
}

const (
	wordBits = 11
	listBits = 8
	maxWord  = 64 // longer ones hardly ever come again
)

func (in *interner) of(b []byte) string {
	if in == nil || len(b) > maxWord || len(b) == 0 {
		return string(b)
	}
	s := &in.seen[slotOf(b)>>(64-wordBits)]
	if *s != string(b) {
		*s = string(b)
	}
	return *s
}

// observed reads what Observed writes. Nobody may change what it gives: others have it, too.
func (in *interner) observed(text []byte) (Observed, error) {
	if in == nil {
		return parseObserved(nil, text)
	}
	l := &in.lists[slotOf(text)>>(64-listBits)]
	if l.text != string(text) || l.refs == nil {
		refs, err := parseObserved(in, text)
		if err != nil {
			return nil, err
		}
		l.text, l.refs = string(text), refs
	}
	return l.refs, nil
}

// slotOf mixes the length, the beginning, the middle and the end of b. Its first bits are the best.
func slotOf(b []byte) uint64 {
	h, n := uint64(len(b)), len(b)
	if n < 8 {
		for _, c := range b {
			h = h<<8 | uint64(c)
		}
		return h * 0x9e3779b97f4a7c15
	}
	h ^= binary.LittleEndian.Uint64(b) * 0x9e3779b97f4a7c15
	h = (h ^ h>>32 ^ binary.LittleEndian.Uint64(b[n/2-4:])) * 0xd6e8feb86659fd93
	h = (h ^ h>>32 ^ binary.LittleEndian.Uint64(b[n-8:])) * 0xd6e8feb86659fd93
	return h
}
