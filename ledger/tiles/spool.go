package tiles

import (
	"errors"
	"os"
	"sync"
)

// maxSpool is the most bytes of a remote log that are kept on the disk while it is read: entries of about ten million events.
const maxSpool = 8 << 30

// A spool keeps what was got from far away, so that reading it again asks nobody. Its file has no name where the system allows that, and goes with the
// process. Without a place to write, nothing is kept. The zero spool is empty.
type spool struct {
	mu   sync.Mutex
	file *os.File // what follows is guarded by mu
	done bool     // nothing is kept any more
	size int64
	kept map[string]span
}

type span struct{ at, size int64 }

// keep keeps data under a name.
func (s *spool) keep(name string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[name]; ok || s.done || s.size+int64(len(data)) > maxSpool {
		return
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "auditor-*")
		if err != nil {
			s.done = true
			return
		}
		_ = os.Remove(f.Name()) // it stays as long as it is open; where it cannot be done yet, close does it
		s.file, s.kept = f, map[string]span{}
	}
	if _, err := s.file.WriteAt(data, s.size); err != nil {
		s.done = true // what is kept already can still be read
		return
	}
	s.kept[name] = span{s.size, int64(len(data))}
	s.size += int64(len(data))
}

// read gives what is kept under a name, in memory that is there as far as it suffices.
func (s *spool) read(to []byte, name string) ([]byte, bool) {
	s.mu.Lock()
	at, ok := s.kept[name]
	f := s.file
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	if int64(cap(to)) < at.size {
		to = make([]byte, at.size)
	}
	to = to[:at.size]
	if _, err := f.ReadAt(to, at.at); err != nil {
		return nil, false
	}
	return to, true
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done = true; s.file == nil {
		return nil
	}
	err := s.file.Close()
	if failed := os.Remove(s.file.Name()); failed != nil && !errors.Is(failed, os.ErrNotExist) {
		err = errors.Join(err, failed)
	}
	s.file, s.kept = nil, nil
	return err
}
