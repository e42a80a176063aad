package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// expand is one block of HKDF-SHA256 without a salt (RFC 5869 2.2 and 2.3), by hand.
func expand(key []byte, info string) []byte {
	mac := func(k []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, k)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	return mac(mac(make([]byte, 32), key), []byte(info), []byte{1})
}

// unbox is AES-256-GCM with the nonce in front, by hand.
func unbox(t require.TestingT, key, box []byte, aad string) []byte {
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	plain, err := aead.Open(nil, box[:12], box[12:], []byte(aad))
	require.NoError(t, err)
	return plain
}

// The boxes are those that docs/formats.md describes: somebody with the keys needs no daybook to read them.
func TestBoxes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var at Place
		copy(at.Event[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "event"))
		at.Field = rapid.SampledFrom([]string{"text", "answer.text", "items.1.text", "ß"}).Draw(t, "field")
		o := Opening{Place: at, Subject: "statement-dl_1/1", Words: rapid.SliceOf(rapid.Byte()).Draw(t, "words")}
		copy(o.Salt[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt"))
		key, err := NewSubjectKey(rand.Reader)
		require.NoError(t, err)

		box := key.Seal(o)
		aad := "daybook-opening/v2\x00" + string(at.Event[:]) + string(binary.BigEndian.AppendUint64(nil, uint64(len(at.Field)))) + at.Field
		require.Equal(t, append(bytes.Clone(o.Salt[:]), o.Words...), unbox(t, expand(key[:], "daybook-opening-key/v1\x00"+at.Field), box, aad))
		require.NotEqual(t, box, key.Seal(o), "a nonce comes once")

		back, ok := key.Unseal(at, o.Subject, box)
		require.True(t, ok)
		require.True(t, bytes.Equal(o.Words, back.Words))
		back.Words = o.Words
		require.Equal(t, o, back)

		closed := func(key SubjectKey, at Place, box []byte) {
			_, ok := key.Unseal(at, o.Subject, box)
			require.False(t, ok)
		}
		elsewhere, otherField, otherKey, flipped := at, at, key, bytes.Clone(box)
		elsewhere.Event[rapid.IntRange(0, 15).Draw(t, "at")] ^= 1
		otherField.Field += "s"
		otherKey[rapid.IntRange(0, 31).Draw(t, "of")] ^= 0x80
		flipped[rapid.IntRange(0, len(box)-1).Draw(t, "bit")] ^= 4
		closed(key, elsewhere, box)
		closed(key, otherField, box)
		closed(otherKey, at, box)
		closed(key, at, flipped)
		closed(key, at, box[:rapid.IntRange(0, len(box)-1).Draw(t, "cut")])
	})
}

func TestWrappedKeys(t *testing.T) {
	t.Parallel()
	master, err := NewKey(rand.Reader)
	require.NoError(t, err)
	key, err := NewSubjectKey(rand.Reader)
	require.NoError(t, err)
	const subject domain.StreamID = "participant-pa_1"
	w := master.Wrapper()
	require.Equal(t, master.ID(), w.KeyID())
	box := w.Wrap(subject, key)
	require.Equal(t, key[:], unbox(t, master[:], box, "daybook-subject-key/v1\x00"+string(subject)))
	back, ok := w.Unwrap(subject, box)
	require.True(t, ok)
	require.Equal(t, key, back)
	for name, try := range map[string]func() (SubjectKey, bool){
		"another subject": func() (SubjectKey, bool) { return w.Unwrap("participant-pa_2", box) },
		"another key":     func() (SubjectKey, bool) { return Key{1}.Wrapper().Unwrap(subject, box) },
		"nothing":         func() (SubjectKey, bool) { return w.Unwrap(subject, nil) },
		"a cut box":       func() (SubjectKey, bool) { return w.Unwrap(subject, box[:20]) },
		"a flipped bit":   func() (SubjectKey, bool) { b := bytes.Clone(box); b[30] ^= 1; return w.Unwrap(subject, b) },
		"a shorter key":   func() (SubjectKey, bool) { return w.Unwrap(subject, w.aead.Seal(nil, nil, key[:31], wrapped(subject))) },
	} {
		got, ok := try()
		require.False(t, ok, name)
		require.Zero(t, got, name)
	}
}

// No box that somebody makes up opens, and none of them breaks the program.
func FuzzUnseal(f *testing.F) {
	key := SubjectKey{1, 2, 3}
	at := Place{Event: domain.NewEventID("c", "s", 0), Field: "text"}
	f.Add([]byte{})
	f.Add(make([]byte, 28))
	f.Add(key.of(at.Field).Seal(nil, nil, make([]byte, 31), at.bound())) // too short for a salt
	f.Add(make([]byte, 500))
	f.Fuzz(func(t *testing.T, box []byte) {
		if o, ok := key.Unseal(at, "s", box); ok {
			t.Fatalf("%x opens as %v", box, o)
		}
	})
}
