package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// An index knows what no single stream tells: which dialogues an edition has, which tables a dialogue, how many ballots stand. It is a fold of the
// ledger that is brought up to the head whenever somebody asks; its memory is that of editions, dialogues, tables, recommendations and questions, not of
// people and votes. A decision that rests on it has the ledger itself in Observed, see domain.LedgerStream.
type index struct {
	mu       sync.Mutex
	cursor   ledger.Cursor
	editions map[domain.EditionID]*editionIndex
	rooms    map[domain.DialogueID]*roomIndex
}

// editionIndex lists what belongs to one edition, in ledger order.
type editionIndex struct {
	partners        []listed[domain.PartnerID]
	dialogues       []listed[domain.DialogueID]
	recommendations []listed[domain.RecommendationID] // of every level
}

// listed is what belongs to something since a place in the ledger.
type listed[ID comparable] struct {
	id    ID
	since uint64
}

// until lists what stood in the ledger before a place.
func until[ID comparable](place uint64, all []listed[ID]) (ids []ID) {
	for _, l := range all {
		if l.since < place {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// roomIndex is what counts need of one dialogue.
type roomIndex struct {
	tables    []listed[domain.TableID]
	checkedIn map[seat]int
	people    int // who checked in, in whatever session
	ballots   map[Asked]*Count
}

// A seat is where one checks in. The empty session is the day.
type seat struct {
	session domain.SessionID
	chamber domain.Chamber
}

// Asked is a question put in one session and wave of a dialogue.
type Asked struct {
	Session  domain.SessionID
	Wave     domain.Wave
	Question domain.ArtefactRef
}

// Count is what was answered: ballots that stand, non-responses among them, ballots that were voided and not cast again, and the cells of the standing ones.
type Count struct {
	Ballots, NonResponse, Void int
	Cells                      map[string]int
}

func (c *Count) add(a domain.Answer, n int) {
	c.Ballots += n
	if a.NonResponse != "" {
		c.NonResponse += n
	}
	a.Cells(func(cell string, by int) {
		if c.Cells[cell] += n * by; c.Cells[cell] == 0 {
			delete(c.Cells, cell)
		}
	})
}

// indexed are the types that the index reads; of all other records it reads nothing but the type.
var indexed = map[string]bool{
	domain.TypeOf(domain.PartnerAdmitted{}): true, domain.TypeOf(domain.DialogueRegistered{}): true, domain.TypeOf(domain.RecommendationDrafted{}): true,
	domain.TypeOf(domain.TableFormed{}): true, domain.TypeOf(domain.ParticipantCheckedIn{}): true, domain.TypeOf(domain.BallotCast{}): true, domain.TypeOf(domain.BallotVoided{}): true,
}

// catchUp folds what the ledger has beyond the cursor. The caller holds mu.
func (x *index) catchUp(ctx context.Context, l ledger.Reader) error {
	if x.editions == nil {
		x.editions, x.rooms = map[domain.EditionID]*editionIndex{}, map[domain.DialogueID]*roomIndex{}
	}
	for e, err := range l.All(ctx, x.cursor) {
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		if indexed[e.Type] {
			f, err := e.Decode()
			if err != nil {
				return fmt.Errorf("index: %w", err)
			}
			x.fold(f)
		}
		x.cursor = e.Cursor
	}
	return nil
}

func (x *index) fold(f domain.Fact) {
	switch e := f.Event.(type) {
	case domain.PartnerAdmitted:
		at := x.edition(e.Edition)
		at.partners = append(at.partners, listed[domain.PartnerID]{e.Partner, f.Seq})
	case domain.DialogueRegistered:
		at := x.edition(e.Edition)
		at.dialogues = append(at.dialogues, listed[domain.DialogueID]{e.Dialogue, f.Seq})
	case domain.RecommendationDrafted:
		at := x.edition(f.Meta.Source)
		at.recommendations = append(at.recommendations, listed[domain.RecommendationID]{e.Recommendation, f.Seq})
	case domain.TableFormed:
		if at := x.room(e.Dialogue); f.Revision == 0 {
			at.tables = append(at.tables, listed[domain.TableID]{e.Table, f.Seq})
		}
	case domain.ParticipantCheckedIn:
		at := x.room(e.Dialogue)
		if at.checkedIn[seat{e.Session, e.Chamber}]++; !e.Again {
			at.people++
		}
	case domain.BallotCast:
		c := x.room(e.Dialogue).count(Asked{e.Session, e.Wave, e.Question})
		c.add(e.Answer, 1)
		switch {
		case e.Replaces != nil:
			c.add(*e.Replaces, -1)
		case e.Revision > 1: // it was void
			c.Void--
		}
	case domain.BallotVoided:
		c := x.room(e.Dialogue).count(Asked{e.Session, e.Wave, e.Question})
		c.add(e.Replaces, -1)
		c.Void++
	}
}

func (x *index) edition(id domain.EditionID) *editionIndex {
	if x.editions[id] == nil {
		x.editions[id] = &editionIndex{}
	}
	return x.editions[id]
}

func (x *index) room(id domain.DialogueID) *roomIndex {
	if x.rooms[id] == nil {
		x.rooms[id] = &roomIndex{checkedIn: map[seat]int{}, ballots: map[Asked]*Count{}}
	}
	return x.rooms[id]
}

func (r *roomIndex) count(q Asked) *Count {
	if r.ballots[q] == nil {
		r.ballots[q] = &Count{Cells: map[string]int{}}
	}
	return r.ballots[q]
}

// looked brings the index up to the head, lets read take from it what stood before a place, and notes the ledger as observed up to there. The place is the head
// where a command looks first, and stays that for all that it looks at afterwards; a command that was sent before looks as far as it looked then.
func (v *sight) looked(read func(x *index, place uint64)) {
	if v.err != nil {
		return
	}
	x := &v.s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if v.err = x.catchUp(v.ctx, v.s.Ledger); v.err != nil {
		return
	}
	if !v.placed {
		v.placed, v.at = true, v.place(x.cursor.Seq)
		v.note(domain.Ref{Stream: domain.LedgerStream, Version: v.at})
	}
	read(x, v.at)
}

// partners are the partners of an edition, in the order of their admission.
func (v *sight) partners(e domain.EditionID) (ids []domain.PartnerID) {
	v.looked(func(x *index, place uint64) { ids = until(place, x.edition(e).partners) })
	return ids
}

// dialogues are the dialogues of an edition, in the order of their registration.
func (v *sight) dialogues(e domain.EditionID) (ids []domain.DialogueID) {
	v.looked(func(x *index, place uint64) { ids = until(place, x.edition(e).dialogues) })
	return ids
}

// recommendations are the recommendations of an edition, of every level, in the order of their drafts.
func (v *sight) recommendations(e domain.EditionID) (ids []domain.RecommendationID) {
	v.looked(func(x *index, place uint64) { ids = until(place, x.edition(e).recommendations) })
	return ids
}

// tables are the tables that a dialogue ever had, in the order in which they were first formed.
func (v *sight) tables(d domain.DialogueID) (ids []domain.TableID) {
	v.looked(func(x *index, place uint64) { ids = until(place, x.room(d).tables) })
	return ids
}

// room shows what is counted in a dialogue. All that a command counts there it counts at one moment, however the dialogue goes on; so it counts before it
// lists anything.
func (v *sight) room(d domain.DialogueID) *roomIndex {
	if v.counts[d] == nil {
		shown := &roomIndex{}
		v.looked(func(x *index, _ uint64) { shown = x.room(d).counts() })
		if v.counts == nil {
			v.counts = map[domain.DialogueID]*roomIndex{}
		}
		v.counts[d] = shown
	}
	return v.counts[d]
}

// counts is a copy of what is counted.
func (r *roomIndex) counts() *roomIndex {
	c := &roomIndex{checkedIn: maps.Clone(r.checkedIn), people: r.people, ballots: make(map[Asked]*Count, len(r.ballots))}
	for q, n := range r.ballots {
		c.ballots[q] = &Count{n.Ballots, n.NonResponse, n.Void, maps.Clone(n.Cells)}
	}
	return c
}

// checkedIn counts the people of a chamber who checked in for a session; for the joint chamber, of both. Who checked in for the day is in every session.
func (v *sight) checkedIn(d domain.DialogueID, session domain.SessionID, chamber domain.Chamber) (n int) {
	for at, people := range v.room(d).checkedIn {
		if (at.session == "" || at.session == session) && (chamber == domain.JointChamber || at.chamber == chamber) {
			n += people
		}
	}
	return n
}

// people counts the participants of a dialogue who checked in, in whatever sessions.
func (v *sight) people(d domain.DialogueID) int { return v.room(d).people }

// counted is what was answered to one question in one session and wave.
func (v *sight) counted(d domain.DialogueID, q Asked) Count {
	if c := v.room(d).ballots[q]; c != nil {
		return *c
	}
	return Count{Cells: map[string]int{}}
}

// answered lists the questions that were answered in a dialogue, by session, wave, question and version.
func (v *sight) answered(d domain.DialogueID) []Asked {
	return slices.SortedFunc(maps.Keys(v.room(d).ballots), func(a, b Asked) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Wave, b.Wave), cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version))
	})
}
