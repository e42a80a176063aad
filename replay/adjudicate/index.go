package adjudicate

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"daybook.internal/domain"
)

// index knows what no single stream tells: what belongs to an edition, who sits in a room, how many answers stand. It is bounded by rooms and questions, and
// not by people. What was listed is known for every place in the record, by the place since which it stands there; counts are those of now, and a
// decision that counted earlier is answered by going back, event by event (Court.room).
type index struct {
	editions map[domain.EditionID]*editionIndex
	rooms    map[domain.DialogueID]*room
	polls    uint32 // how many there are in all rooms
}

// editionIndex lists what belongs to one edition, in ledger order.
type editionIndex struct {
	partners        []listed[domain.PartnerID]
	dialogues       []listed[domain.DialogueID]
	recommendations []listed[domain.RecommendationID]
}

// listed is what belongs to something since a place in the record.
type listed[ID ~string] struct {
	id    ID
	since uint64
}

// until lists what stood in the record before a place.
func until[ID ~string](place uint64, all []listed[ID]) (ids []ID) {
	for _, l := range all {
		if l.since < place {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// list appends what begins to belong to something at a place. Names are copied: they are parts of a record's text.
func list[ID ~string](all []listed[ID], id ID, since uint64) []listed[ID] {
	return append(all, listed[ID]{clone(id), since})
}

func clone[ID ~string](id ID) ID { return ID(strings.Clone(string(id))) }

// room is what counts need of one dialogue.
type room struct {
	tables    []listed[domain.TableID]
	checkedIn map[seat]int
	people    int // who checked in, in whatever session
	polls     map[domain.Poll]*poll
	closed    map[domain.SessionID]domain.Time // when each session was closed for the first time
	changed   uint64                           // 1 + the Seq of the last event that counts
}

// A seat is where one checks in. The empty session is the day.
type seat struct {
	session domain.SessionID
	chamber domain.Chamber
}

// poll is what was answered to one question in one dialogue: ballots that stand, non-responses among them, ballots that were voided and not cast again, and the cells of the
// standing ones.
type poll struct {
	in                         *room
	no                         uint32 // among all polls, from 1
	ballots, nonResponse, void int
	cells                      map[string]int
}

func (x *index) open() {
	x.editions, x.rooms = map[domain.EditionID]*editionIndex{}, map[domain.DialogueID]*room{}
}

func (x *index) edition(id domain.EditionID) *editionIndex {
	if x.editions[id] == nil {
		x.editions[clone(id)] = &editionIndex{}
	}
	return x.editions[id]
}

func (x *index) room(id domain.DialogueID) *room {
	r := x.rooms[id]
	if r == nil {
		r = &room{checkedIn: map[seat]int{}, polls: map[domain.Poll]*poll{}, closed: map[domain.SessionID]domain.Time{}}
		x.rooms[clone(id)] = r
	}
	return r
}

// poll finds a question put in a dialogue, and counts it among them from now on.
func (x *index) poll(d domain.DialogueID, at domain.Poll) *poll {
	r := x.room(d)
	p := r.polls[at]
	if p == nil {
		x.polls++
		p = &poll{in: r, no: x.polls, cells: map[string]int{}}
		r.polls[domain.Poll{Session: clone(at.Session), Wave: clone(at.Wave), Question: domain.ArtefactRef{ID: clone(at.Question.ID), Version: at.Question.Version}}] = p
	}
	return p
}

// fold takes up an event; of a ballot, answers is its question.
func (x *index) fold(f *domain.Fact, answers *poll) {
	switch e := f.Event.(type) {
	case domain.BallotCast, domain.BallotVoided, domain.ParticipantCheckedIn:
		x.count(f, answers, 1)
	case domain.PartnerAdmitted:
		at := x.edition(e.Edition)
		at.partners = list(at.partners, e.Partner, f.Seq)
	case domain.DialogueRegistered:
		at := x.edition(e.Edition)
		at.dialogues = list(at.dialogues, e.Dialogue, f.Seq)
	case domain.RecommendationDrafted:
		at := x.edition(f.Meta.Source)
		at.recommendations = list(at.recommendations, e.Recommendation, f.Seq)
	case domain.TableFormed:
		if at := x.room(e.Dialogue); f.Revision == 0 {
			at.tables = list(at.tables, e.Table, f.Seq)
		}
	case domain.SessionClosed:
		if at := x.room(e.Dialogue); at.closed[e.Session] == 0 {
			at.closed[clone(e.Session)] = f.Meta.Time
		}
	}
}

// count takes up an event that counts, by 1, or takes it back, by -1.
func (x *index) count(f *domain.Fact, answers *poll, by int) {
	switch e := f.Event.(type) {
	case domain.BallotCast:
		answers.in.changed = f.Seq + 1
		answers.cast(&e, by)
	case domain.BallotVoided:
		answers.in.changed = f.Seq + 1
		answers.add(&e.Replaces, -by)
		answers.void += by
	case domain.ParticipantCheckedIn:
		r := x.room(e.Dialogue)
		r.changed = f.Seq + 1
		at := seat{e.Session, e.Chamber}
		if _, known := r.checkedIn[at]; !known {
			at = seat{clone(e.Session), clone(e.Chamber)}
		}
		if r.checkedIn[at] += by; !e.Again {
			r.people += by
		}
	}
}

// answers is the question that a ballot answers, nil for any other event.
func (x *index) answers(e domain.Event) *poll {
	switch e := e.(type) {
	case domain.BallotCast:
		return x.poll(e.Dialogue, domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question})
	case domain.BallotVoided:
		return x.poll(e.Dialogue, domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question})
	}
	return nil
}

func (p *poll) cast(e *domain.BallotCast, by int) {
	p.add(&e.Answer, by)
	switch {
	case e.Replaces != nil:
		p.add(e.Replaces, -by)
	case e.Revision > 1: // it was void
		p.void -= by
	}
}

func (p *poll) add(a *domain.Answer, n int) {
	p.ballots += n
	if a.NonResponse != "" {
		p.nonResponse += n
	}
	a.Cells(func(cell string, by int) {
		have, known := p.cells[cell]
		switch have += n * by; {
		case have == 0:
			delete(p.cells, cell)
		case known:
			p.cells[cell] = have
		default:
			p.cells[strings.Clone(cell)] = have
		}
	})
}

// numbers are the numbers of a count: non-responses are blank, and what was voided is spoiled.
func (p *poll) numbers() domain.Numbers {
	if p == nil {
		return domain.Numbers{Cells: map[string]int{}}
	}
	return domain.Numbers{Cells: p.cells, Valid: p.ballots - p.nonResponse, Blank: p.nonResponse, Spoiled: p.void}
}

// present counts the people of a chamber who checked in for a session; for the joint chamber, of both. Who checked in for the day is in every session.
func (r *room) present(session domain.SessionID, chamber domain.Chamber) (n int) {
	for at, people := range r.checkedIn {
		if (at.session == "" || at.session == session) && (chamber == domain.JointChamber || at.chamber == chamber) {
			n += people
		}
	}
	return n
}

// answered lists the questions that were answered, in a fixed order.
func (r *room) answered() []domain.Poll {
	polls := maps.Clone(r.polls)
	maps.DeleteFunc(polls, func(_ domain.Poll, p *poll) bool { return p.ballots == 0 && p.void == 0 })
	return slices.SortedFunc(maps.Keys(polls), func(a, b domain.Poll) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Wave, b.Wave), cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version))
	})
}

