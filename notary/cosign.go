package notary

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// typeCosignature is the type of a witness's key in a signed note: timestamped Ed25519 cosignatures of checkpoints (https://c2sp.org/signed-note). It is not
// that of a log's key, so that neither can be taken for the other.
const typeCosignature = 0x04

// A WitnessKey is the public key of a witness, and a note.Verifier of its cosignatures (https://c2sp.org/tlog-cosignature, cosignature/v1). A signature is
// be64(unix seconds) ‖ Ed25519 of
//
//	cosignature/v1
//	time <unix seconds>
//	<text of the checkpoint>
//
// and says: at that time, this was the largest head of this log that the witness had seen, and it was consistent with all earlier ones.
type WitnessKey struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

var _ note.Verifier = (*WitnessKey)(nil)

// Name is the name of the witness as it stands in its signatures.
func (k *WitnessKey) Name() string { return k.name }

// KeyHash is the number of the key in signatures: the first four bytes of SHA-256(name ‖ "\n" ‖ 4 ‖ key).
func (k *WitnessKey) KeyHash() uint32 { return k.hash }

// String is the key as text: <name>+<hash>+<base64 of 4 ‖ key>.
func (k *WitnessKey) String() string { return keyText(k.name, k.hash, k.key) }

// Verify tells whether sig, time and signature, is a cosignature of msg, which is the text of a checkpoint. One without a time is none.
func (k *WitnessKey) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	signed, err := cosigned(at, msg)
	return err == nil && ed25519.Verify(k.key, signed, sig[8:])
}

// cosigned is what a witness signs.
func cosigned(at uint64, msg []byte) ([]byte, error) {
	if at == 0 || at > math.MaxInt64 {
		return nil, fmt.Errorf("cosignature: %w: %d is no time", ErrForm, at)
	}
	if _, err := ParseCheckpoint(string(msg)); err != nil {
		return nil, fmt.Errorf("cosignature: %w", err)
	}
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...), nil
}

// ParseWitnessKey reads the public key of a witness: what WitnessKey.String writes, and nothing else.
func ParseWitnessKey(text string) (*WitnessKey, error) {
	k, err := parseWitnessKey(text)
	if err != nil {
		return nil, fmt.Errorf("key of a witness: %w: %w", ErrForm, err)
	}
	return k, nil
}

func parseWitnessKey(text string) (*WitnessKey, error) {
	name, hash, key, err := parseKey(text)
	switch {
	case err != nil:
		return nil, err
	case key[0] == 0x01:
		return nil, fmt.Errorf("%s is the key of a log or of another signer (type 1); that of a witness has type 4", text)
	case key[0] == 0x06:
		return nil, fmt.Errorf("%s cosigns with ML-DSA-44 (type 6), which is not supported; ask the witness for its Ed25519 key", text)
	case key[0] != typeCosignature || len(key) != 1+ed25519.PublicKeySize:
		return nil, fmt.Errorf("%s is no Ed25519 key for cosignatures", text)
	}
	k := &WitnessKey{name, keyHash(name, key[1:]), key[1:]}
	if k.hash != hash || k.String() != text {
		return nil, fmt.Errorf("%s is damaged: its parts do not belong together", text)
	}
	return k, nil
}

// A Cosigner is the private key of a witness.
type Cosigner struct {
	public WitnessKey
	key    ed25519.PrivateKey
}

const privateKey = "PRIVATE+KEY+"

// NewWitnessKey makes the key of a witness. cosigner is private and has the form of a log's private key with the type of cosignatures; verifier is its public
// key. Without a name, the key gives it: witness/<16 hex digits of the SHA-256 of the public key>.
func NewWitnessKey(rand io.Reader, name string) (cosigner, verifier string, err error) {
	public, private, err := ed25519.GenerateKey(rand)
	if err != nil {
		return "", "", err
	}
	if name == "" {
		digest := sha256.Sum256(public)
		name = "witness/" + hex.EncodeToString(digest[:8])
	}
	if err := CheckOrigin(name); err != nil {
		return "", "", err
	}
	hash := keyHash(name, public)
	return privateKey + keyText(name, hash, private.Seed()), keyText(name, hash, public), nil
}

// ParseCosigner reads the private key of a witness. Its errors do not repeat it.
func ParseCosigner(text string) (*Cosigner, error) {
	bad := func(what string) (*Cosigner, error) {
		return nil, fmt.Errorf("private key of a witness: %w: %s", ErrForm, what)
	}
	rest, ok := strings.CutPrefix(text, privateKey)
	if !ok {
		return bad("it does not begin with " + privateKey)
	}
	name, hash, key, err := parseKey(rest)
	if err != nil || key[0] != typeCosignature || len(key) != 1+ed25519.SeedSize {
		return bad("it is damaged, or the key of something else")
	}
	private := ed25519.NewKeyFromSeed(key[1:])
	public := private.Public().(ed25519.PublicKey)
	if keyHash(name, public) != hash || privateKey+keyText(name, hash, private.Seed()) != text {
		return bad("its parts do not belong together")
	}
	return &Cosigner{WitnessKey{name, hash, public}, private}, nil
}

// Public is the key that verifies the cosignatures.
func (c *Cosigner) Public() *WitnessKey { return &c.public }

// At is the signer that cosigns at a time, in unix seconds. It signs texts of checkpoints alone.
func (c *Cosigner) At(unix int64) note.Signer { return cosignerAt{c, unix} }

type cosignerAt struct {
	*Cosigner
	at int64
}

func (c cosignerAt) Name() string    { return c.public.name }
func (c cosignerAt) KeyHash() uint32 { return c.public.hash }

func (c cosignerAt) Sign(msg []byte) ([]byte, error) {
	signed, err := cosigned(uint64(c.at), msg)
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(c.at)), ed25519.Sign(c.key, signed)...), nil
}

// CosignatureTime gives the time of a cosignature that was verified, in unix seconds.
func CosignatureTime(s note.Signature) (int64, error) {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) != 4+8+ed25519.SignatureSize {
		return 0, fmt.Errorf("cosignature of %s: %w", s.Name, ErrForm)
	}
	return int64(binary.BigEndian.Uint64(raw[4:])), nil
}

// keyHash is the hash of a witness's key.
func keyHash(name string, public ed25519.PublicKey) uint32 {
	digest := sha256.Sum256(bytes.Join([][]byte{[]byte(name + "\n"), {typeCosignature}, public}, nil))
	return binary.BigEndian.Uint32(digest[:])
}

func keyText(name string, hash uint32, key []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, hash, base64.StdEncoding.EncodeToString(append([]byte{typeCosignature}, key...)))
}

// parseKey takes name+hash+base64 apart. key is not empty; its first byte is its type.
func parseKey(text string) (name string, hash uint32, key []byte, err error) {
	if strings.HasPrefix(text, privateKey) {
		return "", 0, nil, errors.New("it is a private key, which is for nobody else to have")
	}
	name, rest, _ := strings.Cut(text, "+")
	hash16, key64, _ := strings.Cut(rest, "+")
	n, err1 := strconv.ParseUint(hash16, 16, 32)
	key, err2 := base64.StdEncoding.DecodeString(key64)
	if err1 != nil || err2 != nil || len(hash16) != 8 || len(key) == 0 || CheckOrigin(name) != nil {
		return "", 0, nil, fmt.Errorf("%q is no key: it has the form <name>+<8 hex digits>+<base64>", text)
	}
	return name, uint32(n), key, nil
}
