package notary_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// cosigner makes a witness's key from one repeated byte.
func cosigner(t testing.TB, b byte, name string) *notary.Cosigner {
	t.Helper()
	text, public, err := notary.NewWitnessKey(bytes.NewReader(bytes.Repeat([]byte{b}, 64)), name)
	require.NoError(t, err)
	c, err := notary.ParseCosigner(text)
	require.NoError(t, err)
	require.Equal(t, public, c.Public().String())
	return c
}

// logKey makes a log's key from one repeated byte.
func logKey(t testing.TB, b byte, origin string) (signer note.Signer, vkey string) {
	t.Helper()
	text, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{b}, 64)), origin)
	require.NoError(t, err)
	signer, err = note.NewSigner(text)
	require.NoError(t, err)
	return signer, vkey
}

// signed is a checkpoint with signatures.
func signed(t testing.TB, origin string, size int64, signers ...note.Signer) []byte {
	t.Helper()
	text := notary.Checkpoint{Origin: origin, Size: size, Root: tlog.RecordHash([]byte(origin))}.Text()
	n, err := note.Sign(&note.Note{Text: text}, signers...)
	require.NoError(t, err)
	return n
}

func TestCosignature(t *testing.T) {
	t.Parallel()
	c := cosigner(t, 7, "witness.example/w")
	n, err := note.Open(signed(t, "log.example/a", 12, c.At(1_700_000_000)), note.VerifierList(c.Public()))
	require.NoError(t, err)
	require.Len(t, n.Sigs, 1)
	at, err := notary.CosignatureTime(n.Sigs[0])
	require.NoError(t, err)
	require.EqualValues(t, 1_700_000_000, at)

	msg, err := c.At(1).Sign([]byte(n.Text))
	require.NoError(t, err)
	require.True(t, c.Public().Verify([]byte(n.Text), msg))
	for i := range msg { // the time and the signature, each bit of them
		for bit := range 8 {
			msg[i] ^= 1 << bit
			require.False(t, c.Public().Verify([]byte(n.Text), msg), "byte %d", i)
			msg[i] ^= 1 << bit
		}
	}
	require.False(t, c.Public().Verify([]byte(n.Text), msg[:71]))
	require.False(t, c.Public().Verify([]byte(n.Text), append(msg, 0)))
	require.False(t, c.Public().Verify([]byte(strings.Replace(n.Text, "12", "13", 1)), msg))
	for _, text := range []string{"", "no checkpoint\n", "a\n1\n", strings.Replace(n.Text, "12", "012", 1), n.Text + "\n", n.Text + "unended"} {
		_, err := c.At(1).Sign([]byte(text))
		require.ErrorIs(t, err, notary.ErrForm, text)
	}
	for _, at := range []int64{0, -1} {
		_, err := c.At(at).Sign([]byte(n.Text))
		require.ErrorIs(t, err, notary.ErrForm)
	}
}

// TestWitnessKeyInText holds keys against their one form: any other byte is refused, and a private key is never repeated.
func TestWitnessKeyInText(t *testing.T) {
	t.Parallel()
	private, public, err := notary.NewWitnessKey(bytes.NewReader(bytes.Repeat([]byte{9}, 64)), "")
	require.NoError(t, err)
	require.Regexp(t, `^witness/[0-9a-f]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$`, public)
	_, err = notary.ParseWitnessKey(public)
	require.NoError(t, err)
	for i := range public {
		for _, b := range []byte{'A', 'b', '0', '+', ' ', '\n', 0, 0xff} {
			if broken := public[:i] + string(b) + public[i+1:]; broken != public {
				_, err := notary.ParseWitnessKey(broken)
				require.ErrorIs(t, err, notary.ErrForm, "%q", broken)
			}
		}
	}
	_, err = notary.ParseWitnessKey(public + "\n")
	require.ErrorIs(t, err, notary.ErrForm)
	for i := range private {
		_, err := notary.ParseCosigner(private[:i] + "\n" + private[i+1:])
		require.ErrorIs(t, err, notary.ErrForm)
		require.NotContains(t, err.Error(), private[60:])
	}
	for _, other := range []string{private, " " + private} {
		_, err = notary.ParseWitnessKey(other)
		require.ErrorIs(t, err, notary.ErrForm)
	}
	_, err = notary.ParseWitnessKey(private)
	require.NotContains(t, err.Error(), private[60:])
	_, logs := logKey(t, 1, "log.example/a")
	_, err = notary.ParseWitnessKey(logs)
	require.ErrorContains(t, err, "key of a log")
	raw := append([]byte{6}, make([]byte, 1312)...)
	_, err = notary.ParseWitnessKey("w+00000000+" + base64.StdEncoding.EncodeToString(raw))
	require.ErrorContains(t, err, "ML-DSA-44")
	for _, name := range []string{"a b", "a+b", "a\u00a0b", "\x7f", strings.Repeat("x", 201), "\xff"} {
		_, _, err := notary.NewWitnessKey(bytes.NewReader(make([]byte, 64)), name)
		require.ErrorIs(t, err, notary.ErrForm, "%q", name)
	}
}

// TestTorchwoodNotes reads what another implementation made; interop/golden_test.go says how.
func TestTorchwoodNotes(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join("testdata", "torchwood", name))
		require.NoError(t, err)
		return text
	}
	policy, err := notary.ParsePolicy(read("policy"))
	require.NoError(t, err)
	require.Equal(t, "https://cairo.example", policy.Witnesses[2].URL)
	const hour, start = 3600, 946684800
	for name, want := range map[string][]notary.Cosignature{
		"met":       {{Witness: "athens", Time: start + hour}, {Witness: "cairo", Time: start + hour}},
		"unmet":     {{Witness: "berlin", Time: start + 2*hour}},
		"extension": {{Witness: "berlin", Time: start + 3*hour}, {Witness: "cairo", Time: start + 3*hour}},
		"foreign":   {{Witness: "athens", Time: start + 4*hour}, {Witness: "berlin", Time: start + 4*hour}},
	} {
		have, err := policy.Cosignatures(read(name))
		require.NoError(t, err, name)
		require.Equal(t, want, have, name)
		if name == "unmet" {
			require.ErrorIs(t, policy.Check(read(name)), notary.ErrSignature)
			require.ErrorContains(t, policy.Check(read(name)), `missing: athens, cairo ("cities" needs 2 of athens, berlin, cairo)`)
		} else {
			require.NoError(t, policy.Check(read(name)), name)
		}
	}
}

// TestCheckpointsThatAreNone names texts that two readers could understand differently, or whose size makes the arithmetic of package tlog run for ever.
func TestCheckpointsThatAreNone(t *testing.T) {
	t.Parallel()
	root := tlog.Hash{}.String()
	c, err := notary.ParseCheckpoint("a\n72057594037927936\n" + root + "\nextension\nanother\n")
	require.NoError(t, err)
	require.EqualValues(t, notary.MaxSize, c.Size)
	for _, text := range []string{
		"a\n72057594037927937\n" + root + "\n", "a\n9223372036854775807\n" + root + "\n", "a\n1\n" + root + "\n\n", "a\n1\n" + root + "\n\nb\n", "a\n1\n" + root + "\nb\n\n",
	} {
		_, err := notary.ParseCheckpoint(text)
		require.ErrorIs(t, err, notary.ErrForm, text)
	}
}
