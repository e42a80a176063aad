package sqlite

import (
	"database/sql/driver"
	"fmt"
)

// A checkpoint moves what was committed from the -wal file, where it is durable, to its place in the ledger file. It has two steps. The
// bulk is moved on a connection of its own while the writer goes on. The writer then moves the little that was added meanwhile, in a
// moment without reads, so that the engine begins the -wal file anew with the next append instead of letting it grow.
//
// The fields are the writer's.
type checkpoint struct {
	l       *Ledger
	written int  // bytes in the -wal file since it began anew, roughly
	running bool // the first step
	begin   chan struct{}
	passed  chan error // the first step is over
	ended   chan struct{}
}

// checkpointBytes is how long the -wal file grows before a checkpoint, roughly; a transaction and what is written meanwhile come on top.
const checkpointBytes = 16 << 20

func (p *checkpoint) start(l *Ledger) {
	*p = checkpoint{l: l, begin: make(chan struct{}), passed: make(chan error, 1), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		for range p.begin {
			p.passed <- passAlone(l.path)
		}
	}()
}

func (p *checkpoint) stop() {
	close(p.begin)
	<-p.ended
}

// watch begins the first step when it is time.
func (w *writer) watch() {
	if w.wal.written >= checkpointBytes && !w.wal.running && w.refuse == nil {
		w.wal.running = true
		w.wal.begin <- struct{}{}
	}
}

// settle is the second step.
func (w *writer) settle(err error) {
	w.wal.running = false
	if w.refuse != nil {
		return
	}
	var all bool
	if err == nil {
		all, err = w.quietly(pass)
	}
	switch {
	case err != nil:
		_ = w.fail(fmt.Errorf("checkpoint: %w", err))
	case all:
		w.wal.written = 0
	default:
		w.wal.written = checkpointBytes / 2 // another process is reading; try again later
	}
}

// quietly runs f when no reader of this process is in the middle of a page.
func (w *writer) quietly(f func(*conn) (bool, error)) (bool, error) {
	free := make([]*conn, 0, cap(w.l.readers))
	for range cap(w.l.readers) {
		free = append(free, <-w.l.readers)
	}
	defer func() {
		for _, c := range free {
			w.l.readers <- c
		}
	}()
	return f(w.c)
}

func passAlone(path string) error {
	c, err := connect(path, "mode=rw", "synchronous=FULL", "wal_autocheckpoint=0")
	if err != nil {
		return err
	}
	_, err = pass(c)
	return firstOf(err, c.close())
}

// pass moves what it can without waiting for anybody and says whether that was all.
func pass(c *conn) (all bool, err error) {
	err = c.query(func(row []driver.Value) bool {
		all = row[1] == row[2]
		return false
	}, "PRAGMA wal_checkpoint(PASSIVE)")
	return all, err
}
