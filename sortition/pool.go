// Package sortition draws panels by lot, within quotas, so that everybody who has the same list and the same key comes to the same people. It is pure:
// its chance is a key, which Key derives from a seed that was committed to before and from public randomness that nobody knew then.
package sortition

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// A Candidate is somebody who may be drawn: an id that stands for the person, the stratum of the person in every dimension, and a random salt, without
// which nobody can try out who is in a pool.
type Candidate struct {
	ID     string
	Strata map[string]string // stratum by dimension
	Salt   [32]byte
}

// ErrCandidate says that a pool cannot be sealed or drawn from as it is: a candidate stands in it twice, has no id, or lacks a stratum.
var ErrCandidate = errors.New("the pool is not in order")

// Leaf is what stands for a candidate in a sealed pool:
//
//	SHA-256(0x00 ‖ "daybook-candidate/v1" ‖ 0x00 ‖ salt ‖ text(id) ‖ be64(number of dimensions) ‖ text(dimension) ‖ text(stratum) ‖ …)
//
// where text(s) is be64(length of s in bytes) ‖ s, and the dimensions are in ascending order of their bytes. Who has the salt of a candidate can make the
// leaf and look for it; who has not learns nothing from it.
func Leaf(c Candidate) [32]byte {
	b := make([]byte, 0, 256)
	b = append(b, "\x00daybook-candidate/v1\x00"...)
	b = append(b, c.Salt[:]...)
	b = appendText(b, c.ID)
	b = binary.BigEndian.AppendUint64(b, uint64(len(c.Strata)))
	for _, d := range slices.Sorted(maps.Keys(c.Strata)) {
		b = appendText(appendText(b, d), c.Strata[d])
	}
	return sha256.Sum256(b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}

// Seal commits to a pool: the Merkle tree hash of RFC 9162 2.1.1 over the leaves of its candidates in ascending order of their bytes, where the
// leaves stand as they are and a node is SHA-256(0x01 ‖ left ‖ right). The order of the candidates does not matter. An empty pool is SHA-256 of nothing.
func Seal(candidates []Candidate) [32]byte {
	leaves := make([][32]byte, len(candidates))
	for i, c := range candidates {
		leaves[i] = Leaf(c)
	}
	slices.SortFunc(leaves, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return root(leaves)
}

func root(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	left, right := root(leaves[:k]), root(leaves[k:])
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// A Quota says how many seats of a panel go to a stratum, at least and at most.
type Quota struct {
	Dimension, Stratum string
	Min, Max           int
}

// Count counts candidates by dimension and stratum. Every stratum of the quotas has its count, and 0 is one. ErrCandidate names who cannot be counted:
// a candidate has one stratum in each dimension of the quotas, and no others.
func Count(candidates []Candidate, quotas []Quota) (map[string]map[string]int, error) {
	counts := map[string]map[string]int{}
	for _, q := range quotas {
		if counts[q.Dimension] == nil {
			counts[q.Dimension] = map[string]int{}
		}
		counts[q.Dimension][q.Stratum] = 0
	}
	seen := make(map[string]bool, len(candidates))
	for _, c := range candidates {
		switch {
		case c.ID == "":
			return nil, fmt.Errorf("%w: a candidate has no id", ErrCandidate)
		case seen[c.ID]:
			return nil, fmt.Errorf("%w: candidate %q stands twice", ErrCandidate, c.ID)
		}
		seen[c.ID] = true
		for _, d := range slices.Sorted(maps.Keys(c.Strata)) {
			if counts[d] == nil {
				return nil, fmt.Errorf("%w: candidate %q has a stratum in dimension %q, which no quota knows", ErrCandidate, c.ID, d)
			}
		}
		for _, d := range slices.Sorted(maps.Keys(counts)) {
			if _, known := counts[d][c.Strata[d]]; !known {
				return nil, fmt.Errorf("%w: candidate %q has stratum %q in dimension %q, which no quota knows", ErrCandidate, c.ID, c.Strata[d], d)
			}
			counts[d][c.Strata[d]]++
		}
	}
	return counts, nil
}

// sorted gives quotas by dimension and stratum.
func sorted(quotas []Quota) []Quota {
	return slices.SortedFunc(slices.Values(quotas), func(a, b Quota) int {
		return cmp.Or(cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Stratum, b.Stratum))
	})
}
