package tiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"daybook.internal/notary"
)

// SumsPath is the name of the list of a bundle's files, as sha256sum writes it: 64 hexadecimal digits, two blanks, the name, a line each, by name.
const SumsPath = "SHA256SUMS"

// A Sum is a line of it.
type Sum struct {
	Name   string
	Digest [sha256.Size]byte
}

// ParseSums reads a list. Names are those of files of a bundle, ascending, each once; the list does not list itself.
func ParseSums(list []byte) ([]Sum, error) {
	var sums []Sum
	for n := 1; len(list) > 0; n++ {
		line, rest, ended := bytes.Cut(list, []byte("\n"))
		list = rest
		var s Sum
		if len(line) < 67 || !ended || line[64] != ' ' || line[65] != ' ' || !isLowerHex(line[:64]) {
			return nil, fmt.Errorf("%s: %w: line %d is not a digest, two blanks and a name", SumsPath, notary.ErrForm, n)
		}
		_, _ = hex.Decode(s.Digest[:], line[:64])
		s.Name = string(line[66:])
		if err := CheckName(s.Name); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", SumsPath, n, err)
		}
		if s.Name == SumsPath || (len(sums) > 0 && s.Name <= sums[len(sums)-1].Name) {
			return nil, fmt.Errorf("%s: %w: line %d: names ascend, and the list itself is not on it", SumsPath, notary.ErrForm, n)
		}
		sums = append(sums, s)
	}
	return sums, nil
}

func isLowerHex(b []byte) bool {
	for _, c := range b {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// Summed are files that are compared with a list while they are read.
type Summed struct {
	Files
	sums []Sum

	mu    sync.Mutex
	state []summed // of each of sums; guarded by mu
}

type summed uint8

const (
	unseen summed = iota
	matches
	differs
)

// WithSums compares files with a list while they are read, so that nothing is read for its digest alone but what nobody has asked for.
func WithSums(f Files, sums []Sum) *Summed {
	return &Summed{Files: f, sums: sums, state: make([]summed, len(sums))}
}

func (s *Summed) index(name string) (int, bool) {
	return slices.BinarySearchFunc(s.sums, name, func(s Sum, name string) int {
		switch {
		case s.Name < name:
			return -1
		case s.Name > name:
			return 1
		}
		return 0
	})
}

// Open is that of Files. What is read to its end is compared.
func (s *Summed) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	r, size, err := s.Files.Open(ctx, name)
	i, listed := s.index(name)
	if err != nil || !listed || s.was(i) != unseen {
		return r, size, err
	}
	return &summing{ReadCloser: r, digest: sha256.New(), done: func(d [sha256.Size]byte) { s.note(i, d) }}, size, nil
}

func (s *Summed) read(ctx context.Context, to []byte, name string, limit int64) ([]byte, error) {
	data, err := readTo(ctx, to, s.Files, name, limit)
	if i, listed := s.index(name); err == nil && listed && s.was(i) == unseen {
		s.note(i, sha256.Sum256(data))
	}
	return data, err
}

func (s *Summed) was(i int) summed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state[i]
}

func (s *Summed) note(i int, digest [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state[i] = matches; digest != s.sums[i].Digest {
		s.state[i] = differs
	}
}

// Names is that of Lister: what there is, or where that cannot be told, what is listed.
func (s *Summed) Names(ctx context.Context) ([]string, error) {
	if l, ok := s.Files.(Lister); ok {
		return l.Names(ctx)
	}
	names := make([]string, 0, len(s.sums)+1)
	for _, x := range s.sums {
		names = append(names, x.Name)
	}
	i, _ := slices.BinarySearch(names, SumsPath)
	return slices.Insert(names, i, SumsPath), nil
}

// Finish reads what nobody has asked for, and tells which files are not as they are listed, by name. It gives the number of files that were compared.
func (s *Summed) Finish(ctx context.Context, differ func(name, problem string)) (n int, err error) {
	problems := make([]string, len(s.sums))
	var wait sync.WaitGroup
	var mu sync.Mutex
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) + ahead(s.Files) {
		wait.Go(func() {
			for i := range next {
				problem, failed := s.finish(ctx, i)
				mu.Lock()
				problems[i] = problem
				err = cmpErr(err, failed)
				mu.Unlock()
			}
		})
	}
	for i := range s.sums {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	for i, p := range problems {
		if p != "" {
			differ(s.sums[i].Name, p)
		}
	}
	if l, ok := s.Files.(Lister); ok {
		names, failed := l.Names(ctx)
		err = cmpErr(err, failed)
		for _, name := range names {
			if _, listed := s.index(name); !listed && name != SumsPath {
				differ(name, "is not listed")
			}
		}
	}
	return len(s.sums), err
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (s *Summed) finish(ctx context.Context, i int) (problem string, failed error) {
	if s.was(i) == unseen {
		switch err := s.through(ctx, s.sums[i].Name); {
		case errors.Is(err, fs.ErrNotExist):
			return "is missing", nil
		case errors.Is(err, ErrTooLarge), errors.Is(err, ErrName):
			return err.Error(), nil
		case err != nil:
			return "", err
		}
	}
	if s.was(i) == differs {
		return "is not as it is listed", nil
	}
	return "", nil
}

// through reads a file to its end.
func (s *Summed) through(ctx context.Context, name string) error {
	limit := Limit(name)
	if limit <= 64<<20 {
		_, err := Read(ctx, s, name, limit)
		return err
	}
	r, size, err := s.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, io.LimitReader(r, limit+1)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	} else if n > limit || size > limit {
		return fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	return nil
}

// summing hashes what is read.
type summing struct {
	io.ReadCloser
	digest hash.Hash
	done   func([sha256.Size]byte)
}

// Read is that of io.Reader.
func (s *summing) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.digest.Write(p[:n])
	if err == io.EOF && s.done != nil {
		s.done([sha256.Size]byte(s.digest.Sum(nil)))
		s.done = nil
	}
	return n, err
}
