package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

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

func (p *program) sortitionPinCommand() *cobra.Command {
	var f stepFlags
	var build, draw int
	var spare time.Duration
	c := args(&cobra.Command{
		Use:   "pin --dialogue ID",
		Short: "Name the two rounds of the beacon: the one that builds and the one that draws",
		Long: `Names the first round of the beacon that may seed the lottery, and the first one after it that leaves --spare to build and to publish the panels, and the announced time in which
they are public. --build and --draw name rounds instead. Rounds are pinned once: there is no other chance.`,
		Example: "  daybook sortition pin --dialogue dl_fr --spare 4h --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if pinned := at.Pinned(); pinned != nil && (build == 0 || build == pinned.Build) && (draw == 0 || draw == pinned.Draw) {
			return s.stands(ctx, "pin", "round %d builds, round %d draws", pinned.Build, pinned.Draw)
		}
		a, from := at.Announced(), s.clock().Add(time.Minute)
		if p := at.Sealed(); p != nil {
			if least := p.At.Std().Add(time.Duration(a.BuildAfter) * time.Millisecond); least.After(from) {
				from = least
			}
		}
		chain := lotsClock(a.Beacon)
		if build == 0 {
			build = int(chain.From(from))
		}
		if draw == 0 {
			draw = int(chain.From(chain.Time(uint64(max(build, 1))).Add(time.Duration(a.DrawAfter)*time.Millisecond + spare)))
		}
		content := commands.PinRounds{Dialogue: s.record.id, Selection: at.number(), Build: build, Draw: draw}
		return did(ctx, s, "pin", content, s.node.service.PinRounds, "round %d of %s builds, round %d of %s draws", build, a.Beacon.At(build), draw, a.Beacon.At(draw))
	})
	f.add(p, c)
	c.Flags().IntVar(&build, "build", 0, "the round that seeds the lottery")
	c.Flags().IntVar(&draw, "draw", 0, "the round that draws")
	c.Flags().DurationVar(&spare, "spare", 2*time.Hour, "how long building and publishing may take")
	return c
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
