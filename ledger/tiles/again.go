package tiles

import (
	"context"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// maxCached is how many bytes of bundles are kept for who reads records again.
const maxCached = 32 << 20

type cachedBundle struct {
	*Batch
	used uint64
}

// Record reads the record at seq again, from a bundle that was read before: it is the one that was there then. Bundles that were asked for lately are kept.
func (l *Log) Record(ctx context.Context, seq uint64) (domain.Record, error) {
	n := int64(seq / notary.Width)
	l.mu.Lock()
	read := seq < uint64(l.Checkpoint.Size) && n < int64(len(l.seen)) && l.seen[n] != [32]byte{}
	c := l.cached[n]
	if c != nil {
		l.clock++
		c.used = l.clock
	}
	l.mu.Unlock()
	if !read {
		return domain.Record{}, fmt.Errorf("record %d has not been read yet, so it cannot be read again", seq)
	}
	if c == nil {
		b, err := l.Batch(ctx, n)
		if err != nil {
			return domain.Record{}, err
		}
		c = l.keep(n, b)
	}
	r, err := notary.ParseLeaf(seq, c.Leaves[seq%notary.Width])
	r.Data = append([]byte(nil), r.Data...) // it belongs to the receiver, and must not keep the bundle
	return r, err
}

func (l *Log) keep(n int64, b *Batch) *cachedBundle {
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
	l.cached[n] = &cachedBundle{b, l.clock}
	l.bytes += b.Bytes
	return l.cached[n]
}
