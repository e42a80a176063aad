package groups

import "math/bits"

// gram is the matrix XᵀX of the centred votes X: missing votes hold the mean of their column, and are therefore zero once it is taken away. So only pairs
// of votes of one person count, and every entry follows from four sums of integers over those who voted on both statements. It is row-major.
type gram struct {
	n    int
	mean []float64
	g    []float64
}

// pair sums over those who voted on both statements j and k.
type pair struct{ both, product, first, second int32 }

// newGram takes the respondents in rows, some perhaps more than once, in any order: the sums are exact. Statements in out are columns of zeros.
func newGram(v *Votes, rows []int, out []bool) *gram {
	n := v.statements
	m := &gram{n, make([]float64, n), make([]float64, n*n)}
	sum, voted := make([]int, n), make([]int, n)
	squares := 0
	for _, r := range rows {
		of, values := v.of(r)
		squares += len(of) * len(of)
		for i, s := range of {
			sum[s] += int(values[i])
			voted[s]++
		}
	}
	for s := range n {
		if voted[s] > 0 && !out[s] {
			m.mean[s] = float64(sum[s]) / float64(voted[s])
		}
	}
	if words := (len(rows) + 63) / 64; 4*n*n*words < 2*squares { // both give the same integers; this is what they cost
		m.byBits(v, rows, out, words)
	} else {
		m.byVotes(v, rows, out)
	}
	return m
}

func (m *gram) set(j, k int, p pair) {
	x := float64(p.product) - float64(m.mean[j]*float64(p.second)) - float64(m.mean[k]*float64(p.first)) +
		float64(float64(m.mean[j]*m.mean[k])*float64(p.both))
	m.g[j*m.n+k], m.g[k*m.n+j] = x, x
}

// byVotes walks the pairs of votes of each person; it is the cheaper way where people see few of the statements.
func (m *gram) byVotes(v *Votes, rows []int, out []bool) {
	type at struct {
		row   int32
		value int8
	}
	columns := make([][]at, m.n)
	for _, r := range rows {
		of, values := v.of(r)
		for i, s := range of {
			columns[s] = append(columns[s], at{int32(r), values[i]})
		}
	}
	sums := make([]pair, m.n)
	for j := range m.n {
		if out[j] {
			continue
		}
		clear(sums[:j+1])
		for _, a := range columns[j] {
			of, values := v.of(int(a.row))
			first := int32(a.value)
			for i, k := range of {
				if int(k) > j {
					break
				}
				second, p := int32(values[i]), &sums[k]
				p.both++
				p.product += first * second
				p.first += first
				p.second += second
			}
		}
		for k := range j + 1 {
			if !out[k] {
				m.set(j, k, sums[k])
			}
		}
	}
}

// byBits counts 64 people at a time; it is the cheaper way where most people saw most statements.
func (m *gram) byBits(v *Votes, rows []int, out []bool, words int) {
	agree, against, voted := make([]uint64, m.n*words), make([]uint64, m.n*words), make([]uint64, m.n*words)
	for i, r := range rows {
		of, values := v.of(r)
		word, bit := i/64, uint64(1)<<(i%64)
		for i, s := range of {
			at := int(s)*words + word
			voted[at] |= bit
			switch values[i] {
			case 1:
				agree[at] |= bit
			case -1:
				against[at] |= bit
			}
		}
	}
	count := func(x uint64) int32 { return int32(bits.OnesCount64(x)) }
	for j := range m.n {
		if out[j] {
			continue
		}
		aj, dj, vj := agree[j*words:(j+1)*words], against[j*words:(j+1)*words], voted[j*words:(j+1)*words]
		for k := range j + 1 {
			if out[k] {
				continue
			}
			ak, dk, vk := agree[k*words:(k+1)*words], against[k*words:(k+1)*words], voted[k*words:(k+1)*words]
			var p pair
			for w, a := range aj {
				d, x := dj[w], vj[w]
				p.both += count(x & vk[w])
				p.product += count(a&ak[w]|d&dk[w]) - count(a&dk[w]|d&ak[w])
				p.first += count(a&vk[w]) - count(d&vk[w])
				p.second += count(x&ak[w]) - count(x&dk[w])
			}
			m.set(j, k, p)
		}
	}
}
