package tables

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
)

// Columns say what the columns of a table of people are for, beyond those that are named like categories.
type Columns struct {
	ID      string   // what names a person; "": the first usual name (nationbuilder_id, unique_id, id, …) that there is, and else the people are numbered from 1
	Address []string // what makes up an address, the most exact first; none: addresses do not matter
	Status  string   // who has been drawn before (advice.Status; an empty cell is POOL); "": nobody
}

// idNames are the names that programs of the field give the column with ids.
var idNames = []string{"nationbuilder_id", "unique_id", "uniqueid", "id", "person_id", "personid", "respondent_id", "participant_id", "external_id", "registration_id", "user_id"}

// A Pool is the people of a table.
type Pool struct {
	Table   Table
	People  []lottery.Person // values as the targets spell them; addresses in one form
	Status  []advice.Status  // by person
	Row     []int            // by person: index of Table.Rows
	Unknown []Unknown        // values that the targets do not know, each once; people who have one are not among People
	ID      int              // the column of ids; -1: numbered

	NoAddress int // people whose first column of an address is empty

	out map[int]bool // rows of people who may not be drawn (Without)
}

// Unknown is a value that people have and targets do not.
type Unknown struct {
	Category, Value string
	People          int
	First           string // the first cell, as B17
}

// ReadPeople takes a table of people apart: a column for every category, matched without regard to case and blanks, in any order, and any others, which are
// kept. The error is Problems: all there are. What could be read is given beside them.
func ReadPeople(table Table, targets Targets, columns Columns) (Pool, error) {
	r := reader{pool: Pool{Table: table, ID: -1}, targets: targets, seen: map[string]int{}, unknown: map[[2]string]int{}, households: columns.Address != nil}
	r.find(columns)
	if len(r.problems) > 0 {
		return r.pool, r.problems.err()
	}
	for i := range table.Rows {
		r.person(i)
	}
	if len(table.Rows) == 0 {
		r.problems.add(&table, 0, 0, "it has no rows below the header")
	}
	return r.pool, r.problems.err()
}

// Without takes people out of a pool who were selected already, elsewhere or before, and those who live with them. The table of them has the column of ids or
// those of addresses, by the same names as that of the pool, or both. It gives the pool that is left, and how many were taken out by their id and by their address.
// The error is Problems.
func (p Pool) Without(already Table, columns Columns) (left Pool, byID, byAddress int, err error) {
	var problems Problems
	id := -1
	if p.ID >= 0 {
		id = already.find(&problems, clean(p.Table.Header[p.ID]))
	}
	var address []int
	for _, name := range columns.Address {
		if at := already.find(&problems, name); at >= 0 {
			address = append(address, at)
		}
	}
	if len(address) < len(columns.Address) {
		address = nil
	}
	if id < 0 && address == nil {
		problems.add(&already, already.HeaderRow, 0, "neither the column of ids nor those of addresses are here; the columns are: %s", some(already.names()))
	}
	if len(problems) > 0 {
		return p, 0, 0, problems.err()
	}
	ids, homes := map[string]bool{}, map[string]bool{}
	for _, row := range already.Rows {
		if id >= 0 {
			ids[clean(row[id])] = true
		}
		cells := make([]string, len(address))
		for a, column := range address {
			cells[a] = row[column]
		}
		homes[Address(cells...)] = true
	}
	left = p
	left.People, left.Status, left.Row, left.out = nil, nil, nil, map[int]bool{}
	for i, who := range p.People {
		switch {
		case ids[who.ID]:
			byID++
		case who.Address != "" && homes[who.Address]:
			byAddress++
		default:
			left.People, left.Status, left.Row = append(left.People, who), append(left.Status, p.Status[i]), append(left.Row, p.Row[i])
			continue
		}
		left.out[p.Row[i]] = true
	}
	return left, byID, byAddress, nil
}

type reader struct {
	pool       Pool
	targets    Targets
	problems   Problems
	categories []category
	status     int
	address    []int
	households bool
	seen       map[string]int    // row by id
	unknown    map[[2]string]int // index of pool.Unknown by category and folded value
}

type category struct {
	name   string
	column int
	values map[string]string // as the targets spell it, by folded value
	known  []string
}

