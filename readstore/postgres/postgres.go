// Package postgres keeps view documents in a PostgreSQL database, which several servers may share. The tables may be emptied at any time: they are built again from
// the ledger.
//
// The rules it keeps: what is read is what was committed, or an error; and no view is ever built by two. Documents are bytes, with a digest beside each that is
// checked by each read. Everything is written through one connection, which holds an advisory lock; when it is lost, so is the right to write, and another
// server takes over.
//
// Commits do not wait for the disk (synchronous_commit=off). After a crash of PostgreSQL the last of them may be gone, but only as a whole and only from the end.
// Documents and their cursor are one transaction, so the Projector goes on from where the database stands.
//
// Whoever can write the tables can also write the digests: they are against accidents, not against attackers. Those are met by folding the ledger again (package replay).
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook.internal/internal/postgres"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// Config says how a store is opened.
type Config struct {
	// DSN names the database and the role, a member of daybook_writer: see postgres.Open.
	DSN string

	// ReadOnly opens a store that another process keeps up. Commit, Serve and Lead fail.
	ReadOnly bool

	// Log is told who keeps the store up; nil: nobody is.
	Log *slog.Logger
}

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool   // of connections that read
	config   *pgx.ConnConfig // of the session
	readOnly bool
	log      *slog.Logger

	opened  time.Time
	shown   atomic.Int64  // when the session that leads was last known to have the lock: nanoseconds since opened
	turn    chan *session // holds the session while nobody writes; nil in it: there is none yet
	closing context.Context
	close   func() error
	beating sync.WaitGroup
}

var (
	_ readstore.Store  = (*Store)(nil)
	_ readstore.Shared = (*Store)(nil)
	_ readstore.Joint  = (*Store)(nil)
)

// Open opens the store in a database that was migrated.
func Open(ctx context.Context, c Config) (*Store, error) {
	pool, err := postgres.Open(ctx, c.DSN, postgres.Kind{Name: "views", Settings: map[string]string{"default_transaction_read_only": "on"}})
	if err != nil {
		return nil, interpret(projections.Ref{}, fmt.Errorf("view store: %w", err))
	}
	s := &Store{pool: pool, config: pool.Config().ConnConfig, readOnly: c.ReadOnly, log: c.Log, opened: time.Now(), turn: make(chan *session, 1)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	postgres.Configure(s.config, postgres.Kind{Name: "projector", Settings: sessionSettings})
	var end context.CancelFunc
	s.closing, end = context.WithCancel(context.Background())
	s.turn <- nil
	s.close = sync.OnceValue(func() error {
		end()
		s.beating.Wait()
		ses := <-s.turn // after the write that goes on
		ses.drop()
		s.turn <- nil
		s.pool.Close()
		return nil
	})
	if !c.ReadOnly {
		s.beating.Go(s.beat)
	}
	return s, nil
}

// Close implements readstore.Store. It waits for the write that goes on, and for lists that are being read.
func (s *Store) Close() error { return s.close() }

// interpret turns what the database tells of into the port's errors.
func interpret(ref projections.Ref, err error) error {
	var d *readstore.DamagedError
	switch err = postgres.Interpret(err); {
	case err == nil || errors.As(err, &d):
		return err
	case postgres.Damaged(err):
		return &readstore.DamagedError{Ref: ref, Detail: err.Error() + "; " + wayOut}
	case errors.Is(err, postgres.ErrAway) && !errors.Is(err, readstore.ErrAway):
		return fmt.Errorf("%w: %w", readstore.ErrAway, err)
	}
	return err
}

const wayOut = "rebuild the view (daybook rebuild)"
