package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook.internal/domain"
	"daybook.internal/internal/postgres"
	"daybook.internal/vault"
)

// proven is the subject under which the proof of a key is wrapped. No stream has the name.
const proven domain.StreamID = ""

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// unlock checks the key of a vault against what the vault was sealed under. The first one to open it for writing settles which key that is.
func (v *Vault) unlock(ctx context.Context) error {
	known, err := check(ctx, v.pool, v.wrap)
	if err != nil || known || v.readOnly {
		return err
	}
	if _, err := v.pool.Exec(ctx, "INSERT INTO vault.keys (one, id, proof) VALUES (1, $1, $2) ON CONFLICT DO NOTHING", v.wrap.KeyID(), v.wrap.Wrap(proven, vault.SubjectKey{})); err != nil {
		return err
	}
	_, err = check(ctx, v.pool, v.wrap) // another process may have been quicker
	return err
}

// check tells whether a vault was sealed under a key. It is an error where that is another one, or where keys of subjects are there and no vault's key is.
func check(ctx context.Context, q querier, w vault.Wrapper) (known bool, err error) {
	var id string
	var proof []byte
	switch err := q.QueryRow(ctx, "SELECT id, proof FROM vault.keys").Scan(&id, &proof); {
	case errors.Is(err, pgx.ErrNoRows):
		sealed := false
		if err := q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM vault.subjects) OR EXISTS (SELECT FROM vault.openings)").Scan(&sealed); err != nil {
			return false, err
		}
		if sealed {
			return false, fmt.Errorf("%w: it does not say under which key it was sealed; restore the database from a copy", vault.ErrDamaged)
		}
		return false, nil
	case err != nil:
		return false, err
	case id != w.KeyID():
		return false, otherKey(id, w)
	}
	if _, ok := w.Unwrap(proven, proof); !ok {
		return false, fmt.Errorf("%w: the key is the right one, and its proof does not open; restore the database from a copy", vault.ErrDamaged)
	}
	return true, nil
}

func otherKey(id string, w vault.Wrapper) error {
	return fmt.Errorf("%w: it was sealed under the key %s, and this is the key %s; give the file of that one", vault.ErrKey, id, w.KeyID())
}

// locked says why the key of a subject does not open: somebody has rotated the vault's key since, or the row is damaged.
func locked(ctx context.Context, q querier, w vault.Wrapper, subject domain.StreamID) error {
	if _, err := check(ctx, q, w); err != nil {
		return err
	}
	return fmt.Errorf("%w: the key of %s does not open; restore the database from a copy", vault.ErrDamaged, subject)
}

// KeyID is the id of the key under which the vault is sealed.
func (v *Vault) KeyID() string {
	v.turning.RLock()
	defer v.turning.RUnlock()
	return v.wrap.KeyID()
}

// rotateAt is how many keys of subjects are wrapped at a time, and rotateTime how long it may take.
const (
	rotateAt   = 1000
	rotateTime = time.Hour
)

// Rotate wraps the keys of all subjects under another key, all or none, and gives their number. What was sealed stays as it is. From then on the vault opens
// under the new key alone; copies that were made before open under the old one, as long as anybody has it. Other processes that have the vault open are told
// vault.ErrKey from then on. progress may be nil.
func (v *Vault) Rotate(ctx context.Context, to vault.Key, progress func(done int)) (subjects int, err error) {
	if to == (vault.Key{}) {
		return 0, fmt.Errorf("vault: rotate: %w: no key was given", vault.ErrKey)
	}
	v.turning.Lock()
	defer v.turning.Unlock()
	was, next := v.wrap, to.Wrapper()
	err = v.write(ctx, rotateTime, func(ctx context.Context, tx pgx.Tx) error {
		subjects = 0
		if _, err := tx.Exec(ctx, "LOCK TABLE vault.subjects IN EXCLUSIVE MODE"); err != nil { // whoever seals waits, see sealer.ready
			return err
		}
		if _, err := check(ctx, tx, was); err != nil || was.KeyID() == next.KeyID() {
			return err
		}
		for after := ""; ; {
			names, keys, err := someKeys(ctx, tx, after)
			if err != nil {
				return err
			}
			if len(names) == 0 {
				_, err := tx.Exec(ctx, "INSERT INTO vault.keys (one, id, proof) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET id = excluded.id, proof = excluded.proof",
					next.KeyID(), next.Wrap(proven, vault.SubjectKey{}))
				return err
			}
			for i, name := range names {
				subject := domain.StreamID(name)
				key, ok := was.Unwrap(subject, keys[i])
				if !ok {
					return fmt.Errorf("%w: the key of %s does not open; restore the database from a copy", vault.ErrDamaged, subject)
				}
				keys[i] = next.Wrap(subject, key)
			}
			if _, err := tx.Exec(ctx, "UPDATE vault.subjects s SET key = n.key FROM unnest($1::text[], $2::bytea[]) AS n(subject, key) WHERE s.subject = n.subject", names, keys); err != nil {
				return err
			}
			after = names[len(names)-1]
			if subjects += len(names); progress != nil {
				progress(subjects)
			}
		}
	})
	if err != nil {
		return 0, interpret(fmt.Errorf("vault: rotate: %w", err))
	}
	v.wrap = next
	return subjects, nil
}

// someKeys are the next subjects behind one, by name, and their wrapped keys.
func someKeys(ctx context.Context, tx pgx.Tx, after string) (names []string, keys [][]byte, err error) {
	rows, err := tx.Query(ctx, "SELECT subject, key FROM vault.subjects WHERE subject > $1 ORDER BY subject LIMIT $2", after, rotateAt)
	if err != nil {
		return nil, nil, err
	}
	var name string
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &key}, func() error {
		names, keys = append(names, name), append(keys, append([]byte{}, key...))
		return nil
	})
	return names, keys, err
}

// Sealed tells whether the vault in a database was sealed under a key yet, whichever.
func Sealed(ctx context.Context, dsn string) (sealed bool, err error) {
	pool, err := postgres.Open(ctx, dsn, postgres.Kind{Name: "vault"})
	if err == nil {
		defer pool.Close()
		err = pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM vault.keys) OR EXISTS (SELECT FROM vault.subjects) OR EXISTS (SELECT FROM vault.openings)").Scan(&sealed)
	}
	if err != nil {
		return false, interpret(fmt.Errorf("vault: %w", err))
	}
	return sealed, nil
}
