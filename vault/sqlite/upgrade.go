package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// first is format 1, in which words lay in plain.
var first = sqlitefile.Kind{
	Name:        kind.Name,
	Application: kind.Application,
	Format:      1,
	Tables: []string{
		`CREATE TABLE openings(event BLOB NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, words BLOB NOT NULL, digest BLOB NOT NULL, ` +
			`PRIMARY KEY(event, field)) WITHOUT ROWID, STRICT`,
	},
	Mode:    kind.Mode,
	Pragmas: kind.Pragmas,
}

// Whose says whose words an event bears: it puts the stream of each event into the map. An event that it leaves out is in no stream: its words were sealed, and
// it never came.
type Whose func(ctx context.Context, events map[domain.EventID]domain.StreamID) error

// Upgrade seals a vault of format 1 and gives the number of its openings; a vault that is sealed already it leaves as it is. The sealed file is made beside
// the old one, compared with it, and put in its place; then the old one is overwritten and removed. Where it is cut off, the vault is either as it was or
// sealed, and Upgrade or the next Open does the rest.
//
// Nobody else may have the file open. What an SSD or a file system keeps of bytes that were overwritten is out of reach.
func Upgrade(ctx context.Context, path string, o Options, whose Whose) (openings int, err error) {
	o.ReadOnly = false
	v, err := Open(ctx, path, o)
	switch {
	case err == nil:
		return 0, v.Close()
	case !errors.Is(err, sqlitefile.ErrOlder):
		return 0, err
	}
	if path, err = real(path); err == nil {
		openings, err = upgrade(ctx, path, o, whose)
	}
	if err != nil {
		return 0, interpret(fmt.Errorf("vault: upgrade: %w", err))
	}
	return openings, nil
}

func upgrade(ctx context.Context, path string, o Options, whose Whose) (int, error) {
	if o.Key == (vault.Key{}) {
		return 0, fmt.Errorf("%w: no key was given", vault.ErrKey)
	}
	old, err := sqlitefile.Open(ctx, path, first, false)
	if err != nil {
		return 0, err
	}
	n, err := sealAll(ctx, old, sealedPath(path), o, whose)
	if err = errors.Join(err, old.Close()); err != nil {
		return 0, err
	}
	// The -wal file of the old vault has its words, too, and must not be taken for the new one's.
	c, err := sqlitefile.Connect(path, "mode=rw", "journal_mode=DELETE")
	if err != nil {
		return 0, fmt.Errorf("somebody else has it open; stop them: %w", err)
	}
	if err := c.Close(); err != nil {
		return 0, err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return 0, fmt.Errorf("%s: somebody else has it open; stop them", path)
	}
	if err := os.Link(path, plainPath(path)); err != nil {
		return 0, err
	}
	if err := os.Rename(sealedPath(path), path); err != nil {
		return 0, err
	}
	if err := sqlitefile.SyncDir(filepath.Dir(path)); err != nil {
		return 0, err
	}
	return n, sweep(ctx, path)
}

// The names of an upgrade that is under way.
func sealedPath(path string) string { return path + ".sealed" }
func plainPath(path string) string  { return path + ".plain" }

// sealAll makes the sealed file, and reads it again to see that it holds what the old one does.
func sealAll(ctx context.Context, old *sqlitefile.File, path string, o Options, whose Whose) (n int, err error) {
	v, err := Open(ctx, path, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	streams := map[domain.EventID]domain.StreamID{}
	if err := eachPlain(ctx, old, func(o vault.Opening) error { streams[o.Event] = ""; return nil }); err != nil {
		return 0, err
	}
	if err := whose(ctx, streams); err != nil {
		return 0, err
	}
	var some []vault.Opening
	flush := func() error {
		err := v.Keep(ctx, some...)
		some = some[:0]
		return err
	}
	err = eachPlain(ctx, old, func(o vault.Opening) error {
		if o.Subject = streams[o.Event]; o.Subject == "" {
			o.Subject = domain.StreamName("nobody", o.Event.String())
		}
		some = append(some, o)
		if n++; len(some) < listAt {
			return nil
		}
		return flush()
	})
	if err = errors.Join(err, flush()); err != nil {
		return 0, err
	}
	return n, eachPlain(ctx, old, func(o vault.Opening) error {
		have, err := v.Open(ctx, o.Place)
		if err == nil && (have.Salt != o.Salt || !bytes.Equal(have.Words, o.Words)) {
			err = fmt.Errorf("%v: %w: it was not sealed as it is", o.Place, vault.ErrDamaged)
		}
		return err
	})
}

// eachPlain shows the openings of a vault of format 1.
func eachPlain(ctx context.Context, old *sqlitefile.File, show func(vault.Opening) error) error {
	return old.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT event, field, salt, words, digest FROM openings") {
			if err != nil {
				return err
			}
			var o vault.Opening
			event, _ := row[0].([]byte)
			o.Field, _ = row[1].(string)
			salt, _ := row[2].([]byte)
			o.Words, _ = row[3].([]byte)
			sum, _ := row[4].([]byte)
			copy(o.Event[:], event)
			copy(o.Salt[:], salt)
			if want := plainDigest(o); len(salt) != len(o.Salt) || len(event) != len(o.Event) || !bytes.Equal(sum, want[:]) {
				return fmt.Errorf("%v: %w: its digest does not hold; restore the vault from a copy", o.Place, vault.ErrDamaged)
			}
			if err := show(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainDigest is SHA-256("daybook-opening/v1" ‖ 0 ‖ event ‖ be64(len field) ‖ field ‖ salt ‖ words), which stood beside every opening in format 1.
func plainDigest(o vault.Opening) [32]byte {
	b := make([]byte, 0, 256)
	b = append(b, "daybook-opening/v1\x00"...)
	b = append(b, o.Event[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(o.Field)))
	b = append(b, o.Field...)
	b = append(b, o.Salt[:]...)
	h := sha256.New()
	h.Write(b)
	h.Write(o.Words)
	return [32]byte(h.Sum(b[:0]))
}

// sweep finishes an upgrade that was cut off: a sealed file that never came into its place goes, and so does the old one where the sealed one has.
func sweep(ctx context.Context, path string) error {
	path, err := real(path)
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	for _, p := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(sealedPath(path) + p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	plain, err := os.Stat(plainPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var now fs.FileInfo
	if err == nil {
		now, err = os.Stat(path)
	}
	if err != nil {
		return err
	}
	if !os.SameFile(plain, now) {
		if err := overwrite(plainPath(path), plain.Size()); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(plainPath(path)), sqlitefile.SyncDir(filepath.Dir(path)))
}

// overwrite puts zeros in the place of a file's bytes.
func overwrite(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, zeros{}, size)
	return errors.Join(err, f.Sync(), f.Close())
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// real is where a file is: links are followed, as sqlitefile does.
func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if to, err := filepath.EvalSymlinks(abs); err == nil {
		return to, nil
	}
	return abs, nil
}

// IsPlain tells whether a vault is of format 1, and is to be upgraded.
func IsPlain(ctx context.Context, path string) (bool, error) {
	f, err := sqlitefile.Open(ctx, path, kind, true)
	if err == nil {
		return false, f.Close()
	}
	if errors.Is(err, sqlitefile.ErrOlder) {
		return true, nil
	}
	return false, interpret(fmt.Errorf("vault: %w", err))
}
