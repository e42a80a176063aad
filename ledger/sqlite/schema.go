package sqlite

import "daybook.internal/internal/sqlitefile"

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

var kind = sqlitefile.Kind{
	Name:        "ledger",
	Application: applicationID,
	Format:      format,
	Tables:      []string{recordTable, streamTable, eventView},
	PageSize:    pageSize,
	Mode:        0o644, // the record is for everybody to check
}

// create makes an empty ledger at path.
func create(path string) error { return interpret(path, sqlitefile.Create(path, kind)) }

// checkFormat says whether the file is a ledger that this program can read.
func checkFormat(c *conn) error { return interpret(c.path, sqlitefile.CheckFormat(c.Conn, kind)) }
