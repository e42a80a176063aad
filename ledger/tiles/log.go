package tiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// MaxSize is the most entries of a log that is taken up: reading more than that would not end.
const MaxSize = 1 << 40

// A Log is a published log as it stood at a checkpoint, which somebody has checked the signature of.
type Log struct {
	Checkpoint notary.Checkpoint
	Files      Files

	mu     sync.Mutex
	seen   []digests // of each bundle, as it was read first; what follows is guarded by mu
	cached map[int64]*cachedBundle
	clock  uint64
	bytes  int
	free   [][]byte // memory of bundles
}

// A Batch is the entries of one bundle: 256 of them, fewer at the end of the log.
type Batch struct {
	First  int64 // index of the first one
	Leaves [][]byte
	Hashes []tlog.Hash // of the leaves

	Bundle int64 // its number
	Bytes  int   // of the bundle

	data []byte // of which the leaves are parts
}

// How many bundles are read ahead of those that are worked on, from files and from an address. Bundles are 16 MiB at most, and 0.2 MB usually.
const (
	aheadLocal  = 2
	aheadRemote = 16
)

// ahead is how many files are asked for besides those that are worked on.
func ahead(f Files) int {
	switch f := f.(type) {
	case *remote:
		return aheadRemote
	case *Summed:
		return ahead(f.Files)
	}
	return aheadLocal
}

// Batches yields what work makes of each batch, in order. work is called on all cores, for batches further on, and reads ahead that way; it may be slow. The first
// error is the last pair: work's own, or one of reading. A bundle that is not there is fs.ErrNotExist, one of another form notary.ErrForm.
func Batches[T any](ctx context.Context, l *Log, work func(context.Context, *Batch) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var done sync.WaitGroup
		defer done.Wait()
		defer cancel()
		type result struct {
			made T
			err  error
		}
		workers := runtime.GOMAXPROCS(0) + ahead(l.Files)
		type job struct {
			n      int64
			answer chan result
		}
		jobs, queue := make(chan job), make(chan chan result, workers)
		done.Go(func() {
			defer close(queue)
			defer close(jobs)
			for n := int64(0); notary.WidthAt(0, n, l.Checkpoint.Size) > 0; n++ {
				j := job{n, make(chan result, 1)}
				select {
				case queue <- j.answer:
				case <-ctx.Done():
					return
				}
				select {
				case jobs <- j:
				case <-ctx.Done():
					j.answer <- result{err: context.Cause(ctx)}
					return
				}
			}
		})
		for range workers {
			done.Go(func() {
				for j := range jobs {
					var r result
					var b *Batch
					if b, r.err = l.Batch(ctx, j.n); r.err == nil {
						r.made, r.err = work(ctx, b)
					}
					j.answer <- r
				}
			})
		}
		for answer := range queue {
			r := <-answer
			if !yield(r.made, r.err) || r.err != nil {
				return
			}
		}
		if ctx.Err() != nil {
			yield(*new(T), context.Cause(ctx))
		}
	}
}

// Batch reads the n-th bundle of entries and hashes its leaves. Read a second time, it is the same as the first time, or an error.
func (l *Log) Batch(ctx context.Context, n int64) (*Batch, error) {
	b, err := l.bundle(ctx, n)
	if err != nil {
		return nil, err
	}
	b.Hashes = hashesOf(b.Leaves)
	return b, l.same(b)
}

// bundle reads the n-th bundle of entries, which may be any.
func (l *Log) bundle(ctx context.Context, n int64) (*Batch, error) {
	w := notary.WidthAt(0, n, l.Checkpoint.Size)
	data, whole, err := l.partial(ctx, l.memory(), w, notary.MaxEntries, func(w int) string { return notary.EntriesPath(n, w) })
	if err != nil {
		return nil, err
	}
	b := &Batch{First: n * notary.Width, Leaves: make([][]byte, 0, w), Bundle: n, Bytes: len(data), data: data}
	for leaf, err := range notary.Entries(data, whole) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", notary.EntriesPath(n, w), err)
		}
		if len(b.Leaves) < w { // else more than the checkpoint has: of the form that they must have
			b.Leaves = append(b.Leaves, leaf)
		}
	}
	return b, nil
}

