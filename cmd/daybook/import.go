package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/importers/polis"
)

func (p *program) importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Bring conversations from elsewhere into the ledger"}
	c.AddCommand(p.importPolisCommand())
	return c
}

func (p *program) importPolisCommand() *cobra.Command {
	var dir string
	opts := polis.Options{}
	c := args(&cobra.Command{
		Use:   "polis DIR...",
		Short: "Import open-data exports of Polis",
		Long: `Imports Polis exports: directories with summary.csv, comments.csv and votes.csv. The directory's name becomes the id of the
conversation. Statements' words go to the vault; the ledger holds commitments to them.

Importing the same files again takes place, language and edition from the first time.

Every export is read to its end and checked before anything is written: a truncated or damaged file is an error that names the
file and the line. Importing the same export again writes nothing new; an import that was cut off goes on where it stopped. A conversation
that is there from other files is refused.

With -o json: {"conversation", "read": {"comments", "votes"}, "written", "skipped": {reason: rows}}, for several directories
an array of these.`,
		Example: `  daybook import polis exports/brexit-consensus --data ./data --place GB --lang en
  daybook import polis exports/* --data ./data -o json`,
	}, cobra.MinimumNArgs(1))
	c.RunE = func(c *cobra.Command, dirs []string) error {
		results, err := p.importPolis(c.Context(), dir, dirs, opts)
		if err != nil {
			return err
		}
		var value any = results
		if len(results) == 1 {
			value = results[0]
		}
		return printRows(p, value, results, table.Row{"conversation", "comments read", "votes read", "skipped", "events written"}, func(r polis.Result) table.Row {
			skipped := 0
			for _, n := range r.Skipped {
				skipped += n
			}
			return table.Row{r.Conversation, r.Read.Comments, r.Read.Votes, skipped, r.Written}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar((*string)(&opts.Edition), "edition", "", "edition that the conversations belong to; opened where it is not there (default: imported)")
	c.Flags().StringVar((*string)(&opts.Place), "place", "", "country, as two letters of ISO 3166-1 (default: ZZ, unknown)")
	c.Flags().StringVar((*string)(&opts.Lang), "lang", "", "language of the conversation, as a BCP 47 tag (default: und, unknown)")
	c.Flags().StringVar(&opts.Licence, "licence", "", "licence of the data, for the record of the import")
	return c
}

// importPolis reads and checks all exports before it writes the first one.
func (p *program) importPolis(ctx context.Context, dir string, dirs []string, opts polis.Options) ([]polis.Result, error) {
	if err := checkOptions(opts); err != nil {
		return nil, usageError{err}
	}
	exports := make([]*polis.Export, len(dirs))
	for i, d := range dirs {
		b := p.bar("read " + d)
		x, err := polis.Read(d, func(done, total int64) { b.set(done, total) })
		b.end()
		if err != nil {
			return nil, fmt.Errorf("%w; nothing was written", err)
		}
		exports[i] = x
	}
	n, err := openNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	results := make([]polis.Result, 0, len(exports))
	for _, x := range exports {
		b := p.bar("import " + x.Name)
		r, err := polis.Import(ctx, n.service, x, opts, func(done, total int) { b.set(int64(done), int64(total)) })
		b.end()
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", x.Name, err)
		}
		for _, d := range r.Differences {
			p.say("%s: the export does not agree with itself: %s", x.Name, d)
		}
		results = append(results, r)
	}
	return results, n.settle(ctx, p)
}

// checkOptions looks at what was given.
func checkOptions(o polis.Options) (err error) {
	if o.Place != "" {
		err = o.Place.Check()
	}
	if o.Lang != "" {
		err = errors.Join(err, o.Lang.Check())
	}
	if o.Edition != "" {
		err = errors.Join(err, domain.CheckID("edition", o.Edition))
	}
	return err
}

func dataFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "data", "data", "data directory")
}
