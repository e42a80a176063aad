package measures

import "daybook.internal/domain"

// EventRef says where an event stands in the record. Seq is its number in the ledger, from 0. The stream and the version that it had with the event are left out
// where the name of the stream is that of a person or of a code.
type EventRef struct {
	Seq     uint64          `json:"seq"`
	Stream  domain.StreamID `json:"stream,omitempty"`
	Version uint64          `json:"version,omitempty"`
}

// Evidence is the events of one type on which something rests: how many there are, and the first of them.
type Evidence struct {
	Event string     `json:"event"`
	Count int        `json:"count"`
	First []EventRef `json:"first"`
}

// firstEvents is how many of the events of a type are named.
const firstEvents = 3

// traced is an edition as a whole, or one of its dialogues.
type traced struct {
	edition  domain.EditionID
	dialogue domain.DialogueID
}

// page is what happened there, by type of event.
type page struct {
	types map[string]*Evidence
	at    uint64
}

// trace notes where a record stands.
func (s *State) trace(f *domain.Fact) {
	where := traced{f.Meta.Source, f.Meta.Dialogue}
	p := s.traces[where]
	if p == nil {
		p = &page{types: map[string]*Evidence{}}
		s.traces[where], s.opened = p, s.position
	}
	p.at = s.position
	name := domain.TypeOf(f.Event)
	e := p.types[name]
	if e == nil {
		e = &Evidence{Event: name}
		p.types[name] = e
	}
	if e.Count++; len(e.First) < firstEvents {
		ref := EventRef{Seq: f.Seq, Stream: f.Stream, Version: f.Revision + 1}
		if personal(f.Event) {
			ref = EventRef{Seq: f.Seq}
		}
		e.First = append(e.First, ref)
	}
}

// personal tells whether the stream of an event is named after a person or a code.
func personal(e domain.Event) bool {
	switch e.(type) {
	case domain.ParticipantRegistered, domain.ConsentGiven, domain.ConsentWithdrawn, domain.ParticipantCheckedIn, domain.PersonalDataErased,
		domain.BallotCast, domain.BallotVoided, domain.ReactionCast, domain.WordsErased:
		return true
	}
	return false
}

// page is what happened in a dialogue, or with an empty one in the edition as a whole; nil where nothing did.
func (in *Inputs) page(where traced) *page {
	p := in.s.traces[where]
	if p == nil {
		in.read(&in.s.opened)
		return nil
	}
	in.read(&p.at)
	return p
}

// evidence is where events of some types stand: of the edition as a whole, and of some dialogues. Types of which there are none are named with none.
func (in *Inputs) evidence(edition domain.EditionID, of []domain.DialogueID, events ...domain.Event) []Evidence {
	found := make([]Evidence, len(events))
	for i, e := range events {
		found[i] = Evidence{Event: domain.TypeOf(e), First: []EventRef{}}
	}
	for _, dialogue := range append([]domain.DialogueID{""}, of...) {
		p := in.page(traced{edition, dialogue})
		if p == nil {
			continue
		}
		for i := range found {
			if e := p.types[found[i].Event]; e != nil {
				found[i].Count += e.Count
				found[i].First = earliest(found[i].First, e.First)
			}
		}
	}
	return found
}

// earliest are the first of two lists, each in the order of the record.
func earliest(a, b []EventRef) []EventRef {
	out := make([]EventRef, 0, firstEvents)
	for len(out) < firstEvents && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Seq < b[0].Seq {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}
