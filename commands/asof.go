package commands

import (
	"fmt"

	"daybook.internal/domain"
)

// Some decisions look at more streams than Observed has room for. They look at all of them as they stood at one position of the ledger, and note
// that: whoever folds the streams up to there sees the same.

// sentAs is the Meta under which a command was written to a stream, nil where it was not. A command that is sent again sees what it saw.
func (v *sight) sentAs(by By, stream domain.StreamID) *domain.Meta {
	if v.err != nil {
		return nil
	}
	id := domain.NewEventID(by.Command, stream, 0)
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err != nil {
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return nil
		}
		if r.ID != id {
			continue
		}
		f, err := r.Decode()
		if v.err = err; err != nil {
			return nil
		}
		return &f.Meta
	}
	return nil
}

// backTo sets a sight back to what a command looked at when it was sent before, nil for a new one. What it sees is as it stood then, and lists are as long
// as they were; counts are of today. So it is decided again as it was, however the dialogue went on: a table that was seated later is none that
// the command could have looked at.
func (v *sight) backTo(was *domain.Meta) {
	if was != nil {
		v.was = was.Observed
	}
}

// then is the version of a stream that a command saw when it was sent before.
func (v *sight) then(stream domain.StreamID) (version uint64, known bool) {
	for _, o := range v.was {
		if o.Stream == stream {
			return o.Version, true
		}
	}
	return 0, false
}

// place is how far into the ledger a command looks: to its head, or as far as it looked when it was sent before.
func (v *sight) place(head uint64) uint64 {
	if then, known := v.then(domain.LedgerStream); known {
		return then
	}
	return head
}

// foldTo folds the events of a stream up to a version.
func foldTo[S domain.State[S]](v *sight, stream domain.StreamID, version uint64) (state S) {
	if version > 0 {
		v.each(stream, 0, func(f domain.Fact) bool {
			state = state.Evolve(f.Event)
			return f.Revision+1 < version
		})
	}
	return state
}

// position is where a command looks: at the head, or where the head was when the command was sent the first time. It is noted as observed.
func (v *sight) position(was *domain.Meta) (at uint64) {
	if was != nil {
		for _, o := range was.Observed {
			if o.Stream == domain.LedgerStream {
				v.placed, v.at = true, o.Version
				v.note(o)
			}
		}
	}
	v.looked(func(_ *index, place uint64) { at = place })
	return at
}

// asOf shows a stream as it stood at a position, and its version then. It notes nothing: the position says it all.
func asOf[S domain.State[S]](v *sight, stream domain.StreamID, at uint64) (state S, version uint64) {
	if v.err != nil {
		return state, 0
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err != nil {
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return state, 0
		}
		if r.Seq >= at {
			break
		}
		f, err := r.Decode()
		if err != nil {
			v.err = err
			return state, 0
		}
		state, version = state.Evolve(f.Event), r.Revision+1
	}
	return state, version
}

// versionAt is how many events a stream had at a position.
func (v *sight) versionAt(stream domain.StreamID, at uint64) (n uint64) {
	if v.err != nil {
		return 0
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		switch {
		case err != nil:
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return 0
		case r.Seq >= at:
			return n
		}
		n++
	}
	return n
}

// begun tells in which edition and dialogue a stream began, empty where there is none. That never changes.
func (v *sight) begun(stream domain.StreamID) (edition domain.EditionID, dialogue domain.DialogueID) {
	if v.err != nil {
		return "", ""
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err != nil {
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return "", ""
		}
		f, err := r.Decode()
		if err != nil {
			v.err = err
		}
		return f.Meta.Source, f.Meta.Dialogue
	}
	return "", ""
}
