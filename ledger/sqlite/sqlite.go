// Package sqlite keeps a ledger in one SQLite file.
//
// The rule it keeps: what was acknowledged is in the file before the answer is given, and what is read is what was written or an error.
// A single goroutine writes. It takes up all appends that wait, commits them together with one wait for the disk, and answers them. Every
// record carries a digest that each read checks. After a failed write the ledger takes no more appends until it is opened again, because
// nobody knows what the disk holds by then.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
)

// Options say how a ledger is opened. The zero value opens it for reading and writing and makes it where there is none.
type Options struct {
	// ReadOnly opens a ledger that is there already and refuses appends. Another process may be writing it: Follow looks for new records
	// every 50 ms. On a disk or in a folder that cannot be written, the ledger must have been closed properly and must stay as it is.
	ReadOnly bool

	// Alone says that no other process writes to the file while this one has it open, which the caller sees to. Then a stream that has not moved on is read
	// without asking the file.
	Alone bool

	// Readers is how many reads go on at the same time; others wait, each for the length of a page. 0 is 4, or GOMAXPROCS if that is more.
	Readers int

	// maxPages makes the disk full in tests.
	maxPages int
}

// A Ledger is an open file. It is safe for concurrent use.
type Ledger struct {
	path     string
	readOnly bool
	readers  chan *conn // the connections that are free; nil for one that was not needed yet
	connect  func() (*conn, error)
	writer   *writer       // nil if read-only; run owns it until stopped is closed
	requests chan *request // to the writer
	closing  chan struct{} // closed by Close
	stopped  chan struct{} // closed when the writer has ended
	long     sync.RWMutex  // read-locked by checks that may take long
	closed   sync.Once
	closeErr error

	ends   *ends         // nil where another process may write
	head   atomic.Uint64 // how many records this process has seen the file hold
	growth signal        // sent when head moves
}

var (
	_ ledger.Ledger    = (*Ledger)(nil)
	_ ledger.Bulk      = (*Ledger)(nil)
	_ ledger.Header    = (*Ledger)(nil)
	_ ledger.Versioner = (*Ledger)(nil)
)

// Open opens the ledger in the file at path, whose folder must exist, and checks the last record of every stream (about 3 s for a million
// streams). The error says what to do; a *ledger.DamagedError says that the file is not as it was written.
func Open(ctx context.Context, path string, o Options) (*Ledger, error) {
	path, err := find(path, o)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		path:     path,
		readOnly: o.ReadOnly,
		readers:  make(chan *conn, max(o.Readers, 1)),
		requests: make(chan *request, 1024),
		closing:  make(chan struct{}),
		stopped:  make(chan struct{}),
		growth:   signal{sent: make(chan struct{})},
	}
	if o.Alone && !o.ReadOnly {
		l.ends = &ends{}
	}
	if o.Readers == 0 {
		l.readers = make(chan *conn, max(4, runtime.GOMAXPROCS(0)))
	}
	for range cap(l.readers) {
		l.readers <- nil
	}
	parameters := "mode=ro"
	l.connect = func() (*conn, error) { return connect(path, parameters, "busy_timeout=5000", "cache_size=-16000") }
	if o.ReadOnly {
		close(l.stopped)
		err := l.inspect(ctx)
		if sqlitefile.CannotOpen(err) && !exists(path+"-wal") {
			parameters += "&immutable=1" // nothing can be written here, so nothing will change
			err = l.inspect(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		return l, nil
	}
	w, err := newWriter(l, o)
	if err != nil {
		return nil, err
	}
	l.writer = w
	if err := l.inspect(ctx); err != nil {
		close(l.stopped)
		return nil, errors.Join(err, l.Close())
	}
	w.next = l.head.Load()
	go w.run()
	return l, nil
}

// find makes path absolute, and the ledger where there is none.
func find(path string, o Options) (string, error) {
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
	case err == nil && info.IsDir():
		return "", fmt.Errorf("%s is a folder; name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file", path)
	case err == nil && info.Size() == 0:
		return "", &ledger.DamagedError{Where: path, Detail: "the file is empty, which a ledger never is; restore it from a copy, " +
			"or delete it to begin a new ledger"}
	case err == nil:
		return path, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: open: %w", path, err)
	case o.ReadOnly:
		return "", fmt.Errorf("%s: there is no ledger to read: %w", path, err)
	case !exists(filepath.Dir(path)):
		return "", fmt.Errorf("%s: the folder is missing; make it first: %w", path, err)
	case exists(path + "-wal"):
		return "", &ledger.DamagedError{Where: path, Detail: "the file is missing while its -wal file is there; restore both from a copy, " +
			"or delete the -wal file to begin a new ledger"}
	}
	return path, create(path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Close answers the appends that wait, ends the iterators with ledger.ErrClosed and closes the file. A second call does nothing and
// returns the same.
func (l *Ledger) Close() error {
	l.closed.Do(func() {
		close(l.closing)
		<-l.stopped
		l.long.Lock() // what is long has ended, and nothing long begins any more
		defer l.long.Unlock()
		for range cap(l.readers) {
			if c := <-l.readers; c != nil {
				l.closeErr = errors.Join(l.closeErr, c.close())
			}
		}
		if l.writer != nil { // the last one, so that the engine empties the -wal file and removes it
			l.closeErr = errors.Join(l.closeErr, l.writer.close())
		}
	})
	return l.closeErr
}

func (l *Ledger) isOpen() error {
	select {
	case <-l.closing:
		return ledger.ErrClosed
	default:
		return nil
	}
}

// reader lends a connection for one short read.
func (l *Ledger) reader(ctx context.Context, read func(*conn) error) error {
	if err := firstOf(ctx.Err(), l.isOpen()); err != nil {
		return err
	}
	select {
	case <-l.closing:
		return ledger.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case c := <-l.readers:
		defer func() { l.readers <- c }()
		if c == nil {
			var err error
			if c, err = l.connect(); err != nil {
				return err
			}
		}
		return read(c)
	}
}

// saw keeps the highest head that anybody here has seen.
func (l *Ledger) saw(head uint64) {
	for {
		old := l.head.Load()
		if head <= old || l.head.CompareAndSwap(old, head) {
			return
		}
	}
}
