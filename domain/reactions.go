package domain

// ReactionsStream is the stream of one respondent's reactions in one conversation.
func ReactionsStream(c ConversationID, respondent Pseudonym) StreamID {
	return StreamName("reactions", string(c), string(respondent))
}

// Reactions is the state of one such stream: the last reaction to each statement.
type Reactions struct {
	last map[StatementID]ReactionCast
}

// Evolve folds one event.
func (r Reactions) Evolve(ev Event) Reactions {
	if e, ok := ev.(ReactionCast); ok {
		r.last = with(r.last, e.Statement, e)
	}
	return r
}

// Cast reacts to statement s in the conversation of dialogue d, or changes the reaction that stands. Revision and Replaces of c are set here.
// The same reaction again changes nothing.
func (r Reactions) Cast(c ReactionCast, s Statement, d Dialogue) ([]Event, error) {
	if have, ok := r.last[c.Statement]; ok && have.Value == c.Value && have.Important == c.Important {
		return nil, nil
	}
	switch {
	case s.posted == nil || s.posted.Conversation != c.Conversation || s.posted.Statement != c.Statement:
		return nil, reject(ErrUnknownRef, "statement %q is not in conversation %q", c.Statement, c.Conversation)
	case !d.holds(c.Conversation):
		return nil, reject(ErrUnknownRef, "there is no conversation %s", c.Conversation)
	case s.status == Rejected || s.status == Hidden:
		return nil, reject(ErrPhaseClosed, "statement %s is %s", c.Statement, s.status)
	}
	if err := d.InSession(); err != nil {
		return nil, err
	}
	return r.Imported(c)
}

// Imported takes over a reaction that was cast elsewhere, a repeated one included: the record tells what happened there.
func (r Reactions) Imported(c ReactionCast) ([]Event, error) {
	if err := first(CheckID("conversation", c.Conversation), CheckID("respondent", c.Respondent), CheckID("statement", c.Statement), oneOf("reaction", c.Value, reactionValues)); err != nil {
		return nil, err
	}
	have := r.last[c.Statement]
	c.Revision, c.Replaces = have.Revision+1, have.Value
	return []Event{c}, nil
}
