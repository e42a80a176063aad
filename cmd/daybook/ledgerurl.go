package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/ledger"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/tiles"
	"daybook.internal/ledger/transfer"
	"daybook.internal/notary"
)

// ledgerAddressHelp tells of the addresses that openSource and openTarget know.
const ledgerAddressHelp = `A ledger is given by its address:

  DIR, sqlite:DIR                  a data directory
  esdb://HOST:2113, kurrentdb://…  KurrentDB (EventStoreDB), by the connection string of its clients; DAYBOOK_KURRENT_CREDENTIALS_FILE names a file with "user:password"
  log:DIR, log:FILE.zip, log:URL   a published log, a bundle, or a running daybook, to copy from: it is read from end to end and compared with its signed head first`

// Where the environment says what flags do not. The line itself is for who has secrets there.
const (
	kurrentCredentialsFileEnv = "DAYBOOK_KURRENT_CREDENTIALS_FILE"
	kurrentCredentialsEnv     = "DAYBOOK_KURRENT_CREDENTIALS"
	kurrentCAEnv              = "DAYBOOK_KURRENT_CA_FILE"
	kurrentPrefixEnv          = "DAYBOOK_KURRENT_PREFIX"
)

// ledgerFlags are what an address leaves out.
type ledgerFlags struct {
	key                     string // of a published log
	credentials, ca, prefix string // of KurrentDB
	patience                time.Duration
}

func (f *ledgerFlags) add(c *cobra.Command) {
	f.addKurrent(c)
	c.Flags().StringVar(&f.key, "key", "", "of log: the log's public key, or a file with it (default: that of the key in the target's data directory)")
}

// addKurrent adds the flags that say what the address of a KurrentDB leaves out.
func (f *ledgerFlags) addKurrent(c *cobra.Command) {
	c.Flags().StringVar(&f.credentials, "kurrent-credentials", "", "of KurrentDB: a file with one line, user:password (default: $"+kurrentCredentialsFileEnv+", or the line itself in $"+kurrentCredentialsEnv+")")
	c.Flags().StringVar(&f.ca, "kurrent-ca", "", "of KurrentDB: a file with the certificates, in PEM, that vouch for it (default: $"+kurrentCAEnv+", or those of the system)")
	c.Flags().StringVar(&f.prefix, "kurrent-prefix", "", "of KurrentDB: what the names of this daybook's streams begin with there (default: $"+kurrentPrefixEnv+", or "+kurrent.DefaultPrefix+")")
}

// openKurrent connects to a KurrentDB. What is counted of it is kept in the file count, if it has a name.
func openKurrent(ctx context.Context, address string, f *ledgerFlags, count string, log *slog.Logger) (*kurrent.Ledger, error) {
	c := kurrent.Config{
		URL:             strings.Replace(address, "kurrentdb", "esdb", 1), // the name that the client knows
		Prefix:          cmp.Or(f.prefix, os.Getenv(kurrentPrefixEnv)),
		CAFile:          cmp.Or(f.ca, os.Getenv(kurrentCAEnv)),
		CredentialsFile: cmp.Or(f.credentials, os.Getenv(kurrentCredentialsFileEnv)),
		CountFile:       count,
		Patience:        f.patience,
		Log:             log,
	}
	if c.CredentialsFile == "" {
		c.Credentials = os.Getenv(kurrentCredentialsEnv)
	}
	return kurrent.Open(ctx, c)
}

// shown is an address without user and password.
func shown(address string) string {
	kind, rest, ok := strings.Cut(address, "://")
	if i := strings.LastIndexByte(rest, '@'); ok && i >= 0 { // a password may hold anything
		return kind + "://" + rest[i+1:]
	}
	return address
}

// openedSource is a ledger to read from.
type openedSource struct {
	transfer.Source
	close func() error
}

// openedTarget is a ledger to append to, which nobody else in this data directory does meanwhile.
type openedTarget struct {
	ledger.Ledger
	close func() error
}

// scheme takes an address apart. One without a known scheme is that of a data directory.
func scheme(address string) (kind, rest string) {
	for _, kind := range []string{"sqlite", "log"} {
		if rest, ok := strings.CutPrefix(address, kind+":"); ok {
			return kind, rest
		}
	}
	if kind, _, ok := strings.Cut(address, "://"); ok {
		return kind, address
	}
	return "sqlite", address
}

