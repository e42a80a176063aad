// Package sqlite keeps a vault in one SQLite file.
//
// The rule it keeps: openings are on the disk before their commitments are given away (synchronous=FULL), no word is ever on the disk in plain, and what is
// opened is what was sealed, or an error.
//
// The file is for its owner alone (mode 0600), and what is deleted in it is overwritten with zeros (secure_delete) from the first day.
// Copies of a page may stand in the -wal file until the next checkpoint, so an erasure ends with one that truncates that file. Copies of the file
// that were made before are not reached, but who has no key reads nothing in them.
//
// Whoever can read the file and the vault's key can read the words. Whoever can write it can take openings away or put others in their place, but not
// unseen: the commitments stand in the ledger.
package sqlite

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// Options say how a vault is opened: for reading and writing, unless ReadOnly, and it is made where there is none.
type Options struct {
	// Key is the vault's key. A vault that was sealed under another one is vault.ErrKey.
	Key vault.Key

	// ReadOnly opens a vault that is there already, and which another process may be writing. Seal fails.
	ReadOnly bool

	// Random is where salts and the keys of subjects come from; nil is the system's generator. Another one is for tests: who knows a salt can try words.
	Random io.Reader
}

// kind is format 2. Openings stand by the place of their commitment; subject is whose words they are. keys has one row: the id of the vault's key, and a box by
// which it is known again.
var kind = sqlitefile.Kind{
	Name:        "vault",
	Application: 0x64617977, // "dayw", for words
	Format:      2,
	Older:       "its words lie there in plain; 'daybook vault upgrade' seals them",
	Tables: []string{
		`CREATE TABLE keys(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL, proof BLOB NOT NULL) STRICT`,
		`CREATE TABLE subjects(subject TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID, STRICT`,
		`CREATE TABLE openings(event BLOB NOT NULL, field TEXT NOT NULL, subject TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(event, field)) ` +
			`WITHOUT ROWID, STRICT`,
		`CREATE INDEX openings_subject ON openings(subject)`,
	},
	Mode:    0o600,
	Pragmas: []string{"synchronous=FULL", "secure_delete=ON"},
}

// A Vault is an open file. It is safe for concurrent use: seals take their turn.
type Vault struct {
	file   *sqlitefile.File
	random io.Reader // read by whoever writes

	turning sync.RWMutex  // held while the key of the vault is replaced
	wrap    vault.Wrapper // guarded by turning
}

var (
	_ vault.Vault  = (*Vault)(nil)
	_ vault.Keeper = (*Vault)(nil)
)