func hashesOf(leaves [][]byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(leaves))
	var scratch []byte
	for i, leaf := range leaves {
		hashes[i], scratch = notary.LeafHash(scratch, leaf)
	}
	return hashes
}

// Free gives the memory of a batch to the next one. Nothing may be used of its leaves after that, nor of records that were made from them.
func (l *Log) Free(b *Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.Leaves = nil; cap(b.data) <= maxKept && len(l.free) < maxFree {
		l.free = append(l.free, b.data)
	}
}

// How much memory of bundles is used again: of so many, each several times an usual one.
const (
	maxKept = 2 << 20
	maxFree = 16
)

func (l *Log) memory() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return nil
	}
	last := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return last
}

// Tile reads a tile of hashes of the tree at the checkpoint.
func (l *Log) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	w := notary.WidthAt(level, n, l.Checkpoint.Size)
	name := func(w int) string { return notary.TilePath(tlog.Tile{H: notary.Height, L: level, N: n, W: w}) }
	data, whole, err := l.partial(ctx, nil, w, notary.MaxTile, name)
	if err != nil {
		return nil, err
	}
	if len(data) != whole*tlog.HashSize {
		return nil, fmt.Errorf("%s: %w: %d bytes, not %d", name(whole), notary.ErrForm, len(data), whole*tlog.HashSize)
	}
	return data[:w*tlog.HashSize], nil
}

// partial reads a tile or bundle of w. Where a partial one is gone, as the log has grown since, the full one begins with it.
func (l *Log) partial(ctx context.Context, to []byte, w int, limit int64, name func(w int) string) ([]byte, int, error) {
	data, err := readTo(ctx, to, l.Files, name(w), limit)
	if w < notary.Width && errors.Is(err, fs.ErrNotExist) {
		if data, err := Read(ctx, l.Files, name(notary.Width), limit); err == nil {
			return data, notary.Width, nil
		}
	}
	return data, w, err
}

// Records yields every record, in order, and checks on the way: entries against the tiles of their hashes, and at the end all of them against the root. What
// was yielded is to be believed once it has ended without an error. An entry that is no leaf is an error.
func (l *Log) Records(ctx context.Context) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		type parsed struct {
			*Batch
			records []domain.Record
		}
		var tree notary.Tree
		for p, err := range Batches(ctx, l, func(ctx context.Context, b *Batch) (parsed, error) {
			if err := l.compare(ctx, b); err != nil {
				return parsed{}, err
			}
			records, err := b.Records()
			return parsed{b, records}, err
		}) {
			if err != nil {
				yield(domain.Record{}, err)
				return
			}
			for i, r := range p.records {
				if err := tree.Append(p.Hashes[i]); err != nil || !yield(r, nil) {
					return
				}
			}
		}
		if tree.Size() == l.Checkpoint.Size && tree.Root() != l.Checkpoint.Root {
			yield(domain.Record{}, fmt.Errorf("%w: the entries come to %v, not to the root %v of the checkpoint", notary.ErrProof, tree.Root(), l.Checkpoint.Root))
		}
	}
}

func (l *Log) compare(ctx context.Context, b *Batch) error {
	tile, err := l.Tile(ctx, 0, b.Bundle)
	if err != nil {
		return err
	}
	for i, h := range b.Hashes {
		if !bytes.Equal(h[:], tile[i*tlog.HashSize:][:tlog.HashSize]) {
			return fmt.Errorf("%w: entry %d is not what its tile has", notary.ErrProof, b.First+int64(i))
		}
	}
	return nil
}

// Records takes the leaves apart.
func (b *Batch) Records() ([]domain.Record, error) {
	records := make([]domain.Record, 0, len(b.Leaves))
	for i, leaf := range b.Leaves {
		r, err := notary.ParseLeaf(uint64(b.First)+uint64(i), leaf)
		if err != nil {
			return records, err
		}
		records = append(records, r)
	}
	return records, nil
}
