package sqlitefile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var notes = Kind{Name: "notebook", Application: 0x6e6f7465, Format: 3, Mode: 0o640, Pragmas: []string{"synchronous=NORMAL"},
	Tables: []string{"CREATE TABLE notes(id INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT"}}

func open(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(t.Context(), path, notes, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

func (f *File) add(ctx context.Context, note string) error {
	return f.Write(ctx, func(c *Conn) error { return c.Exec("INSERT INTO notes(note) VALUES(?)", note) })
}

func (f *File) count(t testing.TB) (n int64) {
	t.Helper()
	require.NoError(t, f.Read(t.Context(), func(c *Conn) (err error) {
		n, err = c.number("SELECT count(*) FROM notes")
		return err
	}))
	return n
}

func TestWriteIsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "notes.db"))
	require.NoError(t, f.add(t.Context(), "first"))
	wrong := errors.New("wrong")
	require.ErrorIs(t, f.Write(t.Context(), func(c *Conn) error {
		require.NoError(t, c.Exec("INSERT INTO notes(note) VALUES('gone')"))
		return wrong
	}), wrong)
	require.PanicsWithValue(t, "panic", func() {
		_ = f.Write(t.Context(), func(c *Conn) error {
			require.NoError(t, c.Exec("INSERT INTO notes(note) VALUES('gone')"))
			panic("panic")
		})
	})
	require.Error(t, f.Write(t.Context(), func(c *Conn) error { return c.Exec("INSERT INTO notes(id) VALUES(7)") }))
	require.Equal(t, int64(1), f.count(t))
	require.NoError(t, f.add(t.Context(), "second"))
	require.Equal(t, int64(2), f.count(t))
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "notes.db"))
	require.Error(t, f.Read(t.Context(), func(c *Conn) error { return c.Exec("INSERT INTO notes(note) VALUES('x')") }))
	require.Zero(t, f.count(t))
}

// A writer that waits for its turn gives up with its context, and then nothing was written.
func TestWaitingForTheWriter(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "notes.db"))
	require.NoError(t, f.Write(t.Context(), func(c *Conn) error {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.add(ctx, "never") }()
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.Zero(t, f.count(t), "reads wait for nobody")
		return c.Exec("INSERT INTO notes(note) VALUES('x')")
	}))
	require.Equal(t, int64(1), f.count(t))
}

func TestCloseWaitsForTheWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.db")
	f := open(t, path)
	writing, goOn, closed := make(chan struct{}), make(chan struct{}), make(chan error)
	wrote := make(chan error, 1)
	go func() {
		wrote <- f.Write(context.Background(), func(c *Conn) error {
			close(writing)
			<-goOn
			return c.Exec("INSERT INTO notes(note) VALUES('x')")
		})
	}()
	<-writing
	go func() { closed <- f.Close() }()
	<-f.closing
	require.ErrorContains(t, f.add(t.Context(), "late"), "closed")
	require.ErrorContains(t, f.Read(t.Context(), func(*Conn) error { return nil }), "closed")
	close(goOn)
	require.NoError(t, <-wrote)
	require.NoError(t, <-closed)
	require.NoError(t, f.Close())
	require.NoFileExists(t, path+"-wal")
	require.Equal(t, int64(1), open(t, path).count(t))
}

// Whoever opens a new file at the same time gets the same one.
func TestMadeOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.db")
	const openers = 6
	var wg sync.WaitGroup
	for range openers {
		wg.Go(func() {
			f, err := Open(t.Context(), path, notes, false)
			if err == nil {
				err = errors.Join(f.add(t.Context(), "mine"), f.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(openers), open(t, path).count(t))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, notes.Mode, info.Mode().Perm())
}

func TestErrorsSayTheWayOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.db")
	require.NoError(t, open(t, path).Close())
	for want, change := range map[string]func(k *Kind){
		"not a diary; choose another path":                                     func(k *Kind) { k.Application++; k.Name = "diary" },
		"format 3, this program knows formats up to 2; use the newer program":  func(k *Kind) { k.Format = 2 },
		"format 3, this program knows format 4; use the older program":         func(k *Kind) { k.Format = 4 },
		"are not those of a notebook; restore it from a copy":                  func(k *Kind) { k.Tables = nil },
		"or delete the file, and it will be rebuilt":                           func(k *Kind) { k.Format, k.Disposable = 2, true },
		"its tables are not those of a notebook; delete it, and it will be re": func(k *Kind) { k.Tables, k.Disposable = nil, true },
	} {
		kind := notes
		change(&kind)
		_, err := Open(t.Context(), path, kind, false)
		require.ErrorContains(t, err, want)
	}
}
