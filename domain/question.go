package domain

// Question is what is asked, in one version of an artefact. Kinds beside single choice have their own members.
type Question struct {
	Kind     QuestionKind `json:"kind"`
	Text     LText        `json:"text"`
	Options  []Option     `json:"options"`
	Required bool         `json:"required,omitempty"` // no non-response
	Unit     Unit         `json:"unit"`
}

// QuestionKind is the form of the answers.
type QuestionKind string

// The kinds of questions.
const (
	SingleChoice QuestionKind = "single"
)

// Unit is who answers.
type Unit string

// The units. Their numbers are never added.
const (
	Individual Unit = "individual"
	TableUnit  Unit = "table"
)

// Option is one thing to choose.
type Option struct {
	ID    OptionID `json:"id"`
	Label LText    `json:"label"`
}

// Answer is a closed union: exactly one member is set.
type Answer struct {
	Option      OptionID    `json:"option,omitempty"`      // single choice
	NonResponse NonResponse `json:"nonresponse,omitempty"` // any kind
}

// NonResponse is a reason for giving no answer. It is an answer of its own, never a number.
type NonResponse string

// The reasons.
const (
	DontKnow      NonResponse = "dontKnow"
	Refused       NonResponse = "refused"
	NotApplicable NonResponse = "notApplicable"
	Blank         NonResponse = "blank"
)

var nonResponses = setOf(DontKnow, Refused, NotApplicable, Blank)

// MaxOptions is the most options that a question has.
const MaxOptions = 200

// Check rejects a question that cannot be asked.
func (q Question) Check() error {
	if q.Kind != SingleChoice {
		return reject(ErrInvalidField, "question kind %q is not known", q.Kind)
	}
	if q.Unit != Individual && q.Unit != TableUnit {
		return reject(ErrInvalidField, "unit %q is not known", q.Unit)
	}
	if err := q.Text.Check("the question"); err != nil {
		return err
	}
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

// CheckAnswer rejects an answer that q does not admit. Commands, importers and paper entry all ask it.
func (q Question) CheckAnswer(a Answer) error {
	switch {
	case (a.Option == "") == (a.NonResponse == ""):
		return reject(ErrInvalidAnswer, "an answer is either an option or a non-response")
	case a.NonResponse != "" && q.Required:
		return reject(ErrInvalidAnswer, "this question must be answered")
	case a.NonResponse != "" && !nonResponses[a.NonResponse]:
		return reject(ErrInvalidAnswer, "non-response %q is not known", a.NonResponse)
	case a.NonResponse != "":
		return nil
	}
	for _, o := range q.Options {
		if o.ID == a.Option {
			return nil
		}
	}
	return reject(ErrInvalidAnswer, "option %q is not on the ballot", a.Option)
}
