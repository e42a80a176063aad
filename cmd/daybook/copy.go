package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/ledger/transfer"
)

// copied is what two ledgers have in common after a copy.
type copied struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Records uint64 `json:"records"`
	Copied  uint64 `json:"copied"` // of these, were not there before
	Root    string `json:"root"`
}

func (p *program) copyCommand() *cobra.Command {
	var from, to string
	var flags ledgerFlags
	c := args(&cobra.Command{
		Use:   "copy --from ADDRESS --to ADDRESS",
		Short: "Copy a ledger to another one, record for record, and compare the roots of both",
		Long: `Appends to the target what it lacks of the source, and reads it there again. Records keep their bytes and their order, so leaf and root of the log, and every
view, are the same on both sides; the root that is printed is that over the leaves of the source and over those of the target.

` + ledgerAddressHelp + `

Cut off, run it again: it compares what is there, and goes on. A target that has anything but the beginning of the source is refused, and nothing is written. The
source may be in use, and is copied up to its head; nobody else may write to the target.

Only the ledger is copied: views follow from it, and the log can be published anew from it with the same key ('log.key' and 'head'); the vault is a file of its own,
see 'daybook backup'. A ledger that has lost its end gets it back from its own published log, up to the last published head.

Exit code 3: the target does not give back what was appended, the source is damaged, or a log is not what was signed. With -o json: {"from", "to", "records", "copied", "root"}.`,
		Example: `  daybook copy --from ./data --to ./copy
  daybook copy --from ./data --to esdb://a.example.org:2113,b.example.org:2113,c.example.org:2113 --kurrent-credentials /run/secrets/kurrent
  daybook copy --from log:https://dialogue.example.org/log --to ./data
  daybook copy --from log:edition.zip --key log.pub --to ./mirror -o json`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if from == "" || to == "" {
			return usageError{hint(errors.New("--from and --to name the two ledgers"), c)}
		}
		r, err := p.copyLedger(c.Context(), from, to, &flags)
		var wrong usageError
		if errors.As(err, &wrong) {
			return usageError{hint(err, c)}
		}
		if err != nil {
			return err
		}
		row := copied{shown(from), shown(to), r.Records, r.Records - r.Had, r.Root.String()}
		return printRows(p, row, []copied{row}, table.Row{"from", "to", "records", "copied", "root"}, func(r copied) table.Row {
			return table.Row{r.From, r.To, r.Records, r.Copied, r.Root}
		})
	}
	c.Flags().StringVar(&from, "from", "", "address of the ledger to copy")
	c.Flags().StringVar(&to, "to", "", "address of the ledger to copy to")
	flags.add(c)
	return c
}

func (p *program) copyLedger(ctx context.Context, from, to string, flags *ledgerFlags) (r transfer.Report, err error) {
	if sameFolder(from, to) {
		return r, usageError{errors.New("--from and --to are the same data directory")}
	}
	source, err := p.openSource(ctx, from, flags, to) // first: a mistyped one makes no target
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	target, err := p.openTarget(ctx, to, flags)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	b := p.bar("copy")
	defer b.end()
	return transfer.Copy(ctx, source.Source, target.Ledger, func(done, total uint64) { b.set(int64(done), int64(total)) })
}

// sameFolder tells whether two addresses are of one data directory.
func sameFolder(a, b string) bool {
	kind, a := scheme(a)
	other, b := scheme(b)
	if kind != "sqlite" || other != "sqlite" {
		return false
	}
	resolved := func(dir string) string {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		dir, _ = filepath.Abs(dir)
		return dir
	}
	return resolved(a) == resolved(b)
}
