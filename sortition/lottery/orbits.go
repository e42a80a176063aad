package lottery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daybook.internal/sortition/lp"
)

// An Orbit is people whom the quotas cannot tell apart: the same values, and, where they share an address, the same values at the address. By symmetry a
// fairest lottery gives all of them the same chance, so everything is computed for orbits and only seats are handed out to people.
type Orbit struct {
	Features  []int // a quota of each category, as index of Instance.Quotas
	People    []int // ascending by ID
	Cap       int   // the most seats it can take on one panel: its people, or its addresses; 0 where no panel has one of them
	Household int   // the group of addresses that it shares with other orbits, as index of Orbits.Households; -1: none
}

// Orbits are an instance as the solver sees it.
type Orbits struct {
	Size       int
	Quotas     []Quota
	List       []Orbit // by features, then by what lives at the address
	Of         []int   // by person: the orbit
	Households []int   // by group of addresses with the same people at them: how many addresses, which is how many seats they can take together

	cuts []cut // inequalities that panels meet beyond their rows
}

// NewOrbits groups the people of an instance. It does not depend on the order of the people. ErrInstance names what is wrong.
func NewOrbits(in Instance) (*Orbits, error) {
	features, err := features(in)
	if err != nil {
		return nil, err
	}
	signature, addresses := signatures(in, features)
	order := make([]int, len(in.People))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(slices.Compare(features[a], features[b]), cmp.Compare(signature[a], signature[b]), cmp.Compare(in.People[a].ID, in.People[b].ID))
	})
	o := &Orbits{Size: in.Size, Quotas: slices.Clone(in.Quotas), Of: make([]int, len(in.People))}
	var of []string // signature of each orbit
	for _, i := range order {
		last := len(o.List) - 1
		if last < 0 || !slices.Equal(o.List[last].Features, features[i]) || of[last] != signature[i] {
			o.List, of = append(o.List, Orbit{Features: features[i], Household: -1}), append(of, signature[i])
			last++
		}
		o.List[last].People = append(o.List[last].People, i)
		o.Of[i] = last
	}
	o.households(of, addresses)
	return o, nil
}

// Solvable is ErrTooLarge where people share addresses in more ways than the solver can reckon with. Panels and certificates of such an instance can be checked all the same.
func (o *Orbits) Solvable() error {
	if n := len(o.Households); n > mostHouseholds {
		return fmt.Errorf("%w: people share addresses in %d different ways, of which the solver takes %d. Leave the columns of addresses out, or draw by lot who is in the pool", ErrTooLarge, n, mostHouseholds)
	}
	return nil
}

// households gives orbits their caps, and orbits that live together a row of their own.
func (o *Orbits) households(of []string, addresses map[string]int) {
	together, row := map[string]int{}, map[string]int{}
	for _, s := range of {
		together[s]++
	}
	for t := range o.List {
		s := of[t]
		o.List[t].Cap = len(o.List[t].People)
		if s == "" {
			continue
		}
		o.List[t].Cap = addresses[s]
		if together[s] < 2 {
			continue // the cap says it all
		}
		if _, known := row[s]; !known {
			row[s] = len(o.Households)
			o.Households = append(o.Households, addresses[s])
		}
		o.List[t].Household = row[s]
	}
}

// features gives the quota of each category for every person.
func features(in Instance) ([][]int, error) {
	categories := in.Categories()
	index := make([]map[string]int, len(categories))
	for c := range index {
		index[c] = map[string]int{}
	}
	for f, q := range in.Quotas {
		c := slices.Index(categories, q.Category)
		if _, twice := index[c][q.Value]; twice {
			return nil, fmt.Errorf("%w: two quotas for %s %q", ErrInstance, q.Category, q.Value)
		}
		if q.Min < 0 || q.Min > q.Max {
			return nil, fmt.Errorf("%w: %s %q asks for at least %d and at most %d", ErrInstance, q.Category, q.Value, q.Min, q.Max)
		}
		index[c][q.Value] = f
	}
	if in.Size < 1 || len(categories) == 0 || len(categories) > mostCategories || len(in.People) == 0 || len(in.People) > mostPeople {
		return nil, fmt.Errorf("%w: %d seats, %d categories, %d people", ErrInstance, in.Size, len(categories), len(in.People))
	}
	known := make(map[string]bool, len(in.People))
	all := make([][]int, len(in.People))
	for i, p := range in.People {
		if p.ID == "" || known[p.ID] || len(p.Values) != len(categories) {
			return nil, fmt.Errorf("%w: person %d, %q: an id of nobody else and %d values are needed", ErrInstance, i, p.ID, len(categories))
		}
		known[p.ID] = true
		all[i] = make([]int, len(categories))
		for c, v := range p.Values {
			f, ok := index[c][v]
			if !ok {
				return nil, fmt.Errorf("%w: person %q: no quota for %s %q", ErrInstance, p.ID, categories[c], v)
			}
			all[i][c] = f
		}
	}
	return all, nil
}

