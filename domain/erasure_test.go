package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// postedFact is a statement in its place, and how it would be erased.
func postedFact() (Fact, WordsErased) {
	e := example[WordsErased]()
	return Fact{Stream: e.In.Stream, Revision: e.In.Version - 1, ID: e.Event, Event: example[StatementPosted]()}, e
}

func TestWordsErased(t *testing.T) {
	t.Parallel()
	at, e := postedFact()
	ask := func(e WordsErased, kept Kept) func(Erasure) ([]Event, error) { return asks2(Erasure.Erase, e, kept) }
	there := Kept{At: at, Opening: true}
	change := func(f func(*WordsErased)) func(Erasure) ([]Event, error) { return ask(but(e, f), there) }

	registered := example[ParticipantRegistered]()
	told := Fact{Stream: ParticipantStream(registered.Participant), ID: NewEventID("c", ParticipantStream(registered.Participant), 0), Event: registered}
	contact := but(e, func(e *WordsErased) { e.Event, e.Field, e.In = told.ID, "contact", Ref{told.Stream, 1} })
	of := Fold(ParticipantState{}, registered)
	ofErased := Fold(of, but(example[PersonalDataErased](), func(e *PersonalDataErased) { e.Fields = []string{"contact", "strata"} }))
	name := but(contact, func(e *WordsErased) { e.Field = "name" })

	drawing := SortitionStream("dl_KE")
	sealed := Fact{Stream: drawing, Revision: 1, ID: NewEventID("c", drawing, 0), Event: example[SelectionPoolSealed]()}
	person := but(e, func(e *WordsErased) { e.Event, e.Field, e.In = sealed.ID, PoolField("pa_1"), Ref{drawing, 2} })
	inPool := func(field string) func(Erasure) ([]Event, error) {
		return ask(but(person, func(e *WordsErased) { e.Field = field }), Kept{At: sealed, Opening: true})
	}

	checkRulings(t, []ruling[Erasure]{
		{"a statement", nil, ask(e, there), nil, follows(e)},
		{"is erased", follows(e), ask(e, there), nil, nil},
		{"is erased otherwise", follows(e), change(func(e *WordsErased) { e.LegalBasis = "another" }), ErrErased, nil},
		{"the contact of a participant", nil, ask(contact, Kept{told, of, true}), nil, follows(contact)},
		{"what went with the participant's data", nil, ask(contact, Kept{told, ofErased, true}), ErrErased, nil},
		{"what did not go with the participant's data", nil, ask(name, Kept{told, ofErased, true}), nil, follows(name)},
		{"no such event", nil, ask(e, Kept{Opening: true}), ErrUnknownRef, nil},
		{"another event", nil, change(func(e *WordsErased) { e.Event[0]++ }), ErrUnknownRef, nil},
		{"in another stream", nil, change(func(e *WordsErased) { e.In.Stream = StatementStream("dl_KE", "st_13") }), ErrUnknownRef, nil},
		{"at another version", nil, change(func(e *WordsErased) { e.In.Version++ }), ErrUnknownRef, nil},
		{"at no version", nil, change(func(e *WordsErased) { e.In.Version = 0 }), ErrUnknownRef, nil},
		{"a field without words", nil, change(func(e *WordsErased) { e.Field = "author" }), ErrUnknownRef, nil},
		{"what was never told", nil, ask(contact, Kept{but(told, func(f *Fact) {
			f.Event = but(registered, func(r *ParticipantRegistered) { r.Contact = Commitment{} })
		}), of, true}), ErrUnknownRef, nil},
		{"an event that bears no words", nil, ask(e, Kept{At: but(at, func(f *Fact) { f.Event = example[StatementModerated]() }), Opening: true}), ErrUnknownRef, nil},
		{"what the vault has lost", nil, ask(e, Kept{At: at}), ErrErased, nil},
		{"a person of a pool", nil, ask(person, Kept{At: sealed, Opening: true}), nil, follows(person)},
		{"a person of a pool whose salt the vault never had", nil, ask(person, Kept{At: sealed}), ErrErased, nil},
		{"a person of no pool", nil, ask(person, Kept{At: but(sealed, func(f *Fact) { f.Event = example[LotteryBuilt]() }), Opening: true}), ErrUnknownRef, nil},
		{"nobody of a pool", nil, inPool(PoolField("")), ErrUnknownRef, nil},
		{"the leaves of a pool", nil, inPool(LeavesField), ErrUnknownRef, nil},
		{"nobody asked", nil, change(func(e *WordsErased) { e.RequestedAt = 0 }), ErrInvalidField, nil},
		{"asked in another age", nil, change(func(e *WordsErased) { e.RequestedAt = 1 << 52 }), ErrInvalidField, nil},
		{"on no basis", nil, change(func(e *WordsErased) { e.LegalBasis = "" }), ErrInvalidField, nil},
		{"by nobody", nil, change(func(e *WordsErased) { e.By = "" }), ErrInvalidField, nil},
		{"by a person's name", nil, change(func(e *WordsErased) { e.By = "Grace Njeri" }), ErrInvalidField, nil},
	})
	require.Nil(t, Erasure{}.Erased())
	require.Equal(t, &e, Fold(Erasure{}, e).Erased())
}

func TestErasureMachine(t *testing.T) {
	t.Parallel()
	at, e := postedFact()
	checkMachine(t, nothing, map[string]draw[Erasure]{
		"erase": func(t *rapid.T) func(Erasure) ([]Event, error) {
			return asks2(Erasure.Erase, but(e, func(e *WordsErased) {
				e.LegalBasis, e.By = pick(t, "basis", "a", "a", "b", ""), pick(t, "by", "x", "y", "")
				e.Field = pick(t, "field", "text", "text", "reason")
			}), Kept{At: at, Opening: rapid.Bool().Draw(t, "kept")})
		},
	})
}

// Different places have different streams, whatever their names.
func TestErasureStream(t *testing.T) {
	t.Parallel()
	id := NewEventID("c", "s", 0)
	require.Equal(t, StreamID("erasure-"+id.String()+"/items.1.text"), ErasureStream(id, ItemField("1")))
	require.NotEqual(t, ErasureStream(id, "a"), ErasureStream(id, "b"))
}
