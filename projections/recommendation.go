package projections

import (
	"slices"

	"daybook.internal/domain"
)

// RecommendationDoc is the card of one recommendation.
type RecommendationDoc struct {
	Recommendation domain.RecommendationID   `json:"recommendation"`
	Edition        domain.EditionID          `json:"edition"`
	Dialogue       domain.DialogueID         `json:"dialogue,omitempty"`
	Level          domain.Level              `json:"level"`
	Body           domain.Body               `json:"body"`
	Kind           domain.RecommendationKind `json:"kind"`
	Status         RecommendationStatus      `json:"status"` // how far it has come: a revision makes it a draft again; superseded stays so
	Version        int                       `json:"version"`
	Text           domain.LText              `json:"text"`
	Topics         []domain.TopicID          `json:"topics"`
	Sources        []domain.Source           `json:"sources"` // what the current version rests on
	Versions       []RecommendationVersion   `json:"versions"`
	Endorsed       int                       `json:"endorsed,omitempty"` // the version that was put to the vote the last time
	Chambers       []ChamberResult           `json:"chambers"`
	ClosesAt       *domain.Time              `json:"closesAt,omitempty"`
	Tallies        []domain.Ref              `json:"tallies"`           // that the counts were taken from
	Outcome        domain.Outcome            `json:"outcome,omitempty"` // what was decided last
	Dissents       []domain.Dissent          `json:"dissents"`
	DissentOffered bool                      `json:"dissentOffered,omitempty"`
	DecidedBy      string                    `json:"decidedBy,omitempty"`
	DecidedAt      *domain.Time              `json:"decidedAt,omitempty"`
	Superseded     *SupersededBy             `json:"superseded,omitempty"`
	Submissions    []HandedTo                `json:"submissions"` // what became of each stands in the view of submissions
}

// RecommendationVersion is one version: its words, and what became of the sources with it.
type RecommendationVersion struct {
	Version        int             `json:"version"`
	Text           domain.LText    `json:"text"`
	SourcesAdded   []domain.Source `json:"sourcesAdded"`
	SourcesRemoved []domain.Source `json:"sourcesRemoved"`
	Rationale      string          `json:"rationale,omitempty"` // why it was revised
	Editor         string          `json:"editor"`
	At             domain.Time     `json:"at"`
}

// ChamberResult is what one chamber must reach, and what it said. Count is absent until the endorsement is closed, Passed until the decision. Of those who vote by their answers in
// a session there is no Count: the views of measures have it (result), with small numbers hidden, which would be known from here.
type ChamberResult struct {
	domain.ChamberRule
	Count  *domain.ChamberCount `json:"count,omitempty"`
	Passed *bool                `json:"passed,omitempty"`
}

// SupersededBy says what stands in place of a recommendation.
type SupersededBy struct {
	By       []domain.RecommendationID `json:"by"`
	Relation domain.Supersession       `json:"relation"`
	Reason   string                    `json:"reason"`
	At       domain.Time               `json:"at"`
}

// HandedTo says to whom a recommendation was handed, and as which version of its stream.
type HandedTo struct {
	Submission domain.SubmissionID `json:"submission"`
	Addressee  domain.Addressee    `json:"addressee"`
	At         domain.Time         `json:"at"`
	Version    uint64              `json:"version"`
}

