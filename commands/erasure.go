package commands

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

func erasureCommands() []Command {
	return []Command{
		define("erase-words", "erase words that somebody said or wrote, for good", (*Service).EraseWords),
	}
}

// EraseWords erases the opening of one commitment: a statement's text, an open answer, an item of a worksheet, or one field of a registration. The commitment
// stays in the record, and nobody can open it any more. In names the event that bears it: its stream, and the version that the stream had after it, both of
// which stand in the receipt of the command that wrote it. Field is text, answer.text, items.ITEM.text, name, contact, strata or accessNeeds.
type EraseWords struct {
	In          domain.Ref  `json:"in"`
	Field       string      `json:"field"`
	RequestedAt domain.Time `json:"requestedAt"`
	LegalBasis  string      `json:"legalBasis"`
	By          string      `json:"by"`
}

// EraseWords runs the command of that name. The event comes first: once it stands, whoever sends the command again finishes an erasure that was interrupted.
func (s *Service) EraseWords(ctx context.Context, by By, c EraseWords) (Receipt, error) {
	v := s.look(ctx)
	kept := v.kept(c.In, c.Field)
	if v.err != nil {
		return Receipt{}, v.err
	}
	at := vault.Place{Event: kept.At.ID, Field: c.Field}
	e := domain.WordsErased{Event: at.Event, Field: c.Field, In: c.In, RequestedAt: c.RequestedAt, LegalBasis: c.LegalBasis, By: c.By}
	receipt, err := execute(v, by, domain.ErasureStream(at.Event, at.Field), kept.At.Meta.Source, kept.At.Meta.Dialogue,
		func(x domain.Erasure) ([]domain.Event, error) { return x.Erase(e, kept) })
	if err != nil {
		return Receipt{}, err
	}
	return s.eraseNow(ctx, receipt, at)
}

// eraseNow takes openings out of the vault after their erasure was declared.
func (s *Service) eraseNow(ctx context.Context, declared Receipt, places ...vault.Place) (Receipt, error) {
	if err := s.Vault.Erase(ctx, places...); err != nil {
		return Receipt{}, fmt.Errorf("the erasure stands in the record; send the command again to finish it: %w", err)
	}
	return declared, nil
}

// kept shows an event that bears words, and whether the vault has those of a field. A reference to no event is domain.ErrUnknownRef.
func (v *sight) kept(in domain.Ref, field string) (k domain.Kept) {
	if in.Version == 0 {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "%s: versions are counted from 1", in))
		return k
	}
	version := in.Version - 1 + v.each(in.Stream, in.Version-1, func(f domain.Fact) bool {
		if f.Revision == in.Version-1 {
			k.At = f
		}
		return true
	})
	if v.err != nil {
		return k
	}
	if k.At.Event == nil {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "%s: there is no such event", in))
		return k
	}
	if _, told := k.At.Event.(domain.ParticipantRegistered); told {
		k.Of = sees[domain.ParticipantState](v, in.Stream)
	} else {
		v.note(domain.Ref{Stream: in.Stream, Version: version})
	}
	if peeks[domain.Erasure](v, domain.ErasureStream(k.At.ID, field)).Erased() != nil {
		k.Opening = true
		return k
	}
	switch _, err := v.s.Vault.Open(v.ctx, vault.Place{Event: k.At.ID, Field: field}); {
	case err == nil, errors.Is(err, vault.ErrDamaged): // what is damaged is to be erased as well
		k.Opening = true
	case !errors.Is(err, vault.ErrNotFound):
		v.refuse(err)
	}
	return k
}
