// Package seal commits to what a lottery is made of and what comes out of it, before anybody knows the randomness that draws: the people of a pool, the quotas,
// the panels, and everybody's tickets. It is pure; salts and keys are given to it.
//
// Whoever is in the pool gets a receipt, and can check with it alone that they were in the pool with the values they gave, and what their chance was. Whoever
// is not in it, and has no salt, cannot try out from what is published who is. When the salts are destroyed, the hashes stay and tell nothing.
package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrPool says that a pool cannot be sealed as it is.
var ErrPool = errors.New("the pool is not in order")

// A Hash is 32 bytes, written in lower case hexadecimal digits.
type Hash [32]byte

// MarshalText writes a hash.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes, and nothing else.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) == 2*len(h) && bytes.Equal(b, bytes.ToLower(b)) { // Decode writes as far as b goes
		if _, err := hex.Decode(h[:], b); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%.80q is not 64 lower case hexadecimal digits", b)
}

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// A Person as a pool knows them.
type Person struct {
	Pseudonym string   // of nobody else in the pool
	Salt      Hash     // random, known to the person and to the sealed pool
	Values    []string // by category
	Address   Hash     // see AddressHash; zero: shares an address with nobody
}

// A Pool is people and the categories of their values.
type Pool struct {
	Categories []string // in the order of the quotas
	People     []Person
}

// AddressHash stands for an address in a pool, so that those who check a lottery see who lives together and not where:
//
//	HMAC-SHA256(key, "daybook-address/1" ‖ 0x00 ‖ address)
//
// The key is random, one for each pool, and is destroyed with the salts: without it addresses could be tried out. The address is in the form of tables.Address.
// An empty one gives zero.
func AddressHash(key Hash, address string) Hash {
	if address == "" {
		return Hash{}
	}
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte("daybook-address/1\x00"))
	h.Write([]byte(address))
	return Hash(h.Sum(nil))
}

// Leaf is what stands for a person in the tree:
//
//	SHA-256(0x00 ‖ "daybook-person/1" ‖ 0x00 ‖ salt ‖ text(pseudonym) ‖ be64(number of categories) ‖ text(category) ‖ text(value) … ‖ address)
//
// where text(s) is be64(length of s in bytes) ‖ s, be64 is a number in eight bytes, the most significant first, and categories are in ascending order of their
// bytes. Salt and address are 32 bytes each. The 0x00 in front makes a leaf no node (RFC 9162 2.1.1).
func (p Pool) Leaf(i int) Hash {
	who := p.People[i]
	order := make([]int, len(p.Categories))
	for c := range order {
		order[c] = c
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(p.Categories[a], p.Categories[b]) })
	b := append(make([]byte, 0, 512), "\x00daybook-person/1\x00"...)
	b = append(b, who.Salt[:]...)
	b = appendText(b, who.Pseudonym)
	b = binary.BigEndian.AppendUint64(b, uint64(len(order)))
	for _, c := range order {
		b = appendText(appendText(b, p.Categories[c]), who.Values[c])
	}
	return sha256.Sum256(append(b, who.Address[:]...))
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}

// Check tells whether a pool can be sealed: ErrPool names the first person who has no pseudonym or that of another, no salt or that of another, or not one value
// for each category.
func (p Pool) Check() error {
	for i, c := range p.Categories {
		if c == "" || slices.Contains(p.Categories[:i], c) {
			return fmt.Errorf("%w: category %d, %q, has no name or that of another", ErrPool, i, c)
		}
	}
	names, salts := make(map[string]bool, len(p.People)), make(map[Hash]bool, len(p.People))
	for i, who := range p.People {
		switch {
		case who.Pseudonym == "" || names[who.Pseudonym]:
			return fmt.Errorf("%w: person %d has no pseudonym, or that of another: %q", ErrPool, i, who.Pseudonym)
		case who.Salt == Hash{} || salts[who.Salt]:
			return fmt.Errorf("%w: %q has no salt, or that of another", ErrPool, who.Pseudonym)
		case len(who.Values) != len(p.Categories):
			return fmt.Errorf("%w: %q has %d values for %d categories", ErrPool, who.Pseudonym, len(who.Values), len(p.Categories))
		}
		names[who.Pseudonym], salts[who.Salt] = true, true
	}
	return nil
}

// Root commits to a pool: the tree (see Tree) over the leaves of its people, in ascending order of the leaves' bytes. The order of the people does not matter,
// and the place of a leaf tells nothing about whose it is.
func (p Pool) Root() Hash {
	t, _ := p.tree()
	return t.Root()
}

// tree gives the tree of a pool, and the leaf of each person.
func (p Pool) tree() (Tree, []Hash) {
	leaves := make([]Hash, len(p.People))
	for i := range leaves {
		leaves[i] = p.Leaf(i)
	}
	sorted := slices.Clone(leaves)
	slices.SortFunc(sorted, compare)
	return NewTree(sorted), leaves
}

func compare(a, b Hash) int { return bytes.Compare(a[:], b[:]) }

// Seed is the seed of a lottery. Nobody knew the randomness when pool and quotas were sealed, and nobody can change them after it:
//
//	SHA-256("daybook-sortition-seed/1" ‖ 0x00 ‖ root of the pool ‖ digest of the quotas ‖ randomness of the first round)
func Seed(pool, quotas, randomness Hash) Hash {
	b := append([]byte("daybook-sortition-seed/1\x00"), pool[:]...)
	b = append(b, quotas[:]...)
	return sha256.Sum256(append(b, randomness[:]...))
}
