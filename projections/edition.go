package projections

import (
	"slices"

	"daybook.internal/domain"
)

// EditionDoc is the board of one edition: what is planned, how far it has come, and what is in the way.
type EditionDoc struct {
	Edition      domain.EditionID                 `json:"edition"`
	Title        domain.LText                     `json:"title"`
	Synthetic    bool                             `json:"synthetic,omitempty"`
	Languages    []domain.Lang                    `json:"languages"`
	Coordinator  domain.PartnerID                 `json:"coordinator"`
	Milestones   []Milestone                      `json:"milestones"`
	Topics       []Topic                          `json:"topics"`
	Sessions     []PlannedSession                 `json:"sessions"`
	Protocol     *Protocol                        `json:"protocol,omitempty"`
	Dialogues    map[domain.DialogueID]DialogueAt `json:"dialogues"`
	States       map[DialogueState]int            `json:"states"`     // dialogues by state, each once
	Deviations   map[domain.Severity]int          `json:"deviations"` // deviations of all dialogues, by severity
	OpenFindings map[domain.Severity]int          `json:"openFindings"`
	Findings     []Finding                        `json:"findings"`
}

// Milestone is a milestone, in the order of planning. SlipDays are the whole days from the time for which it was first planned to the one at which it was
// reached or is due now; they are negative where it came before. Gates are those that it waits for.
type Milestone struct {
	Key       string       `json:"key"`
	Phase     domain.Phase `json:"phase"`
	PlannedAt domain.Time  `json:"plannedAt"` // for when it was first planned, in UTC
	DueAt     domain.Time  `json:"dueAt"`
	Moved     int          `json:"moved"`
	ReachedAt *domain.Time `json:"reachedAt,omitempty"`
	SlipDays  int64        `json:"slipDays"`
	Gates     []string     `json:"gates"`
}

// Topic is a topic of the agenda.
type Topic struct {
	Topic    domain.TopicID    `json:"topic"`
	Label    domain.LText      `json:"label"`
	Scope    domain.Scope      `json:"scope"`
	Dialogue domain.DialogueID `json:"dialogue,omitempty"`
}

// PlannedSession is a session of the agenda.
type PlannedSession struct {
	Session        domain.SessionID    `json:"session"`
	Ordinal        int                 `json:"ordinal"`
	Topic          domain.TopicID      `json:"topic,omitempty"`
	Kind           domain.SessionKind  `json:"kind"`
	Chamber        domain.Chamber      `json:"chamber"`
	Instruments    []domain.Instrument `json:"instruments"`
	PlannedMinutes int                 `json:"plannedMinutes"`
}

// Protocol is what the edition is bound to.
type Protocol struct {
	MethodVersion int                `json:"methodVersion"`
	ReviewQuorum  int                `json:"reviewQuorum"`
	Suppression   domain.Suppression `json:"suppression"`
	FrozenAt      domain.Time        `json:"frozenAt"`
}

// DialogueState is how far a dialogue has come.
type DialogueState string

// The states, in their order.
const (
	DialogueRegistered DialogueState = "registered"
	DialoguePlanned    DialogueState = "planned" // it has a quota plan
	DialogueAuthorised DialogueState = "authorised"
	DialogueRunning    DialogueState = "running" // a session is open
	DialogueClosed     DialogueState = "closed"  // sessions have been open, and none is
	DialogueCertified  DialogueState = "certified"
)

// Words are all that a DialogueState may be, in the order of the states.
func (DialogueState) Words() []string {
	return []string{string(DialogueRegistered), string(DialoguePlanned), string(DialogueAuthorised), string(DialogueRunning), string(DialogueClosed), string(DialogueCertified)}
}

// DialogueAt is a dialogue, where it takes place, and how far it has come.
type DialogueAt struct {
	State DialogueState `json:"state"`
	Place domain.Place  `json:"place"`
	Open  int           `json:"open"` // how many of its sessions are open
}

// Finding is what an auditor found. ResolvedAt is absent while it is open.
type Finding struct {
	Finding    domain.FindingID    `json:"finding"`
	Severity   domain.Severity     `json:"severity"`
	Rule       string              `json:"rule"`
	Dialogues  []domain.DialogueID `json:"dialogues"` // none: the edition as a whole
	Partner    domain.PartnerID    `json:"partner"`   // the partner of the auditor
	RaisedAt   domain.Time         `json:"raisedAt"`
	ResolvedAt *domain.Time        `json:"resolvedAt,omitempty"`
}

