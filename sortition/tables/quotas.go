package tables

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/sortition/lottery"
)

// NoLimit is a maximum up to which a quota may be widened when nobody named one.
const NoLimit = 1 << 20

// Targets are the quotas of a draw, as a table gave them.
type Targets struct {
	Table  Table
	Quotas []lottery.Quota // in the order of the table, but the values of a category stand together
	Widest []lottery.Quota // by quota: how far its minimum may be lowered and its maximum raised (min_flex, max_flex); 0 and NoLimit where nothing was said
	Row    []int           // by quota: its row in the table, as a spreadsheet numbers it

	columns quotaColumns
}

// quotaColumns are indices of the header; -1: there is none.
type quotaColumns struct{ category, value, min, max, minFlex, maxFlex int }

// ReadQuotas takes a table apart in which every row is a value of a category, with the fewest and the most seats that go to people with it. Columns may
// stand in any order, in any case, with others between them:
//
//	feature,value,min,max,min_flex,max_flex      sortition-algorithms, OpenDLP
//	category,name,min,max,min_flex,max_flex      stratification-app
//	category,feature,min,max                     Panelot
//	category,value,min,max                       dimension and stratum are other names for them, minimum and maximum for min and max
//
// min_flex and max_flex may be left out, as columns or cell by cell. The error is Problems: all there are.
func ReadQuotas(table Table) (Targets, error) {
	t := Targets{Table: table}
	var problems Problems
	if t.columns = findQuotaColumns(&table, &problems); len(problems) > 0 {
		return t, problems.err()
	}
	first := map[[2]string]int{} // row by folded category and value
	spelt := map[string]string{} // category by its folded name
	for i, row := range table.Rows {
		q, widest, good := t.row(i, row, &problems)
		if q.Category == "" || q.Value == "" {
			continue
		}
		if same, known := spelt[foldName(q.Category)]; known {
			q.Category, widest.Category = same, same
		} else {
			spelt[foldName(q.Category)] = q.Category
		}
		key := [2]string{foldName(q.Category), fold(q.Value)}
		if before, twice := first[key]; twice {
			problems.add(&table, table.Number[i], t.columns.value+1, "%s of %s stands in row %d already", quote(q.Value), q.Category, before)
			continue
		}
		first[key] = table.Number[i]
		if good {
			t.Quotas, t.Widest, t.Row = append(t.Quotas, q), append(t.Widest, widest), append(t.Row, table.Number[i])
		}
	}
	if len(table.Rows) == 0 {
		problems.add(&table, 0, 0, "it has no rows below the header")
	}
	t.together()
	return t, problems.err()
}

// row reads one quota. Without a category or a value nothing more can be said about it.
func (t *Targets) row(i int, row []string, problems *Problems) (q, widest lottery.Quota, good bool) {
	c, number := t.columns, t.Table.Number[i]
	before := len(*problems)
	q.Category, q.Value = clean(row[c.category]), clean(row[c.value])
	if q.Category == "" {
		problems.add(&t.Table, number, c.category+1, "the category is empty; every row names its own")
	}
	if q.Value == "" {
		problems.add(&t.Table, number, c.value+1, "the value is empty")
	}
	cell := func(column, otherwise int, name string) int {
		if column < 0 {
			return otherwise
		}
		text := clean(row[column])
		if text == "" && otherwise >= 0 {
			return otherwise
		}
		n, ok := seats(text)
		if !ok {
			problems.add(&t.Table, number, column+1, "%s of %s %s is %s, not a number of seats", name, q.Category, quote(q.Value), quote(text))
		}
		return n
	}
	q.Min, q.Max = cell(c.min, -1, "the minimum"), cell(c.max, -1, "the maximum")
	widest = lottery.Quota{Category: q.Category, Value: q.Value, Min: cell(c.minFlex, 0, "the least minimum (min_flex)"), Max: cell(c.maxFlex, NoLimit, "the greatest maximum (max_flex)")}
	if good = len(*problems) == before; !good {
		return q, widest, false
	}
	switch {
	case q.Min > q.Max:
		problems.add(&t.Table, number, c.max+1, "the maximum of %s %s is %d, below the minimum of %d", q.Category, quote(q.Value), q.Max, q.Min)
	case widest.Min > q.Min:
		problems.add(&t.Table, number, c.minFlex+1, "min_flex of %s %s is %d, above the minimum of %d", q.Category, quote(q.Value), widest.Min, q.Min)
	case widest.Max < q.Max:
		problems.add(&t.Table, number, c.maxFlex+1, "max_flex of %s %s is %d, below the maximum of %d", q.Category, quote(q.Value), widest.Max, q.Max)
	}
	return q, widest, len(*problems) == before
}

