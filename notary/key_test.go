package notary_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/notary"
)

func TestNewKey(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"", "example.org/log", "bürgerrat.example/2026"} {
		skey, vkey, err := notary.NewKey(rand.Reader, origin)
		require.NoError(t, err)
		signer, err := notary.ParseSigner("\n" + skey + "\n")
		require.NoError(t, err)
		verifier, err := notary.ParseVerifier(vkey + "\n")
		require.NoError(t, err)
		require.Equal(t, signer.Name(), verifier.Name())
		if origin != "" {
			require.Equal(t, origin, signer.Name())
		} else {
			require.Regexp(t, `^daybook/[0-9a-f]{16}$`, signer.Name())
		}
		of, err := notary.VerifierOf(skey)
		require.NoError(t, err)
		require.Equal(t, vkey, of)
		msg, err := note.Sign(&note.Note{Text: "a\n"}, signer)
		require.NoError(t, err)
		_, err = note.Open(msg, note.VerifierList(verifier))
		require.NoError(t, err)
	}
}

func TestNewKeyIsAFunctionOfChance(t *testing.T) {
	t.Parallel()
	made := func(seed byte) string {
		skey, vkey, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)), "")
		require.NoError(t, err)
		return skey + "\n" + vkey + "\n"
	}
	golden(t, "key.txt", []byte(made(1)))
	require.NotEqual(t, made(1), made(2))
	_, _, err := notary.NewKey(strings.NewReader("too little of it"), "")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"a b", "a+b", "a\tb", "a\nb", " a", "a\u00a0b", "a\u200bb", "a\x00", "a\x7f", "\xff", strings.Repeat("a", notary.MaxOrigin+1)} {
		require.ErrorIs(t, notary.CheckOrigin(origin), notary.ErrForm, "%q", origin)
		_, _, err := notary.NewKey(rand.Reader, origin)
		require.ErrorIs(t, err, notary.ErrForm, "%q", origin)
	}
	require.ErrorIs(t, notary.CheckOrigin(""), notary.ErrForm)
}

func TestForeignKeys(t *testing.T) {
	t.Parallel()
	skey, vkey, err := notary.NewKey(rand.Reader, "example.org/log")
	require.NoError(t, err)
	split := func(s string) string { return s[:len(s)-10] + "\n" + s[len(s)-10:] }
	for name, key := range map[string]string{"nothing": "", "private": skey, "two lines": split(vkey), "other name": "x" + vkey, "cut off": vkey[:len(vkey)-4], "two": vkey + "\n" + vkey} {
		_, err := notary.ParseVerifier(key)
		require.ErrorIs(t, err, notary.ErrForm, name)
		require.NotContains(t, err.Error(), skey[30:], "a private key is in no error")
	}
	for name, key := range map[string]string{"nothing": "", "public": vkey, "two lines": split(skey), "other name": strings.Replace(skey, "example", "examples", 1), "cut off": skey[:len(skey)-4]} {
		_, err := notary.ParseSigner(key)
		require.ErrorIs(t, err, notary.ErrForm, name)
		_, of := notary.VerifierOf(key)
		require.True(t, errors.Is(of, notary.ErrForm), name)
		require.NotContains(t, err.Error(), skey[40:50], "a private key is in no error")
	}
}
