package beacon

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/cloudflare/circl/ecc/bls12381"
	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
)

// round42 is the round that drand's own pages show (docs.drand.love, HTTP API, version 2).
func round42(t testing.TB) Round {
	t.Helper()
	b, err := os.ReadFile("testdata/quicknet-42.json")
	require.NoError(t, err)
	r, err := Quicknet().Read(b)
	require.NoError(t, err)
	return r
}

// TestChainHash: the constants are those of the chain whose hash they carry, as drand computes it.
func TestChainHash(t *testing.T) {
	t.Parallel()
	var seed [32]byte
	unhex(seed[:], "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e") // groupHash of quicknet's /info
	c := Quicknet()
	require.Equal(t, c.Hash, ChainHash(c, seed))
	c.Period = 30
	require.NotEqual(t, c.Hash, ChainHash(c, seed))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	c, r := Quicknet(), round42(t)
	randomness, err := c.Verify(42, r)
	require.NoError(t, err)
	require.Equal(t, r.Randomness(), randomness)

	other := r
	other.Number = 43
	var infinity bls12381.G1
	infinity.SetIdentity()
	for name, s := range map[string]struct {
		named uint64
		round Round
		is    error
	}{
		"another round than was named":     {43, r, ErrRound},
		"no round":                         {0, Round{}, ErrRound},
		"a signature under another number": {43, other, ErrSignature},
		"one bit of the signature":         {42, flipped(r, 47, 1), ErrSignature},
		"the other root, by its sign":      {42, flipped(r, 0, 0x20), ErrSignature},
		"not compressed, says the prefix":  {42, flipped(r, 0, 0x80), ErrSignature},
		"nothing":                          {42, Round{Number: 42}, ErrSignature},
		"the point at infinity":            {42, withSignature(&infinity), ErrSignature},
		"a point that nobody signed":       {42, withSignature(bls12381.G1Generator()), ErrSignature},
	} {
		_, err := c.Verify(s.named, s.round)
		require.ErrorIs(t, err, s.is, name)
	}
}

func flipped(r Round, at int, bit byte) Round {
	r.Signature[at] ^= bit
	return r
}

func withSignature(p *bls12381.G1) Round {
	return Round{42, [SignatureSize]byte(p.BytesCompressed())}
}

// TestOtherChain: what is right for one key is nothing for another. The other chain is made here, because then its rounds are good ones.
func TestOtherChain(t *testing.T) {
	t.Parallel()
	other := Chain{Name: "other", Genesis: 1, Period: 1}
	var secret bls12381.Scalar
	secret.SetUint64(7)
	var key bls12381.G2
	key.ScalarMult(&secret, bls12381.G2Generator())
	copy(other.PublicKey[:], key.BytesCompressed())

	_, err := other.Verify(42, round42(t))
	require.ErrorIs(t, err, ErrSignature)

	infinity := other
	key.SetIdentity()
	copy(infinity.PublicKey[:], key.BytesCompressed())
	_, err = infinity.Verify(42, round42(t))
	require.ErrorIs(t, err, ErrChain, "a key under which every signature is good")
	_, err = Chain{Name: "none"}.Verify(42, round42(t))
	require.ErrorIs(t, err, ErrChain)
}

// TestRealRounds verifies rounds of the real chain that were kept apart from this program.
func TestRealRounds(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(realdata.Path(t, "drand-quicknet.json"))
	require.NoError(t, err)
	var kept struct {
		Chain     string
		PublicKey string
		Scheme    string
		Period    int64
		Genesis   int64
		Rounds    []json.RawMessage
	}
	require.NoError(t, json.Unmarshal(b, &kept))
	c := Quicknet()
	require.Equal(t, kept.Chain, hex.EncodeToString(c.Hash[:]))
	require.Equal(t, kept.PublicKey, hex.EncodeToString(c.PublicKey[:]))
	require.Equal(t, []any{Scheme, c.Period, c.Genesis}, []any{kept.Scheme, kept.Period, kept.Genesis})
	require.NotEmpty(t, kept.Rounds)
	for _, raw := range kept.Rounds {
		r, err := c.Read(raw)
		require.NoError(t, err)
		_, err = c.Verify(r.Number, r)
		require.NoError(t, err)
		_, err = c.Verify(r.Number+1, Round{r.Number + 1, r.Signature})
		require.ErrorIs(t, err, ErrSignature)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	c := Quicknet()
	genesis := time.Unix(c.Genesis, 0)
	require.Equal(t, time.Date(2023, 8, 23, 15, 9, 27, 0, time.UTC), c.Time(1))
	require.Equal(t, time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC), c.Time(27946612)) // as the drand gem for Ruby shows it
	for _, s := range []struct {
		after    time.Duration
		at, from uint64
	}{
		{-time.Hour, 0, 1}, {-time.Nanosecond, 0, 1}, {0, 1, 1}, {time.Nanosecond, 1, 2}, {2999 * time.Millisecond, 1, 2}, {3 * time.Second, 2, 2}, {10 * time.Minute, 201, 201},
	} {
		require.Equal(t, s.at, c.At(genesis.Add(s.after)), s.after)
		require.Equal(t, s.from, c.From(genesis.Add(s.after)), s.after)
	}
	for _, round := range []uint64{1, 2, 42, 27946612, c.lastRound()} {
		require.Equal(t, round, c.At(c.Time(round)))
		require.Equal(t, round, c.From(c.Time(round)))
	}
	require.Equal(t, c.Time(c.lastRound()), c.Time(^uint64(0)), "no round lies before genesis because its number is large")
	require.Equal(t, c.Time(1), c.Time(0))
}
