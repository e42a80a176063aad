package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// adopted is the history of a recommendation that was adopted: the example, and four events long.
func adopted() RecommendationState {
	return Fold(RecommendationState{}, example[RecommendationDrafted](), example[EndorsementOpened](), example[EndorsementClosed](), example[RecommendationDecided]())
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	r := example[RecommendationSubmitted]()
	text := Fold(Publication{}, example[PublicationReleased]()) // under an embargo as long as that of the submission
	ask := func(f func(*RecommendationSubmitted)) func(Submission) ([]Event, error) {
		return askSubmit(but(r, f), adopted(), text)
	}
	of := func(of RecommendationState, text Publication) func(Submission) ([]Event, error) {
		return askSubmit(r, of, text)
	}
	as := func(*RecommendationSubmitted) {}
	embargoed := but(r, func(r *RecommendationSubmitted) { r.Publication = "" })
	free := but(r, func(r *RecommendationSubmitted) { r.EmbargoUntil = 0 })
	open := Fold(Publication{}, but(example[PublicationReleased](), func(p *PublicationReleased) { p.EmbargoUntil = r.SubmittedAt }))
	longer := Fold(Publication{}, but(example[PublicationReleased](), func(p *PublicationReleased) { p.EmbargoUntil = r.EmbargoUntil + 1 }))
	deferred := but(example[RecommendationDecided](), func(d *RecommendationDecided) { d.Outcome = Deferred })
	again := Fold(adopted(), deferred)
	checkRulings(t, []ruling[Submission]{
		{"submits", nil, ask(as), nil, follows(r)},
		{"is submitted", follows(r), ask(as), nil, nil},
		{"is submitted otherwise", follows(r), ask(func(r *RecommendationSubmitted) { r.Addressee.Name = "x" }), ErrDuplicate, nil},
		{"no id", nil, ask(func(r *RecommendationSubmitted) { r.Submission = "" }), ErrInvalidID, nil},
		{"no recommendation", nil, ask(func(r *RecommendationSubmitted) { r.RecommendationID = "" }), ErrInvalidID, nil},
		{"not drafted", nil, of(RecommendationState{}, text), ErrUnknownRef, nil},
		{"not decided", nil, of(Fold(RecommendationState{}, example[RecommendationDrafted]()), text), ErrNotApproved, nil},
		{"deferred", nil, of(again, text), ErrNotApproved, nil},
		{"called again", nil, of(Fold(again, example[EndorsementOpened](), example[EndorsementClosed]()), text), ErrNotApproved, nil},
		{"superseded", nil, of(Fold(adopted(), RecommendationSuperseded{Recommendation: "rc_1", By: []RecommendationID{"rc_3"}, Relation: Replaced, Reason: "r"}), text), ErrSuperseded, nil},
		{"as it stood before", nil, ask(func(r *RecommendationSubmitted) { r.Recommendation.Version = 3 }), ErrUnknownRef, nil},
		{"another's stream", nil, ask(func(r *RecommendationSubmitted) { r.Recommendation.Stream = RecommendationStream("rc_2") }), ErrUnknownRef, nil},
		{"nobody", nil, ask(func(r *RecommendationSubmitted) { r.Addressee.Name = "" }), ErrInvalidField, nil},
		{"addressee of no kind", nil, ask(func(r *RecommendationSubmitted) { r.Addressee.Kind = "king" }), ErrInvalidField, nil},
		{"addressee of no place", nil, ask(func(r *RecommendationSubmitted) { r.Addressee.Place = "kenya" }), ErrInvalidField, nil},
		{"no channel", nil, ask(func(r *RecommendationSubmitted) { r.Channel = "" }), ErrInvalidField, nil},
		{"no time", nil, ask(func(r *RecommendationSubmitted) { r.SubmittedAt = 0 }), ErrInvalidField, nil},
		{"expected at once", nil, ask(func(r *RecommendationSubmitted) { r.ExpectedBy = r.SubmittedAt }), ErrInvalidField, nil},
		{"document without a digest", nil, ask(func(r *RecommendationSubmitted) { r.Documents = []Digest{{}} }), ErrInvalidField, nil},
		{"document twice", nil, ask(func(r *RecommendationSubmitted) { r.Documents = []Digest{{1}, {1}} }), ErrInvalidField, nil},

		{"neither text nor embargo", nil, ask(func(r *RecommendationSubmitted) { r.Publication, r.EmbargoUntil = "", 0 }), ErrNotApproved, nil},
		{"an embargo alone", nil, askSubmit(embargoed, adopted(), Publication{}), nil, follows(embargoed)},
		{"a text alone", nil, askSubmit(free, adopted(), open), nil, follows(free)},
		{"an embargo that is over", nil, ask(func(r *RecommendationSubmitted) { r.EmbargoUntil = r.SubmittedAt }), ErrEmbargo, nil},
		{"text not released", nil, of(adopted(), Publication{}), ErrUnknownRef, nil},
		{"text of another", nil, of(adopted(), Fold(Publication{}, but(example[PublicationReleased](), func(p *PublicationReleased) { p.Recommendations = nil }))), ErrNotApproved, nil},
		{"text under a longer embargo", nil, of(adopted(), longer), ErrEmbargo, nil},
		{"text under an embargo, submission under none", nil, ask(func(r *RecommendationSubmitted) { r.EmbargoUntil = 0 }), ErrEmbargo, nil},
	})
}

