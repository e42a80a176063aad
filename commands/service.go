package commands

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// Service runs commands against one ledger and one vault. It is not copied once it is in use.
type Service struct {
	Ledger ledger.Ledger
	Vault  vault.Vault
	Now    func() time.Time
	// Settle, if it is set, commits to the views as they stand before a recommendation is decided or a publication released. Its error keeps these commands
	// from being done.
	Settle func(ctx context.Context) error

	states states
	index  index
	doors  doors
}

// By is who sends a command, under which id, and when it happened where that is another time than now.
type By struct {
	Command    string
	Actor      domain.Actor
	OccurredAt domain.Time
	Causation  *domain.EventID
}

// meta stamps a command, once.
func (s *Service) meta(by By, edition domain.EditionID, dialogue domain.DialogueID, observed ...domain.Ref) domain.Meta {
	return domain.Meta{
		Source: edition, Dialogue: dialogue, Time: domain.TimeOf(s.Now()), OccurredAt: by.OccurredAt,
		Actor: by.Actor, Command: by.Command, Causation: by.Causation, Observed: observed,
	}
}

// dialogue loads a dialogue that a command acts in, with the reference to put into Observed.
func (s *Service) dialogue(ctx context.Context, id domain.DialogueID) (domain.Dialogue, domain.Ref, error) {
	stream := domain.DialogueStream(id)
	d, version, err := loadWith[domain.Dialogue](ctx, s, stream)
	if err == nil && d.Registered() == nil {
		err = domain.Reject(domain.ErrUnknownRef, "dialogue %q is not registered", id)
	}
	return d, domain.Ref{Stream: stream, Version: version}, err
}

func (s *Service) statement(ctx context.Context, c domain.ConversationID, id domain.StatementID) (domain.Statement, domain.Ref, error) {
	stream := domain.StatementStream(c, id)
	st, version, err := loadWith[domain.Statement](ctx, s, stream)
	return st, domain.Ref{Stream: stream, Version: version}, err
}

// loadWith is Load with what s knows of the stream.
func loadWith[S domain.State[S]](ctx context.Context, s *Service, stream domain.StreamID) (S, uint64, error) {
	h, err := load[S](ctx, s.Ledger, &s.states, stream, domain.EventID{})
	return h.state, h.version, err
}

// sealed is words of a command's first event, the field in which their commitment stands, and where to put it.
type sealed struct {
	field, words string
	into         *domain.Commitment
}

// sealing decides with the commitments of words in their places. It decides once without them, so that the words of a rejected command are kept
// nowhere; then it seals, and decides again. No words give no commitment. A command that was done before seals nothing any more: its words are those that it
// brought the first time, and what was erased since stays erased.
func (s *Service) sealing(ctx context.Context, by By, stream domain.StreamID, words []sealed, decide func() ([]domain.Event, error)) ([]domain.Event, error) {
	var seal []vault.Words
	var into []*domain.Commitment
	for _, w := range words {
		if w.words == "" {
			continue
		}
		*w.into = domain.Commitment{1} // stands for the real one
		seal = append(seal, vault.Words{
			Place: vault.Place{Event: domain.NewEventID(by.Command, stream, 0), Field: w.field}, Subject: stream, Words: []byte(w.words),
		})
		into = append(into, w.into)
	}
	events, err := decide()
	if err != nil {
		return nil, errors.Join(s.sentWith(ctx, seal), err)
	}
	if len(events) == 0 || len(seal) == 0 {
		return events, nil
	}
	done, err := s.standing(ctx, stream, seal[0].Place.Event)
	if err != nil {
		return nil, err
	}
	var commitments []domain.Commitment
	if done.Event == nil {
		commitments, err = s.Vault.Seal(ctx, seal...)
	} else {
		commitments, err = s.sealedBefore(ctx, done, seal)
	}
	if err != nil {
		return nil, err
	}
	for i, c := range commitments {
		*into[i] = c
	}
	return decide()
}

