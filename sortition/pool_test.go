package sortition

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func candidate(id string, strata ...string) Candidate {
	c := Candidate{ID: id, Strata: map[string]string{}, Salt: sha256.Sum256([]byte("salt of " + id))}
	for i := 0; i < len(strata); i += 2 {
		c.Strata[strata[i]] = strata[i+1]
	}
	return c
}

// shuffled gives the same in another order.
func shuffled[T any](list []T, seed int64) []T {
	out := slices.Clone(list)
	rand.New(rand.NewSource(seed)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// TestLeaf writes the form of a leaf out, so that it can be made with any SHA-256.
func TestLeaf(t *testing.T) {
	t.Parallel()
	c := candidate("pa_1", "age", "young", "sex", "f")
	var b []byte
	text := func(s string) { b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...) }
	b = append(b, 0)
	b = append(b, "daybook-candidate/v1"...)
	b = append(b, 0)
	b = append(b, c.Salt[:]...)
	text("pa_1")
	b = binary.BigEndian.AppendUint64(b, 2)
	text("age")
	text("young")
	text("sex")
	text("f")
	require.Equal(t, sha256.Sum256(b), Leaf(c))
}

// TestSealForm keeps sealed pools checkable: who changes this changes what every root in a ledger means.
func TestSealForm(t *testing.T) {
	t.Parallel()
	pool := []Candidate{candidate("a", "age", "young"), candidate("b", "age", "old"), candidate("c", "age", "old")}
	leaves := [][32]byte{Leaf(pool[0]), Leaf(pool[1]), Leaf(pool[2])}
	slices.SortFunc(leaves, func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
	node := func(l, r [32]byte) [32]byte { return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:])) }
	require.Equal(t, node(node(leaves[0], leaves[1]), leaves[2]), Seal(pool))
	require.Equal(t, leaves[0], root(leaves[:1]))
	require.Equal(t, sha256.Sum256(nil), Seal(nil))
	sealed := Seal(pool)
	require.Equal(t, "2854e462ff74ac14813b79ba1d713ed2", hex.EncodeToString(sealed[:16]))
}

// TestSealBinds: whoever is added, left out or told otherwise gives another root, the order does not.
func TestSealBinds(t *testing.T) {
	t.Parallel()
	var pool []Candidate
	for i := range 9 {
		pool = append(pool, candidate(fmt.Sprint("p", i), "age", []string{"young", "old"}[i%2]))
	}
	sealed := Seal(pool)
	require.Equal(t, sealed, Seal(shuffled(pool, 3)))
	others := map[string][]Candidate{
		"one less":          pool[1:],
		"one more":          append(slices.Clone(pool), candidate("p9", "age", "old")),
		"one twice":         append(slices.Clone(pool), pool[0]),
		"another stratum":   append(slices.Clone(pool[1:]), candidate("p0", "age", "old")),
		"another dimension": append(slices.Clone(pool[1:]), candidate("p0", "sex", "young")),
		"another id":        append(slices.Clone(pool[1:]), candidate("p00", "age", "young")),
		"another salt":      append(slices.Clone(pool[1:]), Candidate{ID: "p0", Strata: pool[0].Strata}),
		"moved text":        append(slices.Clone(pool[1:]), candidate("p0a", "ge", "young")),
	}
	for what, other := range others {
		require.NotEqual(t, sealed, Seal(other), what)
	}
}

// TestSealShape compares the tree with the plainest reading of RFC 9162 2.1.1 for every small size.
func TestSealShape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "size")
		var pool []Candidate
		for i := range n {
			pool = append(pool, candidate(fmt.Sprint(i)))
		}
		level := make([][32]byte, n)
		for i, c := range pool {
			level[i] = Leaf(c)
		}
		slices.SortFunc(level, func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
		for len(level) > 1 { // from below: pairs, and whoever is left over moves up
			var up [][32]byte
			for i := 0; i+1 < len(level); i += 2 {
				up = append(up, sha256.Sum256(slices.Concat([]byte{1}, level[i][:], level[i+1][:])))
			}
			if len(level)%2 == 1 {
				up = append(up, level[len(level)-1])
			}
			level = up
		}
		want := sha256.Sum256(nil)
		if n > 0 {
			want = level[0]
		}
		require.Equal(t, want, Seal(shuffled(pool, int64(n))))
	})
}

func TestCount(t *testing.T) {
	t.Parallel()
	quotas := []Quota{{"age", "young", 0, 9}, {"age", "old", 0, 9}, {"sex", "f", 0, 9}, {"sex", "m", 0, 9}}
	counts, err := Count([]Candidate{candidate("a", "age", "old", "sex", "f"), candidate("b", "age", "old", "sex", "m")}, quotas)
	require.NoError(t, err)
	require.Equal(t, map[string]map[string]int{"age": {"young": 0, "old": 2}, "sex": {"f": 1, "m": 1}}, counts)
	for name, bad := range map[string]Candidate{
		"no id":             candidate("", "age", "old", "sex", "f"),
		"stands twice":      candidate("a", "age", "old", "sex", "f"),
		"unknown stratum":   candidate("b", "age", "ancient", "sex", "f"),
		"no stratum":        candidate("b", "age", "old"),
		"unknown dimension": candidate("b", "age", "old", "sex", "f", "shoes", "44"),
	} {
		_, err := Count([]Candidate{candidate("a", "age", "old", "sex", "f"), bad}, quotas)
		require.ErrorIs(t, err, ErrCandidate, name)
	}
}
