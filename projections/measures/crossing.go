package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats/disclosure"
)

// crossing is a question by place and by the strata of each dimension of the profile.
type crossing struct {
	dimensions []crossed
	own        []*disclosure.Own // by dimension: the places that have a crosstab of their own; nil: none has
	places     []domain.Place    // in the order of the tables
	plan       *domain.MeasurePlan
	in         *Inputs // what was read for it
}

// crossed is one dimension. The last stratum is that of everybody whose stratum is not known.
type crossed struct {
	name   string
	strata []domain.Stratum
	table  *disclosure.Cross
	hidden *disclosure.Hidden
}

// crossing counts a question by place and stratum, and decides which strata and which places are published, of all dimensions together. It is done once for as long as nothing moves that it rests on.
func (in *Inputs) crossing(a Asked, p *Pool, q *domain.Question, plan *domain.MeasurePlan) (*crossing, error) {
	if x := p.crossed; x != nil && x.plan == plan && x.in.Fresh() {
		in.readAll(x.in)
		return x, nil
	}
	own := &Inputs{s: in.s}
	x, err := own.cross(a, p, q, plan)
	in.readAll(own)
	if err != nil {
		return nil, err
	}
	p.crossed = x
	return x, nil
}

func (in *Inputs) cross(a Asked, p *Pool, q *domain.Question, plan *domain.MeasurePlan) (*crossing, error) {
	in.pool(a)
	places := in.hides(a, p, q)
	rule := in.suppression(a.Edition, &Head{Parameters: map[string]string{}})
	profiles := make([]profile, len(p.Sheets))
	for i, s := range p.Sheets {
		profiles[i].dimensions, profiles[i].strata = in.strataOf(s.Room, a.Edition, plan)
	}
	x := &crossing{plan: plan, in: in}
	defer in.once()
	for _, name := range in.crossable(p, plan) {
		x.dimensions = append(x.dimensions, p.cross(q, profiles, name))
	}
	var hidden []bool
	for _, at := range p.places() {
		x.places, hidden = append(x.places, at.place), append(hidden, places[at.place])
	}
	tables := make([]*disclosure.Cross, len(x.dimensions))
	for i, d := range x.dimensions {
		tables[i] = d.table
	}
	all := disclosure.Defaults()
	all.MinBase, all.MinCell, all.ClearBase = rule.MinBase, rule.MinCell, clearBase(rule)
	decided, err := disclosure.ProtectStrata(tables, hidden, all)
	if err != nil {
		return nil, err
	}
	for i := range x.dimensions {
		x.dimensions[i].hidden = decided[i]
	}
	if !places[World] {
		x.own = disclosure.PublishPlaces(tables, decided)
		x.giveWay(a, p, q)
	}
	return x, nil
}

// owns are the places that have a crosstab by a dimension of their own.
func (x *crossing) owns(dimension int) []domain.Place {
	found := []domain.Place{}
	if x.own == nil {
		return found
	}
	for n, is := range x.own[dimension].Places {
		if is {
			found = append(found, x.places[n])
		}
	}
	return found
}

// clearBase is the base below which a share of 0 or 1 is not published in tables by group: twice the least base, as 20 is of 10.
func clearBase(rule domain.Suppression) int { return 2 * rule.MinBase }

// crossable are the dimensions by which the answers of a pool can be told apart, in order: a question of the profile asks for them, and a quota plan has them.
func (in *Inputs) crossable(p *Pool, plan *domain.MeasurePlan) (names []string) {
	for _, s := range p.Sheets {
		quota := in.dialogue(s.Room.Dialogue).plan
		if quota == nil {
			continue
		}
		for _, dim := range quota.Dimensions {
			if plan.Profile[dim.Name] != "" && !slices.Contains(names, dim.Name) {
				names = append(names, dim.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// profile is the strata of the respondents of one room, as strataOf gives them.
type profile struct {
	dimensions []domain.QuotaDimension
	strata     [][]int
}

// cross counts the valid answers by place and by stratum of one dimension, with the profile of each sheet. Strata of several quota plans are the same where their identifiers are.
func (p *Pool) cross(q *domain.Question, profiles []profile, name string) crossed {
	x := crossed{name: name, table: &disclosure.Cross{}}
	into, of := make([][]int, len(p.Sheets)), make([][]int, len(p.Sheets)) // of each sheet: where the strata of its plan stand among those of all; and people's strata
	for i, at := range profiles {
		d := slices.IndexFunc(at.dimensions, func(dim domain.QuotaDimension) bool { return dim.Name == name })
		if d < 0 {
			continue
		}
		of[i] = at.strata[d]
		for _, stratum := range at.dimensions[d].Strata {
			to := slices.IndexFunc(x.strata, func(other domain.Stratum) bool { return other.ID == stratum.ID })
			if to < 0 {
				to, x.strata = len(x.strata), append(x.strata, stratum)
			}
			into[i] = append(into[i], to)
		}
	}
	unknown, answers, multiple := len(x.strata), len(cellsOf(q)), q.Kind == domain.MultipleChoice
	for i, sheet := range p.Sheets {
		last := len(x.table.Cells) - 1
		if i == 0 || p.Sheets[i-1].Room.Place != sheet.Room.Place {
			cells := make([][]int, unknown+1)
			for s := range cells {
				cells[s] = make([]int, answers)
			}
			x.table.Cells, last = append(x.table.Cells, cells), last+1
			if multiple {
				x.table.People = append(x.table.People, make([]int, unknown+1))
			}
		}
		c, cells := sheet.count(q), x.table.Cells[last]
		for who, g := range sheet.Answers {
			if g.Answer == nil || g.Answer.NonResponse != "" {
				continue
			}
			s := unknown
			if who < len(of[i]) && of[i][who] >= 0 {
				s = into[i][of[i][who]]
			}
			if multiple {
				x.table.People[last][s]++
			}
			for _, cell := range c.of(who) {
				cells[s][cell]++
			}
		}
	}
	return x
}

// giveWay takes crosstabs of places back where a weighted estimate by the dimension would have to be left out for them: what is known of all countries comes first.
func (x *crossing) giveWay(a Asked, p *Pool, q *domain.Question) {
	var e *estimating
	for i, d := range x.dimensions {
		owns := x.owns(i)
		if len(owns) == 0 {
			continue
		}
		if e == nil {
			h := &Head{Parameters: map[string]string{}}
			e = x.in.estimating(a, p, q, h)
			for r := range e.rooms {
				e.rooms[r].weighted = x.in.weigh(a, q, e.rooms[r].placed, x.plan, h)
			}
		}
		if e.findOut(d.name, owns) && !e.findOut(d.name, nil) {
			clear(x.own[i].Places)
		}
	}
}

// inhabited is how many places there are of which somebody answered.
func (x *crossed) inhabited() (n int) {
	for p, strata := range x.table.Cells {
		if slices.ContainsFunc(strata, func(cells []int) bool { return slices.Max(cells) > 0 }) || x.table.People != nil && slices.Max(x.table.People[p]) > 0 {
			n++
		}
	}
	return n
}
