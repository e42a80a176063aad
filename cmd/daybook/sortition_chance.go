package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// chanceAsked is whose receipt is asked for. The files may be absent.
type chanceAsked struct {
	dialogue       domain.DialogueID
	selection      int
	person         domain.ParticipantID
	people, panels string
}

// chance makes a receipt of what the vault and the files have.
func (a chanceAsked) chance(ctx context.Context, dir string) (f chanceFile, err error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return f, err
	}
	defer n.Close()
	if err := n.openVault(ctx); err != nil {
		return f, err
	}
	r, err := n.selection(ctx, a.dialogue, a.selection)
	if err != nil {
		return f, err
	}
	kept := sealedWords{selectionOnRecord: r, words: nothingKept{}}
	if n.vault != nil {
		kept.words = n.vault
	}
	who := commands.Person{ID: a.person}
	if a.people != "" {
		if kept.people, err = readPeople(a.people); err != nil {
			return f, err
		}
		at := slices.IndexFunc(kept.people, func(p commands.Person) bool { return p.ID == a.person })
		if at < 0 {
			return f, fmt.Errorf("%s is not among the people of %s", a.person, a.people)
		}
		who = kept.people[at]
	}
	f = chanceFile{Form: chanceForm, Dialogue: a.dialogue, Selection: a.selection}
	leaves, err := kept.leaves(ctx)
	if err == nil {
		f.Pool, err = commands.PoolReceipt(ctx, kept.words, r.announced, r.sealing.ID, who, leaves)
	}
	if errors.Is(err, domain.ErrErased) {
		switch erased, wrong := commands.PoolErased(ctx, n.ledger, r.sealing, a.person); {
		case wrong != nil:
			err = wrong
		case erased:
			err = domain.Reject(domain.ErrErased, "what the pool says of %s is erased, as the record declares: no receipt can be made any more; one that was given out stays good", a.person)
		}
	}
	if err == nil && a.panels != "" {
		f.Chance, err = kept.ticket(ctx, a.person, a.panels)
	}
	if err != nil {
		return f, err
	}
	return f, f.check(r)
}

func readPeople(file string) ([]commands.Person, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list struct{ People []commands.Person }
	if err := json.Unmarshal(b, &list); err != nil {
		if err := json.Unmarshal(b, &list.People); err != nil {
			return nil, fmt.Errorf("%s is neither the content of seal-selection nor a list of people: %w", file, err)
		}
	}
	return list.People, nil
}

// nothingKept is the vault where there is none.
type nothingKept struct{}

func (nothingKept) Open(context.Context, vault.Place) (vault.Opening, error) {
	return vault.Opening{}, vault.ErrNotFound
}

// sealedWords are what is there of a pool besides the record: a vault, and a list of people, which may be empty.
type sealedWords struct {
	selectionOnRecord
	words  commands.Opener
	people []commands.Person
}

// pool is everybody. It serves where the vault keeps no leaves, and needs the salts of all.
func (k sealedWords) pool(ctx context.Context) (seal.Pool, error) {
	if len(k.people) == 0 {
		return seal.Pool{}, errors.New("the vault keeps nothing of this pool: name everybody in it, with their salts (--people FILE)")
	}
	return commands.OpenPool(ctx, k.words, k.announced, k.sealing.ID, k.people)
}

// leaves are those of the pool.
func (k sealedWords) leaves(ctx context.Context) ([]seal.Hash, error) {
	leaves, err := commands.Leaves(ctx, k.words, k.sealing.ID)
	if !errors.Is(err, vault.ErrNotFound) {
		return leaves, err
	}
	pool, err := k.pool(ctx)
	if err != nil {
		return nil, err
	}
	return pool.Leaves(), nil
}

// ticket is what somebody's chance was, by the published panels.
func (k sealedWords) ticket(ctx context.Context, id domain.ParticipantID, file string) (*seal.Ticket, error) {
	if k.built == nil {
		return nil, fmt.Errorf("no lottery of selection %d of dialogue %q is on the record", k.sealed.Selection, k.sealed.Dialogue)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	panels, err := seal.ReadPanels(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if domain.Digest(seal.Digest(text)) != k.built.File {
		return nil, violationError{fmt.Errorf("%s: %w: these are not the panels of the lottery on the record", file, domain.ErrCommitmentMismatch)}
	}
	leaves, err := commands.Leaves(ctx, k.words, k.lottery.ID)
	if errors.Is(err, vault.ErrNotFound) {
		leaves, err = k.tickets(ctx, panels)
	}
	if err != nil {
		return nil, err
	}
	one := seal.Count{Pseudonym: string(id)}
	for _, panel := range panels.List {
		if slices.Contains(panel, one.Pseudonym) {
			one.Tickets++
		}
	}
	ticket, err := seal.TicketAmong(leaves, one, len(panels.List))
	if err != nil {
		return nil, violationError{err}
	}
	return &ticket, nil
}

// tickets are the leaves of everybody's, counted from the panels.
func (k sealedWords) tickets(ctx context.Context, panels seal.Panels) ([]seal.Hash, error) {
	pool, err := k.pool(ctx)
	if err != nil {
		return nil, err
	}
	in := lots.Instance(k.announced, pool)
	indices, err := panels.Index(in)
	if err != nil {
		return nil, err
	}
	counts, err := lots.Tickets(in, indices)
	return counts.Leaves(), err
}
