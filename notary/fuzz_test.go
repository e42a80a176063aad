package notary_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/notary"
)

// seed keeps the first inputs of a fuzz target in testdata/fuzz, where go test finds them and runs them as cases. -update writes them.
func seed(f *testing.F, inputs ...[]byte) {
	dir := filepath.Join("testdata", "fuzz", f.Name())
	if *update {
		require.NoError(f, os.MkdirAll(dir, 0o755))
		for i, in := range inputs {
			require.NoError(f, os.WriteFile(filepath.Join(dir, fmt.Sprintf("seed-%02d", i)), fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", in), 0o644))
		}
	}
	have, err := filepath.Glob(filepath.Join(dir, "seed-*"))
	require.NoError(f, err)
	require.Len(f, have, len(inputs), "go test ./notary -update writes the corpus")
}

// FuzzLeaf holds the promise that roots rest on: what is read as a leaf is written in the very same bytes.
func FuzzLeaf(f *testing.F) {
	l := newLog(f, 4)
	seed(f, append(l.leaves, bytes.Replace(l.leaves[1], []byte(`","data":`), []byte(`\",\"data\":","data":`), 1), []byte(`{"specversion":"1.0","id":"`), nil)...)
	f.Fuzz(func(t *testing.T, leaf []byte) {
		given := bytes.Clone(leaf)
		r, err := notary.ParseLeaf(7, leaf)
		if err != nil {
			require.ErrorIs(t, err, notary.ErrForm)
			return
		}
		require.Equal(t, uint64(7), r.Seq)
		require.Equal(t, string(given), string(notary.AppendLeaf(nil, r)))
		if _, err := r.Decode(); err == nil {
			require.True(t, json.Valid(given), "%q", given)
			require.NoError(t, json.Unmarshal(given, new(struct {
				Type, Subject string
				Revision      uint64
				Source, Time  string
				Data          map[string]any
			})))
		}
	})
}

// FuzzCheckpoint: a head's text has one form, up to the extension lines of others.
func FuzzCheckpoint(f *testing.F) {
	l := newLog(f, 3)
	text := notary.Checkpoint{Origin: "example.org/log", Size: 3, Root: l.roots[3]}.Text()
	seed(f, []byte(text), []byte(text+"extension\n"), []byte(strings.Replace(text, "\n3\n", "\n03\n", 1)), []byte(text[:len(text)-1]), []byte("\n0\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := notary.ParseCheckpoint(string(text))
		if err != nil {
			require.ErrorIs(t, err, notary.ErrForm)
			return
		}
		require.True(t, strings.HasPrefix(string(text), c.Text()), "%q", text)
		again, err := notary.ParseCheckpoint(c.Text())
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

// FuzzNote: whatever is around them, the heads that open are those that were signed.
func FuzzNote(f *testing.F) {
	l := newLog(f, 3)
	other, _ := newKey(f, 2, "witness.example")
	namesake, _ := newKey(f, 3, l.signer.Name())
	seed(f, l.signed(3), l.signed(2, other), l.signed(1, namesake), bytes.Replace(l.signed(3), []byte("\n3\n"), []byte("\n2\n"), 1), []byte("a\n\n— b AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, signed []byte) {
		head, n, err := notary.OpenCheckpoint(signed, l.verifier)
		if err != nil {
			require.Zero(t, head)
			return
		}
		require.Less(t, head.Size, int64(len(l.roots)))
		require.Equal(t, notary.Checkpoint{Origin: l.verifier.Name(), Size: head.Size, Root: l.roots[head.Size]}, head)
		require.Equal(t, head.Text(), n.Text)
	})
}

// FuzzReceipt: what is read as a receipt is written in the very same bytes, and shows an event of the log or nothing.
func FuzzReceipt(f *testing.F) {
	l := newLog(f, 5)
	one, many := l.receipt(1, 0).Text(), l.receipt(5, 2).Text()
	seed(f, one, many, bytes.Replace(many, []byte("index 2"), []byte("index 3"), 1), many[:len(many)/2], bytes.Replace(one, []byte("=\n"), []byte("=\r\n"), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := notary.ParseReceipt(text)
		if err != nil {
			require.ErrorIs(t, err, notary.ErrForm)
			return
		}
		require.Equal(t, string(text), string(r.Text()))
		record, _, err := r.Check(l.verifier, nil)
		if err == nil {
			require.Equal(t, string(l.leaves[record.Seq]), string(notary.AppendLeaf(nil, record)))
		}
	})
}

// FuzzEntries: a bundle of entries is read whole or not, and is written in the very same bytes. Its first byte here is how many entries it has.
func FuzzEntries(f *testing.F) {
	var bundle []byte
	for _, leaf := range []string{"one", "", "three"} {
		var err error
		bundle, err = notary.AppendEntry(bundle, []byte(leaf))
		require.NoError(f, err)
	}
	with := func(w byte, bundle []byte) []byte { return append([]byte{w}, bundle...) }
	seed(f, with(3, bundle), with(2, bundle), with(4, bundle), with(3, bundle[:len(bundle)-1]), with(0, nil), with(1, []byte{0, 0}), with(1, []byte{255, 255, 'x'}), with(2, []byte{0, 1, 'x', 0}))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 {
			return
		}
		bundle := bytes.Clone(in[1:])
		var again []byte
		n := 0
		for leaf, err := range notary.Entries(bundle, int(in[0])) {
			if err != nil {
				require.ErrorIs(t, err, notary.ErrForm)
				require.Nil(t, leaf)
				n = -1
				continue // an error is the last pair: another one would fail the count
			}
			require.GreaterOrEqual(t, n, 0, "an entry follows an error")
			n++
			again, err = notary.AppendEntry(again, leaf)
			require.NoError(t, err)
		}
		if n >= 0 {
			require.Equal(t, int(in[0]), n)
			require.Equal(t, string(in[1:]), string(again))
		}
	})
}
