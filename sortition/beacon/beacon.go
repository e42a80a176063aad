// Package beacon verifies public randomness without a network: the rounds of drand's quicknet, brought in as files. It is pure.
//
// Who draws by lot names a round that lies in the future. Nobody knows its randomness before its time, nobody can choose it, and afterwards
// everybody who has the chain's public key can tell it from any other. Source: drand.love, scheme bls-unchained-g1-rfc9380.
package beacon

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/ecc/bls12381"
)

// What is wrong with a round that was brought in.
var (
	ErrForm       = errors.New("this is not a round of a beacon")
	ErrChain      = errors.New("this round is of another chain")
	ErrRound      = errors.New("this is another round than the one that was named")
	ErrSignature  = errors.New("the signature is not the chain's for this round")
	ErrRandomness = errors.New("the randomness is not SHA-256 of the signature")
)

// SignatureSize is the length of a round's signature: a point of G1 in its compressed form.
const SignatureSize = bls12381.G1SizeCompressed

// A Round is what a chain says at one time. It is worth nothing before Chain.Verify has looked at it.
type Round struct {
	Number    uint64
	Signature [SignatureSize]byte
}

// Randomness is SHA-256 of the signature.
func (r Round) Randomness() [32]byte { return sha256.Sum256(r.Signature[:]) }

// dst separates the signatures of this scheme from all others (RFC 9380, 3.1; draft-irtf-cfrg-bls-signature, 4.2.1).
const dst = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"

// Verify tells whether a round is the chain's, and the one that was named before. It gives the randomness, or ErrRound or ErrSignature. The signature is a BLS signature in G1 over
//
//	SHA-256(be64(round number))
//
// so that it says nothing but the number, and there is exactly one for it. It takes some milliseconds.
func (c Chain) Verify(named uint64, r Round) ([32]byte, error) {
	if r.Number != named || named == 0 {
		return [32]byte{}, fmt.Errorf("%w: it is round %d, named was %d", ErrRound, r.Number, named)
	}
	var key bls12381.G2
	if err := key.SetBytes(c.PublicKey[:]); err != nil || key.IsIdentity() {
		return [32]byte{}, fmt.Errorf("%w: its public key is no key", ErrChain)
	}
	var sig, msg bls12381.G1
	if err := sig.SetBytes(r.Signature[:]); err != nil || sig.IsIdentity() { // SetBytes refuses points outside the group of prime order
		return [32]byte{}, fmt.Errorf("%w: round %d: it is no point of the group", ErrSignature, r.Number)
	}
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.Number))
	msg.Hash(digest[:], []byte(dst))
	// e(signature, g2) / e(message, key) = 1
	if !bls12381.ProdPairFrac([]*bls12381.G1{&sig, &msg}, []*bls12381.G2{bls12381.G2Generator(), &key}, []int{1, -1}).IsIdentity() {
		return [32]byte{}, fmt.Errorf("%w: round %d of chain %x", ErrSignature, r.Number, c.Hash[:4])
	}
	return r.Randomness(), nil
}
