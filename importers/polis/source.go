package polis

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The files of an export.
const (
	summaryFile  = "summary.csv"
	commentsFile = "comments.csv"
	votesFile    = "votes.csv"
	matrixFile   = "participants-votes.csv"
	historyFile  = "stats-history.csv"
)

const wanted = summaryFile + ", " + commentsFile + " and " + votesFile

var allFiles = []string{commentsFile, matrixFile, historyFile, summaryFile, votesFile} // in name order

// source is the directory being read. It hashes what is read and tells how far it is.
type source struct {
	dir      string // as the caller gave it, for messages
	fsys     fs.FS
	size     map[string]int64 // of the files that there are
	sums     map[string]hash.Hash
	progress func(bytesRead, bytesTotal int64)
	read     int64
	total    int64
}

// openSource looks which files there are; they must make an export.
func openSource(fsys fs.FS, dir string, progress func(bytesRead, bytesTotal int64)) (*source, error) {
	s := &source{dir: dir, fsys: fsys, size: map[string]int64{}, sums: map[string]hash.Hash{}, progress: progress}
	for _, name := range allFiles {
		info, err := fs.Stat(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, &FileError{File: s.path(name), Problem: "cannot be looked at", Err: err}
		case info.IsDir():
			return nil, damage(s.path(name), 0, "is a directory, not a file")
		}
		s.size[name] = info.Size()
		s.total += info.Size()
	}
	var missing []string
	for _, name := range []string{summaryFile, commentsFile} {
		if !s.has(name) {
			missing = append(missing, name)
		}
	}
	if !s.has(votesFile) && !s.has(matrixFile) {
		missing = append(missing, votesFile+" (or "+matrixFile+")")
	}
	if len(missing) == 0 {
		return s, nil
	}
	if hint := s.exportsBelow(); hint != "" {
		return nil, damage(dir, 0, "is not a Polis export but %s", hint)
	}
	return nil, damage(dir, 0, "is not a Polis export: there is no %s", strings.Join(missing, ", no "))
}

// exportsBelow helps a caller who named the directory above.
func (s *source) exportsBelow() string {
	entries, err := fs.ReadDir(s.fsys, ".")
	if err != nil {
		return ""
	}
	var found []string
	for _, e := range entries {
		if _, err := fs.Stat(s.fsys, e.Name()+"/"+summaryFile); err != nil {
			continue
		}
		if _, err := fs.Stat(s.fsys, e.Name()+"/"+commentsFile); err == nil {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return ""
	case 1:
		return "holds 1 export; name it: " + filepath.Join(s.dir, found[0])
	}
	return fmt.Sprintf("holds %d exports; name them: %s", len(found), filepath.Join(s.dir, "*"))
}

func (s *source) has(name string) bool {
	_, ok := s.size[name]
	return ok
}

func (s *source) path(name string) string { return filepath.Join(s.dir, name) }

// open calls read with the file's splitter. read must go on to the end of the file or fail.
func (s *source) open(name string, read func(*splitter) error) error {
	f, err := s.fsys.Open(name)
	if err != nil {
		return &FileError{File: s.path(name), Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	sum := sha256.New()
	s.sums[name] = sum
	return read(newSplitter(s.path(name), io.TeeReader(f, io.MultiWriter(sum, s)), s.size[name]))
}

// Write counts bytes that were read.
func (s *source) Write(b []byte) (int, error) {
	s.read += int64(len(b))
	if s.progress != nil {
		s.progress(s.read, s.total)
	}
	return len(b), nil
}

// digest is Export.Digest.
func (s *source) digest() [32]byte {
	all := sha256.New()
	for _, name := range allFiles {
		if sum := s.sums[name]; sum != nil {
			fmt.Fprintf(all, "%x  %s\n", sum.Sum(nil), name)
		}
	}
	return [32]byte(all.Sum(nil))
}

// checkDir refuses what is no directory, with a hint.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &FileError{File: dir, Problem: "no directory with " + wanted + " is here", Err: fs.ErrNotExist}
	case err != nil:
		return &FileError{File: dir, Problem: "cannot be looked at", Err: err}
	case !info.IsDir():
		return damage(dir, 0, "is a file; name the directory that holds %s", wanted)
	}
	return nil
}
