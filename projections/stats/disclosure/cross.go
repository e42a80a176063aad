package disclosure

import (
	"fmt"
	"slices"
)

// Cross is a question by place and stratum of one dimension. Of the places and of the strata the sums are published, of the parts of strata in places nothing is; but
// both are sums of the same parts, and so tell of them.
type Cross struct {
	Cells    [][][]int // people by place, stratum and answer
	People   [][]int   // with an answer, by place and stratum; nil: the sum of the cells, where everybody is in one
	strata   int
	answers  int
	multiple bool
	places   []bool   // hidden
	shown    []bool   // places whose parts are published, but for those of the kept strata
	kept     []bool   // strata of which no part is published; nil: none
	parts    *plan    // of all parts, as they are by themselves; nil: not looked at
	rest     *remains // what follows of parts that are not published; nil: no part is
	able     [][]int  // the first places in which two people may change, by swap; nil: not known
	of       []total  // by place
	by       []total  // by stratum
	all      total
}

// total is a sum of cells.
type total struct {
	people int
	cells  []int
}

// tells says that a published sum by itself tells every part of a cell: nobody gave the answer, or everybody did.
func (t total) tells(j int) bool { return t.cells[j] == 0 || t.cells[j] == t.people }

// ProtectStrata hides strata of the tables of one question, one for each dimension, of which all places are in all tables, in the same order, and hidden as places says.
// Their sum, everybody, is published. It gives for each dimension which rows of its table of strata are hidden; All is the whole table.
//
// First each table of strata is protected as Protect does. Then, for each count that nobody may reckon, it takes another world: whole numbers, not negative, that agree with
// everything published, with how many people are in each part, and are another one in this count. Such counts are those of hidden strata, of hidden places, and of the parts of strata in places that are
// too small by themselves, though no part is ever published. Other worlds are found by letting two people change places:
//
//	within a place, between two hidden strata, if they answered differently
//	in two places, between the same two strata and two answers, the one way and the other: no sum changes; or in three places, where two changes take back one
//	of hidden places, in the same stratum, if they answered differently; in every dimension that is published
//
// Where none is found, the stratum is hidden and further ones, fewest people first, until one is, or the table is hidden as a whole. What one published sum tells by
// itself (nobody gave the answer, or everybody) is no secret of its parts.
func ProtectStrata(dimensions []*Cross, places []bool, rule Rule) ([]*Hidden, error) {
	if err := rule.check(); err != nil {
		return nil, err
	}
	decided := make([]*Hidden, len(dimensions))
	for d, c := range dimensions {
		if err := c.sum(places); err != nil {
			return nil, fmt.Errorf("dimension %d: %w", d, err)
		}
		if d > 0 && !c.same(dimensions[0]) {
			return nil, fmt.Errorf("%w: dimension %d has other places or answers than the first", ErrTable, d)
		}
		var err error
		if decided[d], err = c.protect(rule); err != nil {
			return nil, err
		}
	}
	guardPlaces(dimensions, decided)
	return decided, nil
}

// sum checks the table and adds it up.
func (c *Cross) sum(places []bool) error {
	if len(c.Cells) != len(places) || (c.People != nil && len(c.People) != len(places)) {
		return fmt.Errorf("%w: %d places, of which %d are hidden or not", ErrTable, len(c.Cells), len(places))
	}
	c.places, c.shown, c.able, c.multiple, c.of, c.by = places, make([]bool, len(places)), nil, c.People != nil, nil, nil
	c.kept, c.parts, c.rest = nil, nil, nil
	c.strata, c.answers = 0, 0
	if len(c.Cells) > 0 {
		if c.strata = len(c.Cells[0]); c.strata > 0 {
			c.answers = len(c.Cells[0][0])
		}
	}
	none := func() total { return total{cells: make([]int, c.answers)} }
	c.all = none()
	for range c.strata {
		c.by = append(c.by, none())
	}
	for p, strata := range c.Cells {
		if len(strata) != c.strata || (c.multiple && len(c.People[p]) != c.strata) {
			return fmt.Errorf("%w: place %d has %d strata, the first %d", ErrTable, p, len(strata), c.strata)
		}
		here := none()
		for s, cells := range strata {
			if len(cells) != c.answers {
				return fmt.Errorf("%w: place %d, stratum %d has %d answers, the first %d", ErrTable, p, s, len(cells), c.answers)
			}
			n := c.people(p, s)
			for _, to := range []*total{&here, &c.by[s], &c.all} {
				to.people += n
				for j, x := range cells {
					to.cells[j] += x
				}
			}
			if slices.ContainsFunc(cells, func(x int) bool { return x < 0 || x > n }) {
				return fmt.Errorf("%w: place %d, stratum %d counts %v of %d people", ErrTable, p, s, cells, n)
			}
		}
		c.of = append(c.of, here)
	}
	return nil
}

