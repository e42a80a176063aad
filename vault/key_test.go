package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.key")
	_, err := ReadKey(path)
	require.ErrorIs(t, err, ErrKey)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, path)
	made, err := MakeKey(path, rand.Reader)
	require.NoError(t, err)
	read, err := ReadKey(path)
	require.NoError(t, err)
	require.Equal(t, made, read)
	require.NotZero(t, made)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, err = MakeKey(path, rand.Reader)
	require.ErrorIs(t, err, fs.ErrExist)
	read, err = ReadKey(path)
	require.NoError(t, err)
	require.Equal(t, made, read, "a key that is there stays")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	other, err := MakeKey(filepath.Join(dir, "other.key"), rand.Reader)
	require.NoError(t, err)
	require.NotEqual(t, made, other)
	_, err = MakeKey(filepath.Join(dir, "missing", "vault.key"), rand.Reader)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = MakeKey(filepath.Join(dir, "short.key"), io.LimitReader(rand.Reader, 31))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoFileExists(t, filepath.Join(dir, "short.key"))
}

// The file's form is fixed: a key that was written down today opens the vault in ten years.
func TestKeyForm(t *testing.T) {
	t.Parallel()
	var k Key
	for i := range k {
		k[i] = byte(i)
	}
	sum := sha256.Sum256(append([]byte("daybook-vault-key/v1\x00"), k[:]...))
	require.Equal(t, hex.EncodeToString(sum[:8]), k.ID())
	const text = "daybook-vault-key/v1 fafc876103e914fa 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
	require.Equal(t, text, k.text())
	for _, spaced := range []string{text, strings.TrimSpace(text), "  " + strings.ReplaceAll(text, " ", "\t") + "\n\n"} {
		got, ok := parseKey(spaced)
		require.True(t, ok)
		require.Equal(t, k, got)
	}
	for name, wrong := range map[string]string{
		"empty": "", "cut": text[:len(text)-3], "more": strings.TrimSpace(text) + "20", "another word": text + " x", "mistyped": strings.Replace(text, "0405", "0406", 1),
		"another id": strings.Replace(text, "fafc", "fafd", 1), "another form": strings.Replace(text, "/v1", "/v2", 1), "no hex": strings.Replace(text, "1f\n", "1g\n", 1),
	} {
		require.NotEqual(t, text, wrong, name)
		path := filepath.Join(t.TempDir(), "vault.key")
		require.NoError(t, os.WriteFile(path, []byte(wrong), 0o600))
		_, err := ReadKey(path)
		require.ErrorIs(t, err, ErrKey, name)
		require.NotContains(t, err.Error(), "05060708", name)
	}
}

// A key is in no message, however it is printed.
func TestKeyIsSilent(t *testing.T) {
	t.Parallel()
	k := Key(bytes.Repeat([]byte{0xab}, 32))
	for _, form := range []string{"%v", "%s", "%+v", "%#v"} {
		text := fmt.Sprintf(form, k)
		require.Equal(t, k.ID(), text)
		require.NotContains(t, fmt.Sprintf(form, struct{ K Key }{k}), "abab")
		require.NotContains(t, fmt.Sprintf(form, struct{ K Key }{k}), "171, 171")
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(Key{1, 2, 3}.text())
	f.Add("daybook-vault-key/v1 0000000000000000 00")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if k, ok := parseKey(text); ok {
			again, ok := parseKey(k.text())
			require.True(t, ok)
			require.Equal(t, k, again)
			require.Contains(t, text, k.ID())
		}
	})
}
