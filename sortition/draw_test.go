package sortition

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func keyOf(n int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("test key "), uint64(n)))
}

// instance is a pool and quotas that are feasible, because some panel in the pool shaped them.
type instance struct {
	pool, taken []Candidate
	quotas      []Quota
	size        int
}

// draws an instance of a few dimensions; slack is how much the quotas are wider than the hidden panel.
var instances = rapid.Custom(func(t *rapid.T) instance {
	dims := rapid.IntRange(1, 3).Draw(t, "dimensions")
	size := rapid.IntRange(1, 12).Draw(t, "size")
	in := instance{size: size}
	for i := range size + rapid.IntRange(0, 30).Draw(t, "more") {
		c := candidate(fmt.Sprint("p", i))
		for d := range dims {
			c.Strata[fmt.Sprint("d", d)] = fmt.Sprint("s", rapid.IntRange(0, 2).Draw(t, "stratum"))
		}
		in.pool = append(in.pool, c)
	}
	for d := range dims {
		name := fmt.Sprint("d", d)
		for s := range 3 {
			stratum, n := fmt.Sprint("s", s), 0
			for _, c := range in.pool[:size] {
				if c.Strata[name] == stratum {
					n++
				}
			}
			in.quotas = append(in.quotas, Quota{name, stratum, max(0, n-rapid.IntRange(0, 2).Draw(t, "below")), n + rapid.IntRange(0, 2).Draw(t, "above")})
		}
	}
	stay := rapid.IntRange(0, size-1).Draw(t, "taken")
	in.taken, in.pool = slices.Clone(in.pool[:stay]), in.pool[stay:]
	return in
})

// requirePanel says that the selected and those who stay are a panel within the quotas, nobody twice.
func requirePanel(t require.TestingT, in instance, selected []string) {
	require.Len(t, selected, in.size-len(in.taken))
	require.True(t, slices.IsSorted(selected))
	panel := slices.Clone(in.taken)
	for _, c := range in.pool {
		if slices.Contains(selected, c.ID) {
			panel = append(panel, c)
		}
	}
	require.Len(t, panel, in.size, "whoever is drawn is in the pool, once")
	counts, err := Count(panel, in.quotas)
	require.NoError(t, err)
	for _, q := range in.quotas {
		n := counts[q.Dimension][q.Stratum]
		require.True(t, q.Min <= n && n <= q.Max, "%s %s: %d of %d to %d", q.Dimension, q.Stratum, n, q.Min, q.Max)
	}
}

// TestDrawMeetsQuotas: what is drawn is a panel, the same one whatever the order of the input, and an instance that has a panel is never called
// impossible by a single dimension.
func TestDrawMeetsQuotas(t *testing.T) {
	t.Parallel()
	drawn, given := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		in := instances.Draw(t, "instance")
		key := keyOf(rapid.IntRange(0, 1000).Draw(t, "key"))
		given++
		selected, attempts, err := Draw(in.pool, in.quotas, in.size, key, in.taken, 200)
		again, attemptsAgain, errAgain := Draw(shuffled(in.pool, 1), shuffled(in.quotas, 2), in.size, key, shuffled(in.taken, 3), 200)
		require.Equal(t, selected, again)
		require.Equal(t, attempts, attemptsAgain)
		require.Equal(t, err, errAgain)
		var infeasible *InfeasibleError
		if errors.As(err, &infeasible) {
			require.Equal(t, 200, infeasible.Attempts, "the hidden panel meets the quotas: %v", err)
			require.Empty(t, selected)
			return
		}
		require.NoError(t, err)
		require.Positive(t, attempts)
		requirePanel(t, in, selected)
		drawn++
	})
	require.Greater(t, drawn, given*8/10, "most panels are found")
}

// TestDrawIsFixed holds the algorithm to what it drew when it was written: a ledger's draws are drawn again years later.
func TestDrawIsFixed(t *testing.T) {
	t.Parallel()
	pool, quotas := country(40)
	selected, attempts, err := Draw(pool, quotas, 10, Key(keyOf(1), keyOf(2), "dl_1", 1), nil, DefaultAttempts)
	require.NoError(t, err)
	require.Equal(t, 1, attempts)
	require.Equal(t, []string{"pa_00008", "pa_00010", "pa_00013", "pa_00015", "pa_00019", "pa_00021", "pa_00027", "pa_00034", "pa_00035", "pa_00036"}, selected)
}

// TestKey: every part of a key matters.
func TestKey(t *testing.T) {
	t.Parallel()
	keys := map[[32]byte]string{}
	for name, k := range map[string][32]byte{
		"one":                Key(keyOf(1), keyOf(2), "dl_1", 1),
		"another seed":       Key(keyOf(3), keyOf(2), "dl_1", 1),
		"another value":      Key(keyOf(1), keyOf(3), "dl_1", 1),
		"exchanged":          Key(keyOf(2), keyOf(1), "dl_1", 1),
		"another dialogue":   Key(keyOf(1), keyOf(2), "dl_2", 1),
		"another round":      Key(keyOf(1), keyOf(2), "dl_1", 2),
		"a longer dialogue":  Key(keyOf(1), keyOf(2), "dl_11", 1),
		"no dialogue at all": Key(keyOf(1), keyOf(2), "", 1),
	} {
		require.Empty(t, keys[k], name)
		keys[k] = name
	}
	require.Equal(t, Key(keyOf(1), keyOf(2), "dl_1", 1), Key(keyOf(1), keyOf(2), "dl_1", 1))
}

