package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

const wayOut = "stop what uses the view store and delete it, and it will be rebuilt"

// docOf reads the columns version, key, at, digest, data. With a *readstore.DamagedError it gives only what names the document.
func docOf(view string, row []driver.Value) (readstore.Doc, error) {
	key := blob(row[1])
	d := readstore.Doc{
		Ref:      projections.Ref{View: view, Key: string(key)},
		Version:  int(integer(row[0])),
		Document: projections.Document{At: uint64(integer(row[2])), Data: blob(row[4])},
	}
	want := readstore.DocDigest(readstore.ViewVersion{View: view, Version: d.Version}, d.Key, d.At, d.Data)
	if !bytes.Equal(blob(row[3]), want[:]) {
		return readstore.Doc{Ref: d.Ref, Version: d.Version},
			&readstore.DamagedError{Ref: d.Ref, Detail: "its digest does not hold; " + wayOut}
	}
	return d, nil
}

// build is a row of the table builds.
type build struct {
	readstore.ViewVersion
	at     ledger.Cursor
	served bool
}

func (b build) digest() [32]byte { return readstore.BuildDigest(b.ViewVersion, b.at, b.served) }

func (b build) flag() int64 {
	if b.served {
		return 1
	}
	return 0
}

func (b build) put(c *sqlitefile.Conn) error {
	digest := b.digest()
	return c.Exec("REPLACE INTO builds(view, version, seq, token, served, digest) VALUES(?, ?, ?, ?, ?, ?)",
		b.View, int64(b.Version), int64(b.at.Seq), b.at.Token, b.flag(), digest[:])
}

const buildColumns = "SELECT view, version, seq, token, served, digest FROM builds"

// buildOf gives a build, at the beginning where the file does not have it.
func buildOf(c *sqlitefile.Conn, v readstore.ViewVersion) (build, error) {
	b := build{ViewVersion: v}
	for row, err := range c.Query(buildColumns+" WHERE view = ? AND version = ?", v.View, int64(v.Version)) {
		if err == nil {
			b, err = buildIn(row)
		}
		if err != nil {
			return build{}, err
		}
	}
	return b, nil
}

// servedOf gives the build of view that is served, nil where there is none.
func servedOf(c *sqlitefile.Conn, view string) (*build, error) {
	for row, err := range c.Query(buildColumns+" WHERE view = ? AND served = 1", view) {
		if err != nil {
			return nil, err
		}
		b, err := buildIn(row)
		return &b, err
	}
	return nil, nil
}

func buildIn(row []driver.Value) (build, error) {
	b := build{
		ViewVersion: readstore.ViewVersion{View: text(row[0]), Version: int(integer(row[1]))},
		at:          ledger.Cursor{Seq: uint64(integer(row[2])), Token: text(row[3])},
		served:      integer(row[4]) == 1,
	}
	if want := b.digest(); !bytes.Equal(blob(row[5]), want[:]) {
		return build{}, &readstore.DamagedError{Ref: projections.Ref{View: b.View},
			Detail: fmt.Sprintf("the digest of its cursor (version %d) does not hold; %s", b.Version, wayOut)}
	}
	return b, nil
}

// verify checks the whole file. Together these find whatever could make a later search miss a document: the engine checks that its pages hang
// together and account for all their bytes, the digests that no key is another one, the order that a search ends where a scan does.
func (s *Store) verify(ctx context.Context) error {
	err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		return snapshot(c, func() error {
			for row, err := range c.Query("PRAGMA quick_check(1)") {
				if err != nil {
					return err
				}
				if text(row[0]) != "ok" {
					return fmt.Errorf("%w: %s", sqlitefile.ErrDamaged, text(row[0]))
				}
			}
			for row, err := range c.Query(buildColumns) {
				if err != nil {
					return err
				}
				if _, err := buildIn(row); err != nil {
					return err
				}
			}
			return verifyDocs(ctx, c)
		})
	})
	if err != nil {
		return interpret(projections.Ref{}, fmt.Errorf("view store: check %s: %w", s.file.Path(), err))
	}
	return nil
}

func verifyDocs(ctx context.Context, c *sqlitefile.Conn) error {
	var before readstore.Doc
	n := 0
	for row, err := range c.Query("SELECT version, key, at, digest, data, view FROM docs") {
		if n++; n%1024 == 0 && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		d, err := docOf(text(row[5]), row)
		if err != nil {
			return err
		}
		if n > 1 && cmp.Or(cmp.Compare(before.View, d.View), cmp.Compare(before.Version, d.Version), cmp.Compare(before.Key, d.Key)) >= 0 {
			return &readstore.DamagedError{Ref: d.Ref, Detail: "it is not in its place; " + wayOut}
		}
		before = d
	}
	return nil
}