// keeping decides about words whose commitment the sender has made, under a salt of the sender's. Unlike with sealing, the decision needs no vault; the opening
// is kept where the decision stands, before the event is appended. A command that was done before keeps nothing any more.
func (s *Service) keeping(ctx context.Context, stream domain.StreamID, o vault.Opening, decide func() ([]domain.Event, error)) ([]domain.Event, error) {
	o.Subject = stream
	events, err := decide()
	if err != nil {
		return nil, errors.Join(s.sentWith(ctx, []vault.Words{{Place: o.Place, Words: o.Words}}), err)
	}
	if len(events) == 0 {
		return nil, nil
	}
	switch done, err := s.standing(ctx, stream, o.Event); {
	case err != nil:
		return nil, err
	case done.Event != nil:
		return events, nil
	}
	keeper, ok := s.Vault.(vault.Keeper)
	if !ok {
		return nil, errors.New("this vault takes no openings with their salts")
	}
	if err := keeper.Keep(ctx, o); err != nil {
		return nil, err
	}
	return events, nil
}

// standing is the fact with an id in a stream, zero where there is none.
func (s *Service) standing(ctx context.Context, stream domain.StreamID, id domain.EventID) (domain.Fact, error) {
	for r, err := range s.Ledger.Stream(ctx, stream, 0) {
		if err != nil {
			return domain.Fact{}, err
		}
		if r.ID == id {
			return r.Decode()
		}
	}
	return domain.Fact{}, nil
}

// sealedBefore gives the commitments of words that were sealed when the command was done. Those of words that were erased since are what the record says:
// nobody can check the words any more, and nothing of them comes back.
func (s *Service) sealedBefore(ctx context.Context, done domain.Fact, words []vault.Words) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(words))
	for i, w := range words {
		o, err := s.Vault.Open(ctx, w.Place)
		switch {
		case errors.Is(err, vault.ErrNotFound):
			erased, err := s.erased(ctx, done, w.Field)
			if err != nil {
				return nil, err
			}
			if !erased {
				return nil, domain.Reject(domain.ErrIdempotencyConflict, "the command was done without these words, or the vault has lost them")
			}
			commitments[i] = domain.CommitmentIn(done.Event, w.Field)
		case err != nil:
			return nil, err
		case !bytes.Equal(o.Words, w.Words):
			return nil, domain.Reject(domain.ErrIdempotencyConflict, "other words were sent under the same command id")
		default:
			commitments[i] = o.Commitment()
		}
	}
	return commitments, nil
}

// erased tells whether the record declares the words in a field of a fact to be erased.
func (s *Service) erased(ctx context.Context, f domain.Fact, field string) (bool, error) {
	x, _, err := loadWith[domain.Erasure](ctx, s, domain.ErasureStream(f.ID, field))
	if err != nil || x.Erased() != nil {
		return err == nil, err
	}
	if _, told := f.Event.(domain.ParticipantRegistered); !told {
		return false, nil
	}
	p, _, err := loadWith[domain.ParticipantState](ctx, s, f.Stream)
	return err == nil && p.Erased() != nil && slices.Contains(p.Erased().Fields, field), err
}

// sentWith is an error where other words were sealed at the places of these: the command was sent before with other content.
func (s *Service) sentWith(ctx context.Context, words []vault.Words) error {
	for _, w := range words {
		o, err := s.Vault.Open(ctx, w.Place)
		switch {
		case err == nil && !bytes.Equal(o.Words, w.Words):
			return domain.Reject(domain.ErrIdempotencyConflict, "other words were sent under the same command id")
		case err != nil && !errors.Is(err, vault.ErrNotFound):
			return err
		}
	}
	return nil
}

// sentBefore gives the event that a command wrote when it was sent the first time, where err says that it would write another one now. A command that
// names a stream "as it stands" comes to another event once that stream has moved on; it is the same command all the same.
func sentBefore[E domain.Event](ctx context.Context, s *Service, err error, by By, stream domain.StreamID) (was E, sent bool) {
	if !errors.Is(err, domain.ErrIdempotencyConflict) {
		return was, false
	}
	id := domain.NewEventID(by.Command, stream, 0)
	for r, err := range s.Ledger.Stream(ctx, stream, 0) {
		if err != nil {
			return was, false
		}
		if r.ID == id {
			f, err := r.Decode()
			was, sent = f.Event.(E)
			return was, sent && err == nil
		}
	}
	return was, false
}
