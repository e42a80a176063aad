package bundle

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// file is one file of a bundle, read when it is written.
type file struct {
	name    string // slash path
	open    func() (io.ReadCloser, error)
	size    int64
	sum     [sha256.Size]byte
	weighed bool // size and sum are known
}

func bytesFile(name string, data []byte) file {
	return file{name: name, size: int64(len(data)), sum: sha256.Sum256(data), weighed: true, open: opened(func() ([]byte, error) { return data, nil })}
}

func opened(read func() ([]byte, error)) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		data, err := read()
		return io.NopCloser(bytes.NewReader(data)), err
	}
}

// weighed sums what is not summed yet, sorts the files, and adds their list.
func weighed(ctx context.Context, files []file, step func()) ([]file, error) {
	for i := range files {
		f := &files[i]
		if !f.weighed {
			h := sha256.New()
			n, err := f.copy(ctx, h)
			if err != nil {
				return nil, err
			}
			f.size, f.sum, f.weighed = n, [sha256.Size]byte(h.Sum(nil)), true
		}
		step()
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	var list []byte
	for _, f := range files {
		list = fmt.Appendf(list, "%x  %s\n", f.sum, f.name)
	}
	at, _ := slices.BinarySearchFunc(files, sumsName, func(f file, name string) int { return cmp.Compare(f.name, name) })
	return slices.Insert(files, at, bytesFile(sumsName, list)), nil
}

const sumsName = "SHA256SUMS"

// copy writes the file to w.
func (f *file) copy(ctx context.Context, w io.Writer) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	r, err := f.open()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if n, err = io.Copy(w, r); err != nil {
		return n, fmt.Errorf("%s: %w", f.name, err)
	}
	return n, nil
}

// copySame is copy, and an error where the file has changed since it was summed.
func (f *file) copySame(ctx context.Context, w io.Writer) error {
	h := sha256.New()
	if _, err := f.copy(ctx, io.MultiWriter(w, h)); err != nil {
		return err
	}
	if [sha256.Size]byte(h.Sum(nil)) != f.sum {
		return fmt.Errorf("%s has changed while it was read; try again", f.name)
	}
	return nil
}

// writeDir writes files below dir, the list of sums last.
func writeDir(ctx context.Context, dir string, files []file, step func()) error {
	write := func(f *file) error {
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		step()
		return create(name, 0o644, func(w io.Writer) error { return f.copySame(ctx, w) })
	}
	var last *file
	for i := range files {
		if files[i].name == sumsName {
			last = &files[i]
		} else if err := write(&files[i]); err != nil {
			return err
		}
	}
	return write(last)
}

// writeZip writes files to a zip file: as they are, without compression, so that whoever reads it reads no more than there is; without times and owners.
func writeZip(ctx context.Context, name string, files []file, step func()) error {
	return create(name, 0o644, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for i := range files {
			h := &zip.FileHeader{Name: files[i].name, Method: zip.Store}
			h.SetMode(0o644)
			entry, err := z.CreateHeader(h)
			if err == nil {
				err = files[i].copySame(ctx, entry)
			}
			if err != nil {
				return err
			}
			step()
		}
		return z.Close()
	})
}

// create writes a new file and has it on the disk when it returns.
func create(name string, mode os.FileMode, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// place gives what was made its name, unless something has it.
func place(made, name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s: %w; give another name, or remove it", name, ErrExists)
	}
	if err := os.Rename(made, name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
