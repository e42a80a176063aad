package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

func (p *program) sortitionBuildCommand() *cobra.Command {
	var f drawFlags
	var options lottery.Options
	var random randomnessFlags
	var objective, out string
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "build --quotas FILE --people FILE --size K",
		Short: "Make the lottery: all panels that may be drawn, and the proof that nobody could do better",
		Long: `Makes M panels that meet all quotas, so that the person on the fewest of them is on as many as can be, then the next, and so on (leximin); nobody's chance
is above the smallest cap that this allows. Each panel is counted anew, person by person, and a certificate is verified: a sum that shows that no lottery
gives everybody a greater chance.

The members of a panel are chosen among people of the same values by a seed. It is a round of drand's quicknet that was named before the tables were closed:
--round N, and its file by --beacon FILE, as https://api.drand.sh/v2/beacons/quicknet/rounds/N gives it. Without one the lottery is a test run, and everything
that follows from it says so.

--objective leximin (default), leximin-uncapped, or goldilocks, which weighs the greatest chance against the smallest.

With --dialogue the pool, the quotas and the seed are those of the record: the lottery is built, panels.txt and lottery.json are written below --dir, and the record is held to
them. Ctrl-C leaves nothing half-written; a lottery that was built is not built again.`,
		Example: `  daybook sortition build --quotas quotas.csv --people people.csv --size 100 --address street,zip -o json
  daybook sortition build --quotas quotas.csv --people people.csv --size 100 --round 27946612 --beacon r1.json --out lottery.json
  daybook sortition build --dialogue dl_fr --actor recruiter:ada`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if on.dialogue != "" {
			if err := on.alone(c); err != nil {
				return err
			}
			return p.buildOn(c, &on)
		}
		if (random.round == 0) != (random.file == "") {
			return usageError{hint(errors.New("a seed needs both: --round N, as it was named, and --beacon FILE"), c)}
		}
		options.Objective = lottery.Objective(objective)
		if known := []string{string(lottery.Leximin), string(lottery.LeximinUncapped), string(lottery.Goldilocks)}; !slices.Contains(known, objective) {
			return usageError{hint(fmt.Errorf("--objective %q: there are %s", objective, strings.Join(known, ", ")), c)}
		}
		if options.Panels < 1 {
			return usageError{hint(fmt.Errorf("--panels %d: a lottery has one panel or more", options.Panels), c)}
		}
		if err := notThere(out); err != nil {
			return err
		}
		d, err := f.read(c)
		if err != nil {
			return err
		}
		if random.file != "" {
			seed, _, err := random.read()
			if err != nil {
				return err
			}
			options.Seed = seed
		}
		return p.build(c.Context(), d, options, random.round, out)
	}
	f.add(c, true)
	on.add(p, c)
	c.Flags().IntVar(&options.Panels, "panels", lottery.DefaultPanels, "how many panels")
	c.Flags().StringVar(&objective, "objective", string(lottery.Leximin), "what the lottery is best at")
	c.Flags().Uint64Var(&random.round, "round", 0, "the round that was named as the seed")
	c.Flags().StringVar(&random.file, "beacon", "", "the file of that round")
	c.Flags().StringVar(&out, "out", "", "write the lottery to this file, for draw, verify and report")
	return c
}

// built is what -o json prints.
type built struct {
	People       int        `json:"people"`
	Types        int        `json:"types"`
	Impossible   int        `json:"impossible"` // people who are on no panel that meets the quotas
	Relaxed      []levelRow `json:"relaxed"`    // the chances that the panels were to give, ascending
	Bound        float64    `json:"bound"`      // no lottery gives everybody who can be on a panel a greater chance
	MinTickets   int        `json:"minTickets"` // of those who can be on a panel
	MaxTickets   int        `json:"maxTickets"`
	Panels       int        `json:"panels"`
	PanelsDigest seal.Hash  `json:"panelsDigest"`
	Seconds      float64    `json:"seconds"`
	PeakRSSMB    int        `json:"peakRssMB"`
}

func (p *program) build(ctx context.Context, d *drawn, options lottery.Options, round uint64, out string) error {
	in, err := d.instance()
	if err != nil {
		return err
	}
	began := time.Now()
	tick, end := p.ticks(ctx, "building the lottery")
	l, err := lottery.Build(in, options, tick)
	end()
	if errors.Is(err, lottery.ErrInfeasible) {
		for _, one := range d.targets.Check(in.People, in.Size).Problems {
			p.say("%s", one)
		}
		if _, more := p.feasible(ctx, in, d.targets.Widest); more != nil {
			return more
		}
	}
	if err != nil {
		return err
	}
	bound, _ := l.Certificate.Bound.Float64()
	r := built{
		People: len(in.People), Types: l.Orbits, Impossible: len(l.Impossible), Relaxed: levelRows(l.Relaxed), Bound: bound, Panels: len(l.Panels),
		PanelsDigest: lottery.Digest(in, l.Panels), Seconds: time.Since(began).Seconds(), PeakRSSMB: peakRSS() >> 20,
	}
	r.MinTickets, r.MaxTickets = l.Range()
	if round == 0 {
		p.say("TEST RUN: built without public randomness; name a round of the beacon for a draw")
	}
	p.tellBuilt(in, l)
	if out != "" {
		file := newLotteryFile(d, in, l)
		file.Test, file.Round = round == 0, round
		if err := writeForm(out, file); err != nil {
			return err
		}
	}
	return printRows(p, r, []built{r}, table.Row{"people", "types", "impossible", "bound", "min tickets", "max tickets", "panels", "digest", "seconds"}, func(r built) table.Row {
		return table.Row{r.People, r.Types, r.Impossible, fmt.Sprintf("%.5f", r.Bound), r.MinTickets, r.MaxTickets, r.Panels, r.PanelsDigest, fmt.Sprintf("%.2f", r.Seconds)}
	})
}

func (p *program) tellBuilt(in lottery.Instance, l *lottery.Lottery) {
	if len(l.Impossible) > 0 {
		p.say("%d people are on no panel that meets the quotas, and have no chance:", len(l.Impossible))
		for n, i := range l.Impossible {
			if n == 20 {
				p.say("  and %d more", len(l.Impossible)-n)
				break
			}
			p.say("  %s", in.People[i].ID)
		}
	}
	fewest, most := l.Range()
	p.say("everybody who can be on a panel has %d to %d tickets of %d; no lottery gives all of them more than %s", fewest, most, len(l.Panels), l.Certificate.Bound.RatString())
}
