package lottery

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	in := town()
	made, err := Build(in, Options{Panels: 40}, nil)
	require.NoError(t, err)
	outside := func(l *Lottery, j int, like func(Person) bool) int { // somebody who is not on panel j
		return slices.IndexFunc(in.People, func(p Person) bool {
			i := slices.IndexFunc(in.People, func(o Person) bool { return o.ID == p.ID })
			return !slices.Contains(l.Panels[j], i) && like(p)
		})
	}
	for want, spoil := range map[string]func(*Lottery){
		"panel 3 has 7 members":            func(l *Lottery) { l.Panels[3] = l.Panels[3][1:] },
		"panel 3 lists":                    func(l *Lottery) { l.Panels[3][1] = l.Panels[3][0] },
		"there is no person 90":            func(l *Lottery) { l.Panels[3][0] = 90 },
		"there is no person -1":            func(l *Lottery) { l.Panels[3][0] = -1 },
		"of gender":                        func(l *Lottery) { swapOne(in, l, outside, "woman", "man") },
		"the tickets are not those":        func(l *Lottery) { l.Tickets[0]++ },
		"39 panels, not 40":                func(l *Lottery) { l.Panels = l.Panels[1:] },
		"is said to be on no panel and is": func(l *Lottery) { l.Impossible = []int{l.Panels[0][0]} },
		"multipliers prove":                func(l *Lottery) { l.Certificate.Bound = big.NewRat(1, 100) },
		"and <nil> is said":                func(l *Lottery) { l.Certificate.Bound = nil },
		"multipliers for 6 rows":           func(l *Lottery) { l.Certificate.Multipliers = nil },
		"live at one address":              func(l *Lottery) { l.Panels[3] = []int{0, 1, 2, 3, 4, 5, 6, 7} },
	} {
		l := *made
		l.Panels, l.Tickets = nil, slices.Clone(made.Tickets)
		for _, p := range made.Panels {
			l.Panels = append(l.Panels, slices.Clone(p))
		}
		spoil(&l)
		if want == "multipliers for 6 rows" {
			want = fmt.Sprintf("0 multipliers for %d rows", len(made.Certificate.Multipliers))
		}
		require.ErrorContains(t, l.Check(in), want)
	}
	require.NoError(t, made.Check(in))
	require.ErrorIs(t, Certificate{Bound: big.NewRat(1, 7)}.Verify(in, nil), ErrInstance)
	require.ErrorIs(t, made.Certificate.Verify(in, []int{0}), ErrInstance, "who cannot be told apart from others is not alone on no panel")
	require.ErrorIs(t, made.Certificate.Verify(in, []int{900}), ErrInstance)
}

// swapOne puts somebody of one gender on panel 3 in the place of somebody of another.
func swapOne(in Instance, l *Lottery, outside func(*Lottery, int, func(Person) bool) int, off, on string) {
	k := slices.IndexFunc(l.Panels[3], func(i int) bool { return in.People[i].Values[0] == off })
	l.Panels[3][k] = outside(l, 3, func(p Person) bool { return p.Values[0] == on && p.Address == "" })
}

// TestAnyMultipliers: whatever the multipliers are, no lottery is better than their bound.
func TestAnyMultipliers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := randomInstance(rand.New(rand.NewPCG(rapid.Uint64Range(0, 400).Draw(t, "seed"), 7)), 8)
		panels := allPanels(in)
		if len(panels) == 0 {
			return
		}
		chance := bruteLeximin(len(in.People), panels)
		var least *big.Rat
		var impossible []int
		for i, c := range chance {
			if c == nil {
				impossible = append(impossible, i)
			} else if least == nil || c.Cmp(least) < 0 {
				least = c
			}
		}
		o, err := NewOrbits(in)
		require.NoError(t, err)
		require.NoError(t, o.Exclude(impossible))
		multipliers := rapid.SliceOfN(rapid.Int64Range(-4, 4), o.Rows(), o.Rows()).Draw(t, "multipliers")
		bound, err := o.Bound(multipliers)
		require.NoError(t, err)
		require.LessOrEqual(t, least.Cmp(bound), 0)
		_, certificate, err := o.BestMinimum()
		require.NoError(t, err)
		require.LessOrEqual(t, least.Cmp(certificate.Bound), 0)
		require.LessOrEqual(t, certificate.Bound.Cmp(bound), 0, "%v is sharper than %v", bound, certificate)
	})
}

func TestMultipliersAreLimited(t *testing.T) {
	t.Parallel()
	o, err := NewOrbits(town())
	require.NoError(t, err)
	m := make([]int64, o.Rows())
	m[0] = mostMultiplier
	_, err = o.Bound(m)
	require.NoError(t, err)
	m[0]++
	_, err = o.Bound(m)
	require.ErrorIs(t, err, ErrInstance)
	m[0] = -m[0]
	_, err = o.Bound(m)
	require.ErrorIs(t, err, ErrInstance)
}

