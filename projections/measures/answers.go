package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// Asked is what people answered: one version of a question, in one wave of one session, in dialogues of one sample type. Answers to different ones are
// never added.
type Asked struct {
	Edition  domain.EditionID
	Question domain.ArtefactRef
	Session  domain.SessionID
	Wave     domain.Wave
	Sample   domain.SampleType
}

func (a Asked) compare(b Asked) int {
	return cmp.Or(cmp.Compare(a.Edition, b.Edition), cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version),
		cmp.Compare(a.Session, b.Session), cmp.Compare(a.Wave, b.Wave), cmp.Compare(a.Sample, b.Sample))
}

// Pool is everything that was answered to an Asked.
type Pool struct {
	Sheets []*Sheet // by place, then by dialogue
	at     uint64

	hidden   map[domain.Place]bool // the places that are not published; nil: not decided yet
	hiddenAt uint64                // when it was decided, and by which rule
	hiddenBy domain.Suppression
	crossed  *crossing            // by the strata of the profile; nil: not counted yet
	changed  *changing            // since the wave before; nil: not counted yet
	warned   *warned              // what readers should know; nil: not looked for yet
	open     map[domain.Place]int // dialogues in which people still answer
}

// Sheet is what the people of one dialogue answered.
type Sheet struct {
	Room    *Room
	Answers []Given // by respondent of the room; shorter than the room where the last ones gave none
	Revised int     // answers that replaced an earlier one
	Voided  int

	counted *counts      // of Answers; nil: not counted since the last one came
	weighed sheetWeights // of the same
}

// Given is one respondent's standing answer.
type Given struct {
	Answer *domain.Answer // nil: none, or voided
	Table  int            // of the room's tables, where it was given; -1: at none
}

// Room is the people of one dialogue who answer under pseudonyms, in the order in which they first did, and the tables that they named, likewise.
type Room struct {
	Dialogue    domain.DialogueID
	Place       domain.Place
	Respondents []domain.Pseudonym
	Tables      []domain.TableID

	numbers map[domain.Pseudonym]int
	tables  map[domain.TableID]int
	sheets  map[Asked]*Sheet
	asked   []Asked // the keys of sheets, in order
	at      uint64
	strata  roomStrata // as they were last read
}

// Sheet is what the room answered; nil where it was not asked, and of no room.
func (r *Room) Sheet(a Asked) *Sheet {
	if r == nil {
		return nil
	}
	return r.sheets[a]
}

// Of is the standing answer of a respondent; nil where there is none.
func (s *Sheet) Of(respondent int) *domain.Answer {
	if s == nil || respondent >= len(s.Answers) {
		return nil
	}
	return s.Answers[respondent].Answer
}

func (s *State) cast(e *domain.BallotCast) {
	sheet, pool, room := s.sheet(e.Dialogue, e.Question, e.Session, e.Wave)
	n := room.respondent(e.Pseudonym)
	for len(sheet.Answers) <= n {
		sheet.Answers = append(sheet.Answers, Given{Table: -1})
	}
	if e.Replaces != nil {
		sheet.Revised++
	}
	answer := e.Answer
	sheet.Answers[n] = Given{&answer, room.table(e.Table)}
	sheet.counted, pool.at, room.at = nil, s.position, s.position
}

func (s *State) void(e *domain.BallotVoided) {
	sheet, pool, room := s.sheet(e.Dialogue, e.Question, e.Session, e.Wave)
	if n := room.respondent(e.Pseudonym); n < len(sheet.Answers) {
		sheet.Answers[n] = Given{Table: -1}
	}
	sheet.Voided++
	sheet.counted, pool.at, room.at = nil, s.position, s.position
}

// sheet is that of one question in one dialogue, which begins with the first answer.
func (s *State) sheet(id domain.DialogueID, question domain.ArtefactRef, session domain.SessionID, wave domain.Wave) (*Sheet, *Pool, *Room) {
	frame := s.dialogue(id).frame
	room := s.rooms[id]
	if room == nil {
		room = &Room{Dialogue: id, Place: frame.Place, numbers: map[domain.Pseudonym]int{}, tables: map[domain.TableID]int{}, sheets: map[Asked]*Sheet{}}
		s.rooms[id], s.met = room, s.position
	}
	a := Asked{frame.Edition, question, session, wave, frame.SampleType}
	pool := s.pools[a]
	if pool == nil {
		pool = &Pool{}
		s.pools[a], s.answered = pool, s.position
		i, _ := slices.BinarySearchFunc(s.order, a, Asked.compare)
		s.order = slices.Insert(s.order, i, a)
	}
	sheet := room.sheets[a]
	if sheet == nil {
		sheet = &Sheet{Room: room}
		room.sheets[a] = sheet
		at, _ := slices.BinarySearchFunc(room.asked, a, Asked.compare)
		room.asked = slices.Insert(room.asked, at, a)
		pool.insert(sheet)
		if s.polling[sitting{id, session}] {
			pool.begin(room.Place)
		}
	}
	return sheet, pool, room
}

// insert puts a sheet in its place, by place and dialogue.
func (p *Pool) insert(s *Sheet) {
	i, _ := slices.BinarySearchFunc(p.Sheets, s, func(a, b *Sheet) int {
		return cmp.Or(cmp.Compare(a.Room.Place, b.Room.Place), cmp.Compare(a.Room.Dialogue, b.Room.Dialogue))
	})
	p.Sheets = slices.Insert(p.Sheets, i, s)
}

// respondent is the number of a pseudonym, from the first to come.
func (r *Room) respondent(p domain.Pseudonym) int {
	n, ok := r.numbers[p]
	if !ok {
		n = len(r.Respondents)
		r.numbers[p], r.Respondents = n, append(r.Respondents, p)
	}
	return n
}

// table is the number of a table; -1 is that of none.
func (r *Room) table(id domain.TableID) int {
	if id == "" {
		return -1
	}
	n, ok := r.tables[id]
	if !ok {
		n = len(r.Tables)
		r.tables[id], r.Tables = n, append(r.Tables, id)
	}
	return n
}
