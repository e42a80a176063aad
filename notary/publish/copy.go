package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// CopyTo copies the published log to another folder, which any static host can serve: what is missing there, the archived heads, and the checkpoint last. So
// whoever reads the copy meanwhile sees the old head or the new one, and finds the tiles of either. It gives the head, and how many files it wrote.
//
// A head that is there already must be one of this log that the new one continues; else the error is ErrAltered.
func (l *Log) CopyTo(ctx context.Context, to string) (head notary.Checkpoint, written int, err error) {
	head, signed, err := l.Published()
	if err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	there := &Log{dir: to, verifier: l.verifier, disk: l.disk}
	switch old, _, err := there.Published(); {
	case errors.Is(err, ErrNothing):
	case errors.Is(err, notary.ErrSignature) || errors.Is(err, notary.ErrForm):
		return head, 0, fmt.Errorf("%w: %s has a checkpoint that this log did not sign: %w", ErrAltered, to, err)
	case err != nil:
		return head, 0, fmt.Errorf("copy: %w", err)
	case old.Size > head.Size:
		return head, 0, fmt.Errorf("%w: %s has a head of %d events already, and this log one of %d: it was put back to an earlier day", ErrAltered, to, old.Size, head.Size)
	default:
		if root, err := l.root(head, old.Size); err != nil || root != old.Root {
			return head, 0, errors.Join(fmt.Errorf("%w: %s has a head of %d events that this log does not continue", ErrAltered, to, old.Size), err)
		}
	}
	if err := makeAll(l.disk, to); err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	lock, err := l.disk.Lock(filepath.Join(to, ".lock"))
	if err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	d := &draft{disk: l.disk, dir: to, temp: filepath.Join(to, ".new"), sure: map[string]bool{}}
	defer func() { err = errors.Join(err, removeAll(l.disk, d.temp)) }()
	if err := l.each(ctx, head.Size, d.put); err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	if policy, err := l.disk.Read(filepath.Join(l.dir, PolicyPath)); err == nil {
		if err := replace(l.disk, filepath.Join(to, ".policy.new"), filepath.Join(to, PolicyPath), policy); err != nil {
			return head, 0, fmt.Errorf("copy: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	for _, f := range d.files {
		if f.temp != "" {
			written++
		}
	}
	if err := d.commit(); err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	n, err := l.copyHeads(ctx, head, there)
	if err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	if err := replace(l.disk, filepath.Join(to, ".checkpoint.new"), filepath.Join(to, notary.CheckpointPath), signed); err != nil {
		return head, 0, fmt.Errorf("copy: %w", err)
	}
	return head, written + n, nil
}

// each gives put every tile and every bundle of the first size events.
func (l *Log) each(ctx context.Context, size int64, put func(name string, data []byte) error) error {
	for t := range notary.Tiles(size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := l.tiles(size)(t)
		if err == nil {
			err = put(notary.TilePath(t), data)
		}
		if err != nil {
			return err
		}
		if t.L > 0 {
			continue
		}
		entries, err := l.bundle(t.N, size)
		if err == nil {
			entries, err = first(entries, t)
		}
		if err == nil {
			err = put(notary.EntriesPath(t.N, t.W), entries)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// first cuts a bundle to the entries that belong to a tile of leaves.
func first(entries []byte, t tlog.Tile) ([]byte, error) {
	length, i := 0, 0
	for leaf, err := range notary.Entries(entries, notary.Width) {
		if i == t.W {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", notary.EntriesPath(t.N, t.W), err)
		}
		length += 2 + len(leaf)
		i++
	}
	return entries[:length], nil
}

// copyHeads copies the archived heads that are not there yet, as far as the published one.
func (l *Log) copyHeads(ctx context.Context, head notary.Checkpoint, to *Log) (written int, err error) {
	here, err := l.disk.List(filepath.Join(l.dir, notary.ArchivePath))
	there, err2 := l.disk.List(filepath.Join(to.dir, notary.ArchivePath))
	for _, err := range []error{err, err2} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	slices.Sort(there)
	d := &draft{disk: l.disk, dir: to.dir, temp: filepath.Join(to.dir, ".new"), sure: map[string]bool{}}
	for _, name := range here {
		size, err := strconv.ParseInt(name, 10, 64)
		if _, have := slices.BinarySearch(there, name); have || err != nil || size > head.Size {
			continue
		}
		signed, err := l.disk.Read(filepath.Join(l.dir, notary.ArchivePath, name))
		if err == nil {
			err = d.put(notary.ArchivePath+"/"+name, signed)
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
	}
	n := len(d.files)
	return n, d.commit()
}
