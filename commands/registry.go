package commands

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
)

// A Command is one thing that can be asked for by name, with its content as JSON.
type Command struct {
	Name  string
	About string
	Run   func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error)

	content reflect.Type // what the content is read into
}

// All is every command there is, in a fixed order.
func All() []Command {
	return slices.Concat(
		editionCommands(),
		partnerCommands(),
		artefactCommands(),
		dialogueCommands(),
		sortitionCommands(),
		selectionCommands(),
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
		erasureCommands(),
	)
}

// ByName finds a command in All.
func ByName(name string) (Command, bool) {
	c, ok := byName()[name]
	return c, ok
}

var byName = sync.OnceValue(func() map[string]Command {
	m := map[string]Command{}
	for _, c := range All() {
		m[c.Name] = c
	}
	return m
})

func define[C any](name, about string, run func(*Service, context.Context, By, C) (Receipt, error)) Command {
	return Command{Name: name, About: about, content: reflect.TypeFor[C](), Run: func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error) {
		var c C
		if err := readContent(content, &c); err != nil {
			return Receipt{}, fmt.Errorf("%s: %w", name, err)
		}
		return run(s, ctx, by, c)
	}}
}
