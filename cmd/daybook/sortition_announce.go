package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

// rehearsalBeacon is the beacon of rehearsals. Whoever knows the text knows its rounds.
func rehearsalBeacon(text string) beacon.Source {
	return beacon.Synthetic("rehearsal", sha256.Sum256([]byte(text)), time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC).Unix(), 3)
}

func (p *program) sortitionAnnounceCommand() *cobra.Command {
	var f stepFlags
	var quotas, objective, rehearsal string
	var address []string
	var panels, fallback int
	var buildAfter, drawAfter time.Duration
	c := args(&cobra.Command{
		Use:   "announce --dialogue ID --quotas FILE",
		Short: "Say how the seats of a dialogue will be filled, before anybody can know by whom",
		Long: `Begins a selection: it records the seats, the quotas, how far these may be relaxed (min_flex and max_flex of the table), who counts as living together, the number of panels
and the beacon. Quotas of the first selection are those of the dialogue's quota plan. After seats were given back the selection replaces people: its quotas are what those
who stay leave open, as 'daybook sortition replace --dialogue' has written them.

The beacon is drand's quicknet. --rehearsal TEXT takes one that follows from a text instead, in synthetic editions and no others: its rounds can be made at once, and draw nobody.`,
		Example: `  daybook sortition announce --dialogue dl_fr --quotas quotas.csv --address street,zip --actor recruiter:ada
  daybook sortition announce --dialogue dl_fr --quotas quotas.csv --rehearsal autumn --now 2026-05-04T09:00:00Z --actor recruiter:ada`,
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		a, err := s.announcement(quotas)
		if err != nil {
			return err
		}
		a.Objective, a.Panels, a.Fallback = objective, panels, fallback
		a.BuildAfter, a.DrawAfter = int(buildAfter.Milliseconds()), int(drawAfter.Milliseconds())
		if len(address) > 0 {
			a.Address = "the same " + strings.Join(address, ", ")
		}
		if rehearsal != "" {
			a.Beacon = lots.Declare(rehearsalBeacon(rehearsal).Chain, true)
		}
		if err := did(ctx, s, "announce", a, s.node.service.AnnounceSelection, "%d seats, %d quotas, %d panels", a.Size, len(a.Quotas), a.Panels); err != nil {
			return err
		}
		stands := s.record.last().Announced() // with amendments, where it was announced before
		return s.folder(stands.Selection).writeTable(quotasName, public, quotasTable(stands.Quotas), tables.Form{})
	})
	f.add(p, c)
	c.Flags().StringVar(&quotas, "quotas", "", "the table of quotas, CSV (default: quotas may not be relaxed; of a replacement, the file that 'replace' has written)")
	c.Flags().StringSliceVar(&address, "address", nil, "the columns of an address: two people of one address are never on one panel")
	c.Flags().StringVar(&objective, "objective", string(lottery.Leximin), "what the lottery is best at: leximin, leximin-uncapped or goldilocks")
	c.Flags().IntVar(&panels, "panels", lottery.DefaultPanels, "how many panels")
	c.Flags().DurationVar(&buildAfter, "build-after", domain.LeastBuildAfter*time.Millisecond, "how long after the sealing the first round comes, at least")
	c.Flags().DurationVar(&drawAfter, "draw-after", domain.LeastDrawAfter*time.Millisecond, "how long panels are public before the second round, at least")
	c.Flags().IntVar(&fallback, "fallback", 1200, "how many rounds after a missing one the round comes that stands in for it")
	c.Flags().StringVar(&rehearsal, "rehearsal", "", "take a beacon that follows from this text")
	return c
}

// announcement is what the record says about the selection to come: its number, its seats and its quotas.
func (s *stepper) announcement(file string) (domain.SelectionAnnounced, error) {
	a := domain.SelectionAnnounced{Dialogue: s.record.id, Selection: 1, Algorithm: lots.Algorithm(), Beacon: lots.Declare(beacon.Quicknet(), false)}
	last := s.record.last()
	switch {
	case last == nil:
	case last.goesOn() && last.Sealed() == nil: // told again, it is as it was announced; amended quotas are not
		a.Selection = last.number()
	case last.goesOn():
		return a, fmt.Errorf("selection %d goes on; 'daybook sortition status --dialogue %s' says what comes next", last.number(), s.record.id)
	default:
		a.Selection = last.number() + 1
	}
	plan := s.record.dialogue.QuotaPlan()
	if plan == nil {
		return a, fmt.Errorf("%s has no quota plan; 'daybook schema set-quota-plan' has the form, and 'daybook run' brings it in", s.record.id)
	}
	full := s.record.full()
	if full == nil {
		a.Size = s.record.dialogue.Registered().PlannedSize
		for _, dimension := range plan.Dimensions {
			for _, one := range dimension.Strata {
				a.Quotas = append(a.Quotas, domain.SeatQuota{Dimension: dimension.Name, Stratum: one.ID, Min: one.Min, Max: one.Max, LeastMin: one.Min, MostMax: one.Max})
			}
		}
	} else {
		if a.Vacant = s.record.vacant(); len(a.Vacant) == 0 {
			return a, errors.New("no seat is vacant: nobody who was drawn has declined or withdrawn ('daybook sortition answer')")
		}
		left, err := s.openQuotas(full)
		if err != nil {
			return a, err
		}
		a.Size, a.Quotas = len(a.Vacant), left
		if file == "" && s.folder(a.Selection).has(quotasName) {
			file = s.folder(a.Selection).path(quotasName)
		}
	}
	if file == "" {
		return a, nil
	}
	read, err := readQuotas(file)
	if err != nil {
		return a, err
	}
	return a, relaxable(&a, read, file)
}

