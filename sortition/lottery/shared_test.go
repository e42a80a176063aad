package lottery

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// The instances with the sizes of real selections. A digest that changes is a new version of Algorithm: lotteries already held could not be made again.
var shared = []struct {
	name         string
	orbits       int
	bound        string
	fewest, most int
	impossible   []int
	digest       string
}{
	{"parity_2", 5, "1/2", 500, 500, []int{0, 1, 2}, "b1accfa3c7fa95db475c30ef1e0ec49120fcbf5ba831f686cf1ae962801cd325"},
	{"mass_like_24", 48, "6/29", 206, 852, nil, "3239b1dcb9513623e2f2f942620968f4e916e07f87711ead09843f23ea01ab2f"},
	{"hd_like_30", 220, "8/85", 93, 1000, nil, "0548ef0a86a140b5a65e46905f6a6570c68643cb38a8f09ad37bbd79b6f62a9a"},
	{"country_5k_100", 604, "3/296", 9, 209, nil, "848c3ed1c281dee50f3259a96a982069955b9c348bee7daa2b5e2c8e4de8ab5b"},
	{"sf_e_like_110", 1032, "2/89", 22, 178, nil, "2ffee86004e97433df419179419a7d3556273e5eee8b312a882f136378ff5ee9"},
	{"sf_e_like_hh_110", 1110, "2/89", 22, 178, nil, "80b11dfc672259c7f19f3a53a6f7abf8d6ebba32f633533551266c02ca4e9132"},
}

func TestShared(t *testing.T) {
	t.Parallel()
	for _, want := range shared {
		t.Run(want.name, func(t *testing.T) {
			t.Parallel()
			in := sharedInstance(t, want.name)
			l, err := Build(in, Options{}, nil)
			require.NoError(t, err)
			require.NoError(t, l.Check(in), "every panel, every ticket and the certificate")
			require.Equal(t, want.orbits, l.Orbits)
			require.Equal(t, want.impossible, l.Impossible)
			require.Equal(t, want.bound, l.Certificate.Bound.RatString())
			fewest, most := l.Range()
			require.Equal(t, [2]int{want.fewest, want.most}, [2]int{fewest, most})
			atLeast := new(big.Rat).Sub(new(big.Rat).Mul(l.Certificate.Bound, big.NewRat(1000, 1)), big.NewRat(5, 2))
			require.GreaterOrEqual(t, big.NewRat(int64(fewest), 1).Cmp(atLeast), 0, "the smallest chance is within 2.5 tickets of the bound")
			digest := Digest(in, l.Panels)
			require.Equal(t, want.digest, hex.EncodeToString(digest[:]))
		})
	}
}

func TestParity(t *testing.T) {
	t.Parallel()
	in := sharedInstance(t, "parity_2") // fractions of people meet all quotas, but three people are on no panel
	for _, small := range []bool{true, false} {
		l, err := build(in, Options{}, small, nil)
		require.NoError(t, err)
		require.Equal(t, []int{0, 0, 0, 500, 500, 500, 500}, l.Tickets)
		require.Equal(t, []Level{{0.5, 4}}, rounded(l.Relaxed))
	}
}

// rounded chances, to six digits.
func rounded(levels []Level) (r []Level) {
	for _, l := range levels {
		r = append(r, Level{float64(int(l.Probability*1e6+0.5)) / 1e6, l.People})
	}
	return r
}

func TestInfeasible(t *testing.T) {
	t.Parallel()
	_, err := Build(sharedInstance(t, "infeas_30"), Options{}, nil)
	require.ErrorIs(t, err, ErrInfeasible)
}

func TestGoldilocks(t *testing.T) {
	t.Parallel()
	in := sharedInstance(t, "hd_like_30")
	l, err := Build(in, Options{Objective: Goldilocks, Panels: 200}, nil)
	require.NoError(t, err)
	require.InDelta(t, 0.0707, l.Relaxed[0].Probability, 1e-3)
	require.InDelta(t, 0.2525, l.Cap, 1e-3)
	best, err := Build(in, Options{Objective: LeximinUncapped, Panels: 200}, nil)
	require.NoError(t, err)
	value := func(low, high float64) float64 { share := 30.0 / 239; return high/share + share/low }
	require.Less(t, value(l.Relaxed[0].Probability, l.Cap), value(best.Relaxed[0].Probability, best.Relaxed[len(best.Relaxed)-1].Probability))
	require.Greater(t, best.Relaxed[0].Probability, l.Relaxed[0].Probability, "and that is its price")
}

func TestSmallestCap(t *testing.T) {
	t.Parallel()
	o, err := NewOrbits(sharedInstance(t, "sf_e_like_110"))
	require.NoError(t, err)
	best, _, err := o.BestMinimum()
	require.NoError(t, err)
	ceiling, err := o.smallestCap(best - 1e-9)
	require.NoError(t, err)
	require.InDelta(t, 0.174, ceiling, 1e-3)
	at, _, err := o.minimum(ceiling)
	require.NoError(t, err)
	require.InDelta(t, best, at, 1e-6, "the best minimum is kept")
	below, _, err := o.minimum(ceiling * 0.99)
	if err == nil {
		require.Less(t, below, best-1e-6, "and under a smaller cap it is not")
	} else {
		require.ErrorIs(t, err, errCap)
	}
}

func TestLegacyIsUnfair(t *testing.T) {
	t.Parallel()
	in := sharedInstance(t, "mass_like_24")
	tickets, done, failed, err := Legacy(in, 1000, 5000, [32]byte{}, nil)
	require.NoError(t, err)
	require.Equal(t, 1000, done)
	require.Positive(t, failed)
	fewest, sum := done, 0
	for _, n := range tickets {
		fewest, sum = min(fewest, n), sum+n
	}
	require.Equal(t, 24*done, sum)
	require.Less(t, fewest, 60, "the fairest lottery gives everybody 206")
}
