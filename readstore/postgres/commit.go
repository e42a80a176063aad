package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook.internal/internal/postgres"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// How long a commit, and the removal of an old build, may take before the connection is given up.
const (
	commitTime = time.Minute
	serveTime  = time.Hour
)

// copied is from how many documents on COPY is quicker than a statement with arrays, where it is possible.
const copied = 32

// Commit implements readstore.Store.
func (s *Store) Commit(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	if err := s.commit(ctx, from, to, []readstore.Change{{ViewVersion: v, Docs: changed}}); err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: commit %s version %d: %w", v.View, v.Version, err))
	}
	return nil
}

// CommitAll implements readstore.Joint.
func (s *Store) CommitAll(ctx context.Context, from, to ledger.Cursor, changes []readstore.Change) error {
	if len(changes) == 0 {
		return ctx.Err()
	}
	if err := s.commit(ctx, from, to, changes); err != nil {
		return interpret(projections.Ref{}, fmt.Errorf("view store: commit: %w", err))
	}
	return nil
}

// commit follows builds that are read by one statement, which moves their cursors by compare-and-set and puts the documents. Builds that nobody reads yet are filled by COPY.
func (s *Store) commit(ctx context.Context, from, to ledger.Cursor, changes []readstore.Change) error {
	docs := 0
	for _, c := range changes {
		for i := range c.Docs {
			if d := &c.Docs[i]; d.View != c.View || d.Version != c.Version {
				return fmt.Errorf("%v version %d is not a document of this build", d.Ref, d.Version)
			}
		}
		docs += len(c.Docs)
	}
	return s.write(ctx, commitTime, func(ctx context.Context, ses *session) error {
		fill := docs >= copied
		for _, c := range changes {
			served, err := ses.serves(ctx, c.ViewVersion)
			if err != nil {
				return err
			}
			fill = fill && !served
		}
		if fill {
			return ses.fill(ctx, from, to, changes)
		}
		return ses.follow(ctx, from, to, changes)
	})
}

// serves tells whether a build is read. It is asked once: nobody but this session changes it.
func (ses *session) serves(ctx context.Context, v readstore.ViewVersion) (bool, error) {
	if served, known := ses.served[v]; known {
		return served, nil
	}
	served := false
	err := ses.conn.QueryRow(ctx, "SELECT coalesce((SELECT served FROM daybook.builds WHERE view = $1 AND version = $2), false)", v.View, int64(v.Version)).Scan(&served)
	if err == nil {
		ses.served[v] = served
	}
	return served, err
}

// The compare-and-set of builds, $1 and $2, from the place $3, $4 to the place $5, $6. A build that nobody has begun is at the zero Cursor. $7 are the digests of the rows where they are
// served, $8 where they are not.
const (
	builds = "unnest($1::text[], $2::bigint[], $7::bytea[], $8::bytea[]) AS n(view, version, read, unread)"
	move   = `UPDATE daybook.builds b SET seq = $5, token = $6, digest = CASE WHEN b.served THEN n.read ELSE n.unread END
		FROM ` + builds + ` WHERE b.view = n.view AND b.version = n.version AND b.seq = $3 AND b.token = $4 RETURNING b.view`
	begin = `INSERT INTO daybook.builds AS b (view, version, seq, token, served, digest)
		SELECT n.view, n.version, $5, $6, coalesce(o.served, false), CASE WHEN o.served THEN n.read ELSE n.unread END
		FROM ` + builds + ` LEFT JOIN daybook.builds o ON o.view = n.view AND o.version = n.version
		ON CONFLICT (view, version) DO UPDATE SET seq = $5, token = $6, digest = excluded.digest
		WHERE b.seq = $3 AND b.token = $4 AND b.served = excluded.served RETURNING b.view`

	put = `INSERT INTO daybook.docs (view, version, key, at, digest, data)
		SELECT d.* FROM unnest($9::text[], $10::bigint[], $11::bytea[], $12::bigint[], $13::bytea[], $14::bytea[]) AS d(view, version, key, at, digest, data)
		ON CONFLICT (view, version, key) DO UPDATE SET at = excluded.at, digest = excluded.digest, data = excluded.data`

	// all of it or nothing: where not all builds were where they were thought to be, it fails.
	followed = " SELECT daybook.all_of((SELECT count(*) FROM moved), cardinality($1::text[]))"
)

func moving(from ledger.Cursor) string {
	if from == (ledger.Cursor{}) {
		return begin
	}
	return move
}

// arguments are those of move and begin.
func arguments(from, to ledger.Cursor, changes []readstore.Change) []any {
	views, versions, read, unread := make([]string, len(changes)), make([]int64, len(changes)), make([][]byte, len(changes)), make([][]byte, len(changes))
	for i, c := range changes {
		yes, no := readstore.BuildDigest(c.ViewVersion, to, true), readstore.BuildDigest(c.ViewVersion, to, false)
		views[i], versions[i], read[i], unread[i] = c.View, int64(c.Version), yes[:], no[:]
	}
	return []any{views, versions, int64(from.Seq), from.Token, int64(to.Seq), to.Token, read, unread}
}