func TestSentences(t *testing.T) {
	t.Parallel()
	in := Instance{Size: 3, Quotas: []Quota{{"sex", "f", 1, 2}, {"sex", "m", 1, 2}, {"place", "here", 0, 1}, {"place", "there", 2, 3}}}
	for i, v := range []string{"f here", "f here", "f here", "m here", "m here", "m there", "m there", "f there"} {
		var sex, place string
		_, err := fmt.Sscan(v, &sex, &place)
		require.NoError(t, err)
		in.People = append(in.People, Person{ID: fmt.Sprint(i), Values: []string{sex, place}})
	}
	certificate := func(multipliers ...int64) Certificate {
		o, err := NewOrbits(in)
		require.NoError(t, err)
		bound, err := o.Bound(multipliers)
		require.NoError(t, err)
		return Certificate{multipliers, bound}
	}
	said, err := certificate(0, 0, 1, 0, 0).Sentences(in, nil)
	require.NoError(t, err)
	require.Equal(t, []string{
		"No lottery over panels of 3 gives everybody who can be on one a chance above 1/5, which is 200.00 in 1,000.",
		`5 people have place "here", and at most 1 of them are on a panel.`,
	}, said)
	said, err = certificate(0, 0, 0, 0, 1).Sentences(in, nil)
	require.NoError(t, err)
	require.Equal(t, "There are 3 seats for 8 people.", said[1])
	said, err = certificate(1, 0, 2, -1, 0).Sentences(in, nil)
	require.NoError(t, err)
	require.Equal(t, []string{
		"No lottery over panels of 3 gives everybody who can be on one a chance above 4/13, which is 307.69 in 1,000.",
		`Give everybody points: +1 for sex "f", +2 for place "here", -1 for place "there".`,
		`However a panel is made up, all of its members together have +1 × at most 2 of sex "f" and +2 × at most 1 of place "here" and -1 × at least 2 of place "there": 2 points at most.`,
		"Members whose points are below zero can take up to 2 away from that, so that the others have 4 at most.",
		"The 5 people with points above zero have 13 together. Were each of them on more than 4/13 of the panels, the panels would have more points than they can.",
	}, said)
	_, err = Certificate{[]int64{0, 0, 1, 0, 0}, big.NewRat(1, 6)}.Sentences(in, nil)
	require.ErrorIs(t, err, ErrCheck)
}

func TestPairs(t *testing.T) {
	t.Parallel()
	l := &Lottery{Panels: [][]int{}, Tickets: []int{10, 10, 10, 10}}
	for range 10 {
		l.Panels = append(l.Panels, []int{0, 1}, []int{2, 3})
	}
	require.Equal(t, Pairs{Count: 6, Never: 4, Median: 0, P99: 200, Most: 200, Two: [2]int{0, 1}}, l.Pairs())
	l.Panels, l.Tickets = [][]int{{0}, {1}}, []int{1, 1}
	require.Equal(t, Pairs{}, l.Pairs(), "too few panels to say anything")
}

func TestDigest(t *testing.T) {
	t.Parallel()
	in := Instance{People: []Person{{ID: "b"}, {ID: "a"}, {ID: "cc"}}}
	text := "daybook-panels/1\x00" + be(2) + be(2) + be(1) + "a" + be(1) + "b" + be(1) + be(2) + "cc"
	digest, want := Digest(in, [][]int{{0, 1}, {2}}), sha256.Sum256([]byte(text))
	require.Equal(t, hex.EncodeToString(want[:]), hex.EncodeToString(digest[:]))
	require.NotEqual(t, digest, Digest(in, [][]int{{2}, {0, 1}}), "the order of panels counts")
	require.Equal(t, digest, Digest(in, [][]int{{1, 0}, {2}}), "the order of members does not")
	require.NotEqual(t, Digest(in, nil), Digest(in, [][]int{{}}))
}

func be(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

func TestDraw(t *testing.T) {
	t.Parallel()
	for panels, want := range map[int]int{1: 0, 3: 0, 10: 6, 1000: 986, 1024: 162} { // vectors: another checker must come to the same
		require.Equal(t, want, Draw([]byte("randomness"), "assembly of a town", panels), panels)
	}
	require.Equal(t, 1721517015383335111, Draw([]byte("r"), "f", 3<<61), "the first number is one of those that would favour some panels")
	require.NotEqual(t, Draw([]byte("randomness"), "one", 1<<40), Draw([]byte("randomness"), "other", 1<<40))
	require.NotEqual(t, Draw([]byte("ab"), "c", 1<<40), Draw([]byte("b"), "ca", 1<<40))
}

func TestDrawIsUniform(t *testing.T) {
	t.Parallel()
	const panels, draws = 1000, 100_000
	var drawn [panels]int
	for i := range uint64(draws) {
		drawn[Draw(binary.BigEndian.AppendUint64(nil, i), "chi-square", panels)]++
	}
	sum := 0.0
	for _, n := range drawn {
		d := float64(n) - draws/panels
		sum += d * d / (draws / panels)
	}
	require.InDelta(t, 999, sum, 4*44.7, "chi-square with 999 degrees of freedom: mean 999, standard deviation 44.7")
}
