package groups

import "math/bits"

// random is SplitMix64 (Steele, Lea & Flood 2014): one word of state, the same numbers everywhere.
type random uint64

// newRandom gives each purpose and each run of it its own numbers.
func newRandom(seed, purpose, run uint64) *random {
	r := random(seed)
	r = random(r.next() ^ purpose)
	r = random(r.next() ^ run)
	return &r
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number in [0, n), each with the same chance (Lemire 2019).
func (r *random) below(n int) int {
	least := -uint64(n) % uint64(n)
	for {
		if hi, lo := bits.Mul64(r.next(), uint64(n)); lo >= least {
			return int(hi)
		}
	}
}

// Purposes of chance.
const (
	forRestart   = 1
	forSample    = 2
	forBootstrap = 3
)
