package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// sample makes a closed ledger with small and large records in eight streams, and returns its bytes and records.
func sample(t *testing.T) ([]byte, []domain.Record) {
	t.Helper()
	path := file(t)
	l := open(t, path)
	for i := range 120 {
		stream := domain.StreamName("test", string(rune('a'+i%8)))
		d := ledgertest.Draft(string(stream), i/8)
		d.Data = bytes.Repeat([]byte{byte(i)}, 100+i%7*50)
		if i%40 == 0 {
			d.Data = bytes.Repeat([]byte{byte(i)}, 9000)
		}
		appendTo(t, l, stream, i/8, d)
	}
	var want []domain.Record
	for _, e := range ledgertest.All(t, l, ledger.Cursor{}) {
		want = append(want, e.Record)
	}
	require.NoError(t, l.Close())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b, want
}

// trust opens the file and reads all of it, and fails unless what it gets is either want or an error. It returns the first error.
func trust(t *testing.T, path string, readOnly bool, want []domain.Record) error {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: readOnly})
	if err != nil {
		return err
	}
	defer l.Close()
	first := l.Verify(t.Context())
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	n := 0
	for e, err := range l.All(t.Context(), ledger.Cursor{}) {
		if note(err); err != nil {
			n = len(want)
			break
		}
		require.Less(t, n, len(want))
		require.Equal(t, want[n], e.Record)
		n++
	}
	require.Equal(t, len(want), n, "records are missing, and nobody says so")
	for i := range 8 {
		stream := domain.StreamName("test", string(rune('a'+i)))
		n := i
		for r, err := range l.Stream(t.Context(), stream, 0) {
			if note(err); err != nil {
				n = len(want) + i
				break
			}
			require.Equal(t, want[n], r)
			n += 8
		}
		require.Equal(t, len(want)+i, n, "records of %s are missing, and nobody says so", stream)
	}
	return first
}

// TestFlippedBits flips one bit anywhere in the file, many times.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	trials := 800
	if testing.Short() {
		trials = 200
	}
	if s := os.Getenv("DAYBOOK_TEST_FLIPS"); s != "" { // more, for a night
		trials, _ = strconv.Atoi(s)
	}
	good, want := sample(t)
	require.NoError(t, trust(t, write(t, good), false, want))
	const parts = 4
	for part := range parts {
		t.Run(strconv.Itoa(part), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(6, uint64(part)))
			path := file(t)
			noticed, damaged := 0, 0
			for range trials / parts {
				bit := random.IntN(8 * len(good))
				if random.IntN(4) == 0 {
					bit = random.IntN(8 * 120) // the header and the head of the schema
				}
				b := bytes.Clone(good)
				b[bit/8] ^= 1 << (bit % 8)
				require.NoError(t, os.WriteFile(path, b, 0o600))
				err := trust(t, path, random.IntN(2) == 0, want)
				if t.Failed() {
					t.Fatalf("bit %d of byte %d", bit%8, bit/8)
				}
				if err != nil {
					noticed++
				}
				if errors.Is(err, ledger.ErrDamaged) {
					damaged++
				}
				for _, beside := range []string{"-wal", "-shm", "-journal"} {
					_ = os.Remove(path + beside)
				}
			}
			t.Logf("%d flips, %d noticed, %d of them called damage", trials/parts, noticed, damaged)
		})
	}
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	path := file(t)
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