// askSubmit asks to submit a recommendation of four events.
func askSubmit(r RecommendationSubmitted, of RecommendationState, text Publication) func(Submission) ([]Event, error) {
	return func(s Submission) ([]Event, error) { return s.Submit(r, of, 4, text) }
}

func TestRespond(t *testing.T) {
	t.Parallel()
	made, r := follows(example[RecommendationSubmitted]()), example[ResponseReceived]()
	ask := func(f func(*ResponseReceived)) func(Submission) ([]Event, error) {
		return asks(Submission.Respond, but(r, f))
	}
	heard := but(r, func(r *ResponseReceived) { r.Kind, r.Evidence = Acknowledgement, Document{} })
	checkRulings(t, []ruling[Submission]{
		{"responds", made, asks(Submission.Respond, r), nil, follows(r)},
		{"has responded", append(made, r), asks(Submission.Respond, r), nil, nil},
		{"responds again", append(made, r), asks(Submission.Respond, but(r, func(r *ResponseReceived) { r.At++ })), nil, follows(but(r, func(r *ResponseReceived) { r.At++ }))},
		{"names another recommendation", made, ask(func(r *ResponseReceived) { r.RecommendationID = "rc_9" }), nil, follows(r)},
		{"acknowledges without evidence", made, asks(Submission.Respond, heard), nil, follows(heard)},
		{"not submitted", nil, asks(Submission.Respond, r), ErrUnknownRef, nil},
		{"unknown kind", made, ask(func(r *ResponseReceived) { r.Kind = "silence" }), ErrInvalidField, nil},
		{"no text", made, ask(func(r *ResponseReceived) { r.Text = LText{} }), ErrInvalidText, nil},
		{"before the submission", made, ask(func(r *ResponseReceived) { r.At = example[RecommendationSubmitted]().SubmittedAt - 1 }), ErrInvalidField, nil},
		{"no evidence", made, ask(func(r *ResponseReceived) { r.Evidence = Document{} }), ErrInvalidField, nil},
		{"evidence that may change", made, ask(func(r *ResponseReceived) { r.Kind, r.Evidence.Digest = Acknowledgement, Digest{} }), ErrInvalidField, nil},
		{"no office", made, ask(func(r *ResponseReceived) { r.Official = "" }), ErrInvalidField, nil},
	})
}