// Limits that keep every sum of a certificate within int64.
const (
	mostCategories = 1 << 6
	mostPeople     = 1 << 24
	mostMultiplier = 1 << 30
)

// mostHouseholds is how many rows groups of addresses may take: the inverse of a basis grows with their square, and 2,000 rows take a gigabyte and minutes.
const mostHouseholds = 2000

// signatures gives for each person what lives at their address, "" for those who live alone in the pool, and for each signature how many addresses have it.
func signatures(in Instance, features [][]int) (of []string, addresses map[string]int) {
	at := map[string][]int{}
	var order []string
	for i, p := range in.People {
		if p.Address == "" {
			continue
		}
		if at[p.Address] == nil {
			order = append(order, p.Address)
		}
		at[p.Address] = append(at[p.Address], i)
	}
	of, addresses = make([]string, len(in.People)), map[string]int{}
	for _, a := range order {
		if len(at[a]) < 2 {
			continue
		}
		var kinds []string
		for _, i := range at[a] {
			kinds = append(kinds, fmt.Sprint(features[i]))
		}
		slices.Sort(kinds)
		s := strings.Join(kinds, "|")
		addresses[s]++
		for _, i := range at[a] {
			of[i] = s
		}
	}
	return of, addresses
}

// Rows of a problem: the quotas in their order, then the size of a panel, then the groups of addresses.
func (o *Orbits) Rows() int { return len(o.Quotas) + 1 + len(o.Households) }

// rows that an orbit counts in.
func (o *Orbits) rows(t int) []int32 {
	r := []int32{int32(len(o.Quotas))} // first what they have in common
	for _, f := range o.List[t].Features {
		r = append(r, int32(f))
	}
	if h := o.List[t].Household; h >= 0 {
		r = append(r, int32(len(o.Quotas)+1+h))
	}
	return r
}

// bounds of a row.
func (o *Orbits) bounds(row int) (least, most int) {
	switch f := len(o.Quotas); {
	case row < f:
		return o.Quotas[row].Min, o.Quotas[row].Max
	case row == f:
		return o.Size, o.Size
	default:
		return 0, o.Households[row-f-1]
	}
}

// Problem is the panels of an instance as a linear program: a column for each orbit, whose value is its seats on a panel, then the extra columns, and the rows
// of Rows. The objective is 0.
func (o *Orbits) Problem(extra ...lp.Column) *lp.Problem {
	rows := o.Rows()
	columns := make([]lp.Column, 0, len(o.List)+len(extra))
	for t := range o.List {
		c := lp.Column{Rows: o.rows(t)}
		if len(o.cuts) > 0 {
			for range c.Rows {
				c.Coefficients = append(c.Coefficients, 1)
			}
			for i, cut := range o.cuts {
				c.Rows, c.Coefficients = append(c.Rows, int32(rows+i)), append(c.Coefficients, cut.weight[t])
			}
		}
		columns = append(columns, c)
	}
	p := lp.New(rows+len(o.cuts), append(columns, extra...))
	for t := range o.List {
		p.Upper[t] = float64(o.List[t].Cap)
	}
	for r := range rows {
		least, most := o.bounds(r)
		p.Lower[p.Row(r)], p.Upper[p.Row(r)] = float64(least), float64(most)
	}
	for i, cut := range o.cuts {
		p.Lower[p.Row(rows+i)], p.Upper[p.Row(rows+i)] = min(cut.least(o), cut.most), cut.most
	}
	return p
}