// openSource opens the ledger at an address for reading, also beside a process that writes it.
func (p *program) openSource(ctx context.Context, address string, f *ledgerFlags, target string) (*openedSource, error) {
	switch kind, rest := scheme(address); {
	case kind == "sqlite":
		l, err := openEmbedded(ctx, rest, true)
		if err != nil {
			return nil, err
		}
		return &openedSource{l, l.Close}, nil
	case kind == "log":
		return p.openLogSource(ctx, rest, f, target)
	case isKurrent(kind):
		l, err := openKurrent(ctx, address, f, "", p.engines.log)
		if err != nil {
			return nil, err
		}
		return &openedSource{l, l.Close}, nil
	}
	return nil, unknownAddress(address)
}

// openTarget opens the ledger at an address for appending, and makes a data directory where there is none.
func (p *program) openTarget(ctx context.Context, address string, f *ledgerFlags) (*openedTarget, error) {
	switch kind, dir := scheme(address); {
	case kind == "sqlite":
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("data directory %s: %w", dir, err)
		}
		lock, err := lockDir(dir)
		if err != nil {
			return nil, err
		}
		l, err := openEmbedded(ctx, dir, false)
		if err != nil {
			return nil, errors.Join(err, lock.Close())
		}
		return &openedTarget{l, func() error { return errors.Join(l.Close(), lock.Close()) }}, nil
	case isKurrent(kind):
		l, err := openKurrent(ctx, address, f, "", p.engines.log)
		if err != nil {
			return nil, err
		}
		return &openedTarget{l, l.Close}, nil
	case kind == "log":
		return nil, usageError{errors.New("a published log is made by its publisher: 'daybook publish'; nothing is copied to it")}
	}
	return nil, unknownAddress(address)
}

func unknownAddress(address string) error {
	kind, _ := scheme(address)
	return usageError{fmt.Errorf("%s:// is no address of a ledger that is known here", kind)}
}

// openLogSource opens a published log, in a folder, a zip file, at an address, or below the address of a daybook, and checks all of it.
func (p *program) openLogSource(ctx context.Context, where string, f *ledgerFlags, target string) (_ *openedSource, err error) {
	key, err := f.keyFor(target)
	if err != nil {
		return nil, err
	}
	files, err := tiles.Open(where)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, files.Close())
		}
	}()
	b := p.bar("check the log")
	defer b.end()
	check := func() (*transfer.Log, error) {
		return transfer.OpenLog(ctx, files, key, func(done, total uint64) { b.set(int64(done), int64(total)) })
	}
	l, err := check()
	if errors.Is(err, fs.ErrNotExist) && tiles.IsURL(where) {
		below, wrong := tiles.Open(strings.TrimSuffix(where, "/") + "/log")
		if wrong != nil {
			return nil, errors.Join(err, wrong)
		}
		err = files.Close()
		if files = below; err == nil {
			l, err = check()
		}
	}
	switch {
	case errors.Is(err, notary.ErrSignature), errors.Is(err, notary.ErrProof), errors.Is(err, notary.ErrForm):
		return nil, violationError{fmt.Errorf("%s: %w", where, err)}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return &openedSource{l, files.Close}, nil
}

// keyFor is the public key of a log: the one that is given, or the one of the data directory that is copied to. What is copied into a daybook is what it has signed.
func (f *ledgerFlags) keyFor(target string) (note.Verifier, error) {
	if f.key != "" {
		return keyGiven(f.key)
	}
	if kind, dir := scheme(target); kind == "sqlite" {
		k, err := readKey(dir)
		if err == nil {
			return k.verifier, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, usageError{errors.New("--key is missing: the public key of the log, which tells whether what it says is so; 'daybook key' prints it where the log was made")}
}

// keyGiven is a public key of a log, in text or in a file.
func keyGiven(key string) (note.Verifier, error) {
	if !strings.Contains(key, "+") {
		text, err := readLimited(key, nil, notary.MaxNote)
		if err != nil {
			return nil, fmt.Errorf("--key: %w", err)
		}
		key = string(text)
	}
	v, err := notary.ParseVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	return v, nil
}
