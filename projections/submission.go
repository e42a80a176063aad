package projections

import "daybook.internal/domain"

// SubmissionDoc is what became of one submission. Whether an answer is overdue depends on the wholeDay: whoever reads compares ExpectedBy with it where
// AnsweredAt is absent.
type SubmissionDoc struct {
	Submission     domain.SubmissionID     `json:"submission"`
	Edition        domain.EditionID        `json:"edition"`
	Dialogue       domain.DialogueID       `json:"dialogue,omitempty"` // of a national recommendation
	Recommendation domain.RecommendationID `json:"recommendation"`
	At             domain.Ref              `json:"at"` // the recommendation as it was handed over
	Addressee      domain.Addressee        `json:"addressee"`
	Channel        string                  `json:"channel"`
	Documents      []domain.Digest         `json:"documents"`
	SubmittedAt    domain.Time             `json:"submittedAt"`
	ExpectedBy     *domain.Time            `json:"expectedBy,omitempty"`
	Publication    domain.PublicationID    `json:"publication,omitempty"`
	EmbargoUntil   *domain.Time            `json:"embargoUntil,omitempty"`
	Progress
	Responses []Response `json:"responses"` // in the order in which they were recorded
	Reports   int        `json:"reports"`   // follow-up reports of all sources
}

// Progress is how far a submission has come. Of every source the latest report counts; sources may disagree.
type Progress struct {
	AcknowledgedAt *domain.Time                         `json:"acknowledgedAt,omitempty"` // the first response of any kind
	AnsweredAt     *domain.Time                         `json:"answeredAt,omitempty"`     // the first response that is more than an acknowledgement
	DaysToAnswer   *int                                 `json:"daysToAnswer,omitempty"`   // whole days from the submission to the answer
	Status         map[domain.FollowUpSource]LastReport `json:"status"`
	LastUpdate     domain.Time                          `json:"lastUpdate"` // when anything was last said of it
}

// Response is one thing that the addressee said.
type Response struct {
	Kind     domain.ResponseKind `json:"kind"`
	At       domain.Time         `json:"at"`
	Days     int                 `json:"days"` // whole days after the submission
	Text     domain.LText        `json:"text"`
	Evidence *domain.Document    `json:"evidence,omitempty"`
	Official string              `json:"official"`
}

// LastReport is what a source said last.
type LastReport struct {
	Status   domain.FollowUpStatus `json:"status"`
	Progress int                   `json:"progress"`
	At       domain.Time           `json:"at"`
	Reporter string                `json:"reporter"`
	Evidence *domain.Document      `json:"evidence,omitempty"`
}

// Submission has a document for every submission, by its id.
var Submission = public(Of("submission", 1, "what became of one submission: responses, days to them, status by source; key: its id",
	on(domain.RecommendationSubmitted{}, domain.ResponseReceived{}, domain.FollowUpReported{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationSubmitted:
			return append(to, string(e.Submission))
		case domain.ResponseReceived:
			return append(to, string(e.Submission))
		case domain.FollowUpReported:
			return append(to, string(e.Submission))
		}
		return to
	},
	func(d *SubmissionDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.RecommendationSubmitted:
			*d = SubmissionDoc{
				Submission: e.Submission, Edition: f.Meta.Source, Dialogue: f.Meta.Dialogue, Recommendation: e.RecommendationID, At: e.Recommendation, Addressee: e.Addressee,
				Channel: e.Channel, Documents: e.Documents, SubmittedAt: e.SubmittedAt, ExpectedBy: known(e.ExpectedBy), Publication: e.Publication,
				EmbargoUntil: known(e.EmbargoUntil), Progress: submitted(e), Responses: []Response{},
			}
		case domain.ResponseReceived:
			d.respond(e, d.SubmittedAt)
			d.Responses = append(d.Responses, Response{e.Kind, e.At, days(d.SubmittedAt, e.At), e.Text, evidence(e.Evidence), e.Official})
		case domain.FollowUpReported:
			d.report(e)
			d.Reports++
		}
	}))

func submitted(e domain.RecommendationSubmitted) Progress {
	return Progress{Status: map[domain.FollowUpSource]LastReport{}, LastUpdate: e.SubmittedAt}
}

// respond takes a response in. Responses are not always recorded in the order in which they came.
func (p *Progress) respond(e domain.ResponseReceived, submittedAt domain.Time) {
	at := e.At
	if p.AcknowledgedAt == nil || at < *p.AcknowledgedAt {
		p.AcknowledgedAt = &at
	}
	if e.Kind != domain.Acknowledgement && (p.AnsweredAt == nil || at < *p.AnsweredAt) {
		n := days(submittedAt, at)
		p.AnsweredAt, p.DaysToAnswer = &at, &n
	}
	p.LastUpdate = max(p.LastUpdate, at)
}

// report takes a report in. Of two reports of one time the later record counts.
func (p *Progress) report(e domain.FollowUpReported) {
	if have, ok := p.Status[e.Source]; !ok || have.At <= e.At {
		p.Status[e.Source] = LastReport{e.Status, e.Progress, e.At, e.Reporter, evidence(e.Evidence)}
	}
	p.LastUpdate = max(p.LastUpdate, e.At)
}

// says tells whether the last report of some source has a status.
func (p *Progress) says(s domain.FollowUpStatus) bool {
	for _, r := range p.Status {
		if r.Status == s {
			return true
		}
	}
	return false
}

const wholeDay = 24 * 60 * 60 * 1000

func days(from, to domain.Time) int { return int((to - from) / wholeDay) }

// known is nil where t is not.
func known(t domain.Time) *domain.Time {
	if t == 0 {
		return nil
	}
	return &t
}

func evidence(d domain.Document) *domain.Document {
	if d == (domain.Document{}) {
		return nil
	}
	return &d
}
