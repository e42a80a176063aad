package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
)

// lotsClock is when rounds of an announced beacon come.
func lotsClock(b domain.BeaconChain) beacon.Chain {
	return beacon.Chain{Name: b.Name, Hash: b.Hash, Genesis: int64(b.Genesis) / 1000, Period: int64(b.Period) / 1000}
}

func (p *program) sortitionObserveCommand() *cobra.Command {
	var f stepFlags
	var file, rehearsal, missed string
	c := args(&cobra.Command{
		Use:   "observe --dialogue ID --beacon FILE",
		Short: "Bring in a pinned round of the beacon, once it is there",
		Long: `Records what the beacon said in the round that is due: the first pinned one, and once the panels are committed to the second one. FILE is what
https://api.drand.sh/v2/beacons/quicknet/rounds/N gives; no network is needed here, and the signature is verified.

--missed REASON brings the round that stands in for one that nobody can get, as it was announced. Everybody sees that, and whether the round existed after all.
--rehearsal TEXT makes the round of a beacon that was announced so.`,
		Example: "  daybook sortition observe --dialogue dl_fr --beacon r1.json --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if (file == "") == (rehearsal == "") {
			return usageError{hint(errors.New("name the file of the round: --beacon FILE, or in a rehearsal its text, --rehearsal TEXT"), c)}
		}
		r, err := s.round(at, file, rehearsal, missed != "")
		if err != nil {
			return err
		}
		content := commands.ObserveBeacon{
			Dialogue: s.record.id, Selection: at.number(), Round: int(r.Number), Signature: fmt.Sprintf("%x", r.Signature), Randomness: r.Randomness(), Missed: missed,
		}
		return did(ctx, s, "observe", content, s.node.service.ObserveBeacon, "round %d, randomness %s", content.Round, content.Randomness)
	})
	f.add(p, c)
	c.Flags().StringVar(&file, "beacon", "", "the file of the round")
	c.Flags().StringVar(&rehearsal, "rehearsal", "", "make the round of the beacon that follows from this text")
	c.Flags().StringVar(&missed, "missed", "", "why this is the round that stands in for the pinned one")
	return c
}

// round reads a round, or makes one in a rehearsal.
func (s *stepper) round(at *selectionSoFar, file, rehearsal string, missed bool) (beacon.Round, error) {
	a, pinned := at.Announced(), at.Pinned()
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return beacon.Round{}, err
		}
		r, err := lotsClock(a.Beacon).Read(b)
		if err != nil {
			err = fmt.Errorf("%s: %w", file, err)
		}
		return r, err
	}
	source := rehearsalBeacon(rehearsal)
	switch {
	case lots.Declare(source.Chain, true) != a.Beacon:
		return beacon.Round{}, fmt.Errorf("--rehearsal %s: the announced beacon does not follow from this text", rehearsal)
	case pinned == nil:
		return beacon.Round{}, domain.Reject(domain.ErrPhaseClosed, "no round is pinned")
	}
	due := pinned.Build
	if at.Built() != nil {
		due = pinned.Draw
	}
	if missed {
		due += a.Fallback
	}
	return source.Round(uint64(due)), nil
}

func (p *program) sortitionCommitCommand() *cobra.Command {
	var f stepFlags
	var uri string
	c := args(&cobra.Command{
		Use:   "commit --dialogue ID --uri ADDRESS",
		Short: "Say that the panels are public, and where: nothing changes after it",
		Long: `Publish panels.txt first; then this records the root of the panels and where they are. It must be done so long before the second round as was announced; after that the selection
can only be void.`,
		Example: "  daybook sortition commit --dialogue dl_fr --uri https://dialogue.example/panels.txt --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if at.Built() == nil {
			return domain.Reject(domain.ErrPhaseClosed, "the lottery is not built")
		}
		if c := at.Committed(); c != nil && uri == "" {
			return s.stands(ctx, "commit", "root %s", c.Panels)
		}
		pool, err := s.folder(at.number()).pool(at)
		if err != nil {
			return err
		}
		if _, err := s.folder(at.number()).panels(at, lots.Instance(*at.Announced(), pool)); err != nil {
			return err
		}
		content := commands.CommitPanels{Dialogue: s.record.id, Selection: at.number(), Panels: at.Built().Panels, URI: uri}
		return did(ctx, s, "commit", content, s.node.service.CommitPanels, "root %s", content.Panels)
	})
	f.add(p, c)
	c.Flags().StringVar(&uri, "uri", "", "where the panels are published")
	return c
}

func (p *program) sortitionAnswerCommand() *cobra.Command {
	var f stepFlags
	var rest bool
	c := args(&cobra.Command{
		Use:   "answer --dialogue ID accepted|declined|withdrawn PERSON...|--rest",
		Short: "Note what people who were drawn say to it",
		Long: `Records the answers of people: accepted, declined, or withdrawn after having accepted. Who has given a seat back does not get it again. All of them are noted, or those before the
first one that is refused; the same command goes on from there. --rest is everybody whom the selection has drawn and who has not answered.`,
		Example: "  daybook sortition answer --dialogue dl_fr accepted pa_17 pa_23 --actor recruiter:ada",
	}, cobra.MinimumNArgs(1))
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, given []string) error {
		at, err := s.record.selection(s.flags.selection)
		if err != nil {
			return err
		}
		people := given[1:]
		if rest == (len(people) > 0) {
			return usageError{hint(errors.New("name those who answer, or --rest for all of the others"), c)}
		}
		if rest {
			people = at.unanswered(s.record.state)
		}
		all := commands.Receipt{Repeated: true}
		for _, id := range people {
			content := commands.AnswerSeat{Dialogue: s.record.id, Selection: at.number(), Participant: domain.ParticipantID(id), Answer: domain.SeatAnswer(given[0])}
			by, err := s.by("answer", content)
			if err != nil {
				return err
			}
			receipt, err := s.node.service.AnswerSeat(ctx, by, content)
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			if receipt.Done() {
				all = receipt
			}
		}
		return s.took(ctx, "answer", all, "%d people %s", len(people), given[0])
	})
	f.add(p, c)
	c.Flags().BoolVar(&rest, "rest", false, "everybody who has not answered")
	return c
}

func (p *program) sortitionVoidCommand() *cobra.Command {
	var f stepFlags
	var reason, by string
	c := args(&cobra.Command{
		Use:     "void --dialogue ID --reason TEXT",
		Short:   "End a selection that came to nothing",
		Long:    `Records that the selection came to nothing, and why. Whoever was drawn by it is not. Once a round is known this is for all to see: auditors show it as a notice.`,
		Example: `  daybook sortition void --dialogue dl_fr --reason "the panels were published too late" --actor recruiter:ada`,
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if by == "" {
			by = s.actor.Principal
		}
		content := domain.SelectionVoided{Dialogue: s.record.id, Selection: at.number(), Reason: reason, By: by}
		return did(ctx, s, "void", content, s.node.service.VoidSelection, "%s", reason)
	})
	f.add(p, c)
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&by, "by", "", "who decided it (default: the actor)")
	return c
}
