package polis

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// The csv splitter. encoding/csv turns CRLF inside quoted fields into LF, which would alter texts, so this package has its own.
// It accepts and refuses exactly what encoding/csv does (a fuzz test compares them), with two exceptions: line ends inside
// quotes stay as they are, and text that is not UTF-8 or holds a NUL is refused. A byte order mark before the first row is
// dropped.
//
//	row   = field *( "," field ) ( LF / CRLF / end of file )
//	field = *( any byte but "," LF DQUOTE ) / DQUOTE *( any byte but DQUOTE / DQUOTE DQUOTE ) DQUOTE
//
// Empty lines are no rows.

const (
	chunkSize = 64 << 10
	maxRow    = 16 << 20 // far beyond any real row; without a bound, one stray quote would load the whole file
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// splitter reads rows from in. What next returns is valid until it is called again.
type splitter struct {
	file string
	in   io.Reader
	size int64 // of the whole file, as far as it is known; only good for guesses

	buf     []byte // read so far; buf[at:] is not yet split
	at      int
	eof     bool // in has nothing more
	started bool

	line     int // line on which the next row starts, from 1
	start    int // line on which the latest row starts
	fields   [][]byte
	unquoted []byte // backing of fields that held doubled quotes
	newline  bool   // the latest row ended with a newline
	quoted   bool   // the latest row's last field was quoted
}

func newSplitter(file string, in io.Reader, size int64) *splitter {
	room := chunkSize
	if size > 0 {
		room = int(min(size+1, chunkSize))
	}
	return &splitter{file: file, in: in, size: size, buf: make([]byte, 0, room), line: 1, start: 1}
}

// next returns the fields of the next row, or io.EOF.
func (s *splitter) next() ([][]byte, error) {
	if err := s.skipMark(); err != nil {
		return nil, err
	}
	for {
		b := s.buf[s.at:]
		n, err := s.split(b)
		if err != nil {
			return nil, err
		}
		switch {
		case n > 0:
			row := b[:n]
			if err := s.checkText(row); err != nil {
				return nil, err
			}
			s.at += n
			s.start = s.line
			s.line += bytes.Count(row, []byte{'\n'})
			if len(s.fields) == 1 && len(s.fields[0]) == 0 && !s.quoted {
				continue // an empty line
			}
			return s.fields, nil
		case s.eof:
			return nil, io.EOF
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// split finds the fields of the first row of b and returns its length with the line end; 0 asks for more bytes.
func (s *splitter) split(b []byte) (int, error) {
	s.fields, s.unquoted = s.fields[:0], s.unquoted[:0]
	if len(b) == 0 {
		return 0, nil
	}
	for i := 0; ; {
		if i < len(b) && b[i] == '"' {
			end, ok, err := s.quotedField(b, i)
			if !ok || err != nil {
				return 0, err
			}
			switch rest := b[end:]; {
			case len(rest) > 0 && rest[0] == ',':
				i = end + 1
				continue
			case len(rest) > 0 && rest[0] == '\n':
				return s.rowEnd(end+1, true, true), nil
			case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
				return s.rowEnd(end+2, true, true), nil
			case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
				if !s.eof {
					return 0, nil
				}
				return s.rowEnd(len(b), false, true), nil
			}
			return 0, s.damage(b, end, "text follows a closing quote")
		}
		j := i
		for j < len(b) && b[j] != ',' && b[j] != '\n' && b[j] != '"' {
			j++
		}
		switch {
		case j == len(b):
			if !s.eof {
				return 0, nil
			}
			s.fields = append(s.fields, bytes.TrimSuffix(b[i:], []byte{'\r'}))
			return s.rowEnd(j, false, false), nil
		case b[j] == '"':
			return 0, s.damage(b, j, "a quote stands inside a field that does not begin with one")
		case b[j] == '\n':
			s.fields = append(s.fields, bytes.TrimSuffix(b[i:j], []byte{'\r'}))
			return s.rowEnd(j+1, true, false), nil
		}
		s.fields = append(s.fields, b[i:j])
		i = j + 1
	}
}

// quotedField takes the field whose opening quote is b[i] and returns the place after its closing quote; !ok asks for more.
func (s *splitter) quotedField(b []byte, i int) (end int, ok bool, err error) {
	doubled := false
	for j := i + 1; ; j += 2 {
		k := bytes.IndexByte(b[j:], '"')
		switch {
		case k < 0 && s.eof:
			return 0, false, s.damage(b, i, "a quote is opened and never closed; the file may be cut short")
		case k < 0:
			return 0, false, nil
		}
		j += k // should b end here, then split asks for more before it takes this for the closing quote
		if j+1 < len(b) && b[j+1] == '"' {
			doubled = true
			continue
		}
		field := b[i+1 : j]
		if doubled {
			field = s.undouble(field)
		}
		s.fields = append(s.fields, field)
		return j + 1, true, nil
	}
}

// undouble copies a field with each doubled quote made single. b itself stays as it is: it may have to be split again.
func (s *splitter) undouble(b []byte) []byte {
	from := len(s.unquoted)
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			s.unquoted = append(s.unquoted, b...)
			return s.unquoted[from:]
		}
		s.unquoted = append(s.unquoted, b[:i+1]...)
		b = b[i+2:]
	}
}

func (s *splitter) rowEnd(n int, newline, quoted bool) int {
	s.newline, s.quoted = newline, quoted
	return n
}

// skipMark drops a byte order mark at the start of the file.
func (s *splitter) skipMark() error {
	for !s.started {
		if s.eof || len(s.buf) >= len(byteOrderMark) {
			s.started = true
			if bytes.HasPrefix(s.buf, byteOrderMark) {
				s.at = len(byteOrderMark)
			}
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more, after moving what is left to the front.
func (s *splitter) fill() error {
	if s.at > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if len(s.buf) >= maxRow {
		return damage(s.file, s.line, "a row is longer than %d MiB; a quote may be left open", maxRow>>20)
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	n, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	switch {
	case err == io.EOF:
		s.eof = true
	case err != nil:
		return &FileError{File: s.file, Problem: "cannot be read", Err: err}
	}
	return nil
}

// checkText refuses what is no text. row starts on line s.line.
func (s *splitter) checkText(row []byte) error {
	if i := bytes.IndexByte(row, 0); i >= 0 {
		return s.damage(row, i, "a NUL byte")
	}
	if utf8.Valid(row) {
		return nil
	}
	i := 0
	for {
		r, n := utf8.DecodeRune(row[i:])
		if r == utf8.RuneError && n <= 1 {
			return s.damage(row, i, "text that is not UTF-8")
		}
		i += n
	}
}

func (s *splitter) damage(b []byte, at int, problem string) error {
	return damage(s.file, s.line+bytes.Count(b[:at], []byte{'\n'}), "%s", problem)
}
