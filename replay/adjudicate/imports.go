package adjudicate

import (
	"strings"

	"daybook.internal/domain"
)

// imported is an import that stands in the record. Its events are told, not decided: what took place elsewhere followed other rules. What can be judged of
// them is that they come from an import that was announced, in an order in which they could have happened, that what they replace stood there, and
// that there are as many of them as announced.
type imported struct {
	event           domain.ImportRecorded
	id              domain.EventID
	home            domain.Home // of what it brings
	command         string
	events, streams int // that it has brought
}

// imported is the import that brings the event in sight, nil where none does.
func (v *sight) imported() *imported {
	m := &v.f.Meta
	if m.Causation == nil {
		return nil
	}
	x := v.c.imports[domain.ConversationID(m.Dialogue)]
	if x == nil || x.command != m.Command || x.id != *m.Causation {
		return nil
	}
	return x
}

// recordImport decides on the announcement of an import.
func (v *sight) recordImport(e domain.ImportRecorded) ([]domain.Event, error) {
	v.belongs(v.f.Meta.Source, "") // whoever imports says into which edition
	if !latest(v, &v.c.editions, v.c.places.edition(v.c, v.f.Meta.Source)).IsOpen() {
		v.unknown("edition", string(v.f.Meta.Source))
	}
	return own(v, &v.c.importing).Record(e)
}

// decideImported decides on an event of an import, on what stands before it: whoever imports looks at nothing else, and Observed is empty.
func (v *sight) decideImported(x *imported) ([]domain.Event, error) {
	v.belongs(x.home.Edition, x.home.Dialogue)
	if v.f.Meta.Actor.Role != domain.Importer {
		v.wrong("role %s imports nothing", v.f.Meta.Actor.Role)
	}
	about := x.event.Conversation
	switch e := v.f.Event.(type) {
	case domain.DialogueRegistered:
		return v.importDialogue(e, domain.DialogueAuthorised{}, aSession)
	case domain.DialogueAuthorised:
		return v.importDialogue(domain.DialogueRegistered{}, e, aSession)
	case domain.SessionOpened:
		return v.importDialogue(domain.DialogueRegistered{}, domain.DialogueAuthorised{}, e)
	case domain.SessionClosed:
		if x.events+1 != x.event.Written || x.streams != x.event.Streams {
			v.wrong("the import ends with %d events in %d streams, and was to have %d in %d", x.events+1, x.streams, x.event.Written, x.event.Streams)
		}
		return own(v, &v.c.dialogues).Close(e)
	case domain.StatementPosted:
		v.imports(about == e.Conversation)
		d := latest(v, &v.c.dialogues, v.c.places.dialogue(v.c, domain.DialogueID(about)))
		return own(v, &v.c.statements).Post(e, d, domain.Statement{})
	case domain.StatementModerated:
		v.imports(about == e.Conversation)
		e.Replaces = ""
		return own(v, &v.c.statements).ImportedModeration(e)
	case domain.ReactionCast:
		v.imports(about == e.Conversation)
		s := v.c.find(domain.StatementStream(e.Conversation, e.Statement))
		if v.c.events(s) == 0 {
			return nil, domain.Reject(domain.ErrUnknownRef, "statement %q is not in conversation %q", e.Statement, e.Conversation)
		}
		e.Revision, e.Replaces = 0, ""
		return v.reactions(s, e.Statement).Imported(e)
	}
	v.wrong("imports bring dialogues, statements, their moderation and reactions, and nothing else")
	return []domain.Event{v.f.Event}, nil
}

// imports sees to it that an import brings what belongs to its own conversation.
func (v *sight) imports(own bool) {
	if !own {
		v.wrong("an import brings what belongs to its own conversation")
	}
}

// aSession is a session that could have been imported.
var aSession = domain.SessionOpened{Session: "any", Chamber: domain.CitizenChamber}

// importDialogue decides on one of the three events by which a dialogue that took place elsewhere begins here. They are decided together, and stand one
// after the other: each is held against those before it and against any that could follow.
func (v *sight) importDialogue(r domain.DialogueRegistered, a domain.DialogueAuthorised, s domain.SessionOpened) ([]domain.Event, error) {
	d, at := own(v, &v.c.dialogues), int(v.f.Revision)
	if at > 0 && d.Registered() != nil {
		r = *d.Registered()
	}
	if at > 1 && d.Authorised() != nil {
		a = *d.Authorised()
	}
	in := latest(v, &v.c.editions, v.c.places.edition(v.c, v.f.Meta.Source))
	events, err := domain.Dialogue{}.Imported(r, a, s, in)
	switch {
	case err != nil:
		return nil, err
	case at >= len(events) || domain.TypeOf(events[at]) != domain.TypeOf(v.f.Event):
		return nil, domain.Reject(domain.ErrForbidden, "an imported dialogue begins with its registration, its authorisation and its session, and has them once")
	}
	return events[at : at+1], nil
}

// countImport keeps count of imports.
func (c *Court) countImport(f *domain.Fact, before uint32) {
	if e, ok := f.Event.(domain.ImportRecorded); ok && before == 0 {
		c.imports[clone(e.Conversation)] = &imported{
			event: e, id: f.ID, home: domain.Home{Edition: f.Meta.Source, Dialogue: domain.DialogueID(e.Conversation)}, command: strings.Clone(f.Meta.Command),
		}
		return
	}
	if x := c.sight.imported(); x != nil {
		if x.events++; before == 0 {
			x.streams++
		}
	}
}
