package interop

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/stretchr/testify/require"

	"daybook.internal/sortition/beacon"
)

// byGnark verifies a round with another implementation of the curve, from the words of the specifications: RFC 9380 for the message, the signature in G1.
func byGnark(t *testing.T, c beacon.Chain, r beacon.Round) bool {
	t.Helper()
	var key bls12381.G2Affine
	_, err := key.SetBytes(c.PublicKey[:])
	require.NoError(t, err)
	var signature bls12381.G1Affine
	if _, err := signature.SetBytes(r.Signature[:]); err != nil || signature.IsInfinity() {
		return false
	}
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.Number))
	message, err := bls12381.HashToG1(digest[:], []byte("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"))
	require.NoError(t, err)
	_, _, _, g2 := bls12381.Generators()
	message.Neg(&message)
	good, err := bls12381.PairingCheck([]bls12381.G1Affine{signature, message}, []bls12381.G2Affine{g2, key})
	require.NoError(t, err)
	return good
}

// TestBeacon holds the verification of rounds against gnark-crypto: a real round, and what a bit makes of it.
func TestBeacon(t *testing.T) {
	t.Parallel()
	c := beacon.Quicknet()
	b, err := os.ReadFile("../sortition/beacon/testdata/quicknet-42.json")
	require.NoError(t, err)
	real, err := c.Read(b)
	require.NoError(t, err)
	require.True(t, byGnark(t, c, real))
	_, err = c.Verify(42, real)
	require.NoError(t, err)
	for bit := range 8 * len(real.Signature) {
		if bit%7 != 0 && bit > 8 { // each costs milliseconds; the first byte says what the others are
			continue
		}
		changed := real
		changed.Signature[bit/8] ^= 0x80 >> (bit % 8)
		_, err := c.Verify(42, changed)
		require.Equal(t, byGnark(t, c, changed), err == nil, bit)
		require.Error(t, err, bit)
	}
	for _, number := range []uint64{1, 41, 43, 1 << 63} {
		other := beacon.Round{Number: number, Signature: real.Signature}
		_, err := c.Verify(number, other)
		require.Equal(t, byGnark(t, c, other), err == nil, number)
	}
}
