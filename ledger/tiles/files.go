// Package tiles reads published logs and bundles: from a directory, a zip file or an address, which somebody else has made.
//
// The rule it keeps: nobody who makes such files decides how much is read, for how long, or from where. Names stay below the place that was given, every
// file has a limit in bytes, every request one in time, and what is read twice is the same twice.
package tiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"daybook.internal/notary"
)

// Files are named files that do not change while they are read: those of a log, or of a bundle. Several goroutines may use them.
type Files interface {
	// Open gives a file, and its size where that is known before it is read; else -1. A file that is not there is fs.ErrNotExist, a name that is none is
	// ErrName. Whoever reads sets a limit.
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
	Close() error
}

// A Lister is Files that know their names.
type Lister interface {
	// Names yields the names of all files, in ascending order.
	Names(ctx context.Context) ([]string, error)
}

// ErrName says that a name does not stay below the place where the files are.
var ErrName = errors.New("not the name of a file of a log or a bundle")

// ErrTooLarge says that a file is longer than anything of its kind.
var ErrTooLarge = errors.New("the file is longer than it may be")

// MaxNames is how many files a directory or a zip file may hold: those of 100 million events, with half a million signed heads.
const MaxNames = 1_500_000

// CheckName rejects names that are not relative slash paths of visible ASCII without "." and "..".
func CheckName(name string) error {
	ok := fs.ValidPath(name) && name != "." && len(name) <= 512
	for i := 0; ok && i < len(name); i++ {
		ok = name[i] > ' ' && name[i] < 0x7f && !strings.ContainsRune(`\:*?"<>|`, rune(name[i]))
	}
	if !ok {
		return fmt.Errorf("%w: %.100q", ErrName, name)
	}
	return nil
}

const entriesPrefix = "tile/entries/"

// Limit is the most bytes that a file of this name may have.
func Limit(name string) int64 {
	switch dir, _, _ := strings.Cut(name, "/"); {
	case strings.HasPrefix(name, entriesPrefix):
		return notary.MaxEntries
	case dir == "tile":
		return notary.MaxTile
	case name == notary.CheckpointPath || dir == notary.ArchivePath || name == "policy":
		return notary.MaxNote
	case dir == "documents" && path.Ext(name) == ".ndjson":
		return 2 << 30
	case name == "SHA256SUMS":
		return MaxNames * 200
	}
	return 64 << 20
}

// Read reads a whole file of at most limit bytes. From an address, it is asked for again where that may help.
func Read(ctx context.Context, f Files, name string, limit int64) ([]byte, error) {
	return readTo(ctx, nil, f, name, limit)
}

// readTo is Read into memory that is there, as far as it suffices.
func readTo(ctx context.Context, to []byte, f Files, name string, limit int64) ([]byte, error) {
	if r, ok := f.(interface {
		read(ctx context.Context, to []byte, name string, limit int64) ([]byte, error)
	}); ok {
		return r.read(ctx, to, name, limit)
	}
	return readOnce(ctx, to, f, name, limit)
}

func readOnce(ctx context.Context, to []byte, f Files, name string, limit int64) ([]byte, error) {
	r, size, err := f.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size > limit {
		return nil, fmt.Errorf("%s: %w: %d bytes, and not at most %d", name, ErrTooLarge, size, limit)
	}
	if need := max(size, 0) + bytes.MinRead; int64(cap(to)) < need {
		to = make([]byte, 0, need+need/8) // the next one may be a little longer
	}
	b := bytes.NewBuffer(to[:0])
	if _, err := b.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", name, ErrTooLarge, limit)
	}
	return b.Bytes(), nil
}

// Open gives the files of a place: an address (http, https), a directory or a zip file.
func Open(where string) (Files, error) {
	if IsURL(where) {
		return URL(where, nil)
	}
	info, err := os.Stat(where)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return Dir(where)
	}
	return Zip(where)
}

// IsURL tells whether a place is an address.
func IsURL(where string) bool {
	return strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://")
}
