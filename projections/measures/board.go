package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// BoardDoc is what stands between an edition and its next milestones, and how many people it has reached.
type BoardDoc struct {
	Head
	Edition    domain.EditionID                  `json:"edition"`
	AsOf       domain.Date                       `json:"asOf"`  // the last day that the record knows
	Gates      []Gate                            `json:"gates"` // in the order of the process
	Milestones []MilestoneBoard                  `json:"milestones"`
	Dialogues  map[projections.DialogueState]int `json:"dialogues"` // dialogues by state, each once
	People     []PeopleCount                     `json:"people"`    // by sample type; never added
	Deviations map[domain.Severity]int           `json:"deviations"`
	Findings   map[domain.Severity]int           `json:"openFindings"`
}

// Gate is one of the gates that milestones wait for: Done of Of things are as they must be. A gate with nothing to be done is not passed.
type Gate struct {
	Gate string `json:"gate"`
	Done int    `json:"done"`
	Of   int    `json:"of"`
	Met  bool   `json:"met"`
}

// MilestoneBoard is one milestone, in the order of planning.
type MilestoneBoard struct {
	Key       string       `json:"key"`
	Phase     domain.Phase `json:"phase"`
	PlannedAt domain.Time  `json:"plannedAt"`
	DueAt     domain.Time  `json:"dueAt"`
	ReachedAt *domain.Time `json:"reachedAt"`
	SlipDays  int64        `json:"slipDays"`
	Missing   []string     `json:"missing"`     // gates that it waits for and that are not passed
	Overdue   *int         `json:"overdueDays"` // null: reached, or not due yet
}

// PeopleCount is how many people dialogues of one sample type have; null where nothing of it stands in the record.
type PeopleCount struct {
	SampleType  domain.SampleType `json:"sampleType"`
	Dialogues   int               `json:"dialogues"`
	Registered  *int              `json:"registered"`
	CheckedIn   *int              `json:"checkedIn"`
	Respondents *int              `json:"respondents"` // who gave an answer that stands, under a code
}

// Board has a document for every edition.
var Board = of(View{Name: "board", Version: Version, Public: true, About: "what stands between an edition and its next milestones, and its people by sample type; key: the edition's id"},
	func(in *Inputs) []string { return in.keysOf(projections.Edition) },
	func(in *Inputs, key string, d *BoardDoc) error {
		board := document[projections.EditionDoc](in, projections.Edition, key)
		if board == nil || key == "" {
			return ErrNoDocument
		}
		d.Edition = board.Edition
		last := in.lastDay(d.Edition)
		d.AsOf, d.Deviations, d.Findings, d.Dialogues = last.Date(), clone(board.Deviations), clone(board.OpenFindings), clone(board.States)
		dialogues := in.dialogues(d.Edition)
		d.Gates, d.Milestones, d.People = in.gates(board, dialogues), []MilestoneBoard{}, in.peopleOf(dialogues)
		for _, m := range board.Milestones {
			line := MilestoneBoard{m.Key, m.Phase, m.PlannedAt, m.DueAt, m.ReachedAt, m.SlipDays, []string{}, nil}
			for _, g := range m.Gates {
				if !slices.ContainsFunc(d.Gates, func(have Gate) bool { return have.Gate == g && have.Met }) {
					line.Missing = append(line.Missing, g)
				}
			}
			if m.ReachedAt == nil && m.DueAt < last {
				late := int(last-m.DueAt) / wholeDay
				line.Overdue = &late
			}
			d.Milestones = append(d.Milestones, line)
		}
		return nil
	})

// gates are how far the gates of an edition are passed, by the rules of domain.Edition.Met.
func (in *Inputs) gates(board *projections.EditionDoc, dialogues []*projections.DialogueDoc) []Gate {
	gates := make([]Gate, 0, len(domain.Gates()))
	at := map[string]*Gate{}
	for _, name := range domain.Gates() {
		gates = append(gates, Gate{Gate: name})
		at[name] = &gates[len(gates)-1]
	}
	count := func(name string, is bool) {
		if at[name].Of++; is {
			at[name].Done++
		}
	}
	count(domain.GateProtocolFrozen, board.Protocol != nil)
	for _, ref := range instrumentsOf(board, "") {
		i := in.instrument(ref)
		count(domain.GateInstrumentsApproved, i.Approved)
		count(domain.GateMaterialsVerified, i.Approved && len(board.Languages) > 0 && !slices.ContainsFunc(board.Languages, func(lang domain.Lang) bool {
			return lang != i.SourceLang && !slices.Contains(i.Verified, lang)
		}))
	}
	for _, d := range dialogues {
		count(domain.GateDialoguesAuthorised, d.Authorised)
		count(domain.GateDialoguesCertified, d.State == projections.DialogueCertified)
	}
	s := document[projections.SynthesisDoc](in, projections.Synthesis, string(board.Edition))
	count(domain.GateSynthesisCompleted, s != nil && s.CompletedAt != nil)
	for i := range gates {
		gates[i].Met = gates[i].Of > 0 && gates[i].Done == gates[i].Of
	}
	return gates
}

// peopleOf counts the people of dialogues, by sample type.
func (in *Inputs) peopleOf(dialogues []*projections.DialogueDoc) []PeopleCount {
	people := []PeopleCount{}
	for _, d := range dialogues {
		i := slices.IndexFunc(people, func(p PeopleCount) bool { return p.SampleType == d.SampleType })
		if i < 0 {
			i, people = len(people), append(people, PeopleCount{SampleType: d.SampleType})
		}
		p := &people[i]
		p.Dialogues++
		if r := document[projections.RecruitmentDoc](in, projections.Recruitment, string(d.Dialogue)); r != nil {
			registered, checkedIn := 0, 0
			for _, routes := range r.Registered {
				for _, n := range routes {
					registered += n
				}
			}
			for _, n := range r.CheckedIn {
				checkedIn += n
			}
			p.Registered, p.CheckedIn = plus(p.Registered, some(registered)), plus(p.CheckedIn, some(checkedIn))
		}
		p.Respondents = plus(p.Respondents, some(in.respondents(d.Dialogue)))
	}
	slices.SortFunc(people, func(a, b PeopleCount) int {
		if a.SampleType < b.SampleType {
			return -1
		}
		return 1
	})
	return people
}

// respondents counts the people of a dialogue with an answer that stands. Tables that answer are no people.
func (in *Inputs) respondents(id domain.DialogueID) (n int) {
	room := in.room(id)
	if room == nil {
		return 0
	}
	polls := in.polls(room)
	for who := range room.Respondents {
		if slices.ContainsFunc(polls, func(p poll) bool { return p.question.Unit == domain.Individual && p.sheet.Of(who) != nil }) {
			n++
		}
	}
	return n
}
