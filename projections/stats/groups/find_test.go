package groups

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// planted is a conversation of camps that vote against each other on most statements: who is in which camp is known.
func planted(t testing.TB, people, statements, camps int, seen float64, seed uint64) (cast []Vote, camp []int) {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 1))
	opinion := make([][]float64, camps)
	for c := range opinion {
		opinion[c] = make([]float64, statements)
		for s := range opinion[c] {
			opinion[c][s] = 0.1
			if (s+s/camps)%camps == c {
				opinion[c][s] = 0.9
			}
		}
	}
	for r := range people {
		c := chance.IntN(camps)
		camp = append(camp, c)
		for s := range statements {
			if chance.Float64() >= seen {
				continue
			}
			v := Vote{int32(r), int32(s), -1}
			switch x := chance.Float64(); {
			case x < opinion[c][s]:
				v.Value = 1
			case x > 0.95:
				v.Value = 0
			}
			cast = append(cast, v)
		}
	}
	return cast, camp
}

func votesOf(t require.TestingT, respondents, statements int, cast []Vote) *Votes {
	v, err := NewVotes(respondents, statements, cast)
	require.NoError(t, err)
	return v
}

func few() Params {
	p := Defaults()
	p.Bootstraps = 5
	return p
}

func TestPlanted(t *testing.T) {
	t.Parallel()
	for camps := 2; camps <= 3; camps++ {
		cast, camp := planted(t, 200, 30, camps, 0.6, uint64(camps))
		r, err := Find(votesOf(t, 200, 30, cast), nil, few(), nil)
		require.NoError(t, err)
		require.Equal(t, camps, r.K)
		index, err := AdjustedRand(r.Group, camp)
		require.NoError(t, err)
		require.Greater(t, index, 0.95)
		require.Greater(t, r.Stability.Lowest, 0.9)
		require.True(t, slices.IsSortedFunc(r.Sizes, func(a, b int) int { return b - a }))
		total := 0
		for g, size := range r.Sizes {
			total += size
			require.NotEmpty(t, r.Representative[g])
		}
		require.Equal(t, len(r.Selected), total)
	}
}

// toTheBit is a digest of everything that was computed, to the last bit.
func toTheBit(r *Result) string {
	h := sha256.New()
	write := func(x ...float64) {
		for _, f := range x {
			_ = binary.Write(h, binary.BigEndian, math.Float64bits(f))
		}
	}
	write(r.Mean...)
	write(r.Components[0]...)
	write(r.Components[1]...)
	write(r.Explained[:]...)
	for _, p := range r.Points {
		write(p[:]...)
	}
	for _, c := range r.Tried {
		write(c.SSE, c.Silhouette, c.SilhouetteError, float64(c.Start))
	}
	for _, c := range r.Centers {
		write(c[:]...)
	}
	write(r.Informed...)
	write(r.Stability.Mean, r.Stability.Median)
	write(r.Stability.Rand...)
	fmt.Fprintln(h, r.Selected, r.Group, r.Sizes, r.Representative, r.Agreed, r.Disagreed)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// TestSameBits holds on every machine and with every setting of the compiler, or the figures of two auditors differ.
func TestSameBits(t *testing.T) {
	t.Parallel()
	cast, _ := planted(t, 300, 40, 3, 0.4, 9)
	p := Defaults()
	p.Sample = 100
	out := make([]bool, 40)
	out[7], out[11] = true, true
	r, err := Find(votesOf(t, 300, 40, cast), out, p, nil)
	require.NoError(t, err)
	require.Equal(t, "3853753a7f96e76e", toTheBit(r))
}

// TestOrder shows what does not depend on the order of people, of statements, and on how often everybody is there.
func TestOrder(t *testing.T) {
	t.Parallel()
	const people, statements = 120, 24
	cast, _ := planted(t, people, statements, 3, 0.7, 5)
	want, err := Find(votesOf(t, people, statements, cast), nil, few(), nil)
	require.NoError(t, err)
	require.Len(t, want.Selected, people)
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Permutation(indexes(people)).Draw(t, "people")
		moved := slices.Clone(cast)
		for i := range moved {
			moved[i].Respondent = int32(to[moved[i].Respondent])
		}
		got, err := Find(votesOf(t, people, statements, moved), nil, few(), nil)
		require.NoError(t, err)
		require.Equal(t, want.Components, got.Components, "to the last bit")
		require.Equal(t, want.Explained, got.Explained)
		require.Equal(t, want.K, got.K)
		for r, at := range to {
			require.Equal(t, want.Points[r], got.Points[at])
			require.Equal(t, want.Sizes[want.Group[r]], got.Sizes[got.Group[at]])
		}
		index, err := AdjustedRand(want.Group, pick(got.Group, to))
		require.NoError(t, err)
		require.Equal(t, 1.0, index)
	})
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Permutation(indexes(statements)).Draw(t, "statements")
		moved := slices.Clone(cast)
		for i := range moved {
			moved[i].Statement = int32(to[moved[i].Statement])
		}
		got, err := Find(votesOf(t, people, statements, moved), nil, few(), nil)
		require.NoError(t, err)
		require.Equal(t, want.Group, got.Group)
		for s, at := range to {
			require.Equal(t, want.Mean[s], got.Mean[at])
			require.InDelta(t, want.Informed[s], got.Informed[at], 1e-15)
			for c := range 2 {
				require.InDelta(t, math.Abs(want.Components[c][s]), math.Abs(got.Components[c][at]), 1e-9)
			}
		}
	})
	twice := slices.Clone(cast)
	for _, v := range cast {
		v.Respondent += people
		twice = append(twice, v)
	}
	got, err := Find(votesOf(t, 2*people, statements, twice), nil, few(), nil)
	require.NoError(t, err)
	require.Equal(t, want.Components, got.Components, "twice as many of the same are the same")
	require.Equal(t, want.K, got.K)
	for r := range people {
		require.Equal(t, want.Group[r], got.Group[r])
		require.Equal(t, want.Group[r], got.Group[r+people])
	}
	require.InDelta(t, 2*want.SSE, got.SSE, 1e-9)
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func pick(from, at []int) []int {
	var picked []int
	for _, i := range at {
		picked = append(picked, from[i])
	}
	return picked
}