// Recommendation has a card for every recommendation, by its id.
var Recommendation = public(Of("recommendation", 4, "the card of one recommendation: versions, sources, chambers, outcome; key: its id",
	on(domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.EndorsementOpened{}, domain.EndorsementClosed{}, domain.RecommendationDecided{},
		domain.RecommendationSuperseded{}, domain.RecommendationSubmitted{}, domain.ResponseReceived{}, domain.FollowUpReported{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			return append(to, string(e.Recommendation))
		case domain.RecommendationRevised:
			return append(to, string(e.Recommendation))
		case domain.EndorsementOpened:
			return append(to, string(e.Recommendation))
		case domain.EndorsementClosed:
			return append(to, string(e.Recommendation))
		case domain.RecommendationDecided:
			return append(to, string(e.Recommendation))
		case domain.RecommendationSuperseded:
			return append(to, string(e.Recommendation))
		case domain.RecommendationSubmitted:
			return append(to, string(e.RecommendationID))
		case domain.ResponseReceived:
			return append(to, string(e.RecommendationID))
		case domain.FollowUpReported:
			return append(to, string(e.RecommendationID))
		}
		return to
	},
	func(d *RecommendationDoc, _ string, f *Fact) {
		at := happened(f)
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			*d = RecommendationDoc{
				Recommendation: e.Recommendation, Edition: f.Meta.Source, Dialogue: f.Meta.Dialogue, Level: e.Level, Body: e.Body, Kind: e.Kind, Status: "draft", Version: 1,
				Text: e.Text, Topics: e.Topics, Sources: e.Sources, Chambers: []ChamberResult{}, Tallies: []domain.Ref{}, Dissents: []domain.Dissent{}, Submissions: []HandedTo{},
				Versions: []RecommendationVersion{{Version: 1, Text: e.Text, SourcesAdded: e.Sources, SourcesRemoved: []domain.Source{}, Editor: e.Editor, At: at}},
			}
		case domain.RecommendationRevised:
			d.Status, d.Version, d.Text, d.Sources = "draft", e.Version, e.Text, e.After(d.Sources)
			d.Versions = append(d.Versions, RecommendationVersion{e.Version, e.Text, e.SourcesAdded, e.SourcesRemoved, e.Rationale, e.Editor, at})
		case domain.EndorsementOpened:
			closes := e.ClosesAt
			d.Status, d.Endorsed, d.ClosesAt, d.Chambers, d.Tallies = "endorsement", e.Version, &closes, []ChamberResult{}, []domain.Ref{}
			d.Outcome, d.Dissents, d.DissentOffered, d.DecidedBy, d.DecidedAt = "", []domain.Dissent{}, false, "", nil
			for _, c := range e.Chambers {
				d.Chambers = append(d.Chambers, ChamberResult{ChamberRule: c})
			}
		case domain.EndorsementClosed:
			d.Status, d.Tallies = "counted", e.Tallies
			for _, c := range e.Chambers {
				for i := range d.Chambers {
					if d.Chambers[i].Chamber == c.Chamber && d.Chambers[i].Electorate != domain.CheckedIn {
						d.Chambers[i].Count = &c
					}
				}
			}
		case domain.RecommendationDecided:
			d.Status, d.Outcome, d.Dissents, d.DissentOffered, d.DecidedBy, d.DecidedAt = RecommendationStatus(e.Outcome), e.Outcome, e.Dissents, e.DissentOffered, e.DecidedBy, &at
			for i := range d.Chambers {
				passed := slices.Contains(e.ChambersPassed, d.Chambers[i].Chamber)
				d.Chambers[i].Passed = &passed
			}
		case domain.RecommendationSuperseded:
			d.Status, d.Superseded = "superseded", &SupersededBy{e.By, e.Relation, e.Reason, at}
		case domain.RecommendationSubmitted:
			d.goesOn("submitted")
			d.Submissions = append(d.Submissions, HandedTo{e.Submission, e.Addressee, e.SubmittedAt, e.Recommendation.Version})
		case domain.ResponseReceived:
			if e.Kind != domain.Acknowledgement {
				d.goesOn("answered")
			}
		case domain.FollowUpReported:
			d.goesOn("followedUp")
		}
	}))

// A RecommendationStatus is how far a recommendation has come.
type RecommendationStatus string

// Words are all that a RecommendationStatus may be: before the decision, by it, and afterwards.
func (RecommendationStatus) Words() []string {
	return []string{"draft", "endorsement", "counted", string(domain.Adopted), string(domain.TurnedOut), string(domain.Deferred), "submitted", "answered", "followedUp", "superseded"}
}

// afterwards are the statuses of a recommendation that was handed over, in their order.
var afterwards = []RecommendationStatus{"submitted", "answered", "followedUp"}

// goesOn takes the status on, and never back: one of several addressees may be further than the others. What is superseded stays so.
func (d *RecommendationDoc) goesOn(status RecommendationStatus) {
	if d.Superseded == nil && slices.Index(afterwards, status) > slices.Index(afterwards, d.Status) {
		d.Status = status
	}
}
