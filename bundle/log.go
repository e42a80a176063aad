package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// log is a published log up to one signed head. It may grow beyond that while it is read.
type log struct {
	dir    fs.FS
	head   notary.Checkpoint
	signed []byte
}

// openLog reads the head, and waits until there is one that covers the first at records.
func openLog(ctx context.Context, dir fs.FS, at uint64, wait time.Duration) (*log, error) {
	for began := time.Now(); ; {
		l, err := readHead(dir)
		switch {
		case err == nil && uint64(l.head.Size) >= at:
			return l, nil
		case err == nil:
			err = fmt.Errorf("%w: it has %d events, and the documents reflect %d; see whether the server publishes, and try again", ErrBehind, l.head.Size, at)
		case !errors.Is(err, ErrUnpublished):
			return nil, err
		}
		if time.Since(began) >= wait {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(100*time.Millisecond, wait)):
		}
	}
}

// readHead reads the published head. Nobody's signature is known here, nor needs to be: who verifies has the key.
func readHead(dir fs.FS) (*log, error) {
	l := &log{dir: dir}
	var err error
	if l.signed, err = readAll(dir, notary.CheckpointPath, notary.MaxNote); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrUnpublished, err)
	} else if err != nil {
		return nil, err
	}
	n, err := note.Open(l.signed, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		n, err = unverified.Note, nil
	}
	if err == nil {
		l.head, err = notary.ParseCheckpoint(n.Text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", notary.CheckpointPath, err)
	}
	return l, nil
}

// tiles is how many tiles and bundles of entries there are.
func (l *log) tiles() int64 {
	n := (l.head.Size + notary.Width - 1) / notary.Width
	for range notary.Tiles(l.head.Size) {
		n++
	}
	return n
}

// files gives the files of the log, after the entries were read and come to the signed root, and the tiles are what they come to.
func (l *log) files(ctx context.Context, openings *annexFile, step func()) ([]file, error) {
	files := []file{bytesFile(notary.CheckpointPath, l.signed)}
	heads, err := l.heads()
	if err != nil {
		return nil, err
	}
	files = append(files, heads...)

	want := map[tlog.Tile][sha256.Size]byte{}
	tree := notary.Tree{Full: func(t tlog.Tile, data []byte) error { want[t] = sha256.Sum256(data); return nil }}
	var scratch []byte
	var annex error
	for n := int64(0); notary.WidthAt(0, n, l.head.Size) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w := notary.WidthAt(0, n, l.head.Size)
		read := func() ([]byte, error) { return l.entries(n, w) }
		data, err := read()
		if err != nil {
			return nil, err
		}
		for leaf, err := range notary.Entries(data, w) {
			if err != nil {
				return nil, fmt.Errorf("%s: %w", notary.EntriesPath(n, w), err)
			}
			seq := uint64(tree.Size())
			var h tlog.Hash
			h, scratch = notary.LeafHash(scratch, leaf)
			if err := tree.Append(h); err != nil {
				return nil, err
			}
			if annex == nil { // which is looked at when it is known whether these are the entries that were signed
				annex = openings.take(ctx, seq, leaf)
			}
		}
		files = append(files, file{name: notary.EntriesPath(n, w), size: int64(len(data)), sum: sha256.Sum256(data), open: opened(read), weighed: true})
		step()
	}
	if root := tree.Root(); root != l.head.Root {
		return nil, fmt.Errorf("%w: the entries come to the root %v, and %v was signed", notary.ErrProof, root, l.head.Root)
	}
	if annex != nil {
		return nil, annex
	}
	tree.Edge(func(t tlog.Tile, data []byte) bool { want[t] = sha256.Sum256(data); return true })
	for t := range notary.Tiles(l.head.Size) {
		read := func() ([]byte, error) { return l.tile(t) }
		data, err := read()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		if sum != want[t] {
			return nil, fmt.Errorf("%s: %w: it is not what the entries come to", notary.TilePath(t), notary.ErrProof)
		}
		files = append(files, file{name: notary.TilePath(t), size: int64(len(data)), sum: sum, open: opened(read), weighed: true})
		step()
	}
	return files, nil
}

// heads are the archived ones that are not newer than the head.
func (l *log) heads() ([]file, error) {
	found, err := fs.ReadDir(l.dir, notary.ArchivePath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var files []file
	for _, f := range found {
		size, err := strconv.ParseInt(f.Name(), 10, 64)
		if err != nil || size < 0 || size > l.head.Size || f.Name() != strconv.FormatInt(size, 10) || !f.Type().IsRegular() {
			continue
		}
		name := path.Join(notary.ArchivePath, f.Name())
		data, err := readAll(l.dir, name, notary.MaxNote)
		if err != nil {
			return nil, err
		}
		files = append(files, bytesFile(name, data))
	}
	return files, nil
}

// tile reads the hashes of a tile as wide as it is at the head. A log that has grown may have the full one only.
func (l *log) tile(t tlog.Tile) ([]byte, error) {
	full := t
	full.W = notary.Width
	data, err := l.either(notary.TilePath(t), notary.TilePath(full), notary.MaxTile)
	if err != nil {
		return nil, err
	}
	if len(data) < t.W*tlog.HashSize {
		return nil, fmt.Errorf("%s: %w: %d bytes", notary.TilePath(t), notary.ErrForm, len(data))
	}
	if len(data) == notary.MaxTile {
		data = data[:t.W*tlog.HashSize]
	}
	return data, nil
}

// entries reads the first w entries of a bundle.
func (l *log) entries(n int64, w int) ([]byte, error) {
	data, err := l.either(notary.EntriesPath(n, w), notary.EntriesPath(n, notary.Width), notary.MaxEntries)
	if err != nil {
		return nil, err
	}
	for end, rest, i := 0, data, 0; i < w && len(rest) >= 2; i++ {
		size := min(2+int(rest[0])<<8+int(rest[1]), len(rest))
		if end, rest = end+size, rest[size:]; i == w-1 {
			return data[:end:end], nil
		}
	}
	return data, nil // too few: whoever takes them apart says so
}

// either reads the file of a partial tile, or that of the full one.
func (l *log) either(partial, full string, limit int64) ([]byte, error) {
	data, err := readAll(l.dir, partial, limit)
	if partial != full && errors.Is(err, fs.ErrNotExist) {
		if data, err := readAll(l.dir, full, limit); err == nil {
			return data, nil
		}
	}
	return data, err
}

// readAll reads a file of at most limit bytes.
func readAll(dir fs.FS, name string, limit int64) (_ []byte, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(make([]byte, 0, min(info.Size(), limit)+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, min(limit, math.MaxInt64-1)+1)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("%s: %w: it is longer than %d bytes", name, notary.ErrForm, limit)
	}
	return slices.Clip(b.Bytes()), nil
}
