package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// Get implements readstore.Store.
func (s *Store) Get(ctx context.Context, ref projections.Ref) (readstore.Doc, error) {
	doc, since, known := s.known.doc(ref)
	if known && ctx.Err() == nil {
		return doc, nil
	}
	err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		found := false
		for row, err := range c.Query("SELECT d.version, d.key, d.at, d.digest, d.data FROM builds b CROSS JOIN docs d "+
			"ON d.view = b.view AND d.version = b.version WHERE b.view = ? AND b.served = 1 AND d.key = ?", ref.View, []byte(ref.Key)) {
			if err == nil {
				found = true
				doc, err = docOf(ref.View, row)
			}
			if err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("%v: %w", ref, readstore.ErrNotFound)
		}
		return nil
	})
	if err != nil {
		return readstore.Doc{}, interpret(ref, fmt.Errorf("view store: get: %w", err))
	}
	s.known.rememberDoc(doc, since)
	return doc, nil
}

// List implements readstore.Store. The documents are those of one moment, whatever is committed meanwhile; until the loop ends, the space
// of what has changed since is not used again.
func (s *Store) List(ctx context.Context, view, afterKey string, limit int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) {
		stopped := false
		err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
			return snapshot(c, func() error {
				b, err := servedOf(c, view)
				if err != nil {
					return err
				}
				if b == nil {
					return fmt.Errorf("%w: nothing is served yet", readstore.ErrNotFound)
				}
				if limit <= 0 {
					limit = -1
				}
				query := c.Query("SELECT version, key, at, digest, data FROM docs WHERE view = ? AND version = ? AND key > ? ORDER BY key LIMIT ?",
					view, int64(b.Version), []byte(afterKey), int64(limit))
				if afterKey == "" { // the empty key is a key too
					query = c.Query("SELECT version, key, at, digest, data FROM docs WHERE view = ? AND version = ? ORDER BY key LIMIT ?",
						view, int64(b.Version), int64(limit))
				}
				for row, err := range query {
					if err == nil {
						err = ctx.Err()
					}
					if err != nil {
						return err
					}
					doc, err := docOf(view, row)
					if stopped = !yield(doc, err); stopped {
						return nil
					}
				}
				return nil
			})
		})
		if err != nil && !stopped {
			yield(readstore.Doc{}, interpret(projections.Ref{View: view}, fmt.Errorf("view store: list %s: %w", view, err)))
		}
	}
}

// Touched implements readstore.Store. There is no index for it, which every commit would have to keep up: it looks at all documents of the view, and reads none.
func (s *Store) Touched(ctx context.Context, view string, after uint64, limit int) (all []readstore.Doc, err error) {
	if limit <= 0 {
		limit = -1
	}
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		return snapshot(c, func() error {
			b, err := servedOf(c, view)
			if err == nil && b == nil {
				err = fmt.Errorf("%w: nothing is served yet", readstore.ErrNotFound)
			}
			if err != nil {
				return err
			}
			for row, err := range c.Query("SELECT key, at FROM docs WHERE view = ? AND version = ? AND at > ? ORDER BY at DESC, key LIMIT ?",
				view, int64(b.Version), int64(min(after, math.MaxInt64)), int64(limit)) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					return err
				}
				all = append(all, readstore.Doc{
					Ref: projections.Ref{View: view, Key: string(blob(row[0]))}, Version: b.Version, Document: projections.Document{At: uint64(integer(row[1]))},
				})
			}
			return nil
		})
	})
	if err != nil {
		return nil, interpret(projections.Ref{View: view}, fmt.Errorf("view store: what has changed of %s: %w", view, err))
	}
	return all, nil
}

// snapshot runs reads that see the file as of one moment.
func snapshot(c *sqlitefile.Conn, reads func() error) error {
	if err := c.Exec("BEGIN"); err != nil {
		return err
	}
	defer func() { _ = c.Exec("ROLLBACK") }() // there is nothing to keep, and it fails only where the engine has done it already
	return reads()
}

// Load implements readstore.Store.
func (s *Store) Load(ctx context.Context, v readstore.ViewVersion, key string) ([]byte, error) {
	var data []byte
	err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT version, key, at, digest, data FROM docs WHERE view = ? AND version = ? AND key = ?",
			v.View, int64(v.Version), []byte(key)) {
			if err != nil {
				return err
			}
			doc, err := docOf(v.View, row)
			if err != nil {
				return err
			}
			if data = doc.Data; data == nil {
				data = []byte{}
			}
		}
		return nil
	})
	if err != nil {
		return nil, interpret(projections.Ref{View: v.View, Key: key}, fmt.Errorf("view store: load version %d: %w", v.Version, err))
	}
	return data, nil
}

// Served implements readstore.Store.
func (s *Store) Served(ctx context.Context, view string) (v readstore.ViewVersion, at ledger.Cursor, ok bool, err error) {
	b, since, known := s.known.build(view)
	if known && ctx.Err() == nil {
		return b.ViewVersion, b.at, true, nil
	}
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		b, err := servedOf(c, view)
		if b != nil {
			v, at, ok = b.ViewVersion, b.at, true
			if err == nil {
				s.known.rememberBuild(*b, since)
			}
		}
		return err
	})
	if err != nil {
		err = interpret(projections.Ref{View: view}, fmt.Errorf("view store: what is served of %s: %w", view, err))
	}
	return v, at, ok, err
}

// Cursor implements readstore.Store.
func (s *Store) Cursor(ctx context.Context, v readstore.ViewVersion) (at ledger.Cursor, err error) {
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		b, err := buildOf(c, v)
		at = b.at
		return err
	})
	if err != nil {
		err = interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: cursor of %s version %d: %w", v.View, v.Version, err))
	}
	return at, err
}
