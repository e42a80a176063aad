package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// again runs a read once more where its connection had been cut before it was asked for, as all are after a restart of PostgreSQL.
func (s *Store) again(ctx context.Context, read func() error) error {
	err := read()
	if err != nil && ctx.Err() == nil && s.closing.Err() == nil && errors.Is(interpret(projections.Ref{}, err), readstore.ErrAway) {
		s.pool.Reset()
		err = read()
	}
	return err
}

// servedVersion is the version of a view that is read.
const servedVersion = "(SELECT version FROM daybook.builds WHERE view = $1 AND served)"

// Get implements readstore.Store.
func (s *Store) Get(ctx context.Context, ref projections.Ref) (doc readstore.Doc, err error) {
	err = s.again(ctx, func() (err error) {
		doc, err = docOf(ref.View, s.pool.QueryRow(ctx, "SELECT version, key, at, digest, data FROM daybook.docs WHERE view = $1 AND version = "+servedVersion+" AND key = $2",
			ref.View, []byte(ref.Key)))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%v: %w", ref, readstore.ErrNotFound)
	}
	if err != nil {
		return readstore.Doc{}, interpret(ref, fmt.Errorf("view store: get: %w", err))
	}
	return doc, nil
}

// Load implements readstore.Store.
func (s *Store) Load(ctx context.Context, v readstore.ViewVersion, key string) ([]byte, error) {
	var doc readstore.Doc
	err := s.again(ctx, func() (err error) {
		doc, err = docOf(v.View, s.pool.QueryRow(ctx, "SELECT version, key, at, digest, data FROM daybook.docs WHERE view = $1 AND version = $2 AND key = $3",
			v.View, int64(v.Version), []byte(key)))
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, interpret(projections.Ref{View: v.View, Key: key}, fmt.Errorf("view store: load version %d: %w", v.Version, err))
	}
	return notNil(doc.Data), nil
}

// Served implements readstore.Store.
func (s *Store) Served(ctx context.Context, view string) (v readstore.ViewVersion, at ledger.Cursor, ok bool, err error) {
	err = s.again(ctx, func() error {
		b, err := buildIn(s.pool.QueryRow(ctx, buildColumns+"WHERE view = $1 AND served", view))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		v, at, ok = b.ViewVersion, b.at, err == nil
		return err
	})
	if err != nil {
		err = interpret(projections.Ref{View: view}, fmt.Errorf("view store: what is served of %s: %w", view, err))
	}
	return v, at, ok, err
}

// Cursor implements readstore.Store.
func (s *Store) Cursor(ctx context.Context, v readstore.ViewVersion) (at ledger.Cursor, err error) {
	err = s.again(ctx, func() error {
		b, err := buildOf(ctx, s.pool, v)
		at = b.at
		return err
	})
	if err != nil {
		err = interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: cursor of %s version %d: %w", v.View, v.Version, err))
	}
	return at, err
}

// A list is read so many documents or bytes ahead: a short one keeps no connection while the loop runs.
const (
	aheadDocs  = 1000
	aheadBytes = 4 << 20
)

// List implements readstore.Store. The documents are those of one moment, whatever is committed meanwhile. While a long one is read, it keeps a connection, and
// the space of what has changed since is not used again.
func (s *Store) List(ctx context.Context, view, afterKey string, limit int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) {
		stopped, err := s.list(ctx, view, afterKey, limit, yield)
		if err != nil && !stopped {
			yield(readstore.Doc{}, interpret(projections.Ref{View: view}, fmt.Errorf("view store: list %s: %w", view, err)))
		}
	}
}

func (s *Store) list(ctx context.Context, view, afterKey string, limit int, yield func(readstore.Doc, error) bool) (stopped bool, _ error) {
	conn, rows, err := s.listed(ctx, view, afterKey, limit)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	defer rows.Close()
	for more := true; more; {
		var page []readstore.Doc
		var damage []error
		size := 0
		for len(page) < aheadDocs && size < aheadBytes {
			if more = rows.Next(); !more {
				break
			}
			d, err := docOf(view, rows)
			if err != nil && !errors.Is(err, readstore.ErrDamaged) {
				return false, err
			}
			page, damage, size = append(page, d), append(damage, err), size+len(d.Data)
		}
		if !more {
			if err := rows.Err(); err != nil {
				return false, err
			}
			conn.Release() // the loop may ask for more
		}
		for i, d := range page {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if !yield(d, damage[i]) {
				return true, nil
			}
		}
	}
	return false, nil
}

// listed asks for the documents of a list.
func (s *Store) listed(ctx context.Context, view, afterKey string, limit int) (conn *pgxpool.Conn, rows pgx.Rows, err error) {
	query, args := "SELECT version, key, at, digest, data FROM daybook.docs WHERE view = $1 AND version = "+servedVersion, []any{view}
	if afterKey != "" { // the empty key is a key too
		query, args = query+" AND key > $2", append(args, []byte(afterKey))
	}
	query += " ORDER BY key"
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	err = s.again(ctx, func() (err error) {
		if conn, err = s.pool.Acquire(ctx); err != nil {
			return err
		}
		served := false
		if err = conn.QueryRow(ctx, "SELECT EXISTS "+servedVersion, view).Scan(&served); err == nil && !served {
			err = fmt.Errorf("%w: nothing is served yet", readstore.ErrNotFound)
		}
		if err == nil {
			rows, err = conn.Query(ctx, query, args...)
		}
		if err != nil {
			conn.Release()
		}
		return err
	})
	return conn, rows, err
}

// Touched implements readstore.Store. There is no index for it, which every commit would have to keep up: it looks at all documents of the view, and reads none.
func (s *Store) Touched(ctx context.Context, view string, after uint64, limit int) (all []readstore.Doc, err error) {
	query := "SELECT version, key, at FROM daybook.docs WHERE view = $1 AND version = " + servedVersion + " AND at > $2 ORDER BY at DESC, key"
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	err = s.again(ctx, func() error {
		all = nil
		rows, err := s.pool.Query(ctx, query, view, int64(min(after, math.MaxInt64)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key []byte
			var version, at int64
			if err := rows.Scan(&version, &key, &at); err != nil {
				return err
			}
			all = append(all, readstore.Doc{Ref: projections.Ref{View: view, Key: string(key)}, Version: int(version), Document: projections.Document{At: uint64(at)}})
		}
		return rows.Err()
	})
	if err == nil && len(all) == 0 {
		if _, _, ok, errServed := s.Served(ctx, view); errServed != nil {
			return nil, errServed
		} else if !ok {
			err = fmt.Errorf("%w: nothing is served yet", readstore.ErrNotFound)
		}
	}
	if err != nil {
		return nil, interpret(projections.Ref{View: view}, fmt.Errorf("view store: what has changed of %s: %w", view, err))
	}
	return all, nil
}

// docOf reads the columns version, key, at, digest, data. With a *readstore.DamagedError it gives only what names the document.
func docOf(view string, row pgx.Row) (readstore.Doc, error) {
	var version, at int64
	var key, digest, data []byte
	if err := row.Scan(&version, &key, &at, &digest, &data); err != nil {
		return readstore.Doc{}, err
	}
	d := readstore.Doc{Ref: projections.Ref{View: view, Key: string(key)}, Version: int(version), Document: projections.Document{At: uint64(at), Data: data}}
	if want := readstore.DocDigest(readstore.ViewVersion{View: view, Version: d.Version}, d.Key, d.At, d.Data); !bytes.Equal(digest, want[:]) {
		return readstore.Doc{Ref: d.Ref, Version: d.Version}, &readstore.DamagedError{Ref: d.Ref, Detail: "its digest does not hold; " + wayOut}
	}
	return d, nil
}

// build is a row of the table builds.
type build struct {
	readstore.ViewVersion
	at     ledger.Cursor
	served bool
}

const buildColumns = "SELECT view, version, seq, token, served, digest FROM daybook.builds "

// buildOf gives a build, at the beginning where nobody has begun it.
func buildOf(ctx context.Context, q querier, v readstore.ViewVersion) (build, error) {
	b, err := buildIn(q.QueryRow(ctx, buildColumns+"WHERE view = $1 AND version = $2", v.View, int64(v.Version)))
	if errors.Is(err, pgx.ErrNoRows) {
		return build{ViewVersion: v}, nil
	}
	return b, err
}

func buildIn(row pgx.Row) (b build, err error) {
	var version, seq int64
	var digest []byte
	if err := row.Scan(&b.View, &version, &seq, &b.at.Token, &b.served, &digest); err != nil {
		return build{}, err
	}
	b.Version, b.at.Seq = int(version), uint64(seq)
	if want := readstore.BuildDigest(b.ViewVersion, b.at, b.served); !bytes.Equal(digest, want[:]) {
		return build{}, &readstore.DamagedError{Ref: projections.Ref{View: b.View}, Detail: fmt.Sprintf("the digest of its cursor (version %d) does not hold; %s", b.Version, wayOut)}
	}
	return b, nil
}
