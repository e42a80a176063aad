package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// nextStep is what is to be done.
type nextStep struct {
	Step      string      `json:"step"` // none: nothing is
	NotBefore domain.Time `json:"notBefore,omitzero"`
	By        domain.Time `json:"by,omitzero"`
	Command   string      `json:"command"`
	From      string      `json:"from,omitempty"` // where the file comes from that it takes
}

const noStep = "none"

func (s *stepper) sayNext(n nextStep) {
	if n.Step == noStep {
		s.say("nothing is left to do")
		return
	}
	when := ""
	if n.NotBefore != 0 {
		when += fmt.Sprintf(" (not before %s)", n.NotBefore)
	}
	if n.By != 0 {
		when += fmt.Sprintf(" (by %s)", n.By)
	}
	s.say("next%s: %s", when, n.Command)
	if n.From != "" {
		s.say("the file is what %s gives", n.From)
	}
}

// next is the step that the record waits for.
func (s *stepper) next() nextStep {
	var command stepCommand = func(step, format string, args ...any) nextStep {
		words := []string{"daybook sortition", step, "--dialogue", string(s.record.id)}
		if more := fmt.Sprintf(format, args...); more != "" {
			words = append(words, more)
		}
		if s.flags.dir != "selections" {
			words = append(words, "--dir", s.flags.dir)
		}
		if s.flags.data != "data" {
			words = append(words, "--data", s.flags.data)
		}
		if step != "replace" {
			actor := s.actorText()
			words = append(words, "--actor", actor)
		}
		return nextStep{Step: step, Command: strings.Join(words, " ")}
	}
	at := s.record.last()
	if at == nil {
		return command("announce", "--quotas quotas.csv --address street,zip")
	}
	a := at.Announced()
	switch {
	case at.Voided() != nil && len(s.record.vacant()) == 0:
		return command("announce", "--quotas quotas.csv")
	case !at.goesOn():
		return s.nextSeat(at, command)
	case at.Sealed() == nil && (at.Feasible() == nil || !at.Feasible().Feasible):
		return command("check", "%s", s.table(at))
	case at.Sealed() == nil || !s.folder(at.number()).has(poolName):
		return command("seal", "%s", s.table(at))
	case at.Pinned() == nil:
		return command("pin", "")
	case at.First() == nil:
		return at.awaited(at.Pinned().Build, at.Pinned().BuildAt, "r1.json", command)
	case at.Built() == nil:
		n := command("build", "")
		n.By = at.Pinned().DrawAt - domain.Time(a.DrawAfter)
		return n
	case at.Committed() == nil:
		n := command("commit", "--uri https://…")
		n.By = at.Pinned().DrawAt - domain.Time(a.DrawAfter)
		return n
	case at.Second() == nil:
		return at.awaited(at.Pinned().Draw, at.Pinned().DrawAt, "r2.json", command)
	}
	return command("draw", "")
}

// stepCommand gives the command of a step, with what is its own.
type stepCommand func(step, format string, args ...any) nextStep

// awaited is the step that waits for a round.
func (s *selectionSoFar) awaited(round int, at domain.Time, file string, command stepCommand) nextStep {
	if s.Announced().Beacon.Synthetic {
		n := command("observe", "--rehearsal TEXT")
		n.NotBefore = at
		return n
	}
	n := command("observe", "--beacon %s", file)
	n.NotBefore, n.From = at, fmt.Sprintf("https://api.drand.sh/v2/beacons/quicknet/rounds/%d", round)
	return n
}

// table is where people of a selection come from.
func (s *stepper) table(at *selectionSoFar) string {
	words := "--people people.csv"
	if s.folder(at.number()).has(peopleName) {
		words = "--people " + s.folder(at.number()).path(peopleName)
	}
	if a := at.Announced().Address; a != "" {
		words += " --address " + strings.ReplaceAll(strings.TrimPrefix(a, "the same "), ", ", ",")
	}
	return words
}

// nextSeat is what comes once people are drawn.
func (s *stepper) nextSeat(at *selectionSoFar, command stepCommand) nextStep {
	for _, one := range s.record.list {
		if open := one.unanswered(s.record.state); len(open) > 0 {
			return command("answer", "--selection %d accepted %s", one.number(), open[0])
		}
	}
	switch vacant := s.record.vacant(); {
	case len(vacant) == 0:
		return nextStep{Step: noStep}
	case s.folder(at.number() + 1).has(quotasName):
		return command("announce", "")
	}
	return command("replace", "")
}

func (s *stepper) actorText() string {
	if s.actor.Role == "" {
		return "recruiter:NAME"
	}
	return s.actor.String()
}

// stands tells that a step is taken already.
func (s *stepper) stands(ctx context.Context, step, format string, args ...any) error {
	return s.took(ctx, step, commands.Receipt{}, format, args...)
}

