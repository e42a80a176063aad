package release

import (
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
)

// Ballot is one answer as it is published: under a number that says nothing, see measures.State.Open.
type Ballot struct {
	Edition     domain.EditionID        `json:"edition"`
	Question    domain.ArtefactRef      `json:"question"`
	Kind        domain.QuestionKind     `json:"kind"`
	Unit        domain.Unit             `json:"unit"`
	Session     domain.SessionID        `json:"session"`
	Wave        domain.Wave             `json:"wave"`
	SampleType  domain.SampleType       `json:"sampleType"`
	Place       domain.Place            `json:"place"`
	Row         int                     `json:"row"` // within question, session, wave, sample type and place; that of another question is somebody else's
	NonResponse domain.NonResponse      `json:"nonResponse"`
	Option      domain.OptionID         `json:"option"`
	Point       *int                    `json:"point"`
	Endorsement domain.Endorsement      `json:"endorsement"`
	Options     []domain.OptionID       `json:"options"`
	Ranking     [][]domain.OptionID     `json:"ranking"`
	Allocation  map[domain.OptionID]int `json:"allocation"`
}

const ballotAbout = "answers of people and tables to closed questions, one by one, of places whose numbers are public; " +
	"rows of one person in two questions cannot be found together"

// members are those of the JSON of b, as rows takes them: there are many ballots, and JSON takes most of their time.
func (b *Ballot) members() map[string]any {
	m := map[string]any{
		"edition": string(b.Edition), "question": map[string]any{"id": string(b.Question.ID), "version": int64(b.Question.Version)}, "kind": string(b.Kind), "unit": string(b.Unit),
		"session": string(b.Session), "wave": string(b.Wave), "sampleType": string(b.SampleType), "place": string(b.Place), "row": int64(b.Row), "nonResponse": string(b.NonResponse),
		"option": string(b.Option), "endorsement": string(b.Endorsement),
	}
	if b.Point != nil {
		m["point"] = int64(*b.Point)
	}
	if len(b.Options) > 0 {
		m["options"] = texts(b.Options)
	}
	if len(b.Ranking) > 0 {
		ranks := make([]any, len(b.Ranking))
		for i, rank := range b.Ranking {
			ranks[i] = texts(rank)
		}
		m["ranking"] = ranks
	}
	if len(b.Allocation) > 0 {
		points := make(map[string]any, len(b.Allocation))
		for option, n := range b.Allocation {
			points[string(option)] = int64(n)
		}
		m["allocation"] = points
	}
	return m
}

func texts(of []domain.OptionID) []any {
	all := make([]any, len(of))
	for i, s := range of {
		all[i] = string(s)
	}
	return all
}

// openPools are the questions of the edition whose answers may be public one by one, and how many answers they have.
func (s *Source) openPools() (pools []measures.OpenPool, answers int64) {
	for _, pool := range s.state.Open() {
		if pool.Edition != s.edition {
			continue
		}
		pools = append(pools, pool)
		for _, at := range pool.Places {
			answers += int64(len(at.Answers))
		}
	}
	return pools, answers
}

// ballots gives every ballot of some pools. Its key is its number among all, as they stand here.
func ballots(pools []measures.OpenPool, each func(key string, b *Ballot) error) error {
	n := 0
	for _, pool := range pools {
		for _, at := range pool.Places {
			for i, a := range at.Answers {
				b := Ballot{
					pool.Edition, pool.Asked.Question, pool.Question.Kind, pool.Question.Unit, pool.Session, pool.Wave, pool.Sample, at.Place, i + 1,
					a.NonResponse, a.Option, nil, a.Endorsement, a.Options, a.Ranking, a.Allocation,
				}
				if a.Point != 0 {
					b.Point = &a.Point
				}
				n++
				if err := each(strconv.Itoa(n), &b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
