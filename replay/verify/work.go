package verify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay"
	"daybook.internal/replay/adjudicate"
)

// batch is what can be said about 256 events without those before them.
type batch struct {
	First  int64
	hashes []tlog.Hash
	facts  []domain.Fact // those before the first event that cannot be read
	keys   []streamKey   // of the streams of facts
	bytes  int           // of the bundle

	prepared adjudicate.Batch // facts, for the court
}

// A streamKey stands for a stream: 16 bytes whose relation to the name nobody knows who wrote the name.
type streamKey [2]uint64

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func keyOf(s domain.StreamID) streamKey {
	return streamKey{maphash.String(seeds[0], string(s)), maphash.String(seeds[1], string(s))}
}

var readers = sync.Pool{New: func() any { return new(notary.LeafReader) }}

// work checks what is in one bundle. It is called on all cores.
func (r *runner) work(ctx context.Context, in *tiles.Batch) (*batch, error) {
	b := &batch{First: in.First, bytes: in.Bytes, hashes: in.Hashes, facts: make([]domain.Fact, len(in.Leaves)), keys: make([]streamKey, 0, len(in.Leaves))}
	r.tile(ctx, 0, in.Bundle, in.Hashes)
	leaves := readers.Get().(*notary.LeafReader)
	defer readers.Put(leaves)
	readable := true
	for i, leaf := range in.Leaves {
		seq := uint64(in.First) + uint64(i)
		record, err := leaves.Fact(seq, leaf, &b.facts[len(b.keys)])
		if err != nil {
			readable = false
			r.unreadable(seq, record, err)
			continue
		}
		if readable {
			b.keys = append(b.keys, keyOf(record.Stream))
		}
	}
	b.facts = b.facts[:len(b.keys)]
	b.prepared = r.court.Prepare(b.facts)
	r.count(checkForm, uint64(len(in.Leaves)))
	r.log.Free(in) // facts share nothing with it
	return b, ctx.Err()
}

// decode is work for who reads the log a second time.
func (r *runner) decode(ctx context.Context, in *tiles.Batch) (*batch, error) {
	b := &batch{First: in.First, facts: make([]domain.Fact, 0, len(in.Leaves))}
	records, err := in.Records()
	for _, record := range records {
		if err != nil {
			break
		}
		var f domain.Fact
		if f, err = record.Decode(); err == nil {
			b.facts = append(b.facts, f)
		}
	}
	return b, cmp.Or(err, ctx.Err())
}

func (r *runner) unreadable(seq uint64, record domain.Record, err error) {
	var unknown *domain.UnknownEventError
	where := fmt.Sprintf("event %d", seq)
	if record.Stream != "" {
		where = nameAt(seq, record.Stream, record.Revision)
	}
	if errors.As(err, &unknown) {
		r.find(checkForm, replay.Schema, where, "the type %q is not known; either nobody has defined it, or this program is older than the log", unknown.Type)
		return
	}
	r.find(checkForm, replay.Canonical, where, "%v", err)
}

// tile compares a published tile with the hashes that it must have.
func (r *runner) tile(ctx context.Context, level int, n int64, hashes []tlog.Hash) {
	name := notary.TilePath(tlog.Tile{H: notary.Height, L: level, N: n, W: len(hashes)})
	data, err := r.log.Tile(ctx, level, n)
	switch {
	case errors.Is(err, notary.ErrForm):
		r.find(checkTiles, replay.TileDiffers, name, "%v", err)
		return
	case err != nil:
		r.notDone(checkTiles, "%v", err)
		return
	}
	r.count(checkTiles, 1)
	for i := range hashes {
		if have := data[i*tlog.HashSize:][:tlog.HashSize]; !bytes.Equal(have, hashes[i][:]) {
			what := fmt.Sprintf("entry %d", n*notary.Width+int64(i))
			if level > 0 {
				what = fmt.Sprintf("the tile below it, %s", notary.TilePath(tlog.Tile{H: notary.Height, L: level - 1, N: n*notary.Width + int64(i), W: notary.Width}))
			}
			r.find(checkTiles, replay.TileDiffers, name, "its hash %d is %x; %s comes to %x", i, have, what, hashes[i][:])
			return
		}
	}
}
