package tables

import "daybook.internal/sortition/lottery"

// A Check is what counting tells before anything is computed: who is there beside every quota, and why no panel can be, as far as one category alone tells.
type Check struct {
	Size       int
	People     int
	Categories []CategoryCount
	Problems   Problems // in the table of quotas
}

// A CategoryCount is a category, and the fewest and most seats that its quotas sum to.
type CategoryCount struct {
	Name     string
	Min, Max int
	Values   []ValueCount
}

// A ValueCount is a quota and who is there for it.
type ValueCount struct {
	lottery.Quota
	People    int
	Addresses int // how many of them can be on one panel: people of one address count once
}

// Check counts people beside the quotas of a panel. The order of people does not matter.
func (t Targets) Check(people []lottery.Person, size int) Check {
	c := Check{Size: size, People: len(people)}
	var everybody addresses
	for _, p := range people {
		everybody.add(p.Address)
	}
	at := 0
	for k, name := range t.Categories() {
		count := CategoryCount{Name: name}
		first := at
		for ; at < len(t.Quotas) && t.Quotas[at].Category == name; at++ {
			q := t.Quotas[at]
			var lived addresses
			n := 0
			for _, p := range people {
				if p.Values[k] == q.Value {
					lived.add(p.Address)
					n++
				}
			}
			count.Min, count.Max = count.Min+q.Min, count.Max+q.Max
			count.Values = append(count.Values, ValueCount{q, n, lived.different})
		}
		c.Categories = append(c.Categories, count)
		t.category(&c, count, first)
	}
	if size < 1 {
		c.Problems = append(c.Problems, Problem{t.Table.Name, 0, 0, "a panel has one seat or more"})
	} else if everybody.different < size {
		c.Problems.add(&t.Table, 0, 0, "a panel of %d needs %d people of different addresses, and the pool has %d", size, size, everybody.different)
	}
	t.sizes(&c)
	c.Problems.sort()
	return c
}

// category says what stands in the way in one category.
func (t Targets) category(c *Check, count CategoryCount, first int) {
	row, fillable := t.Row[first], 0
	for i, v := range count.Values {
		switch {
		case v.People < v.Min:
			c.Problems.add(&t.Table, t.Row[first+i], t.columns.min+1, "%s %s needs %d people and the pool has %d", v.Category, quote(v.Value), v.Min, v.People)
		case v.Addresses < v.Min:
			c.Problems.add(&t.Table, t.Row[first+i], t.columns.min+1, "%s %s needs %d people of different addresses, and the pool has %d people of %d addresses", v.Category, quote(v.Value), v.Min, v.People, v.Addresses)
		}
		fillable += min(v.Max, v.Addresses)
	}
	switch {
	case count.Min > c.Size:
		c.Problems.add(&t.Table, row, 0, "the minima of %s sum to %d and a panel has %d seats: lower them by %d", count.Name, count.Min, c.Size, count.Min-c.Size)
	case count.Max < c.Size:
		c.Problems.add(&t.Table, row, 0, "the maxima of %s sum to %d and a panel has %d seats: raise them by %d", count.Name, count.Max, c.Size, c.Size-count.Max)
	case fillable < c.Size:
		c.Problems.add(&t.Table, row, 0, "the maxima of %s and the people who are there fill %d of %d seats", count.Name, fillable, c.Size)
	}
}

// sizes says for which sizes of a panel the quotas add up at all.
func (t Targets) sizes(c *Check) {
	least, most := Sizes(c.Categories)
	if least == nil || least.Min <= most.Max {
		return
	}
	c.Problems.add(&t.Table, 0, 0, "the smallest maximum is %d (%s) and the largest minimum is %d (%s): no size of a panel fits both; lower the minima of %s or raise the maxima of %s",
		most.Max, most.Name, least.Min, least.Name, least.Name, most.Name)
}

// Sizes gives the category with the largest minimum and the one with the smallest maximum: the quotas add up for sizes of a panel between the two. Both are nil
// where there are no categories.
func Sizes(categories []CategoryCount) (largestMinimum, smallestMaximum *CategoryCount) {
	for i := range categories {
		c := &categories[i]
		if largestMinimum == nil || c.Min > largestMinimum.Min {
			largestMinimum = c
		}
		if smallestMaximum == nil || c.Max < smallestMaximum.Max {
			smallestMaximum = c
		}
	}
	return largestMinimum, smallestMaximum
}

// addresses counts how many people can be on one panel.
type addresses struct {
	seen      map[string]bool
	different int
}

func (a *addresses) add(address string) {
	if address != "" {
		if a.seen[address] {
			return
		}
		if a.seen == nil {
			a.seen = map[string]bool{}
		}
		a.seen[address] = true
	}
	a.different++
}
