package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrTooLarge says that an answer would be larger than this server makes.
var ErrTooLarge = errors.New("the answer would be larger than this server makes at once: ask for fewer fields, take the pages of the list, or a release of the data")

// spool keeps an answer until all of it is there, so that none begins that does not end: in memory as long as it is small, in a temporary file without a name after that.
type spool struct {
	memory   bytes.Buffer
	file     *os.File // nil: all of it is in memory
	size     int64
	small    int64 // bytes that may be in memory
	most     int64 // bytes that it may have
	unlinked bool
}

func (s *spool) Write(b []byte) (int, error) {
	if s.size+int64(len(b)) > s.most {
		return 0, ErrTooLarge
	}
	if s.file == nil && s.size+int64(len(b)) > s.small {
		f, err := os.CreateTemp("", "daybook-answer-")
		if err != nil {
			return 0, fmt.Errorf("spool an answer: %w", err)
		}
		s.file, s.unlinked = f, os.Remove(f.Name()) == nil // where an open file has to keep its name, close removes it
		if _, err := s.memory.WriteTo(f); err != nil {
			return 0, fmt.Errorf("spool an answer: %w", err)
		}
	}
	s.size += int64(len(b))
	if s.file != nil {
		return s.file.Write(b)
	}
	return s.memory.Write(b)
}

// open gives the whole answer. A spool in memory may be opened many times.
func (s *spool) open() (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

func (s *spool) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // nobody reads it any more
	if !s.unlinked {
		_ = os.Remove(s.file.Name())
	}
}
