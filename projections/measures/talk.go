package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// Talk is what the people of one conversation think of its statements: every standing reaction.
type Talk struct {
	Conversation domain.ConversationID
	Dialogue     domain.DialogueID
	Respondents  []domain.Pseudonym   // in the order of their first reaction
	Statements   []domain.StatementID // in the order in which they were posted, or first reacted to
	Reactions    [][]Reaction         // by respondent, in the order of first reactions

	respondents map[domain.Pseudonym]int
	statements  map[domain.StatementID]int
	links       map[domain.StatementID][]Link
	at          uint64
}

// Reaction is a standing one.
type Reaction struct {
	Statement int // of the conversation's
	Value     domain.ReactionValue
}

// Link is a relation of one statement to another thing. Reactions never move along it.
type Link struct {
	Relation domain.StatementRelation `json:"relation"`
	Target   domain.Ref               `json:"target"`
}

// talk is a conversation, from its first statement or reaction on.
func (s *State) talk(f *domain.Fact, id domain.ConversationID) *Talk {
	t := s.talks[id]
	if t == nil {
		t = &Talk{
			Conversation: id, Dialogue: f.Meta.Dialogue, respondents: map[domain.Pseudonym]int{}, statements: map[domain.StatementID]int{},
			links: map[domain.StatementID][]Link{},
		}
		s.talks[id], s.talked = t, s.position
	}
	t.at = s.position
	return t
}

func (t *Talk) statement(id domain.StatementID) int {
	n, ok := t.statements[id]
	if !ok {
		n = len(t.Statements)
		t.statements[id], t.Statements = n, append(t.Statements, id)
	}
	return n
}

func (t *Talk) react(e *domain.ReactionCast) {
	who, ok := t.respondents[e.Respondent]
	if !ok {
		who = len(t.Respondents)
		t.respondents[e.Respondent], t.Respondents, t.Reactions = who, append(t.Respondents, e.Respondent), append(t.Reactions, nil)
	}
	statement := t.statement(e.Statement)
	if e.Replaces != "" || e.Revision > 1 {
		for i := range t.Reactions[who] {
			if r := &t.Reactions[who][i]; r.Statement == statement {
				r.Value = e.Value
				return
			}
		}
	}
	t.Reactions[who] = append(t.Reactions[who], Reaction{statement, e.Value})
}

// talk is a conversation; nil where nobody said anything.
func (in *Inputs) talk(id domain.ConversationID) *Talk {
	t := in.s.talks[id]
	if t == nil {
		in.read(&in.s.talked)
		return nil
	}
	in.read(&t.at)
	return t
}

// conversations are those in which anybody said anything, in order.
func (in *Inputs) conversations() []domain.ConversationID {
	in.read(&in.s.talked)
	ids := make([]domain.ConversationID, 0, len(in.s.talks))
	for id := range in.s.talks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, cmp.Compare)
	return ids
}
