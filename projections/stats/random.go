package stats

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// A Random is chance that anybody can repeat: xoshiro256** (Blackman & Vigna 2021), its state the SHA-256 of a seed and labels. It is for permutations and
// starts of algorithms; draws of people have their own keys, in package sortition.
type Random struct{ s [4]uint64 }

// NewRandom gives the chance of seed, the protocol's in decimal digits, for what labels say (a view, a question), so that no two use the same numbers:
//
//	state = SHA-256("daybook-stats-random/v1" ‖ be64(len) ‖ seed ‖ be64(len) ‖ label ‖ ...), as four big-endian words
func NewRandom(seed string, labels ...string) *Random {
	b := []byte("daybook-stats-random/v1")
	for _, s := range append([]string{seed}, labels...) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	var r Random
	for i := range r.s {
		r.s[i] = binary.BigEndian.Uint64(sum[8*i:])
	}
	return &r
}

// Uint64 gives the next 64 bits.
func (r *Random) Uint64() uint64 {
	s := &r.s
	out := bits.RotateLeft64(s[1]*5, 7) * 9
	t := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= t
	s[3] = bits.RotateLeft64(s[3], 45)
	return out
}

// Intn gives a number 0..n-1, each with the same chance, n > 0 (Lemire 2019, ACM TOMACS 29:3: multiply, and reject what would favour some).
func (r *Random) Intn(n int) int {
	bound := uint64(n)
	high, low := bits.Mul64(r.Uint64(), bound)
	for low < bound && low < -bound%bound {
		high, low = bits.Mul64(r.Uint64(), bound)
	}
	return int(high)
}

// Shuffle puts n things in random order (Fisher and Yates, from the end).
func (r *Random) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, r.Intn(i+1))
	}
}
