package projections

import "daybook.internal/domain"

// RecommendationDoc is the card of one recommendation.
type RecommendationDoc struct {
	Recommendation domain.RecommendationID   `json:"recommendation"`
	Edition        domain.EditionID          `json:"edition"`
	Dialogue       domain.DialogueID         `json:"dialogue,omitempty"`
	Level          domain.Level              `json:"level"`
	Body           domain.Body               `json:"body"`
	Kind           domain.RecommendationKind `json:"kind"`
	Status         string                    `json:"status"` // draft, endorsement, counted, adopted, rejected, deferred
	Version        int                       `json:"version"`
	Text           domain.LText              `json:"text"`
	Topics         []domain.TopicID          `json:"topics"`
	Sources        []domain.Source           `json:"sources"`
	Editor         string                    `json:"editor"`
	DraftedAt      domain.Time               `json:"draftedAt"`
	Chambers       []ChamberResult           `json:"chambers"`
	ClosesAt       *domain.Time              `json:"closesAt,omitempty"`
	ChambersPassed []domain.Chamber          `json:"chambersPassed"`
	Dissents       []domain.Dissent          `json:"dissents"`
	DecidedBy      string                    `json:"decidedBy,omitempty"`
	DecidedAt      *domain.Time              `json:"decidedAt,omitempty"`
}

// ChamberResult is what one chamber must reach, and what it said. Count is absent until the endorsement is closed.
type ChamberResult struct {
	domain.ChamberRule
	Count *domain.ChamberCount `json:"count,omitempty"`
}

// Recommendation has a card for every recommendation, by its id.
var Recommendation = Of("recommendation", 1, "the card of one recommendation: text, sources, chambers, outcome; key: its id",
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			return append(to, string(e.Recommendation))
		case domain.EndorsementOpened:
			return append(to, string(e.Recommendation))
		case domain.EndorsementClosed:
			return append(to, string(e.Recommendation))
		case domain.RecommendationDecided:
			return append(to, string(e.Recommendation))
		}
		return to
	},
	func(d *RecommendationDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			*d = RecommendationDoc{
				Recommendation: e.Recommendation, Edition: f.Meta.Source, Dialogue: f.Meta.Dialogue, Level: e.Level, Body: e.Body, Kind: e.Kind, Status: "draft", Version: 1,
				Text: e.Text, Topics: e.Topics, Sources: e.Sources, Editor: e.Editor, DraftedAt: happened(f),
				Chambers: []ChamberResult{}, ChambersPassed: []domain.Chamber{}, Dissents: []domain.Dissent{},
			}
		case domain.EndorsementOpened:
			closes := e.ClosesAt
			d.Status, d.ClosesAt, d.Chambers = "endorsement", &closes, []ChamberResult{}
			d.ChambersPassed, d.Dissents, d.DecidedBy, d.DecidedAt = []domain.Chamber{}, []domain.Dissent{}, "", nil
			for _, c := range e.Chambers {
				d.Chambers = append(d.Chambers, ChamberResult{ChamberRule: c})
			}
		case domain.EndorsementClosed:
			d.Status = "counted"
			for _, c := range e.Chambers {
				for i := range d.Chambers {
					if d.Chambers[i].Chamber == c.Chamber {
						d.Chambers[i].Count = &c
					}
				}
			}
		case domain.RecommendationDecided:
			at := happened(f)
			d.Status, d.ChambersPassed, d.Dissents = string(e.Outcome), e.ChambersPassed, e.Dissents
			d.DecidedBy, d.DecidedAt = e.DecidedBy, &at
		}
	})
