// Package synthetic makes pools of people who never were, to measure and to test draws with. The same numbers give the same pool.
package synthetic

import (
	"fmt"
	"math/bits"

	"daybook.internal/sortition/lottery"
)

// A trait is a category with the shares of its values, in thousandths, among those for whom the panel stands and among those who come forward.
type trait struct {
	name       string
	values     []string
	population []uint64
	pool       []uint64
}

var traits = []trait{
	{"gender", []string{"woman", "man", "other"}, []uint64{497, 497, 6}, []uint64{560, 425, 15}},
	{"age", []string{"16-24", "25-39", "40-54", "55-69", "70+"}, []uint64{200, 300, 240, 170, 90}, []uint64{130, 310, 270, 220, 70}},
	{"education", []string{"primary", "secondary", "tertiary"}, []uint64{380, 430, 190}, []uint64{120, 400, 480}},
	{"place", []string{"city", "country"}, []uint64{570, 430}, []uint64{700, 300}},
}

// Global is one panel of the world: countries are a category like gender, age, education and place. The people who come forward are not those for whom they
// stand: there are more of the educated, and of some countries. Quotas are the shares of the population, rounded down and up.
func Global(people, seats, countries int, seed uint64) lottery.Instance {
	world := trait{name: "country"}
	for c := range countries {
		size := uint64(1_000_000 / (c + 4)) // a few countries are very large
		world.values = append(world.values, fmt.Sprintf("country %02d", c+1))
		world.population = append(world.population, size)
		world.pool = append(world.pool, size/2+uint64(600_000/countries)*(1+uint64(c*7%5))/3)
	}
	all := append([]trait{world}, traits...)
	in := lottery.Instance{Size: seats}
	for _, t := range all {
		total := sum(t.population)
		for v, share := range t.population {
			least := uint64(seats) * share / total
			in.Quotas = append(in.Quotas, lottery.Quota{Category: t.name, Value: t.values[v], Min: int(least), Max: int(least) + 1})
		}
	}
	chance := splitmix(seed)
	for i := range people {
		p := lottery.Person{ID: fmt.Sprintf("g%06d", i)}
		for _, t := range all {
			p.Values = append(p.Values, t.values[pick(t.pool, &chance)])
		}
		in.People = append(in.People, p)
	}
	return in
}

func sum(shares []uint64) (total uint64) {
	for _, s := range shares {
		total += s
	}
	return total
}

// pick chooses an index by shares.
func pick(shares []uint64, chance *splitmix) int {
	at, _ := bits.Mul64(chance.next(), sum(shares)) // the high word is uniform below the sum
	for i, s := range shares {
		if at < s {
			return i
		}
		at -= s
	}
	return len(shares) - 1
}

// splitmix is Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Nobody is drawn by it.
type splitmix uint64

func (s *splitmix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
