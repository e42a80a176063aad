package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func pseudonyms(n int) []Pseudonym {
	var all []Pseudonym
	for i := range n {
		all = append(all, Pseudonym(fmt.Sprintf("p%03d", i)))
	}
	return all
}

// rootOf is the Merkle tree hash by the other algorithm of RFC 9162: leaves are pushed on a stack (2.1.2), and what is left is folded from the right.
func rootOf(dialogue DialogueID, sorted []Pseudonym) Digest {
	var stack []Digest
	for i, p := range sorted {
		stack = append(stack, sha256.Sum256([]byte("\x00daybook-code/v1\x00"+string(dialogue)+"\x00"+string(p))))
		for range bits.TrailingZeros(^uint(i)) { // as many as there are ones at the end of i
			stack = fold(stack)
		}
	}
	for len(stack) > 1 {
		stack = fold(stack)
	}
	return stack[0]
}

func fold(stack []Digest) []Digest {
	n := len(stack)
	both := append(append([]byte{1}, stack[n-2][:]...), stack[n-1][:]...)
	return append(stack[:n-2], sha256.Sum256(both))
}

func TestSealCodes(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 70; n++ {
		all := pseudonyms(n)
		root, proofs := SealCodes("dl_KE", all)
		require.Equal(t, rootOf("dl_KE", all), root, "%d codes", n)
		require.Len(t, proofs, n)
		backwards := slices.Clone(all)
		slices.Reverse(backwards)
		again, _ := SealCodes("dl_KE", backwards)
		require.Equal(t, root, again, "the order does not matter")

		for i, p := range all {
			proof := proofs[p]
			require.Equal(t, i, proof.Index)
			require.LessOrEqual(t, len(proof.Path), bits.Len(uint(n-1)), "the shortest path")
			require.True(t, proof.issued("dl_KE", p, root, n), "code %d of %d", i, n)

			require.False(t, proof.issued("dl_KE", p+"x", root, n), "another pseudonym")
			require.False(t, proof.issued("dl_NL", p, root, n), "another dialogue")
			require.False(t, proof.issued("dl_KE", p, Digest{}, n), "another root")
			for _, index := range []int{-1, proof.Index - 1, proof.Index + 1, n, n + proof.Index} {
				require.False(t, CodeProof{index, proof.Path}.issued("dl_KE", p, root, n), "index %d for %d of %d", index, i, n)
			}
			require.False(t, CodeProof{i, append(slices.Clone(proof.Path), root)}.issued("dl_KE", p, root, n), "a path too long")
			for at := range proof.Path {
				require.False(t, CodeProof{i, slices.Delete(slices.Clone(proof.Path), at, at+1)}.issued("dl_KE", p, root, n), "a path too short")
				other := slices.Clone(proof.Path)
				other[at][7] ^= 1
				require.False(t, CodeProof{i, other}.issued("dl_KE", p, root, n), "another path")
			}
			require.False(t, proof.issued("dl_KE", p, root, 0), "no codes")
			require.False(t, proof.issued("dl_KE", p, root, proof.Index), "fewer codes")
		}
		if n > 1 { // an inner node is no leaf
			_, few := SealCodes("dl_KE", all[:1])
			require.False(t, few[all[0]].issued("dl_KE", all[0], root, n))
		}
	}
	require.Panics(t, func() { SealCodes("dl_KE", []Pseudonym{"a", "b", "a"}) })
	none, proofs := SealCodes("dl_KE", nil)
	require.Equal(t, Digest(sha256.Sum256(nil)), none)
	require.Empty(t, proofs)
}

// TestCodesKnown pins what is committed to: these roots were made by another program.
func TestCodesKnown(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1:  "b45d01b248f421aacc33998132aa9e2f78abf29ec63a7c5be8920da36dec77b7",
		2:  "54e374c6bfe6468fa0374e889f6682b62db2879bd6f288ca13c24f9f27e4323d",
		3:  "54646dd1257d98cccdd5ca4372ec81e7feccd3e538392292f8283817db959385",
		7:  "c30a7cadf46f7af6f5214c6924bd7c606ab89cab9f2723bd4295bff21c4cdf68",
		70: "485ce28a447030ea03638748fc06aad2a0a65f13ca7282c1c49b45463d74c98b",
	} {
		root, _ := SealCodes("dl_KE", pseudonyms(n))
		require.Equal(t, want, hex.EncodeToString(root[:]), "%d codes", n)
	}
}

// FuzzCodes: no proof that is made up is taken for one.
func FuzzCodes(f *testing.F) {
	all := pseudonyms(13)
	root, proofs := SealCodes("dl_KE", all)
	for _, p := range all {
		var path []byte
		for _, d := range proofs[p].Path {
			path = append(path, d[:]...)
		}
		f.Add(string(p), proofs[p].Index, path)
	}
	f.Fuzz(func(t *testing.T, p string, index int, path []byte) {
		proof := CodeProof{Index: index}
		for chunk := range slices.Chunk(path, 32) {
			var d Digest
			copy(d[:], chunk)
			proof.Path = append(proof.Path, d)
		}
		if proof.issued("dl_KE", Pseudonym(p), root, len(all)) {
			require.Contains(t, all, Pseudonym(p))
			require.Equal(t, proofs[Pseudonym(p)], proof)
		}
	})
}
