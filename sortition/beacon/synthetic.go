package beacon

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/cloudflare/circl/ecc/bls12381"
)

// A Source signs the rounds of a chain of its own. Whoever has it knows every round beforehand, so it serves editions that are made up, tests and rehearsals, and nothing else.
type Source struct {
	Chain
	key bls12381.Scalar
}

// Synthetic makes a chain from a seed, with rounds every period seconds from genesis, in Unix seconds. The same seed gives the same chain.
func Synthetic(name string, seed [32]byte, genesis, period int64) Source {
	s := Source{Chain: Chain{Name: name, Genesis: genesis, Period: period}}
	digest := sha256.Sum256(append([]byte("daybook-synthetic-beacon/1\x00"), seed[:]...))
	s.key.SetBytes(digest[:]) // modulo the order; that it is 0 is as likely as that somebody guesses a key
	var public bls12381.G2
	public.ScalarMult(&s.key, bls12381.G2Generator())
	copy(s.PublicKey[:], public.BytesCompressed())
	s.Hash = ChainHash(s.Chain, [32]byte{})
	return s
}

// Round is what the chain says in a round.
func (s Source) Round(number uint64) Round {
	r := Round{Number: number}
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, number))
	var msg, sig bls12381.G1
	msg.Hash(digest[:], []byte(dst))
	sig.ScalarMult(&s.key, &msg)
	copy(r.Signature[:], sig.BytesCompressed())
	return r
}
