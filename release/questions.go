package release

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"daybook.internal/domain"
)

// Question is one version of a question as it is published: with the words of all languages in which people were asked.
type Question struct {
	Question       domain.ArtefactRef      `json:"question"`
	Kind           domain.QuestionKind     `json:"kind"`
	Unit           domain.Unit             `json:"unit"`
	Text           domain.LText            `json:"text"`
	Required       bool                    `json:"required"`
	Asked          []Asked                 `json:"asked"`
	Options        []Option                `json:"options"` // and the points of scales and votes, with their numbers or words as ids
	Min            int                     `json:"min,omitempty"`
	Max            int                     `json:"max,omitempty"`
	Polarity       domain.Polarity         `json:"polarity"`
	Top            int                     `json:"top,omitempty"`
	Ties           bool                    `json:"ties"`
	Scoring        domain.RankScoring      `json:"scoring"`
	Total          int                     `json:"total,omitempty"`
	Step           int                     `json:"step,omitempty"`
	MaxPer         int                     `json:"maxPer,omitempty"`
	MaxRunes       int                     `json:"maxRunes,omitempty"`
	Recommendation domain.RecommendationID `json:"recommendation"`
	OfVersion      int                     `json:"ofVersion,omitempty"`

	at uint64
}

// Option is what one can choose.
type Option struct {
	Option    string       `json:"option"`
	Label     domain.LText `json:"label"`
	Other     bool         `json:"other"`     // stands for anything else
	Exclusive bool         `json:"exclusive"` // stands alone
}

const questionAbout = "the questions that were asked, in all languages, with their options"

// Key names a question in tables.
func (q *Question) Key() string { return fmt.Sprintf("%s@%d", q.Question.ID, q.Question.Version) }

// instruments are the questions of the edition, by id and version. Translations are those that were verified: nobody is asked in another one.
func (s *Source) instruments() []*Question {
	var all []*Question
	for ref, asked := range s.asked {
		w := s.questions[ref]
		if w == nil {
			continue // it is no question, but a text that is read in the session
		}
		q := &Question{
			Question: ref, Kind: w.Kind, Unit: w.Unit, Text: w.in(w.Text, func(t *domain.QuestionWords) string { return t.Text }), Required: w.Required, Asked: asked,
			Min: w.Min, Max: w.Max, Polarity: w.Polarity, Top: w.Top, Ties: w.Ties, Scoring: w.Scoring, Total: w.Total, Step: w.Step, MaxPer: w.MaxPer, MaxRunes: w.MaxRunes,
			Recommendation: w.Recommendation, OfVersion: w.OfVersion, Options: []Option{}, at: w.at,
		}
		for _, o := range w.Options {
			label := w.in(o.Label, func(t *domain.QuestionWords) string { return t.Options[o.ID] })
			q.Options = append(q.Options, Option{string(o.ID), label, o.ID == w.Other, slices.Contains(w.Exclusive, o.ID)})
		}
		for i, l := range w.Labels {
			q.Options = append(q.Options, Option{Option: strconv.Itoa(i + 1), Label: w.in(l, func(t *domain.QuestionWords) string { return t.Labels[i] })})
		}
		if w.Kind == domain.Endorse {
			for _, e := range w.Endorsements() {
				q.Options = append(q.Options, Option{Option: string(e), Label: domain.In("en", string(e))})
			}
		}
		all = append(all, q)
	}
	slices.SortFunc(all, func(a, b *Question) int {
		return cmp.Or(cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version))
	})
	return all
}

// in gives a text with its translations.
func (w *wording) in(t domain.LText, words func(*domain.QuestionWords) string) domain.LText {
	out := domain.LText{Source: t.Source, Text: maps.Clone(t.Text)}
	for lang, q := range w.verified {
		if text := words(q); text != "" {
			out.Text[lang] = text
		}
	}
	return out
}
