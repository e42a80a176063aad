package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

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
		Example: `  daybook sortition void --dialogue dl_fr --reason published-too-late --actor recruiter:ada`,
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
