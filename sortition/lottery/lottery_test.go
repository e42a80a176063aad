package lottery

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// town is an instance with a few kinds of people, some of whom live together.
func town() Instance {
	in := Instance{Size: 8, Quotas: []Quota{{"gender", "woman", 4, 4}, {"gender", "man", 4, 4}, {"age", "young", 2, 3}, {"age", "middle", 3, 4}, {"age", "old", 2, 3}}}
	for i := range 90 {
		p := Person{ID: fmt.Sprintf("t%02d", i), Values: []string{[]string{"woman", "woman", "man"}[i%3], []string{"young", "middle", "middle", "old", "middle"}[i%5]}}
		if i%4 < 2 {
			p.Address = fmt.Sprint("house ", i/4)
		}
		in.People = append(in.People, p)
	}
	return in
}

func TestBuild(t *testing.T) {
	t.Parallel()
	in := town()
	l, err := Build(in, Options{Seed: [32]byte{1}}, nil)
	require.NoError(t, err)
	require.NoError(t, l.Check(in))
	require.Equal(t, Options{Panels: 1000, Objective: Leximin, Seed: [32]byte{1}}, l.Options)
	require.False(t, l.Exact)
	sum, people := 0, 0
	for _, n := range l.Tickets {
		sum += n
	}
	for _, level := range l.Relaxed {
		people += level.People
	}
	require.Equal(t, []int{8 * 1000, 90}, []int{sum, people})

	other, err := Build(in, Options{Seed: [32]byte{2}}, nil)
	require.NoError(t, err)
	require.NotEqual(t, Digest(in, l.Panels), Digest(in, other.Panels), "the seed chooses among the people of an orbit")
}

func TestOrderOfPeopleDoesNotMatter(t *testing.T) {
	t.Parallel()
	in := town()
	options := Options{Panels: 50}
	l, err := Build(in, options, nil)
	require.NoError(t, err)
	shuffled := in
	shuffled.People = slices.Clone(in.People)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(in.People), func(i, j int) {
		shuffled.People[i], shuffled.People[j] = shuffled.People[j], shuffled.People[i]
	})
	other, err := Build(shuffled, options, nil)
	require.NoError(t, err)
	require.Equal(t, Digest(in, l.Panels), Digest(shuffled, other.Panels))
	require.Equal(t, l.Certificate, other.Certificate)
}

func TestPeopleOfAnOrbitAreEqual(t *testing.T) {
	t.Parallel()
	in := town()
	for i := range in.People {
		in.People[i].Address = ""
	}
	l, err := Build(in, Options{Panels: 333}, nil)
	require.NoError(t, err)
	o, err := NewOrbits(in)
	require.NoError(t, err)
	for _, orbit := range o.List {
		var tickets []int
		for _, i := range orbit.People {
			tickets = append(tickets, l.Tickets[i])
		}
		require.LessOrEqual(t, slices.Max(tickets)-slices.Min(tickets), 1)
	}
}

func TestHouseholds(t *testing.T) {
	t.Parallel()
	in := town()
	o, err := NewOrbits(in)
	require.NoError(t, err)
	seen := 0
	for t1, orbit := range o.List {
		require.Equal(t, len(orbit.Features), 2)
		for _, i := range orbit.People {
			require.Equal(t, t1, o.Of[i])
			seen++
		}
	}
	require.Equal(t, 90, seen)
	require.NotEmpty(t, o.Households)

	// a couple who cannot be told apart share one seat
	couple := Instance{Size: 1, Quotas: []Quota{{"c", "v", 0, 1}}, People: []Person{{"a", []string{"v"}, "x"}, {"b", []string{"v"}, "x"}, {"c", []string{"v"}, ""}}}
	o, err = NewOrbits(couple)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{len(o.List), o.List[1].Cap})
	couple.Size, couple.Quotas[0].Max = 2, 2
	l, err := Build(couple, Options{Panels: 100}, nil)
	require.NoError(t, err)
	require.Equal(t, []int{50, 50, 100}, l.Tickets)
	require.Equal(t, "1/2", l.Certificate.Bound.RatString(), "the cap of an orbit bounds its chance")
	couple.Size, couple.Quotas[0].Max = 3, 3
	_, err = Build(couple, Options{}, nil)
	require.ErrorIs(t, err, ErrInfeasible)
}

