package domain

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

// DeviceKey is the Ed25519 public key (RFC 8032) of the device on which somebody answers. Its text is 64 lower-case hexadecimal digits; the zero key is none.
type DeviceKey [ed25519.PublicKeySize]byte

// DeviceSignature is an Ed25519 signature (RFC 8032) by a device. Its text is 128 lower-case hexadecimal digits; the zero signature is none.
type DeviceSignature [ed25519.SignatureSize]byte

// devicePrefix begins the pseudonyms of devices, and no others.
const devicePrefix = "dv_"

// DevicePseudonym is the pseudonym under which a device answers: "dv_" and the first 32 hexadecimal digits of SHA-256("daybook-device/v1" ‖ 0 ‖ key). So whoever
// commits to pseudonyms (SealCodes) commits to the keys of the devices before anybody answers, and nobody else can answer under such a pseudonym.
func DevicePseudonym(key DeviceKey) Pseudonym {
	sum := sha256.Sum256(append([]byte("daybook-device/v1\x00"), key[:]...))
	return Pseudonym(devicePrefix + hex.EncodeToString(sum[:16]))
}

// OfDevice tells whether a pseudonym is a device's: its answers are signed.
func (p Pseudonym) OfDevice() bool { return strings.HasPrefix(string(p), devicePrefix) }

// SignedBallot is what a device signs of an answer: all that the respondent says, and where. Revision is the number that the answer gets among those to the
// same question in the same session and wave, from 1, so that an older answer cannot be brought up again. It stands in no event as such.
type SignedBallot struct {
	Dialogue  DialogueID  `json:"dialogue"`
	Pseudonym Pseudonym   `json:"pseudonym"`
	Session   SessionID   `json:"session"`
	Wave      Wave        `json:"wave"`
	Question  ArtefactRef `json:"question"`
	Lang      Lang        `json:"lang"`
	Answer    Answer      `json:"answer"`
	Channel   Channel     `json:"channel"`
	Table     TableID     `json:"table,omitempty"`
	Revision  int         `json:"revision"`
}

// SignedText is what a device signs of c, and what Verify checks: "daybook-ballot/v1" ‖ 0 ‖ the canonical JSON of the SignedBallot. It is nil where c has no
// canonical form.
func (c BallotCast) SignedText() []byte {
	s := SignedBallot{c.Dialogue, c.Pseudonym, c.Session, c.Wave, c.Question, c.Lang, c.Answer, c.Channel, c.Table, c.Revision}
	v := reflect.ValueOf(&s).Elem()
	text, err := codecOf(v.Type()).append(append(make([]byte, 0, 512), "daybook-ballot/v1\x00"...), v)
	if err != nil {
		return nil
	}
	return text
}

// SignedBy is c with the key and the signature of a device. Everything else, Revision included, must be in its place.
func (c BallotCast) SignedBy(device ed25519.PrivateKey) BallotCast {
	c.Device, c.Signature = DeviceKey(device.Public().(ed25519.PublicKey)), DeviceSignature(ed25519.Sign(device, c.SignedText()))
	return c
}

// Verify rejects by ErrSignature an answer under the pseudonym of a device that this device has not signed as it stands, and a key or a signature where the
// pseudonym is not a device's.
func (c BallotCast) Verify() error {
	bare := c.Device == DeviceKey{} && c.Signature == DeviceSignature{}
	switch {
	case !c.Pseudonym.OfDevice() && bare:
		return nil
	case !c.Pseudonym.OfDevice():
		return reject(ErrSignature, "pseudonym %s is not a device's, and its answers bear no key and no signature", c.Pseudonym)
	case c.Device == DeviceKey{} || c.Signature == DeviceSignature{}:
		return reject(ErrSignature, "pseudonym %s is a device's: its answers bear the key of the device and a signature", c.Pseudonym)
	case c.Device.weak():
		return reject(ErrSignature, "signatures by key %s prove nothing", c.Device)
	case DevicePseudonym(c.Device) != c.Pseudonym:
		return reject(ErrSignature, "the pseudonym of this key is %s, not %s", DevicePseudonym(c.Device), c.Pseudonym)
	}
	text := c.SignedText()
	if text == nil || !ed25519.Verify(c.Device[:], text, c.Signature[:]) {
		return reject(ErrSignature, "the device has not signed this as answer number %d to question %s", c.Revision, c.Question.ID)
	}
	return nil
}

// smallOrder are the y coordinates of the points of order 1, 2, 4 and 8 on edwards25519 (RFC 7748 4.1, RFC 8032 5.1), in hexadecimal, little-endian: 0, 1, -1, and
// the two of order 8.
var smallOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
}

// weak tells whether anybody can sign for k, or whether verifiers differ about it: a point of small order, or a y that is not reduced modulo 2^255-19.
func (k DeviceKey) weak() bool {
	k[31] &= 0x7f // the sign of x
	if slices.Contains(smallOrder, k.String()) {
		return true
	}
	for _, b := range k[1:31] {
		if b != 0xff {
			return false
		}
	}
	return k[31] == 0x7f && k[0] >= 0xed
}

func (k DeviceKey) String() string { return hex.EncodeToString(k[:]) }

// MarshalText writes the text of k.
func (k DeviceKey) MarshalText() ([]byte, error) { return k.appendText(nil), nil }

// UnmarshalText reads the text of k and nothing else.
func (k *DeviceKey) UnmarshalText(b []byte) error { return k.parseText(nil, b) }

func (k DeviceKey) appendText(b []byte) []byte { return hex.AppendEncode(b, k[:]) }

func (k *DeviceKey) parseText(_ *interner, text []byte) error { return lowerHex(k[:], text) }

func (s DeviceSignature) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes the text of s.
func (s DeviceSignature) MarshalText() ([]byte, error) { return s.appendText(nil), nil }

// UnmarshalText reads the text of s and nothing else.
func (s *DeviceSignature) UnmarshalText(b []byte) error { return s.parseText(nil, b) }

func (s DeviceSignature) appendText(b []byte) []byte { return hex.AppendEncode(b, s[:]) }

func (s *DeviceSignature) parseText(_ *interner, text []byte) error { return lowerHex(s[:], text) }
