package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// resume finds out from the disk where the log stands: what was signed last, what is published, and whether files and ledger still are what was signed. It
// reads the right edge and no more, and changes nothing but what a crash left behind; where tiles are missing it makes all of them again.
func (p *Publisher) resume(ctx context.Context) error {
	p.edge, p.sure = nil, map[string]bool{}
	if err := makeAll(p.disk, p.c.Dir); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := removeAll(p.disk, filepath.Join(p.c.Dir, ".new")); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := p.lastSigned(); err != nil {
		return err
	}
	public, err := p.lastPublished()
	if err != nil {
		return err
	}
	e, err := p.rightEdge(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		p.c.Log.WarnContext(ctx, "files of the log are missing; they are made again from the ledger", "missing", err, "folder", p.c.Dir, "events", p.head.Size)
		e, err = p.rebuild(ctx, public.Size)
	}
	if err != nil {
		return err
	}
	if err := p.continues(public, p.head); err != nil {
		return fmt.Errorf("publish: from the published head of %d events to the signed one of %d: %w. Move the folder of the log away: it is made again from the ledger", public.Size, p.head.Size, err)
	}
	p.edge, p.public, p.swept = e, public.Size, max(0, public.Size/notary.Width-1)*notary.Width
	return nil
}

// lastSigned reads the head file.
func (p *Publisher) lastSigned() error {
	p.head, p.signed, p.partly = notary.Checkpoint{Origin: p.c.Signer.Name(), Root: new(notary.Tree).Root()}, nil, nil
	signed, err := p.disk.Read(p.c.Head)
	if errors.Is(err, fs.ErrNotExist) {
		_, checkpoint := p.disk.Read(filepath.Join(p.c.Dir, notary.CheckpointPath))
		_, archive := p.disk.List(filepath.Join(p.c.Dir, notary.ArchivePath))
		if errors.Is(checkpoint, fs.ErrNotExist) && errors.Is(archive, fs.ErrNotExist) {
			return nil // a new log, whatever tiles a crash has left
		}
		return fmt.Errorf("%w: %s is missing, while %s has a published log. Put the file back. Only if it is lost, and you know that nothing later was signed, copy %s to it",
			ErrHead, p.c.Head, p.c.Dir, filepath.Join(p.c.Dir, notary.CheckpointPath))
	}
	if err != nil {
		return fmt.Errorf("publish: head: %w", err)
	}
	// An attempt that failed may have put the file there without knowing that it stays.
	if err := p.disk.Sync(p.c.Head, filepath.Dir(p.c.Head)); err != nil {
		return fmt.Errorf("publish: head: %w", err)
	}
	if p.head, _, err = notary.OpenCheckpoint(signed, p.verifier); err != nil {
		return fmt.Errorf("%w: %s is no head that this log's key %s signed: %w", ErrHead, p.c.Head, p.verifier.Name(), err)
	}
	p.signed = signed
	return nil
}

// lastPublished reads the published head, which may be behind the signed one, and never before it.
func (p *Publisher) lastPublished() (notary.Checkpoint, error) {
	public, _, err := p.Published()
	switch {
	case errors.Is(err, ErrNothing):
		return notary.Checkpoint{Origin: p.head.Origin, Root: new(notary.Tree).Root()}, nil
	case errors.Is(err, notary.ErrSignature) || errors.Is(err, notary.ErrForm):
		return public, fmt.Errorf("%w: %s is no head that this log's key %s signed: %w. If the folder is this log's, delete the file: it is made again from the signed head",
			ErrAltered, filepath.Join(p.c.Dir, notary.CheckpointPath), p.verifier.Name(), err)
	case err != nil:
		return public, fmt.Errorf("publish: %w", err)
	case public.Size > p.head.Size:
		return public, fmt.Errorf("%w: %s is of %d events, and a head of %d is published: the file was put back to an earlier day. Copy %s to it, if you know that nothing later was signed",
			ErrHead, p.c.Head, p.head.Size, public.Size, filepath.Join(p.c.Dir, notary.CheckpointPath))
	}
	// Likewise: what was seen published stays so.
	for _, dir := range []string{filepath.Join(p.c.Dir, notary.ArchivePath), p.c.Dir} {
		if err := p.disk.Sync(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return public, fmt.Errorf("publish: %w", err)
		}
	}
	return public, nil
}

