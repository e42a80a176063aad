package sqlite

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

var _ readstore.Renewer = (*Store)(nil)

// renewed is how many documents are moved at a time: so many are held in memory.
const renewed = 256

// Renew implements readstore.Renewer. A document's digest names its build, so each is read, checked and written under its new one.
func (s *Store) Renew(ctx context.Context, from, v readstore.ViewVersion) error {
	if from.View != v.View || from == v {
		return fmt.Errorf("view store: %v is no build to make %v of", from, v)
	}
	s.known.changing(v.View, nil, true)
	defer s.known.changed()
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		b, err := buildOf(c, from)
		if err != nil {
			return err
		}
		old, err := buildOf(c, v)
		if err != nil && !errors.Is(err, readstore.ErrDamaged) { // what is damaged is what is made anew
			return err
		}
		if err == nil && old.at.Seq > b.at.Seq {
			return fmt.Errorf("%w: it is at %d, and what was made anew at %d", readstore.ErrStale, old.at.Seq, b.at.Seq)
		}
		for _, sql := range []string{
			"DELETE FROM docs WHERE view = ? AND version <> ?",
			"DELETE FROM builds WHERE view = ? AND version <> ?",
		} {
			if err := c.Exec(sql, v.View, int64(from.Version)); err != nil {
				return err
			}
		}
		if err := move(c, from, v); err != nil {
			return err
		}
		if err := c.Exec("DELETE FROM builds WHERE view = ? AND version = ?", from.View, int64(from.Version)); err != nil {
			return err
		}
		return build{ViewVersion: v, at: b.at, served: true}.put(c)
	})
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: make %s version %d anew: %w", v.View, v.Version, err))
	}
	return nil
}

// move takes documents from one build to another, some at a time: those that are moved are no longer among those that are read next.
func move(c *sqlitefile.Conn, from, v readstore.ViewVersion) error {
	for {
		var docs []readstore.Doc
		for row, err := range c.Query("SELECT version, key, at, digest, data FROM docs WHERE view = ? AND version = ? ORDER BY key LIMIT ?", from.View, int64(from.Version), int64(renewed)) {
			var d readstore.Doc
			if err == nil {
				d, err = docOf(from.View, row)
			}
			if err != nil {
				return err
			}
			docs = append(docs, d)
		}
		if len(docs) == 0 {
			return nil
		}
		for i := range docs {
			d := &docs[i]
			d.Version = v.Version
			if err := putDoc(c, v, d); err != nil {
				return err
			}
			if err := c.Exec("DELETE FROM docs WHERE view = ? AND version = ? AND key = ?", from.View, int64(from.Version), []byte(d.Key)); err != nil {
				return err
			}
		}
	}
}
