package projections

import (
	"cmp"
	"slices"
	"sort"

	"daybook.internal/domain"
)

// AnswersDoc is what people answered in one edition, or in one country of it. Nothing is hidden in it, however few they are: measures publish what may be published.
type AnswersDoc struct {
	Edition domain.EditionID                `json:"edition"`
	Place   domain.Place                    `json:"place,omitempty"` // the country; absent: all countries
	Samples map[domain.SampleType]Questions `json:"samples"`         // answers in samples of different types are never added
}

// AnswersKey is the key of the Answers of a country in an edition; without a place, of the edition as a whole.
func AnswersKey(edition domain.EditionID, place domain.Place) string {
	if place == "" {
		return string(edition)
	}
	return string(edition) + "/" + string(place)
}

// Answers has a document for every edition with an answer, and for every country with one.
var Answers = Of("answers", 1, "how often each answer was given to each question, however few gave it; key: the edition's id, or EDITION/COUNTRY",
	on(domain.BallotCast{}, domain.BallotVoided{}),
	func(f *Fact, to []string) []string {
		if f.Place.SampleType == "" {
			return to
		}
		to = append(to, AnswersKey(f.Place.Edition, ""))
		if f.Place.Place != "" {
			to = append(to, AnswersKey(f.Place.Edition, f.Place.Place))
		}
		return to
	},
	func(d *AnswersDoc, key string, f *Fact) {
		if d.Edition = f.Place.Edition; d.Samples == nil {
			d.Samples = map[domain.SampleType]Questions{}
		}
		if key != AnswersKey(d.Edition, "") {
			d.Place = f.Place.Place
		}
		q := d.Samples[f.Place.SampleType]
		switch e := f.Event.(type) {
		case domain.BallotCast:
			q.cast(e)
		case domain.BallotVoided:
			q.void(e)
		}
		d.Samples[f.Place.SampleType] = q
	})

// QuestionCount counts the answers to one version of a question in one wave of one session: the standing ones only.
type QuestionCount struct {
	Session     domain.SessionID           `json:"session"`
	Question    domain.ArtefactRef         `json:"question"`
	Wave        domain.Wave                `json:"wave"`
	Valid       int                        `json:"valid"`           // answers other than non-responses
	Cells       map[string]int             `json:"cells,omitempty"` // where they count: see domain.Answer.Cells
	NonResponse map[domain.NonResponse]int `json:"nonresponse,omitempty"`
	Revised     int                        `json:"revised"` // answers that replaced an earlier one
	Voided      int                        `json:"voided"`
}

func (q *QuestionCount) add(a domain.Answer, n int) {
	if a.NonResponse != "" {
		q.NonResponse = counted(q.NonResponse, a.NonResponse, n)
		return
	}
	q.Valid += n
	a.Cells(func(cell string, by int) { q.Cells = counted(q.Cells, cell, n*by) })
}

// counted keeps no zeros, so that a count is a function of what stands and not of what stood before.
func counted[K comparable](m map[K]int, k K, n int) map[K]int {
	if m == nil {
		m = map[K]int{}
	}
	if m[k] += n; m[k] == 0 {
		delete(m, k)
	}
	return m
}

// Questions are counts by session, question id, version and wave, in that order.
type Questions []QuestionCount

func (q *Questions) of(session domain.SessionID, ref domain.ArtefactRef, wave domain.Wave) *QuestionCount {
	i, found := sort.Find(len(*q), func(i int) int { // in place: a count is large, and this is done for every ballot
		switch at := &(*q)[i]; {
		case session != at.Session:
			return cmp.Compare(session, at.Session)
		case ref.ID != at.Question.ID:
			return cmp.Compare(ref.ID, at.Question.ID)
		case ref.Version != at.Question.Version:
			return cmp.Compare(ref.Version, at.Question.Version)
		default:
			return cmp.Compare(wave, at.Wave)
		}
	})
	if !found {
		*q = slices.Insert(*q, i, QuestionCount{Session: session, Question: ref, Wave: wave})
	}
	return &(*q)[i]
}

func (q *Questions) cast(e domain.BallotCast) {
	c := q.of(e.Session, e.Question, e.Wave)
	c.add(e.Answer, 1)
	if e.Replaces != nil {
		c.add(*e.Replaces, -1)
		c.Revised++
	}
}

func (q *Questions) void(e domain.BallotVoided) {
	c := q.of(e.Session, e.Question, e.Wave)
	c.add(e.Replaces, -1)
	c.Voided++
}