// TestEqualChances: among equals nobody is favoured. Keys are fixed, so the bounds are exact: each of 20 people is drawn by a quarter of 4,000 keys,
// within five standard deviations (27) of 1,000.
func TestEqualChances(t *testing.T) {
	t.Parallel()
	var pool []Candidate
	for i := range 20 {
		pool = append(pool, candidate(fmt.Sprint("p", i), "age", "any"))
	}
	times := map[string]int{}
	for n := range 4000 {
		selected, attempts, err := Draw(pool, []Quota{{"age", "any", 0, 5}}, 5, keyOf(n), nil, 1)
		require.NoError(t, err)
		require.Equal(t, 1, attempts)
		for _, id := range selected {
			times[id]++
		}
	}
	for _, c := range pool {
		require.InDelta(t, 1000, times[c.ID], 137, c.ID)
	}
}

// TestEverybodyIsReachable: each panel of a small pool that meets the quotas is drawn by some key, so everybody who is in one has a chance.
func TestEverybodyIsReachable(t *testing.T) {
	t.Parallel()
	pool := []Candidate{
		candidate("a", "age", "young", "sex", "f"), candidate("b", "age", "young", "sex", "m"), candidate("c", "age", "old", "sex", "f"),
		candidate("d", "age", "old", "sex", "m"), candidate("e", "age", "old", "sex", "f"), candidate("f", "age", "young", "sex", "f"),
	}
	in := instance{pool: pool, size: 3, quotas: []Quota{{"age", "young", 1, 2}, {"age", "old", 1, 2}, {"sex", "f", 1, 2}, {"sex", "m", 1, 2}}}
	want := map[string]bool{}
	for i := range pool {
		for j := range i {
			for k := range j {
				panel := []Candidate{pool[k], pool[j], pool[i]}
				counts, err := Count(panel, in.quotas)
				require.NoError(t, err)
				if !slices.ContainsFunc(in.quotas, func(q Quota) bool { n := counts[q.Dimension][q.Stratum]; return n < q.Min || n > q.Max }) {
					want[pool[k].ID+pool[j].ID+pool[i].ID] = true
				}
			}
		}
	}
	got := map[string]bool{}
	for n := range 2000 {
		selected, _, err := Draw(pool, in.quotas, in.size, keyOf(n), nil, 50)
		require.NoError(t, err)
		requirePanel(t, in, selected)
		got[fmt.Sprint(selected[0], selected[1], selected[2])] = true
	}
	require.Equal(t, want, got)
}

// TestInfeasible: what one dimension alone forbids is said by its name at once; what only dimensions together forbid, after the last attempt.
func TestInfeasible(t *testing.T) {
	t.Parallel()
	pool := []Candidate{candidate("a", "age", "young", "sex", "f"), candidate("b", "age", "young", "sex", "f"), candidate("c", "age", "old", "sex", "m")}
	quotas := func(change func(q []Quota)) []Quota {
		q := []Quota{{"age", "young", 1, 2}, {"age", "old", 0, 1}, {"sex", "f", 0, 2}, {"sex", "m", 0, 2}}
		change(q)
		return q
	}
	for name, c := range map[string]struct {
		quotas    []Quota
		size      int
		taken     []Candidate
		dimension string
		attempts  int
	}{
		"a stratum is too rare":      {quotas(func(q []Quota) { q[1].Min, q[1].Max = 2, 2 }), 2, nil, "age", 0},
		"minima above the size":      {quotas(func(q []Quota) { q[2].Min, q[3].Min = 1, 1 }), 1, nil, "sex", 0},
		"maxima below the size":      {quotas(func(q []Quota) { q[2].Max, q[3].Max = 1, 0 }), 2, nil, "sex", 0},
		"the pool is too small":      {quotas(func([]Quota) {}), 4, nil, "age", 0},
		"too many are in":            {quotas(func(q []Quota) { q[1].Max = 0 }), 2, []Candidate{candidate("d", "age", "old", "sex", "m")}, "age", 0},
		"those who are in need room": {quotas(func(q []Quota) { q[0].Min = 2 }), 2, []Candidate{candidate("d", "age", "old", "sex", "m")}, "age", 0},
		"together":                   {quotas(func(q []Quota) { q[0].Min, q[3].Min = 2, 1 }), 2, nil, "age", 60},
	} {
		selected, attempts, err := Draw(pool, c.quotas, c.size, keyOf(1), c.taken, 60)
		var infeasible *InfeasibleError
		require.ErrorAs(t, err, &infeasible, name)
		require.ErrorIs(t, err, ErrInfeasible, name)
		require.Equal(t, c.dimension, infeasible.Dimension, "%s: %v", name, err)
		require.Equal(t, c.attempts, infeasible.Attempts, name)
		require.ErrorContains(t, err, "dimension "+c.dimension)
		require.Empty(t, selected)
		require.Zero(t, attempts)
	}
}

