package disclosure

import "slices"

// Own says which places have a table of strata of their own that is published.
type Own struct {
	Places []bool // that have one
	Kept   []bool // strata that are left out in each of them, so that their sum in a place is large enough
}

// PublishPlaces adds to the tables of strata of all places those of single places, where it is safe: for each dimension, after ProtectStrata has decided on the same dimensions.
//
// Places are not split: a place has all strata published or none, but for the kept ones, which are the same in all places. These are the strata that are hidden for all places, and as many of the rarest as
// lets most parts be published, of equally many the fewest. A part is safe if it is empty, or not too small by Rule: of MinBase and MinCell people, and with no share of 0 or 1 below ClearBase. Safe are, for each dimension:
//
//	each part that is published
//	the kept strata of such a place together, which follow from its total
//	each published stratum in all other places together, which follows from the stratum's total, and the kept strata in these
//
// Of everything else only sums over all strata or over all places are known, so that each number that follows from what is published by adding and subtracting counts people of one of these sets, of sets of
// them together, or of what was published before. ClearBase is at least twice MinBase where that shall hold for sums, too; then two safe sets together are safe. Then each count of a part that is
// too small takes another world, as in ProtectStrata, with all published parts as they are. Where what remains is not safe, the place of fewest people is not published, of equal ones the first, and so on; where a count has no
// other world, the half of fewest people is not.
//
// Where people choose several options, there are no kept strata that anybody of a published place is in. Of a table of one place alone there is nothing to add. Hidden places are never published.
func PublishPlaces(dimensions []*Cross, decided []*Hidden) []*Own {
	all := make([]*Own, len(dimensions))
	for d, c := range dimensions {
		all[d] = &Own{Places: make([]bool, len(c.Cells)), Kept: make([]bool, c.strata)}
		if decided[d].All || c.parts == nil {
			continue
		}
		o := c.largest(decided[d])
		for slices.Contains(o.Places, true) {
			c.shown, c.kept, c.able, c.rest = o.Places, o.Kept, nil, c.remain(o)
			if s, _ := c.open(decided[d], c.parts); s < 0 {
				all[d] = o
				break
			}
			for range (count(o.Places) + 1) / 2 {
				c.take(o)
			}
			c.settle(o)
		}
		c.shown, c.kept, c.able, c.rest = make([]bool, len(c.Cells)), nil, nil, nil
	}
	return all
}

// largest is what may be published by the sizes of parts and of what remains: with the kept strata that let most parts be published.
func (c *Cross) largest(h *Hidden) *Own {
	n := len(c.Cells)
	kept, best, most := make([]bool, c.strata), &Own{Places: make([]bool, n), Kept: make([]bool, c.strata)}, 0
	var order []int // strata that may be published, the rarest first
	for s, of := range c.by {
		if kept[s] = h.Rows[s] != Shown; !kept[s] && of.people > 0 {
			order = append(order, s)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return c.by[a].people - c.by[b].people })
	inhabited := 0
	for _, of := range c.of {
		if of.people > 0 {
			inhabited++
		}
	}
	if inhabited < 2 {
		return best
	}
	for k := range order {
		if k > 0 {
			kept[order[k-1]] = true
		}
		o := &Own{Places: make([]bool, n), Kept: slices.Clone(kept)}
		for p := range n {
			o.Places[p] = c.alone(p, o.Kept)
		}
		c.settle(o)
		if shown := c.published(o); shown > most {
			most, best = shown, o
		}
	}
	return best
}

// alone tells whether a place by itself may be published.
func (c *Cross) alone(p int, kept []bool) bool {
	if c.places[p] || c.of[p].people == 0 {
		return false
	}
	for s := range kept {
		if !kept[s] && c.parts.reason(p*c.strata+s) != Shown {
			return false
		}
	}
	together := c.sumOf(p, kept)
	return together.people < c.of[p].people && c.safe(together) && (!c.multiple || together.people == 0)
}

// published is how many parts with anybody in them are.
func (c *Cross) published(o *Own) (n int) {
	for p, is := range o.Places {
		for s := range o.Kept {
			if is && !o.Kept[s] && c.people(p, s) > 0 {
				n++
			}
		}
	}
	return n
}

// settle takes places away until what remains of each stratum may be known.
func (c *Cross) settle(o *Own) {
	for r := c.remain(o); slices.Contains(o.Places, true) && !c.restSafe(r); {
		c.leave(r, o, c.take(o))
	}
}

// take takes the place of fewest people away.
func (c *Cross) take(o *Own) int {
	least := -1
	for p, is := range o.Places {
		if is && (least < 0 || c.of[p].people < c.of[least].people) {
			least = p
		}
	}
	if least >= 0 {
		o.Places[least] = false
	}
	return least
}

// safe tells whether a sum of parts may be published by itself.
func (c *Cross) safe(t total) bool {
	rule := c.parts.rule
	if t.people == 0 {
		return true
	}
	if t.people < rule.MinBase {
		return false
	}
	for j, x := range t.cells {
		if x > 0 && x < rule.MinCell || t.people < rule.ClearBase && c.all.cells[j] > 0 && (x == 0 || x == t.people) {
			return false
		}
	}
	return true
}

// sumOf adds the parts of some strata of a place.
func (c *Cross) sumOf(p int, strata []bool) total {
	t := total{cells: make([]int, c.answers)}
	for s, is := range strata {
		if is {
			t.add(c.people(p, s), c.Cells[p][s])
		}
	}
	return t
}

func (t *total) add(people int, cells []int) {
	t.people += people
	for j, x := range cells {
		t.cells[j] += x
	}
}

// remains is what follows of the parts that are not published.
type remains struct {
	by   []total // each stratum that is not kept, in all places that are not published
	kept total   // the kept strata in these
	of   []total // the kept strata of each place that is published
}

// remain adds up what follows of the parts that are not published.
func (c *Cross) remain(o *Own) *remains {
	none := func() total { return total{cells: make([]int, c.answers)} }
	r := &remains{by: make([]total, c.strata), kept: none(), of: make([]total, len(c.Cells))}
	for s := range r.by {
		r.by[s] = none()
	}
	for p, is := range o.Places {
		if is {
			r.of[p] = c.sumOf(p, o.Kept)
		} else {
			c.leave(r, o, p)
		}
	}
	return r
}

// leave adds a place that is not published.
func (c *Cross) leave(r *remains, o *Own, p int) {
	for s, cells := range c.Cells[p] {
		if o.Kept[s] {
			r.kept.add(c.people(p, s), cells)
		} else {
			r.by[s].add(c.people(p, s), cells)
		}
	}
}

// restSafe tells whether all of it may be known.
func (c *Cross) restSafe(r *remains) bool {
	return c.safe(r.kept) && !slices.ContainsFunc(r.by, func(t total) bool { return !c.safe(t) })
}

// told says that one sum of what remains by itself tells answer j of a part: nobody gave it, or everybody.
func (c *Cross) told(p, s, j int) bool {
	switch {
	case c.rest == nil:
		return false
	case c.shown[p]:
		return c.rest.of[p].tells(j)
	case c.kept[s]:
		return c.rest.kept.tells(j)
	}
	return c.rest.by[s].tells(j)
}

// known tells whether a part is published.
func (c *Cross) known(p, s int) bool { return c.shown[p] && (c.kept == nil || !c.kept[s]) }

func count(of []bool) (n int) {
	for _, is := range of {
		if is {
			n++
		}
	}
	return n
}
