package domain

import "iter"

// AnswerField is the place of the words of an open answer in the vault.
const AnswerField = "answer.text"

// Commitments yields the commitments that an event makes, in a fixed order, with the fields under which the vault keeps their openings. What an event only repeats
// of an earlier one (Replaces) is not among them: it was made there.
func Commitments(e Event) iter.Seq2[string, Commitment] {
	return func(yield func(string, Commitment) bool) {
		give := func(field string, c Commitment) bool { return c == Commitment{} || yield(field, c) }
		switch e := e.(type) {
		case ParticipantRegistered:
			_ = give("accessNeeds", e.AccessNeeds) && give("contact", e.Contact) && give("name", e.Name) && give("strata", e.Strata)
		case StatementPosted:
			give("text", e.Text)
		case BallotCast:
			give(AnswerField, e.Answer.Text)
		case TableOutputRecorded:
			for _, item := range e.Items {
				if !give(ItemField(item.Item), item.Text) {
					return
				}
			}
		}
	}
}

// CommitmentIn is the commitment that an event makes in a field, zero where it makes none.
func CommitmentIn(e Event, field string) Commitment {
	for have, c := range Commitments(e) {
		if have == field {
			return c
		}
	}
	return Commitment{}
}

// Erased collects what the record declares to be erased: openings that may be missing. It is a fold of the whole record, in any order; the zero value has seen
// nothing.
type Erased struct {
	told  map[toldPlace]bool  // what participants told at their registration
	words map[wordsPlace]bool // what was erased by itself
}

type toldPlace struct {
	stream StreamID
	field  string
}

type wordsPlace struct {
	event EventID
	field string
}

// See adds what an event declares.
func (x *Erased) See(e Event) {
	switch e := e.(type) {
	case PersonalDataErased:
		if x.told == nil {
			x.told = map[toldPlace]bool{}
		}
		for _, field := range e.Fields {
			x.told[toldPlace{ParticipantStream(e.Participant), field}] = true
		}
	case WordsErased:
		if x.words == nil {
			x.words = map[wordsPlace]bool{}
		}
		x.words[wordsPlace{e.Event, e.Field}] = true
	}
}

// Declares tells whether the opening of a commitment is declared to be erased: the one in a field of an event, which stands in a stream.
func (x *Erased) Declares(stream StreamID, event EventID, field string) bool {
	return x.told[toldPlace{stream, field}] || x.words[wordsPlace{event, field}]
}
