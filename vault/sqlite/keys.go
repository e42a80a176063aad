package sqlite

import (
	"context"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// proven is the subject under which the proof of a key is wrapped. No stream has the name.
const proven domain.StreamID = ""

// unlock checks the key of a vault against what the vault was sealed under. The first one to open it for writing settles which key that is.
func (v *Vault) unlock(ctx context.Context, o Options) error {
	w := o.Key.Wrapper()
	v.wrap = w
	known := false
	err := v.file.Read(ctx, func(c *sqlitefile.Conn) (err error) {
		known, err = check(c, w)
		return err
	})
	if err != nil || known || o.ReadOnly {
		return err
	}
	return v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		if known, err := check(c, w); known || err != nil { // another process was quicker
			return err
		}
		return settleKey(c, w)
	})
}

// check tells whether a vault was sealed under a key. It is an error where that is another one, or where keys of subjects are there and no vault's key is.
func check(c *sqlitefile.Conn, w vault.Wrapper) (known bool, err error) {
	for row, err := range c.Query("SELECT id, proof FROM keys") {
		if err != nil {
			return false, err
		}
		id, _ := row[0].(string)
		proof, _ := row[1].([]byte)
		if id != w.KeyID() {
			return false, fmt.Errorf("%w: it was sealed under the key %s, and this is the key %s; give the file of that one", vault.ErrKey, id, w.KeyID())
		}
		if _, ok := w.Unwrap(proven, proof); !ok {
			return false, fmt.Errorf("%w: the key is the right one, and its proof does not open; restore the vault from a copy", vault.ErrDamaged)
		}
		return true, nil
	}
	for _, err := range c.Query("SELECT 1 FROM subjects UNION ALL SELECT 1 FROM openings LIMIT 1") {
		if err != nil {
			return false, err
		}
		return false, fmt.Errorf("%w: it does not say under which key it was sealed; restore the vault from a copy", vault.ErrDamaged)
	}
	return false, nil
}

// settleKey says under which key a vault is sealed from now on.
func settleKey(c *sqlitefile.Conn, w vault.Wrapper) error {
	return c.Exec("INSERT OR REPLACE INTO keys(one, id, proof) VALUES(1, ?, ?)", w.KeyID(), w.Wrap(proven, vault.SubjectKey{}))
}

// KeyID is the id of the key under which the vault is sealed.
func (v *Vault) KeyID() string {
	v.turning.RLock()
	defer v.turning.RUnlock()
	return v.wrap.KeyID()
}

// rotateAt is how many keys of subjects are read at a time.
const rotateAt = 1000

// Rotate wraps the keys of all subjects under another key, all or none, and gives their number. What was sealed stays as it is. From then on the vault opens
// under the new key alone; copies that were made before open under the old one, as long as anybody has it. progress may be nil.
func (v *Vault) Rotate(ctx context.Context, to vault.Key, progress func(done int)) (subjects int, err error) {
	if to == (vault.Key{}) {
		return 0, fmt.Errorf("vault: rotate: %w: no key was given", vault.ErrKey)
	}
	v.turning.Lock()
	defer v.turning.Unlock()
	was, next := v.wrap, to.Wrapper()
	err = v.file.Write(ctx, func(c *sqlitefile.Conn) error {
		if was.KeyID() == next.KeyID() {
			return nil
		}
		for after := ""; ; {
			names, keys, err := someKeys(c, after)
			if err != nil || len(names) == 0 {
				if err == nil {
					err = settleKey(c, next)
				}
				return err
			}
			for i, name := range names {
				subject := domain.StreamID(name)
				key, ok := was.Unwrap(subject, keys[i])
				if !ok {
					return fmt.Errorf("%w: the key of %s does not open; restore the vault from a copy", vault.ErrDamaged, subject)
				}
				if err := c.Exec("UPDATE subjects SET key = ? WHERE subject = ?", next.Wrap(subject, key), name); err != nil {
					return err
				}
			}
			after = names[len(names)-1]
			if subjects += len(names); progress != nil {
				progress(subjects)
			}
		}
	})
	if err == nil {
		v.wrap = next
		err = v.file.Truncate(ctx) // no key that the old one opens stays behind
	}
	if err != nil {
		return 0, interpret(fmt.Errorf("vault: rotate: %w", err))
	}
	return subjects, nil
}

// someKeys are the next subjects behind one, by name, and their wrapped keys.
func someKeys(c *sqlitefile.Conn, after string) (names []string, keys [][]byte, err error) {
	for row, err := range c.Query("SELECT subject, key FROM subjects WHERE subject > ? ORDER BY subject LIMIT ?", after, int64(rotateAt)) {
		if err != nil {
			return nil, nil, err
		}
		name, _ := row[0].(string)
		key, _ := row[1].([]byte)
		names, keys = append(names, name), append(keys, key)
	}
	return names, keys, nil
}