// TestPromises: five kinds of people in a ring, of whom neighbours exclude each other, and one more person. Of the ring at most two are on a panel, though
// fractions could be two and a half: the relaxation promises everybody 1/2 where the most that can be had is 2/5.
func TestPromises(t *testing.T) {
	t.Parallel()
	in := Instance{Size: 3}
	for c := range 5 {
		category := fmt.Sprint("ring ", c)
		in.Quotas = append(in.Quotas, Quota{category, "in", 0, 1}, Quota{category, "out", 0, 3})
	}
	for i := range 6 {
		p := Person{ID: fmt.Sprint(i)}
		for c := range 5 {
			if i < 5 && (c == i || c == (i+1)%5) {
				p.Values = append(p.Values, "in")
			} else {
				p.Values = append(p.Values, "out")
			}
		}
		in.People = append(in.People, p)
	}
	promised, _, err := BestMinimum(in)
	require.NoError(t, err)
	require.InDelta(t, 0.5, promised, 1e-6)
	for _, small := range []bool{true, false} { // by column generation at once, and after a cut
		l, err := build(in, Options{Panels: 500, Objective: LeximinUncapped}, small, nil)
		require.NoError(t, err)
		require.True(t, l.Exact)
		require.Equal(t, []Level{{0.4, 5}, {1, 1}}, rounded(l.Relaxed))
		for i, want := range []int{200, 200, 200, 200, 200, 500} {
			require.InDelta(t, want, l.Tickets[i], 1)
		}
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	var steps []string
	_, err := Build(town(), Options{Panels: 20}, func(step string, done, total int) error {
		require.LessOrEqual(t, done, total)
		if !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"coverage", "chances", "panels", "members"}, steps)
	enough := errors.New("enough")
	for _, last := range steps {
		_, err := Build(town(), Options{Panels: 20}, func(step string, _, _ int) error {
			if step == last {
				return enough
			}
			return nil
		})
		require.ErrorIs(t, err, enough, last)
	}
	small := town()
	small.Size, small.Quotas = 2, []Quota{{"gender", "woman", 1, 1}, {"gender", "man", 1, 1}, {"age", "young", 0, 2}, {"age", "middle", 0, 2}, {"age", "old", 0, 2}}
	_, err = Build(small, Options{Panels: 20}, func(step string, _, _ int) error {
		if step == "exact" {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
}

func TestInstanceErrors(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Instance){
		"no seats":               func(in *Instance) { in.Size = 0 },
		"nobody":                 func(in *Instance) { in.People = nil },
		"no quotas":              func(in *Instance) { in.Quotas = nil },
		"a quota twice":          func(in *Instance) { in.Quotas = append(in.Quotas, in.Quotas[0]) },
		"a quota upside down":    func(in *Instance) { in.Quotas[0].Min = 9 },
		"a quota below zero":     func(in *Instance) { in.Quotas[0].Min = -1 },
		"a person twice":         func(in *Instance) { in.People[1].ID = in.People[0].ID },
		"a person without id":    func(in *Instance) { in.People[1].ID = "" },
		"a value without quota":  func(in *Instance) { in.People[1].Values = []string{"woman", "ageless"} },
		"a value too few":        func(in *Instance) { in.People[1].Values = []string{"woman"} },
		"a value too many":       func(in *Instance) { in.People[1].Values = []string{"woman", "old", "old"} },
		"a value of another one": func(in *Instance) { in.People[1].Values = []string{"old", "woman"} },
	} {
		in := town()
		spoil(&in)
		_, err := Build(in, Options{}, nil)
		require.ErrorIs(t, err, ErrInstance, name)
		_, err = Count(in, nil)
		if name != "no seats" && name != "nobody" {
			require.ErrorIs(t, err, ErrInstance, name)
		}
	}
	_, err := Build(town(), Options{Panels: -1}, nil)
	require.ErrorIs(t, err, ErrInstance)
	_, err = Build(town(), Options{Objective: "luck"}, nil)
	require.ErrorIs(t, err, ErrInstance)
}

func TestLegacy(t *testing.T) {
	t.Parallel()
	in := town()
	l := &legacy{in: in, housemates: map[string][]int{}}
	var err error
	l.features, err = features(in)
	require.NoError(t, err)
	for i, p := range in.People {
		if p.Address != "" {
			l.housemates[p.Address] = append(l.housemates[p.Address], i)
		}
	}
	valid := 0
	for range 200 {
		if panel := l.attempt(); panel != nil {
			_, err := Count(in, [][]int{panel})
			require.NoError(t, err)
			valid++
		}
	}
	require.Positive(t, valid)
}

func TestAnyInstance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := randomInstance(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3)), 40)
		objective := rapid.SampledFrom([]Objective{Leximin, LeximinUncapped, Goldilocks}).Draw(t, "objective")
		l, err := build(in, Options{Panels: 30, Objective: objective}, rapid.Bool().Draw(t, "small"), nil)
		if errors.Is(err, ErrInfeasible) {
			return
		}
		require.NoError(t, err)
		require.NoError(t, l.Check(in))
	})
}
