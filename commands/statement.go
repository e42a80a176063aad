package commands

import (
	"context"

	"daybook.internal/domain"
)

func statementCommands() []Command {
	return []Command{
		define("post-statement", "put a statement into a conversation", (*Service).PostStatement),
		define("moderate-statement", "decide whether a statement is shown", (*Service).ModerateStatement),
		define("link-statement", "relate a statement to another one", (*Service).LinkStatement),
		define("react", "agree or disagree with a statement, or pass", (*Service).React),
	}
}

// MaxWords is the most bytes that a statement has.
const MaxWords = 16 << 10

// PostStatement puts a statement into a conversation. Its words go to the vault, and the event bears a commitment to them.
type PostStatement struct {
	Conversation domain.ConversationID `json:"conversation"`
	Statement    domain.StatementID    `json:"statement"`
	Kind         domain.StatementKind  `json:"kind"`
	Parent       domain.StatementID    `json:"parent,omitempty"`
	Text         string                `json:"text"`
	Lang         domain.Lang           `json:"lang"`
	Author       domain.Pseudonym      `json:"author"`
	Seed         bool                  `json:"seed,omitempty"`
}

// PostStatement runs the command of that name.
func (s *Service) PostStatement(ctx context.Context, by By, c PostStatement) (Receipt, error) {
	if c.Text == "" || len(c.Text) > MaxWords {
		return Receipt{}, domain.Reject(domain.ErrInvalidText, "a statement has 1 to %d bytes of text", MaxWords)
	}
	leave, err := s.doors.enter(ctx, domain.DialogueStream(domain.DialogueID(c.Conversation)), false)
	if err != nil {
		return Receipt{}, err
	}
	defer leave()
	d, seen, err := s.conversation(ctx, c.Conversation)
	if err != nil {
		return Receipt{}, err
	}
	observed := []domain.Ref{seen}
	var parent domain.Statement
	if c.Parent != "" {
		var ref domain.Ref
		if parent, ref, err = s.statement(ctx, c.Conversation, c.Parent); err != nil {
			return Receipt{}, err
		}
		observed = append(observed, ref)
	}
	stream := domain.StatementStream(c.Conversation, c.Statement)
	post := domain.StatementPosted{
		Conversation: c.Conversation, Statement: c.Statement, Kind: c.Kind, Parent: c.Parent, Lang: c.Lang, Author: c.Author, Seed: c.Seed,
	}
	return executeWith(ctx, s.Ledger, &s.states, stream, s.meta(by, d.Registered().Edition, domain.DialogueID(c.Conversation), observed...),
		func(st domain.Statement) ([]domain.Event, error) {
			return s.sealing(ctx, by, stream, []sealed{{"text", c.Text, &post.Text}}, func() ([]domain.Event, error) { return st.Post(post, d, parent) })
		})
}

// ModerateStatement decides whether a statement is shown.
type ModerateStatement struct {
	Conversation domain.ConversationID `json:"conversation"`
	Statement    domain.StatementID    `json:"statement"`
	Decision     domain.Moderation     `json:"decision"`
	ReasonCode   string                `json:"reasonCode,omitempty"`
	Reason       domain.LText          `json:"reason,omitzero"`
	Guideline    domain.ArtefactRef    `json:"guideline,omitzero"` // the guideline that has the reason code
	Moderator    string                `json:"moderator"`
}

// ModerateStatement runs the command of that name.
func (s *Service) ModerateStatement(ctx context.Context, by By, c ModerateStatement) (Receipt, error) {
	m := domain.StatementModerated{
		Conversation: c.Conversation, Statement: c.Statement, Decision: c.Decision, ReasonCode: c.ReasonCode, Reason: c.Reason, Guideline: c.Guideline, Moderator: c.Moderator,
	}
	v := s.look(ctx)
	d := v.dialogue(domain.DialogueID(c.Conversation))
	var guideline domain.Artefact
	if c.Guideline.ID != "" {
		guideline = v.artefact(c.Guideline.ID)
	}
	if v.err != nil {
		return Receipt{}, v.err
	}
	return execute(v, by, domain.StatementStream(c.Conversation, c.Statement), d.Registered().Edition, domain.DialogueID(c.Conversation),
		func(st domain.Statement) ([]domain.Event, error) { return st.Moderate(m, guideline) })
}

