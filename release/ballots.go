package release

import (
	"encoding/json"
	"fmt"

	"daybook.internal/domain"
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

// ballots gives every ballot that may be public.
func (s *Source) ballots(each func(key string, data []byte) error) error {
	for _, pool := range s.state.Open() {
		if pool.Edition != s.edition {
			continue
		}
		for _, at := range pool.Places {
			for i, a := range at.Answers {
				b := Ballot{
					pool.Edition, pool.Asked.Question, pool.Question.Kind, pool.Question.Unit, pool.Session, pool.Wave, pool.Sample, at.Place, i + 1,
					a.NonResponse, a.Option, nil, a.Endorsement, a.Options, a.Ranking, a.Allocation,
				}
				if a.Point != 0 {
					b.Point = &a.Point
				}
				data, err := json.Marshal(b)
				if err != nil {
					return err
				}
				if err := each(fmt.Sprintf("%s/%s/%d", pool.Asked, at.Place, i+1), data); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
