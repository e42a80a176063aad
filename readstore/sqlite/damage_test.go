package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

// content is what a store holds: data by build and key.
type content map[readstore.ViewVersion]map[string][]byte

var (
	small  = readstore.ViewVersion{View: "statement", Version: 1}
	beside = readstore.ViewVersion{View: "statement", Version: 2} // not served
	large  = readstore.ViewVersion{View: "conversation", Version: 1}
	place  = ledger.Cursor{Seq: 4711, Token: "t"}
)

// fill writes documents of many sizes: several to a page, and some that go over several pages.
func fill(t testing.TB, s *Store) content {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	c := content{}
	for _, v := range []readstore.ViewVersion{small, large, beside} {
		c[v] = map[string][]byte{}
		n, most := 120, 400
		if v == large {
			n, most = 12, 20_000
		}
		var changed []readstore.Doc
		for i := range n {
			data := make([]byte, 40+r.IntN(most))
			for j := range data {
				data[j] = "0123456789{}:,abcdef"[r.IntN(20)]
			}
			d := readstore.Doc{Ref: projections.Ref{View: v.View, Key: fmt.Sprintf("dl_%d/st_%04d", i%7, i)}, Version: v.Version,
				Document: projections.Document{At: uint64(i), Data: data}}
			c[v][d.Key] = data
			changed = append(changed, d)
		}
		require.NoError(t, s.Commit(t.Context(), v, ledger.Cursor{}, place, changed))
		if v != beside {
			require.NoError(t, s.Serve(t.Context(), v))
		}
	}
	return c
}

// read asks a store for all that c holds. Every answer is what c has, or an error; it gives the first error, and fails on any other answer.
func read(t testing.TB, s *Store, c content, what string) (first error) {
	t.Helper()
	note := func(err error) bool {
		if err != nil && first == nil {
			first = err
		}
		return err == nil
	}
	ctx := context.Background()
	for v, docs := range c {
		at, err := s.Cursor(ctx, v)
		if note(err) {
			require.Equal(t, place, at, what)
		}
		for key, want := range docs {
			data, err := s.Load(ctx, v, key)
			if note(err) {
				require.True(t, bytes.Equal(want, data), "%s: load %v %s", what, v, key)
			}
			if v == beside {
				continue
			}
			d, err := s.Get(ctx, projections.Ref{View: v.View, Key: key})
			if note(err) {
				require.True(t, v.Version == d.Version && bytes.Equal(want, d.Data), "%s: get %v %s", what, v, key)
			}
		}
		if v == beside {
			continue
		}
		n, whole := 0, true
		for d, err := range s.List(ctx, v.View, "", 0) {
			if n++; note(err) {
				require.True(t, bytes.Equal(docs[d.Key], d.Data), "%s: list %v %s", what, v, d.Key)
			} else {
				whole = false
			}
		}
		if whole {
			require.Len(t, docs, n, "%s: list %v", what, v)
		}
	}
	return first
}

func made(t testing.TB) (file []byte, c content) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "views.db")
	s, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	c = fill(t, s)
	require.NoError(t, s.Close())
	file, err = os.ReadFile(path)
	require.NoError(t, err)
	require.NoFileExists(t, path+"-wal")
	return file, c
}

func TestFlippedBits(t *testing.T) {
	t.Parallel()
	file, c := made(t)
	const workers, trials = 2, 150
	for worker := range workers {
		t.Run(fmt.Sprint("seed ", worker), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(worker), 7))
			path := filepath.Join(t.TempDir(), "views.db")
			refused, harmless := 0, 0
			for trial := range trials {
				at, bit := r.IntN(len(file)), byte(1)<<r.IntN(8)
				if trial%5 == 0 {
					at = r.IntN(512) // the header and the schema
				} else if trial%5 == 1 {
					at = at/4096*4096 + r.IntN(64) // the head of a page and its first cell pointers
				}
				bad := bytes.Clone(file)
				bad[at] ^= bit
				require.NoError(t, os.WriteFile(path, bad, 0o600))
				what := fmt.Sprintf("bit %08b of byte %d", bit, at)
				s, err := Open(context.Background(), path, Options{ReadOnly: trial%2 == 0})
				if err != nil {
					refused++
				} else {
					if read(t, s, c, what) == nil {
						harmless++
					}
					require.NoError(t, s.Close())
				}
				for _, beside := range []string{"-wal", "-shm"} {
					_ = os.Remove(path + beside)
				}
			}
			t.Logf("%d refused at opening, %d harmless", refused, harmless)
			require.Greater(t, refused, trials/2)
		})
	}
}

