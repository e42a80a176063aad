package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// hiddenPlaces are the places of a Codebook that are not published, as they were decided at a position.
type hiddenPlaces struct {
	at     uint64
	least  int
	places map[domain.Place]bool // the World among them
}

// hidden are the places that are not published: those with fewer sources than the least base, and so many others that neither their sources nor how many of them have a code follow
// from the world. The smallest are taken first.
func (c *Codebook) hidden(least int) map[domain.Place]bool {
	if c.decided.places != nil && c.decided.at == c.at && c.decided.least == least {
		return c.decided.places
	}
	places := c.places()[1:]
	bases, at := make([]int, len(places)), c.sources()
	for _, place := range at {
		i, _ := slices.BinarySearch(places, place)
		bases[i]++
	}
	rows, all := cover(bases, least)
	hidden, shown := map[domain.Place]bool{}, []int{}
	for i, place := range places {
		if hidden[place] = rows[i] || all; !hidden[place] {
			shown = append(shown, i)
		}
	}
	slices.SortStableFunc(shown, func(a, b int) int { return cmp.Compare(bases[a], bases[b]) })
	for !all && c.tells(at, hidden) {
		if len(shown) > 0 {
			hidden[places[shown[0]]], shown = true, shown[1:]
		}
		all = len(shown) == 0
	}
	hidden[World] = all
	c.decided = hiddenPlaces{c.at, least, hidden}
	return hidden
}

// sources are those in which anybody coded anything, with their places.
func (c *Codebook) sources() map[Origin]domain.Place {
	at := map[Origin]domain.Place{}
	for _, g := range c.Segments {
		at[g.Source] = g.Place
	}
	return at
}

// tells is whether a code stands in each source of all hidden places: how many of each have it is then known. That none has it may be known, and what stands in every source of the world.
func (c *Codebook) tells(at map[Origin]domain.Place, hidden map[domain.Place]bool) bool {
	of := 0
	for _, place := range at {
		if hidden[place] {
			of++
		}
	}
	with := map[string]map[Origin]bool{}
	for _, g := range c.Segments {
		codes, _ := g.standing()
		for _, code := range codes {
			if with[code] == nil {
				with[code] = map[Origin]bool{}
			}
			with[code][g.Source] = true
		}
	}
	for _, sources := range with {
		n := 0
		for source := range sources {
			if hidden[at[source]] {
				n++
			}
		}
		if n > 0 && n == of && len(sources) < len(at) {
			return true
		}
	}
	return false
}
