package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// TestCodes holds the codes to what a ballot is decided on: each proof leads to the root, and no two codes are one.
func TestCodes(t *testing.T) {
	t.Parallel()
	var first, second issuedCodes
	daybook(t, &first, "codes", "--dialogue", "dl_1", "--count", "70")
	daybook(t, &second, "codes", "--dialogue", "dl_1", "--count", "70")
	require.NotEqual(t, first.CodesCommitment, second.CodesCommitment, "codes are random")
	require.Equal(t, domain.DialogueID("dl_1"), first.Dialogue)
	require.Equal(t, 70, first.IssuedCodes)
	require.Len(t, first.Codes, 70)
	var all []domain.Pseudonym
	ordered := true
	for i, c := range first.Codes {
		require.NotContains(t, all, c.Pseudonym)
		all = append(all, c.Pseudonym)
		ordered = ordered && c.Issued.Index == i
	}
	require.False(t, ordered, "the order of the sheets does not give away the order of the tree")
	root, proofs := domain.SealCodes("dl_1", all)
	require.Equal(t, root, first.CodesCommitment)
	d := domain.Fold(domain.Dialogue{}, domain.DialogueRegistered{Dialogue: "dl_1"},
		domain.SessionOpened{Dialogue: "dl_1", Session: "s", IssuedCodes: first.IssuedCodes, CodesCommitment: first.CodesCommitment})
	for _, c := range first.Codes {
		require.Equal(t, proofs[c.Pseudonym], c.Issued)
		require.True(t, d.Issued(c.Pseudonym, c.Issued))
	}
}
