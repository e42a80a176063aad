package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
	"daybook.internal/sortition/tables"
)

func (p *program) sortitionDrawCommand() *cobra.Command {
	var f drawFlags
	var random randomnessFlags
	var form tables.Form
	var file, test, context, selected, remaining, out string
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "draw --quotas FILE --people FILE --lottery FILE --round N --beacon FILE",
		Short: "Draw one of the panels by public randomness, and write who is selected and who remains",
		Long: `Draws one of the panels of a lottery by a round of drand's quicknet that was named before the panels were published: --round N, and its file by
--beacon FILE. The round is verified offline. All panels have the same chance, exactly. --context says which draw this is, where one round draws several.

--selected and --remaining write the table of people in two, with all their columns; --safe puts an apostrophe before cells that a spreadsheet would take for
formulas, and --bom marks them as UTF-8 for Excel. --out writes the draw itself, for verify. No file is written over.

--test TEXT draws a test run from a text instead: it is no draw, and every file says so.

With --dialogue the panels and the round are those of the record: the panel is drawn on it, and selected.csv and remaining.csv are written below --dir.`,
		Example: "  daybook sortition draw --quotas quotas.csv --people people.csv --lottery lottery.json --round 27980000 --beacon r2.json --selected selected.csv --remaining remaining.csv --out draw.json\n" +
			"  daybook sortition draw --dialogue dl_fr --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if on.dialogue != "" {
			if err := on.alone(c, "safe", "bom"); err != nil {
				return err
			}
			return p.drawOn(c, &on, form)
		}
		isTest := c.Flags().Changed("test")
		if file == "" || isTest == (random.file != "") || (random.round == 0) != (random.file == "") {
			return usageError{hint(errors.New("name the lottery, --lottery FILE, and the randomness, --round N --beacon FILE, or --test TEXT for a test run"), c)}
		}
		if err := notThere(selected, remaining, out); err != nil {
			return err
		}
		d, err := f.read(c)
		if err != nil {
			return err
		}
		var kept lotteryFile
		if err := readForm(file, lotteryForm, &kept, &kept.Form); err != nil {
			return err
		}
		in, l, err := kept.lottery(d)
		if err != nil {
			return err
		}
		if err := l.Check(in); err != nil {
			return violationError{err}
		}
		made := drawFile{Form: drawForm, Test: isTest || kept.Test, PanelsDigest: kept.PanelsDigest, Context: context}
		if isTest {
			made.Randomness = sha256.Sum256([]byte("daybook-test-run\x00" + test))
		} else if made.Randomness, made.Beacon, err = random.read(); err != nil {
			return err
		}
		if !made.Test && random.round <= kept.Round {
			return violationError{fmt.Errorf("round %d draws, and round %d was the seed: the draw is by a later one", random.round, kept.Round)}
		}
		made.Index = lottery.Draw(made.Randomness[:], context, len(l.Panels))
		made.Panel = kept.Panels[made.Index]
		if err := p.writeDrawn(d, l.Panels[made.Index], made, form, selected, remaining); err != nil {
			return err
		}
		if out != "" {
			if err := writeForm(out, made); err != nil {
				return err
			}
		}
		p.sayTest(made.Test)
		p.say("panel %d of %d is drawn (counted from 0)", made.Index, len(l.Panels))
		return printRows(p, made, made.Panel, table.Row{"selected"}, func(id string) table.Row { return table.Row{id} })
	}
	f.add(c, false)
	on.add(p, c)
	c.Flags().StringVar(&file, "lottery", "", "the lottery that 'build --out' wrote")
	c.Flags().Uint64Var(&random.round, "round", 0, "the round that was named for the draw")
	c.Flags().StringVar(&random.file, "beacon", "", "the file of that round")
	c.Flags().StringVar(&test, "test", "", "draw a test run from this text")
	c.Flags().StringVar(&context, "context", "", "which draw this is")
	c.Flags().StringVar(&selected, "selected", "", "write the people who are selected")
	c.Flags().StringVar(&remaining, "remaining", "", "write the people who remain")
	c.Flags().StringVar(&out, "out", "", "write the draw")
	c.Flags().BoolVar(&form.Safe, "safe", false, "make formulas in cells harmless")
	c.Flags().BoolVar(&form.Mark, "bom", false, "begin tables with a byte order mark")
	return c
}

func (p *program) sayTest(test bool) {
	if test {
		p.say("TEST RUN: this is no draw; it does not rest on public randomness")
	}
}

