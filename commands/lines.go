package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"daybook.internal/domain"
)

// A Result is what came of a line.
type Result string

// The results.
const (
	Done        Result = "done"
	AlreadyDone Result = "already done" // by the same command, sent before, or because it is so already
	Rejected    Result = "rejected"     // by a rule; nothing was written
	Failed      Result = "failed"       // something broke; this line and those after it are to be run again
	NotDone     Result = "not done"     // another line of a file that is done as a whole was rejected
)

// Words are all that a Result may be.
func (Result) Words() []string {
	return []string{string(Done), string(AlreadyDone), string(Rejected), string(Failed), string(NotDone)}
}

// A LineAnswer answers one line.
type LineAnswer struct {
	Line    int      `json:"line"`    // the number of the line, from 1
	Command string   `json:"command"` // its id; empty where the line is too broken to have one
	Result  Result   `json:"result"`
	Rule    string   `json:"rule,omitempty"` // the rule that said no, where it was rejected
	Detail  string   `json:"detail,omitempty"`
	Receipt *Receipt `json:"receipt,omitempty"`
}

// RunLines runs a file of commands, one JSON object a line, and answers each line as soon as it is run; blank lines pass. It holds one line at a
// time. A rejected line does not stop the others, and neither does one that is no command at all. A fault (the disk, the end of ctx, a broken
// read) does: its line is answered as Failed, with the error beside it, and what follows is not run. Running the same file again
// goes on from there, since what is done is not done twice.
func (s *Service) RunLines(ctx context.Context, in io.Reader) iter.Seq2[LineAnswer, error] {
	return s.RunLinesIf(ctx, in, nil)
}

// RunLinesIf is RunLines with those lines that are admitted; the others are rejected. Nil admits all.
func (s *Service) RunLinesIf(ctx context.Context, in io.Reader, admit Admission) iter.Seq2[LineAnswer, error] {
	return answers(in, func(l rawLine) (LineAnswer, error) { return l.run(ctx, s, admit) })
}

// answers runs each line and makes outcomes into answers: rejections are some, faults end them.
func answers(in io.Reader, run func(rawLine) (LineAnswer, error)) iter.Seq2[LineAnswer, error] {
	return func(yield func(LineAnswer, error) bool) {
		for l, err := range linesOf(in) {
			a := LineAnswer{Line: l.number}
			if err == nil {
				a, err = run(l)
			}
			var rejected *domain.Rejection
			switch {
			case errors.As(err, &rejected):
				a.Result, a.Rule, a.Detail = Rejected, rejected.Rule, rejected.Detail
			case err != nil:
				a.Result = Failed
				yield(a, fmt.Errorf("line %d: %w", l.number, err))
				return
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}
