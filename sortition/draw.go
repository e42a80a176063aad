package sortition

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The algorithm of Draw by its name and version. Another order, another walk or another key is another version.
const (
	Algorithm = "stratified-hmac"
	Version   = "1"
)

// Limits of maxAttempts, the algorithm's one parameter.
const (
	DefaultAttempts = 1000
	MostAttempts    = 100_000
)

// ErrInfeasible says that no panel meets the quotas, or that none was found. *InfeasibleError says where.
var ErrInfeasible = errors.New("no panel meets the quotas")

// An InfeasibleError names the dimension whose quotas stand in the way. After attempts that came to nothing it is the dimension that turned away most.
type InfeasibleError struct {
	Dimension string
	Detail    string
	Attempts  int // 0: no attempt could have helped
}

func (e *InfeasibleError) Error() string {
	return fmt.Sprintf("%v: dimension %s: %s", ErrInfeasible, e.Dimension, e.Detail)
}

// Unwrap makes it an ErrInfeasible.
func (e *InfeasibleError) Unwrap() error { return ErrInfeasible }

// Key is the key of one round of draws:
//
//	HMAC-SHA256(seed, "daybook-draw-key/v1" ‖ 0x00 ‖ randomness ‖ be64(round) ‖ dialogue)
//
// Nobody who knew the seed knew the randomness when the seed was committed to, and nobody else knew the seed; so no one could choose among keys.
func Key(seed, randomness [32]byte, dialogue string, round int) [32]byte {
	b := make([]byte, 0, 128)
	b = append(b, "daybook-draw-key/v1\x00"...)
	b = append(b, randomness[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(round))
	b = append(b, dialogue...)
	h := hmac.New(sha256.New, seed[:])
	h.Write(b)
	return [32]byte(h.Sum(nil))
}

// Draw fills a panel of size seats, of which taken hold some already, from candidates. It gives the ids of those who are drawn, in ascending order, and
// how many attempts that took.
//
// In each attempt, from 1, the candidates are ranked by HMAC-SHA256(key, "daybook-draw/v1" ‖ 0x00 ‖ be64(attempt) ‖ id), then by id. They are walked in
// this order, and everybody is taken who fits: no stratum comes above its maximum, and in every dimension the seats that are left then suffice for the
// minima that are not met yet. The first walk that fills the panel is the draw; a panel that is full meets every minimum. After maxAttempts walks, of
// at most MostAttempts, there is none.
//
// The people of taken count against the quotas and are not drawn again. The order of candidates, quotas and taken does not matter.
func Draw(candidates []Candidate, quotas []Quota, size int, key [32]byte, taken []Candidate, maxAttempts int) (selected []string, attempts int, err error) {
	if maxAttempts < 1 || maxAttempts > MostAttempts {
		return nil, 0, fmt.Errorf("sortition: 1 to %d attempts, not %d", MostAttempts, maxAttempts)
	}
	if _, err := Count(slices.Concat(candidates, taken), quotas); err != nil {
		return nil, 0, err
	}
	p, err := newPlan(candidates, quotas, size, taken)
	if err != nil || size == len(taken) {
		return nil, 0, err
	}
	blocked := make([]int, len(p.dimensions)) // by dimension, over all walks
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		if drawn := p.walk(rank(candidates, key, attempt), blocked); drawn != nil {
			for _, i := range drawn {
				selected = append(selected, candidates[i].ID)
			}
			slices.Sort(selected)
			return selected, attempt, nil
		}
	}
	worst := 0
	for d := range blocked {
		if blocked[d] > blocked[worst] {
			worst = d
		}
	}
	return nil, 0, &InfeasibleError{p.dimensions[worst].name, fmt.Sprintf("no panel was found in %d attempts; widen its quotas, or allow more attempts", maxAttempts), maxAttempts}
}

// rank gives the indexes of candidates in the order of an attempt.
func rank(candidates []Candidate, key [32]byte, attempt int) []int {
	type ranked struct {
		by    [32]byte
		index int
	}
	all := make([]ranked, len(candidates))
	head := binary.BigEndian.AppendUint64([]byte("daybook-draw/v1\x00"), uint64(attempt))
	h := hmac.New(sha256.New, key[:])
	var sum [32]byte
	for i, c := range candidates {
		h.Reset()
		h.Write(head)
		h.Write([]byte(c.ID))
		all[i] = ranked{[32]byte(h.Sum(sum[:0])), i}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		if by := bytes.Compare(a.by[:], b.by[:]); by != 0 {
			return by
		}
		return strings.Compare(candidates[a.index].ID, candidates[b.index].ID)
	})
	order := make([]int, len(all))
	for i, r := range all {
		order[i] = r.index
	}
	return order
}

