package domain

import (
	"crypto/sha256"
	"slices"
)

// CodeProof shows that a pseudonym is one of those to which a session has committed: the inclusion proof of RFC 9162 2.1.3.1 for the leaf at
// Index of a tree of SessionOpened.IssuedCodes leaves.
type CodeProof struct {
	Index int      `json:"index"`
	Path  []Digest `json:"path"` // hashes from the leaf up to the root, each as 64 hexadecimal digits
}

// MaxCodes is the most codes that are issued for one session.
const MaxCodes = 1 << 20

// SealCodes commits to the pseudonyms of a dialogue: the Merkle tree hash of RFC 9162 2.1.1 over SHA-256(0 ‖ "daybook-code/v1" ‖ 0 ‖ dialogue ‖ 0 ‖
// pseudonym), in ascending order of the pseudonyms. It gives the root, and for each pseudonym its proof. Pseudonyms are random, so neither tells
// anything about codes that were not used. It panics where a pseudonym stands twice.
func SealCodes(dialogue DialogueID, pseudonyms []Pseudonym) (root Digest, proofs map[Pseudonym]CodeProof) {
	sorted := slices.Sorted(slices.Values(pseudonyms))
	leaves := make([]Digest, len(sorted))
	paths := make([][]Digest, len(sorted))
	for i, p := range sorted {
		if i > 0 && sorted[i-1] == p {
			panic("domain: a pseudonym is issued twice")
		}
		leaves[i], paths[i] = codeLeaf(dialogue, p), []Digest{} // not nil: the path of a single code is empty
	}
	root = codeTree(leaves, paths)
	proofs = make(map[Pseudonym]CodeProof, len(sorted))
	for i, p := range sorted {
		proofs[p] = CodeProof{i, paths[i]}
	}
	return root, proofs
}

// codeTree gives the root over leaves, and appends to each path what it needs to come there.
func codeTree(leaves []Digest, paths [][]Digest) Digest {
	switch len(leaves) {
	case 0:
		return Digest(sha256.Sum256(nil))
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := codeTree(leaves[:k], paths[:k]), codeTree(leaves[k:], paths[k:])
	for i := range paths {
		if i < k {
			paths[i] = append(paths[i], right)
		} else {
			paths[i] = append(paths[i], left)
		}
	}
	return codeNode(left, right)
}

// issued tells whether proof leads from the pseudonym to the root of a tree of size leaves (RFC 9162 2.1.3.2).
func (p CodeProof) issued(dialogue DialogueID, pseudonym Pseudonym, root Digest, size int) bool {
	if p.Index < 0 || p.Index >= size {
		return false
	}
	fn, sn, r := p.Index, size-1, codeLeaf(dialogue, pseudonym)
	for _, d := range p.Path {
		if sn == 0 {
			return false
		}
		if fn%2 == 1 || fn == sn {
			r = codeNode(d, r)
			for fn%2 == 0 && fn != 0 {
				fn, sn = fn/2, sn/2
			}
		} else {
			r = codeNode(r, d)
		}
		fn, sn = fn/2, sn/2
	}
	return sn == 0 && r == root
}

func codeLeaf(dialogue DialogueID, p Pseudonym) Digest {
	b := make([]byte, 0, 128)
	b = append(b, "\x00daybook-code/v1\x00"...)
	b = append(b, dialogue...)
	b = append(b, 0)
	b = append(b, p...)
	return sha256.Sum256(b)
}

func codeNode(left, right Digest) Digest {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}
