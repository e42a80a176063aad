package tiles

import (
	"context"
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// maxCached is how many bytes of bundles are kept for who reads records again.
const maxCached = 32 << 20

// together is how many leaves have one digest: who reads one of them again hashes so many, and not a whole bundle.
const together = 16

// digests tell a bundle from any other: the first half of the SHA-256 of the hashes of its leaves, by sixteen of them. It is a byte for each entry.
type digests [notary.Width / together]digest

type digest [sha256.Size / 2]byte

func digestOf(hashes []tlog.Hash) digest {
	var flat [together * tlog.HashSize]byte
	b := flat[:0]
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	whole := sha256.Sum256(b)
	return digest(whole[:len(digest{})])
}

func digestsOf(hashes []tlog.Hash) (all digests) {
	for i := 0; i < len(hashes); i += together {
		all[i/together] = digestOf(hashes[i:min(i+together, len(hashes))])
	}
	return all
}

// same keeps the digests of a bundle, or compares it with what was kept.
func (l *Log) same(b *Batch) error {
	have := digestsOf(b.Hashes)
	l.mu.Lock()
	defer l.mu.Unlock()
	for int64(len(l.seen)) <= b.Bundle {
		l.seen = append(l.seen, digests{})
	}
	switch l.seen[b.Bundle] {
	case digests{}:
		l.seen[b.Bundle] = have
	case have:
	default:
		return b.another()
	}
	return nil
}

func (b *Batch) another() error {
	return fmt.Errorf("%s: %w: it is another one than when it was read first", notary.EntriesPath(b.Bundle, len(b.Leaves)), notary.ErrForm)
}

type cachedBundle struct {
	*Batch
	first digests // as it was read first
	used  uint64
}

// Record reads the record at seq again, from a bundle that was read before: it is the one that was there then. Bundles that were asked for lately are kept.
func (l *Log) Record(ctx context.Context, seq uint64) (domain.Record, error) {
	n := int64(seq / notary.Width)
	var first digests
	l.mu.Lock()
	if seq < uint64(l.Checkpoint.Size) && n < int64(len(l.seen)) {
		first = l.seen[n]
	}
	c := l.cached[n]
	if c != nil {
		l.clock++
		c.used = l.clock
	}
	l.mu.Unlock()
	if first == (digests{}) {
		return domain.Record{}, fmt.Errorf("record %d has not been read yet, so it cannot be read again", seq)
	}
	if c == nil {
		b, err := l.bundle(ctx, n)
		if err != nil {
			return domain.Record{}, err
		}
		c = l.keep(n, &cachedBundle{Batch: b, first: first})
	}
	at := int(seq % notary.Width)
	from := at / together * together
	if len(c.Leaves) <= at || digestOf(hashesOf(c.Leaves[from:min(from+together, len(c.Leaves))])) != c.first[at/together] {
		return domain.Record{}, c.another()
	}
	r, err := notary.ParseLeaf(seq, c.Leaves[at])
	r.Data = append([]byte(nil), r.Data...) // it belongs to the receiver, and must not keep the bundle
	return r, err
}

func (l *Log) keep(n int64, b *cachedBundle) *cachedBundle {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.cached[n]; c != nil {
		return c
	}
	if l.cached == nil {
		l.cached = map[int64]*cachedBundle{}
	}
	for l.bytes+b.Bytes > maxCached && len(l.cached) > 0 {
		var oldest int64
		at := ^uint64(0)
		for n, c := range l.cached {
			if c.used < at {
				oldest, at = n, c.used
			}
		}
		l.bytes -= l.cached[oldest].Bytes
		delete(l.cached, oldest)
	}
	l.clock++
	b.used = l.clock
	l.cached[n] = b
	l.bytes += b.Bytes
	return b
}
