package measures

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/domain"
)

// World is the place of what is computed over all countries.
const World domain.Place = "world"

// String is how an Asked begins the keys of documents: edition/question@version/session/wave/sampleType. Identifiers hold no slash.
func (a Asked) String() string {
	return fmt.Sprintf("%s/%s/%s/%s/%s", a.Edition, refString(a.Question), a.Session, a.Wave, a.Sample)
}

// refString is how a version of an artefact stands in keys.
func refString(r domain.ArtefactRef) string { return string(r.ID) + "@" + strconv.Itoa(r.Version) }

// parseAsked takes a key apart, of which n parts follow the Asked. Whether anybody was asked that is not said.
func parseAsked(key string, n int) (Asked, []string, error) {
	parts := strings.Split(key, "/")
	if len(parts) != 5+n {
		return Asked{}, nil, ErrNoDocument
	}
	at := strings.LastIndexByte(parts[1], '@')
	if at < 0 {
		return Asked{}, nil, ErrNoDocument
	}
	version, err := strconv.Atoi(parts[1][at+1:])
	if err != nil || strconv.Itoa(version) != parts[1][at+1:] {
		return Asked{}, nil, ErrNoDocument
	}
	return Asked{
		domain.EditionID(parts[0]), domain.ArtefactRef{ID: domain.ArtefactID(parts[1][:at]), Version: version}, domain.SessionID(parts[2]),
		domain.Wave(parts[3]), domain.SampleType(parts[4]),
	}, parts[5:], nil
}

// QuestionHead is what the documents of a question say of it.
type QuestionHead struct {
	Edition    domain.EditionID    `json:"edition"`
	Question   domain.ArtefactRef  `json:"question"`
	Kind       domain.QuestionKind `json:"kind"`
	Unit       domain.Unit         `json:"unit"` // who answers: people or tables. Their numbers are never added
	Text       domain.LText        `json:"text"`
	Session    domain.SessionID    `json:"session"`
	Wave       domain.Wave         `json:"wave"`
	SampleType domain.SampleType   `json:"sampleType"`
}

// asked reads what a document of a question is about, fills its head, and warns of what its readers should know. It is ErrNoDocument where nobody was asked, or where
// the words of the question are not known.
func (in *Inputs) asked(a Asked, h *Head, q *QuestionHead) (*Pool, *domain.Question, error) {
	pool, question := in.pool(a), in.question(a.Question)
	if pool == nil || question == nil {
		return nil, nil, ErrNoDocument
	}
	*q = QuestionHead{a.Edition, a.Question, question.Kind, question.Unit, question.Text, a.Session, a.Wave, a.Sample}
	in.warnOf(a, pool, h)
	return pool, question, nil
}

// askedKeys are the keys of a view with one document for each question that has what the view is about, and for each of what more gives; with none, of the question.
func askedKeys(in *Inputs, has func(a Asked, q *domain.Question) bool, more func(a Asked, p *Pool) []string) []string {
	keys := []string{}
	for _, a := range in.pools() {
		q := in.question(a.Question)
		if q == nil || !has(a, q) {
			continue
		}
		if more == nil {
			keys = append(keys, a.String())
			continue
		}
		for _, part := range more(a, in.pool(a)) {
			keys = append(keys, a.String()+"/"+part)
		}
	}
	return keys
}

// places are those of a pool, in order, each with its sheets.
func (p *Pool) places() []placed {
	var places []placed
	for _, s := range p.Sheets {
		if n := len(places); n == 0 || places[n-1].place != s.Room.Place {
			places = append(places, placed{place: s.Room.Place})
		}
		last := &places[len(places)-1]
		last.sheets = append(last.sheets, s)
	}
	return places
}

type placed struct {
	place  domain.Place
	sheets []*Sheet
}

// of are the sheets of one place, or of the World; none where nobody was asked there.
func (p *Pool) of(place domain.Place) []*Sheet {
	if place == World {
		return p.Sheets
	}
	from, _ := slices.BinarySearchFunc(p.Sheets, place, func(s *Sheet, at domain.Place) int { return cmp.Compare(s.Room.Place, at) })
	to := from
	for to < len(p.Sheets) && p.Sheets[to].Room.Place == place {
		to++
	}
	return p.Sheets[from:to]
}

// shown are the sheets of the places that are not hidden.
func (p *Pool) shown(hidden map[domain.Place]bool) (sheets []*Sheet) {
	for _, s := range p.Sheets {
		if !hidden[s.Room.Place] {
			sheets = append(sheets, s)
		}
	}
	return sheets
}

// everywhere are the World and the places of a pool, as keys name them.
func everywhere(_ Asked, p *Pool) []string {
	names := []string{string(World)}
	for _, at := range p.places() {
		names = append(names, string(at.place))
	}
	return names
}

// ofKind tells whether a question is of a kind.
func ofKind(kind domain.QuestionKind) func(Asked, *domain.Question) bool {
	return func(_ Asked, q *domain.Question) bool { return q.Kind == kind }
}

// placedSheets reads what a document of a question of one kind in one place is about, and whether its numbers are hidden.
func (in *Inputs) placedSheets(key string, kind domain.QuestionKind, h *Head, q *QuestionHead, place *domain.Place, hidden *bool) (*domain.Question, []*Sheet, error) {
	a, rest, err := parseAsked(key, 1)
	if err != nil {
		return nil, nil, err
	}
	pool, question, err := in.asked(a, h, q)
	if err != nil {
		return nil, nil, err
	}
	*place = domain.Place(rest[0])
	sheets := pool.of(*place)
	if len(sheets) == 0 || question.Kind != kind {
		return nil, nil, ErrNoDocument
	}
	*hidden = in.hidden(a, pool, question, h)[*place]
	return question, sheets, nil
}

// answers are the valid ones of some sheets, in order.
func answers(sheets []*Sheet) iter.Seq[*domain.Answer] {
	return func(yield func(*domain.Answer) bool) {
		for _, s := range sheets {
			for _, g := range s.Answers {
				if g.Answer != nil && g.Answer.NonResponse == "" && !yield(g.Answer) {
					return
				}
			}
		}
	}
}
