package notary_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

func TestReceipt(t *testing.T) {
	t.Parallel()
	l := newLog(t, 300)
	for _, c := range []struct{ size, index int64 }{{1, 0}, {2, 1}, {256, 255}, {257, 256}, {300, 0}, {300, 123}, {300, 299}} {
		r := l.receipt(c.size, c.index)
		again, err := notary.ParseReceipt(r.Text())
		require.NoError(t, err)
		require.Equal(t, string(r.Text()), string(again.Text()))
		record, head, err := again.Check(l.verifier, nil)
		require.NoError(t, err)
		require.Equal(t, notary.Checkpoint{Origin: l.verifier.Name(), Size: c.size, Root: l.roots[c.size]}, head)
		require.Equal(t, uint64(c.index), record.Seq)
		require.Equal(t, string(l.leaves[c.index]), string(notary.AppendLeaf(nil, record)))
		_, err = record.Decode()
		require.NoError(t, err)
	}
	golden(t, "receipt.tlog-proof", l.receipt(300, 123).Text())
}

// TestReceiptOfAnother: whatever is not what the log signed is refused by name.
func TestReceiptOfAnother(t *testing.T) {
	t.Parallel()
	l := newLog(t, 300)
	other, stranger := newKey(t, 2, "")
	_, namesake := newKey(t, 3, l.verifier.Name())
	good := l.receipt(300, 123)
	for name, c := range map[string]struct {
		change func(r *notary.Receipt)
		err    error
	}{
		"another event":      {func(r *notary.Receipt) { r.Leaf = l.leaves[124] }, notary.ErrProof},
		"another index":      {func(r *notary.Receipt) { r.Index = 124 }, notary.ErrProof},
		"beyond the end":     {func(r *notary.Receipt) { r.Index = 300 }, notary.ErrProof},
		"negative":           {func(r *notary.Receipt) { r.Index = -1 }, notary.ErrProof},
		"another path":       {func(r *notary.Receipt) { r.Path = l.receipt(300, 124).Path }, notary.ErrProof},
		"no path":            {func(r *notary.Receipt) { r.Path = nil }, notary.ErrProof},
		"longer path":        {func(r *notary.Receipt) { r.Path = append(r.Path[:len(r.Path):len(r.Path)], tlog.Hash{}) }, notary.ErrProof},
		"another head":       {func(r *notary.Receipt) { r.Checkpoint = l.signed(299) }, notary.ErrProof},
		"unsigned":           {func(r *notary.Receipt) { r.Checkpoint = r.Checkpoint[:bytes.LastIndex(r.Checkpoint, []byte("—"))] }, notary.ErrSignature},
		"signed by somebody": {func(r *notary.Receipt) { r.Checkpoint = (&testLog{t: t, signer: other, roots: l.roots}).signed(300) }, notary.ErrSignature},
		"changed size": {func(r *notary.Receipt) {
			r.Checkpoint = bytes.Replace(r.Checkpoint, []byte("\n300\n"), []byte("\n301\n"), 1)
		}, notary.ErrSignature},
	} {
		r := good
		c.change(&r)
		require.NotEqual(t, string(good.Text()), string(r.Text()), name)
		_, head, err := r.Check(l.verifier, nil)
		require.ErrorIs(t, err, c.err, name)
		require.Zero(t, head, name)
	}
	_, _, err := good.Check(stranger, nil)
	require.ErrorIs(t, err, notary.ErrSignature)
	_, _, err = good.Check(namesake, nil)
	require.ErrorIs(t, err, notary.ErrSignature)
	// A leaf that the log holds and that is no event of ours.
	l.append([]byte(`{"specversion":"1.0"}`))
	_, _, err = l.receipt(301, 300).Check(l.verifier, nil)
	require.ErrorIs(t, err, notary.ErrForm)
}

