package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

func (p *program) vaultCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "vault",
		Short: "Look after participants' words: check them, erase the last byte, change the key",
		Long: `The vault keeps what participants said and told: the openings of the commitments in the record, sealed under keys of their own, which are
wrapped under the key of the vault. The commands erase-words and erase-personal-data ('daybook run', or HTTP) erase from it.`,
	}
	c.AddCommand(p.vaultCheckCommand(), p.vaultCompactCommand(), p.vaultRotateCommand(), p.vaultCopyCommand(), p.vaultUpgradeCommand())
	return c
}

func (p *program) vaultCheckCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "check",
		Short: "Open everything in the vault and compare it with the commitments in the record",
		Long: `Looks up the opening of every commitment in the record. Each is found and matches, or is erased and the record declares it; anything else is a finding:

  missing     there is no opening, and no erasure is declared
  differs     there is one, and the commitment is to something else, or the opening is damaged
  not erased  an erasure is declared, and the opening is there (it came back with an old copy, or the erasure was cut off): 'vault compact' erases it

It changes nothing and works beside a running server. An opening for which there is no event is no finding: a command was cut off before its event.

Exit code 0: everything is as the record says. Exit code 3: something is not, and the output names it. Without the key nothing can be checked: exit code 1.

With -o json: {"commitments", "opened", "erased", "missing", "differs", "notErased", "unclaimed", "pools", "findings": [{"finding", "stream", "version", "event",
"field", "problem"}]}, of which the first 100.`,
		Example: "  daybook vault check --data ./data\n  daybook vault check --data ./data --vault-key /media/key/vault.key -o json",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		r, err := p.vaultCheck(c.Context(), dir)
		if err != nil {
			return err
		}
		header := table.Row{"commitments", "opened", "erased", "missing", "differs", "not erased", "unclaimed", "pools"}
		err = printRows(p, r, []vaultReport{r}, header, func(r vaultReport) table.Row {
			return table.Row{r.Commitments, r.Opened, r.Erased, r.Missing, r.Differs, r.NotErased, r.Unclaimed, r.Pools}
		})
		if n := r.Missing + r.Differs + r.NotErased; err != nil || n == 0 {
			return err
		} else if n > len(r.Findings) {
			defer fmt.Fprintf(p.err, "and %d more\n", n-len(r.Findings))
		}
		for _, f := range r.Findings {
			fmt.Fprintf(p.err, "finding: %s %s@%d %s: %s\n", f.Finding, f.Stream, f.Version, f.Field, f.Problem)
		}
		return violationError{errReported}
	}
	p.dataFlags(c, &dir)
	return c
}

func (p *program) vaultCheck(ctx context.Context, dir string) (r vaultReport, err error) {
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
	b := p.bar("check")
	defer b.end()
	return n.checkVault(ctx, func(done uint64) { b.set(int64(done), 0) })
}

type compacted struct {
	Declared int   `json:"declared"` // openings whose erasure the record declares
	Before   int64 `json:"before"`   // bytes
	After    int64 `json:"after"`
}

func (p *program) vaultCompactCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "compact",
		Short: "Write the vault anew, so that no byte of what was erased is left",
		Long: `Erases once more whatever the record declares erased, so that an erasure that was cut off, or that an old copy has undone, is done. Then it writes the file of
the vault anew: after that nothing of what was erased stands in the data directory, in no page, no gap and no file beside it.

It needs the data directory, and views in PostgreSQL, for itself: stop the servers first. Copies of the vault that were made before have what they have; to close them, see
'daybook vault rotate'. Of a vault in PostgreSQL the tables are written anew, by their owner: --vault names that role; what is left elsewhere is told by docs/postgres.md.

With -o json: {"declared", "before", "after"}: openings that the record declares erased, and the bytes of the file or the tables.`,
		Example: "  daybook vault compact --data ./data",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		r, err := p.vaultCompact(c.Context(), dir)
		if err != nil {
			return err
		}
		return printRows(p, r, []compacted{r}, table.Row{"declared erased", "bytes before", "bytes after"}, func(r compacted) table.Row {
			return table.Row{r.Declared, r.Before, r.After}
		})
	}
	p.dataFlags(c, &dir)
	return c
}

