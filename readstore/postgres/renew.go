package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

var _ readstore.Renewer = (*Store)(nil)

// renewed is how many documents are moved at a time: so many are held in memory.
const renewed = 1000

// Renew implements readstore.Renewer. A document's digest names its build, so each is read, checked and written under its new one, all in one transaction.
func (s *Store) Renew(ctx context.Context, from, v readstore.ViewVersion) error {
	if from.View != v.View || from == v {
		return fmt.Errorf("view store: %v is no build to make %v of", from, v)
	}
	err := s.write(ctx, serveTime, func(ctx context.Context, ses *session) error {
		clear(ses.served)
		return pgx.BeginFunc(ctx, ses.conn, func(tx pgx.Tx) error { return renew(ctx, tx, from, v) })
	})
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: make %s version %d anew: %w", v.View, v.Version, err))
	}
	return nil
}

func renew(ctx context.Context, tx pgx.Tx, from, v readstore.ViewVersion) error {
	b, err := buildOf(ctx, tx, from)
	if err != nil {
		return err
	}
	old, err := buildOf(ctx, tx, v)
	if err != nil && !errors.Is(err, readstore.ErrDamaged) { // what is damaged is what is made anew
		return err
	}
	if err == nil && old.at.Seq > b.at.Seq {
		return fmt.Errorf("%w: it is at %d, and what was made anew at %d", readstore.ErrStale, old.at.Seq, b.at.Seq)
	}
	if _, err := tx.Exec(ctx, "DELETE FROM daybook.docs WHERE view = $1 AND version <> $2", v.View, int64(from.Version)); err != nil {
		return err
	}
	if err := moveDocs(ctx, tx, from, v); err != nil {
		return err
	}
	digest := readstore.BuildDigest(v, b.at, true)
	var batch pgx.Batch
	batch.Queue("DELETE FROM daybook.docs WHERE view = $1 AND version = $2", v.View, int64(from.Version))
	batch.Queue("DELETE FROM daybook.builds WHERE view = $1", v.View)
	batch.Queue("INSERT INTO daybook.builds (view, version, seq, token, served, digest) VALUES ($1, $2, $3, $4, true, $5)",
		v.View, int64(v.Version), int64(b.at.Seq), b.at.Token, digest[:])
	return tx.SendBatch(ctx, &batch).Close()
}

// moveDocs writes the documents of one build under another one, by key.
func moveDocs(ctx context.Context, tx pgx.Tx, from, v readstore.ViewVersion) error {
	for last := []byte(nil); ; {
		docs, err := docsBehind(ctx, tx, from, last)
		if err != nil || len(docs) == 0 {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"daybook", "docs"}, []string{"view", "version", "key", "at", "digest", "data"},
			pgx.CopyFromSlice(len(docs), func(i int) ([]any, error) {
				d := &docs[i]
				digest := readstore.DocDigest(v, d.Key, d.At, d.Data)
				return []any{v.View, int64(v.Version), []byte(d.Key), int64(d.At), digest[:], notNil(d.Data)}, nil
			})); err != nil {
			return err
		}
		last = []byte(docs[len(docs)-1].Key)
	}
}

// docsBehind reads the documents of a build behind a key; nil is before all keys, of which the empty one is the first.
func docsBehind(ctx context.Context, tx pgx.Tx, v readstore.ViewVersion, after []byte) (docs []readstore.Doc, err error) {
	rows, err := tx.Query(ctx, "SELECT version, key, at, digest, data FROM daybook.docs WHERE view = $1 AND version = $2 AND ($3::bytea IS NULL OR key > $3) ORDER BY key LIMIT $4",
		v.View, int64(v.Version), after, renewed)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := docOf(v.View, rows)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, rows.Err()
}
