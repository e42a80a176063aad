package kurrent

import (
	"context"
	"fmt"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/ledger"
)

// try is what a new client has to show: that it may read $all, and that the last record still stands where it stood. A server that was put back to an earlier day, or
// another one at the same address, would go on with another story under the same numbers.
func (t *tail) try(ctx context.Context, c *esdb.Client) error {
	t.mu.Lock()
	n := t.places.n
	var position uint64
	var check uint32
	if n > 0 {
		position, check = t.places.at(n - 1)
	}
	t.mu.Unlock()
	if n == 0 {
		_, err := eventAt(ctx, c, esdb.End{}, esdb.Backwards)
		return err
	}
	there, err := t.stands(ctx, c, position, check)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case there:
		t.untried = false
		return nil
	case t.untried: // the file is another ledger's, or an older one's
		t.log.Info("the count in the file is not that of the server; it is made anew", "records", n)
		t.untried, t.anew, t.places, t.known, t.last = false, true, places{}, 0, 0
		return nil
	}
	return &ledger.DamagedError{Where: fmt.Sprintf("record %d, at position %d of the server", n-1, position), Detail: "the server does not have it any more: " +
		"it was put back to an earlier day, or another one answers at its address; what was read from it before is not its ledger"}
}

// stands says whether a record stands at a position.
func (t *tail) stands(ctx context.Context, c *esdb.Client, position uint64, check uint32) (bool, error) {
	e, err := eventAt(ctx, c, esdb.Position{Commit: position, Prepare: position}, esdb.Forwards)
	switch {
	case err != nil && kindOf(err) == final: // it has no such position
		return false, nil
	case err != nil:
		return false, err
	case e == nil || e.Position.Commit != position:
		return false, nil
	}
	stream, ours := t.names.stream(e.StreamID)
	in, _ := t.entryOf(stream, e, nil)
	return ours && in.check == check, nil
}

// eventAt is the first event from a place in $all on, nil if there is none.
func eventAt(ctx context.Context, c *esdb.Client, from esdb.AllPosition, direction esdb.Direction) (*esdb.RecordedEvent, error) {
	s, err := c.ReadAll(leader(ctx), esdb.ReadAllOptions{From: from, Direction: direction}, 1)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	e, err := s.Recv()
	if isEnd(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return e.Event, nil
}
