package notary

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// MaxOrigin is the most bytes that the name of a log or of a witness has.
const MaxOrigin = 200

// CheckOrigin rejects a name that no key may bear: it is printable, without blanks and without a plus, which parts the members of a key in text.
func CheckOrigin(origin string) error {
	if origin == "" || len(origin) > MaxOrigin || strings.ContainsFunc(origin, func(r rune) bool {
		return r == '+' || r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r)
	}) {
		return fmt.Errorf("%w: %q: the name of a log has 1 to %d printable bytes, no blank and no plus", ErrForm, origin, MaxOrigin)
	}
	return nil
}

// NewKey makes the key of a log (https://c2sp.org/signed-note, Ed25519) from 32 bytes of rand: signer is private and begins with PRIVATE+KEY+; verifier is
// for everybody. The log's origin is the key's name. Without one it is daybook/ and the first 16 hexadecimal digits of the SHA-256 of the public key.
func NewKey(rand io.Reader, origin string) (signer, verifier string, err error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", "", fmt.Errorf("a new key: %w", err)
	}
	if origin == "" {
		sum := sha256.Sum256(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
		origin = "daybook/" + hex.EncodeToString(sum[:8])
	}
	if err := CheckOrigin(origin); err != nil {
		return "", "", err
	}
	return note.GenerateKey(bytes.NewReader(seed), origin)
}

// ParseSigner reads a private key as NewKey writes it. White space around it is passed over: it comes from a file. No error repeats any of it.
func ParseSigner(text string) (note.Signer, error) {
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, "PRIVATE+KEY+")
	origin, _, _ := strings.Cut(rest, "+")
	if !ok || !isLine(text) || CheckOrigin(origin) != nil {
		return nil, fmt.Errorf("private key: %w: it is a line PRIVATE+KEY+<name>+<hash>+<key>", ErrForm)
	}
	s, err := note.NewSigner(text)
	if err != nil {
		return nil, fmt.Errorf("private key of %s: %w: %w", origin, ErrForm, err)
	}
	return s, nil
}

// ParseVerifier reads a public key of a log as NewKey writes it. White space around it is passed over.
func ParseVerifier(text string) (note.Verifier, error) {
	text = strings.TrimSpace(text)
	origin, _, _ := strings.Cut(text, "+")
	switch {
	case strings.HasPrefix(text, "PRIVATE+"):
		return nil, fmt.Errorf("public key: %w: this one is private; the log's public key begins with its name", ErrForm)
	case !isLine(text) || CheckOrigin(origin) != nil:
		return nil, fmt.Errorf("public key: %w: %q is no line <name>+<hash>+<key>", ErrForm, text)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("public key of %s: %w: %w", origin, ErrForm, err)
	}
	return v, nil
}

// VerifierOf gives the public key that belongs to a private one, in text.
func VerifierOf(signer string) (string, error) {
	s, err := ParseSigner(signer)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(strings.TrimSpace(signer), "+", 5) // base64 has pluses of its own
	key, err := decodeBase64(parts[4])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return "", fmt.Errorf("private key of %s: %w", s.Name(), ErrForm)
	}
	return note.NewEd25519VerifierKey(s.Name(), ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey))
}

// isLine tells whether s is one line without anything invisible. base64 of the standard library passes over line ends within it.
func isLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
}