// Edition has a board for every edition, by its id.
var Edition = public(Of("edition", 2, "the board of one edition: milestones, agenda, dialogues by state, deviations, findings; key: its id",
	on(domain.EditionOpened{}, domain.MilestoneScheduled{}, domain.MilestoneReached{}, domain.TopicAdded{}, domain.SessionDefined{}, domain.ProtocolFrozen{},
		domain.DialogueRegistered{}, domain.QuotaPlanSet{}, domain.DialogueAuthorised{}, domain.SessionOpened{}, domain.SessionClosed{}, domain.DialogueCertified{},
		domain.DeviationReported{}, domain.AuditFindingRaised{}, domain.AuditFindingResolved{}),
	byEdition,
	func(d *EditionDoc, key string, f *Fact) {
		if d.Edition == "" {
			*d = EditionDoc{
				Edition: domain.EditionID(key), Languages: []domain.Lang{}, Milestones: []Milestone{}, Topics: []Topic{}, Sessions: []PlannedSession{}, Findings: []Finding{},
				Dialogues: map[domain.DialogueID]DialogueAt{}, States: map[DialogueState]int{}, Deviations: map[domain.Severity]int{}, OpenFindings: map[domain.Severity]int{},
			}
		}
		switch e := f.Event.(type) {
		case domain.EditionOpened:
			d.Title, d.Synthetic, d.Languages, d.Coordinator = e.Title, e.Synthetic, e.Languages, e.Coordinator
		case domain.TopicAdded:
			d.Topics = append(d.Topics, Topic{e.Topic, e.Label, e.Scope, e.Dialogue})
		case domain.SessionDefined:
			d.Sessions = append(d.Sessions, PlannedSession{e.Session, e.Ordinal, e.Topic, e.Kind, e.Chamber, append([]domain.Instrument{}, e.Instruments...), e.PlannedMinutes})
		case domain.ProtocolFrozen:
			d.Protocol = &Protocol{e.MethodVersion, e.ReviewQuorum, e.Suppression, happened(f)}
		case domain.MilestoneScheduled, domain.MilestoneReached:
			d.milestone(f)
		case domain.DeviationReported:
			d.Deviations[e.Severity]++
		case domain.AuditFindingRaised, domain.AuditFindingResolved:
			d.finding(f)
		default:
			d.dialogue(f)
		}
	}))

const day = 24 * 60 * 60 * 1000 // milliseconds

func (d *EditionDoc) milestone(f *Fact) {
	switch e := f.Event.(type) {
	case domain.MilestoneScheduled:
		i := slices.IndexFunc(d.Milestones, func(m Milestone) bool { return m.Key == e.Key })
		if i < 0 {
			d.Milestones = append(d.Milestones, Milestone{Key: e.Key, PlannedAt: e.DueAt, Moved: -1})
			i = len(d.Milestones) - 1
		}
		m := &d.Milestones[i]
		m.Phase, m.DueAt, m.Gates = e.Phase, e.DueAt, append([]string{}, e.Gates...)
		m.Moved++
		m.SlipDays = int64(m.DueAt-m.PlannedAt) / day
	case domain.MilestoneReached:
		at := happened(f)
		for i := range d.Milestones {
			if m := &d.Milestones[i]; m.Key == e.Key {
				m.ReachedAt, m.SlipDays, m.Gates = &at, int64(at-m.PlannedAt)/day, []string{}
			}
		}
	}
}

// dialogue puts a dialogue into its state. Every dialogue is in one.
func (d *EditionDoc) dialogue(f *Fact) {
	id := f.Meta.Dialogue
	at := d.Dialogues[id]
	if at.State == "" {
		at = DialogueAt{State: DialogueRegistered, Place: f.Place.Place}
	} else {
		d.count(at.State, -1)
	}
	switch f.Event.(type) {
	case domain.DialogueRegistered:
		at.Place = f.Place.Place
	case domain.QuotaPlanSet:
		if at.State == DialogueRegistered {
			at.State = DialoguePlanned
		}
	case domain.DialogueAuthorised:
		at.State = DialogueAuthorised
	case domain.SessionOpened:
		at.State = DialogueRunning
		at.Open++
	case domain.SessionClosed:
		if at.Open--; at.Open < 1 {
			at.State = DialogueClosed
		}
	case domain.DialogueCertified:
		at.State = DialogueCertified
	}
	d.Dialogues[id] = at
	d.count(at.State, 1)
}

func (d *EditionDoc) count(s DialogueState, n int) {
	if d.States[s] += n; d.States[s] == 0 {
		delete(d.States, s)
	}
}

func (d *EditionDoc) finding(f *Fact) {
	switch e := f.Event.(type) {
	case domain.AuditFindingRaised:
		d.Findings = append(d.Findings, Finding{
			Finding: e.Finding, Severity: e.Severity, Rule: e.Rule, Dialogues: append([]domain.DialogueID{}, e.Dialogues...), Partner: e.Partner, RaisedAt: happened(f),
		})
		d.OpenFindings[e.Severity]++
	case domain.AuditFindingResolved:
		at := happened(f)
		for i := range d.Findings {
			if g := &d.Findings[i]; g.Finding == e.Finding && g.ResolvedAt == nil {
				g.ResolvedAt = &at
				if d.OpenFindings[g.Severity]--; d.OpenFindings[g.Severity] == 0 {
					delete(d.OpenFindings, g.Severity)
				}
			}
		}
	}
}