func (c *Cross) same(d *Cross) bool {
	if len(c.of) != len(d.of) || c.multiple != d.multiple {
		return false
	}
	for p := range c.of {
		if c.of[p].people != d.of[p].people || !slices.Equal(c.of[p].cells, d.of[p].cells) {
			return false
		}
	}
	return true
}

func (c *Cross) people(p, s int) int {
	if c.multiple {
		return c.People[p][s]
	}
	n := 0
	for _, x := range c.Cells[p][s] {
		n += x
	}
	return n
}

// not is the answer of all who did not choose one, where several may be chosen.
const not = -1

// gives tells whether anybody of a part gave the answer that is taken instead of j.
func (c *Cross) gives(p, s, j, instead int) bool {
	if instead == not {
		return c.People[p][s] > c.Cells[p][s][j]
	}
	return c.Cells[p][s][instead] > 0
}

// changes calls for each answer that somebody could have given instead of j, until one is enough.
func (c *Cross) changes(j int, enough func(instead int) bool) bool {
	if c.multiple {
		return enough(not)
	}
	for k := range c.answers {
		if k != j && enough(k) {
			return true
		}
	}
	return false
}

// protect hides strata of one dimension.
func (c *Cross) protect(rule Rule) (*Hidden, error) {
	t, parts := &Table{}, &Table{}
	if c.multiple {
		t.People, parts.People = []int{}, []int{}
	}
	for s := range c.by {
		if t.Cells = append(t.Cells, c.by[s].cells); c.multiple {
			t.People = append(t.People, c.by[s].people)
		}
	}
	for p := range c.Cells {
		if parts.Cells = append(parts.Cells, c.Cells[p]...); c.multiple {
			parts.People = append(parts.People, c.People[p]...)
		}
	}
	t.Valid, parts.Valid = t.People, parts.People
	h, err := Protect(t, rule)
	if err != nil || h.All {
		return h, err
	}
	if c.parts, err = newPlan(parts, rule); err != nil {
		return nil, err
	}
	for s, open := c.open(h, c.parts); s >= 0; s, open = c.open(h, c.parts) {
		if h.Rows[s] != Shown || !open {
			s = -1
			for k, of := range c.by {
				if h.Rows[k] == Shown && of.people > 0 && (s < 0 || of.people < c.by[s].people) {
					s = k
				}
			}
		}
		if s < 0 {
			h.All = true
			return h, nil
		}
		h.Rows[s] = Complement
	}
	return h, nil
}

// open is the stratum of the first count without another world, and whether the count is one of a part; -1 where every count has one.
func (c *Cross) open(h *Hidden, parts *plan) (stratum int, part bool) {
	for s, of := range c.by {
		for j := range c.answers {
			if h.Rows[s] != Shown && of.people > 0 && !c.all.tells(j) && !slices.ContainsFunc(c.each(), func(p int) bool { return c.within(h, p, s, j) }) {
				return s, false
			}
		}
	}
	for p := range c.Cells {
		for s := range c.strata {
			if c.known(p, s) || parts.reason(p*c.strata+s) == Shown {
				continue
			}
			for j := range c.answers {
				switch {
				case c.told(p, s, j), c.all.tells(j), !c.places[p] && c.of[p].tells(j), h.Rows[s] == Shown && c.by[s].tells(j):
				case c.within(h, p, s, j), c.across(p, s, j), !c.multiple && c.around(p, s, j):
				default:
					return s, true
				}
			}
		}
	}
	return -1, false
}

func (c *Cross) each() []int {
	places := make([]int, len(c.Cells))
	for p := range places {
		places[p] = p
	}
	return places
}

// within tells whether two people of a place may change strata that are hidden, so that the count of answer j is another one.
func (c *Cross) within(h *Hidden, p, s, j int) bool {
	if h.Rows[s] == Shown {
		return false
	}
	for other := range c.strata {
		if other == s || h.Rows[other] == Shown {
			continue
		}
		if c.changes(j, func(k int) bool {
			return (c.Cells[p][s][j] > 0 && c.gives(p, other, j, k)) || (c.Cells[p][other][j] > 0 && c.gives(p, s, j, k))
		}) {
			return true
		}
	}
	return false
}

