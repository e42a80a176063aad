package measures

import (
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats/disclosure"
)

// CardDoc is the card of one recommendation: its words and how they came to be, what it stands on, what each chamber said, and what has become of it. It names no persons.
type CardDoc struct {
	Head
	Recommendation domain.RecommendationID          `json:"recommendation"`
	Edition        domain.EditionID                 `json:"edition"`
	Dialogue       domain.DialogueID                `json:"dialogue,omitempty"`
	Place          domain.Place                     `json:"place,omitempty"`
	SampleType     domain.SampleType                `json:"sampleType,omitempty"`
	Level          domain.Level                     `json:"level"`
	Body           domain.Body                      `json:"body"`
	Kind           domain.RecommendationKind        `json:"kind"`
	Status         projections.RecommendationStatus `json:"status"`
	Revision       int                              `json:"textVersion"` // the version of the text that is shown, from 1
	Text           domain.LText                     `json:"text"`
	Topics         []domain.TopicID                 `json:"topics"`
	Sources        []RoleSources                    `json:"sources"` // of the present version, by role
	Versions       []CardVersion                    `json:"versions"`
	Endorsed       int                              `json:"endorsed"` // the version that was put to the vote the last time; 0: none
	Chambers       []CardChamber                    `json:"chambers"`
	Outcome        domain.Outcome                   `json:"outcome,omitempty"`
	DecidedAt      *domain.Time                     `json:"decidedAt"`
	DissentOffered bool                             `json:"dissentOffered"`
	Dissents       []CardDissent                    `json:"dissents"`
	Superseded     *projections.SupersededBy        `json:"superseded"`
	Submissions    []CardSubmission                 `json:"submissions"` // those that are under no embargo
}

// RoleSources are the sources in one role.
type RoleSources struct {
	Role domain.SourceRole `json:"role"`
	Refs []domain.Ref      `json:"refs"` // the sources, in the order in which they came
}

// CardVersion is one version of the text: what came and went with it. Edits lead from the version before to it, in the language in which it was written.
type CardVersion struct {
	Version        int             `json:"version"`
	At             domain.Time     `json:"at"`
	Rationale      string          `json:"rationale,omitempty"`
	Edits          []Edit          `json:"edits"`          // what of the text stayed, went and came in; of the first version none
	LanguagesAdded []domain.Lang   `json:"languagesAdded"` // languages in which the version before was not to be had
	SourcesAdded   []domain.Source `json:"sourcesAdded"`
	SourcesRemoved []domain.Source `json:"sourcesRemoved"`
}

// CardChamber is what one chamber must reach, and what it said. Suppressed says that its numbers are hidden; Votes without that, that they are not counted yet,
// or are answers in a session, which the view of results has.
type CardChamber struct {
	domain.ChamberRule
	Passed     *bool                `json:"passed"` // null: not decided
	Suppressed bool                 `json:"suppressed"`
	Votes      *domain.ChamberCount `json:"votes"` // null where they are suppressed, not counted yet, or answers in a session, which result has
}

// CardDissent is a minority's view. Supporters are hidden where they are few.
type CardDissent struct {
	Text       domain.LText `json:"text"`
	Suppressed bool         `json:"suppressed"`
	Supporters *int         `json:"supporters"`
}

// CardSubmission says to whom the recommendation was handed. What came of it is in the view of responses.
type CardSubmission struct {
	Submission domain.SubmissionID `json:"submission"`
	Kind       domain.PartnerKind  `json:"kind"` // what the addressee is: a parliament, a government and so on
	At         domain.Time         `json:"at"`
}

