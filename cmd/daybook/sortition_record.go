package main

import (
	"context"
	"fmt"
	"slices"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// drawsOnRecord are all selections of a dialogue, as the ledger has them.
type drawsOnRecord struct {
	id       domain.DialogueID
	dialogue domain.Dialogue
	edition  domain.Edition
	state    domain.SortitionState
	revision int // events of the stream
	list     []*selectionSoFar
}

// selectionSoFar is one selection, and how far it has come.
type selectionSoFar struct {
	domain.Selection
	event   domain.EventID // that sealed the pool
	answers map[domain.ParticipantID]domain.SeatAnswer
	before  map[domain.ParticipantID]bool // who was drawn when it was announced
	made    bool                          // of a synthetic edition
}

func (s *selectionSoFar) number() int { return s.Announced().Selection }

// test tells whether nothing of a selection counts: nobody takes part in a synthetic edition, and who made a beacon knew every round.
func (s *selectionSoFar) test() bool { return s.made || s.Announced().Beacon.Synthetic }

func readDraws(ctx context.Context, l ledger.Reader, id domain.DialogueID) (r drawsOnRecord, err error) {
	r.id = id
	if r.dialogue, _, err = commands.Load[domain.Dialogue](ctx, l, domain.DialogueStream(id)); err != nil {
		return r, err
	}
	if r.dialogue.Registered() == nil {
		return r, domain.Reject(domain.ErrUnknownRef, "dialogue %q is not registered", id)
	}
	if r.edition, _, err = commands.Load[domain.Edition](ctx, l, domain.EditionStream(r.dialogue.Registered().Edition)); err != nil {
		return r, err
	}
	for rec, err := range l.Stream(ctx, domain.SortitionStream(id), 0) {
		if err != nil {
			return r, err
		}
		f, err := rec.Decode()
		if err != nil {
			return r, err
		}
		r.see(f)
	}
	return r, nil
}

func (r *drawsOnRecord) see(f domain.Fact) {
	before := r.state
	r.state = before.Evolve(f.Event)
	r.revision++
	if _, begins := f.Event.(domain.SelectionAnnounced); begins {
		next := &selectionSoFar{answers: map[domain.ParticipantID]domain.SeatAnswer{}, before: map[domain.ParticipantID]bool{}, made: r.edition.Synthetic()}
		for _, s := range r.list {
			for _, id := range s.drawn() {
				next.before[id] = before.Selected(id)
			}
		}
		r.list = append(r.list, next)
	}
	last := r.last()
	if last == nil {
		return
	}
	last.Selection = r.state.Selection()
	switch e := f.Event.(type) {
	case domain.SelectionPoolSealed:
		last.event = f.ID
	case domain.SeatAnswered:
		for _, s := range r.list {
			if s.number() == e.Selection {
				s.answers[e.Participant] = e.Answer
			}
		}
	}
}

// drawn are the people whom a selection has drawn, unless it is void.
func (s *selectionSoFar) drawn() []domain.ParticipantID {
	if s.Drawn() == nil || s.Voided() != nil {
		return nil
	}
	return s.Drawn().Selected
}

// unanswered are those who were drawn and have said nothing to it.
func (s *selectionSoFar) unanswered(state domain.SortitionState) (ids []string) {
	for _, id := range s.drawn() {
		if s.answers[id] == "" && state.In(id) {
			ids = append(ids, string(id))
		}
	}
	return ids
}

func (r *drawsOnRecord) last() *selectionSoFar {
	if len(r.list) == 0 {
		return nil
	}
	return r.list[len(r.list)-1]
}

// selection gives one by its number, the last one for 0.
func (r *drawsOnRecord) selection(number int) (*selectionSoFar, error) {
	if len(r.list) == 0 {
		return nil, fmt.Errorf("no selection of %s is announced; 'daybook sortition announce --dialogue %s' begins one", r.id, r.id)
	}
	if number == 0 {
		return r.last(), nil
	}
	for _, s := range r.list {
		if s.number() == number {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s has no selection %d; the last one is %d", r.id, number, r.last().number())
}

// goesOn tells whether a selection is on its way, so that no other can be announced.
func (s *selectionSoFar) goesOn() bool { return s.Voided() == nil && s.Drawn() == nil }

// full is the selection that filled all seats, of which the others replace people; nil where there is none.
func (r *drawsOnRecord) full() *selectionSoFar {
	for _, s := range slices.Backward(r.list) {
		if s.drawn() != nil && len(s.Announced().Vacant) == 0 {
			return s
		}
	}
	return nil
}

// vacant are those who gave their seats back and were not replaced, ascending.
func (r *drawsOnRecord) vacant() (ids []domain.ParticipantID) {
	replaced := map[domain.ParticipantID]bool{}
	for _, s := range r.list {
		if s.drawn() != nil {
			for _, id := range s.Announced().Vacant {
				replaced[id] = true
			}
		}
	}
	for _, s := range r.list {
		for _, id := range s.drawn() {
			if !r.state.In(id) && !replaced[id] {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// seated are those who have a seat.
func (r *drawsOnRecord) seated() (ids []domain.ParticipantID) {
	for _, s := range r.list {
		for _, id := range s.drawn() {
			if r.state.In(id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
