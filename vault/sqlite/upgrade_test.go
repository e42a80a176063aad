package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
	"github.com/stretchr/testify/require"
)

// plainVault makes a vault of format 1 with some openings, as programs before this one did. Some of the words wait in the -wal file.
func plainVault(t *testing.T, path string) []vault.Opening {
	t.Helper()
	old, err := sqlitefile.Open(t.Context(), path, first, false)
	require.NoError(t, err)
	var all []vault.Opening
	require.NoError(t, old.Write(t.Context(), func(c *sqlitefile.Conn) error {
		for n := range listAt + 20 {
			o := vault.Opening{Place: vaulttest.At(n), Subject: vaulttest.Of(n), Salt: domain.Salt{byte(n), byte(n >> 8), 1}, Words: []byte(secret + strings.Repeat("!", n%50))}
			if n%9 == 0 {
				o.Field, o.Words = "reason", []byte{}
			}
			d := plainDigest(o)
			require.NoError(t, c.Exec("INSERT INTO openings(event, field, salt, words, digest) VALUES(?, ?, ?, ?, ?)", o.Event[:], o.Field, o.Salt[:], o.Words, d[:]))
			all = append(all, o)
		}
		return nil
	}))
	require.NoError(t, old.Close())
	return all
}

// whose knows all of them but one.
func whose(all []vault.Opening) Whose {
	return func(_ context.Context, events map[domain.EventID]domain.StreamID) error {
		for _, o := range all[1:] {
			events[o.Event] = o.Subject
		}
		return nil
	}
}

func requireUpgraded(t *testing.T, path string, all []vault.Opening) {
	t.Helper()
	v := open(t, path, Options{})
	for i, o := range all {
		have, err := v.Open(t.Context(), o.Place)
		require.NoError(t, err)
		if i == 0 {
			o.Subject = domain.StreamName("nobody", o.Event.String()) // its event never came
		}
		require.True(t, bytes.Equal(o.Words, have.Words))
		have.Words = o.Words
		require.Equal(t, o, have)
	}
	require.NoError(t, v.Close())
	dir := filepath.Dir(path)
	require.False(t, holds(t, dir, []byte("burglar")))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "%v", entries)
	info, err := entries[0].Info()
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	all := plainVault(t, path)
	require.True(t, holds(t, dir, []byte("burglar")))
	for _, readOnly := range []bool{true, false} {
		_, err := Open(t.Context(), path, Options{Key: master, ReadOnly: readOnly})
		require.ErrorIs(t, err, sqlitefile.ErrOlder)
		require.ErrorContains(t, err, "daybook vault upgrade")
		require.NotErrorIs(t, err, vault.ErrDamaged)
	}
	_, err := Upgrade(t.Context(), path, Options{}, whose(all))
	require.ErrorIs(t, err, vault.ErrKey)
	n, err := Upgrade(t.Context(), path, Options{Key: master}, whose(all))
	require.NoError(t, err)
	require.Equal(t, len(all), n)
	requireUpgraded(t, path, all)
	n, err = Upgrade(t.Context(), path, Options{Key: master}, whose(all))
	require.NoError(t, err, "once more changes nothing")
	require.Zero(t, n)
	_, err = Upgrade(t.Context(), path, Options{Key: vault.Key{5}}, whose(all))
	require.ErrorIs(t, err, vault.ErrKey)
}