func TestFollowUp(t *testing.T) {
	t.Parallel()
	made, f := follows(example[RecommendationSubmitted]()), example[FollowUpReported]()
	ask := func(c func(*FollowUpReported)) func(Submission) ([]Event, error) {
		return asks(Submission.FollowUp, but(f, c))
	}
	done := but(f, func(f *FollowUpReported) { f.Status, f.Progress = Implemented, 100 })
	other := but(f, func(f *FollowUpReported) {
		f.Source, f.Status, f.Progress, f.Evidence = CivilSocietySource, Abandoned, 0, Document{}
	})
	checkRulings(t, []ruling[Submission]{
		{"reports", made, asks(Submission.FollowUp, f), nil, follows(f)},
		{"has reported", append(made, f), asks(Submission.FollowUp, f), nil, nil},
		{"another source disagrees", append(made, f), asks(Submission.FollowUp, other), nil, follows(other)},
		{"names another recommendation", made, ask(func(f *FollowUpReported) { f.RecommendationID = "" }), nil, follows(f)},
		{"implemented", made, asks(Submission.FollowUp, done), nil, follows(done)},
		{"not submitted", nil, asks(Submission.FollowUp, f), ErrUnknownRef, nil},
		{"unknown status", made, ask(func(f *FollowUpReported) { f.Status = "" }), ErrInvalidField, nil},
		{"unknown source", made, ask(func(f *FollowUpReported) { f.Source = "" }), ErrInvalidField, nil},
		{"before the submission", made, ask(func(f *FollowUpReported) { f.At = 1 }), ErrInvalidField, nil},
		{"no reporter", made, ask(func(f *FollowUpReported) { f.Reporter = "" }), ErrInvalidField, nil},
		{"evidence that may change", made, ask(func(f *FollowUpReported) { f.Evidence.Digest = Digest{} }), ErrInvalidField, nil},
		{"less than nothing", made, ask(func(f *FollowUpReported) { f.Progress = -1 }), ErrInvalidAnswer, nil},
		{"more than all", made, ask(func(f *FollowUpReported) { f.Progress = 101 }), ErrInvalidAnswer, nil},
		{"implemented in part", made, ask(func(f *FollowUpReported) { f.Status = Implemented }), ErrInvalidAnswer, nil},
		{"implemented without evidence", made, ask(func(f *FollowUpReported) { f.Status, f.Progress, f.Evidence = Implemented, 100, Document{} }), ErrInvalidAnswer, nil},
	})
}

func TestSubmissionMachine(t *testing.T) {
	t.Parallel()
	made := follows(example[RecommendationSubmitted]())
	checkMachine(t, [][]Event{nil, made}, map[string]draw[Submission]{
		"submit": func(t *rapid.T) func(Submission) ([]Event, error) {
			r := but(example[RecommendationSubmitted](), func(r *RecommendationSubmitted) { r.Channel = pick(t, "channel", "", "a", "b") })
			return askSubmit(r, adopted(), Fold(Publication{}, example[PublicationReleased]()))
		},
		"respond": func(t *rapid.T) func(Submission) ([]Event, error) {
			return asks(Submission.Respond, but(example[ResponseReceived](), func(r *ResponseReceived) {
				r.Kind, r.At = pick(t, "kind", Acknowledgement, SubstantiveResponse, AdoptionResponse), r.At+Time(pick(t, "at", 0, 1))
				r.Evidence = pick(t, "evidence", r.Evidence, Document{})
			}))
		},
		"report": func(t *rapid.T) func(Submission) ([]Event, error) {
			return asks(Submission.FollowUp, but(example[FollowUpReported](), func(f *FollowUpReported) {
				f.Source, f.Status = pick(t, "source", AuthoritySource, CivilSocietySource), pick(t, "status", NoFollowUp, Implemented)
				f.Progress, f.Evidence = pick(t, "progress", 0, 100), pick(t, "evidence", f.Evidence, Document{})
			}))
		},
	})
	var s Submission
	for _, e := range append(made, example[ResponseReceived](), example[FollowUpReported](), but(example[FollowUpReported](), func(f *FollowUpReported) { f.Source = AuthoritySource })) {
		s = s.Evolve(e)
	}
	require.Len(t, s.reports, 2, "reports that disagree are all kept")
	require.Equal(t, made[0], *s.Submitted())
}
