package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/ledger"
	"daybook.internal/ledger/transfer"
	"daybook.internal/notary/publish"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// backedUp is what a backup holds.
type backedUp struct {
	Backup    string `json:"backup"`
	Records   uint64 `json:"records"`
	New       uint64 `json:"new"` // of these, were not in the backup before
	Root      string `json:"root"`
	Published int64  `json:"published"`        // size of the head of the log that is in the backup
	Vault     int64  `json:"vault"`            // bytes; 0 where there is none
	Access    *int   `json:"access,omitempty"` // files of DIR/access that were copied, where --access asked for them
	// Left is what another engine keeps, and its own backup has to have.
	Left []string `json:"left,omitempty"`
}

func (p *program) backupCommand() *cobra.Command {
	var dir, to string
	var withAccess bool
	c := args(&cobra.Command{
		Use:   "backup --to DIR",
		Short: "Copy a data directory, also while it is served, so that it can be restored",
		Long: `Copies the published log, the ledger and the vault to DIR, in this order, so that the copy is of one piece: the ledger has all that its log has signed, and
the vault the words of everything that the ledger has. Run again, it adds what is new. The ledger is compared from its first record on, and read again in the copy; a
backup that is not the beginning of the ledger is refused, as one of the two is not what it was.

DIR is a data directory without keys, views and head. Keep these yourself, and elsewhere: 'log.key' in a safe; the key of the vault apart from every copy of the vault; 'head'
where it is not put back together with the ledger, as it alone tells that a ledger is an older one. Views follow from the ledger.

--access copies DIR/access as well: the key that signs tokens, the key of pseudonyms, tokens and API keys. Whoever has that copy can act as anybody on this daybook, so it is not in a backup unless
you ask for it, and then the backup is to be kept as a key is.

A ledger in KurrentDB is copied to DIR like any other. A vault in PostgreSQL is not: it is left to pg_dump of the schema "vault", or to
'daybook vault copy', after this command; views follow from the ledger
wherever they are.

docs/backup.md says how to restore, and what an old backup means. With -o json: {"backup", "records", "new", "root", "published", "vault", "access", "left"}.`,
		Example: "  daybook backup --data ./data --to /media/backup/daybook\n  daybook backup --data ./data --to /media/safe/daybook --access",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if to == "" {
			return usageError{hint(errors.New("--to is missing: the folder of the backup"), c)}
		}
		if sameFolder(dir, to) {
			return usageError{hint(errors.New("a backup in the data directory is lost with it: --to names another folder"), c)}
		}
		r, err := p.backup(c.Context(), dir, to)
		if err != nil {
			return err
		}
		if withAccess {
			n, err := accessDir(dir).CopyTo(accessDir(to))
			if err != nil {
				return fmt.Errorf("copy %s: %w", accessDir(dir), err)
			}
			r.Access = &n
		}
		for _, left := range r.Left {
			p.say("not in it: %s", left)
		}
		p.say("not in it, and to be kept elsewhere, apart from it and from each other: %s", strings.Join(p.keptApart(c.Context(), dir, withAccess), ", "))
		return printRows(p, r, []backedUp{r}, table.Row{"backup", "records", "new", "root", "published", "vault bytes"}, func(r backedUp) table.Row {
			return table.Row{r.Backup, r.Records, r.New, r.Root, r.Published, r.Vault}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&to, "to", "", "folder of the backup; made where there is none")
	c.Flags().BoolVar(&withAccess, "access", false, "copy DIR/access as well, which holds secrets: tokens and API keys go on to count after a restoration, and people keep their pseudonyms")
	return c
}

// keptApart are the files that a restoration needs besides the backup.
func (p *program) keptApart(ctx context.Context, dir string, withAccess bool) []string {
	apart := []string{filepath.Join(dir, keyFile), vaultKeyFile(ctx, dir), "the head of the last published log (" + filepath.Join(dir, "head") + ", or where --head has it)"}
	if secrets := string(accessDir(dir)); !withAccess && isThere(secrets) {
		apart = append(apart, secrets+" (or take it into the backup: --access)")
	}
	return apart
}

func (p *program) backup(ctx context.Context, dir, to string) (r backedUp, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	target, err := p.openTarget(ctx, to, &ledgerFlags{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	r.Backup = to
	// The log first: what it has signed, the ledger has.
	if r.Published, err = backupLog(ctx, dir, to); err != nil {
		return r, err
	}
	bulk, err := p.backupLedger(ctx, n.ledger, target) // which may take long, and is not in the way of what follows
	if err != nil {
		return r, err
	}
	if n.engines.vault != "" {
		r.Left = append(r.Left, "the vault, which PostgreSQL keeps; now back up its schema vault (pg_dump --schema=vault), or copy it to the backup (daybook vault copy --to "+to+")")
	}
	end, err := backupVault(ctx, n, dir, to)
	if err != nil {
		return r, err
	}
	whole := bulk
	if end > bulk.Records {
		if whole, err = p.backupLedger(ctx, transfer.First(n.ledger, end), target); err != nil {
			return r, err
		}
	}
	r.Records, r.New, r.Root = whole.Records, whole.Records-bulk.Had, whole.Root.String()
	return r, p.finishBackup(&r, dir, to)
}

// backupVault copies the vault, and says how many records of the ledger belong to the copy.
//
// Words are sealed before the ledger has their event, so the copy has those of all records that were there before it was made. Words are erased after the ledger has the erasure;
// so where the copy lacks some, the ledger has to reach to the erasure that declares it. Everything before that was there before the copy, too.
func backupVault(ctx context.Context, n *node, dir, to string) (end uint64, err error) {
	if end, err = n.ledger.Head(ctx); err != nil || n.engines.vault != "" || !hasVault(dir) {
		return end, err
	}
	if err := vaultsqlite.Copy(ctx, vaultFile(dir), vaultFile(to)); err != nil {
		return 0, err
	}
	for e, err := range n.ledger.All(ctx, ledger.Cursor{Seq: end}) {
		if err != nil {
			return 0, err
		}
		f, err := e.Decode()
		if err != nil {
			return 0, err
		}
		places, err := n.erasedBy(ctx, f)
		if err != nil {
			return 0, err
		}
		if len(places) == 0 {
			continue
		}
		erased, err := vaultsqlite.Lacks(ctx, vaultFile(to), places...)
		if err != nil {
			return 0, err
		}
		if erased {
			end = e.Cursor.Seq
		}
	}
	return end, nil
}

// finishBackup copies what is small and changes by hand alone.
func (p *program) finishBackup(r *backedUp, dir, to string) error {
	if info, err := os.Stat(vaultFile(to)); err == nil {
		r.Vault = info.Size()
	}
	policy, err := os.ReadFile(filepath.Join(dir, "policy"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "policy"), policy, 0o600)
	}
	return err
}

// backupLog copies what is published, the archived heads among it: they cannot be made again.
func backupLog(ctx context.Context, dir, to string) (size int64, err error) {
	if !isThere(filepath.Join(dir, keyFile)) {
		return 0, nil
	}
	log, err := openLog(dir)
	if err != nil {
		return 0, err
	}
	head, _, err := log.CopyTo(ctx, logDir(to))
	if errors.Is(err, publish.ErrNothing) {
		return 0, nil
	}
	if isRefused(err) {
		err = violationError{err}
	}
	return head.Size, err
}

func (p *program) backupLedger(ctx context.Context, from transfer.Source, target *openedTarget) (transfer.Report, error) {
	b := p.bar("backup")
	defer b.end()
	r, err := transfer.Copy(ctx, from, target.Ledger, func(done, total uint64) { b.set(int64(done), int64(total)) })
	if errors.Is(err, transfer.ErrOther) {
		err = fmt.Errorf("%w. Either this is the backup of another ledger, or the ledger or its backup is not what it was: find out which before you overwrite anything", err)
	}
	return r, err
}
