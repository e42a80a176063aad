package disclosure

// ProtectMoves decides of which places the table of moves is hidden: Cells[place][before][after] of people who answered twice. The margins of each place are published, how
// many gave each answer before and after, and the margins of all places together; and unless all is set, the sum of the tables. Places whose margins are hidden are given in
// places; their tables are hidden too.
//
// A table with a row that is too small by itself is hidden as a whole. Then each count of such a row that is not zero takes another world, as in ProtectStrata: four people of two hidden places
// by two answers before and two after, or six of three places, with whom no margin and no sum changes. (That nobody of a small row moved to an answer may follow; that somebody did does not.) Where there is none, further tables are hidden, fewest people first; where that
// does not help, the sum is hidden, and then it takes two people of the same place. told are the places of which the margins alone tell a count: they must be hidden, too.
func ProtectMoves(c *Cross, places []bool, rule Rule) (hidden []bool, all bool, told []int, err error) {
	if err := rule.check(); err != nil {
		return nil, false, nil, err
	}
	if err := c.sum(places); err != nil {
		return nil, false, nil, err
	}
	t, sum := &Table{}, &Table{}
	for p := range c.Cells {
		t.Cells = append(t.Cells, c.Cells[p]...)
	}
	for _, of := range c.by {
		sum.Cells = append(sum.Cells, of.cells)
	}
	rows, err := newPlan(t, rule)
	if err != nil {
		return nil, false, nil, err
	}
	whole, err := newPlan(sum, rule)
	if err != nil {
		return nil, false, nil, err
	}
	hidden = make([]bool, len(places))
	for s := range c.by {
		all = all || whole.reason(s) != Shown
	}
	for p := range c.Cells {
		hidden[p] = places[p]
		for s := range c.strata {
			hidden[p] = hidden[p] || rows.reason(p*c.strata+s) != Shown
		}
		c.shown[p] = !hidden[p]
	}
	for !all {
		if c.toldMove(rows, false) < 0 {
			return hidden, false, nil, nil
		}
		next := -1
		for p, of := range c.of {
			if !hidden[p] && of.people > 0 && (next < 0 || of.people < c.of[next].people) {
				next = p
			}
		}
		if all = next < 0; !all {
			hidden[next], c.shown[next], c.able = true, false, nil
		}
	}
	// The sum is hidden: tables that are not too small themselves are shown again.
	for p := range c.Cells {
		hidden[p] = places[p]
		for s := range c.strata {
			hidden[p] = hidden[p] || rows.reason(p*c.strata+s) != Shown
		}
		c.shown[p] = !hidden[p]
	}
	c.able = nil
	for p := c.toldMove(rows, true); p >= 0; p = c.toldMove(rows, true) {
		told, c.shown[p], c.able = append(told, p), true, nil
	}
	return hidden, true, told, nil
}

// toldMove is the first place of whose hidden table a count of a small row has no other world; -1: each has one. Moves within a place count where the sum is hidden.
func (c *Cross) toldMove(rows *plan, within bool) int {
	everything := &Hidden{Rows: make([]Reason, c.strata)}
	for s := range everything.Rows {
		everything.Rows[s] = Complement
	}
	for p := range c.Cells {
		if c.shown[p] || (c.places[p] && within) {
			continue
		}
		for s := range c.strata {
			if rows.reason(p*c.strata+s) == Shown {
				continue
			}
			for j := range c.answers {
				if c.Cells[p][s][j] > 0 && !c.by[s].tells(j) && !c.of[p].tells(j) && !c.across(p, s, j) && !c.around(p, s, j) && !(within && c.within(everything, p, s, j)) {
					return p
				}
			}
		}
	}
	return -1
}

// Tells says whether sums of places tell a count of somebody in a small part of a place: Cells[place][part][answer], where the sums of the parts of each place are published (but for those of
// places, which are hidden), the sums of all places, and the parts themselves of the places in shown. Small are parts of fewer people than least.
func Tells(c *Cross, places, shown []bool, least int) (bool, error) {
	if err := c.sum(places); err != nil {
		return false, err
	}
	copy(c.shown, shown)
	for p, parts := range c.Cells {
		for s, cells := range parts {
			if n := c.people(p, s); c.shown[p] || n == 0 || n >= least {
				continue
			}
			for j, x := range cells {
				if x > 0 && (c.places[p] || !c.of[p].tells(j)) && !c.across(p, s, j) && !c.around(p, s, j) {
					return true, nil
				}
			}
		}
	}
	return false, nil
}
