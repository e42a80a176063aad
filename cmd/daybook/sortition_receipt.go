package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/sortition/seal"
)

const chanceForm = "daybook-chance/1"

// chanceFile shows to one person that they were in the pool of a selection, and what their chance was.
type chanceFile struct {
	Form      string            `json:"form"`
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	Pool      seal.Receipt      `json:"pool"`
	Chance    *seal.Ticket      `json:"chance,omitempty"` // once the lottery is built
}

func (p *program) sortitionReceiptCommand() *cobra.Command {
	var dir, dialogue, person, people, panels, out, check string
	var selection int
	c := args(&cobra.Command{
		Use:   "receipt --dialogue D --person P [--people FILE] [--panels FILE] | --check FILE",
		Short: "Show to one person that they were in a pool and what their chance was; or check what they were given",
		Long: `Writes the proof that a person was in the sealed pool of a selection, with the values that were sealed, and with --panels the proof of how many tickets they had.
What it takes of the person lies in the vault, as long as it is not erased. Where those who sealed the pool brought the salts, --people is the content of seal-selection, or its
list of people. Of the others the vault has the leaves: their receipts are made after somebody was erased, too. Everything is compared with the record before anything is written.

--check compares such a file with the record: exit code 3 if it shows nothing. It needs no vault: 'daybook copy --from log:BUNDLE --key KEY --to DIR' makes a verified record of a
published bundle or log. A receipt that was given out stays good, whatever is erased.`,
		Example: `  daybook sortition receipt --dialogue dl_fr --person pa_1 --panels panels.txt --data ./data --out receipt.json
  daybook sortition receipt --check receipt.json --data ./data`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if check != "" {
			return p.checkChance(c.Context(), dir, check)
		}
		if dialogue == "" || person == "" {
			return usageError{hint(errors.New("name whose: --dialogue D --person P; or --check FILE"), c)}
		}
		f, err := chanceAsked{domain.DialogueID(dialogue), selection, domain.ParticipantID(person), people, panels}.chance(c.Context(), dir)
		if err != nil {
			return err
		}
		b, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if b = append(b, '\n'); out == "" {
			_, err = p.out.Write(b)
			return err
		}
		return writeNew(out, 0o600, func(w *os.File) error { _, err := w.Write(b); return err })
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&dialogue, "dialogue", "", "the dialogue")
	c.Flags().IntVar(&selection, "selection", 1, "the number of the selection")
	c.Flags().StringVar(&person, "person", "", "the id under which the person stands in the pool")
	c.Flags().StringVar(&people, "people", "", "the sealed people, JSON, where the vault has no salts of them")
	c.Flags().StringVar(&panels, "panels", "", "the published panels, panels.txt")
	c.Flags().StringVar(&out, "out", "", "file to write the receipt to; it must not be there yet")
	c.Flags().StringVar(&check, "check", "", "the receipt to check")
	return c
}

// selectionOnRecord is what receipts are compared with.
type selectionOnRecord struct {
	announced domain.SelectionAnnounced // with the quotas as they were amended
	sealing   domain.Fact               // the event of sealed
	sealed    *domain.SelectionPoolSealed
	lottery   domain.Fact // the event of built
	built     *domain.LotteryBuilt
}

func (n *node) selection(ctx context.Context, dialogue domain.DialogueID, number int) (r selectionOnRecord, err error) {
	var st domain.SortitionState
	for rec, err := range n.ledger.Stream(ctx, domain.SortitionStream(dialogue), 0) {
		if err != nil {
			return r, err
		}
		f, err := rec.Decode()
		if err != nil {
			return r, err
		}
		st = st.Evolve(f.Event)
		switch e := f.Event.(type) {
		case domain.SelectionPoolSealed:
			if e.Selection == number {
				at := st.Selection()
				r.sealing, r.sealed, r.announced = f, &e, *at.Announced()
			}
		case domain.LotteryBuilt:
			if e.Selection == number {
				r.lottery, r.built = f, &e
			}
		}
	}
	if r.sealed == nil {
		return r, fmt.Errorf("the record has no sealed pool of selection %d of dialogue %q", number, dialogue)
	}
	return r, nil
}

// check compares a receipt with the record.
func (f chanceFile) check(r selectionOnRecord) error {
	if err := f.Pool.Check(seal.Hash(r.sealed.Pool), r.sealed.People); err != nil {
		return violationError{err}
	}
	switch {
	case f.Chance == nil:
		return nil
	case r.built == nil:
		return violationError{fmt.Errorf("%w: no lottery is on the record", seal.ErrReceipt)}
	case f.Chance.Pseudonym != f.Pool.Pseudonym:
		return violationError{fmt.Errorf("%w: the tickets are those of %q, not of %q", seal.ErrReceipt, f.Chance.Pseudonym, f.Pool.Pseudonym)}
	case f.Chance.Panels != r.announced.Panels:
		return violationError{fmt.Errorf("%w: %d panels were announced, not %d", seal.ErrReceipt, r.announced.Panels, f.Chance.Panels)}
	}
	if err := f.Chance.Check(seal.Hash(r.built.Tickets), r.sealed.People); err != nil {
		return violationError{err}
	}
	return nil
}

func (p *program) checkChance(ctx context.Context, dir, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, 2*seal.MostBytes+1))
	if err != nil {
		return err
	}
	var f chanceFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || f.Form != chanceForm {
		return violationError{fmt.Errorf("%s: %w: its form is not %s", file, seal.ErrReceipt, chanceForm)}
	}
	n, err := openLedger(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Close()
	r, err := n.selection(ctx, f.Dialogue, f.Selection)
	if err != nil {
		return err
	}
	if err := f.check(r); err != nil {
		return err
	}
	said := "no lottery was asked about"
	if f.Chance != nil {
		said = f.Chance.String()
	}
	_, err = fmt.Fprintf(p.out, "%s was in the pool of %d people of selection %d of %s: %s\n", f.Pool.Pseudonym, f.Pool.Size, f.Selection, f.Dialogue, said)
	return err
}