// across tells whether four people, of a place and stratum and of another place and stratum, may change so that the count of answer j is another one.
func (c *Cross) across(p, s, j int) bool {
	return c.changes(j, func(k int) bool {
		up, down := c.gives(p, s, j, k), c.Cells[p][s][j] > 0 // the count grows, or shrinks
		for other := range c.strata {
			if other == s || c.known(p, other) {
				continue
			}
			up, down := up && c.Cells[p][other][j] > 0, down && c.gives(p, other, j, k)
			if !up && !down {
				continue
			}
			for q := range c.Cells {
				if q == p || c.known(q, s) || c.known(q, other) {
					continue
				}
				if up && c.Cells[q][s][j] > 0 && c.gives(q, other, j, k) || down && c.gives(q, s, j, k) && c.Cells[q][other][j] > 0 {
					return true
				}
			}
		}
		return false
	})
}

// enough places of each swap are known: of three, two are other ones than any given place.
const enough = 3

// swap gives the first places in which two people may change, so that j of s and k of other are one more, and k of s and j of other one less.
func (c *Cross) swap(s, other, j, k int) []int {
	if c.able == nil {
		c.able = make([][]int, c.strata*c.strata*c.answers*c.answers)
		for p, of := range c.Cells {
			for s, row := range of {
				if c.known(p, s) {
					continue
				}
				for k, x := range row {
					for other := range of {
						if c.known(p, other) {
							continue
						}
						for j, y := range of[other] {
							at := c.at(s, other, j, k)
							if x > 0 && y > 0 && s != other && j != k && len(c.able[at]) < enough {
								c.able[at] = append(c.able[at], p)
							}
						}
					}
				}
			}
		}
	}
	return c.able[c.at(s, other, j, k)]
}

func (c *Cross) at(s, other, j, k int) int {
	return ((s*c.strata+other)*c.answers+j)*c.answers + k
}

// around tells whether the count of an answer may be another one where a change of two people in place p is taken back by changes in two other places.
func (c *Cross) around(p, s, j int) bool {
	two := func(a, b []int) bool {
		for _, q := range a {
			for _, r := range b {
				if q != p && r != p && q != r {
					return true
				}
			}
		}
		return false
	}
	for other := range c.strata {
		for k := range c.answers {
			if other == s || k == j || c.known(p, other) {
				continue
			}
			for _, w := range [2][2]int{{j, k}, {k, j}} { // in p, the first is one more
				up, down := w[0], w[1]
				if c.Cells[p][s][down] == 0 || c.Cells[p][other][up] == 0 {
					continue
				}
				for l := range c.answers {
					if l != j && l != k && two(c.swap(s, other, down, l), c.swap(s, other, l, up)) {
						return true
					}
				}
				for r := range c.strata {
					if r != s && r != other && two(c.swap(s, r, down, up), c.swap(r, other, down, up)) {
						return true
					}
				}
			}
		}
	}
	return false
}

// guardPlaces hides the tables of dimensions by which a count of a hidden place could be reckoned.
func guardPlaces(dimensions []*Cross, decided []*Hidden) {
	if len(dimensions) == 0 {
		return
	}
	type world struct {
		place, instead int
		more           bool // the count grows
	}
	first := dimensions[0]
	kept := total{cells: make([]int, first.answers)} // of hidden places
	for p, is := range first.places {
		if is {
			kept.people += first.of[p].people
			for j, x := range first.of[p].cells {
				kept.cells[j] += x
			}
		}
	}
	for p, is := range first.places {
		for j := range first.answers {
			if !is || first.of[p].people == 0 || kept.tells(j) {
				continue
			}
			var worlds []world // in which all dimensions so far agree
			begun := false
			for d, c := range dimensions {
				if decided[d].All {
					continue
				}
				var here []world
				for q, is := range c.places {
					if !is || q == p {
						continue
					}
					c.changes(j, func(k int) bool {
						for s := range c.strata {
							for _, w := range [2]world{{q, k, true}, {q, k, false}} {
								may := c.gives(p, s, j, k) && c.Cells[q][s][j] > 0
								if !w.more {
									may = c.Cells[p][s][j] > 0 && c.gives(q, s, j, k)
								}
								if may && !slices.Contains(here, w) && (!begun || slices.Contains(worlds, w)) {
									here = append(here, w)
								}
							}
						}
						return false
					})
				}
				if len(here) == 0 {
					decided[d].All = true
					continue
				}
				worlds, begun = here, true
			}
		}
	}
}
