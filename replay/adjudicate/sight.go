package adjudicate

import (
	"context"
	"fmt"

	"daybook.internal/domain"
)

// A sight is what the decision behind one event has looked at: the streams that Meta.Observed names, at those versions. It is the auditor's side of
// what commands notes when it decides. A stream that the decision must have looked at and that is not in Observed is shown as it stands; that is a
// violation of its own, unless the decision cannot be right anyway.
type sight struct {
	ctx context.Context
	c   *Court
	f   *domain.Fact
	p   *prepared
	no  uint32 // of the event's own stream

	looked  int                  // where in Observed the next one is looked for
	forward int                  // how many of Observed, from the first on, were found
	home    domain.Home          // where the event belongs
	fault   string               // the first thing that is wrong with what was looked at
	absent  string               // the edition or dialogue that is not there, in which nothing can happen
	strange string               // somebody who was never registered; why, where the decision rejects
	answer  *poll                // of a ballot: the question in its dialogue
	session domain.SessionOpened // of a ballot
	now     bool                 // the dialogue was seen as it stands
	called  at                   // of a ballot that endorses: the recommendation
	follows bool                 // the decision was found to be the event
	err     error                // what keeps the court from deciding
}

// itself is the event, as what was decided. None is made for it.
func (v *sight) itself() []domain.Event {
	v.follows = true
	v.c.decided[0] = v.f.Event
	return v.c.decided[:]
}

func (v *sight) begin(ctx context.Context, c *Court, f *domain.Fact, p *prepared) {
	*v = sight{ctx: ctx, c: c, f: f, p: p, no: c.book.number(p.name), answer: c.index.answers(f.Event)}
}

// observed is the version of a stream that the decision says it looked at. Commands look in the order in which Observed stands, so the search goes on where
// the last one ended.
func (v *sight) observed(name domain.StreamID) (uint64, bool) {
	all := v.f.Meta.Observed
	for i := range all {
		at := v.looked + i
		if at >= len(all) {
			at -= len(all)
		}
		if all[at].Stream == name {
			if at == v.forward {
				v.forward++
			}
			v.looked = at + 1
			return all[at].Version, true
		}
	}
	return 0, false
}

// wrong keeps the first thing that is wrong with what was looked at.
func (v *sight) wrong(format string, args ...any) {
	if v.fault == "" {
		v.fault = fmt.Sprintf(format, args...)
	}
}

// version is at which version the decision saw a stream that has some events now.
func (v *sight) version(name domain.StreamID, have uint32) uint32 {
	n, ok := v.observed(name)
	switch {
	case !ok:
		v.wrong("the decision does not say that it looked at %s", name)
		return have
	case n > uint64(have):
		v.wrong("the decision says that it looked at %s@%d, and the stream has %d events", name, n, have)
		return have
	}
	return uint32(n)
}

// place is how much of the record the decision looked at as a whole.
func (v *sight) place() uint64 {
	n, ok := v.observed(domain.LedgerStream)
	switch {
	case !ok:
		v.wrong("the decision does not say how much of the record it looked at")
		return v.f.Seq
	case n > v.f.Seq:
		v.wrong("the decision says that it looked at %d records, and %d stand before it", n, v.f.Seq)
		return v.f.Seq
	}
	return n
}

// at is a place in the book: a stream by its name, and its number if it has events.
type at struct {
	name  domain.StreamID
	no    uint32
	known bool
}

// find finds a stream.
func (c *Court) find(name domain.StreamID) at {
	no, known := c.book.find(c.fingerprint(name))
	return at{name, no, known}
}

func (c *Court) events(s at) uint32 {
	if !s.known {
		return 0
	}
	return c.book.entry(s.no).events
}

// sees shows a stream as the decision saw it.
func sees[S domain.State[S]](v *sight, on *shelf[S], s at) (state S) {
	return seen(v, on, s, v.version(s.name, v.c.events(s)))
}

// glimpses shows a stream like sees. What the decision does not say that it looked at, it has not seen: that is right where it can only have lost by it.
func glimpses[S domain.State[S]](v *sight, on *shelf[S], s at) (state S) {
	n, ok := v.observed(s.name)
	if !ok {
		return state
	}
	if have := v.c.events(s); n > uint64(have) {
		v.wrong("the decision says that it looked at %s@%d, and the stream has %d events", s.name, n, have)
		n = uint64(have)
	}
	return seen(v, on, s, uint32(n))
}

// seen is a stream after n events.
func seen[S domain.State[S]](v *sight, on *shelf[S], s at, n uint32) (state S) {
	if n == 0 || v.err != nil {
		return state
	}
	x, err := on.at(v.ctx, v.c, s.no, n)
	if err != nil {
		v.err = err
		return state
	}
	return x.state
}

