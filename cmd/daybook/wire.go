package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"daybook.internal/commands"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// node is an opened data directory: the adapters, and what stands on them.
type node struct {
	lock    *dirLock
	ledger  *ledgersqlite.Ledger
	vault   *vaultsqlite.Vault
	store   readstore.Store
	service *commands.Service
	roots   *viewroots.Committer
}

// openNode opens a data directory for this process alone, and makes it where there is none.
func openNode(ctx context.Context, dir string) (*node, error) {
	n, err := openFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	keyOf := needVaultKey // for a vault that is yet to be made
	if hasVault(dir) {
		keyOf = readVaultKey
	}
	key, err := keyOf(ctx, dir)
	if err == nil {
		n.vault, err = vaultsqlite.Open(ctx, vaultFile(dir), vaultsqlite.Options{Key: key})
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	n.service.Vault = n.vault
	return n, nil
}

// openFolder is openNode without the vault: the views can be brought up without its key.
func openFolder(ctx context.Context, dir string) (_ *node, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	n := &node{}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	if n.ledger, err = ledgersqlite.Open(ctx, filepath.Join(dir, "ledger.db"), ledgersqlite.Options{Alone: true}); err != nil {
		return nil, err
	}
	store, err := storesqlite.Open(ctx, filepath.Join(dir, "views.db"), storesqlite.Options{})
	if err != nil {
		return nil, err
	}
	n.store = store
	n.service = &commands.Service{Ledger: n.ledger, Now: time.Now}
	n.service.Settle = func(ctx context.Context) error { return n.settleWith(ctx, nil) }
	n.roots = viewroots.New(n.service, n.store, projections.All())
	return n, nil
}

// openReader opens the ledger and, where there are any, the views of a data directory for reading only; another process may be writing them.
func openReader(ctx context.Context, dir string) (*node, error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := n.openStore(ctx, dir); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// openLedger opens the ledger of a data directory for reading only.
func openLedger(ctx context.Context, dir string) (*node, error) {
	path := filepath.Join(dir, "ledger.db")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no daybook in %s (%w); 'daybook serve --data %s' or 'daybook import' makes one", dir, err, dir)
	}
	l, err := ledgersqlite.Open(ctx, path, ledgersqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return &node{ledger: l}, nil
}

// openStore opens the views for reading only, where there are any.
func (n *node) openStore(ctx context.Context, dir string) error {
	path := filepath.Join(dir, "views.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	store, err := storesqlite.Open(ctx, path, storesqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	n.store = store
	return nil
}

// openVault opens the vault for reading only, where there is one.
func (n *node) openVault(ctx context.Context, dir string) error {
	if !hasVault(dir) {
		return nil
	}
	key, err := readVaultKey(ctx, dir)
	if err != nil {
		return err
	}
	v, err := vaultsqlite.Open(ctx, vaultFile(dir), vaultsqlite.Options{Key: key, ReadOnly: true})
	if err != nil {
		return err
	}
	n.vault = v
	return nil
}

func (n *node) projector() *readstore.Projector {
	return readstore.NewProjector(n.ledger, n.store, projections.All(), readstore.Options{})
}

// catchUp brings the views up to the ledger.
func (n *node) catchUp(ctx context.Context, p *program) error {
	b := p.bar("views")
	defer b.end()
	return n.projector().CatchUp(ctx, func(done, head uint64) { b.set(int64(done), int64(head)) })
}

// watched is a projector that tells the committer what changes.
func (n *node) watched() *readstore.Projector {
	return readstore.NewProjector(n.ledger, n.store, projections.All(), readstore.Options{Watch: n.roots.Watch})
}

// settle brings the views up to the ledger, and commits to them where a document has changed.
func (n *node) settle(ctx context.Context, p *program) error {
	b := p.bar("views")
	defer b.end()
	return n.settleWith(ctx, func(done, head uint64) { b.set(int64(done), int64(head)) })
}

func (n *node) settleWith(ctx context.Context, progress func(done, head uint64)) error {
	projector := n.watched()
	if err := projector.CatchUp(ctx, progress); err != nil {
		return err
	}
	if wrote, err := n.roots.Commit(ctx); err != nil || !wrote {
		return err
	}
	return projector.CatchUp(ctx, nil) // the commitment is a record, too
}

// Close lets go of everything, in the reverse order of opening.
func (n *node) Close() error {
	var errs []error
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	if n.vault != nil {
		errs = append(errs, n.vault.Close())
	}
	if n.ledger != nil {
		errs = append(errs, n.ledger.Close())
	}
	if n.lock != nil {
		errs = append(errs, n.lock.Close())
	}
	return errors.Join(errs...)
}