// A bit may also flip while the store is open, behind Open's back: then the document says so, by its name, and the others are served.
func TestDamagedDocument(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "views.db")
	s := open(t, path, Options{})
	c := fill(t, s)
	const key = "dl_3/st_0003"
	require.NoError(t, s.file.Write(t.Context(), func(w *sqlitefile.Conn) error {
		return w.Exec("UPDATE docs SET data = CAST(substr(data, 1, 10) || 'x' || substr(data, 12) AS BLOB) WHERE view = ? AND key = ?", small.View, []byte(key))
	}))
	requireDamaged := func(err error) {
		t.Helper()
		var d *readstore.DamagedError
		require.ErrorAs(t, err, &d)
		require.ErrorIs(t, err, readstore.ErrDamaged)
		require.Equal(t, projections.Ref{View: small.View, Key: key}, d.Ref)
		require.ErrorContains(t, err, "delete")
	}
	_, err := s.Get(t.Context(), projections.Ref{View: small.View, Key: key})
	requireDamaged(err)
	_, err = s.Load(t.Context(), small, key)
	requireDamaged(err)
	damaged, intact := 0, 0
	for d, err := range s.List(t.Context(), small.View, "", 0) {
		if err != nil {
			requireDamaged(err)
			damaged++
			continue
		}
		require.Equal(t, c[small][d.Key], d.Data)
		intact++
	}
	require.Equal(t, 1, damaged)
	require.Equal(t, len(c[small])-1, intact)

	_, err = Open(t.Context(), path, Options{ReadOnly: true})
	requireDamaged(err)
}

// Each part of what makes a document or a cursor is under its digest.
func TestDigestsCoverEverything(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"UPDATE docs SET at = at + 1 WHERE key = CAST('dl_3/st_0003' AS BLOB)",
		"UPDATE docs SET key = CAST('zz' AS BLOB) WHERE view = 'statement' AND key = CAST('dl_3/st_0003' AS BLOB)",
		"UPDATE docs SET version = 3 WHERE version = 2",
		"UPDATE docs SET view = 'x' WHERE view = 'conversation'",
		"UPDATE docs SET digest = x'00' WHERE key = CAST('dl_3/st_0003' AS BLOB)",
		"UPDATE builds SET seq = seq + 1 WHERE view = 'statement'",
		"UPDATE builds SET token = 'T' WHERE view = 'statement'",
		"UPDATE builds SET served = 1 WHERE version = 2",
		"UPDATE builds SET version = 3 WHERE version = 2",
		"UPDATE builds SET view = 'x' WHERE view = 'conversation'",
	} {
		t.Run(sql, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "views.db")
			s := open(t, path, Options{})
			fill(t, s)
			require.NoError(t, s.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec(sql) }))
			_, err := Open(t.Context(), path, Options{ReadOnly: true})
			require.ErrorIs(t, err, readstore.ErrDamaged)
		})
	}
}

// What a power failure leaves is a -wal file that ends anywhere. Whole commits may be gone, never a part of one.
func TestTornTail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "views.db")
	s := open(t, path, Options{})
	const commits = 30
	data := func(n uint64) []byte { return bytes.Repeat([]byte{byte('a' + n)}, 3000) }
	for n := range uint64(commits) {
		var changed []readstore.Doc
		for i := range 4 {
			changed = append(changed, readstore.Doc{Ref: projections.Ref{View: small.View, Key: fmt.Sprint(i)}, Version: 1,
				Document: projections.Document{At: n + 1, Data: data(n + 1)}})
		}
		require.NoError(t, s.Commit(t.Context(), small, ledger.Cursor{Seq: n}, ledger.Cursor{Seq: n + 1}, changed))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	wal, err := os.ReadFile(path + "-wal")
	require.NoError(t, err)
	require.NotEmpty(t, wal)

	r, seen := rand.New(rand.NewPCG(3, 4)), map[uint64]bool{}
	for trial := range 40 {
		torn := filepath.Join(t.TempDir(), "views.db")
		tail := bytes.Clone(wal[:r.IntN(len(wal)+1)])
		if trial%2 == 0 && len(tail) > 600 { // the disk had not got to the last page
			clear(tail[len(tail)-500:])
		}
		require.NoError(t, os.WriteFile(torn, file, 0o600))
		require.NoError(t, os.WriteFile(torn+"-wal", tail, 0o600))
		s, err := Open(t.Context(), torn, Options{})
		require.NoError(t, err)
		at, err := s.Cursor(t.Context(), small)
		require.NoError(t, err)
		seen[at.Seq] = true
		for i := range 4 {
			got, err := s.Load(t.Context(), small, fmt.Sprint(i))
			require.NoError(t, err)
			if at.Seq == 0 {
				require.Nil(t, got)
			} else {
				require.Equal(t, data(at.Seq), got)
			}
		}
		require.NoError(t, s.Commit(t.Context(), small, at, ledger.Cursor{Seq: at.Seq + 1}, nil))
		require.NoError(t, s.Close())
	}
	require.Greater(t, len(seen), 5)
}
