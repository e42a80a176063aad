package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// ResponseDoc is how those answer to whom recommendations were handed. Overdue is what was expected by a day before the last one that the record knows.
type ResponseDoc struct {
	Head
	Edition     domain.EditionID `json:"edition"`
	AsOf        domain.Date      `json:"asOf"`
	All         ResponseRates    `json:"all"`
	Kinds       []KindRates      `json:"kinds"`       // by kind of addressee
	Submissions []ResponseLine   `json:"submissions"` // in the order in which they were recorded
}

// ResponseRates are shares of submissions.
type ResponseRates struct {
	Submitted     int    `json:"submitted"`
	Acknowledged  Rate   `json:"acknowledged"` // there is a response of any kind
	Answered      Rate   `json:"answered"`     // more than an acknowledgement
	Adopted       Rate   `json:"adopted"`
	Rejected      Rate   `json:"rejected"`
	Implemented   Rate   `json:"implemented"`   // submissions of which some source says that they were implemented
	InTime        Rate   `json:"inTime"`        // of the answered: within the days of the threshold
	Overdue       int    `json:"overdue"`       // not answered by the day by which an answer was expected
	Undated       int    `json:"undated"`       // not answered, and none was expected by a day
	MedianDays    Number `json:"medianDays"`    // median of the days from the hand-over to the answer, of the answered; null where there is none
	LongestDays   *int   `json:"longestDays"`   // the longest of them, in whole days; null where there is none
	UpdatedInYear Rate   `json:"updatedInYear"` // of the answered: something was said of it in the last 365 days
}

// KindRates are those of one kind of addressee.
type KindRates struct {
	Kind domain.PartnerKind `json:"kind"`
	ResponseRates
}

// ResponseLine is one submission.
type ResponseLine struct {
	Submission     domain.SubmissionID                             `json:"submission"`
	Recommendation domain.RecommendationID                         `json:"recommendation"`
	Kind           domain.PartnerKind                              `json:"kind"`
	Place          domain.Place                                    `json:"place,omitempty"`
	SubmittedAt    domain.Time                                     `json:"submittedAt"`
	ExpectedBy     *domain.Time                                    `json:"expectedBy"`
	DaysToAnswer   *int                                            `json:"daysToAnswer"` // null: not answered
	DaysOverdue    *int                                            `json:"daysOverdue"`  // null: answered, not due yet, or without a day
	DaysSilent     int                                             `json:"daysSilent"`   // since anything was last said of it
	Status         map[domain.FollowUpSource]domain.FollowUpStatus `json:"status"`       // by source: sources may disagree
	Disagree       bool                                            `json:"disagree"`     // whether sources disagree on what became of it
}

// Responses has a document for every edition that submitted anything.
var Responses = of(View{Name: "response", Version: Version, Public: true, About: "answers to submissions: shares, days, what is overdue and how long nothing was said; key: the edition's id"},
	func(in *Inputs) []string { return in.keysOf(projections.Accountability) },
	func(in *Inputs, key string, d *ResponseDoc) error {
		doc := document[projections.AccountabilityDoc](in, projections.Accountability, key)
		if doc == nil || key == "" {
			return ErrNoDocument
		}
		d.Edition = doc.Edition
		last, limit := in.lastDay(d.Edition), in.threshold(d.Edition, "I2", &d.Head)
		d.AsOf, d.Kinds, d.Submissions = last.Date(), []KindRates{}, []ResponseLine{}
		kinds := map[domain.PartnerKind][]projections.SubmissionLine{}
		for _, l := range doc.Submissions {
			kinds[l.Kind] = append(kinds[l.Kind], l)
			d.Submissions = append(d.Submissions, responseLine(l, last))
		}
		d.All = d.rates("all", doc.Submissions, last, limit)
		names := []domain.PartnerKind{}
		for kind := range kinds {
			names = append(names, kind)
		}
		slices.Sort(names)
		for _, kind := range names {
			d.Kinds = append(d.Kinds, KindRates{kind, d.rates(string(kind), kinds[kind], last, limit)})
		}
		return nil
	})

func responseLine(l projections.SubmissionLine, last domain.Time) ResponseLine {
	r := ResponseLine{
		Submission: l.Submission, Recommendation: l.Recommendation, Kind: l.Kind, Place: l.Place, SubmittedAt: l.SubmittedAt, ExpectedBy: l.ExpectedBy,
		DaysToAnswer: l.DaysToAnswer, DaysSilent: max(0, int(last-l.LastUpdate)/wholeDay), Status: map[domain.FollowUpSource]domain.FollowUpStatus{},
	}
	if overdue(l, last) {
		n := int(last-*l.ExpectedBy) / wholeDay
		r.DaysOverdue = &n
	}
	said := map[domain.FollowUpStatus]bool{}
	for source, report := range l.Status {
		r.Status[source], said[report.Status] = report.Status, true
	}
	r.Disagree = len(said) > 1
	return r
}

func overdue(l projections.SubmissionLine, last domain.Time) bool {
	return l.AnsweredAt == nil && l.ExpectedBy != nil && *l.ExpectedBy < last
}

// rates count some submissions.
func (h *Head) rates(what string, lines []projections.SubmissionLine, last domain.Time, limit domain.Ratio) ResponseRates {
	r := ResponseRates{Submitted: len(lines), MedianDays: None}
	var acknowledged, answered, adopted, rejected, implemented, inTime, recent int
	var days []int
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	for _, l := range lines {
		count(&acknowledged, l.AcknowledgedAt != nil)
		count(&adopted, l.Adopted)
		count(&rejected, l.Rejected)
		count(&r.Overdue, overdue(l, last))
		count(&r.Undated, l.AnsweredAt == nil && l.ExpectedBy == nil)
		done := false
		for _, report := range l.Status {
			done = done || report.Status == domain.Implemented
		}
		count(&implemented, done)
		if l.DaysToAnswer != nil {
			answered++
			days = append(days, *l.DaysToAnswer)
			count(&inTime, within(*l.DaysToAnswer, limit))
			count(&recent, last-l.LastUpdate <= 365*wholeDay)
		}
	}
	all := len(lines)
	r.Acknowledged, r.Answered = h.rate(what+": acknowledged", &acknowledged, &all), h.rate(what+": answered", &answered, &all)
	r.Adopted, r.Rejected = h.rate(what+": adopted", &adopted, &all), h.rate(what+": rejected", &rejected, &all)
	r.Implemented, r.InTime = h.rate(what+": implemented", &implemented, &all), h.rate(what+": in time", &inTime, &answered)
	r.UpdatedInYear = h.rate(what+": updated", &recent, &answered)
	if answered > 0 {
		longest := slices.Max(days)
		r.LongestDays = &longest
		if of, err := stats.DescribeValues(days); err != nil {
			h.fail(what+": days to the answer", err)
		} else {
			h.by(stats.AlgorithmScale)
			r.MedianDays = Number(of.Median())
		}
	}
	return r
}
