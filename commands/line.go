package commands

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"daybook.internal/domain"
)

// MaxLine is the most bytes of a line, and of the content of a command that comes by itself. The longest texts of any command fit many times.
const MaxLine = 1 << 20

// A line is one command as it is written down where it cannot be sent.
type line struct {
	Command    string          `json:"command"` // its id, which makes the line safe to run again
	Name       string          `json:"name"`
	Actor      string          `json:"actor"` // role:principal, or role:principal@partner
	OccurredAt domain.Time     `json:"occurredAt,omitzero"`
	Content    json.RawMessage `json:"content"`
}

// rawLine is a line as it stands in the file. Its text is good until the next one is read.
type rawLine struct {
	number int // from 1
	text   []byte
	long   bool // it has more than MaxLine bytes, which are not there
	last   bool // nothing ends it but the end of the file
}

// linesOf reads lines that are not blank, of any length, holding one at a time. A byte order mark before the first one is passed over, as some editors
// put it there. A line that a broken read has cut is no line: it comes with the error and without its text.
func linesOf(in io.Reader) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		from := bufio.NewReaderSize(in, 64<<10)
		var text []byte
		for n := 1; ; n++ {
			l := rawLine{number: n}
			var err error
			if text, l.long, err = readLine(from, text[:0]); err != nil && err != io.EOF {
				yield(l, err)
				return
			}
			l.last = err == io.EOF
			if l.text = bytes.Trim(text, " \t\r\n"); n == 1 {
				l.text = bytes.Trim(bytes.TrimPrefix(l.text, []byte("\ufeff")), " \t\r\n")
			}
			if (len(l.text) > 0 || l.long) && !yield(l, nil) {
				return
			}
			if l.last {
				return
			}
		}
	}
}

// readLine appends a line to text, or says that it is too long, and goes on behind it in any case.
func readLine(from *bufio.Reader, text []byte) (_ []byte, long bool, err error) {
	for {
		part, err := from.ReadSlice('\n')
		if long = long || len(text)+len(bytes.TrimRight(part, "\r\n")) > MaxLine; long {
			part, text = nil, text[:0]
		}
		text = append(text, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err
		}
	}
}

// parse reads what a line says, as far as it can be read, and finds the command.
func (r rawLine) parse() (l line, c Command, actor domain.Actor, err error) {
	switch err := readStrictly(r.text, &l, "the line", "the line is not a command"); {
	case r.long:
		return l, c, actor, domain.Reject(domain.ErrInvalidField, "the line has more than %d bytes", MaxLine)
	case r.last && !json.Valid(r.text):
		return l, c, actor, domain.Reject(domain.ErrInvalidField, "the last line is not whole; was the file cut off?")
	case err != nil:
		return l, c, actor, err
	case l.Command == "":
		return l, c, actor, domain.Reject(domain.ErrInvalidField, "the line has no command id; give each line one of its own, which makes it safe to run again")
	}
	c, ok := ByName(l.Name)
	if !ok {
		return l, c, actor, domain.Reject(domain.ErrInvalidField, "there is no command %.40q", l.Name)
	}
	actor, err = domain.ParseActor(l.Actor)
	return l, c, actor, err
}

// run runs a line, if it is admitted. Nothing is run once ctx has ended.
func (r rawLine) run(ctx context.Context, s *Service, admit Admission) (LineAnswer, error) {
	l, c, actor, err := r.parse()
	a := LineAnswer{Line: r.number, Command: l.Command}
	if done := ctx.Err(); done != nil {
		return a, done
	}
	if err != nil {
		return a, err
	}
	by := By{Command: l.Command, Actor: actor, OccurredAt: l.OccurredAt}
	if admit != nil {
		if by, err = admit(ctx, s, c, by, l.Content); err != nil {
			return a, err
		}
	}
	receipt, err := c.Run(ctx, s, by, l.Content)
	if err != nil {
		return a, err
	}
	if a.Receipt, a.Result = &receipt, AlreadyDone; receipt.Done() {
		a.Result = Done
	}
	return a, nil
}
