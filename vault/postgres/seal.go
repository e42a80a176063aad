package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

// Seal implements vault.Vault. It takes four messages there and back and one wait for the disk, however many words there are.
func (v *Vault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(words))
	openings := make([]vault.Opening, len(words))
	for i, w := range words {
		openings[i] = vault.Opening{Place: w.Place, Subject: w.Subject, Words: w.Words}
	}
	err := v.keep(ctx, openings, func(s *sealer) error {
		for i := range openings {
			o, err := s.seal(openings[i])
			if err != nil {
				return err
			}
			commitments[i] = o.Commitment()
		}
		return nil
	})
	if err != nil {
		return nil, interpret(fmt.Errorf("vault: seal: %w", err))
	}
	return commitments, nil
}

// Keep implements vault.Keeper.
func (v *Vault) Keep(ctx context.Context, openings ...vault.Opening) error {
	err := v.keep(ctx, openings, func(s *sealer) error {
		for _, o := range openings {
			if err := s.keep(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return interpret(fmt.Errorf("vault: keep: %w", err))
	}
	return nil
}

// keep runs a transaction that decides on openings and writes those that are new. Where somebody else is quicker with one of them, or with the key of a subject, it
// begins again and finds that.
func (v *Vault) keep(ctx context.Context, openings []vault.Opening, decide func(*sealer) error) error {
	if len(openings) == 0 {
		return ctx.Err()
	}
	v.turning.RLock()
	defer v.turning.RUnlock()
	return v.write(ctx, writeTime, func(ctx context.Context, tx pgx.Tx) error {
		s := &sealer{wrap: v.wrap, random: v.random, have: map[vault.Place]vault.Opening{}, keys: map[domain.StreamID]vault.SubjectKey{}, made: map[domain.StreamID]bool{}}
		if err := s.ready(ctx, tx, openings); err != nil {
			return err
		}
		if err := decide(s); err != nil {
			return err
		}
		return s.insert(ctx, tx)
	})
}

// A sealer decides within one transaction what is new.
type sealer struct {
	wrap   vault.Wrapper
	random io.Reader
	have   map[vault.Place]vault.Opening        // what lies there, or will
	keys   map[domain.StreamID]vault.SubjectKey // of the subjects
	made   map[domain.StreamID]bool             // whose keys are new
	added  []vault.Opening                      // that are new
}

// ready reads what lies at the places, and the keys of the subjects. Its lock lets many seal at once, and lets nobody replace the vault's key meanwhile: whether it still is the one is
// seen behind the lock. The locks on subjects keep their keys until the openings are there.
func (s *sealer) ready(ctx context.Context, tx pgx.Tx, openings []vault.Opening) error {
	events, fields, subjects := make([][]byte, len(openings)), make([]string, len(openings)), map[string]bool{}
	for i, o := range openings {
		events[i], fields[i] = o.Event[:], o.Field
		subjects[string(o.Subject)] = true
	}
	var batch pgx.Batch
	batch.Queue("LOCK TABLE vault.subjects IN ROW EXCLUSIVE MODE")
	batch.Queue("SELECT id FROM vault.keys").QueryRow(func(row pgx.Row) error {
		var id string
		if err := row.Scan(&id); err != nil {
			return err
		}
		if id != s.wrap.KeyID() {
			return otherKey(id, s.wrap)
		}
		return nil
	})
	var closed []domain.StreamID
	batch.Queue("SELECT subject, key FROM vault.subjects WHERE subject = ANY ($1) ORDER BY subject FOR KEY SHARE", slices.Sorted(maps.Keys(subjects))).Query(func(rows pgx.Rows) error {
		var subject string
		var wrapped []byte
		_, err := pgx.ForEachRow(rows, []any{&subject, &wrapped}, func() error {
			key, ok := s.wrap.Unwrap(domain.StreamID(subject), wrapped)
			if !ok {
				closed = append(closed, domain.StreamID(subject))
			}
			s.keys[domain.StreamID(subject)] = key
			return nil
		})
		return err
	})
	var lying []row
	batch.Queue(found+"JOIN unnest($1::bytea[], $2::text[]) AS p(event, field) ON o.event = p.event AND o.field = p.field", events, fields).Query(func(rows pgx.Rows) (err error) {
		lying, err = pgx.CollectRows(rows, rowOf)
		return err
	})
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	if len(closed) > 0 {
		return locked(ctx, tx, s.wrap, closed[0])
	}
	for _, r := range lying {
		o, err := r.open(ctx, tx, s.wrap)
		if err != nil {
			return err
		}
		s.have[o.Place] = o
	}
	return nil
}

func (s *sealer) seal(given vault.Opening) (vault.Opening, error) {
	if o, lies := s.have[given.Place]; lies {
		if !bytes.Equal(o.Words, given.Words) {
			return vault.Opening{}, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed already at %v", given.Place)
		}
		return o, nil
	}
	if _, err := io.ReadFull(s.random, given.Salt[:]); err != nil {
		return vault.Opening{}, fmt.Errorf("salt: %w", err)
	}
	return given, s.add(given)
}

func (s *sealer) keep(o vault.Opening) error {
	if have, lies := s.have[o.Place]; lies {
		if have.Salt != o.Salt || !bytes.Equal(have.Words, o.Words) {
			return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept already at %v", o.Place)
		}
		return nil
	}
	return s.add(o)
}

// add notes an opening, and makes the key of its subject where that has none.
func (s *sealer) add(o vault.Opening) error {
	if o.Subject == "" {
		return fmt.Errorf("%v: %w", o.Place, errors.New("words are somebody's: a subject is missing"))
	}
	if _, known := s.keys[o.Subject]; !known {
		key, err := vault.NewSubjectKey(s.random)
		if err != nil {
			return err
		}
		s.keys[o.Subject], s.made[o.Subject] = key, true
	}
	s.have[o.Place], s.added = o, append(s.added, o)
	return nil
}

// insert writes what is new, in an order in which no two wait for each other.
func (s *sealer) insert(ctx context.Context, tx pgx.Tx) error {
	if len(s.added) == 0 {
		return nil
	}
	slices.SortFunc(s.added, func(a, b vault.Opening) int {
		return cmp.Or(bytes.Compare(a.Event[:], b.Event[:]), cmp.Compare(a.Field, b.Field))
	})
	var names []string
	var wrapped, events, sealed [][]byte
	var fields, of []string
	for _, subject := range slices.Sorted(maps.Keys(s.made)) {
		names, wrapped = append(names, string(subject)), append(wrapped, s.wrap.Wrap(subject, s.keys[subject]))
	}
	for _, o := range s.added {
		events, fields, of, sealed = append(events, o.Event[:]), append(fields, o.Field), append(of, string(o.Subject)), append(sealed, s.keys[o.Subject].Seal(o))
	}
	var batch pgx.Batch
	if len(names) > 0 {
		batch.Queue("INSERT INTO vault.subjects (subject, key) SELECT * FROM unnest($1::text[], $2::bytea[])", names, wrapped)
	}
	batch.Queue("INSERT INTO vault.openings (event, field, subject, sealed) SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[])", events, fields, of, sealed)
	return tx.SendBatch(ctx, &batch).Close()
}