// writeDrawn writes the two tables.
func (p *program) writeDrawn(d *drawn, panel []int, made drawFile, form tables.Form, selected, remaining string) error {
	in, rest := d.pool.Split(panel)
	for _, one := range []struct {
		path  string
		table tables.Table
	}{{selected, in}, {remaining, rest}} {
		if one.path == "" {
			continue
		}
		if made.Test {
			one.table = one.table.With("TEST RUN", "not a draw")
		}
		if err := writeNew(one.path, 0o600, func(f *os.File) error { return one.table.Write(f, form) }); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) sortitionVerifyCommand() *cobra.Command {
	var f drawFlags
	var file, draw string
	var replay bool
	var on stepFlags
	c := args(&cobra.Command{
		Use:   "verify --quotas FILE --people FILE --lottery FILE [--draw FILE]",
		Short: "Check a lottery and a draw: every panel, the certificate, the beacon and the panel that it draws",
		Long: `Checks what somebody else built and drew, without trusting how: every panel has so many members, meets all quotas and has nobody twice or of one address; the
certificate adds up, in whole numbers; the beacon is the chain's; and it draws the panel that was drawn. With --replay the lottery is built again from the tables
and the seed, and the panels must be the same.

With --dialogue the files below --dir are held against the record: the sealed pool, the panels, everybody's tickets, the certificate, the panel that was drawn.

Exit code 3 where anything is not as it is said to be.`,
		Example: "  daybook sortition verify --quotas quotas.csv --people people.csv --lottery lottery.json --draw draw.json --replay\n" +
			"  daybook sortition verify --dialogue dl_fr --replay",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if on.dialogue != "" {
			if err := on.alone(c, "replay"); err != nil {
				return err
			}
			return p.verifyOn(c, &on, replay)
		}
		if file == "" {
			return usageError{hint(errors.New("name the lottery: --lottery FILE"), c)}
		}
		d, err := f.read(c)
		if err != nil {
			return err
		}
		var kept lotteryFile
		if err := readForm(file, lotteryForm, &kept, &kept.Form); err != nil {
			return err
		}
		rows := []verifiedRow{}
		add := func(what, format string, args ...any) {
			rows = append(rows, verifiedRow{what, fmt.Sprintf(format, args...)})
		}
		in, l, err := kept.lottery(d)
		if err != nil {
			return err
		}
		if err := l.Check(in); err != nil {
			return violationError{err}
		}
		fewest, most := l.Range()
		add("panels", "%d panels of %d meet %d quotas", len(l.Panels), in.Size, len(in.Quotas))
		add("digest", "%s", kept.PanelsDigest)
		add("tickets", "%d to %d; %d people on no panel", fewest, most, len(l.Impossible))
		add("certificate", "no lottery gives everybody else more than %s", kept.Bound)
		if draw != "" {
			made, round, err := kept.check(draw)
			if err != nil {
				return err
			}
			p.sayTest(made.Test)
			by := fmt.Sprintf("round %d of the beacon", round)
			if round == 0 {
				by = "a text, as a test run"
			}
			add("draw", "panel %d by %s", made.Index, by)
		}
		if replay {
			tick, end := p.ticks(c.Context(), "building the lottery again")
			again, err := lottery.Build(in, lottery.Options{Panels: len(l.Panels), Objective: kept.Objective, Seed: kept.Seed}, tick)
			end()
			if err != nil {
				return err
			}
			if again.Algorithm != kept.Algorithm {
				return fmt.Errorf("the lottery was built by %q and this program builds by %q; replay with one that knows it", kept.Algorithm, again.Algorithm)
			}
			if got := seal.Hash(lottery.Digest(in, again.Panels)); got != kept.PanelsDigest {
				return violationError{fmt.Errorf("built again from the same tables and seed the panels are others: %s, not %s", got, kept.PanelsDigest)}
			}
			add("replay", "the same panels")
		}
		p.sayTest(kept.Test)
		return printRows(p, rows, rows, table.Row{"check", "result"}, func(r verifiedRow) table.Row { return table.Row{r.Check, r.Result} })
	}
	f.add(c, false)
	on.add(p, c)
	c.Flags().StringVar(&file, "lottery", "", "the lottery")
	c.Flags().StringVar(&draw, "draw", "", "the draw")
	c.Flags().BoolVar(&replay, "replay", false, "build the lottery again")
	return c
}

// verifiedRow is one check that was passed.
type verifiedRow struct {
	Check  string `json:"check"`
	Result string `json:"result"`
}

// check holds a draw against the lottery that it is of.
func (f lotteryFile) check(path string) (made drawFile, round uint64, err error) {
	if err := readForm(path, drawForm, &made, &made.Form); err != nil {
		return made, 0, err
	}
	violation := func(format string, args ...any) (drawFile, uint64, error) {
		return made, 0, violationError{fmt.Errorf(path+": "+format, args...)}
	}
	if made.PanelsDigest != f.PanelsDigest {
		return violation("it is a draw from other panels: %s, not %s", made.PanelsDigest, f.PanelsDigest)
	}
	hasBeacon := len(made.Beacon) > 0
	if hasBeacon {
		if round, err = made.verified(); err != nil {
			return violation("%w", err)
		}
		if f.Round > 0 && round <= f.Round {
			return violation("round %d draws, and round %d was the seed: the draw is by a later one", round, f.Round)
		}
	}
	if made.Test != (f.Test || !hasBeacon) {
		return violation("it says that it is a test run, or does not, and it is not so")
	}
	if want := lottery.Draw(made.Randomness[:], made.Context, len(f.Panels)); made.Index != want {
		return violation("the randomness draws panel %d, not %d", want, made.Index)
	}
	if !sameMembers(made.Panel, f.Panels[made.Index]) {
		return violation("the people who are said to be selected are not those of panel %d", made.Index)
	}
	return made, round, nil
}

func sameMembers(a, b []string) bool {
	return seal.Digest(seal.Panels{List: [][]string{a}}.Text()) == seal.Digest(seal.Panels{List: [][]string{b}}.Text())
}
