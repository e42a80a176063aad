package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// Tick is told how far a computation is. An error from it ends the computation.
type Tick func(done, total int) error

// Inputs is a State as one computation reads it: it remembers what was read, so that the document knows on which records it rests and whether it still holds.
type Inputs struct {
	s      *State
	later  func(Tick) error // what takes seconds: it touches the document and what it was given, never the State
	stamps []*uint64        // of what was read: the number of records up to and with the last one that touched it
	newest uint64           // of them, when they were read
}

// read remembers an input by its stamp. What was read just before is mostly read again.
func (in *Inputs) read(stamp *uint64) {
	in.newest = max(in.newest, *stamp)
	if !slices.Contains(in.stamps[max(0, len(in.stamps)-8):], stamp) {
		in.stamps = append(in.stamps, stamp)
	}
}

// readAll remembers everything that others have read.
func (in *Inputs) readAll(other *Inputs) {
	in.stamps = append(in.stamps, other.stamps...)
	in.newest = max(in.newest, other.newest)
}

// once forgets what was read several times. It is for what many documents read, with everything that it was read from.
func (in *Inputs) once() {
	seen := make(map[*uint64]bool, len(in.stamps))
	in.stamps = slices.DeleteFunc(in.stamps, func(stamp *uint64) bool {
		again := seen[stamp]
		seen[stamp] = true
		return again
	})
}

// at is the number of records up to and with the last one that anything rests on that was read.
func (in *Inputs) at() uint64 { return in.newest }

// Fresh tells whether nothing has moved of what was read. It belongs to the State's owner, like everything that reads a State.
func (in *Inputs) Fresh() bool {
	for _, stamp := range in.stamps {
		if *stamp > in.newest {
			return false
		}
	}
	return true
}

// document gives a document of a view of projections as it is now, not to be changed; nil where there is none.
func document[D any](in *Inputs, v projections.View, key string) *D {
	in.read(in.s.fold.Stamp(v.Name, key))
	return projections.Peek[D](in.s.fold, v, key)
}

// keysOf are those of all documents of a view of projections, in order.
func (in *Inputs) keysOf(v projections.View) []string {
	in.read(in.s.fold.Stamp(v.Name, ""))
	return in.s.fold.Keys(v.Name)
}

// edition is what was planned for an edition; empty where nothing was.
func (in *Inputs) edition(id domain.EditionID) *edition {
	e := in.s.edition(id)
	in.read(&e.at)
	return e
}

// dialogue is where a dialogue takes place and whom it shall mirror.
func (in *Inputs) dialogue(id domain.DialogueID) *dialogue {
	d := in.s.dialogue(id)
	in.read(&d.at)
	return d
}

// question is a version of a question as it was put before people; nil where it is not known.
func (in *Inputs) question(ref domain.ArtefactRef) *domain.Question {
	q := in.s.questions[ref]
	if q == nil {
		in.read(&in.s.asked)
		return nil
	}
	in.read(&q.at) // a version never changes
	return q.Question
}

// pool is what people answered to a question all over the world; nil where nobody did.
func (in *Inputs) pool(a Asked) *Pool {
	p := in.s.pools[a]
	if p == nil {
		in.read(&in.s.answered)
		return nil
	}
	in.read(&p.at)
	return p
}

// pools are the questions that anybody was asked, in order.
func (in *Inputs) pools() []Asked {
	in.read(&in.s.answered)
	return in.s.order
}
