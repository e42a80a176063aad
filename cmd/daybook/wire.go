package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"daybook.internal/admin"
	"daybook.internal/commands"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// node is an opened daybook: a data directory, the engines that are used with it, and what stands on them.
type node struct {
	dir     string
	engines engines
	locks   []*dirLock // on the data directory, and on that of the ledger where it is another one; none for reading
	ledger  engine
	vault   wordKeeper
	store   readstore.Renewer
	pace    time.Duration // of the projector
	names   admin.Names
	service *commands.Service
	roots   *viewroots.Committer
	release func() // gives the lead of a shared store away; nil: it was not taken
}

// openNode opens a daybook for this process alone, and makes it where there is none.
func openNode(ctx context.Context, dir string) (*node, error) {
	n, err := openFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	return n.unless(n.addVault(ctx))
}

// openFolder is openNode without the vault: the views can be brought up without its key.
func openFolder(ctx context.Context, dir string) (*node, error) {
	n, err := openRecord(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err = n.addStore(ctx); err == nil {
		err = n.takeLead(ctx)
	}
	return n.unless(err)
}

// openServer opens a daybook that this process serves, beside others that serve the same one where its engines are shared.
func openServer(ctx context.Context, dir string) (*node, error) {
	n, err := openRecord(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err = n.addStore(ctx); err == nil {
		err = n.addVault(ctx)
	}
	return n.unless(err)
}

// openRecord opens the ledger for writing, and keeps the data directory for this process.
func openRecord(ctx context.Context, dir string) (*node, error) {
	n := &node{dir: dir}
	return n.unless(n.record(ctx, dir))
}

func (n *node) record(ctx context.Context, dir string) (err error) {
	if n.engines, err = chosen(ctx); err != nil {
		return err
	}
	dirs := []string{dir}
	if of := n.engines.ledgerDir(dir); of != "" && !sameFolder(of, dir) {
		dirs = append(dirs, of)
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("data directory %s: %w", dir, err)
		}
		l, err := lockDir(dir)
		if err != nil {
			return err
		}
		n.locks = append(n.locks, l)
	}
	n.ledger, n.names.Ledger, err = n.engines.openLedger(ctx, dir, false)
	return err
}

// addStore opens the views for writing, and what works on them.
func (n *node) addStore(ctx context.Context) (err error) {
	if n.store, n.names.Views, n.pace, err = n.engines.openStore(ctx, n.dir, false); err != nil {
		return err
	}
	n.service = &commands.Service{Ledger: n.ledger, Now: time.Now}
	n.service.Settle = func(ctx context.Context) error { return n.settleWith(ctx, nil) }
	n.roots = viewroots.New(n.service, n.store, projections.All())
	return nil
}

// addVault opens the vault for writing. It makes a key for one that was never sealed.
func (n *node) addVault(ctx context.Context) error {
	sealed, err := n.engines.hasVault(ctx, n.dir)
	if err != nil {
		return err
	}
	keyOf := needVaultKey
	if sealed {
		keyOf = readVaultKey
	}
	key, err := keyOf(ctx, n.dir)
	if err != nil {
		return err
	}
	if n.vault, n.names.Vault, err = n.engines.openVault(ctx, n.dir, key, false); err == nil {
		n.service.Vault = n.vault
	}
	return err
}

// openReader opens the ledger and, where there are any, the views for reading only; another process may be writing them.
func openReader(ctx context.Context, dir string) (*node, error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	return n.unless(n.openStore(ctx))
}

// openLedger opens the ledger for reading only.
func openLedger(ctx context.Context, dir string) (_ *node, err error) {
	n := &node{dir: dir}
	if n.engines, err = chosen(ctx); err != nil {
		return nil, err
	}
	if n.ledger, n.names.Ledger, err = n.engines.openLedger(ctx, dir, true); err != nil {
		return nil, err
	}
	return n, nil
}

// isDaybook tells whether there is a daybook, before anything is made: a mistyped data directory stays absent.
func isDaybook(ctx context.Context, dir string) error {
	e, err := chosen(ctx)
	if err != nil || e.ledgerDir(dir) == "" {
		return err
	}
	n, err := openLedger(ctx, dir)
	if err != nil {
		return err
	}
	return n.Close()
}

// openStore opens the views for reading only, where there are any.
func (n *node) openStore(ctx context.Context) error {
	store, name, _, err := n.engines.openStore(ctx, n.dir, true)
	if err == nil && store != nil {
		n.store, n.names.Views = store, name
	}
	return err
}

// openVault opens the vault for reading only, where there is one.
func (n *node) openVault(ctx context.Context) error {
	sealed, err := n.engines.hasVault(ctx, n.dir)
	if err != nil || !sealed {
		return err
	}
	key, err := readVaultKey(ctx, n.dir)
	if err != nil {
		return err
	}
	v, name, err := n.engines.openVault(ctx, n.dir, key, true)
	if err == nil {
		n.vault, n.names.Vault = v, name
	}
	return err
}

func (n *node) projector(o readstore.Options) *readstore.Projector {
	o.Pace = n.pace
	return readstore.NewProjector(n.ledger, n.store, projections.All(), o)
}

// catchUp brings the views up to the ledger.
func (n *node) catchUp(ctx context.Context, p *program) error {
	b := p.bar("views")
	defer b.end()
	return n.projector(readstore.Options{}).CatchUp(ctx, func(done, head uint64) { b.set(int64(done), int64(head)) })
}

// settle brings the views up to the ledger, and commits to them where a document has changed.
func (n *node) settle(ctx context.Context, p *program) error {
	b := p.bar("views")
	defer b.end()
	return n.settleWith(ctx, func(done, head uint64) { b.set(int64(done), int64(head)) })
}

func (n *node) settleWith(ctx context.Context, progress func(done, head uint64)) error {
	projector := n.projector(readstore.Options{Watch: n.roots.Watch})
	if err := projector.CatchUp(ctx, progress); err != nil {
		return err
	}
	if wrote, err := n.roots.Commit(ctx); err != nil || !wrote {
		return err
	}
	return projector.CatchUp(ctx, nil) // the commitment is a record, too
}

// unless gives the node, unless something is wrong: then it is closed.
func (n *node) unless(err error) (*node, error) {
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// Close lets go of everything, in the reverse order of opening.
func (n *node) Close() error {
	var errs []error
	if n.release != nil {
		n.release()
	}
	if n.vault != nil {
		errs = append(errs, n.vault.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	if n.ledger != nil {
		errs = append(errs, n.ledger.Close())
	}
	for _, l := range n.locks {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}