// columns are documents as the arrays that put takes.
func columns(changes []readstore.Change) []any {
	var views []string
	var versions, at []int64
	var keys, digests, data [][]byte
	for _, c := range changes {
		for i := range c.Docs {
			d := &c.Docs[i]
			digest := readstore.DocDigest(c.ViewVersion, d.Key, d.At, d.Data)
			views, versions, keys = append(views, c.View), append(versions, int64(c.Version)), append(keys, []byte(d.Key))
			at, digests, data = append(at, int64(d.At)), append(digests, digest[:]), append(data, notNil(d.Data))
		}
	}
	return []any{views, versions, keys, at, digests, data}
}

// notNil gives bytes that are not NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// follow commits by one statement, and so by one transaction and one message there and back.
func (ses *session) follow(ctx context.Context, from, to ledger.Cursor, changes []readstore.Change) error {
	with := "WITH moved AS (" + moving(from) + "), put AS (" + put + ")"
	_, err := ses.conn.Exec(ctx, with+followed, append(arguments(from, to, changes), columns(changes)...)...)
	return ses.stale(ctx, err, from, changes)
}

// fill commits by COPY, which takes no other row in place of one that is there: those go first.
func (ses *session) fill(ctx context.Context, from, to ledger.Cursor, changes []readstore.Change) error {
	err := pgx.BeginFunc(ctx, ses.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "WITH moved AS ("+moving(from)+")"+followed, arguments(from, to, changes)...); err != nil {
			return err
		}
		rows := columns(changes)
		if from != (ledger.Cursor{}) {
			if _, err := tx.Exec(ctx, "DELETE FROM daybook.docs d USING unnest($1::text[], $2::bigint[], $3::bytea[]) AS o(view, version, key) "+
				"WHERE d.view = o.view AND d.version = o.version AND d.key = o.key", rows[:3]...); err != nil {
				return err
			}
		}
		views, versions, keys, at, digests, data := rows[0].([]string), rows[1].([]int64), rows[2].([][]byte), rows[3].([]int64), rows[4].([][]byte), rows[5].([][]byte)
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"daybook", "docs"}, []string{"view", "version", "key", "at", "digest", "data"},
			pgx.CopyFromSlice(len(views), func(i int) ([]any, error) {
				return []any{views[i], versions[i], keys[i], at[i], digests[i], data[i]}, nil
			}))
		return err
	})
	return ses.stale(ctx, err, from, changes)
}

// stale says where a build is instead, if that is why a commit has failed.
func (ses *session) stale(ctx context.Context, err error, from ledger.Cursor, changes []readstore.Change) error {
	if postgres.CodeOf(err) != notAll {
		return err
	}
	for _, c := range changes {
		b, err := buildOf(ctx, ses.conn, c.ViewVersion)
		if err != nil {
			return err
		}
		if b.at != from {
			return fmt.Errorf("%w: %s version %d is at %d, not at %d", readstore.ErrStale, c.View, c.Version, b.at.Seq, from.Seq)
		}
	}
	return fmt.Errorf("%w: it was not at %d", readstore.ErrStale, from.Seq)
}

// notAll is the SQLSTATE of daybook.all_of.
const notAll = "DB001"

// Serve implements readstore.Store: the switch and the removal of the old build are one transaction.
func (s *Store) Serve(ctx context.Context, v readstore.ViewVersion) error {
	err := s.write(ctx, serveTime, func(ctx context.Context, ses *session) error {
		clear(ses.served)
		return pgx.BeginFunc(ctx, ses.conn, func(tx pgx.Tx) error {
			b, err := buildOf(ctx, tx, v)
			if err != nil {
				return err
			}
			digest := readstore.BuildDigest(v, b.at, true)
			var batch pgx.Batch
			batch.Queue("DELETE FROM daybook.docs WHERE view = $1 AND version <> $2", v.View, int64(v.Version))
			batch.Queue("DELETE FROM daybook.builds WHERE view = $1 AND version <> $2", v.View, int64(v.Version))
			batch.Queue("INSERT INTO daybook.builds (view, version, seq, token, served, digest) VALUES ($1, $2, $3, $4, true, $5) "+
				"ON CONFLICT (view, version) DO UPDATE SET served = true, digest = excluded.digest", v.View, int64(v.Version), int64(b.at.Seq), b.at.Token, digest[:])
			return tx.SendBatch(ctx, &batch).Close()
		})
	})
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: serve %s version %d: %w", v.View, v.Version, err))
	}
	return nil
}
