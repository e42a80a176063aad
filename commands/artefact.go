package commands

import (
	"context"

	"daybook.internal/domain"
)

func artefactCommands() []Command {
	return []Command{
		define("add-artefact-version", "bring a new version of a question, a text, a script", (*Service).AddArtefactVersion),
		define("record-review", "record what a reviewer thinks of a version", (*Service).RecordReview),
		define("approve-artefact", "let a version be used", (*Service).ApproveArtefact),
		define("submit-translation", "bring a version into another language", (*Service).SubmitTranslation),
		define("verify-translation", "let a translation be used", (*Service).VerifyTranslation),
		define("withdraw-artefact", "take a version out of use", (*Service).WithdrawArtefact),
	}
}

// AddArtefactVersion is a new version of an artefact, for an edition.
type AddArtefactVersion struct {
	Edition domain.EditionID `json:"edition"`
	domain.ArtefactVersionAdded
}

// AddArtefactVersion brings a new version of an artefact. A question that endorses has the words of an approved template.
func (s *Service) AddArtefactVersion(ctx context.Context, by By, c AddArtefactVersion) (Receipt, error) {
	v := s.look(ctx)
	v.edition(c.Edition)
	var template domain.Artefact
	if c.Question != nil && c.Question.Kind == domain.Endorse {
		template = v.artefact(c.Question.Template.ID)
	}
	return ofArtefact(v, by, c.Artefact, c.Edition, func(a domain.Artefact) ([]domain.Event, error) {
		events, err := a.AddVersion(c.ArtefactVersionAdded)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		if err := c.CheckEndorse(template); err != nil {
			return nil, err
		}
		return events, nil
	})
}

// RecordReview is one reviewer's verdict on one version.
type RecordReview struct {
	Artefact domain.ArtefactID `json:"artefact"`
	Version  int               `json:"version"`
	Reviewer string            `json:"reviewer"`
	Partner  domain.PartnerID  `json:"partner"`
	Kind     domain.ReviewKind `json:"kind"`
	Verdict  domain.Verdict    `json:"verdict"`
	Scores   map[string]int    `json:"scores,omitempty"`
	Comment  domain.LText      `json:"comment,omitzero"`
	Place    domain.Place      `json:"place,omitempty"`
}

// RecordReview runs the command of that name. What the reviewer has at stake is looked up with the partner on whose behalf they review, for the topics
// of the sessions that use the artefact.
func (s *Service) RecordReview(ctx context.Context, by By, c RecordReview) (Receipt, error) {
	v := s.look(ctx)
	edition := v.broughtBy(c.Artefact, c.Version)
	e := v.edition(edition)
	interest, declared := v.partner(edition, c.Partner).Interest(c.Reviewer, e.TopicsOf(c.Artefact))
	r := domain.ReviewRecorded{
		Artefact: c.Artefact, Version: c.Version, Reviewer: c.Reviewer, Partner: c.Partner, Kind: c.Kind, Verdict: c.Verdict, Scores: c.Scores, Comment: c.Comment, Place: c.Place,
	}
	return ofArtefact(v, by, c.Artefact, edition, func(a domain.Artefact) ([]domain.Event, error) { return a.Review(r, interest, declared) })
}

// ApproveArtefact lets a version be used.
type ApproveArtefact struct {
	Artefact domain.ArtefactID `json:"artefact"`
	Version  int               `json:"version"`
	Quorum   int               `json:"quorum"`
}

// ApproveArtefact runs the command of that name. Who approves follows from the reviews.
func (s *Service) ApproveArtefact(ctx context.Context, by By, c ApproveArtefact) (Receipt, error) {
	v := s.look(ctx)
	v.backTo(v.sentAs(by, domain.ArtefactStream(c.Artefact)))
	edition := v.broughtBy(c.Artefact, c.Version)
	e := v.edition(edition)
	_, others := v.inUse(edition, domain.ArtefactRef{ID: c.Artefact, Version: c.Version})
	p := domain.ArtefactApproved{Artefact: c.Artefact, Version: c.Version, Quorum: c.Quorum}
	return ofArtefact(v, by, c.Artefact, edition, func(a domain.Artefact) ([]domain.Event, error) { return a.Approve(p, e, others) })
}

