package beacon

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"

	"github.com/cloudflare/circl/ecc/bls12381"
)

// A Chain is a beacon of the scheme bls-unchained-g1-rfc9380: public keys in G2, signatures in G1.
type Chain struct {
	Name      string // its beacon ID
	Hash      [32]byte
	PublicKey [bls12381.G2SizeCompressed]byte
	Genesis   int64 // of round 1, in Unix seconds
	Period    int64 // seconds from one round to the next
}

// Scheme is the one scheme that is known here.
const Scheme = "bls-unchained-g1-rfc9380"

// Quicknet is the chain of the League of Entropy that signs a round every three seconds.
func Quicknet() Chain {
	c := Chain{Name: "quicknet", Genesis: 1692803367, Period: 3}
	unhex(c.Hash[:], "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971")
	unhex(c.PublicKey[:], "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a")
	return c
}

func unhex(to []byte, s string) {
	if n, err := hex.Decode(to, []byte(s)); err != nil || n != len(to) {
		panic("beacon: a constant is broken")
	}
}

// ChainHash is the hash that names a chain, as drand makes it from what never changes about it:
//
//	SHA-256(be32(period) ‖ be64(genesis) ‖ public key ‖ genesis seed ‖ name)
//
// The genesis seed is the hash of the group that began the chain ("groupHash" in what /info gives). The chain with the name "default" leaves it out; it is of another scheme.
func ChainHash(c Chain, genesisSeed [32]byte) [32]byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(c.Period))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Genesis))
	b = append(b, c.PublicKey[:]...)
	b = append(b, genesisSeed[:]...)
	return sha256.Sum256(append(b, c.Name...))
}

// lastRound is the last round whose time can be told.
func (c Chain) lastRound() uint64 { return uint64(math.MaxInt64-c.Genesis)/uint64(c.Period) + 1 }

// Time is when a round is signed: round 1 at genesis, each later one a period after the one before. There is no round 0, and rounds beyond all time have the time of the last.
func (c Chain) Time(round uint64) time.Time {
	round = min(max(round, 1), c.lastRound())
	return time.Unix(c.Genesis+int64(round-1)*c.Period, 0).UTC()
}

// At is the round that was signed last at a time, 0 before genesis.
func (c Chain) At(t time.Time) uint64 {
	if t.Unix() < c.Genesis { // Unix rounds down
		return 0
	}
	return uint64((t.Unix()-c.Genesis)/c.Period) + 1
}

// From is the first round that is signed at a time or later. It is the one to name where a rule says "the first round ten minutes after sealing".
func (c Chain) From(t time.Time) uint64 {
	round := max(c.At(t), 1)
	if c.Time(round).Before(t) {
		round++
	}
	return round
}
