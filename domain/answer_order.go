package domain

import (
	"cmp"
	"slices"
)

// Compare orders answers by what they say, so that their order tells nothing else. Answers that are Equal compare as 0, and no others do.
func (a Answer) Compare(b Answer) int {
	return cmp.Or(cmp.Compare(a.NonResponse, b.NonResponse), cmp.Compare(a.Option, b.Option), slices.Compare(a.Options, b.Options), cmp.Compare(a.Point, b.Point),
		slices.CompareFunc(a.Ranking, b.Ranking, slices.Compare), comparePoints(a.Allocation, b.Allocation), cmp.Compare(a.Endorsement, b.Endorsement),
		slices.Compare(a.Text[:], b.Text[:]))
}

// comparePoints orders what options get, by the first option that gets different points. No points and no mention are one.
func comparePoints(a, b map[OptionID]int) int {
	if c := cmp.Compare(min(len(a), 1), min(len(b), 1)); c != 0 {
		return c
	}
	all := make(map[OptionID]bool, len(a)+len(b))
	for id := range a {
		all[id] = true
	}
	for id := range b {
		all[id] = true
	}
	for _, id := range sortedKeys(all) {
		if c := cmp.Compare(b[id], a[id]); c != 0 { // more points first
			return c
		}
	}
	return 0
}