// TestDamage changes one thing in a good ledger and looks who notices.
func TestDamage(t *testing.T) {
	t.Parallel()
	good, want := sample(t)
	for name, c := range map[string]struct {
		sql  string
		open bool // noticed when the ledger is opened
	}{
		"a record is changed":                 {"UPDATE record SET frame = CAST(frame || 'x' AS BLOB) WHERE seq = 50", false},
		"a record is changed to nothing":      {"UPDATE record SET frame = x'' WHERE seq = 50", false},
		"a record is gone":                    {"DELETE FROM record WHERE seq = 50", false},
		"the first record is gone":            {"DELETE FROM record WHERE seq = 0", false},
		"the last record is gone":             {"DELETE FROM record WHERE seq = 119", true},
		"the last record of a stream":         {"UPDATE record SET frame = (SELECT frame FROM record WHERE seq = 1) WHERE seq = 115", true},
		"a record is there twice":             {"INSERT INTO record SELECT 120, prev, frame FROM record WHERE seq = 50", true},
		"two records have changed places":     {"UPDATE record SET frame = (SELECT frame FROM record r WHERE r.seq = 121 - record.seq) WHERE seq IN (60, 61)", false},
		"a way back leads elsewhere":          {"UPDATE record SET prev = prev - 1 WHERE seq = 50", false},
		"a way back leads nowhere":            {"UPDATE record SET prev = NULL WHERE seq = 50", false},
		"a way back leads forward":            {"UPDATE record SET prev = 60 WHERE seq = 50", false},
		"a stream is gone":                    {"DELETE FROM stream WHERE name = 'test-c'", true},
		"a stream is called otherwise":        {"UPDATE stream SET name = 'test-z' WHERE name = 'test-c'", true},
		"a stream is shorter":                 {"UPDATE stream SET version = version - 1, last = last - 8 WHERE name = 'test-c'", true},
		"a stream is longer":                  {"UPDATE stream SET version = version + 1 WHERE name = 'test-c'", true},
		"a stream ends in another one":        {"UPDATE stream SET last = last + 1 WHERE name = 'test-c'", true},
		"a stream ends in nothing":            {"UPDATE stream SET last = 1000 WHERE name = 'test-c'", true},
		"a stream from nowhere":               {"INSERT INTO stream VALUES('test-z', 1, 7)", true},
		"all streams are gone":                {"DELETE FROM stream", true},
		"a table is gone":                     {"DROP TABLE stream", true},
		"a table is another one":              {"DROP VIEW event; ALTER TABLE record ADD COLUMN more TEXT", true},
		"the format is from before the first": {"PRAGMA user_version = 0", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, good)
			change(t, path, c.sql)
			for _, readOnly := range []bool{true, false} {
				err := trust(t, path, readOnly, want)
				require.ErrorIs(t, err, ledger.ErrDamaged)
				require.ErrorContains(t, err, path)
			}
			l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			require.Equal(t, c.open, err != nil, "%v", err)
			if err == nil {
				require.ErrorIs(t, l.Verify(t.Context()), ledger.ErrDamaged)
				require.NoError(t, l.Close())
			}
		})
	}
}

// change runs sql on the file behind the ledger's back.
func change(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statements)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// Records that go away while the ledger is open do not make it shorter.
func TestDamageWhileOpen(t *testing.T) {
	t.Parallel()
	for name, readOnly := range map[string]bool{"read-only": true, "writing": false} {
		good, want := sample(t)
		path := write(t, good)
		l, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: readOnly})
		require.NoError(t, err)
		change(t, path, "DELETE FROM record WHERE seq >= 118")
		n := 0
		for e, err := range l.All(t.Context(), ledger.Cursor{}) {
			if n < 118 {
				require.NoError(t, err)
				require.Equal(t, want[n], e.Record)
			} else {
				require.ErrorIs(t, err, ledger.ErrDamaged, name)
			}
			n++
		}
		require.Equal(t, 119, n, name)
		require.ErrorIs(t, l.Verify(t.Context()), ledger.ErrDamaged)
		if !readOnly {
			_, err := l.Append(t.Context(), "test-new", 0, ledgertest.Draft("new", 0))
			require.ErrorIs(t, err, ledger.ErrDamaged)
		}
		require.NoError(t, l.Close())
	}
}

// A retry is compared with what the ledger holds, and that is checked as any other read is.
func TestDamageIsNotTakenForARetry(t *testing.T) {
	t.Parallel()
	good, want := sample(t)
	path := write(t, good)
	change(t, path, "UPDATE record SET frame = CAST(frame || 'x' AS BLOB) WHERE seq = 50")
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	defer l.Close()
	r := want[50]
	_, err = l.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
	require.ErrorIs(t, err, ledger.ErrDamaged)
	require.ErrorContains(t, err, "record 50 (stream "+strconv.Quote(string(r.Stream))+")")
	appendTo(t, l, "test-other", 0, ledgertest.Draft("other", 0)) // others are not disturbed
}
