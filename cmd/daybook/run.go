package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
)

func (p *program) runCommand() *cobra.Command {
	var dir string
	var atomic bool
	c := args(&cobra.Command{
		Use:   "run COMMANDS.ndjson",
		Short: "Run a file of commands, as a room without network writes it",
		Long: `Runs commands from a file, or from stdin where it is called "-". Each line is one command, as a JSON object:

    {"command": id, "name": command, "actor": "role:principal", "occurredAt": time, "content": {...}}

"command" is an id of your choice, another one for each line; occurredAt may be absent. 'daybook schema' lists the commands, 'daybook schema NAME'
prints the JSON Schema of a line.

Each line is answered as soon as it is run:

    done          its events are in the ledger and stay there; the receipt names them
    already done  by the same command before, or because it is so already; nothing is written
    rejected      by the rule that the answer names; nothing is written. A line that is no command at all is rejected, too
    failed        something broke (the disk, Ctrl-C); whether this line is done shows when it is run again, those after it were not run

A rejected line does not stop the others. Running the same file again is always safe: it goes on where it stopped, and what is done is not done
twice. So after an interruption, or a correction of a rejected line, run the whole file again.

With --atomic the file is done as a whole: it is tried in memory first, and where any line would be rejected nothing is written, and the
other lines are answered "not done". An interruption can still leave a part of it; run it again. It takes memory in proportion to the file.

The exit code is 0 where all lines are done or already done, and 1 where any was rejected.`,
		Example: `  daybook run room-7.ndjson --data ./data
  daybook run room-7.ndjson --data ./data --atomic -o csv
  daybook run - --data ./data -o ndjson`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		f, err := openLines(c.Context(), given[0], c.InOrStdin(), atomic)
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := openNode(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		err = p.runLines(c.Context(), n.service, f, atomic)
		if c.Context().Err() == nil {
			err = errors.Join(err, n.settle(c.Context(), p))
		}
		return err
	}
	p.dataFlags(c, &dir)
	c.Flags().BoolVar(&atomic, "atomic", false, "do all of the file or nothing of it")
	return c
}

// lineFile is where lines come from, and how much of it was read.
type lineFile struct {
	io.ReadCloser
	name       string
	size, read int64 // in bytes; a size of 0 is not known
}

func (f *lineFile) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	f.read += int64(n)
	return n, err
}

// Seek is there for files that can be read twice.
func (f *lineFile) Seek(offset int64, whence int) (int64, error) {
	return f.ReadCloser.(io.Seeker).Seek(offset, whence)
}

// openLines opens a file of lines, and keeps what cannot be read twice in one that can be, where it is to be.
func openLines(ctx context.Context, name string, stdin io.Reader, twice bool) (*lineFile, error) {
	f := &lineFile{name: name}
	if name == "-" {
		f.name, f.ReadCloser = "stdin", io.NopCloser(interruptible{ctx, stdin})
	} else {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a directory; give a file of commands, or - for stdin", name)
		}
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		f.ReadCloser, f.size = file, info.Size()
		if info.Mode().IsRegular() {
			return f, nil
		}
		f.ReadCloser, f.size = struct {
			io.Reader
			io.Closer
		}{interruptible{ctx, file}, file}, 0
	}
	if twice {
		spooled, err := commands.Spool(f.ReadCloser)
		if err = errors.Join(err, f.ReadCloser.Close()); err != nil {
			return nil, err
		}
		f.ReadCloser = spooled
	}
	return f, nil
}

// interruptible reads until ctx ends: a read that waits for somebody does not keep the program from stopping.
type interruptible struct {
	ctx context.Context
	in  io.Reader
}

func (r interruptible) Read(b []byte) (int, error) {
	type outcome struct {
		n   int
		err error
	}
	own, done := make([]byte, len(b)), make(chan outcome, 1)
	go func() {
		n, err := r.in.Read(own)
		done <- outcome{n, err}
	}()
	select {
	case o := <-done:
		return copy(b, own[:o.n]), o.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

// runLines runs a file, writes its answers as they come, and says at the end how far it got.
func (p *program) runLines(ctx context.Context, s *commands.Service, f *lineFile, atomic bool) error {
	b := p.bar("run " + f.name)
	defer func() { b.end() }()
	answers, refused := s.RunLines(ctx, f), false
	passes := int64(1)
	if atomic {
		all, accepted, err := s.RunAtomic(ctx, f)
		if err != nil {
			p.say("nothing was written")
			return err
		}
		answers, refused, passes = all, !accepted, 2
	}
	out := newRows(p, table.Row{"line", "command", "result", "rule", "detail"}, func(a commands.LineAnswer) table.Row {
		return table.Row{a.Line, a.Command, a.Result, a.Rule, a.Detail}
	}, func() {
		b.end()
		b = p.bar("run " + f.name)
	})
	count, fault := writeAnswers(answers, out, func() { b.set(f.read, passes*f.size) })
	p.say("%s: %s", f.name, count)
	switch {
	case count.stopped > 0:
		p.say("stopped at line %d; run the same file again, and it goes on from there: what is done is not done twice", count.stopped)
	case fault == nil && refused:
		fault = fmt.Errorf("nothing was written: %d of %d lines would be rejected", count.of[commands.Rejected], count.lines)
	case fault == nil && count.of[commands.Rejected] > 0:
		fault = fmt.Errorf("%d of %d lines were rejected", count.of[commands.Rejected], count.lines)
	}
	return fault
}

// writeAnswers writes all answers and counts them.
func writeAnswers(answers iter.Seq2[commands.LineAnswer, error], out *rows[commands.LineAnswer], each func()) (n outcomes, err error) {
	n.of = map[commands.Result]int{}
	for a, fault := range answers {
		if fault != nil {
			n.stopped, a.Detail, err = a.Line, fault.Error(), fault
		}
		if errors.Is(fault, context.Canceled) {
			a.Detail = "interrupted"
		}
		n.lines++
		n.of[a.Result]++
		if wrong := out.add(a); wrong != nil {
			return n, errors.Join(err, wrong) // nobody hears the answers any more
		}
		each()
	}
	return n, errors.Join(err, out.end())
}

// outcomes are how many lines there were, and how many of each result.
type outcomes struct {
	lines, stopped int // stopped: the line of a fault
	of             map[commands.Result]int
}

func (n outcomes) String() string {
	var parts []string
	for _, r := range []commands.Result{commands.Done, commands.AlreadyDone, commands.Rejected, commands.NotDone, commands.Failed} {
		if n.of[r] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.of[r], r))
		}
	}
	if len(parts) == 0 {
		return "no lines"
	}
	return strings.Join(parts, ", ")
}
