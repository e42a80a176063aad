package tiles

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
)

// ErrArchive says that a zip file is not one that a bundle is kept in.
var ErrArchive = errors.New("not a zip file that can be read safely")

// The limits of a zip file. Its directory is held in memory; what it unfolds to is in proportion to what it is.
const (
	maxDirectory = 128 << 20
	maxUnfolded  = 64 // times the size of the file, and
	freeUnfolded = 64 << 20
)

// Zip gives the files in a zip file, in any order. Refused is whatever a bundle has no need of and an attack has: names that lead elsewhere or stand twice,
// links, entries that overlap, that lie outside of the file, that are longer than a file of their name may be, or that unfold to more than 64 times the file.
// Entries are stored or deflated; their checksums are checked as they are read.
func Zip(path string) (Files, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	z, err := openZip(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return z, nil
}

func openZip(f *os.File) (*zipped, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is no regular file", ErrArchive)
	}
	z, err := readZip(f, info.Size())
	if err != nil {
		return nil, err
	}
	z.Closer = f
	return z, nil
}

// readZip reads the directory of an archive of size bytes, and checks it.
func readZip(f io.ReaderAt, size int64) (*zipped, error) {
	counted := &budget{ReaderAt: f, left: maxDirectory}
	r, err := zip.NewReader(counted, size)
	switch {
	case counted.left < 0:
		return nil, fmt.Errorf("%w: its directory has more than %d bytes", ErrArchive, maxDirectory)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	case len(r.File) > MaxNames:
		return nil, fmt.Errorf("%w: it has more than %d entries", ErrArchive, MaxNames)
	}
	counted.left = math.MaxInt64 // each entry has a limit of its own
	z := &zipped{files: make(map[string]*zip.File, len(r.File))}
	type span struct{ from, to uint64 }
	var spans []span
	unfolded := uint64(0)
	for _, e := range r.File {
		if e.Mode().IsDir() && e.UncompressedSize64 == 0 && e.CompressedSize64 == 0 {
			continue
		}
		if err := CheckName(e.Name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrArchive, err)
		}
		switch {
		case z.files[e.Name] != nil:
			return nil, fmt.Errorf("%w: %s stands in it twice", ErrArchive, e.Name)
		case !e.Mode().IsRegular():
			return nil, fmt.Errorf("%w: %s is no regular file", ErrArchive, e.Name)
		case e.Method != zip.Store && e.Method != zip.Deflate, e.Flags&1 != 0:
			return nil, fmt.Errorf("%w: %s is encrypted, or packed in a way that is not known", ErrArchive, e.Name)
		case e.UncompressedSize64 > uint64(Limit(e.Name)):
			return nil, fmt.Errorf("%w: %s: %w: %d bytes, and not at most %d", ErrArchive, e.Name, ErrTooLarge, e.UncompressedSize64, Limit(e.Name))
		case e.Method == zip.Store && e.CompressedSize64 != e.UncompressedSize64:
			return nil, fmt.Errorf("%w: %s is stored, and has two sizes", ErrArchive, e.Name)
		}
		// Sizes are below 2^37 each by now, so sums of them do not wrap.
		if unfolded += e.UncompressedSize64; unfolded > freeUnfolded+maxUnfolded*uint64(size) {
			return nil, fmt.Errorf("%w: it unfolds to more than %d times its size", ErrArchive, maxUnfolded)
		}
		at, err := e.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrArchive, e.Name, err)
		}
		if at < 0 || e.CompressedSize64 > uint64(size) || uint64(at)+e.CompressedSize64 > uint64(size) {
			return nil, fmt.Errorf("%w: %s goes beyond the end of the file", ErrArchive, e.Name)
		}
		spans = append(spans, span{uint64(at), uint64(at) + e.CompressedSize64})
		z.files[e.Name] = e
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return nil, fmt.Errorf("%w: two entries share bytes", ErrArchive)
		}
	}
	return z, nil
}

type zipped struct {
	io.Closer
	files map[string]*zip.File
}

// Open is that of Files.
func (z *zipped) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := CheckName(name); err != nil {
		return nil, 0, err
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	e, ok := z.files[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	r, err := e.Open()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	return r, int64(e.UncompressedSize64), nil
}

// Names is that of Lister.
func (z *zipped) Names(context.Context) ([]string, error) {
	names := make([]string, 0, len(z.files))
	for name := range z.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// budget is a file of which only so many bytes may be read.
type budget struct {
	io.ReaderAt
	left int64
}

// ReadAt is that of io.ReaderAt. It is called by one goroutine while there is a budget to keep.
func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if b.left == math.MaxInt64 {
		return b.ReaderAt.ReadAt(p, at)
	}
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errors.New("too much of it")
	}
	return b.ReaderAt.ReadAt(p, at)
}
