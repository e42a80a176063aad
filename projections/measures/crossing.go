package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats/disclosure"
)

// crossing is a question by place and by the strata of each dimension of the profile.
type crossing struct {
	dimensions []crossed
	at         uint64 // when it was counted and decided, and by which rule and plan
	by         domain.Suppression
	plan       *domain.MeasurePlan
}

// crossed is one dimension. The last stratum is that of everybody whose stratum is not known.
type crossed struct {
	name   string
	strata []domain.Stratum
	table  *disclosure.Cross
	hidden *disclosure.Hidden
}

// crossing counts a question by place and stratum, and decides which strata are not published, of all dimensions together; once for all documents.
func (in *Inputs) crossing(a Asked, p *Pool, q *domain.Question, plan *domain.MeasurePlan, h *Head) (*crossing, error) {
	places := in.hidden(a, p, q, h)
	rule := in.suppression(a.Edition, h)
	profiles := make([]profile, len(p.Sheets))
	for i, s := range p.Sheets { // also where it was decided before: what is read tells where the document stands
		profiles[i].dimensions, profiles[i].strata = in.strataOf(s.Room, a.Edition, plan)
	}
	if x := p.crossed; x != nil && x.at == in.at() && x.by == rule && x.plan == plan {
		return x, nil
	}
	x := &crossing{at: in.at(), by: rule, plan: plan}
	for _, name := range in.crossable(p, plan) {
		x.dimensions = append(x.dimensions, p.cross(q, profiles, name))
	}
	var hidden []bool
	for _, at := range p.places() {
		hidden = append(hidden, places[at.place])
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
	p.crossed = x
	return x, nil
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
