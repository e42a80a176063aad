package lottery

import "slices"

// Pairs sums up how often two people are on one panel together. A lottery fixes the chance of everybody, not of pairs, and this is where somebody who wants two
// people together or apart would leave a trace. It looks at pairs that would meet five times or more if people were drawn independently of each other. Figures
// are in hundredths: 100 is as often as independently.
type Pairs struct {
	Count             int // pairs looked at
	Never             int // of them, those on no panel together
	Median, P99, Most int
	Two               [2]int // the people who meet most often
}

const seldom = 5

// Pairs of the panels of a lottery.
func (l *Lottery) Pairs() Pairs {
	most := uint64(slices.Max(l.Tickets))
	owed := uint64(seldom * len(l.Panels))
	on := make([][]int32, len(l.Tickets)) // by person who can be in such a pair: their panels
	for j, panel := range l.Panels {
		for _, i := range panel {
			if uint64(l.Tickets[i])*most >= owed {
				on[i] = append(on[i], int32(j))
			}
		}
	}
	var p Pairs
	hundredths := make([]int, 100*len(l.Panels)/seldom+1) // how many pairs meet so often
	met := make([]int, len(l.Tickets))
	highest := -1
	for i := range on {
		for _, j := range on[i] {
			for _, o := range l.Panels[j] {
				met[o]++
			}
		}
		for o := i + 1; o < len(on) && on[i] != nil; o++ {
			expected := uint64(l.Tickets[i]) * uint64(l.Tickets[o]) // times the number of panels
			if expected < owed {
				continue
			}
			h := int(100 * uint64(met[o]) * uint64(len(l.Panels)) / expected)
			hundredths[h]++
			p.Count++
			if met[o] == 0 {
				p.Never++
			}
			if h > highest {
				highest, p.Two = h, [2]int{i, o}
			}
		}
		clear(met)
	}
	p.Median, p.P99, p.Most = quantile(hundredths, p.Count, 50), quantile(hundredths, p.Count, 99), max(highest, 0)
	return p
}

// quantile is the value at or below which so many of a hundred lie, of values that are counted.
func quantile(counts []int, total, percent int) int {
	below := 0
	for v, n := range counts {
		if below += n; below*100 >= total*percent && below > 0 {
			return v
		}
	}
	return 0
}
