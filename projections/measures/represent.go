package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// RepresentativenessDoc compares people with the population that they shall mirror, along one dimension of the quota plan. Over all dialogues of a sample type the
// population is the mix of those of the plans, by their planned sizes: of the world is asked what was asked of the rooms.
type RepresentativenessDoc struct {
	Head
	Gathering
	Dimension string              `json:"dimension"`
	Source    *domain.Document    `json:"source,omitempty"`   // of the shares of the population, of one dialogue
	Question  *domain.ArtefactRef `json:"question,omitempty"` // that asks respondents for the dimension
	Of        []Represented       `json:"of"`                 // pool, drawn, checkedIn, respondents
}

// Represented are some people by stratum. Where it is not known how many are of which stratum, Unknown says why and Base and what follows are absent; likewise where
// they are hidden.
type Represented struct {
	Who        Whom            `json:"who"`
	Unknown    string          `json:"unknown,omitempty"`
	Suppressed bool            `json:"suppressed"`
	Dialogues  int             `json:"dialogues"` // dialogues that know how many of their people are of which stratum
	Base       *int            `json:"base,omitempty"`
	Unplaced   *int            `json:"unplaced,omitempty"` // people besides, of none of the strata
	Strata     []StratumResult `json:"strata,omitempty"`   // strata in the order of the quota plan
	GRI        *Number         `json:"gri,omitempty"`
	Best       *Number         `json:"best,omitempty"` // the greatest gri that a room of this size could reach, 0 to 1
	Gap        *Number         `json:"gap,omitempty"`  // best - gri, 0 to 1: what is lost against the best room of this size
	Similarity *Number         `json:"similarity,omitempty"`
	RScore     *Number         `json:"rScore,omitempty"`   // smallest disparity over the largest, 0 to 1
	Coverage   *Number         `json:"coverage,omitempty"` // share, 0 to 1, of the strata with more than 1/n of the population that have somebody
	ChiSquared *Fit            `json:"chiSquared,omitempty"`
	Rooms      []RoomGRI       `json:"rooms,omitempty"` // over several dialogues: those whose numbers are shown
}

// Fit is a test of goodness of fit, for information: rooms are not drawn one by one from a population.
type Fit struct {
	Statistic Number `json:"statistic"`
	DF        int    `json:"df"`
	P         Number `json:"p"`
}

// RoomGRI is one dialogue among several.
type RoomGRI struct {
	Dialogue domain.DialogueID `json:"dialogue"`
	Place    domain.Place      `json:"place"`
	Base     int               `json:"base"`
	GRI      Number            `json:"gri"`
	Best     Number            `json:"best"`
}

// StratumResult is one stratum.
type StratumResult struct {
	Stratum   string `json:"stratum"`
	Label     string `json:"label"`
	Count     int    `json:"count"`
	Achieved  Number `json:"achieved"`
	Target    Number `json:"target"`
	Deviation Number `json:"deviation"` // share of the people there less the target, -1 to 1
	Disparity Number `json:"disparity"` // achieved / target, at least 0; null where nobody is to be there
	Best      int    `json:"best"`      // seats by largest remainder
}

// Whom tells which people are compared with the population.
type Whom string

const (
	whoPool        Whom = "pool"
	whoDrawn       Whom = "drawn"
	whoCheckedIn   Whom = "checkedIn"
	whoRespondents Whom = "respondents"
)

// Words are all that a Whom may be, in the order of the way of people into a dialogue.
func (Whom) Words() []string {
	return []string{string(whoPool), string(whoDrawn), string(whoCheckedIn), string(whoRespondents)}
}

const sealed = "the strata of registrations are sealed: the record holds commitments, and the vault their openings"

// Representativeness has a document for every dimension of the quota plan of a dialogue, and for all dialogues of a sample type that have it.
//
// Nothing that is hidden follows from it. Of respondents it shows a dialogue where the result of the question for the dimension is shown for the place, and every
// dialogue of the place has the least base; that is then what the result tells of the place, by dialogue. Pool and drawn are rows by dialogue, hidden like the
// places of a question, and nobody's answers.
var Representativeness = of(View{Name: "representativeness", Version: Version, Public: true,
	About: "people compared with the population that they shall mirror; key: edition/dialogue/dimension, or edition/world/sampleType/dimension"},
	func(in *Inputs) []string {
		return in.gatherings(func(of []*projections.DialogueDoc) (names []string) {
			for _, d := range of {
				if plan := in.dialogue(d.Dialogue).plan; plan != nil {
					for _, dim := range plan.Dimensions {
						if !slices.Contains(names, dim.Name) {
							names = append(names, dim.Name)
						}
					}
				}
			}
			return names
		})
	},
	func(in *Inputs, key string, d *RepresentativenessDoc) (err error) {
		var of []*projections.DialogueDoc
		if d.Gathering, of, d.Dimension, err = in.gather(key, &d.Head); err != nil {
			return err
		}
		m := mirror{in: in, h: &d.Head, rule: in.suppression(d.Edition, &d.Head), dimension: d.Dimension}
		everybody := of
		if d.Dialogue != "" {
			everybody = nil
			for _, other := range in.dialogues(d.Edition) {
				if other.SampleType == d.SampleType {
					everybody = append(everybody, other)
				}
			}
		}
		m.rooms = m.planned(everybody)
		shown := slices.DeleteFunc(slices.Clone(m.rooms), func(r planned) bool { return !slices.Contains(of, r.DialogueDoc) })
		if d.Dialogues = len(shown); len(shown) == 0 {
			return ErrNoDocument
		}
		if d.Dialogue != "" {
			source := in.dialogue(d.Dialogue).plan.Source
			d.Source = &source
		}
		recruited := func(strata func(*projections.RecruitmentDoc) []domain.DimensionCount) func(planned) map[string]int {
			return func(r planned) map[string]int {
				doc := document[projections.RecruitmentDoc](in, projections.Recruitment, string(r.Dialogue))
				if doc == nil {
					return nil
				}
				return stratified(strata(doc), d.Dimension)
			}
		}
		pool := m.rows(recruited(func(r *projections.RecruitmentDoc) []domain.DimensionCount { return r.PoolStrata }))
		drawn := m.rows(recruited(func(r *projections.RecruitmentDoc) []domain.DimensionCount { return r.DrawnStrata }))
		d.Of = []Represented{
			m.represent(whoPool, shown, pool, "no pool is sealed"), m.represent(whoDrawn, shown, drawn, "nobody is drawn"), {Who: whoCheckedIn, Unknown: sealed},
			m.respondents(d, shown),
		}
		return nil
	})
