package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// RunAtomic runs a file as RunLines does, but as a whole. First all of it is tried in memory, each line on what those before it would have written.
// Where any is rejected, accepted is false, nothing is written, and the answers say which lines would be rejected; the others are NotDone.
// An error means that the trial came to no end and that nothing is written.
//
// It is not one append: a fault on the way leaves what was done until then, and running the file again goes on from there. Nor does it keep others
// from writing between the trial and its end: should a line be rejected now for that, what follows is NotDone. The trial takes
// memory in proportion to the file.
func (s *Service) RunAtomic(ctx context.Context, in io.ReadSeeker) (all iter.Seq2[LineAnswer, error], accepted bool, err error) {
	return s.RunAtomicIf(ctx, in, nil)
}

// RunAtomicIf is RunAtomic where every line has to be admitted. Nil admits all.
func (s *Service) RunAtomicIf(ctx context.Context, in io.ReadSeeker, admit Admission) (all iter.Seq2[LineAnswer, error], accepted bool, err error) {
	tried, rejected, err := s.try(ctx, in, admit)
	if err != nil {
		return nil, false, err
	}
	if rejected {
		return func(yield func(LineAnswer, error) bool) {
			for a := range slices.Values(tried) {
				if !yield(a, nil) {
					return
				}
			}
		}, false, nil
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, false, err
	}
	return func(yield func(LineAnswer, error) bool) {
		stopped := false
		for a, err := range answers(in, func(l rawLine) (LineAnswer, error) {
			if stopped {
				said, _, _, _ := l.parse()
				return LineAnswer{Line: l.number, Command: said.Command, Result: NotDone}, nil
			}
			return l.run(ctx, s, admit)
		}) {
			stopped = stopped || a.Result == Rejected
			if !yield(a, err) {
				return
			}
		}
	}, true, nil
}

// try runs all lines on overlays. Answered as done is what was done before, and nothing else.
func (s *Service) try(ctx context.Context, in io.Reader, admit Admission) (all []LineAnswer, rejected bool, err error) {
	above, err := newOverlay(ctx, s.Ledger)
	if err != nil {
		return nil, false, err
	}
	trial := &Service{Ledger: above, Vault: newOverlayVault(s.Vault), Now: s.Now} // what it comes to know is not true of s's ledger
	for a, err := range trial.RunLinesIf(ctx, in, admit) {
		if err != nil {
			return nil, false, err
		}
		if a.Result == Rejected {
			rejected = true
		} else if r := a.Receipt; !r.Repeated || r.Events[0].Seq >= above.base {
			a.Result, a.Receipt = NotDone, nil
		}
		all = append(all, a)
	}
	return all, rejected, nil
}

// Spool copies what can be read once into a file without a name, which can be read twice and is gone when it is closed, or when the program
// ends. It is this user's alone: what is in it may hold people's words.
func Spool(in io.Reader) (_ io.ReadSeekCloser, err error) {
	f, err := os.CreateTemp("", "daybook-*")
	if err != nil {
		return nil, fmt.Errorf("a temporary file for the commands: %w", err)
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = io.Copy(f, in)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