// LinkStatement relates a statement to another one. TargetConversation is its own conversation where it is empty.
type LinkStatement struct {
	Conversation       domain.ConversationID    `json:"conversation"`
	Statement          domain.StatementID       `json:"statement"`
	Relation           domain.StatementRelation `json:"relation"`
	Target             domain.StatementID       `json:"target"`
	TargetConversation domain.ConversationID    `json:"targetConversation,omitempty"`
	By                 string                   `json:"by"`
}

// LinkStatement runs the command of that name.
func (s *Service) LinkStatement(ctx context.Context, by By, c LinkStatement) (Receipt, error) {
	if c.TargetConversation == "" {
		c.TargetConversation = c.Conversation
	}
	target, ref, err := s.statement(ctx, c.TargetConversation, c.Target)
	if err != nil {
		return Receipt{}, err
	}
	beyond, refs, err := s.beyond(ctx, ref.Stream, target)
	if err != nil {
		return Receipt{}, err
	}
	l := domain.StatementLinked{Conversation: c.Conversation, Statement: c.Statement, Relation: c.Relation, Target: ref, By: c.By}
	run := func() (Receipt, error) {
		return s.ofStatement(ctx, by, c.Conversation, c.Statement, func(st domain.Statement) ([]domain.Event, error) { return st.Link(l, target, beyond) },
			append([]domain.Ref{ref}, refs...)...)
	}
	receipt, err := run()
	was, sent := sentBefore[domain.StatementLinked](ctx, s, err, by, domain.StatementStream(c.Conversation, c.Statement))
	if !sent || was.Target.Stream != ref.Stream {
		return receipt, err
	}
	l.Target = was.Target
	return run()
}

// maxLinks is the most statements that are walked to find out where links lead.
const maxLinks = 1000

// beyond loads all statements that one leads to by links, nearest first.
func (s *Service) beyond(ctx context.Context, from domain.StreamID, first domain.Statement) (found []domain.Statement, refs []domain.Ref, err error) {
	seen := map[domain.StreamID]bool{from: true}
	for todo := first.Links(); len(todo) > 0; todo = todo[1:] {
		stream := todo[0].Stream
		if seen[stream] {
			continue
		}
		if seen[stream] = true; len(seen) > maxLinks {
			return nil, nil, domain.Reject(domain.ErrCycle, "%s leads to more than %d statements", from, maxLinks)
		}
		st, version, err := loadWith[domain.Statement](ctx, s, stream)
		if err != nil {
			return nil, nil, err
		}
		found, refs, todo = append(found, st), append(refs, domain.Ref{Stream: stream, Version: version}), append(todo, st.Links()...)
	}
	return found, refs, nil
}

// React agrees or disagrees with a statement, or passes.
type React struct {
	Conversation domain.ConversationID `json:"conversation"`
	Statement    domain.StatementID    `json:"statement"`
	Respondent   domain.Pseudonym      `json:"respondent"`
	Value        domain.ReactionValue  `json:"value"`
	Important    bool                  `json:"important,omitempty"`
}

// React runs the command of that name.
func (s *Service) React(ctx context.Context, by By, c React) (Receipt, error) {
	leave, err := s.doors.enter(ctx, domain.DialogueStream(domain.DialogueID(c.Conversation)), false)
	if err != nil {
		return Receipt{}, err
	}
	defer leave()
	d, seen, err := s.conversation(ctx, c.Conversation)
	if err != nil {
		return Receipt{}, err
	}
	st, ref, err := s.statement(ctx, c.Conversation, c.Statement)
	if err != nil {
		return Receipt{}, err
	}
	cast := domain.ReactionCast{Conversation: c.Conversation, Respondent: c.Respondent, Statement: c.Statement, Value: c.Value, Important: c.Important}
	return executeWith(ctx, s.Ledger, &s.states, domain.ReactionsStream(c.Conversation, c.Respondent),
		s.meta(by, d.Registered().Edition, domain.DialogueID(c.Conversation), seen, ref),
		func(r domain.Reactions) ([]domain.Event, error) { return r.Cast(cast, st, d) })
}

// conversation loads the dialogue whose conversation it is.
func (s *Service) conversation(ctx context.Context, c domain.ConversationID) (domain.Dialogue, domain.Ref, error) {
	return s.dialogue(ctx, domain.DialogueID(c))
}

func (s *Service) ofStatement(ctx context.Context, by By, c domain.ConversationID, id domain.StatementID, decide func(domain.Statement) ([]domain.Event, error), observed ...domain.Ref) (Receipt, error) {
	d, seen, err := s.conversation(ctx, c)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.StatementStream(c, id),
		s.meta(by, d.Registered().Edition, domain.DialogueID(c), append([]domain.Ref{seen}, observed...)...), decide)
}
