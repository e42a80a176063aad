package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"daybook.internal/notary"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
)

var receiptCommand = command{
	name:  "receipt",
	args:  "FILE --key KEY [--policy FILE] [-o table|json]",
	about: "checks a receipt, and shows the event that it proves",
	least: 1, most: 1,
	help: `
A receipt shows that one event stands in the log. It is checked without a network: the log's signature, a quorum of your policy's witnesses if you give
one, and the way from the event to the signed root. The file - is stdin.

  --key KEY      the log's public key, or a file with it
  --policy FILE  which witnesses you believe
  -o json        {"log","index","size","root","cosignatures":[{"witness","time"}],"event":{…}}, or the finding

Example:
  auditor receipt my-vote.txt --key log.pub

Exit codes: 0 the event is in the log, 1 the receipt does not show that, 2 it is no receipt.`,
	run: runReceipt,
}

// proven is what a receipt shows.
type proven struct {
	Log          string          `json:"log"`
	Index        uint64          `json:"index"`
	Size         int64           `json:"size"`
	Root         string          `json:"root"`
	Cosignatures []cosigned      `json:"cosignatures"`
	Event        json.RawMessage `json:"event"`
}

type cosigned struct {
	Witness string    `json:"witness"`
	Time    time.Time `json:"time"`
}

func runReceipt(_ context.Context, c *call) (int, error) {
	key, err := c.verifier()
	if err != nil {
		return exitUnknown, err
	}
	policy, err := c.believed(key)
	if err != nil {
		return exitUnknown, err
	}
	text, err := c.readReceipt()
	if err != nil {
		return exitUnknown, err
	}
	receipt, err := notary.ParseReceipt(text)
	if err != nil {
		return exitUnknown, err
	}
	record, head, err := receipt.Check(key, policy)
	if err == nil {
		_, err = record.Decode()
	}
	switch {
	case errors.Is(err, notary.ErrSignature):
		return c.no(replay.Checkpoint, err), nil
	case errors.Is(err, notary.ErrProof):
		return c.no(replay.Root, err), nil
	case err != nil:
		return c.no(replay.Canonical, err), nil // it is proven, and not what any event is
	}
	p := proven{Log: key.Name(), Index: record.Seq, Size: head.Size, Root: head.Root.String(), Cosignatures: []cosigned{}, Event: receipt.Leaf}
	if policy != nil {
		have, err := policy.Cosignatures(receipt.Checkpoint)
		if err != nil {
			return exitUnknown, err
		}
		for _, h := range have {
			p.Cosignatures = append(p.Cosignatures, cosigned{h.Witness, time.Unix(h.Time, 0).UTC()})
		}
	}
	if c.output == "json" {
		writeJSON(c.stdout, p)
		return exitVerified, nil
	}
	var event bytes.Buffer
	_ = json.Indent(&event, receipt.Leaf, "  ", "  ")
	fmt.Fprintf(c.stdout, "The log %s holds this event, number %d of its first %s:\n\n  %s\n\nIts head of %s events, root %s,\nis signed by the log", p.Log, p.Index,
		number(uint64(p.Size)), &event, number(uint64(p.Size)), p.Root)
	for _, w := range p.Cosignatures {
		fmt.Fprintf(c.stdout, ",\nand cosigned by %s at %s", w.Witness, w.Time.Format(time.RFC3339))
	}
	fmt.Fprintln(c.stdout, ".")
	if policy == nil {
		fmt.Fprintln(c.stdout, "Whether witnesses saw that head was not asked: no --policy was given.")
	}
	return exitVerified, nil
}

// no says what a receipt fails to show.
func (c *call) no(finding string, err error) int {
	f := verify.Finding{Finding: finding, Where: c.args[0], Problem: err.Error()}
	if c.output == "json" {
		writeJSON(c.stdout, f)
	} else {
		fmt.Fprintf(c.stdout, "NOT PROVEN\n%s  %s\n    %s\n", f.Finding, f.Where, f.Problem)
	}
	return exitFinding
}

func (c *call) readReceipt() ([]byte, error) {
	if c.args[0] == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, int64(notary.MaxReceipt)+1))
	}
	return readFile(c.args[0])
}
