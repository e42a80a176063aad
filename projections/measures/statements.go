package measures

import (
	"daybook.internal/domain"
	"daybook.internal/projections"
)

// StatementsDoc is one conversation: its statements, what people think of them, and what moderation made of them.
type StatementsDoc struct {
	Head
	Conversation domain.ConversationID `json:"conversation"`
	projections.Frame
	Respondents int               `json:"respondents"` // people with at least one reaction
	Statements  []StatementResult `json:"statements"`  // in the order in which they were posted
}

// StatementResult is one statement. Reactions are counted before everybody's eyes, as whoever reacts is told, and none are hidden: the views of
// projections have the same counts.
type StatementResult struct {
	Statement  domain.StatementID     `json:"statement"`
	Kind       domain.StatementKind   `json:"kind"`
	Parent     domain.StatementID     `json:"parent,omitempty"`
	Lang       domain.Lang            `json:"lang"`
	Seed       bool                   `json:"seed"`
	Text       projections.TextRef    `json:"text"`
	Status     domain.StatementStatus `json:"status"` // what moderation decided; empty: undecided
	ReasonCode string                 `json:"reasonCode,omitempty"`
	Links      []Link                 `json:"links"`
	Suppressed bool                   `json:"suppressed"` // Agreement is: fewer people than the least base reacted, and no share of theirs is to be quoted
	Base       int                    `json:"base"`       // reactions that stand
	Reactions  projections.Values     `json:"reactions"`  // reactions that stand, by value
	Agreement  Number                 `json:"agreement"`  // agree / (agree + disagree), 0 to 1; null where nobody did either, or it is suppressed
}

// Statements has a document for every conversation.
var Statements = of(View{Name: "statements", Version: Version, Public: true, About: "the statements of one conversation, the reactions to them, and moderation; key: the conversation's id"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, id := range in.conversations() {
			keys = append(keys, string(id))
		}
		return keys
	},
	func(in *Inputs, key string, d *StatementsDoc) error {
		t := in.talk(domain.ConversationID(key))
		if t == nil {
			return ErrNoDocument
		}
		d.Conversation, d.Frame, d.Statements = t.Conversation, in.dialogue(t.Dialogue).frame, []StatementResult{}
		d.Respondents = len(t.Respondents)
		in.warnOfSample(d.Frame.SampleType, &d.Head)
		rule := in.suppression(d.Frame.Edition, &d.Head)
		for _, id := range t.Statements {
			s := document[projections.StatementDoc](in, projections.Statement, projections.StatementKey(t.Conversation, id))
			if s == nil {
				continue // reacted to, and never posted
			}
			r := StatementResult{
				Statement: id, Kind: s.Kind, Parent: s.Parent, Lang: s.Lang, Seed: s.Seed, Text: s.Text, Status: s.Status(), ReasonCode: s.ReasonCode, Links: t.links[id],
			}
			if r.Links == nil {
				r.Links = []Link{}
			}
			r.Base, r.Reactions, r.Agreement = s.Reactions.Agree+s.Reactions.Disagree+s.Reactions.Pass, s.Reactions, None
			if r.Suppressed = r.Base > 0 && r.Base < rule.MinBase; r.Suppressed {
				d.warn(WarnSuppressed, "shares of fewer than %d reactions are not told", rule.MinBase)
			} else if said := s.Reactions.Agree + s.Reactions.Disagree; said > 0 {
				r.Agreement = Number(float64(s.Reactions.Agree) / float64(said))
			}
			d.Statements = append(d.Statements, r)
		}
		return nil
	})
