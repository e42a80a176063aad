package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
)

// A chance is a source of random decisions. Each country, phase and person has one of its own, so that none depends on another or on the order. Decisions
// are made with integers alone.
type chance struct{ source *rand.ChaCha8 }

// seeded is ChaCha8 seeded by SHA-256("daybook-simulate/v1" ‖ 0 ‖ be64(seed) ‖ 0 ‖ the parts, with 0 between them).
func seeded(seed uint64, parts ...string) *chance {
	return &chance{rand.NewChaCha8(digest(seed, parts...))}
}

// digest names something of the simulation: an image, a document, a file that nobody has.
func digest(seed uint64, parts ...string) [32]byte {
	b := append(make([]byte, 0, 128), "daybook-simulate/v1\x00"...)
	b = binary.BigEndian.AppendUint64(b, seed)
	b = append(b, 0)
	b = append(b, strings.Join(parts, "\x00")...)
	return sha256.Sum256(b)
}

// below is a number from 0 to n-1, each as likely as any other.
func (c *chance) below(n int) int {
	if n <= 1 {
		return 0
	}
	for limit := -uint64(n) % uint64(n); ; { // 2^64 mod n
		if hi, lo := bits.Mul64(c.source.Uint64(), uint64(n)); lo >= limit {
			return int(hi)
		}
	}
}

// between is a number from a to b, both included.
func (c *chance) between(a, b int) int { return a + c.below(b-a+1) }

// perMille is true in so many of 1,000 cases.
func (c *chance) perMille(n int) bool { return c.below(1000) < n }

// pick is an index, each as likely as its weight says. Negative weights are none.
func (c *chance) pick(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += max(w, 0)
	}
	at := c.below(sum)
	for i, w := range weights {
		if at -= max(w, 0); at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// shuffle brings n things into a random order.
func (c *chance) shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, c.below(i+1))
	}
}
