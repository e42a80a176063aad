package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daybook.internal/ledger"
)

// The file says whose it is (application_id, "dayb") and how it is laid out (user_version).
const (
	applicationID = 0x64617962
	format        = 1
)

// Pages of 8 KiB are read a quarter faster than the engine's usual 4 KiB, and one more append costs a twentieth more time.
const pageSize = 8192

// A record is found by its seq, and the records of a stream by walking back from the stream's last one along prev: one row for each stream
// instead of an index entry for each record.
//
// event is for people: `sqlite3 ledger.db 'SELECT * FROM event'` (version 3.42 or newer, for '0x..' as JSON5). The ledger never reads it.
const (
	recordTable = `CREATE TABLE record(seq INTEGER PRIMARY KEY, prev INTEGER, frame BLOB NOT NULL) STRICT`
	streamTable = `CREATE TABLE stream(name TEXT PRIMARY KEY, version INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID, STRICT`
	eventView   = `CREATE VIEW event(seq, stream, revision, id, type, meta, data) AS
SELECT seq, CAST(substr(frame, 70, s) AS TEXT), revision, lower(hex(substr(frame, 49, 16))),
  CAST(substr(frame, 70+s, t) AS TEXT), CAST(substr(frame, 70+s+t, m) AS TEXT), CAST(substr(frame, 70+s+t+m) AS TEXT)
FROM (SELECT seq, frame, ('0x'||hex(substr(frame, 41, 8)))->>'$' AS revision, ('0x'||hex(substr(frame, 65, 2)))->>'$' AS s,
  ('0x'||hex(substr(frame, 67, 1)))->>'$' AS t, ('0x'||hex(substr(frame, 68, 2)))->>'$' AS m FROM record)`
)

// create makes an empty ledger beside path and then gives it its name, so that there is never half a ledger at path, and a file that is
// there keeps its bytes.
func create(path string) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.MkdirTemp(dir, filepath.Base(path)+".new-")
	if err != nil {
		return fmt.Errorf("%s: create: the folder cannot be written: %w", path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, "ledger.db")
	c, err := connect(made, "mode=rwc", fmt.Sprintf("page_size=%d", pageSize), "journal_mode=WAL", "synchronous=FULL")
	if err != nil {
		return err
	}
	err = c.once(fmt.Sprintf("BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d; %s; %s; %s; COMMIT",
		applicationID, format, recordTable, streamTable, eventView))
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	// A link, not a rename: where another process was quicker, its ledger stays.
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: create: %w", path, err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// checkFormat says whether the file is a ledger that this program can read.
func checkFormat(c *conn) error {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return err
	}
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	switch {
	case id != applicationID:
		return fmt.Errorf("%s: an SQLite file, but not a ledger; choose another path", c.path)
	case version > format:
		return fmt.Errorf("%s: the ledger has format %d, this program knows formats up to %d; use the newer program", c.path, version, format)
	case version < format:
		return &ledger.DamagedError{Where: c.path, Detail: fmt.Sprintf("there is no format %d; restore the file from a copy", version)}
	}
	var bad string
	for name, want := range map[string]string{"record": recordTable, "stream": streamTable} {
		got := "nothing"
		err := c.query(func(row []driver.Value) bool {
			got, _ = row[0].(string)
			return false
		}, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
		if err != nil {
			return err
		}
		if got != want {
			bad = fmt.Sprintf("table %s is defined by %.120q", name, got)
		}
	}
	if bad != "" {
		return &ledger.DamagedError{Where: c.path, Detail: bad + "; restore the file from a copy"}
	}
	return nil
}
