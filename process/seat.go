package process

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"daybook.internal/domain"
)

// A Person is somebody who has checked in, with the strata that the caller's own register has: one for each dimension, in the same order for
// everybody, the one that matters most first. Strata stand nowhere in the record, and are kept nowhere here.
type Person struct {
	ID     domain.ParticipantID
	Strata []string
}

// The sizes of tables.
const (
	MinTable = 5
	MaxTable = 8
)

// SeatRoom proposes tables for people of one chamber and one language, each of whom is named once. There are as few tables as there can be; they have 5 to
// 8 people wherever that many can be divided so (fewer than 5 and 9 cannot), and their sizes differ by at most one. Each stratum of the first dimension is
// spread over the tables as evenly as it can be: two tables differ by at most one. The strata of the other dimensions are evened out after that by
// exchanging people, which comes to an end but promises no bound.
//
// The same people and the same seed give the same tables, in whatever order the people are named; another seed gives other tables.
func SeatRoom(people []Person, seed domain.Digest) [][]domain.ParticipantID {
	if len(people) == 0 {
		return [][]domain.ParticipantID{}
	}
	tables := (len(people) + MaxTable - 1) / MaxTable
	seats := make([][]Person, tables)
	for i, p := range inOrder(people, seed) {
		seats[i%tables] = append(seats[i%tables], p)
	}
	exchange(seats)
	out := make([][]domain.ParticipantID, tables)
	for i, table := range seats {
		for _, p := range table {
			out[i] = append(out[i], p.ID)
		}
		slices.Sort(out[i])
	}
	return out
}

// inOrder puts people of one stratum together, and within it in the order of a draw by the seed. Dealing that order to the tables one by one spreads every
// run in it evenly: the whole room, and each stratum of the first dimension.
func inOrder(people []Person, seed domain.Digest) []Person {
	lots := make(map[domain.ParticipantID][32]byte, len(people))
	for _, p := range people {
		lots[p.ID] = sha256.Sum256(append(seed[:], p.ID...))
	}
	return slices.SortedFunc(slices.Values(people), func(a, b Person) int {
		x, y := lots[a.ID], lots[b.ID]
		return cmp.Or(slices.Compare(a.Strata, b.Strata), bytes.Compare(x[:], y[:]), cmp.Compare(a.ID, b.ID))
	})
}

// exchange lets two people of the same first stratum change places as long as that evens the others out. Each exchange makes the sum of squares
// of all counts smaller, so there is a last one.
func exchange(seats [][]Person) {
	counts := make([]map[stratum]int, len(seats))
	for t, table := range seats {
		counts[t] = map[stratum]int{}
		for _, p := range table {
			p.each(func(s stratum) { counts[t][s]++ })
		}
	}
	for again := true; again; {
		again = false
		for t := range seats {
			for u := t + 1; u < len(seats); u++ {
				for i := range seats[t] {
					for j := range seats[u] {
						if a, b := seats[t][i], seats[u][j]; first(a) == first(b) && gains(counts[t], counts[u], a, b) {
							move(counts[t], counts[u], a)
							move(counts[u], counts[t], b)
							seats[t][i], seats[u][j] = b, a
							again = true
						}
					}
				}
			}
		}
	}
}

// stratum is one of a dimension after the first.
type stratum struct {
	dimension int
	name      string
}

func (p Person) each(f func(stratum)) {
	for i := 1; i < len(p.Strata); i++ {
		f(stratum{i, p.Strata[i]})
	}
}

func first(p Person) string {
	if len(p.Strata) == 0 {
		return ""
	}
	return p.Strata[0]
}

// gains tells whether the sum of squares falls when a and b change places. Where they share a stratum, nothing changes in it.
func gains(at, to map[stratum]int, a, b Person) bool {
	change := 0
	a.each(func(s stratum) { change += to[s] - at[s] + 1 })
	b.each(func(s stratum) { change += at[s] - to[s] + 1 })
	a.each(func(s stratum) {
		b.each(func(o stratum) {
			if s == o {
				change -= 2
			}
		})
	})
	return change < 0
}

func move(from, to map[stratum]int, p Person) {
	p.each(func(s stratum) {
		from[s]--
		to[s]++
	})
}
