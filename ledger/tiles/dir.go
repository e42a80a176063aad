package tiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// Dir gives the files below a directory. A link that leads out of it leads nowhere, and what is no file, such as a pipe, is not opened.
func Dir(path string) (Files, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &dir{root}, nil
}

type dir struct{ root *os.Root }

// Open is that of Files.
func (d *dir) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := CheckName(name); err != nil {
		return nil, 0, err
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe is not waited for
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w: it is no regular file", name, ErrName)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Names is that of Lister. Whatever is no directory has a name, and Open says what is wrong with it.
func (d *dir) Names(ctx context.Context) ([]string, error) {
	var names []string
	err := fs.WalkDir(d.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return ctx.Err()
		case len(names) == MaxNames:
			return fmt.Errorf("%w: there are more than %d files", ErrTooLarge, MaxNames)
		}
		names = append(names, name)
		return nil
	})
	slices.Sort(names)
	return names, err
}

// Close is that of Files.
func (d *dir) Close() error { return d.root.Close() }
