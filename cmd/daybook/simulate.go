package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/simulate"
)

func (p *program) simulateCommand() *cobra.Command {
	var dir string
	var events int
	o := simulate.Options{}
	c := args(&cobra.Command{
		Use:   "simulate",
		Short: "Make a synthetic global edition from a seed",
		Long: fmt.Sprintf(`Makes a synthetic edition: partners and a committee, questions and their translations, people drawn by lot, a day of dialogue in every country,
votes, worksheets and comments, tallies, recommendations, a synthesis, and what became of it. Nobody said or did any of it, and the record says so
(EditionOpened.synthetic). The shares of the answers are centred on those that were published for the dialogues of 2020.

The same options give the same ledger, byte for byte. Everything is done by the same commands that people use, so it also exercises every rule. Running it
again writes nothing new; a run that was cut off goes on where it stopped. One data directory holds one synthetic edition; others may stand beside it.

Countries are taken from a list of %d real ones, the first ones from everywhere. Every third country opens its dialogue to everybody online besides.
--events sets the sizes: rooms of up to 200 citizens first, then people online, for about so many events (within 5 of 100).

With -o json: {"edition", "events", "written", "types": {type: events}}.`, simulate.MaxCountries),
		Example: `  daybook simulate --data ./data --seed 1 --countries 12 --citizens 60
  daybook simulate --data ./load --events 1000000 -o json`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("events") {
			if c.Flags().Changed("citizens") || c.Flags().Changed("online") {
				return usageError{hint(errors.New("--events sets the sizes: leave out --citizens and --online"), c)}
			}
			var err error
			if o, err = simulate.Sized(o.Seed, o.Countries, events); err != nil {
				return usageError{err}
			}
		}
		if err := o.Check(); err != nil {
			return usageError{err}
		}
		r, err := p.simulate(c, dir, o)
		if err != nil {
			return err
		}
		return printRows(p, r, slices.Sorted(maps.Keys(r.Types)), table.Row{"type", "events"}, func(t string) table.Row { return table.Row{t, r.Types[t]} })
	}
	p.dataFlags(c, &dir)
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "what chance comes from: the same seed and sizes give the same edition")
	c.Flags().IntVar(&o.Countries, "countries", simulate.MaxCountries, "how many countries take part")
	c.Flags().IntVar(&o.Citizens, "citizens", 100, "seats for citizens in each country")
	c.Flags().IntVar(&o.Online, "online", 50, "people online in each country that is open to everybody")
	c.Flags().IntVar(&events, "events", 0, "about how many events to make; sets the sizes")
	return c
}

// simulate makes the edition, brings the views up to it, and commits to them.
func (p *program) simulate(c *cobra.Command, dir string, o simulate.Options) (_ simulate.Result, err error) {
	n, err := openNode(c.Context(), dir)
	if err != nil {
		return simulate.Result{}, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	b := p.bar("simulate")
	r, err := simulate.Run(c.Context(), n.service, o, func(done, total int) { b.set(int64(done), int64(total)) })
	b.end()
	if err != nil {
		return r, err
	}
	p.say("%s: %d countries, %d citizens in each, %d events, %d of them new", r.Edition, o.Countries, o.Citizens, r.Events, r.Written)
	return r, n.settle(c.Context(), p)
}