// TestModerated shows that votes on a statement that is out move nobody, while they count for who is active.
func TestModerated(t *testing.T) {
	t.Parallel()
	cast, _ := planted(t, 80, 20, 2, 0.8, 3)
	out := make([]bool, 20)
	out[4], out[9] = true, true
	want, err := Find(votesOf(t, 80, 20, cast), out, few(), nil)
	require.NoError(t, err)
	turned := slices.Clone(cast)
	for i, v := range turned {
		if out[v.Statement] {
			turned[i].Value = -v.Value
		}
	}
	got, err := Find(votesOf(t, 80, 20, turned), out, few(), nil)
	require.NoError(t, err)
	require.Equal(t, want.Points, got.Points)
	require.Equal(t, want.Group, got.Group)
	for c := range 2 {
		require.Zero(t, got.Components[c][4])
		require.Zero(t, got.Components[c][9])
	}
	require.NotEqual(t, want.Informed[4], got.Informed[4], "the votes are counted all the same")
}

// Two statements that everybody answers in opposite ways: a vector of ones has nothing of the one component there is.
func TestOpposed(t *testing.T) {
	t.Parallel()
	var cast []Vote
	for r := range int32(40) {
		v := int8(1 - 2*(r%2))
		cast = append(cast, Vote{r, 0, v}, Vote{r, 1, -v})
	}
	r, err := Find(votesOf(t, 40, 2, cast), nil, few(), nil)
	require.NoError(t, err)
	require.Equal(t, 2, r.K)
	require.Equal(t, []int{20, 20}, r.Sizes)
	require.Equal(t, 0, r.Group[0], "of equal groups, that with the lowest respondent is first")
	require.InDelta(t, 1, r.Explained[0], 1e-12)
	require.Equal(t, []float64{0, 0}, r.Components[1])
	require.InDelta(t, math.Sqrt(0.5), r.Components[0][0], 1e-12)
	require.InDelta(t, -math.Sqrt(0.5), r.Components[0][1], 1e-12)
}

func TestTooFew(t *testing.T) {
	t.Parallel()
	same := []Vote{{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}
	for name, v := range map[string]*Votes{
		"nobody": votesOf(t, 0, 0, nil), "no vote": votesOf(t, 9, 9, nil), "one": votesOf(t, 9, 2, []Vote{{3, 1, 1}}), "all the same": votesOf(t, 3, 1, same),
	} {
		_, err := Find(v, nil, Defaults(), nil)
		require.ErrorIs(t, err, ErrTooFew, name)
	}
	r, err := Find(votesOf(t, 2, 1, []Vote{{0, 0, 1}, {1, 0, -1}}), nil, few(), nil)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1}, r.Group)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, v := range []Vote{{-1, 0, 0}, {2, 0, 0}, {0, -1, 0}, {0, 3, 0}, {0, 0, 2}, {0, 0, -2}} {
		_, err := NewVotes(2, 3, []Vote{v})
		require.ErrorIs(t, err, ErrSize)
	}
	_, err := NewVotes(1, MaxStatements+1, nil)
	require.ErrorIs(t, err, ErrSize)
	v := votesOf(t, 2, 3, nil)
	_, err = Find(v, nil, Params{}, nil)
	require.ErrorIs(t, err, ErrSize)
	_, err = Find(v, make([]bool, 2), Defaults(), nil)
	require.ErrorIs(t, err, ErrSize)
	_, err = v.Count([]int{0}, 1)
	require.ErrorIs(t, err, ErrSize)
	_, err = v.Count([]int{0, 1}, 1)
	require.ErrorIs(t, err, ErrSize)
}

// TestTick stops the work wherever it is, and counts up to its end.
func TestTick(t *testing.T) {
	t.Parallel()
	cast, _ := planted(t, 40, 12, 2, 0.8, 3)
	v := votesOf(t, 40, 12, cast)
	var last, all int
	_, err := Find(v, nil, few(), func(done, total int) error {
		require.Equal(t, last+1, done)
		last, all = done, total
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, all, last)
	stop := errors.New("stop")
	for at := 1; at <= all; at++ {
		calls := 0
		_, err := Find(v, nil, few(), func(done, _ int) error {
			if calls++; done == at {
				return stop
			}
			return nil
		})
		require.ErrorIs(t, err, stop)
		require.Equal(t, at, calls)
	}
}