func TestMisused(t *testing.T) {
	t.Parallel()
	pool, quotas := []Candidate{candidate("a", "age", "old")}, []Quota{{"age", "old", 0, 1}}
	for name, draw := range map[string]func() ([]string, int, error){
		"no attempts":      func() ([]string, int, error) { return Draw(pool, quotas, 1, keyOf(1), nil, 0) },
		"endless attempts": func() ([]string, int, error) { return Draw(pool, quotas, 1, keyOf(1), nil, MostAttempts+1) },
		"no quotas":        func() ([]string, int, error) { return Draw([]Candidate{candidate("a")}, nil, 1, keyOf(1), nil, 1) },
		"taken and not":    func() ([]string, int, error) { return Draw(pool, quotas, 2, keyOf(1), pool, 1) },
		"fewer seats than people": func() ([]string, int, error) {
			return Draw(pool, quotas, 0, keyOf(1), []Candidate{candidate("b", "age", "old")}, 1)
		},
		"a quota twice":   func() ([]string, int, error) { return Draw(pool, append(quotas, quotas...), 1, keyOf(1), nil, 1) },
		"min above max":   func() ([]string, int, error) { return Draw(pool, []Quota{{"age", "old", 2, 1}}, 1, keyOf(1), nil, 1) },
		"unknown stratum": func() ([]string, int, error) { return Draw(pool, []Quota{{"age", "young", 0, 1}}, 1, keyOf(1), nil, 1) },
	} {
		selected, _, err := draw()
		require.Error(t, err, name)
		require.NotErrorIs(t, err, ErrInfeasible, name)
		require.Empty(t, selected, name)
	}
	selected, attempts, err := Draw(pool, quotas, 1, keyOf(1), []Candidate{candidate("b", "age", "old")}, 1)
	require.NoError(t, err)
	require.Empty(t, selected, "nothing to fill")
	require.Zero(t, attempts)
}

// TestReplacement: who replaces a leaver fills what the leaver leaves open.
func TestReplacement(t *testing.T) {
	t.Parallel()
	pool, quotas := country(200)
	for n := range 30 {
		first, _, err := Draw(pool, quotas, 20, keyOf(n), nil, DefaultAttempts)
		require.NoError(t, err)
		in := instance{quotas: quotas, size: 20}
		for _, c := range pool {
			switch {
			case !slices.Contains(first, c.ID):
				in.pool = append(in.pool, c)
			case c.ID != first[n%20] && c.ID != first[(n+7)%20]:
				in.taken = append(in.taken, c)
			}
		}
		second, _, err := Draw(in.pool, in.quotas, in.size, keyOf(1000+n), in.taken, DefaultAttempts)
		require.NoError(t, err)
		requirePanel(t, in, second)
		for _, id := range second {
			require.NotContains(t, first, id)
		}
	}
}

// country is a pool of n people in four dimensions of uneven strata, and quotas around the shares of the strata for a tenth of them, but 100 at most.
func country(n int) ([]Candidate, []Quota) {
	shares := map[string][]int{"age": {20, 30, 50}, "education": {30, 50, 20}, "sex": {51, 49}, "settlement": {70, 30}}
	var pool []Candidate
	for i := range n {
		c := candidate(fmt.Sprintf("pa_%05d", i))
		dice := sha256.Sum256([]byte(c.ID))
		for j, d := range []string{"age", "education", "sex", "settlement"} {
			at, sum := new(big.Int).SetBytes(dice[8*j:8*j+8]), 0
			for s, share := range shares[d] {
				if sum += share; int(at.Mod(at, big.NewInt(100)).Int64()) < sum {
					c.Strata[d] = fmt.Sprint(s)
					break
				}
			}
		}
		pool = append(pool, c)
	}
	var quotas []Quota
	size := min(n/10, 100)
	if n < 100 {
		size = 10
	}
	for _, d := range []string{"age", "education", "sex", "settlement"} {
		for s, share := range shares[d] {
			quotas = append(quotas, Quota{d, fmt.Sprint(s), share * size / 120, share*size/90 + 1})
		}
	}
	return pool, quotas
}

func BenchmarkDraw(b *testing.B) {
	pool, quotas := country(5000)
	n := 0
	for b.Loop() {
		selected, _, err := Draw(pool, quotas, 100, keyOf(n), nil, DefaultAttempts)
		if err != nil || len(selected) != 100 {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkSeal(b *testing.B) {
	pool, _ := country(5000)
	for b.Loop() {
		Seal(pool)
	}
}
