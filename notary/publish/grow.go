package publish

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// edge is where a log grows.
type edge struct {
	tree   *notary.Tree
	bundle []byte        // the entries of the bundle that is not full
	at     ledger.Cursor // after the last leaf
}

// part is the records of one bundle of entries, or those of it that are new.
type part struct {
	first   int64 // index of the first of them
	records []domain.Record
	after   ledger.Cursor
	bundle  []byte // before it is folded, the entries that stand before them
	hashes  []tlog.Hash
	done    chan struct{} // closed when it is folded
	err     error
}

// grow appends the records that follow e to its tree, up to limit records in all where that is not 0, and gives put every file that they make, whole:
// bundles of entries and tiles, full ones and those at the right edge. put is called by several goroutines; an error of it ends everything.
//
// sizes, ascending, are those at which reached is told the root, on the way. After an error, e is of no use any more.
//
// Records are read by one goroutine, made into leaves and hashed on all cores, and taken into the tree in their order by the caller's.
func grow(ctx context.Context, l ledger.Reader, e *edge, limit uint64, sizes []int64, reached func(size int64, root tlog.Hash) error, put func(name string, data []byte) error) error {
	before := e.tree.Size()
	cores := runtime.GOMAXPROCS(0)
	todo, inOrder := make(chan *part, cores), make(chan *part, 4*cores)
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	for range cores {
		all.Go(func() {
			for p := range todo {
				p.err = p.fold(put)
				close(p.done)
			}
		})
	}
	var read error // until inOrder is closed, the reader's
	all.Go(func() {
		defer close(inOrder)
		defer close(todo)
		read = parts(ctx, l, *e, limit, func(p *part) bool {
			for _, c := range []chan *part{inOrder, todo} {
				select {
				case c <- p:
				case <-ctx.Done():
					return false
				}
			}
			return true
		})
	})
	e.tree.Full = func(t tlog.Tile, data []byte) error { return put(notary.TilePath(t), data) }
	for p := range inOrder {
		select {
		case <-p.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if p.err != nil {
			return p.err
		}
		for _, h := range p.hashes {
			if err := e.tree.Append(h); err != nil {
				return err
			}
			if len(sizes) > 0 && e.tree.Size() == sizes[0] {
				if err := reached(sizes[0], e.tree.Root()); err != nil {
					return err
				}
				sizes = sizes[1:]
			}
		}
		if e.at, e.bundle = p.after, p.bundle; e.tree.Size()%notary.Width == 0 {
			e.bundle = nil
		}
	}
	if read != nil {
		return read
	}
	var err error
	e.tree.Edge(func(t tlog.Tile, data []byte) bool {
		if t.W != notary.WidthAt(t.L, t.N, before) { // the others stand there since the head before
			err = put(notary.TilePath(t), data)
		}
		return err == nil
	})
	return err
}

// parts reads the records that follow e and gives them to send a bundle at a time, until that says no.
func parts(ctx context.Context, l ledger.Reader, e edge, limit uint64, send func(*part) bool) error {
	if limit != 0 && e.at.Seq >= limit {
		return nil
	}
	p := &part{first: e.tree.Size(), bundle: e.bundle, after: e.at, done: make(chan struct{})}
	for r, err := range l.All(ctx, e.at) {
		if err != nil {
			return err
		}
		if r.Seq != p.after.Seq {
			return &ledger.DamagedError{Where: fmt.Sprintf("record %d", p.after.Seq), Detail: fmt.Sprintf("the ledger gives record %d in its place", r.Seq)}
		}
		p.records, p.after = append(p.records, r.Record), r.Cursor
		if p.after.Seq%notary.Width == 0 {
			if !send(p) {
				return ctx.Err()
			}
			p = &part{first: int64(r.Cursor.Seq), after: r.Cursor, done: make(chan struct{})}
		}
		if r.Cursor.Seq == limit {
			break
		}
	}
	if len(p.records) > 0 && !send(p) {
		return ctx.Err()
	}
	return nil
}

// fold makes leaves of the records, their hashes, and the bundle that ends with them.
func (p *part) fold(put func(name string, data []byte) error) (err error) {
	var leaf, scratch []byte
	bundle := make([]byte, len(p.bundle), len(p.bundle)+len(p.records)*512)
	copy(bundle, p.bundle)
	p.hashes = make([]tlog.Hash, len(p.records))
	for i, r := range p.records {
		leaf = notary.AppendLeaf(leaf[:0], r)
		if bundle, err = notary.AppendEntry(bundle, leaf); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		p.hashes[i], scratch = notary.LeafHash(scratch, leaf)
	}
	p.bundle = bundle
	last := p.first + int64(len(p.records)) - 1
	p.records = nil
	return put(notary.EntriesPath(last/notary.Width, int(last%notary.Width)+1), bundle)
}
