package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/domain"
)

func (p *program) runCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:   "run FILE",
		Short: "Run a file of commands, one JSON object a line",
		Long: `Runs commands from a file, or from stdin where FILE is "-". Each line is
{"command": id, "name": command, "actor": "role:principal", "occurredAt": time, "content": {...}}; occurredAt may be absent.

The command id makes a line safe to run again: it is done once. Each line is answered: done, already so, rejected with the rule, or failed.
A rejected line does not stop the others; the exit code is 1 if there was any.`,
		Example: "  daybook run day.ndjson --data ./data -o ndjson",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		in := io.Reader(os.Stdin)
		if given[0] != "-" {
			f, err := os.Open(given[0])
			if err != nil {
				return err
			}
			defer f.Close()
			in = f
		}
		n, err := openNode(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		answers, err := runLines(c.Context(), n.service, in)
		failed := 0
		for _, a := range answers {
			if a.Rule != "" {
				failed++
			}
		}
		err = errors.Join(err, printRows(p, answers, answers, table.Row{"line", "command", "result", "rule", "detail"}, func(a lineAnswer) table.Row {
			return table.Row{a.Line, a.Command, a.Result, a.Rule, a.Detail}
		}), n.catchUp(c.Context(), p))
		if err == nil && failed > 0 {
			err = fmt.Errorf("%d of %d commands were rejected", failed, len(answers))
		}
		return err
	}
	dataFlag(c, &dir)
	return c
}

type line struct {
	Command    string          `json:"command"`
	Name       string          `json:"name"`
	Actor      string          `json:"actor"`
	OccurredAt domain.Time     `json:"occurredAt,omitzero"`
	Content    json.RawMessage `json:"content"`
}

type lineAnswer struct {
	Line    int               `json:"line"`
	Command string            `json:"command"`
	Result  string            `json:"result"` // done, already so, rejected
	Rule    string            `json:"rule,omitempty"`
	Detail  string            `json:"detail,omitempty"`
	Receipt *commands.Receipt `json:"receipt,omitempty"`
}

// runLines runs commands until their end or the first fault; a rejection is an answer and no fault.
func runLines(ctx context.Context, s *commands.Service, in io.Reader) ([]lineAnswer, error) {
	answers := []lineAnswer{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, api.MaxBody)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		a, err := runLine(ctx, s, lines.Bytes())
		a.Line = n
		var rejected *domain.Rejection
		switch {
		case errors.As(err, &rejected):
			a.Result, a.Rule, a.Detail = "rejected", rejected.Rule, rejected.Detail
		case err != nil:
			return answers, fmt.Errorf("line %d: %w", n, err)
		}
		answers = append(answers, a)
	}
	if err := lines.Err(); err != nil {
		return answers, fmt.Errorf("line %d: %w", len(answers)+1, err)
	}
	return answers, nil
}

func runLine(ctx context.Context, s *commands.Service, text []byte) (lineAnswer, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return lineAnswer{}, domain.Reject(domain.ErrInvalidField, "the line is not a command: %v", err)
	}
	a := lineAnswer{Command: l.Command}
	c, ok := commands.ByName(l.Name)
	if !ok {
		return a, domain.Reject(domain.ErrInvalidField, "there is no command %q", l.Name)
	}
	actor, err := domain.ParseActor(l.Actor)
	if err != nil {
		return a, err
	}
	r, err := c.Run(ctx, s, commands.By{Command: l.Command, Actor: actor, OccurredAt: l.OccurredAt}, l.Content)
	if err != nil {
		return a, err
	}
	a.Result, a.Receipt = "done", &r
	if len(r.Events) == 0 {
		a.Result = "already so"
	}
	return a, nil
}
