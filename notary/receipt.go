package notary

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
)

// A Receipt shows that one event is in the log, to whoever has the log's public key and nothing else. Its text is a proof of https://c2sp.org/tlog-proof
// whose extra line holds the leaf:
//
//	c2sp.org/tlog-proof@v1
//	extra <leaf in base64>
//	index <decimal>
//	<hash in base64>          a line each, from the leaf's sibling up; none in a log of one event
//
//	<signed checkpoint, with the witnesses' cosignatures>
type Receipt struct {
	Leaf       []byte
	Index      int64
	Path       []tlog.Hash
	Checkpoint []byte // the signed note, verbatim
}

// MaxReceipt is the most bytes that the text of a receipt has: the largest leaf, 63 hashes and the longest note.
const MaxReceipt = len(receiptHead+receiptLeaf+receiptIndex) + (MaxLeaf+2)/3*4 + 20 + maxPath*(base64Hash+1) + 3 + MaxNote

const (
	receiptHead  = "c2sp.org/tlog-proof@v1\n"
	receiptLeaf  = "extra "
	receiptIndex = "index "
	base64Hash   = (tlog.HashSize + 2) / 3 * 4
	maxPath      = 63
)

// Text is the receipt as it is handed out.
func (r Receipt) Text() []byte {
	b := make([]byte, 0, 256+len(r.Leaf)*4/3+len(r.Path)*(base64Hash+1)+len(r.Checkpoint))
	b = append(append(b, receiptHead...), receiptLeaf...)
	b = base64.StdEncoding.AppendEncode(b, r.Leaf)
	b = append(append(b, '\n'), receiptIndex...)
	b = strconv.AppendInt(b, r.Index, 10)
	b = append(b, '\n')
	for i := range r.Path {
		b = append(base64.StdEncoding.AppendEncode(b, r.Path[i][:]), '\n')
	}
	b = append(b, '\n')
	return append(b, r.Checkpoint...)
}

// ParseReceipt reads what Text writes and nothing else; proofs of other logs without the leaf are not for it. What the receipt shows is for Check to say.
func ParseReceipt(text []byte) (Receipt, error) {
	bad := func(what string) (Receipt, error) { return Receipt{}, fmt.Errorf("receipt: %w: %s", ErrForm, what) }
	if len(text) > MaxReceipt {
		return bad(fmt.Sprintf("it is longer than %d bytes", MaxReceipt))
	}
	rest, ok := bytes.CutPrefix(text, []byte(receiptHead))
	if !ok {
		return bad("it does not begin with " + strings.TrimSpace(receiptHead))
	}
	var r Receipt
	var err error
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	leaf, ok := bytes.CutPrefix(line, []byte(receiptLeaf))
	if r.Leaf, err = decodeBase64(string(leaf)); !ok || err != nil || len(r.Leaf) == 0 || len(r.Leaf) > MaxLeaf {
		return bad("its second line is not the event in base64 after the word extra")
	}
	line, rest, _ = bytes.Cut(rest, []byte("\n"))
	index, ok := bytes.CutPrefix(line, []byte(receiptIndex))
	if r.Index, err = strconv.ParseInt(string(index), 10, 64); !ok || err != nil || !isNumber(index) {
		return bad("its third line is not the event's index")
	}
	for {
		if line, rest, ok = bytes.Cut(rest, []byte("\n")); !ok {
			return bad("it ends before its checkpoint")
		}
		if len(line) == 0 {
			break
		}
		h, err := decodeBase64(string(line))
		if err != nil || len(h) != tlog.HashSize || len(r.Path) == maxPath {
			return bad(fmt.Sprintf("line %d of its path is no hash in base64", len(r.Path)+1))
		}
		r.Path = append(r.Path, tlog.Hash(h))
	}
	if len(rest) == 0 || len(rest) > MaxNote {
		return bad(fmt.Sprintf("its checkpoint has 1 to %d bytes", MaxNote))
	}
	r.Checkpoint = bytes.Clone(rest)
	return r, nil
}

// Check tells what the receipt shows: the record, and the head that holds it. The log's signature must hold, a quorum of the policy's witnesses must have
// cosigned (no policy asks for none), and the path must lead from the leaf to the head's root. The errors are ErrSignature, ErrProof and ErrForm.
func (r Receipt) Check(log note.Verifier, policy *Policy) (domain.Record, Checkpoint, error) {
	record, head, err := r.check(log, policy)
	if err != nil {
		return domain.Record{}, Checkpoint{}, fmt.Errorf("receipt: %w", err)
	}
	return record, head, nil
}

func (r Receipt) check(log note.Verifier, policy *Policy) (record domain.Record, head Checkpoint, err error) {
	if head, _, err = OpenCheckpoint(r.Checkpoint, log); err != nil {
		return record, head, err
	}
	if policy != nil {
		of, err := policy.For(log)
		if err == nil {
			err = of.Check(r.Checkpoint)
		}
		if err != nil {
			return record, head, err
		}
	}
	leaf, _ := LeafHash(nil, r.Leaf)
	if err := CheckInclusion(r.Path, head.Size, head.Root, r.Index, leaf); err != nil {
		return record, head, err
	}
	record, err = ParseLeaf(uint64(r.Index), r.Leaf)
	return record, head, err
}
