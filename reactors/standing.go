package reactors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook.internal/internal/sqlitefile"
)

// A Standing is how things stand with a receiver.
type Standing struct {
	Receiver string   `json:"receiver"`
	Position uint64   `json:"position"`          // the number of records that it needs no more; it runs behind what was delivered by a second at most
	Parked   int      `json:"parked"`            // messages that were given up
	Due      int      `json:"due"`               // parked ones that are to be tried again
	Trying   *Trouble `json:"trying,omitempty"`  // the message that failed last and is tried again
	Stopped  string   `json:"stopped,omitempty"` // why nothing is sent to it any more
}

// Standings gives those of all receivers that ever were, by name.
func (s *State) Standings(ctx context.Context) ([]Standing, error) {
	of := map[string]*Standing{}
	at := func(receiver string) *Standing {
		if of[receiver] == nil {
			of[receiver] = &Standing{Receiver: receiver}
		}
		return of[receiver]
	}
	err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT receiver, seq FROM positions WHERE topic = ?", topic) {
			if err != nil {
				return err
			}
			at(text(row[0])).Position = uint64(integer(row[1]))
		}
		for row, err := range c.Query("SELECT receiver, stopped FROM receivers") {
			if err != nil {
				return err
			}
			at(text(row[0])).Stopped = text(row[1])
		}
		for row, err := range c.Query("SELECT " + columns + " FROM troubles") {
			if err != nil {
				return err
			}
			t, err := troubleOf(row)
			if err != nil {
				return err
			}
			switch r := at(t.Receiver); t.State {
			case Parked:
				r.Parked++
			case Due:
				r.Due++
			case Trying:
				r.Trying = &t
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reactors: %w", err)
	}
	all := make([]Standing, 0, len(of))
	for _, r := range of {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Standing) int { return strings.Compare(a.Receiver, b.Receiver) })
	return all, nil
}

// stop says that nothing is sent to a receiver any more, and why.
func (s *State) stop(ctx context.Context, receiver, why string) error {
	return s.setStopped(ctx, receiver, why)
}

// Resume lets a receiver be sent to again, from where it stands.
func (s *State) Resume(ctx context.Context, receiver string) error {
	return s.setStopped(ctx, receiver, "")
}

func (s *State) setStopped(ctx context.Context, receiver, why string) error {
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		if why == "" {
			return c.Exec("DELETE FROM receivers WHERE receiver = ?", receiver)
		}
		return c.Exec("INSERT INTO receivers(receiver, stopped) VALUES(?, ?) ON CONFLICT DO UPDATE SET stopped = excluded.stopped", receiver, why)
	})
	if err != nil {
		return fmt.Errorf("reactors: %s: %w", receiver, err)
	}
	return nil
}

// stopped gives the receivers to which nothing is sent.
func (s *State) stopped(ctx context.Context) (map[string]string, error) {
	why := map[string]string{}
	err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT receiver, stopped FROM receivers") {
			if err != nil {
				return err
			}
			why[text(row[0])] = text(row[1])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reactors: %w", err)
	}
	return why, nil
}