func TestReceiptForms(t *testing.T) {
	t.Parallel()
	l := newLog(t, 10)
	good := string(l.receipt(10, 3).Text())
	lines := strings.SplitAfter(good, "\n")
	without := func(n int) string { return strings.Join(append(append([]string{}, lines[:n]...), lines[n+1:]...), "") }
	replace := func(n int, line string) string {
		return strings.Join(append(append(append([]string{}, lines[:n]...), line), lines[n+1:]...), "")
	}
	for name, text := range map[string]string{
		"nothing": "", "no head": without(0), "no leaf": without(1), "no index": without(2), "no empty line": without(len(lines) - 7),
		"another version": replace(0, "c2sp.org/tlog-proof@v2\n"), "empty leaf": replace(1, "extra \n"), "leaf is no base64": replace(1, "extra !\n"),
		"line end in the leaf": replace(1, strings.TrimSpace(lines[1])+"\r\n"), "large leaf": replace(1, "extra "+strings.Repeat("AAAA", notary.MaxLeaf/3+1)+"\n"),
		"negative": replace(2, "index -1\n"), "leading zero": replace(2, "index 03\n"), "plus": replace(2, "index +3\n"), "no number": replace(2, "index \n"),
		"beyond": replace(2, "index 9223372036854775808\n"), "short hash": replace(3, lines[3][4:]), "loose base64": replace(3, lines[3][:42]+"B=\n"),
		"long path": replace(3, strings.Repeat(lines[3], 64)), "no checkpoint": strings.Join(lines[:8], ""), "ends in the path": strings.Join(lines[:5], ""),
		"long note": good + strings.Repeat("x", notary.MaxNote), "too long": good + strings.Repeat("x", notary.MaxReceipt),
	} {
		_, err := notary.ParseReceipt([]byte(text))
		require.ErrorIs(t, err, notary.ErrForm, name)
	}
	// The largest receipt there can be is read.
	r := notary.Receipt{Leaf: make([]byte, notary.MaxLeaf), Index: 1<<63 - 1, Path: make([]tlog.Hash, 63), Checkpoint: make([]byte, notary.MaxNote)}
	require.LessOrEqual(t, len(r.Text()), notary.MaxReceipt)
	_, err := notary.ParseReceipt(r.Text())
	require.NoError(t, err)
}

// TestReceiptAnyByte: no bit of a receipt can be another one.
func TestReceiptAnyByte(t *testing.T) {
	t.Parallel()
	l := newLog(t, 40)
	good := l.receipt(40, 7).Text()
	for i := range good {
		for bit := range 8 {
			text := bytes.Clone(good)
			text[i] ^= 1 << bit
			r, err := notary.ParseReceipt(text)
			if err == nil {
				_, _, err = r.Check(l.verifier, nil)
			}
			require.Error(t, err, "bit %d of byte %d", bit, i)
		}
	}
}

// TestReceiptUnderAPolicy: where a policy is given, a head without its quorum shows nothing.
func TestReceiptUnderAPolicy(t *testing.T) {
	t.Parallel()
	l := newLog(t, 10)
	skey, vkey, err := notary.NewWitnessKey(bytes.NewReader(bytes.Repeat([]byte{9}, 32)), "witness.example/a")
	require.NoError(t, err)
	w, err := notary.ParseCosigner(skey)
	require.NoError(t, err)
	policy := parse(t, "witness a "+vkey+"\nquorum a\n")
	r := l.receipt(10, 3)
	_, _, err = r.Check(l.verifier, nil)
	require.NoError(t, err)
	_, _, err = r.Check(l.verifier, policy)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorContains(t, err, "missing: a")
	r.Checkpoint = l.signed(10, w.At(1))
	record, head, err := r.Check(l.verifier, policy)
	require.NoError(t, err)
	require.Equal(t, uint64(3), record.Seq)
	require.Equal(t, int64(10), head.Size)
	_, other := logKey(t, 100, origin)
	_, _, err = r.Check(l.verifier, parse(t, "log "+other+"\nwitness a "+vkey+"\nquorum a\n"))
	require.ErrorIs(t, err, notary.ErrSignature, "a policy for another log")
}
