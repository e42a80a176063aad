package witness_test

import (
	"bytes"
	"fmt"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// history is a log that grows, or one that pretends to be it: a fork has the same key and the same beginning.
type history struct {
	signer note.Signer
	key    note.Verifier
	stored []tlog.Hash // as package tlog counts them
	size   int64
}

// newHistory makes an empty log. The key follows from the origin.
func newHistory(t require.TestingT, origin string) *history {
	return withKey(t, origin, origin)
}

func withKey(t require.TestingT, origin, secret string) *history {
	private, public, err := note.GenerateKey(bytes.NewReader(fmt.Appendf(nil, "%-64s", secret)), origin)
	require.NoError(t, err)
	h := &history{}
	h.signer, err = note.NewSigner(private)
	require.NoError(t, err)
	h.key, err = note.NewVerifier(public)
	require.NoError(t, err)
	return h
}

func (h *history) ReadHashes(at []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(at))
	for i, a := range at {
		found[i] = h.stored[a]
	}
	return found, nil
}

// grow adds n leaves, which differ from those of any other salt.
func (h *history) grow(n int, salt string) {
	for range n {
		hashes, err := tlog.StoredHashes(h.size, fmt.Appendf(nil, "%s %d", salt, h.size), h)
		if err != nil {
			panic(err)
		}
		h.stored = append(h.stored, hashes...)
		h.size++
	}
}

func (h *history) fork() *history {
	f := *h
	f.stored = append([]tlog.Hash(nil), h.stored...)
	return &f
}

func (h *history) checkpoint(size int64) notary.Checkpoint {
	root, err := tlog.TreeHash(size, h)
	if err != nil {
		panic(err)
	}
	return notary.Checkpoint{Origin: h.signer.Name(), Size: size, Root: root}
}

// head is the signed checkpoint of a size.
func (h *history) head(size int64) []byte {
	signed, err := note.Sign(&note.Note{Text: h.checkpoint(size).Text()}, h.signer)
	if err != nil {
		panic(err)
	}
	return signed
}

func (h *history) proof(from, to int64) []tlog.Hash {
	if from == 0 || from >= to {
		return nil
	}
	p, err := tlog.ProveTree(to, from, h)
	if err != nil {
		panic(err)
	}
	return p
}

// request asks for a cosignature of the head of a size, with a proof from old.
func (h *history) request(old, size int64) witness.Request {
	return witness.Request{Old: old, Proof: h.proof(old, size), Checkpoint: h.head(size)}
}