// Card has a document for every recommendation. The votes of a chamber are hidden where fewer than the least base cast one, and where all said the same and fewer than twice as many did.
// Votes that are answers in a session are in the view of results alone, which hides them together with everything else that the same people answered.
var Card = of(View{Name: "card", Version: Version, Public: true,
	About: "the card of one recommendation: text, versions with what changed, sources by role, chambers and votes, dissents, status; key: its id"},
	func(in *Inputs) []string { return in.keysOf(projections.Recommendation) },
	func(in *Inputs, key string, d *CardDoc) error {
		r := document[projections.RecommendationDoc](in, projections.Recommendation, key)
		if r == nil {
			return ErrNoDocument
		}
		d.Recommendation, d.Edition, d.Dialogue, d.Level, d.Body, d.Kind = r.Recommendation, r.Edition, r.Dialogue, r.Level, r.Body, r.Kind
		d.Status, d.Revision, d.Text, d.Topics, d.Endorsed = r.Status, r.Version, r.Text, r.Topics, r.Endorsed
		d.Outcome, d.DecidedAt, d.DissentOffered, d.Superseded = r.Outcome, r.DecidedAt, r.DissentOffered, r.Superseded
		d.Sources, d.Versions, d.Chambers, d.Dissents, d.Submissions = []RoleSources{}, []CardVersion{}, []CardChamber{}, []CardDissent{}, []CardSubmission{}
		for _, role := range []domain.SourceRole{domain.Basis, domain.SupportRole, domain.ContrastRole, domain.QuoteRole} {
			of := RoleSources{Role: role}
			for _, s := range r.Sources {
				if s.Role == role {
					of.Refs = append(of.Refs, s.Ref)
				}
			}
			if len(of.Refs) > 0 {
				d.Sources = append(d.Sources, of)
			}
		}
		for i, v := range r.Versions {
			before := domain.LText{}
			if i > 0 {
				before = r.Versions[i-1].Text
			}
			d.Versions = append(d.Versions, cardVersion(v, before))
		}
		in.votes(r, d)
		last := in.lastDay(r.Edition)
		for _, s := range r.Submissions {
			if of := document[projections.SubmissionDoc](in, projections.Submission, string(s.Submission)); of == nil || of.EmbargoUntil == nil || *of.EmbargoUntil <= last {
				d.Submissions = append(d.Submissions, CardSubmission{s.Submission, s.Addressee.Kind, s.At})
			}
		}
		in.warnOfCard(r, d)
		return nil
	})

func cardVersion(v projections.RecommendationVersion, before domain.LText) CardVersion {
	of := CardVersion{Version: v.Version, At: v.At, Rationale: v.Rationale, Edits: []Edit{}, LanguagesAdded: []domain.Lang{}, SourcesAdded: v.SourcesAdded, SourcesRemoved: v.SourcesRemoved}
	for _, lang := range ordered(v.Text.Text) {
		if _, had := before.Text[lang]; !had {
			of.LanguagesAdded = append(of.LanguagesAdded, lang)
		}
	}
	if before.Text != nil {
		of.Edits = append(of.Edits, edits(before.Text[v.Text.Source], v.Text.String())...)
	}
	return of
}

// votes are what the chambers said, and the dissents, as far as they may be told.
func (in *Inputs) votes(r *projections.RecommendationDoc, d *CardDoc) {
	if len(r.Chambers)+len(r.Dissents) == 0 {
		return
	}
	rule := in.suppression(r.Edition, &d.Head)
	d.by(disclosure.Algorithm + "/" + disclosure.Version)
	for _, c := range r.Chambers {
		of := CardChamber{ChamberRule: c.ChamberRule, Passed: c.Passed, Votes: c.Count}
		if n := c.Count; n != nil {
			few := func(x int) bool { return x > 0 && x < rule.MinCell }
			if n.Cast < rule.MinBase || few(n.Yes) || few(n.No) || few(n.Abstain) || n.Cast < clearBase(rule) && max(n.Yes, n.No, n.Abstain) == n.Cast {
				of.Suppressed, of.Votes = true, nil
				d.warn(WarnSuppressed, "the numbers of chambers are hidden in which few voted, or which would tell of few")
			}
		}
		d.Chambers = append(d.Chambers, of)
	}
	for _, x := range r.Dissents {
		of := CardDissent{x.Text, x.Supporters < rule.MinBase, nil}
		if !of.Suppressed {
			of.Supporters = &x.Supporters
		}
		d.Dissents = append(d.Dissents, of)
	}
}

// warnOfCard warns of whom the recommendation is from, of versions, and of languages in which it is not to be had.
func (in *Inputs) warnOfCard(r *projections.RecommendationDoc, d *CardDoc) {
	if r.Dialogue != "" {
		frame := in.dialogue(r.Dialogue).frame
		d.Place, d.SampleType = frame.Place, frame.SampleType
		in.warnOfSample(frame.SampleType, &d.Head)
		if of := document[projections.DialogueDoc](in, projections.Dialogue, string(r.Dialogue)); of != nil {
			d.warnOfLanguages(r.Text, of.Languages, "the text")
		}
	} else if board := document[projections.EditionDoc](in, projections.Edition, string(r.Edition)); board != nil {
		d.warnOfLanguages(r.Text, board.Languages, "the text")
	}
	if r.Endorsed != 0 && r.Endorsed != r.Version {
		d.warn(WarnMixedVersions, "version %d of the text was put to the vote, and version %d is the present one", r.Endorsed, r.Version)
	}
	refs := make([]domain.Ref, 0, len(r.Sources))
	for _, s := range r.Sources {
		refs = append(refs, s.Ref)
	}
	in.warnOfVersions(refs, &d.Head)
}
