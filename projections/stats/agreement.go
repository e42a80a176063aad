package stats

// Missing stands for a code that a coder did not give.
const Missing = -1

// A Reliability is how far coders agree beyond chance.
type Reliability struct {
	Value    float64 // α or κ: 1 is full agreement, 0 what chance gives
	Observed float64 // α: observed disagreement; κ: observed agreement
	Expected float64 // α: expected disagreement; κ: expected agreement
	Units    int     // coded at least twice
	Codes    int     // given to those units
}

// KrippendorffNominal gives α = 1 - D_o/D_e of nominal codes. units[u][c] is the code 0..codes-1 that coder c gave to unit u, or Missing; rows may have
// different lengths. Units with fewer than two codes are left out. With n codes in all, n_c of code c and m_u of unit u:
//
//	D_o = 1/n · Σ_u Σ_{c≠k} n_uc·n_uk/(m_u-1)    D_e = Σ_{c≠k} n_c·n_k / (n(n-1))
//
// No unit coded twice is ErrTooFew; one code everywhere ErrNoVariation (α is 0/0); a code that there is not ErrBadCount.
func KrippendorffNominal(codes int, units [][]int) (Reliability, error) {
	total := make([]int, max(codes, 0))
	var apart []int // apart[m]: ordered pairs of different codes within units of m codes, a whole number
	r := Reliability{}
	for _, unit := range units {
		counts, m := make([]int, max(codes, 0)), 0
		for _, c := range unit {
			if c == Missing {
				continue
			}
			if c < 0 || c >= codes {
				return Reliability{}, fail(ErrBadCount, "", "a code is one of the code frame")
			}
			counts[c]++
			m++
		}
		if m < 2 {
			continue
		}
		r.Units++
		r.Codes += m
		for len(apart) <= m {
			apart = append(apart, 0)
		}
		apart[m] += m * m
		for c, n := range counts {
			total[c] += n
			apart[m] -= n * n
		}
	}
	if r.Units == 0 {
		return Reliability{}, fail(ErrTooFew, "", "no unit was coded twice")
	}
	expected := r.Codes * r.Codes
	for _, n := range total {
		expected -= n * n
	}
	if expected == 0 {
		return Reliability{}, fail(ErrNoVariation, "", "")
	}
	n := float64(r.Codes)
	for m, pairs := range apart {
		if m >= 2 {
			r.Observed += float64(pairs) / float64(m-1) / n
		}
	}
	r.Expected = float64(expected) / float64(n*(n-1))
	r.Value = 1 - r.Observed/r.Expected
	return r, nil
}

// CohenKappa gives κ = (po-pe)/(1-pe) of two coders, table[a][b] how many units the first gave code a and the second code b. No unit is ErrNoBase, a table
// that is not square ErrBadCount; both coders giving one and the same code to everything is ErrNoVariation.
func CohenKappa(table [][]int) (Reliability, error) {
	t, err := Transitions(table)
	if err != nil {
		return Reliability{}, err
	}
	chance := 0
	for i := range table {
		chance += t.Pre[i] * t.Post[i]
	}
	all := t.Base * t.Base
	if chance == all {
		return Reliability{}, fail(ErrNoVariation, "", "")
	}
	return Reliability{
		Value:    float64(t.Stayed*t.Base-chance) / float64(all-chance),
		Observed: float64(t.Stayed) / float64(t.Base),
		Expected: float64(chance) / float64(all),
		Units:    t.Base, Codes: 2 * t.Base,
	}, nil
}
