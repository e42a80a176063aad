package commands

import (
	"context"

	"daybook.internal/domain"
)

func tableCommands() []Command {
	return []Command{
		define("form-table", "seat a table, or seat it anew", (*Service).FormTable),
		define("record-table-output", "record a worksheet of a table", (*Service).RecordTableOutput),
	}
}

// FormTable seats a table for a session, or for the day, or seats it anew.
type FormTable struct {
	Dialogue    domain.DialogueID      `json:"dialogue"`
	Table       domain.TableID         `json:"table"`
	Session     domain.SessionID       `json:"session,omitempty"`
	Chamber     domain.Chamber         `json:"chamber"`
	Facilitator string                 `json:"facilitator"`
	NoteTaker   string                 `json:"noteTaker,omitempty"`
	Members     []domain.ParticipantID `json:"members"`
	Waiver      *domain.Waiver         `json:"waiver,omitempty"`
}

// maxMembers bounds what a command looks at: nobody calls more people a table, whatever is waived.
const maxMembers = 50

// FormTable runs the command of that name.
func (s *Service) FormTable(ctx context.Context, by By, c FormTable) (Receipt, error) {
	if len(c.Members) > maxMembers {
		return Receipt{}, domain.Reject(domain.ErrInvalidField, "%d people do not sit at one table", len(c.Members))
	}
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	stream := domain.TableStream(c.Dialogue, c.Table)
	v.backTo(v.sentAs(by, stream))
	d := v.dialogue(c.Dialogue)
	e := v.editionOf(d)
	if v.err != nil {
		return Receipt{}, v.err
	}
	held := v.partner(d.Registered().Edition, d.Registered().Partner)
	members := v.participants(c.Members)
	var others []domain.Table
	for _, id := range v.tables(c.Dialogue) {
		if id != c.Table {
			others = append(others, sees[domain.Table](v, domain.TableStream(c.Dialogue, id)))
		}
	}
	f := domain.TableFormed{
		Dialogue: c.Dialogue, Table: c.Table, Session: c.Session, Chamber: c.Chamber, Facilitator: c.Facilitator, NoteTaker: c.NoteTaker, Members: c.Members, Waiver: c.Waiver,
	}
	return execute(v, by, stream, d.Registered().Edition, c.Dialogue,
		func(t domain.Table) ([]domain.Event, error) { return t.Form(f, d, e, held, members, others) })
}

// RecordTableOutput records a worksheet of a table. Its words go to the vault, and the event bears commitments to them.
type RecordTableOutput struct {
	Dialogue   domain.DialogueID  `json:"dialogue"`
	Table      domain.TableID     `json:"table"`
	Output     domain.OutputID    `json:"output"`
	Session    domain.SessionID   `json:"session"`
	Template   domain.ArtefactRef `json:"template"`
	Items      []TableItem        `json:"items"`
	SheetImage domain.Digest      `json:"sheetImage,omitzero"`
	By         string             `json:"by"`
}

// TableItem is one line of a worksheet.
type TableItem struct {
	Item string          `json:"item"`
	Kind domain.ItemKind `json:"kind"`
	Text string          `json:"text"`
	Lang domain.Lang     `json:"lang"`
	Rank int             `json:"rank,omitempty"`
}

// RecordTableOutput runs the command of that name.
func (s *Service) RecordTableOutput(ctx context.Context, by By, c RecordTableOutput) (Receipt, error) {
	if len(c.Items) > domain.MaxItems {
		return Receipt{}, domain.Reject(domain.ErrInvalidField, "a worksheet has at most %d items, not %d", domain.MaxItems, len(c.Items))
	}
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	e, template := v.editionOf(d), v.artefact(c.Template.ID)
	stream := domain.TableStream(c.Dialogue, c.Table)
	seated := peeks[domain.Table](v, stream)
	members, closed := v.participants(seated.Members(c.Session)), v.closedAt(c.Dialogue, c.Session)
	if v.err != nil {
		return Receipt{}, v.err
	}
	o := domain.TableOutputRecorded{
		Dialogue: c.Dialogue, Table: c.Table, Output: c.Output, Session: c.Session, Template: c.Template, Items: make([]domain.OutputItem, len(c.Items)), SheetImage: c.SheetImage, By: c.By,
	}
	words := make([]sealed, len(c.Items))
	for i, item := range c.Items {
		if len(item.Text) > MaxWords {
			return Receipt{}, domain.Reject(domain.ErrInvalidText, "an item has 1 to %d bytes of text", MaxWords)
		}
		o.Items[i] = domain.OutputItem{Item: item.Item, Kind: item.Kind, Lang: item.Lang, Rank: item.Rank}
		words[i] = sealed{domain.ItemField(item.Item), item.Text, &o.Items[i].Text}
	}
	meta := s.meta(by, d.Registered().Edition, c.Dialogue, v.observed...)
	now := v.sentAt(by, stream, meta.Time)
	if v.err != nil {
		return Receipt{}, v.err
	}
	return executeWith(ctx, s.Ledger, &s.states, stream, meta, func(t domain.Table) ([]domain.Event, error) {
		return s.sealing(ctx, by, stream, words, func() ([]domain.Event, error) { return t.RecordOutput(o, d, e, template, closed, now, members) })
	})
}

// participants shows the states of participants.
func (v *sight) participants(ids []domain.ParticipantID) map[domain.ParticipantID]domain.ParticipantState {
	found := map[domain.ParticipantID]domain.ParticipantState{}
	for _, id := range ids {
		found[id] = sees[domain.ParticipantState](v, domain.ParticipantStream(id))
	}
	return found
}
