package measures

import (
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// SeatingDoc is how people sat in one session of a dialogue. What is not known is null.
type SeatingDoc struct {
	Head
	Edition         domain.EditionID  `json:"edition"`
	Dialogue        domain.DialogueID `json:"dialogue"`
	Place           domain.Place      `json:"place"`
	SampleType      domain.SampleType `json:"sampleType"`
	Session         domain.SessionID  `json:"session"`
	Chamber         domain.Chamber    `json:"chamber,omitempty"`
	PlannedMinutes  *int              `json:"plannedMinutes"`
	Minutes         *int              `json:"minutes"`
	CheckedIn       *int              `json:"checkedIn"` // people of the chamber who checked in
	SeatedFor       string            `json:"seatedFor"` // session or day: which seating holds in the session
	Tables          int               `json:"tables"`
	Seated          int               `json:"seated"` // people who sit at tables
	Sizes           []TableSize       `json:"sizes"`  // tables by size, in ascending order
	MeanSize        Number            `json:"meanSize"`
	GoodSize        Rate              `json:"goodSize"`     // tables whose size is within the limits
	Facilitators    int               `json:"facilitators"` // people who facilitate
	PerFacilitator  Number            `json:"perFacilitator"`
	FewFacilitators int               `json:"fewFacilitators"` // of them, those with more people than one may look after
	Diversity       []Diversity       `json:"diversity"`       // by dimension of the quota plan that respondents were asked for
	MeanDiversity   Number            `json:"meanDiversity"`   // mean of the ratios over the dimensions that have one
}

// TableSize counts tables of one size.
type TableSize struct {
	Size   int `json:"size"`
	Tables int `json:"tables"`
}

// Diversity is how mixed the tables are along one dimension, beside the room.
type Diversity struct {
	Dimension string `json:"dimension"`
	Base      int    `json:"base"`   // respondents whose table and stratum are known
	Tables    int    `json:"tables"` // tables at which they sat
	Room      Number `json:"room"`   // chance that two of them differ, 0 to 1
	Within    Number `json:"within"` // mean of the same over the tables, 0 to 1
	Ratio     Number `json:"ratio"`  // within / room; null where the room is all of one stratum
}

// Seating has a document for every session of every dialogue that was opened, or that people were seated for.
//
// Who sat where is known twice, and the two are not tied: participants are seated by name, respondents answer under codes and name their table. Diversity
// comes from the second: the table of a code's answers in this session, and the stratum of its answer to the profile. Registrations are not looked at.
var Seating = of(View{Name: "seating", Version: Version,
	About: "tables of one session: sizes, facilitators, minutes, diversity within tables; key: edition/dialogue/session"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, key := range in.keysOf(projections.Room) {
			if d := document[projections.RoomDoc](in, projections.Room, key); d.Edition != "" {
				for _, s := range d.Sessions {
					keys = append(keys, string(d.Edition)+"/"+string(d.Dialogue)+"/"+string(s.Session))
				}
			}
		}
		slices.Sort(keys)
		return keys
	},
	func(in *Inputs, key string, d *SeatingDoc) error {
		parts := strings.Split(key, "/")
		if len(parts) != 3 {
			return ErrNoDocument
		}
		room := document[projections.RoomDoc](in, projections.Room, parts[1])
		if room == nil || room.Edition == "" || string(room.Edition) != parts[0] {
			return ErrNoDocument
		}
		i := slices.IndexFunc(room.Sessions, func(s projections.RoomSession) bool { return string(s.Session) == parts[2] })
		if i < 0 {
			return ErrNoDocument
		}
		s := &room.Sessions[i]
		d.Edition, d.Dialogue, d.Place, d.SampleType, d.Session, d.Chamber = room.Edition, room.Dialogue, room.Place, room.SampleType, s.Session, s.Chamber
		in.warnOfSample(d.SampleType, &d.Head)
		d.PlannedMinutes, d.Minutes = some(s.PlannedMinutes), some(s.Minutes)
		d.CheckedIn = present(s, room.People)
		in.seat(d, s.Seats.Tables, room.Day.Tables)
		in.mix(d)
		return nil
	})

// present are the people of the chamber who checked in for a session, or for the day; nil where nobody did.
func present(s *projections.RoomSession, people projections.Chambers) *int {
	of := func(c projections.Chambers) int {
		switch s.Chamber {
		case domain.CitizenChamber:
			return c.Citizen
		case domain.StakeholderChamber:
			return c.Stakeholder
		}
		return c.Citizen + c.Stakeholder
	}
	if n := of(s.Seats.CheckedIn); n > 0 {
		return some(n)
	}
	return some(of(people))
}

// seat takes in the tables of the session, or where it has none of its own, those of its chamber that were seated for the day.
func (in *Inputs) seat(d *SeatingDoc, own, day []projections.Seated) {
	least, most := in.threshold(d.Edition, "D17.least", &d.Head), in.threshold(d.Edition, "D17.most", &d.Head)
	d.SeatedFor, d.Sizes, d.MeanSize, d.PerFacilitator = "session", []TableSize{}, None, None
	if len(own) == 0 {
		d.SeatedFor = "day"
		for _, t := range day {
			if t.Chamber == d.Chamber {
				own = append(own, t)
			}
		}
	}
	good, sizes, looksAfter := 0, map[int]int{}, map[string]int{}
	for _, t := range own {
		d.Tables, d.Seated = d.Tables+1, d.Seated+t.Size
		sizes[t.Size]++
		looksAfter[t.Facilitator] += t.Size
		if within(t.Size, most) && !below(t.Size, least) {
			good++
		}
	}
	if d.GoodSize = d.rate("tables of a good size", &good, some(d.Tables)); d.Tables == 0 {
		return
	}
	for size, n := range sizes {
		d.Sizes = append(d.Sizes, TableSize{size, n})
	}
	slices.SortFunc(d.Sizes, func(a, b TableSize) int { return a.Size - b.Size })
	d.MeanSize = Number(float64(d.Seated) / float64(d.Tables))
	for _, people := range looksAfter {
		if d.Facilitators++; !within(people, most) {
			d.FewFacilitators++
		}
	}
	d.PerFacilitator = Number(float64(d.Seated) / float64(d.Facilitators))
}

// mix compares the tables with the room, along every dimension that respondents were asked for.
func (in *Inputs) mix(d *SeatingDoc) {
	d.Diversity, d.MeanDiversity = []Diversity{}, None
	room := in.room(d.Dialogue)
	plan := in.measurePlan(d.Edition, &d.Head)
	if room == nil || plan == nil {
		return
	}
	at := in.tablesIn(room, d.Session)
	dimensions, strata := in.strataOf(room, d.Edition, plan)
	sum, ratios := 0.0, 0
	for i, dim := range dimensions {
		tables := make([][]int, len(room.Tables))
		for t := range tables {
			tables[t] = make([]int, len(dim.Strata))
		}
		for who, stratum := range strata[i] {
			if at[who] >= 0 && stratum >= 0 {
				tables[at[who]][stratum]++
			}
		}
		m, err := stats.Mix(tables)
		if stats.NameOf(err) == stats.ErrNoBase {
			continue // nobody named a table in this session
		}
		if err != nil {
			d.fail("diversity by "+dim.Name, err)
			continue
		}
		d.by(stats.AlgorithmSimpson)
		d.Diversity = append(d.Diversity, Diversity{dim.Name, m.Base, m.Count, Number(m.Room), Number(m.Tables), optional(m.Ratio)})
		if m.Ratio != nil {
			sum, ratios = sum+*m.Ratio, ratios+1
		}
	}
	if ratios > 0 {
		d.MeanDiversity = Number(sum / float64(ratios))
	}
}

// tablesIn are the tables at which the respondents of a room gave their answers in a session, -1 where none is known. Of several the one that was named with the
// last question holds.
func (in *Inputs) tablesIn(room *Room, session domain.SessionID) []int {
	at := make([]int, len(room.Respondents))
	for i := range at {
		at[i] = -1
	}
	for _, p := range in.polls(room) {
		if p.Session != session || p.question.Unit != domain.Individual {
			continue
		}
		for who, g := range p.sheet.Answers {
			if g.Answer != nil && g.Table >= 0 {
				at[who] = g.Table
			}
		}
	}
	return at
}
