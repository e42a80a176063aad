package domain

import "slices"

// ErasureStream is the stream in which it is declared that the opening of one commitment is erased: that in a field of an event.
func ErasureStream(event EventID, field string) StreamID {
	return StreamName("erasure", event.String(), field)
}

// Erasure is the state of one opening's erasure.
type Erasure struct {
	erased *WordsErased
}

// Evolve folds one event.
func (x Erasure) Evolve(ev Event) Erasure {
	if ev, ok := ev.(WordsErased); ok {
		x.erased = &ev
	}
	return x
}

// Erased is the declaration, nil before it.
func (x Erasure) Erased() *WordsErased { return x.erased }

// Kept is what the record and the vault hold of words that are to be erased.
type Kept struct {
	At      Fact             // to which In points, zero where there is none
	Of      ParticipantState // whose stream that is, if anybody's
	Opening bool             // the vault has it, or the erasure is declared already
}

// Erase declares that the opening of a commitment is gone. What the vault has lost is not erased: nobody can declare away words that are missing.
func (x Erasure) Erase(e WordsErased, kept Kept) ([]Event, error) {
	at := kept.At
	switch {
	case x.erased != nil && same(*x.erased, e):
		return nil, nil
	case x.erased != nil:
		return nil, reject(ErrErased, "the words in %s of event %s are erased already", e.Field, e.Event)
	case at.Event == nil || at.Stream != e.In.Stream || at.Revision+1 != e.In.Version || at.ID != e.Event:
		return nil, reject(ErrUnknownRef, "%s is not event %s", e.In, e.Event)
	case CommitmentIn(at.Event, e.Field) == Commitment{} && !personIn(at.Event, e.Field):
		return nil, reject(ErrUnknownRef, "%s commits to no words in field %q", e.In, e.Field)
	case e.RequestedAt == 0 || e.LegalBasis == "":
		return nil, reject(ErrInvalidField, "an erasure was requested at some time, on some legal basis")
	case !isToken(e.By):
		return nil, reject(ErrInvalidField, "who erases, %q, is a principal", e.By)
	}
	if err := e.RequestedAt.Check(); err != nil {
		return nil, err
	}
	if gone := kept.Of.erased; gone != nil && slices.Contains(gone.Fields, e.Field) {
		return nil, reject(ErrErased, "the data of participant %s are erased, %s among them", gone.Participant, e.Field)
	}
	if !kept.Opening {
		return nil, reject(ErrErased, "the words in %s of event %s are not kept", e.Field, e.Event)
	}
	return []Event{e}, nil
}
