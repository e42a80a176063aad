package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"daybook.internal/admin"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/readstore"
	storepostgres "daybook.internal/readstore/postgres"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/vault"
	vaultpostgres "daybook.internal/vault/postgres"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// Where the environment says which engines are used. With _FILE behind it, a variable names a file that holds the address, for who has secrets in it.
const (
	ledgerEnv = "DAYBOOK_LEDGER"
	storeEnv  = "DAYBOOK_STORE"
	vaultEnv  = "DAYBOOK_VAULT"
)

// engine is a ledger with what the commands need of it.
type engine interface {
	admin.Engine
	Close() error
}

// wordKeeper is a vault with what the commands need of it.
type wordKeeper interface {
	vault.Vault
	vault.Keeper
	Places(ctx context.Context) iter.Seq2[vault.Place, error]
	KeyID() string
	Rotate(ctx context.Context, to vault.Key, progress func(done int)) (subjects int, err error)
	Compact(ctx context.Context) error
	Size(ctx context.Context) (bytes int64, err error)
}

var (
	_ wordKeeper        = (*vaultsqlite.Vault)(nil)
	_ wordKeeper        = (*vaultpostgres.Vault)(nil)
	_ readstore.Renewer = (*storesqlite.Store)(nil)
	_ readstore.Renewer = (*storepostgres.Store)(nil)
)

// engines say where ledger, views and vault are. What is empty is in the data directory. They travel with the context of a command to wherever one is opened.
type engines struct {
	ledger, store, vault string
	ledgerFlags
	log *slog.Logger
}

// enginePatience is how long a call waits for a KurrentDB that does not answer: whoever asks over HTTP hears that it is away before he gives up.
const enginePatience = 10 * time.Second

type enginesOf struct{}

// withEngines gives the choice to a command.
func (p *program) withEngines(ctx context.Context) context.Context {
	p.engines.log = slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return context.WithValue(ctx, enginesOf{}, p.engines)
}

// dataFlags are dataFlag, and the flags that say which engines are used with that directory.
func (p *program) dataFlags(c *cobra.Command, dir *string) {
	dataFlag(c, dir)
	says := func(what, env, page string) string {
		return fmt.Sprintf("%s (default: $%s, or what stands in the file $%s_FILE, or the data directory; docs/%s)", what, env, env, page)
	}
	c.Flags().StringVar(&p.engines.ledger, "ledger", "", says("address of the ledger: a data directory, or esdb://HOST:2113 of a KurrentDB", ledgerEnv, "kurrent.md"))
	c.Flags().StringVar(&p.engines.store, "store", "", says("DSN, without a password, of the PostgreSQL database that keeps the views", storeEnv, "postgres.md"))
	c.Flags().StringVar(&p.engines.vault, "vault", "", says("DSN, without a password, of the PostgreSQL database that keeps the vault", vaultEnv, "postgres.md"))
	p.engines.addKurrent(c)
}

// chosen are the engines of a command: what its flags leave open, the environment says.
func chosen(ctx context.Context) (engines, error) {
	e, _ := ctx.Value(enginesOf{}).(engines)
	e.patience = enginePatience
	var errs []error
	for _, c := range []struct {
		address   *string
		flag, env string
	}{{&e.ledger, "--ledger", ledgerEnv}, {&e.store, "--store", storeEnv}, {&e.vault, "--vault", vaultEnv}} {
		errs = append(errs, fromEnv(c.address, c.env))
		if c.flag != "--ledger" && *c.address != "" && !isDSN(*c.address) { // which may hold a password, and is not repeated
			errs = append(errs, usageError{fmt.Errorf(`%s: it is no DSN of a PostgreSQL database: "postgres://…", or "host=… dbname=…"; without it, the data directory keeps what it is about`, c.flag)})
		}
	}
	switch kind, _ := scheme(e.ledger); {
	case kind == "log":
		errs = append(errs, usageError{errors.New("--ledger: a published log is for reading; 'daybook copy --from log:…' brings it into a ledger")})
	case kind != "sqlite" && !isKurrent(kind):
		errs = append(errs, unknownAddress(e.ledger))
	}
	return e, errors.Join(errs...)
}

func fromEnv(address *string, env string) error {
	if *address != "" {
		return nil
	}
	if *address = os.Getenv(env); *address != "" {
		return nil
	}
	file := os.Getenv(env + "_FILE")
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if *address = strings.TrimSpace(string(text)); err == nil && *address == "" {
		err = fmt.Errorf("%s is empty", file)
	}
	if err != nil {
		return fmt.Errorf("$%s_FILE: %w", env, err)
	}
	return nil
}

