package adjudicate

import (
	"hash/maphash"
	"iter"
	"strings"

	"daybook.internal/domain"
)

// A book knows of every event where it stands, and of every stream how it has come: 9 bytes for an event and 11 to 21 for its id, about 90 for a stream, none
// of them pointers that a collector of garbage would follow. Names stand in it as 128 bits of a hash under a secret of the process: that two of ten
// million streams are taken for one happens once in 10^24 records.
type book struct {
	streams map[fingerprint]uint32 // the number of each
	entries pages[entry]
	before  pages[uint32] // by Seq: 1 + the Seq of the event before it in its stream, 0 for the first
	about   pages[uint32] // by Seq: the question or the statement that a vote is about, see votes.go
	said    pages[uint8]  // by Seq: what the vote says
	ids     idSet
	homes   map[domain.Home]uint32
	byHome  []domain.Home
}

// fingerprint stands for the name of a stream.
type fingerprint [2]uint64

// entry is what is known of one stream.
type entry struct {
	last    uint32    // 1 + the Seq of its last event
	events  uint32    // how many it has
	home    uint32    // of its first event
	shown   uint32    // of a ballot: the sessions whose codes were shown, see shownSets
	asked   [2]uint64 // which questions or statements were voted on, as a filter of 128 bits
	command uint64    // of its last event
	run     uint32    // how many of its last events bear that command
	family  family    // of its first event
	odd     bool      // something in it does not follow from the rules
}

func (b *book) open() {
	b.streams, b.homes = map[fingerprint]uint32{}, map[domain.Home]uint32{}
	b.ids.open()
}

func (c *Court) fingerprint(name domain.StreamID) fingerprint {
	return fingerprint{maphash.String(c.seeds[0], string(name)), maphash.String(c.seeds[1], string(name))}
}

// find gives the number of a stream that was named before.
func (b *book) find(name fingerprint) (no uint32, ok bool) {
	no, ok = b.streams[name]
	return no, ok
}

// number gives the number of a stream, a new one where it has none.
func (b *book) number(name fingerprint) uint32 {
	no, ok := b.streams[name]
	if !ok {
		no = uint32(b.entries.add(entry{}))
		b.streams[name] = no
	}
	return no
}

func (b *book) entry(no uint32) *entry { return b.entries.at(no) }

// homeOf gives the number of an event's edition and dialogue.
func (b *book) homeOf(m domain.Meta) uint32 {
	n, ok := b.homes[domain.Home{Edition: m.Source, Dialogue: m.Dialogue}]
	if !ok {
		h := domain.Home{Edition: domain.EditionID(strings.Clone(string(m.Source))), Dialogue: domain.DialogueID(strings.Clone(string(m.Dialogue)))}
		n = uint32(len(b.byHome))
		b.homes[h], b.byHome = n, append(b.byHome, h)
	}
	return n
}

// home is where a stream began.
func (b *book) home(no uint32) domain.Home { return b.byHome[b.entry(no).home] }

// add puts the event with the next Seq at the end of its stream.
func (b *book) add(no uint32, p *prepared, seq, about uint32, said uint8) {
	e := b.entry(no)
	b.before.add(e.last)
	b.about.add(about)
	b.said.add(said)
	b.ids.add(p.id)
	if e.run == 0 || e.command != p.command {
		e.command, e.run = p.command, 0
	}
	if about > 0 {
		e.asked[about>>6&1] |= 1 << (about & 63)
	}
	e.run, e.events, e.last = e.run+1, e.events+1, seq+1
}

// seqs are the places of the events of a stream from version from to version to.
func (b *book) seqs(no, from, to uint32) []uint32 {
	e := b.entry(no)
	seqs := make([]uint32, to-from)
	for at, n := e.last, e.events; n > from; at, n = *b.before.at(at - 1), n-1 {
		if n <= to {
			seqs[n-1-from] = at - 1
		}
	}
	return seqs
}

// votes are the places of the votes of a stream about something, and what they say, the last one first.
func (b *book) votes(no, about uint32) iter.Seq2[uint32, uint8] {
	return func(yield func(uint32, uint8) bool) {
		e := b.entry(no)
		if e.asked[about>>6&1]&(1<<(about&63)) == 0 {
			return
		}
		for at := e.last; at > 0; at = *b.before.at(at - 1) {
			if *b.about.at(at - 1) == about && !yield(at-1, *b.said.at(at - 1)) {
				return
			}
		}
	}
}

// versionAt is how many events of a stream stand before a place.
func (b *book) versionAt(no uint32, place uint64) uint32 {
	e := b.entry(no)
	n := e.events
	for at := e.last; at > 0 && uint64(at-1) >= place; at = *b.before.at(at - 1) {
		n--
	}
	return n
}

// pages is a list that grows without being copied.
type pages[T any] struct {
	full [][]T
	n    int
}

const pageSize = 1 << 14

func (p *pages[T]) at(i uint32) *T { return &p.full[i/pageSize][i%pageSize] }

func (p *pages[T]) add(v T) int {
	if p.n%pageSize == 0 {
		p.full = append(p.full, make([]T, pageSize))
	}
	p.full[p.n/pageSize][p.n%pageSize] = v
	p.n++
	return p.n - 1
}
