package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
)

func (p *program) proofCommand() *cobra.Command {
	c := &cobra.Command{Use: "proof", Short: "Print proofs about the published log, and check those of single documents"}
	c.AddCommand(p.inclusionCommand(), p.consistencyCommand(), p.proofViewCommand())
	return c
}

func (p *program) proofViewCommand() *cobra.Command {
	var dir, receipt, key, policy string
	c := args(&cobra.Command{
		Use:   "view PROOF",
		Short: "Check what a proof says about one document of a view, and print the document",
		Long: `Checks a proof that 'daybook view get --proof' or the API has given, and prints the document in it, byte for byte with -o ndjson. Where the proof shows
that there is no such document, nothing is printed but words.

A proof leads to the root of a view that an event commits to. By default that event is taken from the ledger in --data. Without any ledger, bring a receipt of
the event and the log's public key: the receipt shows that the event is in the signed log. PROOF is a file, or - for stdin.

That the committed root is itself what the record comes to is what 'daybook replay' and 'auditor verify' see; a proof rests on it.

Exit code 0: it holds. Exit code 3: it does not.`,
		Example: `  daybook proof view statement.json --data ./data
  daybook proof view statement.json --receipt committed.txt --key log.pub`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		if (receipt == "") != (key == "") {
			return usageError{hint(errors.New("--receipt and --key go together"), c)}
		}
		proof, err := readProof(given[0], c.InOrStdin())
		if err != nil {
			return err
		}
		var committed domain.ViewsCommitted
		if receipt != "" {
			committed, err = receivedCommitment(receipt, key, policy, proof.Event)
		} else {
			committed, err = ledgerCommitment(c.Context(), dir, proof.Event)
		}
		if err != nil {
			return err
		}
		if _, err := proof.Check(committed); err != nil {
			return violationError{err}
		}
		return p.printProved(proof)
	}
	p.dataFlags(c, &dir)
	c.Flags().StringVar(&receipt, "receipt", "", "a receipt of the event that commits to the views; then no ledger is needed")
	c.Flags().StringVar(&key, "key", "", "the log's public key, or a file with it, for --receipt")
	c.Flags().StringVar(&policy, "policy", "", "a file that says which witnesses you believe, for --receipt")
	return c
}

// printProved prints the document of a proof that holds, or says that there is none.
func (p *program) printProved(proof notary.ViewProof) error {
	if proof.Leaf == nil {
		p.say("view %s has no document %q after %d records; event %d commits to that", proof.View, proof.Key, proof.Size, proof.Event)
		return nil
	}
	p.say("view %s, document %q, as after %d records; event %d commits to it", proof.View, proof.Key, proof.Size, proof.Event)
	return p.printDocument([]byte(proof.Leaf.Document))
}

func readProof(name string, stdin io.Reader) (notary.ViewProof, error) {
	data, err := readLimited(name, stdin, notary.MaxViewProof)
	if err != nil {
		return notary.ViewProof{}, err
	}
	return notary.ParseViewProof(data)
}

// readLimited reads a file, or stdin where it is called "-", of at most so many bytes.
func readLimited(name string, stdin io.Reader, limit int) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return data, err
}

// commitmentOf is what a record commits to.
func commitmentOf(r domain.Record) (domain.ViewsCommitted, error) {
	f, err := r.Decode()
	if err != nil {
		return domain.ViewsCommitted{}, err
	}
	c, ok := f.Event.(domain.ViewsCommitted)
	if !ok {
		return c, violationError{fmt.Errorf("event %d is %s, and commits to no views", r.Seq, r.Type)}
	}
	return c, nil
}

func ledgerCommitment(ctx context.Context, dir string, event uint64) (domain.ViewsCommitted, error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return domain.ViewsCommitted{}, err
	}
	defer n.Close()
	for e, err := range n.ledger.All(ctx, ledger.Cursor{Seq: event}) {
		if errors.Is(err, ledger.ErrCursor) {
			break
		}
		if err != nil {
			return domain.ViewsCommitted{}, err
		}
		return commitmentOf(e.Record)
	}
	return domain.ViewsCommitted{}, fmt.Errorf("the ledger in %s has no event %d yet; is the proof from another one?", dir, event)
}

func receivedCommitment(receipt, key, policy string, event uint64) (none domain.ViewsCommitted, err error) {
	log, err := keyGiven(key)
	if err != nil {
		return none, err
	}
	var believed *notary.Policy
	if policy != "" {
		text, err := readLimited(policy, nil, notary.MaxNote)
		if err != nil {
			return none, fmt.Errorf("--policy: %w", err)
		}
		if believed, err = notary.ParsePolicy(text); err != nil {
			return none, fmt.Errorf("--policy: %w", err)
		}
	}
	text, err := readLimited(receipt, nil, notary.MaxReceipt)
	if err != nil {
		return none, fmt.Errorf("--receipt: %w", err)
	}
	r, err := notary.ParseReceipt(text)
	if err != nil {
		return none, err
	}
	record, _, err := r.Check(log, believed)
	switch {
	case errors.Is(err, notary.ErrSignature), errors.Is(err, notary.ErrProof):
		return none, violationError{err}
	case err != nil:
		return none, err
	case record.Seq != event:
		return none, fmt.Errorf("the receipt is that of event %d; the proof rests on event %d", record.Seq, event)
	}
	return commitmentOf(record)
}

// getProved prints a document at a committed place and writes its proof: at the place at, or at the last one.
func (p *program) getProved(ctx context.Context, dir string, view projections.View, key string, at *uint64, file string) error {
	n, err := openReader(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Close()
	prover := viewroots.NewProver(n.ledger, n.store)
	if at == nil {
		last, err := prover.Commitments.Last(ctx)
		if err != nil {
			return fmt.Errorf("%w; 'daybook serve', 'run', 'import' and 'simulate' commit to views", err)
		}
		at = &last.Size
	}
	proof, err := prover.Prove(ctx, view, key, *at)
	switch {
	case errors.Is(err, viewroots.ErrNotCommitted):
		return fmt.Errorf("%w; %s", err, committedAround(ctx, prover.Commitments, *at))
	case errors.Is(err, viewroots.ErrDiffers):
		return violationError{err}
	case err != nil:
		return err
	}
	data, err := proof.JSON()
	if err == nil {
		err = os.WriteFile(file, data, 0o644)
	}
	if err != nil {
		return err
	}
	return p.printProved(proof)
}

// committedAround names the committed places next to one that is none.
func committedAround(ctx context.Context, all *viewroots.Commitments, at uint64) string {
	before, after := "nowhere", "nowhere yet"
	for c, err := range all.After(ctx, 0) {
		if err != nil {
			return err.Error()
		}
		if c.Size > at {
			after = fmt.Sprintf("after %d", c.Size)
			break
		}
		before = fmt.Sprintf("after %d", c.Size)
	}
	return fmt.Sprintf("they are %s before it and %s behind it", before, after)
}
