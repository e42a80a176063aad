package measures

import (
	"math"

	"daybook.internal/domain"
)

// scale sums up the points of a likert question. The sums are exact; division and root come last.
func (c *counts) scale(q *domain.Question) *ScaleResult {
	r := &ScaleResult{None, None, None, None}
	if c.valid == 0 {
		return r
	}
	mean, variance := c.moments()
	r.Mean = Number(mean)
	if c.valid > 1 {
		r.SD = Number(math.Sqrt(variance))
	}
	n := c.valid
	r.Median = Number(float64(c.nth((n-1)/2)+c.nth(n/2)) / 2)
	if top := c.favourable(q); top >= 0 {
		r.Favourable = Number(float64(top) / float64(n))
	}
	return r
}

// moments are the mean point and its variance among people, by n-1; 0 where there is one answer.
func (c *counts) moments() (mean, variance float64) {
	n, sum, squares := c.valid, 0, 0
	for i, k := range c.cells {
		sum += k * (i + 1)
		squares += k * (i + 1) * (i + 1)
	}
	if n > 1 {
		variance = float64(n*squares-sum*sum) / float64(n*(n-1))
	}
	return float64(sum) / float64(n), variance
}

// nth is the point of the answer at a place, from 0, among all in order.
func (c *counts) nth(place int) int {
	for i, k := range c.cells {
		if place -= k; place < 0 {
			return i + 1
		}
	}
	return len(c.cells)
}

// favourable counts the answers at the two points of the favourable end, or at one where the scale has fewer than four; -1 where neither end is favourable.
func (c *counts) favourable(q *domain.Question) int {
	if q.Polarity != domain.HighIsFavourable && q.Polarity != domain.LowIsFavourable {
		return -1
	}
	sum := 0
	for i, n := range c.cells {
		if favours(q, i) {
			sum += n
		}
	}
	return sum
}

// favours tells whether a cell of a likert question is at its favourable end.
func favours(q *domain.Question, cell int) bool {
	width := 2
	if q.Points < 4 {
		width = 1
	}
	switch q.Polarity {
	case domain.HighIsFavourable:
		return cell >= q.Points-width
	case domain.LowIsFavourable:
		return cell < width
	}
	return false
}
