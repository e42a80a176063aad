package commands

import (
	"context"

	"daybook.internal/domain"
)

func submissionCommands() []Command {
	return []Command{
		define("submit-recommendation", "hand an adopted recommendation to a decision-maker", (*Service).SubmitRecommendation),
		define("record-response", "record what the addressee of a submission says", (*Service).RecordResponse),
		define("report-follow-up", "report how far a submitted recommendation has come", (*Service).ReportFollowUp),
	}
}

// SubmitRecommendation hands an adopted recommendation over. Version is that of its stream; 0 is as it stands now.
type SubmitRecommendation struct {
	Submission     domain.SubmissionID     `json:"submission"`
	Recommendation domain.RecommendationID `json:"recommendation"`
	Version        uint64                  `json:"version,omitempty"`
	Addressee      domain.Addressee        `json:"addressee"`
	Channel        string                  `json:"channel"`
	Documents      []domain.Digest         `json:"documents,omitempty"`
	SubmittedAt    domain.Time             `json:"submittedAt"`
	ExpectedBy     domain.Time             `json:"expectedBy,omitzero"`
	Publication    domain.PublicationID    `json:"publication,omitempty"`
	EmbargoUntil   domain.Time             `json:"embargoUntil,omitzero"`
}

// SubmitRecommendation runs the command of that name. The submission is of the edition and the dialogue in which the recommendation was drafted.
func (s *Service) SubmitRecommendation(ctx context.Context, by By, c SubmitRecommendation) (Receipt, error) {
	v := s.look(ctx)
	stream := domain.SubmissionStream(c.Submission)
	about := domain.RecommendationStream(c.Recommendation)
	edition, dialogue := v.begun(about)
	if v.err == nil && edition == "" {
		return Receipt{}, domain.Reject(domain.ErrUnknownRef, "recommendation %q is not drafted", c.Recommendation)
	}
	r, version := seesAt[domain.RecommendationState](v, about)
	var text domain.Publication
	if c.Publication != "" {
		text = sees[domain.Publication](v, domain.PublicationStream(c.Publication))
	}
	ev := domain.RecommendationSubmitted{
		Submission: c.Submission, Recommendation: domain.Ref{Stream: about, Version: c.Version}, RecommendationID: c.Recommendation, Addressee: c.Addressee, Channel: c.Channel,
		Documents: c.Documents, SubmittedAt: c.SubmittedAt, ExpectedBy: c.ExpectedBy, Publication: c.Publication, EmbargoUntil: c.EmbargoUntil,
	}
	if c.Version == 0 {
		ev.Recommendation.Version = version
	}
	run := func() (Receipt, error) {
		return execute(v, by, stream, edition, dialogue, func(y domain.Submission) ([]domain.Event, error) { return y.Submit(ev, r, version, text) })
	}
	receipt, err := run()
	was, sent := sentBefore[domain.RecommendationSubmitted](ctx, s, err, by, stream)
	if !sent || c.Version != 0 {
		return receipt, err
	}
	ev.Recommendation.Version = was.Recommendation.Version
	return run()
}

// seesAt shows a stream like sees, and its version.
func seesAt[S domain.State[S]](v *sight, stream domain.StreamID) (state S, version uint64) {
	state = sees[S](v, stream)
	for _, o := range v.observed {
		if o.Stream == stream {
			version = o.Version
		}
	}
	return state, version
}

// RecordResponse records what the addressee says.
type RecordResponse struct {
	Submission domain.SubmissionID `json:"submission"`
	Kind       domain.ResponseKind `json:"kind"`
	Text       domain.LText        `json:"text"`
	At         domain.Time         `json:"at"`
	Evidence   domain.Document     `json:"evidence,omitzero"`
	Official   string              `json:"official"` // the office, not the person
}

// RecordResponse runs the command of that name.
func (s *Service) RecordResponse(ctx context.Context, by By, c RecordResponse) (Receipt, error) {
	r := domain.ResponseReceived{Submission: c.Submission, Kind: c.Kind, Text: c.Text, At: c.At, Evidence: c.Evidence, Official: c.Official}
	return s.ofSubmission(ctx, by, c.Submission, func(y domain.Submission) ([]domain.Event, error) { return y.Respond(r) })
}

// ReportFollowUp reports how far it has come.
type ReportFollowUp struct {
	Submission domain.SubmissionID   `json:"submission"`
	Status     domain.FollowUpStatus `json:"status"`
	Progress   int                   `json:"progress"` // how far it has come, 0 to 100
	Evidence   domain.Document       `json:"evidence,omitzero"`
	Reporter   string                `json:"reporter"`
	Source     domain.FollowUpSource `json:"source"`
	At         domain.Time           `json:"at"`
}

// ReportFollowUp runs the command of that name.
func (s *Service) ReportFollowUp(ctx context.Context, by By, c ReportFollowUp) (Receipt, error) {
	f := domain.FollowUpReported{Submission: c.Submission, Status: c.Status, Progress: c.Progress, Evidence: c.Evidence, Reporter: c.Reporter, Source: c.Source, At: c.At}
	return s.ofSubmission(ctx, by, c.Submission, func(y domain.Submission) ([]domain.Event, error) { return y.FollowUp(f) })
}

// ofSubmission acts on a submission that was made, in its edition and dialogue.
func (s *Service) ofSubmission(ctx context.Context, by By, id domain.SubmissionID, decide func(domain.Submission) ([]domain.Event, error)) (Receipt, error) {
	v := s.look(ctx)
	stream := domain.SubmissionStream(id)
	edition, dialogue := v.begun(stream)
	if v.err == nil && edition == "" {
		return Receipt{}, domain.Reject(domain.ErrUnknownRef, "submission %q is not made", id)
	}
	return execute(v, by, stream, edition, dialogue, decide)
}
