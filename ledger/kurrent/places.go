package kurrent

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sort"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// places is where the records of a ledger stand in the server's log: the n-th record of the ledger at the n-th position. The server numbers nothing across streams, it only
// keeps an order; so Seq is counted, and this is the count. It holds 8 bytes for a record: the distance from a block's first position, and a check of what the record says.
type places struct {
	blocks []*placeBlock
	n      uint64
}

const blockSize = 1024

type placeBlock struct {
	seq, position uint64 // of the first record
	n             int
	offset, check [blockSize]uint32
}

// add puts a record behind the last one, which must stand before it.
func (p *places) add(position uint64, check uint32) {
	var b *placeBlock
	if len(p.blocks) > 0 {
		b = p.blocks[len(p.blocks)-1]
	}
	if b == nil || b.n == blockSize || position-b.position > 1<<32-1 { // others may write 4 GiB between two records of ours
		b = &placeBlock{seq: p.n, position: position}
		p.blocks = append(p.blocks, b)
	}
	b.offset[b.n], b.check[b.n] = uint32(position-b.position), check
	b.n++
	p.n++
}

// at is the place of the record with that seq, which must be less than n.
func (p *places) at(seq uint64) (position uint64, check uint32) {
	b := p.blocks[sort.Search(len(p.blocks), func(i int) bool { return p.blocks[i].seq > seq })-1]
	i := seq - b.seq
	return b.position + uint64(b.offset[i]), b.check[i]
}

// seq is that of the record at position, if one is there.
func (p *places) seq(position uint64) (uint64, bool) {
	i := sort.Search(len(p.blocks), func(i int) bool { return p.blocks[i].position > position })
	if i == 0 {
		return 0, false
	}
	b := p.blocks[i-1]
	if position-b.position > 1<<32-1 {
		return 0, false
	}
	offset := uint32(position - b.position)
	j := sort.Search(b.n, func(j int) bool { return b.offset[j] >= offset })
	return b.seq + uint64(j), j < b.n && b.offset[j] == offset
}

// checkOf is the beginning of SHA-256 over everything in r but Seq, lengths among it. scratch is used and returned.
func checkOf(r domain.Record, scratch []byte) (uint32, []byte) {
	b := binary.BigEndian.AppendUint64(scratch[:0], r.Revision)
	b = append(b, r.ID[:]...)
	for _, n := range []int{len(r.Stream), len(r.Type), len(r.Meta)} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	b = append(b, r.Stream...)
	b = append(b, r.Type...)
	b = append(b, r.Meta...)
	b = append(b, r.Data...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint32(sum[:]), b
}

// token is the bookmark behind a record: its position, where the server goes on, and its check, which ties the place to this ledger.
func token(position uint64, check uint32) string {
	return fmt.Sprintf("%x-%08x", position, check)
}

// find says whether at is a place between two of the first n records, and was given here.
func (p *places) find(at ledger.Cursor) error {
	switch {
	case at.Seq > p.n:
		return fmt.Errorf("%w: it has %d records, not %d", ledger.ErrCursor, p.n, at.Seq)
	case at.Seq == 0 || at.Token == "":
		return nil
	}
	if position, check := p.at(at.Seq - 1); at.Token != token(position, check) {
		return fmt.Errorf("%w: record %d is another one", ledger.ErrCursor, at.Seq-1)
	}
	return nil
}