func readQuotas(file string) (tables.Targets, error) {
	t, err := readTable(file)
	if err != nil {
		return tables.Targets{}, err
	}
	return tables.ReadQuotas(t)
}

// inTable finds each quota in a table, by its place; -1 where it is not there. What a table has beyond them is an error, and so is what it lacks.
func inTable(quotas []domain.SeatQuota, read tables.Targets, file string) ([]int, error) {
	at, used := make([]int, len(quotas)), map[int]bool{}
	var errs []error
	for i, q := range quotas {
		at[i] = -1
		for j, have := range read.Quotas {
			if strings.EqualFold(have.Category, q.Dimension) && strings.EqualFold(have.Value, q.Stratum) {
				at[i], used[j] = j, true
			}
		}
		if at[i] < 0 {
			errs = append(errs, fmt.Errorf("%s: %s %q of the record is not in it", file, q.Dimension, q.Stratum))
		}
	}
	for j, have := range read.Quotas {
		if !used[j] {
			errs = append(errs, fmt.Errorf("%s row %d: the record has no quota of %s %q", file, read.Row[j], have.Category, have.Value))
		}
	}
	return at, errors.Join(errs...)
}

// relaxable takes from a table how far quotas may be relaxed. Its minima and maxima are those of the record.
func relaxable(a *domain.SelectionAnnounced, read tables.Targets, file string) error {
	at, err := inTable(a.Quotas, read, file)
	errs := []error{err}
	for i := range a.Quotas {
		if at[i] < 0 {
			continue
		}
		q, have, widest := &a.Quotas[i], read.Quotas[at[i]], read.Widest[at[i]]
		if have.Min != q.Min || have.Max != q.Max {
			errs = append(errs, fmt.Errorf("%s row %d: %s %q has %d to %d seats, and the record leaves %d to %d", file, read.Row[at[i]], q.Dimension, q.Stratum, have.Min, have.Max, q.Min, q.Max))
		}
		q.LeastMin, q.MostMax = min(widest.Min, q.Min), max(q.Max, min(widest.Max, a.Size))
	}
	return errors.Join(errs...)
}

func (p *program) sortitionAmendCommand() *cobra.Command {
	var f stepFlags
	var quotas, reason, approved string
	c := args(&cobra.Command{
		Use:   "amend --dialogue ID --quotas FILE --reason TEXT --approved-by WHO",
		Short: "Change quotas of a selection before its pool is sealed",
		Long: `Records the quotas of a table that differ from those that stand, with the reason and who approved of it. They stay within what was announced. Once the pool is sealed quotas stand;
and a change asks for another 'check', which shows that a panel meets them.`,
		Example: `  daybook sortition amend --dialogue dl_fr --quotas wider.csv --reason too-few-people --approved-by committee --actor recruiter:ada`,
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if quotas == "" {
			return usageError{errors.New("name the table with the changed quotas: --quotas FILE")}
		}
		read, err := readQuotas(quotas)
		if err != nil {
			return err
		}
		standing := at.Announced().Quotas
		places, err := inTable(standing, read, quotas)
		if err != nil {
			return err
		}
		change := domain.QuotasAmended{Dialogue: s.record.id, Selection: at.number(), Reason: reason, ApprovedBy: approved}
		for i, q := range standing {
			if have := read.Quotas[places[i]]; have.Min != q.Min || have.Max != q.Max {
				q.Min, q.Max = have.Min, have.Max
				change.Changes = append(change.Changes, q)
			}
		}
		if len(change.Changes) == 0 {
			return s.stands(ctx, "amend", "the quotas stand as they are in %s", quotas)
		}
		step := fmt.Sprintf("amend-%d", s.record.revision) // what was changed and changed back can be changed once more
		if err := did(ctx, s, step, change, s.node.service.AmendQuotas, "%d quotas changed", len(change.Changes)); err != nil {
			return err
		}
		return s.folder(at.number()).writeTable(quotasName, public, quotasTable(s.record.last().Announced().Quotas), tables.Form{})
	})
	f.add(p, c)
	c.Flags().StringVar(&quotas, "quotas", "", "the table of quotas as they shall be, CSV")
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&approved, "approved-by", "", "who approved of it")
	return c
}
