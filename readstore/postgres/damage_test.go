package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/internal/postgres"
	"daybook.internal/ledger"
	"daybook.internal/migrations"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// filled is a store with three documents that are served.
func filled(t *testing.T, d pgtest.Database) *Store {
	t.Helper()
	s := open(t, d)
	require.NoError(t, s.Commit(t.Context(), v1, ledger.Cursor{}, ledger.Cursor{Seq: 7, Token: "t"}, []readstore.Doc{doc("a", "one"), doc("b", "two"), doc("c", "three")}))
	require.NoError(t, s.Serve(t.Context(), v1))
	return s
}

// Whatever somebody changes in a row of a document, whoever reads it is told; the others are read as they are.
func TestDamagedDocument(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"data = data || '.'", "data = ''", "at = at + 1", "digest = set_byte(digest, 0, get_byte(digest, 0) # 1)", "key = 'bb'", "data = (SELECT data FROM daybook.docs WHERE key = 'a')"} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			d := pgtest.New(t)
			s := filled(t, d)
			d.Exec(t, pgtest.Owner, "UPDATE daybook.docs SET "+set+" WHERE key = 'b'")
			key := "b"
			if set == "key = 'bb'" {
				key = "bb"
			}
			ref := projections.Ref{View: v1.View, Key: key}
			_, err := s.Get(t.Context(), ref)
			var damaged *readstore.DamagedError
			require.ErrorAs(t, err, &damaged)
			require.Equal(t, ref, damaged.Ref)
			require.NotErrorIs(t, err, readstore.ErrAway)
			_, err = s.Load(t.Context(), v1, key)
			require.ErrorIs(t, err, readstore.ErrDamaged)
			var read, broken []string
			for d, err := range s.List(t.Context(), v1.View, "", 0) {
				if errors.Is(err, readstore.ErrDamaged) {
					broken = append(broken, d.Key)
					continue
				}
				require.NoError(t, err)
				read = append(read, d.Key+" "+string(d.Data))
			}
			require.Equal(t, []string{key}, broken)
			require.Equal(t, []string{"a one", "c three"}, read)
			require.NoError(t, s.Commit(t.Context(), v1, ledger.Cursor{Seq: 7, Token: "t"}, ledger.Cursor{Seq: 8}, []readstore.Doc{doc(key, "whole")}), "what is written anew is whole")
			got, err := s.Get(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, "whole", string(got.Data))
		})
	}
}

func TestDamagedCursor(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"seq = 6", "token = 'T'", "served = false", "version = 2", "digest = set_byte(digest, 31, get_byte(digest, 31) # 128)"} {
		d := pgtest.New(t)
		s := filled(t, d)
		d.Exec(t, pgtest.Owner, "UPDATE daybook.builds SET "+set)
		v := v1
		if set == "version = 2" {
			v.Version = 2
		}
		_, err := s.Cursor(t.Context(), v)
		require.ErrorIs(t, err, readstore.ErrDamaged, set)
		if set != "served = false" {
			_, _, _, err = s.Served(t.Context(), v.View)
			require.ErrorIs(t, err, readstore.ErrDamaged, set)
		}
		require.ErrorIs(t, s.Serve(t.Context(), v), readstore.ErrDamaged, set)
	}
}

// Text that is not UTF-8, or has a NUL in it, is refused where it cannot be kept as it is, and changes nothing.
func TestTextIsKeptOrRefused(t *testing.T) {
	t.Parallel()
	s := filled(t, pgtest.New(t))
	for _, token := range []string{"\xff", "nul\x00"} {
		require.Error(t, s.Commit(t.Context(), v1, ledger.Cursor{Seq: 7, Token: "t"}, ledger.Cursor{Seq: 8, Token: token}, []readstore.Doc{doc("a", "x")}))
	}
	got, err := s.Get(t.Context(), doc("a", "").Ref)
	require.NoError(t, err)
	require.Equal(t, "one", string(got.Data))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	refused := func(dsn string) error {
		s, err := Open(t.Context(), Config{DSN: dsn})
		require.Nil(t, s)
		require.Error(t, err)
		return err
	}
	require.ErrorContains(t, refused(d.DSN(pgtest.Reader)), "daybook_writer")
	empty := pgtest.Empty(t)
	require.ErrorIs(t, refused(empty.DSN(pgtest.Owner)), migrations.ErrVersion)
	require.ErrorContains(t, refused(empty.DSN(pgtest.Owner)), "daybook migrate")
	require.ErrorIs(t, refused("host=/nowhere user=x dbname=y"), readstore.ErrAway)
	require.ErrorIs(t, refused("host=/nowhere user=x dbname=y"), postgres.ErrAway)
	require.Error(t, refused("port=none"))
	require.Error(t, refused(d.DSN("nobody_there")))
	d.Exec(t, pgtest.Superuser, "CREATE DATABASE ascii_"+d.Name+" TEMPLATE template0 ENCODING 'SQL_ASCII' OWNER "+pgtest.Owner)
	require.ErrorContains(t, refused(d.Server.DSN(pgtest.Owner, "ascii_"+d.Name)), "UTF8")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(done, Config{DSN: d.DSN(pgtest.Writer)})
	require.ErrorIs(t, err, context.Canceled)
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	w := filled(t, d)
	r, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), ReadOnly: true})
	require.NoError(t, err)
	defer r.Close()
	at := ledger.Cursor{Seq: 7, Token: "t"}
	require.ErrorContains(t, r.Commit(t.Context(), v1, at, ledger.Cursor{Seq: 8}, nil), "reading only")
	require.ErrorContains(t, r.Serve(t.Context(), v1), "reading only")
	for range r.List(t.Context(), v1.View, "", 0) { // a reader in the middle of a list holds up nobody
		require.NoError(t, w.Commit(t.Context(), v1, at, ledger.Cursor{Seq: 8}, []readstore.Doc{doc("z", "later")}))
		got, err := r.Get(t.Context(), doc("z", "").Ref)
		require.NoError(t, err)
		require.Equal(t, "later", string(got.Data))
		break
	}
}

// After a restart of PostgreSQL all connections are dead, and nobody who reads notices.
func TestReadsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	server := pgtest.Launch(t, pgtest.Options{Durable: true})
	d := server.New(t)
	s := filled(t, d)
	d.Exec(t, pgtest.Superuser, "CHECKPOINT") // or the last commits may be gone with the crash
	server.Stop()
	_, err := s.Get(t.Context(), doc("a", "").Ref)
	require.ErrorIs(t, err, readstore.ErrAway)
	require.NoError(t, server.Start())
	got, err := s.Get(t.Context(), doc("a", "").Ref)
	require.NoError(t, err)
	require.Equal(t, "one", string(got.Data))
	server.Stop()
	require.NoError(t, server.Start())
	n := 0
	for _, err := range s.List(t.Context(), v1.View, "", 0) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 3, n)
}

// Many slow lists at the same time, each of them asking for more inside: nobody waits for anybody.
func TestNestedReads(t *testing.T) {
	t.Parallel()
	s := filled(t, pgtest.New(t))
	var nest func(depth int)
	nest = func(depth int) {
		for d, err := range s.List(t.Context(), v1.View, "", 2) {
			require.NoError(t, err)
			_, err := s.Get(t.Context(), d.Ref)
			require.NoError(t, err)
			if depth > 0 {
				nest(depth - 1)
			}
			break
		}
	}
	nest(50)
}