// rightEdge reads the right edge of the signed tree from the tiles, and compares the records and the entries of its last bundle with it.
func (p *Publisher) rightEdge(ctx context.Context) (*edge, error) {
	e := &edge{tree: &notary.Tree{}}
	size := p.head.Size
	if size == 0 {
		return e, nil
	}
	tree, err := notary.Resume(size, p.head.Root, p.tiles(size))
	if errors.Is(err, notary.ErrProof) || errors.Is(err, notary.ErrForm) {
		return nil, fmt.Errorf("%w: the files in %s: %w. Move that folder away: it is made again from the ledger, and compared with the signed head", ErrAltered, p.c.Dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	e.tree = tree
	n := (size - 1) / notary.Width // of the last bundle
	hashes, err := p.tiles(size)(tlog.Tile{H: notary.Height, N: n, W: notary.WidthAt(0, n, size)})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	entries, err := p.bundle(n, size)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	last := &part{first: n * notary.Width, bundle: nil, done: make(chan struct{})}
	var found *part
	err = parts(ctx, p.c.Ledger, edge{tree: &notary.Tree{}, at: ledger.Cursor{Seq: uint64(last.first)}}, uint64(size), func(p *part) bool { found = p; return true })
	if errors.Is(err, ledger.ErrCursor) || (err == nil && (found == nil || found.after.Seq < uint64(size))) {
		return nil, p.shorter(ctx, err)
	}
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	records := found.records
	if err := found.fold(func(string, []byte) error { return nil }); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	for i, h := range found.hashes {
		if !bytes.Equal(h[:], hashes[i*tlog.HashSize:][:tlog.HashSize]) {
			r := records[i]
			return nil, fmt.Errorf("%w: record %d of the ledger (%s@%d, %s) is not the one that was signed. Put back the ledger that was published", ErrAltered, r.Seq, r.Stream, r.Revision, r.Type)
		}
	}
	if !bytes.HasPrefix(entries, found.bundle) {
		return nil, fmt.Errorf("%w: %s is not what the ledger gives. Move %s away: it is made again from the ledger, and compared with the signed head",
			ErrAltered, notary.EntriesPath(n, notary.WidthAt(0, n, size)), p.c.Dir)
	}
	if e.at = found.after; size%notary.Width != 0 {
		e.bundle = found.bundle
	}
	return e, nil
}

// shorter tells how much of the ledger is missing, as far as that can be told.
func (p *Publisher) shorter(ctx context.Context, err error) error {
	have := "fewer"
	if h, ok := p.c.Ledger.(ledger.Header); ok {
		if n, err := h.Head(ctx); err == nil {
			have = fmt.Sprint(n)
		}
	}
	refused := fmt.Errorf("%w: it has %s records, and a head of %d was signed. Put back the ledger that has them all: signing from here would show two histories", ErrShorter, have, p.head.Size)
	if err != nil {
		refused = fmt.Errorf("%w (%w)", refused, err)
	}
	return refused
}

// rebuild makes the files of the published and of the signed tree again from the ledger, and puts them in their places only if they come to what was signed.
func (p *Publisher) rebuild(ctx context.Context, public int64) (*edge, error) {
	e := &edge{tree: &notary.Tree{}}
	d := &draft{disk: p.disk, dir: p.c.Dir, temp: filepath.Join(p.c.Dir, ".new"), sure: p.sure}
	defer d.discard()
	same := func(size int64, root tlog.Hash) error {
		if root != p.head.Root {
			return fmt.Errorf("%w: the first %d records of the ledger come to the root %v, and %v was signed. Put back the ledger that was published", ErrAltered, size, root, p.head.Root)
		}
		return nil
	}
	for _, size := range []int64{public, p.head.Size} {
		if size == 0 {
			continue
		}
		if err := grow(ctx, p.c.Ledger, e, uint64(size), []int64{p.head.Size}, same, d.put); err != nil {
			return nil, fmt.Errorf("publish: %w", err)
		}
	}
	if e.tree.Size() < p.head.Size {
		return nil, p.shorter(ctx, nil)
	}
	if err := d.commit(); err != nil {
		return nil, fmt.Errorf("publish: tiles: %w", err)
	}
	return e, nil
}

// sweep takes step 9, as far as it goes: what cannot be removed harms nobody.
func (p *Publisher) sweep() {
	for l, from, to := 0, p.swept/notary.Width, p.public/notary.Width; to > 0; l, from, to = l+1, from/notary.Width, to/notary.Width {
		for n := from; n < to; n++ {
			full := []string{notary.TilePath(tlog.Tile{H: notary.Height, L: l, N: n, W: notary.Width})}
			if l == 0 {
				full = append(full, notary.EntriesPath(n, notary.Width))
			}
			for _, name := range full {
				_ = removeAll(p.disk, filepath.Join(p.c.Dir, filepath.FromSlash(name))+".p")
			}
		}
	}
	p.swept = p.public
}
