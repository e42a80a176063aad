package release

import (
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// Source is what a release of one edition is made from: the first records of a ledger, applied in order.
type Source struct {
	edition   domain.EditionID
	state     *measures.State
	fold      *projections.Fold
	opened    *domain.EditionOpened
	protocol  *domain.ProtocolFrozen
	sessions  []domain.SessionDefined
	asked     map[domain.ArtefactRef][]Asked
	questions map[domain.ArtefactRef]*wording
	partners  map[domain.PartnerID]string // their names
	streams   map[domain.StreamID]bool    // of the edition
	places    map[domain.Place]bool
	committed *domain.ViewsCommitted // the last commitment to the views
	first     domain.Time            // of the records of the edition
	last      domain.Time
}

// Asked is where a question is asked.
type Asked struct {
	Session domain.SessionID `json:"session"`
	Wave    domain.Wave      `json:"wave"`
}

// wording is a version of a question and its translations by language.
type wording struct {
	domain.Question
	at        uint64
	submitted map[domain.Lang]*domain.TranslationSubmitted
	verified  map[domain.Lang]*domain.QuestionWords
}

// NewSource is that of an edition before the first record.
func NewSource(edition domain.EditionID) *Source {
	var views []projections.View
	for _, p := range public() {
		views = append(views, p.View)
	}
	return &Source{
		edition: edition, state: measures.NewState(), fold: projections.NewFold(views, nil), asked: map[domain.ArtefactRef][]Asked{},
		questions: map[domain.ArtefactRef]*wording{}, partners: map[domain.PartnerID]string{}, streams: map[domain.StreamID]bool{}, places: map[domain.Place]bool{},
	}
}

// Position is how many records were applied.
func (s *Source) Position() uint64 { return s.state.Position() }

// Edition is the edition as it was opened; nil where it was not.
func (s *Source) Edition() *domain.EditionOpened { return s.opened }

// Apply takes one fact in, in ledger order. After an error the Source is of no more use.
func (s *Source) Apply(f domain.Fact) error {
	if err := s.state.Apply(f); err != nil {
		return err
	}
	if err := s.fold.Apply(f); err != nil {
		return fmt.Errorf("record %d: %w", f.Seq, err)
	}
	switch e := f.Event.(type) {
	case domain.ArtefactVersionAdded: // artefacts belong to no edition
		if e.Question != nil {
			s.questions[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}] = &wording{
				*e.Question, f.Seq + 1, map[domain.Lang]*domain.TranslationSubmitted{}, map[domain.Lang]*domain.QuestionWords{},
			}
		}
	case domain.TranslationSubmitted:
		if w := s.questions[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}]; w != nil {
			w.submitted[e.Lang] = &e
		}
	case domain.TranslationVerified:
		w := s.questions[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}]
		if w != nil && w.submitted[e.Lang] != nil && w.submitted[e.Lang].Content == e.Translation {
			w.verified[e.Lang], w.at = w.submitted[e.Lang].Question, f.Seq+1
		}
	case domain.ViewsCommitted:
		s.committed = &e
	}
	if f.Meta.Source == s.edition {
		s.apply(f)
	}
	return nil
}

// apply takes a fact of the edition in.
func (s *Source) apply(f domain.Fact) {
	if s.streams[f.Stream] = true; s.first == 0 {
		s.first = f.Meta.Time
	}
	s.last = max(s.last, f.Meta.Time)
	switch e := f.Event.(type) {
	case domain.EditionOpened:
		s.opened = &e
	case domain.ProtocolFrozen:
		s.protocol = &e
	case domain.SessionDefined:
		s.sessions = append(s.sessions, e)
		for _, i := range e.Instruments {
			s.ask(i.Artefact, Asked{e.Session, i.Wave})
		}
	case domain.BallotCast: // recommendations are put to the vote in sessions that were defined before
		s.ask(e.Question, Asked{e.Session, e.Wave})
	case domain.PartnerAdmitted:
		s.partners[e.Partner] = e.Name
	case domain.DialogueRegistered:
		s.places[e.Place] = true
	}
}

func (s *Source) ask(q domain.ArtefactRef, in Asked) {
	if !slices.Contains(s.asked[q], in) {
		s.asked[q] = append(s.asked[q], in)
	}
}

// coordinator is the name of who answers for the edition.
func (s *Source) coordinator() string {
	if name := s.partners[s.opened.Coordinator]; name != "" {
		return name
	}
	return string(s.opened.Coordinator)
}

// title is that of the edition in English, or else in its source language.
func (s *Source) title() (string, domain.Lang) { return inEnglish(s.opened.Title) }

func inEnglish(t domain.LText) (string, domain.Lang) {
	if words, ok := t.Text["en"]; ok {
		return words, "en"
	}
	return t.String(), t.Source
}

// rule is how small cells are hidden, in words.
func (s *Source) rule() string {
	if s.protocol == nil {
		return fmt.Sprintf("base below %d (no protocol is frozen)", measures.DefaultMinBase)
	}
	return fmt.Sprintf("base below %d, cells within %d, as frozen in the protocol", s.protocol.Suppression.MinBase, s.protocol.Suppression.MinCell)
}
