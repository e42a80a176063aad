// Package sqlite keeps view documents in one SQLite file, which may be thrown away at any time: it is built again from the ledger.
//
// The rule it keeps: what is read is what was committed, or an error. A digest stands beside every document and every cursor and is checked
// by each read. Open checks all of them, and the structure of the file, because a digest cannot tell of a document that the engine no longer
// finds; that takes about half a second for 100,000 documents.
//
// Commits do not wait for the disk (WAL, synchronous=NORMAL). After a power failure the last of them may be gone, but only as a whole and
// only from the end: the engine takes a transaction from the -wal file only where the checksums of all frames up to its commit mark hold, and
// syncs that file before it copies anything from it. Documents and their cursor are one transaction, so the Projector goes on from where
// the file stands.
//
// Whoever can write the file can also write the digests: they are against accidents, not against attackers. Those are met by folding the
// ledger again (package replay).
package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// Options say how a store is opened. The zero value opens it for reading and writing and makes it where there is none.
type Options struct {
	// ReadOnly opens a store that is there already, and which another process may be writing. Commit and Serve fail.
	ReadOnly bool
	// Alone says that no other process writes to the file while this one has it open, which the caller sees to. Then documents that have not changed are read from memory.
	Alone bool
}

// The tables are for people too: sqlite3 views.db "SELECT key, data FROM docs WHERE view = 'dialogue'".
var kind = sqlitefile.Kind{
	Name:        "view store",
	Application: 0x64617976, // "dayv"
	Format:      1,
	Tables: []string{
		`CREATE TABLE builds(view TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, token TEXT NOT NULL, served INTEGER NOT NULL, ` +
			`digest BLOB NOT NULL, PRIMARY KEY(view, version)) WITHOUT ROWID, STRICT`,
		`CREATE TABLE docs(view TEXT NOT NULL, version INTEGER NOT NULL, key BLOB NOT NULL, at INTEGER NOT NULL, ` +
			`digest BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY(view, version, key)) WITHOUT ROWID, STRICT`,
	},
	Mode:       0o644,
	Disposable: true,
	Pragmas:    []string{"synchronous=NORMAL", "cache_size=-32000", "wal_autocheckpoint=4096", "journal_size_limit=67108864"},
}

// A Store is an open file. It is safe for concurrent use.
type Store struct {
	file  *sqlitefile.File
	known *known // nil: others may write, too
}

var _ readstore.Store = (*Store)(nil)

// Open opens the store in the file at path, whose folder must exist, and checks all that is in it.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	f, err := sqlitefile.Open(ctx, path, kind, o.ReadOnly)
	if err != nil {
		return nil, interpret(projections.Ref{}, fmt.Errorf("view store: %w", err))
	}
	s := &Store{file: f}
	if o.Alone && !o.ReadOnly {
		s.known = newKnown()
	}
	if err := s.verify(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close implements readstore.Store.
func (s *Store) Close() error {
	s.known.close()
	return s.file.Close()
}

// Commit implements readstore.Store.
func (s *Store) Commit(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	s.known.changing(v.View, changed, false)
	defer s.known.changed()
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		b, err := buildOf(c, v)
		if err != nil {
			return err
		}
		if b.at != from {
			return fmt.Errorf("%w: it is at %d, not at %d", readstore.ErrStale, b.at.Seq, from.Seq)
		}
		b.at = to
		if err := b.put(c); err != nil {
			return err
		}
		for i := range changed {
			if err := putDoc(c, v, &changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: commit %s version %d: %w", v.View, v.Version, err))
	}
	return nil
}

// Serve implements readstore.Store.
func (s *Store) Serve(ctx context.Context, v readstore.ViewVersion) error {
	s.known.changing(v.View, nil, true)
	defer s.known.changed()
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		b, err := buildOf(c, v)
		if err != nil {
			return err
		}
		b.served = true
		for _, sql := range []string{
			"DELETE FROM docs WHERE view = ? AND version <> ?",
			"DELETE FROM builds WHERE view = ? AND version <> ?",
		} {
			if err := c.Exec(sql, v.View, int64(v.Version)); err != nil {
				return err
			}
		}
		return b.put(c)
	})
	if err != nil {
		return interpret(projections.Ref{View: v.View}, fmt.Errorf("view store: serve %s version %d: %w", v.View, v.Version, err))
	}
	return nil
}

func putDoc(c *sqlitefile.Conn, v readstore.ViewVersion, d *readstore.Doc) error {
	if d.View != v.View || d.Version != v.Version {
		return fmt.Errorf("%v version %d is not a document of this build", d.Ref, d.Version)
	}
	data := d.Data
	if data == nil {
		data = []byte{} // nil would be NULL
	}
	key, digest := []byte(d.Key), readstore.DocDigest(v, d.Key, d.At, data)
	return c.Exec("INSERT INTO docs(view, version, key, at, digest, data) VALUES(?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT DO UPDATE SET at = excluded.at, digest = excluded.digest, data = excluded.data",
		v.View, int64(v.Version), key, int64(d.At), digest[:], data)
}

// interpret turns the damage that the file tells of into the port's.
func interpret(ref projections.Ref, err error) error {
	var d *readstore.DamagedError
	if errors.As(err, &d) || !errors.Is(err, sqlitefile.ErrDamaged) {
		return err
	}
	return &readstore.DamagedError{Ref: ref, Detail: err.Error() + "; " + wayOut}
}

// The columns of a row, with their zero value where a bit has made another type of them; then the digest does not hold.
func integer(v driver.Value) int64 { n, _ := v.(int64); return n }
func text(v driver.Value) string   { s, _ := v.(string); return s }
func blob(v driver.Value) []byte   { b, _ := v.([]byte); return b }