// isDSN tells whether an address is that of a PostgreSQL database, in either form that libpq takes.
func isDSN(address string) bool {
	if kind, _, ok := strings.Cut(address, "://"); ok {
		return kind == "postgres" || kind == "postgresql"
	}
	return strings.Contains(address, "=")
}

// isKurrent tells whether a scheme is one of KurrentDB's addresses.
func isKurrent(scheme string) bool {
	return slices.Contains([]string{"esdb", "esdb+discover", "kurrentdb", "kurrentdb+discover"}, scheme)
}

// ledgerDir is the data directory that holds the ledger, empty where a server has it.
func (e engines) ledgerDir(dir string) string {
	kind, rest := scheme(e.ledger)
	switch {
	case e.ledger == "":
		return dir
	case kind == "sqlite":
		return rest
	}
	return ""
}

// openLedger opens the ledger, and names its engine.
func (e engines) openLedger(ctx context.Context, dir string, readOnly bool) (engine, string, error) {
	if of := e.ledgerDir(dir); of != "" {
		l, err := openEmbedded(ctx, of, readOnly)
		if err != nil {
			return nil, "", err
		}
		return l, "sqlite", nil
	}
	count := ""
	if isThere(dir) {
		count = filepath.Join(dir, "ledger.count")
	}
	l, err := openKurrent(ctx, e.ledger, &e.ledgerFlags, count, e.log)
	if readOnly && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		l, err = openKurrent(ctx, e.ledger, &e.ledgerFlags, "", e.log)
	}
	if err != nil {
		return nil, "", err
	}
	return l, "kurrentdb", nil
}

// openEmbedded opens the ledger of a data directory; for reading only it has to be there.
func openEmbedded(ctx context.Context, dir string, readOnly bool) (*ledgersqlite.Ledger, error) {
	path := filepath.Join(dir, "ledger.db")
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no daybook in %s (%w); 'daybook serve --data %s' or 'daybook import' makes one", dir, err, dir)
		}
	}
	return ledgersqlite.Open(ctx, path, ledgersqlite.Options{Alone: !readOnly, ReadOnly: readOnly})
}

// sharedPace is how far apart steps into PostgreSQL begin (docs/performance.md): a step there costs the way to the server and back.
const sharedPace = 10 * time.Millisecond

// openStore opens the views, names their engine, and gives the pace at which they are kept up. It gives none where the data directory has none, for reading.
func (e engines) openStore(ctx context.Context, dir string, readOnly bool) (readstore.Renewer, string, time.Duration, error) {
	if e.store != "" {
		s, err := storepostgres.Open(ctx, storepostgres.Config{DSN: e.store, ReadOnly: readOnly, Log: e.log})
		if err != nil {
			return nil, "", 0, fmt.Errorf("--store: %w", err)
		}
		return s, "postgresql", sharedPace, nil
	}
	path := filepath.Join(dir, "views.db")
	if readOnly && !isThere(path) {
		return nil, "", 0, nil
	}
	s, err := storesqlite.Open(ctx, path, storesqlite.Options{Alone: !readOnly, ReadOnly: readOnly})
	if err != nil {
		return nil, "", 0, err
	}
	return s, "sqlite", 0, nil
}

// hasVault tells whether there is a vault that was sealed under some key.
func (e engines) hasVault(ctx context.Context, dir string) (bool, error) {
	if e.vault == "" {
		return hasVault(dir), nil
	}
	sealed, err := vaultpostgres.Sealed(ctx, e.vault)
	if err != nil {
		err = fmt.Errorf("--vault: %w", err)
	}
	return sealed, err
}

// openVault opens the vault under its key, and names its engine.
func (e engines) openVault(ctx context.Context, dir string, key vault.Key, readOnly bool) (wordKeeper, string, error) {
	if e.vault != "" {
		v, err := vaultpostgres.Open(ctx, vaultpostgres.Config{DSN: e.vault, Key: key, ReadOnly: readOnly})
		if err != nil {
			return nil, "", fmt.Errorf("--vault: %w", err)
		}
		return v, "postgresql", nil
	}
	v, err := vaultsqlite.Open(ctx, vaultFile(dir), vaultsqlite.Options{Key: key, ReadOnly: readOnly})
	if err != nil {
		return nil, "", err
	}
	return v, "sqlite", nil
}

// noVault says that there is none where it is looked for.
func (e engines) noVault(dir string) error {
	if e.vault != "" {
		return errors.New("nothing was sealed in the vault that --vault names yet: is it the right database? Bring it back from a copy")
	}
	return fmt.Errorf("there is no vault in %s: bring it back from a copy", dir)
}
