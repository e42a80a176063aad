package measures

import (
	"maps"
	"slices"

	"daybook.internal/projections/stats"
)

// reliability measures how far people agree on segments that at least two of them coded in one round. value is what a coder said of a segment.
func reliability(segments []*Segment, what string, value func(codes []string) string, h *Head) Reliability {
	r := Reliability{len(segments), None, None}
	if len(segments) == 0 {
		return r
	}
	coders, values := map[string]bool{}, map[string]int{}
	said := make([][]string, len(segments))
	for u, g := range segments {
		people, _ := g.people()
		slices.SortFunc(people, byName)
		for _, p := range people {
			v := value(p.codes)
			coders[p.coder], values[v] = true, 0
			said[u] = append(said[u], v)
		}
	}
	for i, v := range slices.Sorted(maps.Keys(values)) {
		values[v] = i
	}
	units := make([][]int, len(said))
	pairs := len(coders) == 2
	table := make([][]int, len(values))
	for i := range table {
		table[i] = make([]int, len(values))
	}
	for u, codes := range said {
		for _, v := range codes {
			units[u] = append(units[u], values[v])
		}
		if pairs {
			table[units[u][0]][units[u][1]]++
		}
	}
	alpha, err := stats.KrippendorffNominal(len(values), units)
	r.Alpha = measured(alpha, err, "alpha, "+what, h)
	h.by(stats.AlgorithmAlpha)
	if pairs {
		kappa, err := stats.CohenKappa(table)
		r.Kappa = measured(kappa, err, "kappa, "+what, h)
		h.by(stats.AlgorithmKappa)
	}
	return r
}

// measured is a coefficient. Where everybody said the same of everything it does not exist, and that is no error.
func measured(r stats.Reliability, err error, what string, h *Head) Number {
	if err == nil {
		return Number(r.Value)
	}
	if stats.NameOf(err) != stats.ErrNoVariation {
		h.fail(what, err)
	}
	return None
}