// own shows the event's own stream, as it stands before the event.
func own[S domain.State[S]](v *sight, on *shelf[S]) S {
	return seen(v, on, at{v.f.Stream, v.no, true}, v.c.book.entry(v.no).events)
}

// latest shows a stream as it stands, whatever the decision saw.
func latest[S domain.State[S]](v *sight, on *shelf[S], s at) S { return seen(v, on, s, v.c.events(s)) }

// belongs says where the event belongs. Meta must say the same.
func (v *sight) belongs(e domain.EditionID, d domain.DialogueID) {
	v.home = domain.Home{Edition: e, Dialogue: d}
}

// unknown keeps which edition or dialogue is not there.
func (v *sight) unknown(what, id string) {
	if v.absent == "" {
		v.absent = fmt.Sprintf("%s %q is not registered", what, id)
	}
}

// stranger keeps who was never registered.
func (v *sight) stranger(what, id string) {
	if v.strange == "" {
		v.strange = fmt.Sprintf("%s %q is not registered", what, id)
	}
}

// edition shows an edition; it must be open.
func (v *sight) edition(id domain.EditionID) domain.Edition {
	e := sees(v, &v.c.editions, v.c.places.edition(v.c, id))
	if !e.IsOpen() {
		v.unknown("edition", string(id))
	}
	return e
}

// dialogue shows a dialogue; it must be registered.
func (v *sight) dialogue(id domain.DialogueID) domain.Dialogue {
	s := v.c.places.dialogue(v.c, id)
	have := v.c.events(s)
	n := v.version(s.name, have)
	v.now = n == have
	d := seen(v, &v.c.dialogues, s, n)
	if d.Registered() == nil {
		v.unknown("dialogue", string(id))
	}
	return d
}

// editionOf shows the edition of a dialogue.
func (v *sight) editionOf(d domain.Dialogue) domain.Edition {
	if d.Registered() == nil {
		return domain.Edition{}
	}
	return v.edition(d.Registered().Edition)
}

// inDialogue says that the event belongs into a dialogue.
func (v *sight) inDialogue(d domain.Dialogue) {
	if r := d.Registered(); r != nil {
		v.belongs(r.Edition, r.Dialogue)
	}
}

func (v *sight) artefact(id domain.ArtefactID) domain.Artefact {
	return sees(v, &v.c.artefacts, v.c.places.artefact(v.c, id))
}

// artefacts shows the artefacts that are referred to, each once. A reference to none shows none.
func (v *sight) artefacts(refs ...domain.ArtefactRef) map[domain.ArtefactID]domain.Artefact {
	shown := map[domain.ArtefactID]domain.Artefact{}
	for _, r := range refs {
		if _, seen := shown[r.ID]; !seen && r.ID != "" {
			shown[r.ID] = v.artefact(r.ID)
		}
	}
	return shown
}

// onePartner shows a partner as it is.
func (v *sight) onePartner(e domain.EditionID, id domain.PartnerID) domain.Partner {
	return sees(v, &v.c.partners, v.c.find(domain.PartnerStream(e, id)))
}

// partner shows a partner; where its partnership has ended, the one that took over.
func (v *sight) partner(e domain.EditionID, id domain.PartnerID) domain.Partner {
	for range maxSuccessors {
		p := v.onePartner(e, id)
		if p.Admitted() == nil {
			v.stranger("partner", string(id))
		}
		end := p.Ended()
		if end == nil || end.ReassignTo == "" {
			return p
		}
		id = end.ReassignTo
	}
	v.wrong("more than %d partners followed one another", maxSuccessors)
	return domain.Partner{}
}

// maxSuccessors is how often a partnership is handed on.
const maxSuccessors = 20

// places has where the streams stand that nearly every event looks at.
type places struct {
	editions  map[domain.EditionID]at
	dialogues map[domain.DialogueID]at
	artefacts map[domain.ArtefactID]at
}

func (p *places) open() {
	p.editions, p.dialogues, p.artefacts = map[domain.EditionID]at{}, map[domain.DialogueID]at{}, map[domain.ArtefactID]at{}
}

func (p *places) edition(c *Court, id domain.EditionID) at {
	return placeOf(c, p.editions, id, domain.EditionStream)
}

func (p *places) dialogue(c *Court, id domain.DialogueID) at {
	return placeOf(c, p.dialogues, id, domain.DialogueStream)
}

func (p *places) artefact(c *Court, id domain.ArtefactID) at {
	return placeOf(c, p.artefacts, id, domain.ArtefactStream)
}

func placeOf[ID ~string](c *Court, known map[ID]at, id ID, name func(ID) domain.StreamID) at {
	s, ok := known[id]
	if !ok {
		if s = c.find(name(id)); s.known {
			known[clone(id)] = s
		}
	}
	return s
}
