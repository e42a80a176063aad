package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"daybook.internal/reactors"
)

const reactorsHelp = "file that says to which webhooks and brokers events are delivered (docs/webhooks.md); none: to nobody, and nobody can subscribe (default: DIR/reactors.json, if there is one)"

// noReactors says that nothing is delivered.
const noReactors = "none"

// reactorsFile is the configuration of deliveries, empty for none.
func reactorsFile(dir, chosen string) string {
	own := filepath.Join(dir, "reactors.json")
	switch {
	case chosen == noReactors:
		return ""
	case chosen == "" && isThere(own):
		return own
	}
	return chosen
}

// deliveriesFile is the state of deliveries in a data directory.
func deliveriesFile(dir string) string { return filepath.Join(dir, "reactors.db") }

// reacting is reactors and the state that they keep.
type reacting struct {
	*reactors.Reactors
	state *reactors.State
}

// openReactors opens what delivers from a data directory that this process has to itself: to whom the file says, and to who has subscribed over the API, which is possible where subscribe is
// true or somebody has. It is nil where nothing is to be delivered.
func (p *program) openReactors(ctx context.Context, n *node, dir, chosen string, subscribe bool) (_ *reacting, err error) {
	file := reactorsFile(dir, chosen)
	if chosen == noReactors || (file == "" && !subscribe && !isThere(deliveriesFile(dir))) {
		return nil, nil
	}
	o := reactors.Options{Ledger: n.ledger, Log: slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if file != "" {
		if o.Receivers, err = (reactors.Source{Path: file, Env: os.LookupEnv}).Read(); err != nil {
			return nil, fmt.Errorf("--reactors: %w", err)
		}
	}
	if o.State, err = reactors.OpenState(ctx, deliveriesFile(dir), false); err != nil {
		return nil, err
	}
	r, err := reactors.Open(ctx, o)
	if err != nil {
		return nil, errors.Join(err, o.State.Close())
	}
	return &reacting{r, o.State}, nil
}

// Close lets go of the receivers and of the state.
func (r *reacting) Close() error { return errors.Join(r.Reactors.Close(), r.state.Close()) }
