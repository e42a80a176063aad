// Package postgres keeps a vault in a PostgreSQL database, which several servers may share.
//
// The rule it keeps: openings are on the disk before their commitments are given away (synchronous_commit=on, whatever the database says), no word is ever in the
// database in plain, nor in its log of writes, and what is opened is what was sealed, or an error.
//
// What is erased is gone for whoever asks the database as soon as Erase returns. Its sealed bytes stay for a while in pages that wait to be vacuumed, in the log of writes, in
// replicas and backups; they open with nothing but the deleted key of their subject, which is wrapped under the vault's. Compact writes the tables anew; Rotate, and the
// destruction of the old key, closes all older copies wherever they are. docs/postgres.md tells more.
//
// Whoever can read the tables and has the vault's key can read the words. Whoever can write them can take openings away or put others in their place, but not
// unseen: the commitments stand in the ledger.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook.internal/internal/postgres"
	"daybook.internal/vault"
)

// Config says how a vault is opened.
type Config struct {
	// DSN names the database and the role, a member of daybook_writer: see postgres.Open. For Compact it is the owner.
	DSN string

	// Key is the vault's key. A vault that was sealed under another one is vault.ErrKey.
	Key vault.Key

	// ReadOnly opens a vault for reading. Everything that writes fails.
	ReadOnly bool

	// Random is where salts and the keys of subjects come from; nil is the system's generator. Another one is for tests: who knows a salt can try words.
	Random io.Reader
}

// A Vault is an open database. It is safe for concurrent use.
type Vault struct {
	pool     *pgxpool.Pool
	readOnly bool
	random   *inTurn

	turning sync.RWMutex  // held while the key of the vault is replaced
	wrap    vault.Wrapper // guarded by turning
}

var (
	_ vault.Vault  = (*Vault)(nil)
	_ vault.Keeper = (*Vault)(nil)
)

// writeTime is how long a transaction may take.
const writeTime = time.Minute

// Open opens the vault in a database that was migrated.
func Open(ctx context.Context, c Config) (*Vault, error) {
	if c.Key == (vault.Key{}) {
		return nil, fmt.Errorf("vault: %w: no key was given", vault.ErrKey)
	}
	settings := map[string]string{"synchronous_commit": "on", "default_transaction_read_only": "off"}
	if c.ReadOnly {
		settings["default_transaction_read_only"] = "on"
	}
	pool, err := postgres.Open(ctx, c.DSN, postgres.Kind{Name: "vault", Settings: settings})
	if err != nil {
		return nil, interpret(fmt.Errorf("vault: %w", err))
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	v := &Vault{pool: pool, readOnly: c.ReadOnly, random: &inTurn{from: c.Random}, wrap: c.Key.Wrapper()}
	if err := v.unlock(ctx); err != nil {
		pool.Close()
		return nil, interpret(fmt.Errorf("vault: %w", err))
	}
	return v, nil
}

// Close implements vault.Vault.
func (v *Vault) Close() error {
	v.pool.Close()
	return nil
}

// inTurn is a reader for many, one at a time.
type inTurn struct {
	mu   sync.Mutex
	from io.Reader // guarded by mu
}

func (r *inTurn) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return io.ReadFull(r.from, b)
}

// write runs a transaction. What has begun is finished though ctx ends, so that its outcome is known.
func (v *Vault) write(ctx context.Context, within time.Duration, run func(context.Context, pgx.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if v.readOnly {
		return errors.New("it was opened for reading only")
	}
	ctx, cancel := postgres.Finish(ctx, within)
	defer cancel()
	return postgres.Retry(ctx, func() error {
		return pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error { return run(ctx, tx) })
	})
}

// again runs a read once more where its connection had been cut before it was asked for, as all are after a restart of PostgreSQL.
func (v *Vault) again(ctx context.Context, read func() error) error {
	err := read()
	if err != nil && ctx.Err() == nil && errors.Is(postgres.Interpret(err), postgres.ErrAway) {
		v.pool.Reset()
		err = read()
	}
	return err
}

// interpret turns what the database tells of into the port's errors.
func interpret(err error) error {
	switch err = postgres.Interpret(err); {
	case err == nil:
		return nil
	case postgres.Damaged(err):
		return fmt.Errorf("%w: %w; restore the database from a copy", vault.ErrDamaged, err)
	case errors.Is(err, postgres.ErrAway) && !errors.Is(err, vault.ErrAway):
		return fmt.Errorf("%w: %w", vault.ErrAway, err)
	}
	return err
}
