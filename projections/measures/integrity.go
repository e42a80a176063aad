package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// IntegrityDoc is what the record itself tells of its integrity: what was decided, committed to, corrected and found. Whether the record is what it says cannot be
// told from the record: Audits names the programs that tell it.
type IntegrityDoc struct {
	Head
	Edition      domain.EditionID        `json:"edition"`
	Records      int                     `json:"records"`
	Streams      int                     `json:"streams"`  // heads: one for each stream
	Families     []Family                `json:"families"` // every record is one event of one of them
	Draws        DrawCount               `json:"draws"`
	Tallies      TallyCount              `json:"tallies"`
	Checkpoints  int                     `json:"checkpoints"` // commitments to the documents of all views that stand among the edition's records
	Deviations   map[domain.Severity]int `json:"deviations"`
	Findings     int                     `json:"findings"`
	OpenFindings map[domain.Severity]int `json:"openFindings"`
	Corrections  Corrections             `json:"corrections"`
	Audits       []Audit                 `json:"audits"`
}

// Family counts the events of a family by type.
type Family struct {
	Family string         `json:"family"`
	Events int            `json:"events"`
	Types  map[string]int `json:"types"`
}

// DrawCount counts draws. Those that were committed to and not executed wait for their public randomness, or were given up.
type DrawCount struct {
	PoolsSealed int `json:"poolsSealed"`
	Committed   int `json:"committed"`
	Executed    int `json:"executed"`
	Waiting     int `json:"waiting"`
	Replacing   int `json:"replacing"` // of Executed: rounds that replaced people who left
}

// TallyCount counts questions by session of a dialogue and wave.
type TallyCount struct {
	Reconciled int `json:"reconciled"`
	Sheets     int `json:"sheets"` // counts of sheets by clerks
}

// Corrections counts what was put right. What it put right stands in the record still.
type Corrections struct {
	Answers      int                       `json:"answers"` // that replaced an earlier one of the same person
	Voided       map[domain.VoidReason]int `json:"voided"`  // ballots that were voided, by reason
	Recruitment  int                       `json:"recruitment"`
	Publications int                       `json:"publications"`
	Withdrawn    int                       `json:"withdrawn"` // versions of artefacts that were withdrawn
	Erasures     int                       `json:"erasures"`
}

// Audit is what only an audit can tell. OK is always null here.
type Audit struct {
	What    string `json:"what"`
	Command string `json:"command"`
	OK      *bool  `json:"ok"`
}

// Integrity has a document for every edition.
var Integrity = of(View{Name: "integrity", Version: Version, About: "what the record of an edition tells of its integrity, and what only an audit can tell; key: the edition's id"},
	func(in *Inputs) []string {
		in.read(&in.s.chronicled)
		keys := []string{}
		for id := range in.s.annals {
			keys = append(keys, string(id))
		}
		slices.Sort(keys)
		return keys
	},
	func(in *Inputs, key string, d *IntegrityDoc) error {
		d.Edition = domain.EditionID(key)
		a := in.annals(d.Edition)
		if a == nil {
			return ErrNoDocument
		}
		n := func(e domain.Event) int { return a.types[domain.TypeOf(e)] }
		d.Records, d.Streams, d.Families = a.records, a.streams, a.families()
		d.Draws = DrawCount{
			PoolsSealed: n(domain.PoolSealed{}) + n(domain.SelectionPoolSealed{}), Committed: n(domain.DrawCommitted{}) + n(domain.PanelsCommitted{}),
			Executed: n(domain.DrawExecuted{}) + n(domain.PanelDrawn{}), Replacing: a.rounds,
		}
		d.Draws.Waiting = max(0, d.Draws.Committed-d.Draws.Executed)
		d.Tallies = TallyCount{Reconciled: n(domain.TallyReconciled{}), Sheets: n(domain.TallySheetRecorded{})}
		d.Checkpoints = n(domain.ViewsCommitted{})
		d.Deviations, d.Findings, d.OpenFindings = clone(a.severity), n(domain.AuditFindingRaised{}), map[domain.Severity]int{}
		if board := document[projections.EditionDoc](in, projections.Edition, key); board != nil {
			d.OpenFindings = clone(board.OpenFindings)
		}
		d.Corrections = Corrections{
			Answers: a.replaced, Voided: clone(a.voids), Recruitment: a.corrected, Publications: n(domain.PublicationCorrected{}),
			Withdrawn: n(domain.ArtefactWithdrawn{}), Erasures: n(domain.PersonalDataErased{}) + n(domain.WordsErased{}),
		}
		d.Audits = audits()
		return nil
	})

