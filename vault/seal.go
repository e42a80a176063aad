package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"daybook.internal/domain"
)

// What a vault keeps is sealed twice: an opening under the key of its subject, that key under the vault's. With a subject's key, everything of the subject is
// gone, in whatever copy of the sealed words.
//
//	opening  = AES-256-GCM(HKDF-SHA256(subject key, info "daybook-opening-key/v1" 0 field), salt ‖ words), AAD "daybook-opening/v2" 0 event be64(len field) field
//	key      = AES-256-GCM(vault key, subject key), AAD "daybook-subject-key/v1" 0 subject
//
// A nonce is random and stands before its box (NIST SP 800-38D 8.2.2; crypto/cipher.NewGCMWithRandomNonce).

// SubjectKey seals the openings of one subject.
type SubjectKey [32]byte

// NewSubjectKey makes one of random bytes.
func NewSubjectKey(random io.Reader) (SubjectKey, error) {
	var k SubjectKey
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return SubjectKey{}, fmt.Errorf("make the key of a subject: %w", err)
	}
	return k, nil
}

// Seal closes an opening. The same one comes to other bytes each time.
func (k SubjectKey) Seal(o Opening) []byte {
	plain := append(append(make([]byte, 0, len(o.Salt)+len(o.Words)), o.Salt[:]...), o.Words...)
	return k.of(o.Field).Seal(nil, nil, plain, o.bound())
}

// Unseal is the opening that Seal has closed at a place of a subject. It is false where the box, the key or the place is another one.
func (k SubjectKey) Unseal(at Place, subject domain.StreamID, box []byte) (Opening, bool) {
	o := Opening{Place: at, Subject: subject}
	plain, err := k.of(at.Field).Open(nil, nil, box, at.bound())
	if err != nil || len(plain) < len(o.Salt) {
		return Opening{}, false
	}
	copy(o.Salt[:], plain)
	o.Words = plain[len(o.Salt):]
	return o, true
}

// of is the cipher of a field.
func (k SubjectKey) of(field string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, k[:], nil, "daybook-opening-key/v1\x00"+field, len(k))
	if err != nil {
		panic(fmt.Sprintf("vault: derive a key: %v", err)) // only where more is asked for than SHA-256 gives
	}
	return gcm(key)
}

func (at Place) bound() []byte {
	b := append(make([]byte, 0, 128), "daybook-opening/v2\x00"...)
	b = append(b, at.Event[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(at.Field)))
	return append(b, at.Field...)
}

// A Wrapper closes the keys of subjects under the key of a vault.
type Wrapper struct {
	id   string
	aead cipher.AEAD
}

// Wrapper makes that of a key.
func (k Key) Wrapper() Wrapper { return Wrapper{k.ID(), gcm(k[:])} }

// KeyID is the id of the vault's key.
func (w Wrapper) KeyID() string { return w.id }

// Wrap closes the key of a subject.
func (w Wrapper) Wrap(subject domain.StreamID, k SubjectKey) []byte {
	return w.aead.Seal(nil, nil, k[:], wrapped(subject))
}

// Unwrap gives the key of a subject; it is false where the box, the vault's key or the subject is another one.
func (w Wrapper) Unwrap(subject domain.StreamID, box []byte) (SubjectKey, bool) {
	plain, err := w.aead.Open(nil, nil, box, wrapped(subject))
	if err != nil || len(plain) != len(SubjectKey{}) {
		return SubjectKey{}, false
	}
	return SubjectKey(plain), true
}

func wrapped(subject domain.StreamID) []byte {
	return append([]byte("daybook-subject-key/v1\x00"), subject...)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(fmt.Sprintf("vault: %v", err)) // only where a key has another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(fmt.Sprintf("vault: %v", err))
	}
	return aead
}
