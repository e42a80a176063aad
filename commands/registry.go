package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"daybook.internal/domain"
)

// A Command is one thing that can be asked for by name, with its content as JSON.
type Command struct {
	Name  string
	About string
	Run   func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error)
}

// All is every command there is, in a fixed order.
func All() []Command {
	return slices.Concat(
		editionCommands(),
		partnerCommands(),
		artefactCommands(),
		dialogueCommands(),
		sortitionCommands(),
		participantCommands(),
		tableCommands(),
		ballotCommands(),
		tallyCommands(),
		statementCommands(),
		codingCommands(),
		recommendationCommands(),
		synthesisCommands(),
		submissionCommands(),
		publicationCommands(),
		auditCommands(),
	)
}

// ByName finds a command in All.
func ByName(name string) (Command, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

func define[C any](name, about string, run func(*Service, context.Context, By, C) (Receipt, error)) Command {
	return Command{name, about, func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error) {
		var c C
		if err := readContent(content, &c); err != nil {
			return Receipt{}, fmt.Errorf("%s: %w", name, err)
		}
		return run(s, ctx, by, c)
	}}
}

// readContent reads what a person or a program sent: any valid JSON of the right form, but no member that is not known.
func readContent(content []byte, into any) error {
	if !utf8.Valid(content) {
		return domain.Reject(domain.ErrInvalidText, "the content is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return domain.Reject(domain.ErrInvalidField, "the content does not have the form of this command: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return domain.Reject(domain.ErrInvalidField, "more follows after the content")
	}
	return nil
}