func (p *program) vaultCompact(ctx context.Context, dir string) (r compacted, err error) {
	n, err := openOld(ctx, dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if r.Before, err = n.vault.Size(ctx); err != nil {
		return r, err
	}
	gone, err := n.declaredErased(ctx)
	if err != nil {
		return r, err
	}
	r.Declared = len(gone)
	if err := n.vault.Erase(ctx, gone...); err != nil {
		return r, err
	}
	if err := n.vault.Compact(ctx); err != nil {
		return r, err
	}
	r.After, err = n.vault.Size(ctx)
	return r, err
}

// openOld is openNode for a daybook that is there already, with a vault in it.
func openOld(ctx context.Context, dir string) (*node, error) {
	if err := isDaybook(ctx, dir); err != nil {
		return nil, err
	}
	e, err := chosen(ctx)
	if err != nil {
		return nil, err
	}
	sealed, err := e.hasVault(ctx, dir)
	if err != nil {
		return nil, err
	}
	if !sealed {
		return nil, e.noVault(dir)
	}
	return openNode(ctx, dir)
}

type rotated struct {
	Subjects int    `json:"subjects"`
	From     string `json:"from"`
	To       string `json:"to"`
	KeyFile  string `json:"keyFile"`
}

func (p *program) vaultRotateCommand() *cobra.Command {
	var dir, file string
	c := args(&cobra.Command{
		Use:   "rotate --new-key FILE",
		Short: "Put the vault under a new key",
		Long: `Wraps the keys of all subjects under the key in FILE, all of them or none; where there is no such file, the key is made. The words stay as they are sealed.
Cut off, the vault is under the one key or the other; run it again.

From then on give --vault-key FILE, or put FILE in the place of the old one. Copies of the vault that were made before open under the old key alone: once every
copy of that key is destroyed, nobody reads them any more, and what was erased since is gone from them, too.

It needs the data directory, and views in PostgreSQL, for itself: stop the servers first. With -o json: {"subjects", "from", "to", "keyFile"}, the keys by their ids.`,
		Example: "  daybook vault rotate --data ./data --new-key /media/key/vault-2.key",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if file == "" {
			return usageError{hint(errors.New("--new-key names the file of the new key"), c)}
		}
		r, err := p.vaultRotate(c.Context(), dir, file)
		if err != nil {
			return err
		}
		if r.From == r.To {
			p.say("the vault is under the key %s already", r.To)
		} else {
			p.say("the vault opens under %s from now on; destroy every copy of the key %s to close the copies of the vault that were made before", file, r.From)
		}
		return printRows(p, r, []rotated{r}, table.Row{"subjects", "from", "to", "key file"}, func(r rotated) table.Row {
			return table.Row{r.Subjects, r.From, r.To, r.KeyFile}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&file, "new-key", "", "file of the new key; made where there is none")
	return c
}

func (p *program) vaultRotate(ctx context.Context, dir, file string) (r rotated, err error) {
	to, err := vault.ReadKey(file)
	made := errors.Is(err, fs.ErrNotExist)
	if err != nil && !made {
		return r, err
	}
	n, err := openOld(ctx, dir)
	if errors.Is(err, vault.ErrKey) && !made { // it was rotated before, perhaps
		p.vaultKey = file
		n, err = openOld(p.withVaultKey(ctx), dir)
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if made {
		if to, err = vault.MakeKey(file, rand.Reader); err != nil {
			return r, err
		}
	}
	r = rotated{From: n.vault.KeyID(), To: to.ID(), KeyFile: file}
	b := p.bar("rotate")
	defer b.end()
	r.Subjects, err = n.vault.Rotate(ctx, to, func(done int) { b.set(int64(done), 0) })
	return r, err
}

type upgraded struct {
	Openings int `json:"openings"`
}

func (p *program) vaultUpgradeCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "upgrade",
		Short: "Seal a vault of an older format, in which words lie in plain",
		Long: `Seals what an older daybook has written in plain, under the key of the vault, which is made where there is none. The sealed file is made beside the old one,
compared with it, and put in its place; then the old one is overwritten and removed. Cut off, it is run again.

It needs the data directory for itself: stop the server first. What an SSD or a file system keeps of overwritten bytes, and copies that were made before,
are out of reach. With -o json: {"openings"}, 0 where the vault was sealed already.`,
		Example: "  daybook vault upgrade --data ./data",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		n, err := p.vaultUpgrade(c.Context(), dir)
		if err != nil {
			return err
		}
		r := upgraded{n}
		return printRows(p, r, []upgraded{r}, table.Row{"openings sealed"}, func(r upgraded) table.Row { return table.Row{r.Openings} })
	}
	p.dataFlags(c, &dir)
	return c
}

func (p *program) vaultUpgrade(ctx context.Context, dir string) (sealed int, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if n.engines.vault != "" {
		return 0, errors.New("a vault in PostgreSQL was sealed from the beginning: there is nothing to upgrade. Without --vault, that in the data directory is meant")
	}
	if !hasVault(dir) {
		return 0, n.engines.noVault(dir)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return 0, err
	}
	n.locks = append(n.locks, lock)
	plain, err := vaultsqlite.IsPlain(ctx, vaultFile(dir))
	if err != nil {
		return 0, err
	}
	keyOf := readVaultKey
	if plain {
		keyOf = needVaultKey
	}
	key, err := keyOf(ctx, dir)
	if err != nil {
		return 0, err
	}
	b := p.bar("upgrade")
	defer b.end()
	return vaultsqlite.Upgrade(ctx, vaultFile(dir), vaultsqlite.Options{Key: key}, func(ctx context.Context, events map[domain.EventID]domain.StreamID) error {
		for r, err := range replay.Records(ctx, n.ledger) {
			if err != nil {
				return err
			}
			if _, wanted := events[r.ID]; wanted {
				events[r.ID] = r.Stream
			}
			b.set(int64(r.Seq), 0)
		}
		return nil
	})
}