// maxLag is how many records may stand between what a decision counted and its event. Counting takes milliseconds; whoever says that it took longer has
// the court read the record backwards, and it does not read all of it.
const maxLag = 1 << 16

// room is what counts need of a dialogue as it was at a place of the record: as it is now, unless something that counts has come since. It is nil where the
// place lies too far back.
func (c *Court) room(ctx context.Context, d domain.DialogueID, place uint64) (*room, error) {
	now := c.index.room(d)
	if now.changed <= place {
		return now, nil
	}
	if c.next-place > maxLag {
		return nil, nil
	}
	then := index{rooms: map[domain.DialogueID]*room{d: now.copy()}}
	for seq := c.next; seq > place; seq-- {
		r, err := c.record(ctx, seq-1)
		if err != nil {
			return nil, err
		}
		if !counts[r.Type] {
			continue
		}
		f, err := r.Decode()
		if err != nil {
			return nil, err
		}
		if countsIn(f.Event) == d {
			then.count(&f, then.answers(f.Event), -1)
		}
	}
	return then.rooms[d], nil
}

// counts are the types of the events that count.
var counts = map[string]bool{
	domain.TypeOf(domain.BallotCast{}): true, domain.TypeOf(domain.BallotVoided{}): true, domain.TypeOf(domain.ParticipantCheckedIn{}): true,
}

// countsIn is the dialogue in which an event counts.
func countsIn(e domain.Event) domain.DialogueID {
	switch e := e.(type) {
	case domain.BallotCast:
		return e.Dialogue
	case domain.BallotVoided:
		return e.Dialogue
	case domain.ParticipantCheckedIn:
		return e.Dialogue
	}
	return ""
}

func (r *room) copy() *room {
	c := &room{tables: r.tables, checkedIn: maps.Clone(r.checkedIn), people: r.people, polls: make(map[domain.Poll]*poll, len(r.polls)), closed: r.closed, changed: r.changed}
	for at, p := range r.polls {
		c.polls[at] = &poll{c, p.no, p.ballots, p.nonResponse, p.void, maps.Clone(p.cells)}
	}
	return c
}
