package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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

// Commit implements readstore.Store. A build that is read is followed by one statement, which moves the cursor by compare-and-set and puts the documents; one
// that nobody reads yet is filled by COPY.
func (s *Store) Commit(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	err := of(v, changed)
	if err == nil {
		err = s.write(ctx, commitTime, func(ctx context.Context, ses *session) error {
			served, err := ses.serves(ctx, v)
			if err != nil {
				return err
			}
			if served || len(changed) < copied {
				return ses.follow(ctx, v, from, to, changed)
			}
			return ses.fill(ctx, v, from, to, changed)
		})
	}
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: commit %s version %d: %w", v.View, v.Version, err))
	}
	return nil
}

func of(v readstore.ViewVersion, changed []readstore.Doc) error {
	for i := range changed {
		if d := &changed[i]; d.View != v.View || d.Version != v.Version {
			return fmt.Errorf("%v version %d is not a document of this build", d.Ref, d.Version)
		}
	}
	return nil
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

// The compare-and-set. A build that nobody has begun is at the zero Cursor. $7 is the digest of the row where the build is served, $8 where it is not.
const (
	move = `UPDATE daybook.builds SET seq = $5, token = $6, digest = CASE WHEN served THEN $7::bytea ELSE $8::bytea END
		WHERE view = $1 AND version = $2 AND seq = $3 AND token = $4 RETURNING view`
	begin = `INSERT INTO daybook.builds AS b (view, version, seq, token, served, digest) VALUES ($1, $2, $5, $6, false, $8::bytea)
		ON CONFLICT (view, version) DO UPDATE SET seq = $5, token = $6, digest = CASE WHEN b.served THEN $7::bytea ELSE $8::bytea END
		WHERE b.seq = $3 AND b.token = $4 RETURNING view`

	put = `INSERT INTO daybook.docs (view, version, key, at, digest, data)
		SELECT $1, $2, d.key, d.at, d.digest, d.data FROM moved, unnest($9::bytea[], $10::bigint[], $11::bytea[], $12::bytea[]) AS d(key, at, digest, data)
		ON CONFLICT (view, version, key) DO UPDATE SET at = excluded.at, digest = excluded.digest, data = excluded.data`
)

func moving(from ledger.Cursor) string {
	if from == (ledger.Cursor{}) {
		return begin
	}
	return move
}

// arguments are those of move and begin.
func arguments(v readstore.ViewVersion, from, to ledger.Cursor) []any {
	read, unread := readstore.BuildDigest(v, to, true), readstore.BuildDigest(v, to, false)
	return []any{v.View, int64(v.Version), int64(from.Seq), from.Token, int64(to.Seq), to.Token, read[:], unread[:]}
}

// columns are documents as arrays.
type columns struct {
	keys, digests, data [][]byte
	at                  []int64
}

func columnsOf(v readstore.ViewVersion, docs []readstore.Doc) (c columns) {
	for i := range docs {
		d := &docs[i]
		digest := readstore.DocDigest(v, d.Key, d.At, d.Data)
		c.keys, c.at, c.digests, c.data = append(c.keys, []byte(d.Key)), append(c.at, int64(d.At)), append(c.digests, digest[:]), append(c.data, notNil(d.Data))
	}
	return c
}

// notNil gives bytes that are not NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// follow commits by one statement, and so by one transaction and one message there and back.
func (ses *session) follow(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	c := columnsOf(v, changed)
	moved := false
	err := ses.conn.QueryRow(ctx, "WITH moved AS ("+moving(from)+"), put AS ("+put+") SELECT EXISTS (SELECT FROM moved)",
		append(arguments(v, from, to), c.keys, c.at, c.digests, c.data)...).Scan(&moved)
	if err == nil && !moved {
		err = ses.stale(ctx, v, from)
	}
	return err
}

// fill commits by COPY, which takes no other row in place of one that is there: those go first.
func (ses *session) fill(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	return pgx.BeginFunc(ctx, ses.conn, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, moving(from), arguments(v, from, to)...)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ses.stale(ctx, v, from)
		}
		if from != (ledger.Cursor{}) {
			keys := make([][]byte, len(changed))
			for i := range changed {
				keys[i] = []byte(changed[i].Key)
			}
			if _, err := tx.Exec(ctx, "DELETE FROM daybook.docs WHERE view = $1 AND version = $2 AND key = ANY ($3::bytea[])", v.View, int64(v.Version), keys); err != nil {
				return err
			}
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"daybook", "docs"}, []string{"view", "version", "key", "at", "digest", "data"},
			pgx.CopyFromSlice(len(changed), func(i int) ([]any, error) {
				d := &changed[i]
				digest := readstore.DocDigest(v, d.Key, d.At, d.Data)
				return []any{v.View, int64(v.Version), []byte(d.Key), int64(d.At), digest[:], notNil(d.Data)}, nil
			}))
		return err
	})
}

// stale says where a build is instead.
func (ses *session) stale(ctx context.Context, v readstore.ViewVersion, from ledger.Cursor) error {
	b, err := buildOf(ctx, ses.conn, v)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: it is at %d, not at %d", readstore.ErrStale, b.at.Seq, from.Seq)
}

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
