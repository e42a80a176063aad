package simulate

import (
	"context"
	"fmt"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// A Line is one command of a simulation. Its id derives from what it is about, so that it means the same in every run.
type Line struct {
	ID      string
	Name    string // of the command, see commands.All
	Actor   domain.Actor
	At      domain.Time // when it is recorded
	Before  domain.Time // when it happened, where that was earlier
	Content any         // of the type that the command takes
}

// run runs a line, by the Service's method and without a detour by JSON.
func (l Line) run(ctx context.Context, s *commands.Service) (commands.Receipt, error) {
	run, ok := runs[l.Name]
	if !ok {
		return commands.Receipt{}, fmt.Errorf("there is no command %q", l.Name)
	}
	return run(ctx, s, commands.By{Command: l.ID, Actor: l.Actor, OccurredAt: l.Before}, l.Content)
}

type runner func(context.Context, *commands.Service, commands.By, any) (commands.Receipt, error)

func by[C any](method func(*commands.Service, context.Context, commands.By, C) (commands.Receipt, error)) runner {
	return func(ctx context.Context, s *commands.Service, by commands.By, content any) (commands.Receipt, error) {
		c, ok := content.(C)
		if !ok {
			return commands.Receipt{}, fmt.Errorf("the content is a %T, not a %T", content, c)
		}
		return method(s, ctx, by, c)
	}
}
