package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/release/table"
)

// File is one that was written.
type File struct {
	Path      string // within the release, with slashes
	MediaType string
	Bytes     int64
	Digest    domain.Digest
	Table     *table.Table // that is in it; nil: none
	Rows      int          // of Table
}

// ErrNotEmpty says that there is something already where a release is to be.
var ErrNotEmpty = errors.New("there is something already; name a directory that is empty or not there")

// folder is where a release grows: a directory beside its place, which gets its name at the end.
type folder struct {
	at, out string
	files   []File
}

// newFolder begins a release that is to be at out: nothing, or an empty directory.
func newFolder(out string) (*folder, error) {
	out = filepath.Clean(out)
	switch there, err := os.ReadDir(out); {
	case err == nil && len(there) > 0:
		return nil, fmt.Errorf("%s: %w", out, ErrNotEmpty)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	at, err := os.MkdirTemp(filepath.Dir(out), "."+filepath.Base(out)+"-")
	if err != nil {
		return nil, err
	}
	return &folder{at: at, out: out}, os.Chmod(at, 0o755)
}

// create begins a file. Its size and digest are known when it is closed.
func (f *folder) create(name, mediaType string) (*output, error) {
	full := filepath.Join(f.at, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(full)
	if err != nil {
		return nil, err
	}
	o := &output{in: f, file: file, File: File{Path: name, MediaType: mediaType}}
	sum := sha256.New()
	o.Writer = io.MultiWriter(file, sum, &o.count)
	o.sum = func() { sum.Sum(o.Digest[:0]) }
	return o, nil
}

// put writes a whole file.
func (f *folder) put(name, mediaType string, content []byte) error {
	o, err := f.create(name, mediaType)
	if err != nil {
		return err
	}
	_, err = o.Write(content)
	return errors.Join(err, o.Close())
}

// sums writes SHA256SUMS over all files so far, as sha256sum -c reads it.
func (f *folder) sums() error {
	var b strings.Builder
	for _, file := range f.sorted() {
		fmt.Fprintf(&b, "%s  %s\n", file.Digest, file.Path)
	}
	return f.put(SumsName, "text/plain", []byte(b.String()))
}

func (f *folder) sorted() []File {
	slices.SortFunc(f.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return f.files
}

// finish puts the release in its place, whole.
func (f *folder) finish() error {
	if err := os.Remove(f.out); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty directory
		return err
	}
	return os.Rename(f.at, f.out)
}

// discard takes away what was written.
func (f *folder) discard() error { return os.RemoveAll(f.at) }

// output is a file that is being written.
type output struct {
	File
	io.Writer
	in    *folder
	file  *os.File
	count counter
	sum   func()
}

// Close ends the file, which is one of the release then.
func (o *output) Close() error {
	if err := o.file.Close(); err != nil {
		return err
	}
	o.sum()
	o.Bytes = int64(o.count)
	o.in.files = append(o.in.files, o.File)
	return nil
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// Base is the name of a file without its directory. No two files of a release have the same.
func (f File) Base() string { return path.Base(f.Path) }
