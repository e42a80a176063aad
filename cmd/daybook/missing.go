package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/process"
	"daybook.internal/replay"
)

func (p *program) missingCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "missing DIALOGUE",
		Short: "List what a dialogue lacks for its next step",
		Long: `Lists what a dialogue lacks before it can be authorised, or, once it is, before it can be certified: approvals and translations, training, counts
that are not reconciled, findings; and which of its recommendations lead to nothing, or are not accounted for. It is read from the record alone, and
changes nothing.

The exit code is 0 where nothing is missing, and 1 where something is.`,
		Example: "  daybook missing dl_FR --data ./data\n  daybook missing dl_FR --data ./data -o json",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		n, err := openLedger(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		gaps, err := n.missing(c.Context(), domain.DialogueID(given[0]))
		if err != nil {
			return err
		}
		if len(gaps) == 0 {
			p.say("nothing is missing for dialogue %s", given[0])
		}
		err = printRows(p, gaps, gaps, table.Row{"rule", "about", "what to do"}, func(g process.Gap) table.Row { return table.Row{g.Rule, g.About, g.Text} })
		if err == nil && len(gaps) > 0 {
			err = fmt.Errorf("%d missing for dialogue %s", len(gaps), given[0])
		}
		return err
	}
	p.dataFlags(c, &dir)
	return c
}

// missing folds the dossier of a dialogue and asks it.
func (n *node) missing(ctx context.Context, id domain.DialogueID) ([]process.Gap, error) {
	d, _, err := commands.Load[domain.Dialogue](ctx, n.ledger, domain.DialogueStream(id))
	if err != nil {
		return nil, err
	}
	if d.Registered() == nil {
		return nil, fmt.Errorf("there is no dialogue %q; 'daybook view list dialogue' lists those that there are", id)
	}
	dossier := process.NewDossier(*d.Registered())
	for r, err := range replay.Records(ctx, n.ledger) {
		if err != nil {
			return nil, err
		}
		if !process.Reads(r.Type) {
			continue
		}
		f, err := r.Decode()
		if err != nil {
			return nil, err
		}
		dossier.Add(f)
	}
	return dossier.Missing(), nil
}