// Wherever an upgrade is cut off, the vault is as it was or sealed, and the next one, or whoever opens it, does the rest.
func TestUpgradeIsCutOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   func(t *testing.T, path string)
		done bool // the sealed file is in its place
	}{
		"while it seals": {at: func(t *testing.T, path string) {
			v := open(t, sealedPath(path), Options{})
			sealed(t, v, 5000)
			require.FileExists(t, sealedPath(path)+"-wal")
		}},
		"with a sealed file of another key": {at: func(t *testing.T, path string) {
			require.NoError(t, open(t, sealedPath(path), Options{Key: vault.Key{5}}).Close())
		}},
		"before the sealed file has its name": {at: func(t *testing.T, path string) {
			require.NoError(t, open(t, sealedPath(path), Options{}).Close())
			require.NoError(t, os.Link(path, plainPath(path)))
		}},
		"before the old one is overwritten": {done: true, at: func(t *testing.T, path string) {
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = Upgrade(t.Context(), path, Options{Key: master}, whose(knownOpenings(t, path)))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(plainPath(path), kept, 0o600))
		}},
		"while the old one is overwritten": {done: true, at: func(t *testing.T, path string) {
			_, err := Upgrade(t.Context(), path, Options{Key: master}, whose(knownOpenings(t, path)))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(plainPath(path), append(make([]byte, 4096), secret...), 0o600))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vault.db")
			all := plainVault(t, path)
			c.at(t, path)
			if c.done {
				require.NoError(t, open(t, path, Options{}).Close()) // who opens it for writing finishes the rest
			} else {
				_, err := Open(t.Context(), path, Options{Key: master})
				require.ErrorIs(t, err, sqlitefile.ErrOlder)
				require.NoFileExists(t, sealedPath(path))
				require.NoFileExists(t, plainPath(path))
				n, err := Upgrade(t.Context(), path, Options{Key: master}, whose(all))
				require.NoError(t, err)
				require.Equal(t, len(all), n)
			}
			requireUpgraded(t, path, all)
		})
	}
}

// knownOpenings are those of a vault of format 1, with their subjects.
func knownOpenings(t *testing.T, path string) (all []vault.Opening) {
	t.Helper()
	subjects := map[vault.Place]domain.StreamID{}
	for n := range listAt + 20 {
		at := vaulttest.At(n)
		if n%9 == 0 {
			at.Field = "reason"
		}
		subjects[at] = vaulttest.Of(n)
	}
	old, err := sqlitefile.Open(t.Context(), path, first, true)
	require.NoError(t, err)
	defer old.Close()
	first := vaulttest.At(0)
	require.NoError(t, eachPlain(t.Context(), old, func(o vault.Opening) error {
		if o.Subject = subjects[o.Place]; o.Event == first.Event {
			all = append([]vault.Opening{o}, all...)
		} else {
			all = append(all, o)
		}
		return nil
	}))
	return all
}

// What cannot be upgraded stays as it is, with every word in it.
func TestUpgradeFails(t *testing.T) {
	t.Parallel()
	fault := errors.New("the ledger cannot be read")
	for name, c := range map[string]struct {
		damage string
		whose  Whose
		is     error
	}{
		"the ledger does not tell": {whose: func(context.Context, map[domain.EventID]domain.StreamID) error { return fault }, is: fault},
		"other words":              {damage: "UPDATE openings SET words = zeroblob(3)", is: vault.ErrDamaged},
		"another salt":             {damage: "UPDATE openings SET salt = zeroblob(31)", is: vault.ErrDamaged},
		"another digest":           {damage: "UPDATE openings SET digest = zeroblob(32)", is: vault.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "vault.db")
			all := plainVault(t, path)
			if c.damage != "" {
				f, err := sqlitefile.Open(t.Context(), path, first, false)
				require.NoError(t, err)
				require.NoError(t, f.Write(t.Context(), func(conn *sqlitefile.Conn) error {
					return conn.Exec(c.damage + " WHERE event = (SELECT max(event) FROM openings)")
				}))
				require.NoError(t, f.Close())
			}
			ask := c.whose
			if ask == nil {
				ask = whose(all)
			}
			_, err := Upgrade(t.Context(), path, Options{Key: master}, ask)
			require.ErrorIs(t, err, c.is)
			require.NotContains(t, err.Error(), "burglar")
			_, err = Open(t.Context(), path, Options{Key: master})
			require.ErrorIs(t, err, sqlitefile.ErrOlder)
			require.True(t, holds(t, dir, []byte("burglar")))
		})
	}
	path := filepath.Join(t.TempDir(), "vault.db")
	all := plainVault(t, path)
	reader, err := sqlitefile.Open(t.Context(), path, first, true)
	require.NoError(t, err)
	defer reader.Close()
	require.NoError(t, reader.Read(t.Context(), func(c *sqlitefile.Conn) error {
		for range c.Query("SELECT * FROM openings") { // who reads the old file would go on with it
			_, err := Upgrade(t.Context(), path, Options{Key: master}, whose(all))
			require.ErrorContains(t, err, "somebody else has it open")
			break
		}
		return nil
	}))
	_, err = Open(t.Context(), path, Options{Key: master})
	require.ErrorIs(t, err, sqlitefile.ErrOlder)
}