// audits are what only an audit can tell.
func audits() []Audit {
	const verify = "auditor verify BUNDLE --key KEY"
	return []Audit{
		{What: "heads are signed, and each continues the last one", Command: verify + " --pin HEAD"},
		{What: "witnesses have cosigned the head", Command: verify + " --policy WITNESSES"},
		{What: "records, streams and times are whole, and lead to the root of the tree", Command: verify},
		{What: "every decision follows from the record before it", Command: verify},
		{What: "every draw has its order, its seed, its time and its quotas", Command: verify},
		{What: "whom a draw selected follows from the pool, which its operator keeps", Command: "daybook sortition verify DIALOGUE"},
		{What: "every document follows from the record", Command: "daybook replay"},
	}
}

// families are the kinds of events as the domain has them.
var families = []struct {
	name   string
	events []domain.Event
}{
	{"edition", []domain.Event{domain.EditionOpened{}, domain.MilestoneScheduled{}, domain.MilestoneReached{}, domain.TopicAdded{}, domain.SessionDefined{}, domain.ProtocolFrozen{}}},
	{"partner", []domain.Event{domain.PartnerAdmitted{}, domain.InterestDeclared{}, domain.TrainingCompleted{}, domain.PartnershipEnded{}}},
	{"artefact", []domain.Event{
		domain.ArtefactVersionAdded{}, domain.ReviewRecorded{}, domain.ArtefactApproved{}, domain.TranslationSubmitted{}, domain.TranslationVerified{}, domain.ArtefactWithdrawn{},
	}},
	{"dialogue", []domain.Event{
		domain.DialogueRegistered{}, domain.QuotaPlanSet{}, domain.DialogueAuthorised{}, domain.SessionOpened{}, domain.SessionClosed{}, domain.DeviationReported{},
		domain.DialogueCertified{},
	}},
	{"sortition", []domain.Event{
		domain.RecruitmentReported{}, domain.PoolSealed{}, domain.DrawCommitted{}, domain.DrawExecuted{},
		domain.SelectionAnnounced{}, domain.FeasibilityReported{}, domain.QuotasAmended{}, domain.SelectionPoolSealed{}, domain.RoundsPinned{}, domain.BeaconObserved{},
		domain.LotteryBuilt{}, domain.PanelsCommitted{}, domain.PanelDrawn{}, domain.SeatAnswered{}, domain.SelectionVoided{},
	}},
	{"participant", []domain.Event{
		domain.ParticipantRegistered{}, domain.ConsentGiven{}, domain.ConsentWithdrawn{}, domain.ParticipantCheckedIn{}, domain.PersonalDataErased{},
	}},
	{"table", []domain.Event{domain.TableFormed{}, domain.TableOutputRecorded{}}},
	{"ballot", []domain.Event{domain.BallotCast{}, domain.BallotVoided{}}},
	{"tally", []domain.Event{domain.TallySheetRecorded{}, domain.TallyReconciled{}}},
	{"statement", []domain.Event{domain.StatementPosted{}, domain.StatementModerated{}, domain.StatementLinked{}}},
	{"reactions", []domain.Event{domain.ReactionCast{}}},
	{"coding", []domain.Event{domain.SegmentCoded{}, domain.CodingAdjudicated{}}},
	{"recommendation", []domain.Event{
		domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.EndorsementOpened{}, domain.EndorsementClosed{}, domain.RecommendationDecided{},
		domain.RecommendationSuperseded{},
	}},
	{"synthesis", []domain.Event{domain.SynthesisCompleted{}}},
	{"submission", []domain.Event{domain.RecommendationSubmitted{}, domain.ResponseReceived{}, domain.FollowUpReported{}}},
	{"publication", []domain.Event{domain.PublicationReleased{}, domain.PublicationCorrected{}}},
	{"audit", []domain.Event{domain.AuditFindingRaised{}, domain.AuditFindingResolved{}}},
	{"erasure", []domain.Event{domain.WordsErased{}}},
	{"views", []domain.Event{domain.ViewsCommitted{}}},
	{"import", []domain.Event{domain.ImportRecorded{}}},
}

// families counts by family those of which there are any.
func (a *annals) families() []Family {
	found := []Family{}
	for _, f := range families {
		of := Family{Family: f.name, Types: map[string]int{}}
		for _, e := range f.events {
			if t := domain.TypeOf(e); a.types[t] > 0 {
				of.Types[t], of.Events = a.types[t], of.Events+a.types[t]
			}
		}
		if of.Events > 0 {
			found = append(found, of)
		}
	}
	return found
}

// clone is a copy that a document may keep.
func clone[K comparable](m map[K]int) map[K]int {
	out := make(map[K]int, len(m))
	for k, n := range m {
		out[k] = n
	}
	return out
}
