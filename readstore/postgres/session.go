package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook.internal/internal/postgres"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// A session is the one connection that writes. Its lock is the right to: PostgreSQL takes it back when the session ends, however it ends, and nothing
// is written outside it. Whoever has taken it out of Store.turn uses it alone.
type session struct {
	conn   *pgx.Conn
	leads  bool                           // it holds the lock
	served map[readstore.ViewVersion]bool // what is known of builds: nobody else changes it
	lost   chan struct{}                  // closed when it ends
	users  int                            // of Lead
}

// The server ends a session that says nothing for three seconds: its process hangs, or the network or the machine is gone. So it beats every second, and another
// one that asks four times a second has the lock within four seconds, whatever has happened to this one.
const (
	silence   = "3000" // milliseconds
	beatEvery = time.Second
	askEvery  = 250 * time.Millisecond
	beatTime  = 2 * time.Second
	sureFor   = 2500 * time.Millisecond // after something was sent that the session has answered; less than silence
)

var sessionSettings = map[string]string{
	"default_transaction_read_only":       "off",
	"synchronous_commit":                  "off",
	"idle_session_timeout":                silence,
	"idle_in_transaction_session_timeout": silence,
	"tcp_keepalives_idle":                 "1", // within a statement: seconds
	"tcp_keepalives_interval":             "1",
	"tcp_keepalives_count":                "2",
}

// lock is the key of the advisory lock, in each database its own.
const lock = 0x64617976 // "dayv"

// errElsewhere says that another process has the lock.
var errElsewhere = fmt.Errorf("%w: another process keeps it up", readstore.ErrAway)

var errClosed = errors.New("the view store is closed")

// take waits for the session, and begins one where there is none. give gives it back.
func (s *Store) take(ctx context.Context) (ses *session, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.readOnly {
		return nil, errors.New("the view store was opened for reading only")
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing.Done():
		return nil, errClosed
	case ses = <-s.turn:
	}
	if s.closing.Err() != nil {
		s.turn <- ses
		return nil, errClosed
	}
	if ses != nil && !ses.conn.IsClosed() {
		return ses, nil
	}
	ses.drop()
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		s.turn <- nil
		return nil, err
	}
	return &session{conn: conn, served: map[readstore.ViewVersion]bool{}, lost: make(chan struct{})}, nil
}

// give puts the session back, or lets go of it where its connection was cut.
func (s *Store) give(ses *session) {
	if ses.conn.IsClosed() {
		if ses.leads {
			s.shown.Store(0)
			s.log.Warn("the connection that keeps the views up was lost")
		}
		ses.drop()
		ses = nil
	}
	s.turn <- ses
}

// drop ends a session, nil or not.
func (ses *session) drop() {
	if ses == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), beatTime)
	defer cancel()
	_ = ses.conn.Close(ctx) // its end is what is wanted
	close(ses.lost)
}

// lead asks for the lock.
func (ses *session) lead(ctx context.Context) error {
	if ses.leads {
		return nil
	}
	if err := ses.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(lock)).Scan(&ses.leads); err != nil {
		return err
	}
	if !ses.leads {
		return errElsewhere
	}
	clear(ses.served)
	return nil
}

// Lead implements readstore.Shared. While PostgreSQL cannot be reached, it goes on trying.
func (s *Store) Lead(ctx context.Context) (context.Context, func(), error) {
	told := ""
	for {
		ses, err := s.tryLead(ctx)
		if err == nil {
			s.log.Info("this process keeps the views up")
			leading, release := s.leading(ctx, ses)
			return leading, release, nil
		}
		if err = interpret(projections.Ref{}, fmt.Errorf("view store: lead: %w", err)); !errors.Is(err, readstore.ErrAway) {
			return nil, nil, err
		}
		if why := err.Error(); why != told { // once, not four times a second
			s.log.Info("waiting to keep the views up", "because", why)
			told = why
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

// Leads implements readstore.Shared.
func (s *Store) Leads() bool {
	shown := s.shown.Load()
	return shown > 0 && time.Since(s.opened.Add(time.Duration(shown))) < sureFor
}

// show notes that the session had the lock after something was sent.
func (s *Store) show(sent time.Time) { s.shown.Store(int64(sent.Sub(s.opened))) }

func (s *Store) tryLead(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, beatTime)
	defer cancel()
	ses, err := s.take(ctx)
	if err != nil {
		return nil, err
	}
	defer s.give(ses)
	sent, had := time.Now(), ses.leads
	if err := ses.lead(ctx); err != nil {
		return nil, err
	}
	if !had { // or nobody was asked
		s.show(sent)
	}
	ses.users++
	return ses, nil
}

// leadKey is the session of a leading context. Nothing is written in its name by another one, even if this process has the lock again.
type leadKey struct{}

var errLost = fmt.Errorf("%w: the connection that keeps it up was lost", readstore.ErrAway)

// leading is ctx until the session is lost.
func (s *Store) leading(ctx context.Context, ses *session) (context.Context, func()) {
	leading, cancel := context.WithCancelCause(context.WithValue(ctx, leadKey{}, ses))
	go func() {
		select {
		case <-ses.lost:
			cancel(errLost)
		case <-leading.Done():
		}
	}()
	return leading, func() {
		cancel(context.Canceled)
		now := <-s.turn
		if now == ses {
			if ses.users--; ses.users == 0 {
				now = nil
				s.shown.Store(0)
				ses.drop()
			}
		}
		s.turn <- now
	}
}

// beat says every now and then that this process is there, so that the server does not end its session, and notices where the connection is.
func (s *Store) beat() {
	for {
		select {
		case <-s.closing.Done():
			return
		case <-time.After(beatEvery):
		}
		select {
		case ses := <-s.turn: // whoever writes beats, too
			if ses == nil {
				s.turn <- nil
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), beatTime)
			sent := time.Now()
			if err := ses.conn.Ping(ctx); err == nil {
				if ses.leads { // one that stands by is kept, too
					s.show(sent)
				}
			} else {
				ctx, cancel := context.WithTimeout(context.Background(), beatTime)
				_ = ses.conn.Close(ctx) // it answers in time, or it is of no use
				cancel()
			}
			cancel()
			s.give(ses)
		default:
		}
	}
}

// write runs do on the session that has the lock. What has begun is finished though ctx ends, so that its outcome is known.
func (s *Store) write(ctx context.Context, within time.Duration, do func(context.Context, *session) error) error {
	ses, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(ses)
	if led := ctx.Value(leadKey{}); led != nil && led != ses {
		return errLost
	}
	ctx, cancel := postgres.Finish(ctx, within)
	defer cancel()
	if err := ses.lead(ctx); err != nil {
		return err
	}
	return postgres.Retry(ctx, func() error {
		sent := time.Now()
		err := do(ctx, ses)
		if err == nil {
			s.show(sent)
		}
		return err
	})
}
