package projections

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// RoomDoc is what the room of one dialogue looks like: who is there, who sits together, what they wrote down, and where the day left the protocol.
type RoomDoc struct {
	Dialogue domain.DialogueID `json:"dialogue"`
	Frame
	People     Chambers      `json:"people"` // who checked in at all, each once
	Day        Seats         `json:"day"`    // who checked in, and was seated, for the day as a whole
	Sessions   []RoomSession `json:"sessions"`
	Deviations Deviations    `json:"deviations"` // of all sessions, and of none
}

// RoomSession is one session of the room, by id. It begins when it is opened, or when people check in for it or are seated for it.
type RoomSession struct {
	Session        domain.SessionID        `json:"session"`
	Chamber        domain.Chamber          `json:"chamber,omitempty"`
	OpenedAt       *domain.Time            `json:"openedAt,omitempty"`
	ClosedAt       *domain.Time            `json:"closedAt,omitempty"`
	PlannedMinutes int                     `json:"plannedMinutes,omitempty"` // absent: without a set end
	Minutes        int                     `json:"minutes,omitempty"`        // how long it was, in minutes; absent: not measured
	Seats          Seats                   `json:"seats"`                    // check-ins and tables of this session alone
	Outputs        int                     `json:"outputs"`                  // worksheets, each in its last revision
	Items          map[domain.ItemKind]int `json:"items"`
	Deviations     Deviations              `json:"deviations"`
}

// Seats are the check-ins and the tables of one session, or of the day.
type Seats struct {
	CheckedIn    Chambers `json:"checkedIn"`
	Tables       []Seated `json:"tables"`
	Seated       int      `json:"seated"`       // people who sit at them
	Facilitators int      `json:"facilitators"` // who sit at them, each once
	TooSmall     int      `json:"tooSmall"`     // tables of fewer than 5 people
	TooLarge     int      `json:"tooLarge"`     // tables of more than 8 people
}

// Seated is one table as it is seated now.
type Seated struct {
	Table       domain.TableID `json:"table"`
	Chamber     domain.Chamber `json:"chamber"`
	Size        int            `json:"size"`
	Facilitator string         `json:"facilitator"`
}

// Chambers counts people by chamber.
type Chambers struct {
	Citizen     int `json:"citizen"`
	Stakeholder int `json:"stakeholder"`
}

func (c *Chambers) add(chamber domain.Chamber) {
	if chamber == domain.StakeholderChamber {
		c.Stakeholder++
	} else {
		c.Citizen++
	}
}

// Deviations counts deviations by severity.
type Deviations struct {
	Minor int `json:"minor"`
	Major int `json:"major"`
}

func (d *Deviations) add(s domain.Severity) {
	if s == domain.Major {
		d.Major++
	} else {
		d.Minor++
	}
}

// Room has a document for every dialogue, by its id.
var Room = Of("room", 1, "who is in the room of a dialogue, at which tables, for how long, and what they wrote down; key: the dialogue's id",
	on(domain.DialogueRegistered{}, domain.SessionOpened{}, domain.SessionClosed{}, domain.DeviationReported{}, domain.ParticipantCheckedIn{}, domain.TableFormed{},
		domain.TableOutputRecorded{}),
	byDialogue,
	func(d *RoomDoc, _ string, f *Fact) {
		at := happened(f)
		switch e := f.Event.(type) {
		case domain.DialogueRegistered:
			d.Dialogue, d.Frame = e.Dialogue, FrameOf(e)
			d.Day.Tables, d.Sessions = []Seated{}, []RoomSession{}
		case domain.SessionOpened:
			s := d.session(e.Session)
			s.Chamber, s.OpenedAt, s.PlannedMinutes = e.Chamber, &at, e.PlannedMinutes
		case domain.SessionClosed:
			s := d.session(e.Session)
			s.ClosedAt, s.Minutes = &at, e.Minutes
		case domain.DeviationReported:
			if d.Deviations.add(e.Severity); e.Session != "" {
				d.session(e.Session).Deviations.add(e.Severity)
			}
		case domain.ParticipantCheckedIn:
			if d.seats(e.Session).CheckedIn.add(e.Chamber); !e.Again {
				d.People.add(e.Chamber)
			}
		case domain.TableFormed:
			d.seats(e.Session).seat(e)
		case domain.TableOutputRecorded:
			s := d.session(e.Session)
			if e.Revision == 1 {
				s.Outputs++
			}
			for _, i := range e.Items {
				s.Items = counted(s.Items, i.Kind, 1)
			}
			for kind, n := range e.Replaces {
				s.Items = counted(s.Items, kind, -n)
			}
		}
	})

func (d *RoomDoc) session(id domain.SessionID) *RoomSession {
	i, found := slices.BinarySearchFunc(d.Sessions, id, func(s RoomSession, id domain.SessionID) int { return cmp.Compare(s.Session, id) })
	if !found {
		d.Sessions = slices.Insert(d.Sessions, i, RoomSession{Session: id, Seats: Seats{Tables: []Seated{}}, Items: map[domain.ItemKind]int{}})
	}
	return &d.Sessions[i]
}

// seats are those of a session; the empty one is the day.
func (d *RoomDoc) seats(id domain.SessionID) *Seats {
	if id == "" {
		return &d.Day
	}
	return &d.session(id).Seats
}

// seat seats a table, or seats it anew.
func (s *Seats) seat(e domain.TableFormed) {
	i, found := slices.BinarySearchFunc(s.Tables, e.Table, func(t Seated, id domain.TableID) int { return cmp.Compare(t.Table, id) })
	if !found {
		s.Tables = slices.Insert(s.Tables, i, Seated{Table: e.Table})
	}
	s.Tables[i] = Seated{e.Table, e.Chamber, len(e.Members), e.Facilitator}
	s.Seated, s.TooSmall, s.TooLarge = 0, 0, 0
	var facilitators []string
	for _, t := range s.Tables {
		s.Seated += t.Size
		if t.Size < 5 {
			s.TooSmall++
		}
		if t.Size > 8 {
			s.TooLarge++
		}
		if !slices.Contains(facilitators, t.Facilitator) {
			facilitators = append(facilitators, t.Facilitator)
		}
	}
	s.Facilitators = len(facilitators)
}
