// Package sqlite keeps a vault in one SQLite file.
//
// The rule it keeps: openings are on the disk before their commitments are given away (synchronous=FULL), and what is opened is what was
// sealed, or an error: a digest stands beside every opening and is checked whenever it is read.
//
// The file is for its owner alone (mode 0600), and what is deleted in it is overwritten with zeros (secure_delete) from the first day.
// Copies of a page may stand in the -wal file until the next checkpoint, so an erasure ends with one that truncates that file. Copies of the file
// that were made before are not reached.
//
// Whoever can read the file can read the words. Whoever can write it can take openings away or put others in their place, but not
// unseen: the commitments stand in the ledger.
package sqlite

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// Options say how a vault is opened. The zero value opens it for reading and writing and makes it where there is none.
type Options struct {
	// ReadOnly opens a vault that is there already, and which another process may be writing. Seal fails.
	ReadOnly bool

	// Random is where salts come from; nil is the system's generator. Another one is for tests: who knows a salt can try words.
	Random io.Reader
}

var kind = sqlitefile.Kind{
	Name:        "vault",
	Application: 0x64617977, // "dayw", for words
	Format:      1,
	Tables: []string{
		`CREATE TABLE openings(event BLOB NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, words BLOB NOT NULL, digest BLOB NOT NULL, ` +
			`PRIMARY KEY(event, field)) WITHOUT ROWID, STRICT`,
	},
	Mode:    0o600,
	Pragmas: []string{"synchronous=FULL", "secure_delete=ON"},
}

// A Vault is an open file. It is safe for concurrent use: seals take their turn.
type Vault struct {
	file   *sqlitefile.File
	random io.Reader // read by whoever writes
}

var (
	_ vault.Vault  = (*Vault)(nil)
	_ vault.Keeper = (*Vault)(nil)
)

// Open opens the vault in the file at path, whose folder must exist.
func Open(ctx context.Context, path string, o Options) (*Vault, error) {
	if info, err := os.Stat(path); err == nil && !o.ReadOnly && info.Mode().IsRegular() && info.Mode().Perm()&^kind.Mode != 0 {
		if err := os.Chmod(path, kind.Mode); err != nil {
			return nil, fmt.Errorf("vault: others may read it: %w", err)
		}
	}
	f, err := sqlitefile.Open(ctx, path, kind, o.ReadOnly)
	if err != nil {
		return nil, interpret(fmt.Errorf("vault: %w", err))
	}
	v := &Vault{file: f, random: o.Random}
	if v.random == nil {
		v.random = rand.Reader
	}
	return v, nil
}

// Close implements vault.Vault.
func (v *Vault) Close() error { return v.file.Close() }

// Seal implements vault.Vault. It takes about as long as the disk needs for one write, however many words there are.
func (v *Vault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(words))
	if len(words) == 0 {
		return commitments, ctx.Err()
	}
	err := v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		for i, w := range words {
			o, err := v.seal(c, w)
			if err != nil {
				return err
			}
			commitments[i] = o.Commitment()
		}
		return nil
	})
	if err != nil {
		return nil, interpret(fmt.Errorf("vault: seal: %w", err))
	}
	return commitments, nil
}

// Keep implements vault.Keeper.
func (v *Vault) Keep(ctx context.Context, openings ...vault.Opening) error {
	if len(openings) == 0 {
		return ctx.Err()
	}
	err := v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		for _, o := range openings {
			switch have, err := find(c, o.Place); {
			case err == nil && have.Salt == o.Salt && bytes.Equal(have.Words, o.Words):
				continue
			case err == nil:
				return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept already at %v", o.Place)
			case !errors.Is(err, vault.ErrNotFound):
				return err
			}
			if err := insert(c, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return interpret(fmt.Errorf("vault: keep: %w", err))
	}
	return nil
}

func (v *Vault) seal(c *sqlitefile.Conn, w vault.Words) (vault.Opening, error) {
	switch o, err := find(c, w.Place); {
	case err == nil && bytes.Equal(o.Words, w.Words):
		return o, nil
	case err == nil:
		return o, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed already at %v", w.Place)
	case !errors.Is(err, vault.ErrNotFound):
		return o, err
	}
	o := vault.Opening{Place: w.Place, Words: w.Words}
	if _, err := io.ReadFull(v.random, o.Salt[:]); err != nil {
		return o, fmt.Errorf("salt: %w", err)
	}
	return o, insert(c, o)
}

func insert(c *sqlitefile.Conn, o vault.Opening) error {
	if o.Words == nil {
		o.Words = []byte{} // nil would be NULL
	}
	d := digest(o)
	return c.Exec("INSERT INTO openings(event, field, salt, words, digest) VALUES(?, ?, ?, ?, ?)", o.Event[:], o.Field, o.Salt[:], o.Words, d[:])
}

// Open implements vault.Vault.
func (v *Vault) Open(ctx context.Context, at vault.Place) (o vault.Opening, err error) {
	err = v.file.Read(ctx, func(c *sqlitefile.Conn) error {
		o, err = find(c, at)
		return err
	})
	if err != nil {
		return vault.Opening{}, interpret(fmt.Errorf("vault: open: %w", err))
	}
	return o, nil
}

// Erase implements vault.Vault. Where somebody reads for too long, the openings are deleted, but pages with them may be left in the -wal file: then it
// fails, and is to be repeated.
func (v *Vault) Erase(ctx context.Context, places ...vault.Place) error {
	if len(places) == 0 {
		return ctx.Err()
	}
	err := v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		for _, p := range places {
			if err := c.Exec("DELETE FROM openings WHERE event = ? AND field = ?", p.Event[:], p.Field); err != nil {
				return fmt.Errorf("%v: %w", p, err)
			}
		}
		return nil
	})
	if err == nil {
		err = v.file.Truncate(ctx)
	}
	if err != nil {
		return interpret(fmt.Errorf("vault: erase: %w", err))
	}
	return nil
}

func find(c *sqlitefile.Conn, at vault.Place) (vault.Opening, error) {
	for row, err := range c.Query("SELECT salt, words, digest FROM openings WHERE event = ? AND field = ?", at.Event[:], at.Field) {
		if err != nil {
			return vault.Opening{}, fmt.Errorf("%v: %w", at, err)
		}
		o := vault.Opening{Place: at}
		salt, _ := row[0].([]byte)
		o.Words, _ = row[1].([]byte)
		copy(o.Salt[:], salt)
		sum, _ := row[2].([]byte)
		if want := digest(o); len(salt) != len(o.Salt) || !bytes.Equal(sum, want[:]) {
			return vault.Opening{}, fmt.Errorf("%v: %w: its digest does not hold; restore the vault from a copy", at, vault.ErrDamaged)
		}
		return o, nil
	}
	return vault.Opening{}, fmt.Errorf("%v: %w", at, vault.ErrNotFound)
}

// digest is SHA-256("daybook-opening/v1" ‖ 0 ‖ event ‖ be64(len field) ‖ field ‖ salt ‖ words).
func digest(o vault.Opening) [32]byte {
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

// interpret turns the damage that the file tells of into the port's.
func interpret(err error) error {
	if errors.Is(err, sqlitefile.ErrDamaged) {
		return fmt.Errorf("%w: %w; restore the file from a copy", vault.ErrDamaged, err)
	}
	return err
}
