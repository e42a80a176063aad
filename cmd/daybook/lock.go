package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dirLock keeps a data directory for one process. The kernel takes it back when the process ends, however it ends.
type dirLock struct{ file *os.File }

// errInUse says that another process has the data directory.
var errInUse = errors.New("the data directory is in use")

// errReadOnly says that nothing can be written to the data directory.
var errReadOnly = errors.New("the data directory cannot be written to; give one on a disk that can, with the right permissions")

func lockDir(dir string) (*dirLock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%w: %w", errReadOnly, err)
	}
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 100)
		n, _ := f.ReadAt(holder, 0)
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held by %s; stop that process, or ask it over HTTP", errInUse, dir, strings.TrimSpace(string(holder[:n])))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendf(nil, "process %d (daybook %s)", os.Getpid(), strings.Join(os.Args[1:min(2, len(os.Args))], " ")), 0)
	return &dirLock{f}, nil
}

// Close gives the directory back. It unlocks by name: a child process that is just being started has the file for a moment, too, and the kernel would
// keep the lock for it.
func (l *dirLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