// SubmitTranslation brings a version into another language: its words, or the digest of a file that has them.
type SubmitTranslation struct {
	Artefact   domain.ArtefactID        `json:"artefact"`
	Version    int                      `json:"version"`
	Lang       domain.Lang              `json:"lang"`
	Translator string                   `json:"translator"`
	Question   *domain.QuestionWords    `json:"question,omitempty"`
	Codes      map[string]string        `json:"codes,omitempty"`
	Body       string                   `json:"body,omitempty"`
	Content    domain.Digest            `json:"content,omitzero"`
	URI        string                   `json:"uri,omitempty"`
	Method     domain.TranslationMethod `json:"method"`
}

// SubmitTranslation runs the command of that name.
func (s *Service) SubmitTranslation(ctx context.Context, by By, c SubmitTranslation) (Receipt, error) {
	v := s.look(ctx)
	edition := v.broughtBy(c.Artefact, c.Version)
	e := v.edition(edition)
	return ofArtefact(v, by, c.Artefact, edition, func(a domain.Artefact) ([]domain.Event, error) {
		return a.SubmitTranslation(domain.TranslationSubmitted(c), e)
	})
}

// VerifyTranslation lets a translation be used.
func (s *Service) VerifyTranslation(ctx context.Context, by By, c domain.TranslationVerified) (Receipt, error) {
	v := s.look(ctx)
	edition := v.broughtBy(c.Artefact, c.Version)
	return ofArtefact(v, by, c.Artefact, edition, func(a domain.Artefact) ([]domain.Event, error) { return a.VerifyTranslation(c) })
}

// WithdrawArtefact takes a version out of use.
func (s *Service) WithdrawArtefact(ctx context.Context, by By, c domain.ArtefactWithdrawn) (Receipt, error) {
	v := s.look(ctx)
	v.backTo(v.sentAs(by, domain.ArtefactStream(c.Artefact)))
	edition := v.broughtBy(c.Artefact, c.Version)
	inUse, _ := v.inUse(edition, domain.ArtefactRef{ID: c.Artefact, Version: c.Version})
	var other domain.Artefact
	if id := c.ReplacedBy.ID; id != "" && id != c.Artefact {
		other = v.artefact(id)
	}
	return ofArtefact(v, by, c.Artefact, edition, func(a domain.Artefact) ([]domain.Event, error) { return a.Withdraw(c, inUse, other) })
}

// broughtBy is the edition that brought a version of an artefact. Its protocol, its languages and its partners are those that count; that it is not
// named by who acts keeps a lenient edition from approving for a strict one.
func (v *sight) broughtBy(id domain.ArtefactID, version int) (edition domain.EditionID) {
	v.each(domain.ArtefactStream(id), 0, func(f domain.Fact) bool {
		if a, ok := f.Event.(domain.ArtefactVersionAdded); ok && a.Version == version {
			edition = f.Meta.Source
		}
		return edition == ""
	})
	if edition == "" {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "artefact %q has no version %d", id, version))
	}
	return edition
}

// inUse tells whether an open session of the edition uses a version of an artefact, and whether one uses another version of it.
func (v *sight) inUse(edition domain.EditionID, ref domain.ArtefactRef) (this, other bool) {
	for _, id := range v.dialogues(edition) {
		t, o := v.dialogue(id).Uses(ref)
		this, other = this || t, other || o
	}
	return this, other
}

func ofArtefact(v *sight, by By, id domain.ArtefactID, edition domain.EditionID, decide func(domain.Artefact) ([]domain.Event, error)) (Receipt, error) {
	return execute(v, by, domain.ArtefactStream(id), edition, "", decide)
}