func (p *program) sortitionStatusCommand() *cobra.Command {
	var f stepFlags
	c := args(&cobra.Command{
		Use:   "status --dialogue ID",
		Short: "Say where the selection of a dialogue stands, what is next, by when, and what to type",
		Long: `Reads the record, beside a running server where there is one, and writes nothing. A row for each step: what the record has of it, and when it was taken or is due.

With -o json: {"dialogue", "selection", "rehearsal", "steps": [{"step", "state", "at", "detail"}], "next": {"step", "notBefore", "by", "command", "from"}}.`,
		Example: "  daybook sortition status --dialogue dl_fr --data ./data",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if err := f.named(c); err != nil {
			return err
		}
		s, err := p.looking(c.Context(), &f)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.node.Close()) }()
		status := selectionStatus{Dialogue: s.record.id, Steps: []statusRow{}, Next: s.next()}
		if len(s.record.list) > 0 {
			at, err := s.record.selection(f.selection)
			if err != nil {
				return err
			}
			status.Selection, status.Rehearsal, status.Steps = at.number(), at.test(), at.rows()
			if at.test() {
				s.say("REHEARSAL: the edition is synthetic, and nobody is drawn")
			}
		}
		s.sayNext(status.Next)
		return printRows(p, status, status.Steps, table.Row{"step", "state", "at", "detail"}, func(r statusRow) table.Row {
			at := ""
			if r.At != 0 {
				at = r.At.String()
			}
			return table.Row{r.Step, r.State, at, r.Detail}
		})
	}
	f.add(p, c)
	return c
}

// selectionStatus is what -o json prints.
type selectionStatus struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"` // 0: none is announced
	Rehearsal bool              `json:"rehearsal"`
	Steps     []statusRow       `json:"steps"`
	Next      nextStep          `json:"next"`
}

type statusRow struct {
	Step   string      `json:"step"`
	State  string      `json:"state"` // done, open, or void
	At     domain.Time `json:"at,omitzero"`
	Detail string      `json:"detail"`
}

// rows are the steps of a selection.
func (s *selectionSoFar) rows() (rows []statusRow) {
	add := func(step string, done bool, at domain.Time, format string, args ...any) {
		row := statusRow{Step: step, State: "open", At: at}
		if done {
			row.State, row.Detail = "done", fmt.Sprintf(format, args...)
		}
		rows = append(rows, row)
	}
	a := s.Announced()
	add("announce", true, 0, "%d seats, %d quotas, %d panels, beacon %s", a.Size, len(a.Quotas), a.Panels, a.Beacon.Name)
	if f := s.Feasible(); f == nil {
		add("check", false, 0, "")
	} else {
		add("check", true, 0, "%s", map[bool]string{true: "a panel meets the quotas", false: "no panel meets the quotas"}[f.Feasible])
	}
	if p := s.Sealed(); p != nil {
		add("seal", true, p.At, "%d people, root %s", p.People, p.Pool)
	} else {
		add("seal", false, 0, "")
	}
	var build, draw domain.Time
	if p := s.Pinned(); p != nil {
		build, draw = p.BuildAt, p.DrawAt
		add("pin", true, 0, "round %d builds, round %d draws", p.Build, p.Draw)
	} else {
		add("pin", false, 0, "")
	}
	if o := s.First(); o != nil {
		add("observe", true, build, "round %d", o.Round)
	} else {
		add("observe", false, build, "")
	}
	if b := s.Built(); b != nil {
		add("build", true, 0, "%d to %d tickets of %d, %d people on no panel", b.Fewest, b.Most, a.Panels, len(b.Impossible))
	} else {
		add("build", false, 0, "")
	}
	if c := s.Committed(); c != nil {
		add("commit", true, c.At, "root %s %s", c.Panels, c.URI)
	} else {
		add("commit", false, 0, "")
	}
	if o := s.Second(); o != nil {
		add("observe", true, draw, "round %d", o.Round)
	} else {
		add("observe", false, draw, "")
	}
	if d := s.Drawn(); d != nil {
		add("draw", true, 0, "panel %d of %d (counted from 0)", d.Index, a.Panels)
		n := map[domain.SeatAnswer]int{}
		for _, answer := range s.answers {
			n[answer]++
		}
		open := len(d.Selected) - len(s.answers)
		add("answer", open == 0, 0, "")
		rows[len(rows)-1].Detail = fmt.Sprintf("%d accepted, %d declined, %d withdrawn, %d open", n[domain.SeatAccepted], n[domain.SeatDeclined], n[domain.SeatWithdrawn], open)
	} else {
		add("draw", false, 0, "")
	}
	if v := s.Voided(); v != nil {
		rows = append(rows, statusRow{Step: "void", State: "void", Detail: fmt.Sprintf("%s, says %s", v.Reason, v.By)})
	}
	return rows
}
