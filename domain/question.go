package domain

import "slices"

// Question is what is asked, in one version of an artefact. Each kind has members of its own; those of other kinds are absent.
type Question struct {
	Kind     QuestionKind `json:"kind"`
	Text     LText        `json:"text"`
	Options  []Option     `json:"options"`            // of single, multiple, ranking and allocation
	Required bool         `json:"required,omitempty"` // whether there must be an answer
	Unit     Unit         `json:"unit"`

	Other     OptionID   `json:"other,omitempty"`     // single: the option that stands for anything else
	Min       int        `json:"min,omitempty"`       // multiple: at least so many options
	Max       int        `json:"max,omitempty"`       // multiple: at most so many
	Exclusive []OptionID `json:"exclusive,omitempty"` // multiple: options that stand alone

	Points   int      `json:"points,omitempty"`   // of a likert scale: how many points, 2 to 11
	Labels   []LText  `json:"labels,omitempty"`   // of a likert scale: the label of every point
	Polarity Polarity `json:"polarity,omitempty"` // likert: which end is favourable

	Top     int         `json:"top,omitempty"`     // ranking: at most so many ranks
	Ties    bool        `json:"ties,omitempty"`    // ranking: several options may share a rank
	Scoring RankScoring `json:"scoring,omitempty"` // ranking: how ranks become points

	Total  int `json:"total,omitempty"`  // allocation: the points to give
	Step   int `json:"step,omitempty"`   // allocation: in multiples of
	MaxPer int `json:"maxPer,omitempty"` // allocation: at most so many to one option; absent: no such limit

	MaxRunes int `json:"maxRunes,omitempty"` // of an open question: the most characters of an answer

	Recommendation RecommendationID `json:"recommendation,omitempty"` // endorse: of which version of what
	OfVersion      int              `json:"ofVersion,omitempty"`
	Scale          EndorseScale     `json:"scale,omitempty"`
	Template       ArtefactRef      `json:"template,omitempty"` // endorse: the approved artefact whose words these are
}

// QuestionKind is the form of the answers.
type QuestionKind string

// The kinds of questions.
const (
	SingleChoice   QuestionKind = "single"
	MultipleChoice QuestionKind = "multiple"
	Likert         QuestionKind = "likert"
	Ranking        QuestionKind = "ranking"
	Allocation     QuestionKind = "allocation"
	Open           QuestionKind = "open"
	Endorse        QuestionKind = "endorse"
)

// Unit is who answers.
type Unit string

// The units. Their numbers are never added.
const (
	Individual Unit = "individual"
	TableUnit  Unit = "table"
)

// Polarity is which end of a scale is favourable. The empty one is neither.
type Polarity string

// The polarities.
const (
	HighIsFavourable Polarity = "positive"
	LowIsFavourable  Polarity = "negative"
)

// EndorseScale is how one endorses.
type EndorseScale string

// The scales.
const (
	YesNoAbstain EndorseScale = "yesNoAbstain"
	FivePoint    EndorseScale = "fivePoint" // "1" (not at all) to "5" (fully); 4 and 5 are yes, 1 and 2 no, 3 abstains
)

// Option is one thing to choose.
type Option struct {
	ID    OptionID `json:"id"`
	Label LText    `json:"label"`
}

// QuestionWords is a question in another language: the same options, as many labels.
type QuestionWords struct {
	Text    string              `json:"text"`
	Options map[OptionID]string `json:"options,omitempty"`
	Labels  []string            `json:"labels,omitempty"`
}

// The limits of a question.
const (
	MaxOptions = 200   // the most options
	MaxPoints  = 11    // the most points of a scale
	MaxTotal   = 10000 // the most points to give away
	MaxRunes   = 4000  // the longest open answer, in characters
)

// Check rejects a question that cannot be asked.
func (q Question) Check() error {
	if q.Unit != Individual && q.Unit != TableUnit {
		return reject(ErrInvalidField, "unit %q is not known", q.Unit)
	}
	if err := q.Text.Check("the question"); err != nil {
		return err
	}
	allowed, err := q.checkKind()
	if err != nil {
		return err
	}
	allowed.Kind, allowed.Text, allowed.Required, allowed.Unit = q.Kind, q.Text, q.Required, q.Unit
	if !sameQuestion(q, allowed) {
		return reject(ErrInvalidField, "a question of kind %s has members that belong to other kinds", q.Kind)
	}
	return nil
}

