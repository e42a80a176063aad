package beacon_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/sortition/beacon"
)

// TestSynthetic: a made-up chain is verified as a real one is, and is no other.
func TestSynthetic(t *testing.T) {
	t.Parallel()
	s := beacon.Synthetic("synthetic", [32]byte{7}, 1_700_000_000, 3)
	require.Equal(t, s, beacon.Synthetic("synthetic", [32]byte{7}, 1_700_000_000, 3))
	r := s.Round(12)
	randomness, err := s.Verify(12, r)
	require.NoError(t, err)
	require.Equal(t, r.Randomness(), randomness)
	r.Signature = s.Round(13).Signature
	_, err = s.Verify(12, r)
	require.ErrorIs(t, err, beacon.ErrSignature)
	other := beacon.Synthetic("synthetic", [32]byte{8}, 1_700_000_000, 3)
	require.NotEqual(t, s.Hash, other.Hash)
	_, err = other.Verify(12, s.Round(12))
	require.ErrorIs(t, err, beacon.ErrSignature)
	_, err = beacon.Quicknet().Verify(12, s.Round(12))
	require.ErrorIs(t, err, beacon.ErrSignature)
}
