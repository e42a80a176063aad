package process

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// room draws people with up to three dimensions of strata.
func room(t *rapid.T) []Person {
	dimensions := rapid.IntRange(0, 3).Draw(t, "dimensions")
	people := make([]Person, rapid.IntRange(0, 120).Draw(t, "people"))
	for i := range people {
		people[i].ID = domain.ParticipantID(fmt.Sprintf("pa_%03d", i))
		for d := range dimensions {
			people[i].Strata = append(people[i].Strata, rapid.SampledFrom([]string{"a", "b", "c", "d"}[:2+d]).Draw(t, "stratum"))
		}
	}
	return people
}

// spread is by how much tables differ in the strata of one dimension.
func spread(people []Person, tables [][]domain.ParticipantID, dimension int) (most int) {
	of := map[domain.ParticipantID]string{}
	low, high := map[string]int{}, map[string]int{}
	for _, p := range people {
		of[p.ID] = p.Strata[dimension]
		low[p.Strata[dimension]] = len(people)
	}
	for _, table := range tables {
		n := map[string]int{}
		for _, id := range table {
			n[of[id]]++
		}
		for s := range low {
			low[s], high[s] = min(low[s], n[s]), max(high[s], n[s])
			most = max(most, high[s]-low[s])
		}
	}
	return most
}

func TestSeatRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		people := room(t)
		seed := domain.Digest{byte(rapid.IntRange(0, 9).Draw(t, "seed"))}
		tables := SeatRoom(people, seed)

		var seated []domain.ParticipantID
		least, most := len(people), 0
		for _, table := range tables {
			seated = append(seated, table...)
			least, most = min(least, len(table)), max(most, len(table))
		}
		slices.Sort(seated)
		var all []domain.ParticipantID
		for _, p := range people {
			all = append(all, p.ID)
		}
		require.Equal(t, all, seated, "everybody sits at one table")
		require.LessOrEqual(t, most-least, 1)
		require.LessOrEqual(t, most, MaxTable)
		if n := len(people); n >= MinTable && n != 9 {
			require.GreaterOrEqual(t, least, MinTable)
		}
		require.Len(t, tables, (len(people)+MaxTable-1)/MaxTable, "as few tables as there can be")
		if len(people) > 0 && len(people[0].Strata) > 0 {
			require.LessOrEqual(t, spread(people, tables, 0), 1, "the first dimension is even")
		}

		shuffled := slices.Clone(people)
		rapid.SampledFrom([]func(){func() { slices.Reverse(shuffled) }, func() {}}).Draw(t, "order")()
		require.Equal(t, tables, SeatRoom(shuffled, seed), "whatever the order")
	})
}

// TestSeatRoomEvensOut holds rooms like those of a dialogue against a bound that is not promised: what the exchanges come to.
func TestSeatRoomEvensOut(t *testing.T) {
	t.Parallel()
	people := make([]Person, 96)
	for i := range people {
		people[i] = Person{domain.ParticipantID(fmt.Sprint(i)), []string{[]string{"f", "m"}[i*i/5%2], []string{"young", "middle", "old"}[i*7/4%3], []string{"town", "village", "village", "coast"}[i*i/7%4]}}
	}
	tables := SeatRoom(people, domain.Digest{1})
	require.Len(t, tables, 12)
	for d := range 3 {
		require.LessOrEqual(t, spread(people, tables, d), 1, "dimension %d", d)
	}
	require.NotEqual(t, tables, SeatRoom(people, domain.Digest{2}), "another seed")
	dealt := make([][]domain.ParticipantID, 12) // without exchanges
	for i, p := range inOrder(people, domain.Digest{1}) {
		dealt[i%12] = append(dealt[i%12], p.ID)
	}
	require.Greater(t, spread(people, dealt, 2), 1, "the exchanges are what evens it out")
}

func TestGains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var seats [2][]Person
		for i := range seats {
			for range 3 {
				seats[i] = append(seats[i], Person{Strata: []string{"", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "x"), rapid.SampledFrom([]string{"c", "d"}).Draw(t, "y")}})
			}
		}
		squares := func() (sum int, counts [2]map[stratum]int) {
			for i, table := range seats {
				counts[i] = map[stratum]int{}
				for _, p := range table {
					p.each(func(s stratum) { counts[i][s]++ })
				}
				for _, n := range counts[i] {
					sum += n * n
				}
			}
			return sum, counts
		}
		before, counts := squares()
		want := gains(counts[0], counts[1], seats[0][0], seats[1][0])
		seats[0][0], seats[1][0] = seats[1][0], seats[0][0]
		after, _ := squares()
		require.Equal(t, after < before, want)
	})
}
