package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/seal"
	"daybook.internal/sortition/tables"
)

// readFor reads a table of people against the quotas of a selection as they stand.
func (f *drawFlags) readFor(c *cobra.Command, at *selectionSoFar) (*drawn, error) {
	a := at.Announced()
	switch {
	case f.people == "":
		return nil, usageError{hint(errors.New("name the table of people: --people FILE"), c)}
	case (a.Address == "") != (len(f.columns.Address) == 0):
		said := "nobody counts as living together"
		if a.Address != "" {
			said = "people of " + a.Address + " do"
		}
		return nil, usageError{hint(fmt.Errorf("--address %s: it was announced that %s", strings.Join(f.columns.Address, ","), said), c)}
	}
	d := &drawn{size: a.Size}
	var err error
	if d.targets, err = targets(a); err != nil {
		return nil, err
	}
	people, err := readTable(f.people)
	if err != nil {
		return nil, err
	}
	if d.pool, err = tables.ReadPeople(people, d.targets, f.columns); err != nil || f.already == "" {
		return d, err
	}
	already, err := readTable(f.already)
	if err == nil {
		d.pool, d.byID, d.byAddress, err = d.pool.Without(already, f.columns)
	}
	return d, err
}

// feasibility records whether any panel meets the quotas, and which changes would help.
func (s *stepper) feasibility(ctx context.Context, at *selectionSoFar, people int, f advice.Feasibility) error {
	report := domain.FeasibilityReported{Dialogue: s.record.id, Selection: at.number(), People: people, Feasible: f.Feasible, Suggestions: []domain.SeatQuota{}}
	if !f.Beyond {
		quotas := slices.Clone(at.Announced().Quotas)
		changed := map[int]bool{}
		for _, c := range f.Changes {
			changed[c.Quota] = true
			if c.Bound == advice.Minimum {
				quotas[c.Quota].Min = c.To
			} else {
				quotas[c.Quota].Max = c.To
			}
		}
		for i, q := range quotas {
			if changed[i] {
				report.Suggestions = append(report.Suggestions, q)
			}
		}
	}
	by, err := s.by(fmt.Sprintf("check-%d", s.record.revision), report)
	if err != nil {
		return err
	}
	receipt, err := s.node.service.ReportFeasibility(ctx, by, report)
	if err != nil {
		return err
	}
	if receipt.Done() {
		s.say("recorded: %d people, feasible: %t", people, f.Feasible)
		if err := s.node.settle(ctx, s.program); err != nil {
			return err
		}
	}
	if s.record, err = readDraws(ctx, s.node.ledger, s.record.id); err == nil && f.Feasible {
		s.sayNext(s.next())
	}
	return err
}

func (p *program) sortitionSealCommand() *cobra.Command {
	var f stepFlags
	var d drawFlags
	var excluded map[string]int
	c := args(&cobra.Command{
		Use:   "seal --dialogue ID --people FILE",
		Short: "Seal the pool of a selection: nobody comes in or goes out any more",
		Long: `Commits to the people of a table and to the quotas. The record gets roots and counts and nobody's name; salts are made, and lie in the vault. Ids are those under which people would
take part. Below --dir it writes pool.txt, sealed.json and people.csv, which are secret and which later steps need: without sealed.json the pool can never be shown.

A pool can be sealed once 'daybook sortition check --dialogue' has recorded that a panel meets the quotas as they stand, with so many people.
Taken again, with the same people, the step writes the files again.`,
		Example: "  daybook sortition seal --dialogue dl_fr --people people.csv --address street,zip --excluded no-consent=4 --actor recruiter:ada",
	}, cobra.NoArgs)
	c.RunE = p.step(&f, func(ctx context.Context, s *stepper, _ []string) error {
		at, err := s.at()
		if err != nil {
			return err
		}
		if at.Sealed() != nil && d.people == "" {
			return s.unseal(ctx, at, commands.Receipt{})
		}
		read, err := d.readFor(c, at)
		if err != nil {
			return err
		}
		if _, err := read.instance(); err != nil {
			return err
		}
		if read.pool.ID < 0 {
			return errors.New("the table has no column of ids; --id COLUMN names it: they are the ids under which people would take part")
		}
		if at.Sealed() == nil { // before a file is written
			if err := at.Possible(len(read.pool.People)); err != nil {
				return err
			}
		}
		kept := sealedFile{
			Form: sealedForm, Dialogue: s.record.id, Selection: at.number(), ID: read.pool.Table.Header[read.pool.ID], Address: d.columns.Address, Excluded: excluded,
			People: people(read),
		}
		return s.seal(ctx, at, kept, d.people)
	})
	f.add(p, c)
	d.addPeople(c)
	c.Flags().StringToIntVar(&excluded, "excluded", nil, "how many people who asked to be in the pool are not, by reason")
	return c
}