// plan is a draw as its walks need it: strata are numbers.
type plan struct {
	seats      int // to fill
	dimensions []dimension
	of         [][]int // by candidate: the stratum in each dimension
}

type dimension struct {
	name   string
	strata []Quota // less those who are taken
	unmet  int     // sum of what is left of the minima
}

// newPlan rejects by an *InfeasibleError what no walk can fill, as far as one dimension alone tells.
func newPlan(candidates []Candidate, quotas []Quota, size int, taken []Candidate) (*plan, error) {
	if len(quotas) == 0 || size < len(taken) {
		return nil, fmt.Errorf("sortition: a draw has quotas, and no more people are taken than there are seats")
	}
	p := &plan{seats: size - len(taken), of: make([][]int, len(candidates))}
	for _, q := range sorted(quotas) {
		if n := len(p.dimensions); n == 0 || p.dimensions[n-1].name != q.Dimension {
			p.dimensions = append(p.dimensions, dimension{name: q.Dimension})
		}
		d := &p.dimensions[len(p.dimensions)-1]
		if n := len(d.strata); q.Min < 0 || q.Max < q.Min || (n > 0 && d.strata[n-1].Stratum == q.Stratum) {
			return nil, fmt.Errorf("sortition: dimension %s: the quota of stratum %q stands twice, or is not 0 <= min <= max", d.name, q.Stratum)
		}
		d.strata = append(d.strata, q)
	}
	for i := range p.dimensions {
		if err := p.fit(i, candidates, taken); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// fit counts who is there in one dimension against its quotas.
func (p *plan) fit(i int, candidates, taken []Candidate) error {
	d := &p.dimensions[i]
	infeasible := func(format string, args ...any) error {
		return &InfeasibleError{Dimension: d.name, Detail: fmt.Sprintf(format, args...)}
	}
	number := map[string]int{}
	for n, q := range d.strata {
		number[q.Stratum] = n
	}
	have := make([]int, len(d.strata))
	for c, who := range candidates {
		n := number[who.Strata[d.name]]
		p.of[c] = append(p.of[c], n)
		have[n]++
	}
	for _, who := range taken {
		q := &d.strata[number[who.Strata[d.name]]]
		q.Min, q.Max = max(q.Min-1, 0), q.Max-1
	}
	most := 0
	for n, q := range d.strata {
		switch {
		case q.Max < 0:
			return infeasible("more people of stratum %s are in already than its maximum", q.Stratum)
		case have[n] < q.Min:
			return infeasible("stratum %s needs %d more people and the pool has %d", q.Stratum, q.Min, have[n])
		}
		d.unmet += q.Min
		most += min(q.Max, have[n])
	}
	switch {
	case d.unmet > p.seats:
		return infeasible("the minima ask for %d more people, and %d seats are free", d.unmet, p.seats)
	case most < p.seats:
		return infeasible("%d seats are free, and the maxima and the pool allow %d more people", p.seats, most)
	}
	return nil
}

// walk takes in the given order whoever fits, and gives them if they fill the panel. It counts in blocked what stood in the way.
func (p *plan) walk(order []int, blocked []int) []int {
	left := p.seats
	counts, unmet := make([][]int, len(p.dimensions)), make([]int, len(p.dimensions))
	for d := range p.dimensions {
		counts[d], unmet[d] = make([]int, len(p.dimensions[d].strata)), p.dimensions[d].unmet
	}
	drawn := make([]int, 0, left)
	for _, c := range order {
		if d := p.blocks(c, left, counts, unmet); d >= 0 {
			blocked[d]++
			continue
		}
		for d, n := range p.of[c] {
			if counts[d][n]++; counts[d][n] <= p.dimensions[d].strata[n].Min {
				unmet[d]--
			}
		}
		drawn = append(drawn, c)
		if left--; left == 0 {
			return drawn
		}
	}
	return nil
}

// blocks is the first dimension in which a candidate does not fit, -1 where there is none.
func (p *plan) blocks(c, left int, counts [][]int, unmet []int) int {
	for d, n := range p.of[c] {
		q := p.dimensions[d].strata[n]
		needed := counts[d][n] < q.Min
		if counts[d][n] == q.Max || (!needed && unmet[d] == left) {
			return d
		}
	}
	return -1
}
