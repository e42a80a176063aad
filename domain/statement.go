package domain

// StatementStream is the stream of one statement.
func StatementStream(c ConversationID, s StatementID) StreamID {
	return StreamName("statement", string(c), string(s))
}

// Statement is the state of one statement's stream.
type Statement struct {
	posted    *StatementPosted
	status    StatementStatus
	moderated *StatementModerated
	links     []StatementLinked
}

// Evolve folds one event.
func (s Statement) Evolve(ev Event) Statement {
	switch ev := ev.(type) {
	case StatementPosted:
		s.posted = &ev
	case StatementModerated:
		s.status, _ = ev.Decision.Status()
		s.moderated = &ev
	case StatementLinked:
		s.links = append(s.links[:len(s.links):len(s.links)], ev)
	}
	return s
}

// Post puts the statement into the conversation of dialogue d. parent is the state of the parent's stream where p names one.
func (s Statement) Post(p StatementPosted, d Dialogue, parent Statement) ([]Event, error) {
	err := first(CheckID("conversation", p.Conversation), CheckID("statement", p.Statement), CheckID("author", p.Author), p.Lang.Check(), oneOf("statement kind", p.Kind, statementKinds))
	switch {
	case err != nil:
		return nil, err
	case s.posted != nil && same(*s.posted, p):
		return nil, nil
	case s.posted != nil:
		return nil, reject(ErrDuplicate, "statement %s is there already", p.Statement)
	case p.Text == Commitment{}:
		return nil, reject(ErrInvalidText, "a statement has words")
	case p.Parent != "" && (parent.posted == nil || parent.posted.Conversation != p.Conversation || p.Parent == p.Statement):
		return nil, reject(ErrUnknownRef, "parent %q is not in conversation %s", p.Parent, p.Conversation)
	case p.Parent == "" && (p.Kind == ArgumentFor || p.Kind == ArgumentAgainst || p.Kind == Reply):
		return nil, reject(ErrUnknownRef, "a statement of kind %s has a parent", p.Kind)
	case !d.holds(p.Conversation):
		return nil, reject(ErrUnknownRef, "there is no conversation %s", p.Conversation)
	}
	if err := d.InSession(); err != nil {
		return nil, err
	}
	return []Event{p}, nil
}

// Moderate decides whether the statement is shown. guideline is the state of m's guideline, which has the reason code: nothing is rejected or hidden
// without one. Replaces of m is set here.
func (s Statement) Moderate(m StatementModerated, guideline Artefact) ([]Event, error) {
	events, err := s.ImportedModeration(m)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	if m.Guideline == (ArtefactRef{}) {
		if m.Decision == Refuse || m.Decision == Hide {
			return nil, reject(ErrUnknownRef, "to %s a statement needs a guideline", m.Decision)
		}
		return events, nil
	}
	if err := first(m.Guideline.Check(), guideline.Approved(m.Guideline)); err != nil {
		return nil, err
	}
	switch kind := guideline.Kind(m.Guideline); {
	case kind != GuideArtefact:
		return nil, reject(ErrUnknownRef, "artefact %s version %d is a %s, not a guide", m.Guideline.ID, m.Guideline.Version, kind)
	case m.ReasonCode != "" && !guideline.HasCode(m.Guideline, m.ReasonCode):
		return nil, reject(ErrUnknownRef, "guideline %s version %d has no reason code %q", m.Guideline.ID, m.Guideline.Version, m.ReasonCode)
	}
	return events, nil
}

// ImportedModeration takes over a decision that was made elsewhere, by whatever guideline there was. Replaces of m is set here.
func (s Statement) ImportedModeration(m StatementModerated) ([]Event, error) {
	status, known := m.Decision.Status()
	m.Replaces = s.status
	switch {
	case !known:
		return nil, reject(ErrInvalidField, "decision %q is not known", m.Decision)
	case s.posted == nil:
		return nil, reject(ErrUnknownRef, "statement %q is not in conversation %q", m.Statement, m.Conversation)
	case m.Moderator == "":
		return nil, reject(ErrInvalidField, "somebody moderates")
	case m.Moderator == string(s.posted.Author):
		return nil, reject(ErrSelfReview, "nobody moderates their own statement")
	case (m.Decision == Refuse || m.Decision == Hide) && m.ReasonCode == "":
		return nil, reject(ErrInvalidField, "to %s a statement needs a reason code of the guideline", m.Decision)
	case m.Decision == Restore && s.status != Hidden && s.status != Rejected && s.status != Accepted:
		return nil, reject(ErrPhaseClosed, "only what was hidden or rejected can be restored")
	case s.status == status:
		return nil, nil
	}
	if len(m.Reason.Text) > 0 {
		if err := m.Reason.Check("reason"); err != nil {
			return nil, err
		}
	}
	return []Event{m}, nil
}

// Links are the statements that this one was linked to, as they stood then.
func (s Statement) Links() []Ref {
	refs := make([]Ref, len(s.links))
	for i, l := range s.links {
		refs[i] = l.Target
	}
	return refs
}

// Link relates the statement to another one, of which target is the state. beyond has the states of all statements that the target leads to by links of
// their own: none of them may lead back here.
func (s Statement) Link(l StatementLinked, target Statement, beyond []Statement) ([]Event, error) {
	if err := oneOf("relation", l.Relation, statementRelations); err != nil {
		return nil, err
	}
	own := StatementStream(l.Conversation, l.Statement)
	switch {
	case s.posted == nil:
		return nil, reject(ErrUnknownRef, "statement %q is not in conversation %q", l.Statement, l.Conversation)
	case target.posted == nil:
		return nil, reject(ErrUnknownRef, "%s is no statement", l.Target.Stream)
	case l.By == "":
		return nil, reject(ErrInvalidField, "somebody links statements")
	case l.Target.Stream == own:
		return nil, reject(ErrCycle, "a statement is not linked to itself")
	}
	for _, have := range s.links {
		if have.Relation == l.Relation && have.Target.Stream == l.Target.Stream {
			return nil, nil
		}
	}
	for _, other := range append([]Statement{target}, beyond...) {
		for _, back := range other.links {
			if back.Target.Stream == own {
				return nil, reject(ErrCycle, "%s leads back to this statement, by %s", l.Target.Stream, back.Statement)
			}
		}
	}
	return []Event{l}, nil
}
