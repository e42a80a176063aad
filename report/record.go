package report

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// Record is what a report takes from the facts of one edition: what was planned, and what was said to be otherwise.
type Record struct {
	edition    domain.EditionID
	last       domain.Time
	opened     domain.EditionOpened
	milestones []milestone
	topics     map[domain.TopicID]domain.TopicAdded
	sessions   []domain.SessionDefined
	protocol   *domain.ProtocolFrozen
	frozen     uint64 // the record with it
	dialogues  []*dialogue
	deviations []deviation
	findings   []finding
	committed  *domain.ViewsCommitted
	committedA uint64 // the record with it
}

type milestone struct {
	key          string
	first, due   domain.Time
	reached      domain.Time // 0: not yet
	moved        int
	reasons      []string
	plannedPhase domain.Phase
}

type dialogue struct {
	domain.DialogueRegistered
	plan      *domain.QuotaPlanSet
	waivers   []domain.Waiver
	certified *domain.DialogueCertified
	opened    int // sessions
	checkedIn int
}

type deviation struct {
	seq uint64
	at  domain.Time
	domain.DeviationReported
}

type finding struct {
	seq      uint64
	raised   domain.AuditFindingRaised
	resolved *domain.AuditFindingResolved
}

// NewRecord is a record without facts.
func NewRecord(edition domain.EditionID) *Record {
	return &Record{edition: edition, topics: map[domain.TopicID]domain.TopicAdded{}}
}

// Reads tells whether a report looks into events of a type; of others it needs to know only that they came last.
func Reads(name string) bool { return slices.Contains(read, name) }

var read = func() (names []string) {
	for _, e := range []domain.Event{
		domain.EditionOpened{}, domain.MilestoneScheduled{}, domain.MilestoneReached{}, domain.TopicAdded{}, domain.SessionDefined{}, domain.ProtocolFrozen{},
		domain.DialogueRegistered{}, domain.QuotaPlanSet{}, domain.DialogueAuthorised{}, domain.SessionOpened{}, domain.DeviationReported{}, domain.DialogueCertified{},
		domain.AuditFindingRaised{}, domain.AuditFindingResolved{}, domain.ViewsCommitted{},
	} {
		names = append(names, domain.TypeOf(e))
	}
	return names
}()

// Known tells whether the edition was opened.
func (r *Record) Known() bool { return r.opened.Edition != "" }

// Last takes in when the last record of the ledger was written.
func (r *Record) Last(at domain.Time) { r.last = at }

// Apply takes a fact in, in the order of the ledger.
func (r *Record) Apply(f domain.Fact) {
	if e, ok := f.Event.(domain.ViewsCommitted); ok {
		r.committed, r.committedA = &e, f.Seq
		return
	}
	if f.Meta.Source != r.edition {
		return
	}
	at := f.Meta.OccurredAt
	if at == 0 {
		at = f.Meta.Time
	}
	switch e := f.Event.(type) {
	case domain.EditionOpened:
		r.opened = e
	case domain.MilestoneScheduled:
		m := r.milestone(e.Key)
		if m.first == 0 {
			m.first, m.plannedPhase = e.DueAt, e.Phase
		} else {
			m.moved++
			m.reasons = append(m.reasons, e.Reason)
		}
		m.due = e.DueAt
	case domain.MilestoneReached:
		r.milestone(e.Key).reached = at
	case domain.TopicAdded:
		r.topics[e.Topic] = e
	case domain.SessionDefined:
		r.sessions = append(r.sessions, e)
		slices.SortStableFunc(r.sessions, func(a, b domain.SessionDefined) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	case domain.ProtocolFrozen:
		r.protocol, r.frozen = &e, f.Seq
	case domain.DialogueRegistered:
		r.dialogue(e.Dialogue).DialogueRegistered = e
	case domain.QuotaPlanSet:
		r.dialogue(e.Dialogue).plan = &e
	case domain.DialogueAuthorised:
		r.dialogue(e.Dialogue).waivers = e.Waivers
	case domain.SessionOpened:
		r.dialogue(e.Dialogue).opened++
	case domain.DialogueCertified:
		d := r.dialogue(e.Dialogue)
		d.certified, d.checkedIn = &e, e.CheckedIn
	case domain.DeviationReported:
		r.deviations = append(r.deviations, deviation{f.Seq, at, e})
	case domain.AuditFindingRaised:
		r.findings = append(r.findings, finding{seq: f.Seq, raised: e})
	case domain.AuditFindingResolved:
		for i := range r.findings {
			if r.findings[i].raised.Finding == e.Finding {
				r.findings[i].resolved = &e
			}
		}
	}
}

func (r *Record) milestone(key string) *milestone {
	i := slices.IndexFunc(r.milestones, func(m milestone) bool { return m.key == key })
	if i < 0 {
		i, r.milestones = len(r.milestones), append(r.milestones, milestone{key: key})
	}
	return &r.milestones[i]
}

func (r *Record) dialogue(id domain.DialogueID) *dialogue {
	i, found := slices.BinarySearchFunc(r.dialogues, id, func(d *dialogue, id domain.DialogueID) int { return cmp.Compare(d.Dialogue, id) })
	if !found {
		r.dialogues = slices.Insert(r.dialogues, i, &dialogue{DialogueRegistered: domain.DialogueRegistered{Dialogue: id}})
	}
	return r.dialogues[i]
}

func (r *Record) title() string {
	if t := text(r.opened.Title); t != "" {
		return t
	}
	return string(r.edition)
}

// text is a text in English, or in the language in which it was written.
func text(t domain.LText) string {
	if en := t.Text["en"]; en != "" {
		return en
	}
	return t.Text[t.Source]
}

// sampleTypes are those of the dialogues, in order.
func (r *Record) sampleTypes() (types []domain.SampleType) {
	for _, d := range r.dialogues {
		if !slices.Contains(types, d.SampleType) {
			types = append(types, d.SampleType)
		}
	}
	slices.Sort(types)
	return types
}