// people are those of a table as seal-selection takes them. Addresses are hashed under a new key, and only where people share them.
func people(d *drawn) []commands.Person {
	var key seal.Hash
	_, _ = rand.Read(key[:]) // never fails
	at := map[string]int{}
	for _, p := range d.pool.People {
		at[p.Address]++
	}
	categories, list := d.targets.Categories(), []commands.Person{}
	for _, p := range d.pool.People {
		one := commands.Person{ID: domain.ParticipantID(p.ID), Strata: map[string]string{}}
		for c, name := range categories {
			one.Strata[name] = p.Values[c]
		}
		if at[p.Address] > 1 {
			one.Address = domain.Digest(seal.AddressHash(key, p.Address))
		}
		list = append(list, one)
	}
	return list
}

// samePeople tells whether two lists have the same people, who live together in the same way under whichever key.
func samePeople(a, b []commands.Person) bool {
	digest := func(list []commands.Person) [32]byte {
		list = slices.SortedFunc(slices.Values(list), func(a, b commands.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
		home := map[domain.Digest]domain.ParticipantID{}
		h := sha256.New()
		for _, p := range list {
			if _, known := home[p.Address]; !known {
				home[p.Address] = p.ID
			}
			lives := domain.ParticipantID("")
			if (p.Address != domain.Digest{}) {
				lives = home[p.Address]
			}
			b, _ := json.Marshal([]any{p.ID, p.Strata, lives}) // of texts alone
			h.Write(b)
		}
		return [32]byte(h.Sum(nil))
	}
	return digest(a) == digest(b)
}

// seal keeps what a pool is sealed from, and then seals it: without it the pool could never be shown.
func (s *stepper) seal(ctx context.Context, at *selectionSoFar, kept sealedFile, table string) error {
	to := s.folder(at.number())
	if to.has(sealedName) {
		before, err := to.sealed()
		if err != nil {
			return err
		}
		switch same := samePeople(before.People, kept.People); {
		case same:
			kept.People = before.People // under the same key of addresses
		case at.Sealed() != nil:
			return domain.Reject(domain.ErrPoolSealed, "these are not the people who were sealed; %s has them", to.path(sealedName))
		}
	} else if at.Sealed() != nil {
		_, err := to.sealed()
		return err
	}
	if at.Sealed() == nil {
		text, err := os.ReadFile(table)
		if err == nil {
			err = to.write(peopleName, secret, text)
		}
		if err = errors.Join(err, to.writeSealed(kept)); err != nil {
			return err
		}
	}
	content := commands.SealSelection{Dialogue: kept.Dialogue, Selection: kept.Selection, People: kept.People, Excluded: kept.Excluded}
	if at.Sealed() != nil {
		content.Excluded = at.Sealed().Excluded
	}
	by, err := s.by("seal", content)
	if err != nil {
		return err
	}
	receipt, err := s.node.service.SealSelection(ctx, by, content)
	if err != nil {
		return err
	}
	if s.record, err = readDraws(ctx, s.node.ledger, s.record.id); err != nil {
		return err
	}
	return s.unseal(ctx, s.record.last(), receipt)
}

// unseal writes the pool with the salts of the vault.
func (s *stepper) unseal(ctx context.Context, at *selectionSoFar, receipt commands.Receipt) error {
	to := s.folder(at.number())
	kept, err := to.sealed()
	if err != nil {
		return err
	}
	pool, err := commands.OpenPool(ctx, s.node.vault, *at.Announced(), at.event, kept.People)
	if err != nil {
		return err
	}
	if have := domain.Digest(pool.Root()); have != at.Sealed().Pool {
		return violationError{fmt.Errorf("%s is not what was sealed: its root is %s, and %s is on record", to.path(sealedName), have, at.Sealed().Pool)}
	}
	if err := to.write(poolName, secret, pool.Text()); err != nil {
		return err
	}
	if err := to.writeTable(quotasName, public, quotasTable(at.Announced().Quotas), tables.Form{}); err != nil {
		return err
	}
	s.say("%s has the pool with its salts: keep it, and keep it secret", to.path(poolName))
	return s.took(ctx, "seal", receipt, "%d people, root %s", at.Sealed().People, at.Sealed().Pool)
}
