package polis

import "fmt"

// FileError says what is wrong with a file (or with the directory itself) and where.
type FileError struct {
	File    string // the path, beginning as the caller gave it
	Line    int    // from 1; 0 when the trouble is with the file as a whole
	Problem string
	Err     error // the cause, when there is one
}

func (e *FileError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", where, e.Problem, e.Err)
	}
	return where + ": " + e.Problem
}

func (e *FileError) Unwrap() error { return e.Err }

// damage is the usual FileError: the file itself is wrong, no other error caused it.
func damage(file string, line int, format string, args ...any) *FileError {
	return &FileError{File: file, Line: line, Problem: fmt.Sprintf(format, args...)}
}

// excerpt shortens a value for an error message.
func excerpt(b []byte) string {
	const most = 40
	if len(b) > most {
		return fmt.Sprintf("%q...", b[:most])
	}
	return fmt.Sprintf("%q", b)
}
