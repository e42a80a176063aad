package lottery

import (
	"crypto/sha256"
	"encoding/binary"
)

// Legacy is the way panels were drawn before there were lotteries over panels, to compare with and for nothing else: it controls nobody's chance. It is written
// from its description in Flanigan et al. 2021 (LEGACY): seat by seat, take the value whose minimum is most in danger, (min − seated)/(people left), draw one of
// the people left who have it, and remove everybody whom a full value or a shared address now rules out; begin anew when a minimum can no longer be met.
//
// It fills as many panels as it is asked for and gives the tickets of each person and the attempts that failed, of mostAttempts altogether. When those are used
// up it gives what it has: done says how many panels that is.
func Legacy(in Instance, panels, mostAttempts int, seed [32]byte, tick Tick) (tickets []int, done, failed int, err error) {
	l := &legacy{in: in, chance: stream{seed: seed}}
	if l.features, err = features(in); err != nil {
		return nil, 0, 0, err
	}
	at := map[string][]int{}
	for i, p := range in.People {
		if p.Address != "" {
			at[p.Address] = append(at[p.Address], i)
		}
	}
	l.housemates = at
	tickets = make([]int, len(in.People))
	for done < panels && done+failed < mostAttempts {
		if tick != nil {
			if err := tick("legacy", done, panels); err != nil {
				return nil, 0, 0, err
			}
		}
		panel := l.attempt()
		if panel == nil {
			failed++
			continue
		}
		done++
		for _, i := range panel {
			tickets[i]++
		}
	}
	return tickets, done, failed, nil
}

type legacy struct {
	in         Instance
	features   [][]int
	housemates map[string][]int
	chance     stream

	gone         []bool
	seated, left []int // by quota
}

// attempt fills one panel, or gives nil.
func (l *legacy) attempt() []int {
	l.gone = make([]bool, len(l.in.People))
	l.seated, l.left = make([]int, len(l.in.Quotas)), make([]int, len(l.in.Quotas))
	for _, fs := range l.features {
		for _, f := range fs {
			l.left[f]++
		}
	}
	for f, q := range l.in.Quotas {
		if q.Max == 0 {
			l.full(f)
		}
	}
	var panel []int
	for len(panel) < l.in.Size {
		f := l.urgent()
		if f < 0 {
			return nil
		}
		i := l.draw(f)
		panel = append(panel, i)
		l.remove(i)
		for _, f := range l.features[i] {
			if l.seated[f]++; l.seated[f] == l.in.Quotas[f].Max {
				l.full(f)
			}
		}
		if a := l.in.People[i].Address; a != "" {
			for _, o := range l.housemates[a] {
				l.remove(o)
			}
		}
	}
	for f, q := range l.in.Quotas {
		if l.seated[f] < q.Min {
			return nil
		}
	}
	return panel
}

// urgent is the value whose minimum is most in danger, -1 when one is lost or nobody is left. Ratios are compared as fractions.
func (l *legacy) urgent() int {
	best := -1
	for f, q := range l.in.Quotas {
		missing := q.Min - l.seated[f]
		if missing > l.left[f] {
			return -1
		}
		if l.left[f] > 0 && (best < 0 || missing*l.left[best] > (l.in.Quotas[best].Min-l.seated[best])*l.left[f]) {
			best = f
		}
	}
	return best
}

// draw draws one of the people left who have a value.
func (l *legacy) draw(f int) int {
	nth := l.chance.below(l.left[f])
	for i, fs := range l.features {
		for _, g := range fs {
			if g == f && !l.gone[i] {
				if nth == 0 {
					return i
				}
				nth--
			}
		}
	}
	panic("fewer people than were counted")
}

func (l *legacy) remove(i int) {
	if l.gone[i] {
		return
	}
	l.gone[i] = true
	for _, f := range l.features[i] {
		l.left[f]--
	}
}

// full removes everybody who has a value.
func (l *legacy) full(f int) {
	for i, fs := range l.features {
		for _, g := range fs {
			if g == f {
				l.remove(i)
			}
		}
	}
}

// A stream is numbers from a seed: the first eight bytes of SHA-256("daybook-legacy/1" ‖ 0x00 ‖ seed ‖ be64(counter)).
type stream struct {
	seed    [32]byte
	counter uint64
}

// below gives a number from 0 to n-1, each with the same chance.
func (s *stream) below(n int) int {
	over := (^uint64(0)%uint64(n) + 1) % uint64(n)
	for {
		b := append([]byte("daybook-legacy/1\x00"), s.seed[:]...)
		h := sha256.Sum256(binary.BigEndian.AppendUint64(b, s.counter))
		s.counter++
		if v := binary.BigEndian.Uint64(h[:8]); over == 0 || v < -over {
			return int(v % uint64(n))
		}
	}
}