// Open opens the vault in the file at path, whose folder must exist.
func Open(ctx context.Context, path string, o Options) (*Vault, error) {
	if o.Key == (vault.Key{}) {
		return nil, fmt.Errorf("vault: %w: no key was given", vault.ErrKey)
	}
	if !o.ReadOnly {
		if err := settle(ctx, path); err != nil {
			return nil, interpret(fmt.Errorf("vault: %w", err))
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
	if err := v.unlock(ctx, o); err != nil {
		return nil, errors.Join(interpret(fmt.Errorf("vault: %w", err)), f.Close())
	}
	return v, nil
}

// settle prepares a file for being written: it is its owner's alone, and an upgrade that was cut off is finished.
func settle(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&^kind.Mode != 0 {
		if err := os.Chmod(path, kind.Mode); err != nil {
			return fmt.Errorf("others may read it: %w", err)
		}
	}
	return sweep(ctx, path)
}

// Close implements vault.Vault.
func (v *Vault) Close() error { return v.file.Close() }

// Seal implements vault.Vault. It takes about as long as the disk needs for one write, however many words there are.
func (v *Vault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(words))
	err := v.write(ctx, len(words), func(w *writer) error {
		for i, given := range words {
			o, err := w.seal(given)
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
	err := v.write(ctx, len(openings), func(w *writer) error {
		for _, o := range openings {
			if err := w.keep(o); err != nil {
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

// Open implements vault.Vault.
func (v *Vault) Open(ctx context.Context, at vault.Place) (o vault.Opening, err error) {
	v.turning.RLock()
	defer v.turning.RUnlock()
	err = v.file.Read(ctx, func(c *sqlitefile.Conn) error {
		o, err = find(c, v.wrap, at)
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
			if err := erase(c, p); err != nil {
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

// erase deletes an opening, and with the last one of a subject its key.
func erase(c *sqlitefile.Conn, at vault.Place) error {
	subject, err := subjectOf(c, at)
	if err != nil || subject == "" {
		return err
	}
	if err := c.Exec("DELETE FROM openings WHERE event = ? AND field = ?", at.Event[:], at.Field); err != nil {
		return err
	}
	return c.Exec("DELETE FROM subjects WHERE subject = ? AND NOT EXISTS (SELECT 1 FROM openings WHERE openings.subject = subjects.subject)", subject)
}

// subjectOf is whose words lie at a place, empty where there are none.
func subjectOf(c *sqlitefile.Conn, at vault.Place) (subject string, err error) {
	for row, err := range c.Query("SELECT subject FROM openings WHERE event = ? AND field = ?", at.Event[:], at.Field) {
		if err != nil {
			return "", err
		}
		subject, _ = row[0].(string)
	}
	return subject, nil
}

// find opens what lies at a place.
func find(c *sqlitefile.Conn, w vault.Wrapper, at vault.Place) (vault.Opening, error) {
	const query = "SELECT o.subject, o.sealed, s.key FROM openings o LEFT JOIN subjects s ON s.subject = o.subject WHERE o.event = ? AND o.field = ?"
	for row, err := range c.Query(query, at.Event[:], at.Field) {
		if err != nil {
			return vault.Opening{}, fmt.Errorf("%v: %w", at, err)
		}
		subject, _ := row[0].(string)
		sealed, _ := row[1].([]byte)
		wrapped, _ := row[2].([]byte)
		key, ok := w.Unwrap(domain.StreamID(subject), wrapped)
		if !ok {
			return vault.Opening{}, fmt.Errorf("%v: %w", at, locked(c, w, subject))
		}
		o, ok := key.Unseal(at, domain.StreamID(subject), sealed)
		if !ok {
			return vault.Opening{}, fmt.Errorf("%v: %w: it is not as it was sealed; restore the vault from a copy", at, vault.ErrDamaged)
		}
		return o, nil
	}
	return vault.Opening{}, fmt.Errorf("%v: %w", at, vault.ErrNotFound)
}

// A writer seals within one transaction. It keeps the keys of the subjects that it has met there.
type writer struct {
	c      *sqlitefile.Conn
	wrap   vault.Wrapper
	random io.Reader
	met    map[domain.StreamID]vault.SubjectKey
}

// write runs a transaction that seals n openings.
func (v *Vault) write(ctx context.Context, n int, run func(*writer) error) error {
	if n == 0 {
		return ctx.Err()
	}
	v.turning.RLock()
	defer v.turning.RUnlock()
	return v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		return run(&writer{c, v.wrap, v.random, make(map[domain.StreamID]vault.SubjectKey, min(n, 1024))})
	})
}

func (w *writer) seal(given vault.Words) (vault.Opening, error) {
	switch o, err := find(w.c, w.wrap, given.Place); {
	case err == nil && bytes.Equal(o.Words, given.Words):
		return o, nil
	case err == nil:
		return o, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed already at %v", given.Place)
	case !errors.Is(err, vault.ErrNotFound):
		return o, err
	}
	o := vault.Opening{Place: given.Place, Subject: given.Subject, Words: given.Words}
	if _, err := io.ReadFull(w.random, o.Salt[:]); err != nil {
		return o, fmt.Errorf("salt: %w", err)
	}
	return o, w.insert(o)
}

func (w *writer) keep(o vault.Opening) error {
	switch have, err := find(w.c, w.wrap, o.Place); {
	case err == nil && have.Salt == o.Salt && bytes.Equal(have.Words, o.Words):
		return nil
	case err == nil:
		return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept already at %v", o.Place)
	case !errors.Is(err, vault.ErrNotFound):
		return err
	}
	return w.insert(o)
}

func (w *writer) insert(o vault.Opening) error {
	key, err := w.keyOf(o.Subject)
	if err != nil {
		return fmt.Errorf("%v: %w", o.Place, err)
	}
	return w.c.Exec("INSERT INTO openings(event, field, subject, sealed) VALUES(?, ?, ?, ?)", o.Event[:], o.Field, string(o.Subject), key.Seal(o))
}

// keyOf is the key of a subject, a new one where it has none.
func (w *writer) keyOf(subject domain.StreamID) (vault.SubjectKey, error) {
	if subject == "" {
		return vault.SubjectKey{}, errors.New("words are somebody's: a subject is missing")
	}
	if key, met := w.met[subject]; met {
		return key, nil
	}
	for row, err := range w.c.Query("SELECT key FROM subjects WHERE subject = ?", string(subject)) {
		if err != nil {
			return vault.SubjectKey{}, err
		}
		wrapped, _ := row[0].([]byte)
		key, ok := w.wrap.Unwrap(subject, wrapped)
		if !ok {
			return key, locked(w.c, w.wrap, string(subject))
		}
		w.met[subject] = key
		return key, nil
	}
	key, err := vault.NewSubjectKey(w.random)
	if err != nil {
		return key, err
	}
	w.met[subject] = key
	return key, w.c.Exec("INSERT INTO subjects(subject, key) VALUES(?, ?)", string(subject), w.wrap.Wrap(subject, key))
}

// locked says why the key of a subject does not open: somebody has rotated the vault's key since, or the row is damaged.
func locked(c *sqlitefile.Conn, w vault.Wrapper, subject string) error {
	if _, err := check(c, w); err != nil {
		return err
	}
	return fmt.Errorf("%w: the key of %s does not open; restore the vault from a copy", vault.ErrDamaged, subject)
}

// interpret turns the damage that the file tells of into the port's.
func interpret(err error) error {
	if errors.Is(err, sqlitefile.ErrDamaged) {
		return fmt.Errorf("%w: %w; restore the file from a copy", vault.ErrDamaged, err)
	}
	return err
}
