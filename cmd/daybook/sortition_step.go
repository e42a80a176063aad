package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// stepFlags say which selection of which dialogue a step is of.
type stepFlags struct {
	data, dialogue, dir, actor, now string
	selection                       int
}

func (f *stepFlags) add(p *program, c *cobra.Command) {
	p.dataFlags(c, &f.data)
	c.Flags().StringVar(&f.dialogue, "dialogue", "", "the dialogue: take the step on its record")
	c.Flags().IntVar(&f.selection, "selection", 0, "the number of the selection (default: the last one)")
	c.Flags().StringVar(&f.dir, "dir", "selections", "where the files of selections are, below DIALOGUE/NUMBER, as 'auditor verify --selections' reads them")
	c.Flags().StringVar(&f.actor, "actor", "", "who takes the step, as role:principal or role:principal@partner")
	c.Flags().StringVar(&f.now, "now", "", "take the step at this time, as 2026-05-04T09:00:00Z; for rehearsals in synthetic editions and no others")
}

// tableFlags go with tables, and mostly not with a dialogue.
var tableFlags = []string{
	"quotas", "people", "size", "id", "address", "already", "status", "panels", "objective", "round", "beacon", "out", "lottery", "draw", "replay", "test", "context", "selected", "remaining",
	"quotas-out", "people-out", "near", "safe", "bom", "html", "shares", "chances", "figures", "tickets",
}

// alone is a usage error where a step on a dialogue was given flags that only go with tables, other than some.
func (f *stepFlags) alone(c *cobra.Command, with ...string) error {
	var wrong []string
	for _, name := range tableFlags {
		if c.Flags().Changed(name) && !slices.Contains(with, name) {
			wrong = append(wrong, "--"+name)
		}
	}
	if len(wrong) > 0 {
		return usageError{hint(fmt.Errorf("%s: with --dialogue this comes from the record and from the files below --dir", strings.Join(wrong, ", ")), c)}
	}
	return nil
}

// named is a usage error unless a dialogue is.
func (f *stepFlags) named(c *cobra.Command) error {
	if f.dialogue == "" {
		return usageError{hint(errors.New("name the dialogue: --dialogue ID"), c)}
	}
	return domain.CheckID("dialogue", f.dialogue)
}

// stepper takes a step of a selection.
type stepper struct {
	*program
	flags  *stepFlags
	node   *node
	record drawsOnRecord
	actor  domain.Actor
}

// looking opens the record for reading, beside whoever writes it.
func (p *program) looking(ctx context.Context, f *stepFlags) (*stepper, error) {
	n, err := openLedger(ctx, f.data)
	if err != nil {
		return nil, err
	}
	return p.stepper(ctx, f, n)
}

// stepping opens a daybook for a step of somebody.
func (p *program) stepping(c *cobra.Command, f *stepFlags) (*stepper, error) {
	if err := f.named(c); err != nil {
		return nil, err
	}
	if f.actor == "" {
		return nil, usageError{hint(errors.New("say who takes the step: --actor recruiter:NAME"), c)}
	}
	actor, err := domain.ParseActor(f.actor)
	if err != nil {
		return nil, usageError{hint(fmt.Errorf("--actor: %w", err), c)}
	}
	if err := isDaybook(c.Context(), f.data); err != nil {
		return nil, err
	}
	n, err := openNode(c.Context(), f.data)
	if err != nil {
		return nil, err
	}
	s, err := p.stepper(c.Context(), f, n)
	if err != nil {
		return nil, err
	}
	s.actor = actor
	n.service.Now = s.clock
	return s, nil
}

func (p *program) stepper(ctx context.Context, f *stepFlags, n *node) (*stepper, error) {
	s := &stepper{program: p, flags: f, node: n}
	var err error
	if s.record, err = readDraws(ctx, n.ledger, domain.DialogueID(f.dialogue)); err == nil && f.now != "" {
		if _, err = time.Parse(time.RFC3339, f.now); err != nil {
			err = usageError{fmt.Errorf("--now %s: a time is written as 2026-05-04T09:00:00Z", f.now)}
		} else if !s.record.edition.Synthetic() {
			err = usageError{errors.New("--now is for rehearsals: this edition is not synthetic, and its steps are taken when they are taken")}
		}
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return s, nil
}

// clock is now, or what --now says in a rehearsal.
func (s *stepper) clock() time.Time {
	if t, err := time.Parse(time.RFC3339, s.flags.now); err == nil {
		return t
	}
	return time.Now()
}

func (s *stepper) folder(number int) folder { return folderOf(s.flags.dir, s.record.id, number) }

// at gives the selection that was named, which for a step must be the last one.
func (s *stepper) at() (*selectionSoFar, error) {
	one, err := s.record.selection(s.flags.selection)
	if err == nil && one != s.record.last() {
		err = fmt.Errorf("selection %d is over: selection %d came after it", one.number(), s.record.last().number())
	}
	return one, err
}

// by is who sends the command of a step. Its id follows from what is sent, so that a step that is taken again is the same command.
func (s *stepper) by(step string, content any) (commands.By, error) {
	b, err := json.Marshal(content)
	digest := sha256.Sum256(append([]byte(s.record.id), b...))
	return commands.By{Command: fmt.Sprintf("sortition-%s-%x", step, digest[:16]), Actor: s.actor}, err
}

// takenRow is what a step came to.
type takenRow struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	Step      string            `json:"step"`
	Result    commands.Result   `json:"result"`
	Detail    string            `json:"detail"`
	Next      nextStep          `json:"next"`
}

// took reads the record anew, brings the views up to it, and says what a step came to and what comes next.
func (s *stepper) took(ctx context.Context, step string, receipt commands.Receipt, format string, args ...any) (err error) {
	result := commands.AlreadyDone
	if receipt.Done() {
		result = commands.Done
	}
	if s.record, err = readDraws(ctx, s.node.ledger, s.record.id); err != nil {
		return err
	}
	if result == commands.Done {
		if err := s.node.settle(ctx, s.program); err != nil {
			return err
		}
	}
	if s.record.last().test() {
		s.say("REHEARSAL: the edition is synthetic, and nobody is drawn")
	}
	row := takenRow{s.record.id, s.record.last().number(), step, result, fmt.Sprintf(format, args...), s.next()}
	s.sayNext(row.Next)
	return printRows(s.program, row, []takenRow{row}, table.Row{"selection", "step", "result", "detail"}, func(r takenRow) table.Row {
		return table.Row{r.Selection, r.Step, r.Result, r.Detail}
	})
}

// did runs the command of a step, and says what it came to.
func did[C any](ctx context.Context, s *stepper, step string, content C, run func(context.Context, commands.By, C) (commands.Receipt, error), format string, args ...any) error {
	by, err := s.by(step, content)
	if err != nil {
		return err
	}
	receipt, err := run(ctx, by, content)
	if err != nil {
		return err
	}
	return s.took(ctx, step, receipt, format, args...)
}

// step is the frame of a subcommand that takes a step: it opens, acts and closes.
func (p *program) step(f *stepFlags, act func(ctx context.Context, s *stepper, given []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, given []string) (err error) {
		s, err := p.stepping(c, f)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.node.Close()) }()
		return act(c.Context(), s, given)
	}
}
