// Package sqlitefile opens SQLite files of one kind and lends connections to them: one that writes, and as many that read as are asked for.
//
// The rule it keeps: a file is exactly what its Kind says or it is not opened, there is never half a file at its path, and a write is one
// transaction that readers neither wait for nor hold up (WAL).
package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A Kind is what makes a file one of ours.
type Kind struct {
	Name        string      // for people: "view store"
	Application int64       // application_id: whose file it is
	Format      int64       // user_version: how it is laid out
	Older       string      // what becomes of a file of an older format; empty: use the older program
	Tables      []string    // its whole schema, a CREATE statement each
	PageSize    int         // in bytes; 0 is the engine's default
	Mode        fs.FileMode // who may read it; the -wal and -shm files beside it get the same
	Disposable  bool        // what is in it follows from elsewhere
	Pragmas     []string    // of the connection that writes, besides journal_mode=WAL
}

// ErrDamaged says that a file is not as it was written.
var ErrDamaged = errors.New("the file is damaged")

// ErrOlder says that a file has a format that was in use before.
var ErrOlder = errors.New("the file has an older format")

// A File is an open file. It is safe for concurrent use.
type File struct {
	path    string
	kind    Kind
	mode    string     // parameters of connections that read; set by Open
	writing chan *Conn // holds the connection that writes while nobody does

	readOnly bool
	writes   bool          // whether there is a connection that writes; set by Open
	closing  chan struct{} // closed by Close
	close    func() error

	mu     sync.Mutex
	idle   []*Conn // connections that read and are free; guarded by mu
	closed bool    // guarded by mu
}

// maxIdle is how many free connections that read are kept. Each has a page cache of up to 8 MB.
const maxIdle = 8

// Open opens the file at path, whose folder must exist, and makes it where there is none. With readOnly, it also opens a properly closed file on a
// disk that cannot be written.
func Open(ctx context.Context, path string, kind Kind, readOnly bool) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := find(path, kind, readOnly)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, kind: kind, mode: "mode=ro", readOnly: readOnly, writing: make(chan *Conn, 1), closing: make(chan struct{})}
	f.close = sync.OnceValue(f.letGo)
	check := func() error { return f.Read(ctx, func(c *Conn) error { return CheckFormat(c, kind) }) }
	err = check()
	if _, none := os.Stat(path + "-wal"); readOnly && CannotOpen(err) && errors.Is(none, fs.ErrNotExist) {
		f.mode = "mode=ro&immutable=1" // nothing can be written here, not even what readers share, so nothing will change
		err = check()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !readOnly {
		w, err := Connect(path, "mode=rw", append([]string{"journal_mode=WAL"}, kind.Pragmas...)...)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.writing <- w
		f.writes = true
	}
	return f, nil
}

// find makes path absolute, and the file where there is none.
func find(path string, kind Kind, readOnly bool) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	path = abs
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file; choose another path for the %s", path, kind.Name)
	case err == nil && info.Size() == 0:
		return "", fmt.Errorf("%s: %w: it is empty, which a %s never is; %s", path, ErrDamaged, kind.Name, kind.wayOut())
	case err == nil:
		return path, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: open: %w", path, err)
	case readOnly:
		return "", fmt.Errorf("%s: there is no %s to read: %w", path, kind.Name, err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		if !kind.Disposable {
			return "", fmt.Errorf("%s: %w: the file is missing while its -wal file is there; restore both from a copy, "+
				"or delete the -wal file to begin anew", path, ErrDamaged)
		}
		// Whoever threw the file away has left these; a new file must not take them for its own.
		if err := errors.Join(os.Remove(path+"-wal"), ignoreMissing(os.Remove(path+"-shm"))); err != nil {
			return "", fmt.Errorf("%s: remove what is left of the old %s: %w", path, kind.Name, err)
		}
	}
	return path, Create(path, kind)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Read lends a connection that reads. Its writes fail.
func (f *File) Read(ctx context.Context, read func(*Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := f.reader()
	if err != nil {
		return err
	}
	defer f.putBack(c)
	return read(c)
}

func (f *File) reader() (*Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, f.errClosed()
	}
	if n := len(f.idle); n > 0 {
		c := f.idle[n-1]
		f.idle = f.idle[:n-1]
		return c, nil
	}
	return Connect(f.path, f.mode, "query_only=ON", "cache_size=-8000")
}

func (f *File) putBack(c *Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || len(f.idle) == maxIdle {
		_ = c.Close() // nothing was written through it
		return
	}
	f.idle = append(f.idle, c)
}

// Write runs a transaction: all of it is kept, or after an error nothing. ctx counts until the transaction has begun; from then on it goes
// through, so that the outcome is known.
func (f *File) Write(ctx context.Context, write func(*Conn) error) error {
	c, err := f.writer(ctx)
	if err != nil {
		return err
	}
	defer func() { f.writing <- c }()
	if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() { // after a panic too
		if !committed {
			_ = c.Exec("ROLLBACK") // it fails where the engine has rolled back already
		}
	}()
	if err := write(c); err != nil {
		return err
	}
	if err := c.Exec("COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

// writer takes the connection that writes; whoever has it puts it back.
func (f *File) writer(ctx context.Context) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.readOnly {
		return nil, fmt.Errorf("%s: the %s was opened for reading only", f.path, f.kind.Name)
	}
	select { // first, for the other select chooses at random
	case <-f.closing:
		return nil, f.errClosed()
	default:
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.closing:
		return nil, f.errClosed()
	case c := <-f.writing:
		return c, nil
	}
}

// Truncate writes everything into the file itself and empties the -wal file beside it, so that no older copy of a page stands there. It waits for those
// who read, and fails with ErrBusy where somebody reads for too long.
func (f *File) Truncate(ctx context.Context) error {
	c, err := f.writer(ctx)
	if err != nil {
		return err
	}
	defer func() { f.writing <- c }()
	busy, err := c.number("PRAGMA wal_checkpoint(TRUNCATE)")
	if err == nil && busy != 0 {
		err = fmt.Errorf("%s: somebody reads an older state: %w", f.path, ErrBusy)
	}
	return err
}

// Compact writes everything that is in the file anew and lets go of the rest, so that nothing of what was deleted stands in it. It fails with ErrBusy as Truncate
// does.
func (f *File) Compact(ctx context.Context) error {
	c, err := f.writer(ctx)
	if err != nil {
		return err
	}
	err = c.Once("VACUUM")
	f.writing <- c
	if err != nil {
		return err
	}
	return f.Truncate(ctx)
}

// Path is where the file is.
func (f *File) Path() string { return f.path }

func (f *File) errClosed() error { return fmt.Errorf("%s: the %s is closed", f.path, f.kind.Name) }

// Close lets go of the file, after the write that goes on. A second call does nothing and returns the same.
func (f *File) Close() error { return f.close() }

func (f *File) letGo() error {
	close(f.closing)
	f.mu.Lock()
	f.closed = true
	idle := f.idle
	f.idle = nil
	f.mu.Unlock()
	var err error
	for _, c := range idle {
		err = errors.Join(err, c.Close())
	}
	if f.writes {
		w := <-f.writing // last, for the last connection to close takes the -wal file away
		err = errors.Join(err, w.Close())
	}
	return err
}
