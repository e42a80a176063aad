package projections

import "daybook.internal/domain"

// AccountabilityDoc counts what became of all submissions of an edition, as a whole and by the kind of their addressees, and lists them.
type AccountabilityDoc struct {
	Edition     domain.EditionID                        `json:"edition"`
	All         SubmissionCounts                        `json:"all"`
	Kinds       map[domain.PartnerKind]SubmissionCounts `json:"kinds"`
	Submissions []SubmissionLine                        `json:"submissions"` // in the order in which they were recorded
}

// SubmissionCounts counts submissions. One is counted in every line that is true of it.
type SubmissionCounts struct {
	Submitted       int                                                     `json:"submitted"`
	Recommendations int                                                     `json:"recommendations"` // different recommendations that were submitted
	Acknowledged    int                                                     `json:"acknowledged"`    // there is a response, of any kind
	Answered        int                                                     `json:"answered"`        // there is a response that is more than an acknowledgement
	Adopted         int                                                     `json:"adopted"`         // the addressee says that it adopts the recommendation
	Rejected        int                                                     `json:"rejected"`        // the addressee says that it does not
	Implemented     int                                                     `json:"implemented"`     // the last report of some source says so
	Status          map[domain.FollowUpSource]map[domain.FollowUpStatus]int `json:"status"`          // by the last report of each source
}

// SubmissionLine is one submission in short.
type SubmissionLine struct {
	Submission     domain.SubmissionID     `json:"submission"`
	Recommendation domain.RecommendationID `json:"recommendation"`
	Kind           domain.PartnerKind      `json:"kind"` // the kind of the addressee
	Place          domain.Place            `json:"place,omitempty"`
	SubmittedAt    domain.Time             `json:"submittedAt"`
	ExpectedBy     *domain.Time            `json:"expectedBy,omitempty"`
	Adopted        bool                    `json:"adopted"`
	Rejected       bool                    `json:"rejected"`
	Progress
}

// Accountability has a document for every edition that submitted anything, by its id.
var Accountability = public(Of("accountability", 1, "what became of all submissions: acknowledged, answered, implemented, by kind of addressee; key: the edition's id",
	on(domain.RecommendationSubmitted{}, domain.ResponseReceived{}, domain.FollowUpReported{}),
	byEdition,
	func(d *AccountabilityDoc, key string, f *Fact) {
		if d.Edition == "" {
			d.Edition, d.Submissions = domain.EditionID(key), []SubmissionLine{}
		}
		switch e := f.Event.(type) {
		case domain.RecommendationSubmitted:
			d.Submissions = append(d.Submissions, SubmissionLine{
				Submission: e.Submission, Recommendation: e.RecommendationID, Kind: e.Addressee.Kind, Place: e.Addressee.Place, SubmittedAt: e.SubmittedAt,
				ExpectedBy: known(e.ExpectedBy), Progress: submitted(e),
			})
		case domain.ResponseReceived:
			if l := d.line(e.Submission); l != nil {
				l.respond(e, l.SubmittedAt)
				l.Adopted = l.Adopted || e.Kind == domain.AdoptionResponse
				l.Rejected = l.Rejected || e.Kind == domain.RejectionResponse
			}
		case domain.FollowUpReported:
			if l := d.line(e.Submission); l != nil {
				l.report(e)
			}
		}
		d.count()
	}))

func (d *AccountabilityDoc) line(id domain.SubmissionID) *SubmissionLine {
	for i := range d.Submissions {
		if d.Submissions[i].Submission == id {
			return &d.Submissions[i]
		}
	}
	return nil
}

// count counts anew: submissions are few, and little happens to them.
func (d *AccountabilityDoc) count() {
	byKind := map[domain.PartnerKind][]SubmissionLine{}
	for _, l := range d.Submissions {
		byKind[l.Kind] = append(byKind[l.Kind], l)
	}
	d.All, d.Kinds = countSubmissions(d.Submissions), map[domain.PartnerKind]SubmissionCounts{}
	for kind, lines := range byKind {
		d.Kinds[kind] = countSubmissions(lines)
	}
}

func countSubmissions(lines []SubmissionLine) SubmissionCounts {
	c := SubmissionCounts{Submitted: len(lines), Status: map[domain.FollowUpSource]map[domain.FollowUpStatus]int{}}
	different := map[domain.RecommendationID]bool{}
	for _, l := range lines {
		different[l.Recommendation] = true
		c.Acknowledged += one(l.AcknowledgedAt != nil)
		c.Answered += one(l.AnsweredAt != nil)
		c.Adopted += one(l.Adopted)
		c.Rejected += one(l.Rejected)
		c.Implemented += one(l.says(domain.Implemented))
		for source, r := range l.Status {
			c.Status[source] = counted(c.Status[source], r.Status, 1)
		}
	}
	c.Recommendations = len(different)
	return c
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
