package main

import (
	"context"
	"errors"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// vaultReport is what the record and the vault say of each other. Every commitment is counted in one of Opened, Erased, Missing, Differs and NotErased, which also count what is wrong with pools.
type vaultReport struct {
	Commitments int            `json:"commitments"`
	Opened      int            `json:"opened"`    // found, and matching
	Erased      int            `json:"erased"`    // gone, and declared to be
	Missing     int            `json:"missing"`   // gone, and nobody says why
	Differs     int            `json:"differs"`   // not what was committed to, or damaged
	NotErased   int            `json:"notErased"` // declared to be gone, and there
	Unclaimed   int            `json:"unclaimed"` // openings that no event commits to
	Pools       int            `json:"pools"`     // salts of people in pools that the record seals; they are commitments of no event
	Findings    []vaultFinding `json:"findings"`  // the first replay.MaxFindings of them
}

type vaultFinding struct {
	Finding string          `json:"finding"`
	Stream  domain.StreamID `json:"stream"`
	Version uint64          `json:"version"` // of the stream after the event
	Event   domain.EventID  `json:"event"`
	Field   string          `json:"field"`
	Problem string          `json:"problem"`
}

func (r *vaultReport) find(c committed, problem string) {
	if len(r.Findings) < replay.MaxFindings {
		r.Findings = append(r.Findings, vaultFinding{replay.OpeningMissing, c.stream, c.version, c.Event, c.Field, problem})
	}
}

// committed is a place in the record where a commitment stands.
type committed struct {
	vault.Place
	stream  domain.StreamID
	version uint64
}

// pool is where a pool was sealed.
type pool struct {
	dialogue domain.DialogueID
	stream   domain.StreamID
	version  uint64
}

// rooted is where the root of leaves that the vault keeps stands on the record.
type rooted struct {
	pool
	root domain.Digest
}

// person is somebody in the pools of a dialogue.
type person struct {
	dialogue domain.DialogueID
	id       domain.ParticipantID
}

// checkVault looks up every commitment of the record. Openings are few beside what they are compared with: the report holds places, and no words.
func (n *node) checkVault(ctx context.Context, progress func(done uint64)) (vaultReport, error) {
	r := vaultReport{Findings: []vaultFinding{}}
	var erased domain.Erased
	var absent, there []committed // erasures come later in the record than what they erase
	claimed := map[vault.Place]bool{}
	pools, roots := map[domain.EventID]pool{}, map[domain.EventID]rooted{}
	gone := map[person]bool{}
	for rec, err := range replay.Records(ctx, n.ledger) {
		if err != nil {
			return r, err
		}
		f, err := rec.Decode()
		if err != nil {
			return r, err
		}
		erased.See(f.Event)
		switch e := f.Event.(type) {
		case domain.SelectionPoolSealed:
			pools[f.ID] = pool{e.Dialogue, f.Stream, f.Revision + 1}
			roots[f.ID] = rooted{pools[f.ID], e.Pool}
		case domain.LotteryBuilt:
			roots[f.ID] = rooted{pool{e.Dialogue, f.Stream, f.Revision + 1}, e.Tickets}
		case domain.PersonalDataErased:
			gone[person{e.Dialogue, e.Participant}] = true
		}
		for field, commitment := range domain.Commitments(f.Event) {
			c := committed{vault.Place{Event: f.ID, Field: field}, f.Stream, f.Revision + 1}
			r.Commitments++
			claimed[c.Place] = true
			switch o, err := n.vault.Open(ctx, c.Place); {
			case errors.Is(err, vault.ErrNotFound):
				absent = append(absent, c)
			case errors.Is(err, vault.ErrDamaged):
				r.Differs++
				r.find(c, err.Error())
			case err != nil:
				return r, err
			case o.Commitment() != commitment:
				r.Differs++
				r.find(c, "the opening is not what the commitment commits to")
			default:
				there = append(there, c)
			}
		}
		if rec.Seq%1000 == 0 {
			progress(rec.Seq)
		}
	}
	for _, c := range absent {
		if erased.Declares(c.stream, c.Event, c.Field) {
			r.Erased++
			continue
		}
		r.Missing++
		r.find(c, "there is no opening, and no erasure is declared")
	}
	for _, c := range there {
		if !erased.Declares(c.stream, c.Event, c.Field) {
			r.Opened++
			continue
		}
		r.NotErased++
		r.find(c, "the erasure is declared, and the opening is there; 'daybook vault compact' erases it")
	}
	for at, err := range n.vault.Places(ctx) {
		if err != nil {
			return r, err
		}
		id, inPool := domain.InPool(at.Field)
		of, sealed := pools[at.Event]
		under, holds := roots[at.Event]
		switch {
		case claimed[at]:
		case holds && at.Field == domain.LeavesField:
			if err := n.checkLeaves(ctx, &r, at, under); err != nil {
				return r, err
			}
		case !inPool || !sealed:
			r.Unclaimed++
		case gone[person{of.dialogue, id}], erased.Declares(of.stream, at.Event, at.Field):
			r.NotErased++
			r.find(committed{at, of.stream, of.version}, "the erasure is declared, and the salt of the pool is there; 'daybook vault compact' erases it")
		default:
			r.Pools++
		}
	}
	return r, nil
}

// checkLeaves compares leaves with their root. They are openings of nobody, and are not counted.
func (n *node) checkLeaves(ctx context.Context, r *vaultReport, at vault.Place, under rooted) error {
	leaves, err := commands.Leaves(ctx, n.vault, at.Event)
	switch {
	case errors.Is(err, vault.ErrDamaged):
	case err != nil:
		return err
	case domain.Digest(seal.NewTree(leaves).Root()) == under.root:
		return nil
	}
	r.Differs++
	r.find(committed{at, under.stream, under.version}, "the leaves that are kept do not come to the root on the record: no receipts can be made from them")
	return nil
}

// declaredErased are the places of all openings whose erasure the record declares.
func (n *node) declaredErased(ctx context.Context) (gone []vault.Place, err error) {
	for rec, err := range replay.Records(ctx, n.ledger) {
		if err != nil {
			return nil, err
		}
		f, err := rec.Decode()
		if err != nil {
			return nil, err
		}
		places, err := n.erasedBy(ctx, f)
		if err != nil {
			return nil, err
		}
		gone = append(gone, places...)
	}
	return gone, nil
}

// erasedBy are the places of the openings whose erasure a fact declares; none for most facts.
func (n *node) erasedBy(ctx context.Context, f domain.Fact) (gone []vault.Place, err error) {
	switch e := f.Event.(type) {
	case domain.WordsErased:
		gone = append(gone, vault.Place{Event: e.Event, Field: e.Field})
	case domain.PersonalDataErased:
		for first, err := range n.ledger.Stream(ctx, f.Stream, 0) { // the registration
			if err != nil {
				return nil, err
			}
			for _, field := range e.Fields {
				gone = append(gone, vault.Place{Event: first.ID, Field: field})
			}
			break
		}
		pools, err := commands.PoolPlaces(ctx, n.ledger, e.Dialogue, e.Participant)
		if err != nil {
			return nil, err
		}
		gone = append(gone, pools...)
	}
	return gone, nil
}
