package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/vault"
)

// vaultCopied is what a vault has in common with its copy.
type vaultCopied struct {
	Openings int    `json:"openings"`
	Key      string `json:"key"` // by its id
}

func (p *program) vaultCopyCommand() *cobra.Command {
	var dir, to string
	c := args(&cobra.Command{
		Use:   "copy --to DSN|DIR",
		Short: "Copy the vault to a PostgreSQL database, or to a data directory",
		Long: `Opens every opening of the vault and seals it in another one, under the same key: that of the PostgreSQL database of a DSN, which was migrated, or that of a data directory. Each
is opened there again and compared. Run again, it adds what is new; a vault that holds something else at a place is refused.

With 'daybook copy', which does it for the ledger, an edition moves to other engines and back. It works beside a running server; to move for good, stop the server, copy a last time, and give the new
address. What was erased here since an earlier copy is still there: 'daybook vault compact' erases it.

Give no password in a DSN: passfile=FILE, or PGPASSFILE, names a file with it. With -o json: {"openings", "key"}.`,
		Example: `  daybook vault copy --data ./data --to postgres://daybook_server@db.example.org/daybook?sslmode=verify-full
  daybook vault copy --data ./data --vault postgres://daybook_server@db.example.org/daybook?sslmode=verify-full --to /media/backup/daybook`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if to == "" {
			return usageError{hint(errors.New("--to is missing: the DSN of a database, or a data directory"), c)}
		}
		r, err := p.vaultCopy(c.Context(), dir, to)
		if err != nil {
			return err
		}
		return printRows(p, r, []vaultCopied{r}, table.Row{"openings", "key"}, func(r vaultCopied) table.Row { return table.Row{r.Openings, r.Key} })
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&to, "to", "", "DSN of the database, or data directory, to copy to")
	return c
}

// copiedAt is how many openings are copied at a time.
const copiedAt = 500

func (p *program) vaultCopy(ctx context.Context, dir, to string) (r vaultCopied, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.openVault(ctx); err != nil {
		return r, err
	}
	if n.vault == nil {
		return r, n.engines.noVault(dir)
	}
	key, err := readVaultKey(ctx, dir)
	if err != nil {
		return r, err
	}
	target, err := p.openVaultCopy(ctx, dir, to, key, n.engines)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	b := p.bar("vault")
	defer b.end()
	r.Key = n.vault.KeyID()
	var some []vault.Opening
	for at, err := range n.vault.Places(ctx) {
		if err != nil {
			return r, err
		}
		o, err := n.vault.Open(ctx, at)
		if errors.Is(err, vault.ErrNotFound) { // erased meanwhile
			continue
		}
		if err != nil {
			return r, err
		}
		if some = append(some, o); len(some) == copiedAt {
			if err := keepAll(ctx, target, some); err != nil {
				return r, err
			}
			r.Openings += len(some)
			some = some[:0]
			b.set(int64(r.Openings), 0)
		}
	}
	r.Openings += len(some)
	return r, keepAll(ctx, target, some)
}

// openVaultCopy opens the vault that is copied to, and makes a data directory where there is none.
func (p *program) openVaultCopy(ctx context.Context, dir, to string, key vault.Key, from engines) (wordKeeper, error) {
	e := engines{}
	switch {
	case isDSN(to):
		e.vault = to
	case from.vault == "" && sameFolder(dir, to):
		return nil, usageError{errors.New("--to is the vault that is copied")}
	default:
		if err := os.MkdirAll(to, 0o700); err != nil {
			return nil, fmt.Errorf("data directory %s: %w", to, err)
		}
	}
	v, _, err := e.openVault(ctx, to, key, false)
	if err != nil {
		err = fmt.Errorf("--to: %w", err)
	}
	return v, err
}

// keepAll puts openings into a vault, and opens them there.
func keepAll(ctx context.Context, v wordKeeper, some []vault.Opening) error {
	if len(some) == 0 {
		return nil
	}
	if err := v.Keep(ctx, some...); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	for _, want := range some {
		have, err := v.Open(ctx, want.Place)
		if err == nil && (have.Commitment() != want.Commitment() || have.Subject != want.Subject) {
			err = fmt.Errorf("%v: %w: it is not what was put there", want.Place, vault.ErrDamaged)
		}
		if err != nil {
			return fmt.Errorf("--to: %w", err)
		}
	}
	return nil
}
