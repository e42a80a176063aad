package projections

import "daybook.internal/domain"

// ConversationDoc is one conversation in numbers.
type ConversationDoc struct {
	Conversation domain.ConversationID `json:"conversation"`
	Frame
	Talk
}

// Conversation has a document for every conversation, by its id.
var Conversation = public(Of("conversation", 1, "statements and reactions of one conversation; key: its id",
	on(domain.StatementPosted{}, domain.StatementModerated{}, domain.ReactionCast{}),
	func(f *Fact, to []string) []string {
		if c := conversationOf(f); c != "" {
			to = append(to, string(c))
		}
		return to
	},
	func(d *ConversationDoc, _ string, f *Fact) {
		d.Conversation, d.Frame = conversationOf(f), f.Place
		switch e := f.Event.(type) {
		case domain.StatementPosted:
			d.post()
		case domain.StatementModerated:
			d.moderate(e)
		case domain.ReactionCast:
			d.react(e, f.Revision == 0)
		}
	}))

func conversationOf(f *Fact) domain.ConversationID {
	switch e := f.Event.(type) {
	case domain.StatementPosted:
		return e.Conversation
	case domain.StatementModerated:
		return e.Conversation
	case domain.ReactionCast:
		return e.Conversation
	}
	return ""
}

// StatementDoc is one statement: its place, its words as a commitment, what moderation made of it, and what people thought of it.
type StatementDoc struct {
	Conversation domain.ConversationID `json:"conversation"`
	Statement    domain.StatementID    `json:"statement"`
	Kind         domain.StatementKind  `json:"kind"`
	Parent       domain.StatementID    `json:"parent,omitempty"`
	Lang         domain.Lang           `json:"lang"`
	Author       domain.Pseudonym      `json:"author"`
	Seed         bool                  `json:"seed"`
	Text         TextRef               `json:"text"`
	ReasonCode   string                `json:"reasonCode,omitempty"`
	Talk
}

// TextRef says where words stand in the vault, and what they must match.
type TextRef struct {
	Event      string            `json:"event"`
	Field      string            `json:"field"`
	Commitment domain.Commitment `json:"commitment"`
}

// StatementKey is the key of a statement's document.
func StatementKey(c domain.ConversationID, s domain.StatementID) string {
	return string(c) + "/" + string(s)
}

// Statement has a document for every statement.
var Statement = public(Of("statement", 1, "one statement and the reactions to it; key: conversation/statement",
	on(domain.StatementPosted{}, domain.StatementModerated{}, domain.ReactionCast{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.StatementPosted:
			return append(to, StatementKey(e.Conversation, e.Statement))
		case domain.StatementModerated:
			return append(to, StatementKey(e.Conversation, e.Statement))
		case domain.ReactionCast:
			return append(to, StatementKey(e.Conversation, e.Statement))
		}
		return to
	},
	func(d *StatementDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.StatementPosted:
			d.Conversation, d.Statement, d.Kind, d.Parent = e.Conversation, e.Statement, e.Kind, e.Parent
			d.Lang, d.Author, d.Seed = e.Lang, e.Author, e.Seed
			d.Text = TextRef{f.ID.String(), "text", e.Text}
			d.post()
		case domain.StatementModerated:
			d.ReasonCode = e.ReasonCode
			d.moderate(e)
		case domain.ReactionCast:
			d.react(e, e.Revision == 1)
		}
	}))
