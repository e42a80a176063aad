package simulate

import "daybook.internal/domain"

// A question is what is asked, and how the world answers it in the mean of all countries.
type question struct {
	id      domain.ArtefactID
	session domain.SessionID
	waves   []domain.Wave // pre and post for what is asked twice, in the welcome and the closing session
	kind    domain.QuestionKind
	unit    domain.Unit
	text    string

	options []option // of single, multiple, ranking and allocation
	scale   scale    // of likert
	weights []int    // of the points of a likert question, per mille
	drift   []int    // what deliberation adds to the weights of options or points; it adds up to 0

	other     domain.OptionID
	min, max  int
	exclusive []domain.OptionID
	top       int
	total     int
	step      int
	maxRunes  int

	focus   bool // it was tried by groups of citizens
	profile int  // of a question of the profile: the dimension it asks for, from 1
}

// An option and its weight, per mille: its share among single choices, how often it is among several, how often it comes first in a ranking, or its part of
// the points.
type option struct {
	id     domain.OptionID
	label  string
	weight int
}

// A scale is the labels of the points, from the first.
type scale []string

var (
	agreement  = scale{"Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"}
	trust      = scale{"No trust at all", "Little trust", "Some trust", "Much trust"}
	experience = scale{"Not at all", "Hardly", "Partly", "Mostly", "Completely"}
)

// shares are the weights of the options.
func (q *question) shares() []int {
	if q.kind == domain.Likert {
		return q.weights
	}
	w := make([]int, len(q.options))
	for i, o := range q.options {
		w[i] = o.weight
	}
	return w
}

// ref is the version of the question that is asked.
func (q *question) ref() domain.ArtefactRef { return domain.ArtefactRef{ID: q.id, Version: 1} }

// domain is the question as it is put before people.
func (q *question) domain() domain.Question {
	d := domain.Question{
		Kind: q.kind, Text: domain.In(sourceLang, q.text), Unit: q.unit, Other: q.other, Min: q.min, Max: q.max, Exclusive: q.exclusive,
		Top: q.top, Total: q.total, Step: q.step, MaxRunes: q.maxRunes,
	}
	for _, o := range q.options {
		d.Options = append(d.Options, domain.Option{ID: o.id, Label: domain.In(sourceLang, o.label)})
	}
	for _, label := range q.scale {
		d.Labels = append(d.Labels, domain.In(sourceLang, label))
	}
	switch q.kind {
	case domain.Likert:
		d.Points, d.Polarity = len(q.scale), domain.HighIsFavourable
	case domain.Ranking:
		d.Scoring = domain.FixedBorda
	}
	return d
}

// words are the question in another language, see translate.
func (q *question) words(lang domain.Lang) *domain.QuestionWords {
	w := &domain.QuestionWords{Text: translate(lang, q.text)}
	if len(q.options) > 0 {
		w.Options = map[domain.OptionID]string{}
	}
	for _, o := range q.options {
		w.Options[o.id] = translate(lang, o.label)
	}
	for _, label := range q.scale {
		w.Labels = append(w.Labels, translate(lang, label))
	}
	return w
}

// questions are all that are asked, in the order in which they are asked; those of the profile first.
var questions = concat(
	profileQuestions(), outlookQuestions, trustQuestions, dataQuestions, sphereQuestions, intelligenceQuestions, ownQuestions, evaluationQuestions, stakeholderQuestions,
)

func concat(parts ...[]question) (all []*question) {
	for _, p := range parts {
		for i := range p {
			if p[i].unit == "" {
				p[i].unit = domain.Individual
			}
			if len(p[i].waves) == 0 {
				p[i].waves = []domain.Wave{domain.SessionWave}
			}
			all = append(all, &p[i])
		}
	}
	return all
}

// asked are the questions of one session and wave.
func asked(s domain.SessionID, w domain.Wave) (found []*question) {
	for _, q := range questions {
		for _, wave := range q.waves {
			if wave == w && q.sessionOf(w) == s {
				found = append(found, q)
			}
		}
	}
	return found
}

// sessionOf is where a question is asked in a wave: what is asked again after the day is asked in the closing session.
func (q *question) sessionOf(w domain.Wave) domain.SessionID {
	if w == domain.PostWave {
		return sessionClosing
	}
	return q.session
}

// profileQuestions ask for the dimensions of the quota plan, so that answers can be divided by them without knowing who gave them.
func profileQuestions() (found []question) {
	ask := []string{"What is your gender?", "How old are you?", "Which school did you finish last?", "Where do you live?", "How often do you use the internet?"}
	for i, d := range dimensions {
		q := question{
			id: domain.ArtefactID("ar_sim_q_profile_" + d.name), session: sessionWelcome, waves: []domain.Wave{domain.ProfileWave}, kind: domain.SingleChoice,
			text: ask[i], profile: i + 1,
		}
		for _, s := range d.strata {
			q.options = append(q.options, option{domain.OptionID(s.id), s.label, 0})
		}
		found = append(found, q)
	}
	return found
}