// seats reads a number of seats: digits, and zeros behind a point or comma, which spreadsheets add.
func seats(s string) (int, bool) {
	if at := strings.IndexAny(s, ".,"); at > 0 && strings.Trim(s[at+1:], "0") == "" {
		s = s[:at]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil && n <= NoLimit
}

// together brings the values of each category together, in the order in which categories first appear.
func (t *Targets) together() {
	categories := t.Categories()
	order := make([]int, len(t.Quotas))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return slices.Index(categories, t.Quotas[a].Category) - slices.Index(categories, t.Quotas[b].Category)
	})
	quotas, widest, rows := t.Quotas, t.Widest, t.Row
	t.Quotas, t.Widest, t.Row = nil, nil, nil
	for _, i := range order {
		t.Quotas, t.Widest, t.Row = append(t.Quotas, quotas[i]), append(t.Widest, widest[i]), append(t.Row, rows[i])
	}
}

// Categories in the order in which the table first names them.
func (t *Targets) Categories() []string { return lottery.Instance{Quotas: t.Quotas}.Categories() }

func findQuotaColumns(t *Table, problems *Problems) quotaColumns {
	find := func(names ...string) int { return t.find(problems, names...) }
	c := quotaColumns{
		category: find("category", "dimension"), value: find("value", "name", "bucket", "stratum"),
		min: find("min", "minimum"), max: find("max", "maximum"), minFlex: find("min flex"), maxFlex: find("max flex"),
	}
	switch feature := find("feature"); {
	case feature < 0:
	case c.category >= 0 && c.value >= 0:
		problems.add(t, t.HeaderRow, feature+1, "feature is the category in some programs and the value in others, and both are there already; rename this column")
	case c.category >= 0:
		c.value = feature
	default:
		c.category = feature
	}
	var missing []string
	for _, m := range []struct {
		column int
		name   string
	}{{c.category, "category"}, {c.value, "value"}, {c.min, "min"}, {c.max, "max"}} {
		if m.column < 0 {
			missing = append(missing, m.name)
		}
	}
	if len(missing) > 0 {
		problems.add(t, t.HeaderRow, 0, "no column %s; the columns are: %s", strings.Join(missing, ", "), some(t.names()))
	}
	return c
}

// find gives the column that has the first of the names that any has, -1 where none has one. Two columns with one name are a problem.
func (t *Table) find(problems *Problems, names ...string) int {
	for _, name := range names {
		found := -1
		for i, h := range t.Header {
			if foldName(h) != foldName(name) {
				continue
			}
			if found >= 0 {
				problems.add(t, t.HeaderRow, i+1, "%s stands in column %s already", quote(clean(h)), Letters(found+1))
				continue
			}
			found = i
		}
		if found >= 0 {
			return found
		}
	}
	return -1
}

// names of the columns, for messages.
func (t *Table) names() []string {
	var names []string
	for i, h := range t.Header {
		if h = clean(h); h == "" {
			h = fmt.Sprintf("(%s has no name)", Letters(i+1))
		}
		names = append(names, h)
	}
	return names
}