// checkKind checks the members of q's kind, and gives a question that has no others.
func (q Question) checkKind() (own Question, err error) {
	switch q.Kind {
	case SingleChoice:
		own = Question{Options: q.Options, Other: q.Other}
		if err := q.checkOptions(); err != nil {
			return own, err
		}
		if q.Other != "" && !q.has(q.Other) {
			return own, reject(ErrInvalidField, "option %q, for anything else, is not among the options", q.Other)
		}
	case MultipleChoice:
		own = Question{Options: q.Options, Min: q.Min, Max: q.Max, Exclusive: q.Exclusive}
		if err := q.checkOptions(); err != nil {
			return own, err
		}
		if q.Min < 1 || q.Max < q.Min || q.Max > len(q.Options) {
			return own, reject(ErrInvalidField, "of %d options, 1 <= min <= max are chosen, not %d to %d", len(q.Options), q.Min, q.Max)
		}
		for i, o := range q.Exclusive {
			if !q.has(o) || slices.Contains(q.Exclusive[:i], o) {
				return own, reject(ErrInvalidField, "exclusive option %q is not among the options, or stands twice", o)
			}
		}
		if len(q.Exclusive) > 0 && q.Min > 1 {
			return own, reject(ErrInvalidField, "an option that stands alone can never be one of %d", q.Min)
		}
	case Likert:
		own = Question{Points: q.Points, Labels: q.Labels, Polarity: q.Polarity}
		if q.Points < 2 || q.Points > MaxPoints || len(q.Labels) != q.Points {
			return own, reject(ErrInvalidField, "a scale has 2 to %d points and a label for each, not %d points and %d labels", MaxPoints, q.Points, len(q.Labels))
		}
		if q.Polarity != "" && q.Polarity != HighIsFavourable && q.Polarity != LowIsFavourable {
			return own, reject(ErrInvalidField, "polarity %q is not known", q.Polarity)
		}
		for _, l := range q.Labels {
			if err := l.Check("label"); err != nil {
				return own, err
			}
		}
	case Ranking:
		own = Question{Options: q.Options, Top: q.Top, Ties: q.Ties, Scoring: q.Scoring}
		if err := q.checkOptions(); err != nil {
			return own, err
		}
		if q.Top < 1 || q.Top > len(q.Options) || !rankScorings[q.Scoring] {
			return own, reject(ErrInvalidField, "a ranking has 1 to %d ranks and a known scoring, not %d and %q", len(q.Options), q.Top, q.Scoring)
		}
	case Allocation:
		own = Question{Options: q.Options, Total: q.Total, Step: q.Step, MaxPer: q.MaxPer}
		if err := q.checkOptions(); err != nil {
			return own, err
		}
		if q.Total < 1 || q.Total > MaxTotal || q.Step < 1 || q.Total%q.Step != 0 {
			return own, reject(ErrInvalidField, "1 to %d points are given in steps that divide them, not %d by %d", MaxTotal, q.Total, q.Step)
		}
		if most := q.MaxPer - q.MaxPer%q.Step; q.MaxPer < 0 || (q.MaxPer > 0 && most*len(q.Options) < q.Total) {
			return own, reject(ErrInvalidField, "with at most %d to one option, %d points can never be given", q.MaxPer, q.Total)
		}
	case Open:
		own = Question{MaxRunes: q.MaxRunes}
		if q.MaxRunes < 1 || q.MaxRunes > MaxRunes {
			return own, reject(ErrInvalidField, "an open answer has at most 1 to %d characters, not %d", MaxRunes, q.MaxRunes)
		}
	case Endorse:
		own = Question{Recommendation: q.Recommendation, OfVersion: q.OfVersion, Scale: q.Scale, Template: q.Template}
		if q.Scale != YesNoAbstain && q.Scale != FivePoint {
			return own, reject(ErrInvalidField, "scale %q is not known", q.Scale)
		}
		if q.OfVersion < 1 {
			return own, reject(ErrInvalidField, "one version of a recommendation is endorsed; versions begin at 1")
		}
		if err := first(CheckID("recommendation", q.Recommendation), q.Template.Check()); err != nil {
			return own, err
		}
	default:
		return own, reject(ErrInvalidField, "question kind %q is not known", q.Kind)
	}
	return own, nil
}

func (q Question) checkOptions() error {
	if len(q.Options) < 2 || len(q.Options) > MaxOptions {
		return reject(ErrInvalidField, "a choice has 2 to %d options, not %d", MaxOptions, len(q.Options))
	}
	seen := map[OptionID]bool{}
	for _, o := range q.Options {
		if !isToken(string(o.ID)) || seen[o.ID] {
			return reject(ErrInvalidField, "option id %q is repeated, or not made of letters, digits and . _ ~ -", o.ID)
		}
		seen[o.ID] = true
		if err := o.Label.Check("option " + string(o.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (q Question) has(id OptionID) bool {
	for _, o := range q.Options {
		if o.ID == id {
			return true
		}
	}
	return false
}

// CheckWords rejects a translation that does not have the structure of q.
func (q Question) CheckWords(w QuestionWords) error {
	if len(w.Options) != len(q.Options) || len(w.Labels) != len(q.Labels) {
		return reject(ErrInvalidAnswer, "the question has %d options and %d labels, its translation %d and %d", len(q.Options), len(q.Labels), len(w.Options), len(w.Labels))
	}
	words := []string{w.Text}
	for _, o := range q.Options {
		label, ok := w.Options[o.ID]
		if !ok {
			return reject(ErrInvalidAnswer, "the translation lacks option %q", o.ID)
		}
		words = append(words, label)
	}
	for _, s := range append(words, w.Labels...) {
		if err := checkText("a translated text", s); err != nil {
			return err
		}
	}
	return nil
}

func sameQuestion(a, b Question) bool {
	x, xerr := appendCanonical(nil, &a)
	y, yerr := appendCanonical(nil, &b)
	return xerr == nil && yerr == nil && string(x) == string(y)
}
