package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Copy writes what a file of kind holds at one moment to a new file at to, in place of the one that is there. The file may be in use by other processes, which are not held
// up; what was deleted from it is not in the copy. Until the copy is whole and on the disk, to is what it was.
func Copy(ctx context.Context, path string, kind Kind, to string) (err error) {
	f, err := Open(ctx, path, kind, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if to, err = filepath.Abs(to); err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	if _, err := os.Stat(to + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is in use, or was left in use (there is a file %s-wal): stop what uses it, or copy to another place", to, filepath.Base(to)) // the engine would take that for the new file's
	}
	dir := filepath.Dir(to)
	temp, err := os.MkdirTemp(dir, filepath.Base(to)+".new-")
	if err != nil {
		return fmt.Errorf("%s: copy: the folder is missing or cannot be written: %w", to, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	made := filepath.Join(temp, "made.db")
	c, err := Connect(f.path, f.mode) // of its own: those that are lent may not even do this
	if err != nil {
		return err
	}
	if err := errors.Join(c.Exec("VACUUM INTO ?", made), c.Close()); err != nil {
		return err
	}
	// As Create makes it. Otherwise who opens it first for writing leaves an empty -wal file behind.
	if c, err = Connect(made, "mode=rw", "journal_mode=WAL"); err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	if err := os.Chmod(made, kind.Mode); err != nil {
		return fmt.Errorf("%s: copy: %w", to, err)
	}
	if err := SyncDir(made); err != nil { // a file is synced as a folder is
		return fmt.Errorf("%s: copy: %w", to, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(made, to); err != nil {
		return fmt.Errorf("%s: copy: %w", to, err)
	}
	return SyncDir(dir)
}