// find finds the columns, and says which are not there.
func (r *reader) find(columns Columns) {
	t, missing := &r.pool.Table, []string(nil)
	need := func(name string) int {
		at := t.exact(name)
		if at < 0 {
			at = t.find(&r.problems, name)
		}
		if at < 0 {
			missing = append(missing, quote(name))
		}
		return at
	}
	for _, name := range r.targets.Categories() {
		c := category{name: name, column: need(name), values: map[string]string{}}
		for _, q := range r.targets.Quotas {
			if q.Category == name {
				c.values[fold(q.Value)], c.known = q.Value, append(c.known, q.Value)
			}
		}
		r.categories = append(r.categories, c)
	}
	for _, name := range columns.Address {
		r.address = append(r.address, need(name))
	}
	r.status = -1
	if columns.Status != "" {
		r.status = need(columns.Status)
	}
	if columns.ID != "" {
		r.pool.ID = need(columns.ID)
	} else {
		names := slices.DeleteFunc(slices.Clone(idNames), func(n string) bool { // a category may have any name
			return slices.ContainsFunc(r.categories, func(c category) bool { return foldName(c.name) == foldName(n) })
		})
		r.pool.ID = t.find(&r.problems, names...)
	}
	if len(missing) > 0 {
		r.problems.add(t, t.HeaderRow, 0, "no column %s; the columns are: %s", strings.Join(missing, ", "), some(t.names()))
	}
}

// exact gives the one column whose name is exactly this, -1 where none or several have it.
func (t *Table) exact(name string) int {
	at := slices.Index(t.Header, name)
	if at >= 0 && slices.Contains(t.Header[at+1:], name) {
		return -1
	}
	return at
}

// person reads one row.
func (r *reader) person(i int) {
	t, row := &r.pool.Table, r.pool.Table.Rows[i]
	number, before := t.Number[i], len(r.problems)
	p := lottery.Person{ID: strconv.Itoa(i + 1)}
	if r.pool.ID >= 0 {
		p.ID = clean(row[r.pool.ID])
		if p.ID == "" {
			r.problems.add(t, number, r.pool.ID+1, "the id is empty")
		} else if other, twice := r.seen[p.ID]; twice {
			r.problems.add(t, number, r.pool.ID+1, "id %s is that of row %d", quote(p.ID), other)
		} else {
			r.seen[p.ID] = number
		}
	}
	for _, c := range r.categories {
		value, known := c.values[fold(row[c.column])]
		if !known {
			r.strange(c, number, clean(row[c.column]))
		}
		p.Values = append(p.Values, value)
	}
	status := advice.InPool
	if r.status >= 0 {
		if said := advice.Status(strings.ToUpper(clean(row[r.status]))); slices.Contains(advice.Statuses(), said) {
			status = said
		} else if said != "" {
			r.problems.add(t, number, r.status+1, "%s is no status; known: %s", quote(row[r.status]), some(texts(advice.Statuses())))
		}
	}
	if len(r.problems) > before {
		return
	}
	if r.households {
		cells := make([]string, len(r.address))
		for a, column := range r.address {
			cells[a] = row[column]
		}
		if p.Address = Address(cells...); p.Address == "" {
			r.pool.NoAddress++
		}
	}
	r.pool.People, r.pool.Status, r.pool.Row = append(r.pool.People, p), append(r.pool.Status, status), append(r.pool.Row, i)
}

// strange notes a value that no quota knows.
func (r *reader) strange(c category, number int, value string) {
	if value == "" {
		r.problems.add(&r.pool.Table, number, c.column+1, "%s is empty; known: %s", c.name, some(c.known))
	} else {
		r.problems.add(&r.pool.Table, number, c.column+1, "%s is no value of %s; known: %s", quote(value), c.name, some(c.known))
	}
	key := [2]string{c.name, fold(value)}
	at, known := r.unknown[key]
	if !known {
		at = len(r.pool.Unknown)
		r.unknown[key] = at
		r.pool.Unknown = append(r.pool.Unknown, Unknown{c.name, value, 0, fmt.Sprintf("%s%d", Letters(c.column+1), number)})
	}
	r.pool.Unknown[at].People++
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
