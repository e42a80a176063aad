package publish

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lock keeps a folder or a head for one process. The kernel takes it back when the process ends, however it ends.
type lock struct{ file *os.File }

func (osDisk) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held; stop that process, or give this one a folder and a head of its own", ErrInUse, name)
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return &lock{f}, nil
}

// Close gives the lock back, by name: a child process that is just being started has the file for a moment, too.
func (l *lock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
