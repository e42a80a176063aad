package adjudicate

import (
	"daybook.internal/domain"
)

func (v *sight) ofStatement() ([]domain.Event, error) {
	st := own(v, &v.c.statements)
	in := func(c domain.ConversationID) domain.Dialogue {
		d := v.dialogue(domain.DialogueID(c))
		v.inDialogue(d)
		return d
	}
	switch e := v.f.Event.(type) {
	case domain.StatementPosted:
		d := in(e.Conversation)
		var parent domain.Statement
		if e.Parent != "" {
			parent = sees(v, &v.c.statements, v.c.find(domain.StatementStream(e.Conversation, e.Parent)))
		}
		return st.Post(e, d, parent)
	case domain.StatementModerated:
		in(e.Conversation)
		var guideline domain.Artefact
		if e.Guideline.ID != "" {
			guideline = v.artefact(e.Guideline.ID)
		}
		e.Replaces = ""
		return st.Moderate(e, guideline)
	case domain.StatementLinked:
		in(e.Conversation)
		s := v.c.find(e.Target.Stream)
		target := sees(v, &v.c.statements, s)
		if n, _ := v.observed(s.name); n != e.Target.Version {
			v.wrong("the target is linked at version %d, and the decision looked at %d", e.Target.Version, n)
		}
		return st.Link(e, target, v.beyond(s.name, target))
	}
	return nil, nil
}

// maxWalk is the most streams that a command walks to find out where links or sources lead.
const maxWalk = 1000

// beyond are all statements to which one leads by links, nearest first.
func (v *sight) beyond(from domain.StreamID, first domain.Statement) (found []domain.Statement) {
	seen := map[domain.StreamID]bool{from: true}
	for todo := first.Links(); len(todo) > 0 && v.err == nil; todo = todo[1:] {
		stream := todo[0].Stream
		if seen[stream] {
			continue
		}
		if seen[stream] = true; len(seen) > maxWalk {
			v.wrong("%s leads to more than %d statements", from, maxWalk)
			break
		}
		st := sees(v, &v.c.statements, v.c.find(stream))
		found, todo = append(found, st), append(todo, st.Links()...)
	}
	return found
}
