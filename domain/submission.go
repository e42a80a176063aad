package domain

import "slices"

// SubmissionStream is the stream of one submission.
func SubmissionStream(id SubmissionID) StreamID { return StreamName("submission", string(id)) }

// Submission is the state of one submission's stream.
type Submission struct {
	submitted *RecommendationSubmitted
	responses []ResponseReceived
	reports   []FollowUpReported
}

// Evolve folds one event.
func (s Submission) Evolve(ev Event) Submission {
	switch ev := ev.(type) {
	case RecommendationSubmitted:
		s.submitted = &ev
	case ResponseReceived:
		s.responses = append(s.responses[:len(s.responses):len(s.responses)], ev)
	case FollowUpReported:
		s.reports = append(s.reports[:len(s.reports):len(s.reports)], ev)
	}
	return s
}

// Submitted is the submission, nil before it.
func (s Submission) Submitted() *RecommendationSubmitted { return s.submitted }

// Submit hands a recommendation over. recommendation is its state after version events, text the publication that the submission names.
func (s Submission) Submit(r RecommendationSubmitted, recommendation RecommendationState, version uint64, text Publication) ([]Event, error) {
	err := first(CheckID("submission", r.Submission), CheckID("recommendation", r.RecommendationID), oneOf("addressee's kind", r.Addressee.Kind, partnerKinds))
	if r.Addressee.Place != "" {
		err = first(err, r.Addressee.Place.Check())
	}
	current := Ref{RecommendationStream(r.RecommendationID), version}
	switch {
	case err != nil:
		return nil, err
	case s.submitted != nil && same(*s.submitted, r):
		return nil, nil
	case s.submitted != nil:
		return nil, reject(ErrDuplicate, "submission %s is made already; another addressee is another submission", r.Submission)
	case recommendation.Level() == "":
		return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", r.RecommendationID)
	case recommendation.Superseded():
		return nil, reject(ErrSuperseded, "%s stand in place of recommendation %s", recommendation.SupersededBy(), r.RecommendationID)
	case recommendation.Decided() != Adopted:
		return nil, reject(ErrNotApproved, "recommendation %s is not adopted", r.RecommendationID)
	case r.Recommendation != current:
		return nil, reject(ErrUnknownRef, "the recommendation stands at %s, not at %s", current, r.Recommendation)
	case r.Addressee.Name == "" || r.Channel == "":
		return nil, reject(ErrInvalidField, "a submission has an addressee with a name, and a channel")
	case r.SubmittedAt == 0 || (r.ExpectedBy != 0 && r.ExpectedBy <= r.SubmittedAt):
		return nil, reject(ErrInvalidField, "a submission has a time, and its answer is expected after it")
	}
	for i, d := range r.Documents {
		if d == (Digest{}) || slices.Contains(r.Documents[:i], d) {
			return nil, reject(ErrInvalidField, "a document has no digest, or stands twice")
		}
	}
	if err := r.mayBeSeen(text); err != nil {
		return nil, err
	}
	return []Event{r}, nil
}

// mayBeSeen rejects a submission that would tell a text before anybody may know it, and one of a text that nobody can look up or is going to.
func (r RecommendationSubmitted) mayBeSeen(text Publication) error {
	switch {
	case r.EmbargoUntil != 0 && r.EmbargoUntil <= r.SubmittedAt:
		return reject(ErrEmbargo, "the embargo of the submission ends before it is made")
	case r.Publication == "" && r.EmbargoUntil == 0:
		return reject(ErrNotApproved, "publish the text of recommendation %s first, or set an embargo", r.RecommendationID)
	case r.Publication == "":
		return nil
	case text.released == nil:
		return reject(ErrUnknownRef, "publication %q is not released", r.Publication)
	case !slices.Contains(text.released.Recommendations, r.RecommendationID):
		return reject(ErrNotApproved, "publication %s does not list recommendation %s", r.Publication, r.RecommendationID)
	case text.Visible(r.SubmittedAt) != nil && text.released.EmbargoUntil > r.EmbargoUntil:
		return reject(ErrEmbargo, "publication %s is under an embargo until %s: the submission needs one as long", r.Publication, text.released.EmbargoUntil)
	}
	return nil
}

// Respond records what the addressee says. An addressee may say more than one thing. RecommendationID of r is set here.
func (s Submission) Respond(r ResponseReceived) ([]Event, error) {
	if err := first(s.mustBeMade(r.Submission, r.At), oneOf("response", r.Kind, responseKinds), r.Text.Check("response"), r.Evidence.check()); err != nil {
		return nil, err
	}
	r.RecommendationID = s.submitted.RecommendationID
	switch {
	case slices.ContainsFunc(s.responses, func(have ResponseReceived) bool { return same(have, r) }):
		return nil, nil
	case r.Official == "":
		return nil, reject(ErrInvalidField, "a response names the office that gave it")
	case r.Kind != Acknowledgement && r.Evidence.Digest == (Digest{}):
		return nil, reject(ErrInvalidField, "a response that is more than an acknowledgement has the digest of its evidence")
	}
	return []Event{r}, nil
}

// FollowUp records how far it has come, as one source sees it. RecommendationID of f is set here.
func (s Submission) FollowUp(f FollowUpReported) ([]Event, error) {
	err := first(s.mustBeMade(f.Submission, f.At), oneOf("status", f.Status, followUpStatuses), oneOf("source", f.Source, followUpSources), f.Evidence.check())
	if err != nil {
		return nil, err
	}
	f.RecommendationID = s.submitted.RecommendationID
	switch {
	case slices.ContainsFunc(s.reports, func(have FollowUpReported) bool { return same(have, f) }):
		return nil, nil
	case f.Reporter == "":
		return nil, reject(ErrInvalidField, "a report has a reporter")
	case f.Progress < 0 || f.Progress > 100:
		return nil, reject(ErrInvalidAnswer, "progress is 0 to 100, not %d", f.Progress)
	case f.Status == Implemented && f.Progress != 100:
		return nil, reject(ErrInvalidAnswer, "what is implemented has progress 100, not %d", f.Progress)
	case f.Status == Implemented && f.Evidence.Digest == (Digest{}):
		return nil, reject(ErrInvalidAnswer, "what is implemented has the digest of its evidence")
	}
	return []Event{f}, nil
}

// mustBeMade rejects what is said of a submission that is not made, and what is said before it is.
func (s Submission) mustBeMade(id SubmissionID, at Time) error {
	switch {
	case s.submitted == nil:
		return reject(ErrUnknownRef, "submission %q is not made", id)
	case at < s.submitted.SubmittedAt:
		return reject(ErrInvalidField, "%s is before the submission of %s", at, s.submitted.SubmittedAt)
	}
	return nil
}

// check rejects an address without a digest: what stands there may change.
func (d Document) check() error {
	if d.URI != "" && d.Digest == (Digest{}) {
		return reject(ErrInvalidField, "document %s has no digest", d.URI)
	}
	return nil
}
