package domain

import (
	"crypto/sha256"
	"slices"
	"strconv"
)

// MeasurePlan has the parameters of the measures: what statistics need besides what the record counts. With it, whoever has the record gets the same digits.
// An edition that froze none has the measures that need none.
type MeasurePlan struct {
	Population     map[Place]int64              `json:"population,omitempty"`     // people who live in each country: the table whose digest is Weighting.PopulationTable
	World          int64                        `json:"world,omitempty"`          // people alive: what coverage is a share of
	Profile        map[string]ArtefactID        `json:"profile,omitempty"`        // by dimension of the quota plans: the question whose options are its strata
	Merge          map[string]map[string]string `json:"merge,omitempty"`          // by dimension and stratum: the stratum with which it is merged where nobody of it answered
	Correct        map[ArtefactID]OptionID      `json:"correct,omitempty"`        // the right answer to each question of knowledge
	Considerations []ArtefactID                 `json:"considerations,omitempty"` // the scales that are considerations for the deliberative reason index
	Preferences    ArtefactID                   `json:"preferences,omitempty"`    // the ranking that goes with them; absent: there is no such index
	Seed           uint64                       `json:"seed"`                     // of permutations, bootstraps and restarts, of at most 53 bits
	Permutations   int                          `json:"permutations,omitempty"`   // of the test of divergence; absent: it has no p-value
	Bootstraps     int                          `json:"bootstraps,omitempty"`     // of the stability of opinion groups; absent: it is not measured
}

// The limits of a plan.
const (
	MaxMeasured     = 200     // the most questions or dimensions of one kind
	MaxPermutations = 100_000 // the most permutations
	MaxBootstraps   = 10_000  // the most bootstraps
)

// PopulationTable is the digest of a population table: the SHA-256 of a line "PLACE,PEOPLE\n" for each country, in the order of the places.
func PopulationTable(people map[Place]int64) Digest {
	var b []byte
	for _, place := range sortedKeys(people) {
		b = append(append(b, place...), ',')
		b = append(strconv.AppendInt(b, people[place], 10), '\n')
	}
	return sha256.Sum256(b)
}

// Check rejects a plan by which nothing can be measured, whatever is asked. table is the digest that the protocol has of the population table.
func (m MeasurePlan) Check(table Digest) error {
	if err := first(m.checkPopulation(table), m.checkMerge()); err != nil {
		return err
	}
	for _, n := range []int{len(m.Profile), len(m.Correct), len(m.Considerations)} {
		if n > MaxMeasured {
			return reject(ErrInvalidField, "measures: %d questions of one kind, the most are %d", n, MaxMeasured)
		}
	}
	for _, dimension := range sortedKeys(m.Profile) {
		if dimension == "" {
			return reject(ErrInvalidField, "measures: a dimension of the profile has a name")
		}
	}
	for i, id := range m.Considerations {
		if slices.Contains(m.Considerations[:i], id) {
			return reject(ErrInvalidField, "measures: consideration %s stands twice", id)
		}
	}
	switch {
	case m.Seed > maxInteger:
		return reject(ErrInvalidField, "measures: a seed has at most 53 bits, %d has more", m.Seed)
	case m.Permutations < 0 || m.Permutations > MaxPermutations:
		return reject(ErrInvalidField, "measures: 0 to %d permutations, not %d", MaxPermutations, m.Permutations)
	case m.Bootstraps < 0 || m.Bootstraps > MaxBootstraps:
		return reject(ErrInvalidField, "measures: 0 to %d bootstraps, not %d", MaxBootstraps, m.Bootstraps)
	}
	return nil
}

// checkPopulation rejects a table that is not the one of the digest, and a world in which fewer people live than in its countries.
func (m MeasurePlan) checkPopulation(table Digest) error {
	if len(m.Population) == 0 {
		if m.World != 0 {
			return reject(ErrInvalidField, "measures: the world is what a population table is a share of, and there is none")
		}
		return nil
	}
	if m.World < 1 || m.World > maxInteger {
		return reject(ErrInvalidField, "measures: %d people are no world", m.World)
	}
	left := m.World
	for _, place := range sortedKeys(m.Population) {
		people := m.Population[place]
		switch {
		case place.Check() != nil || place == UnknownPlace:
			return reject(ErrInvalidField, "measures: place %q is no country", place)
		case people < 1:
			return reject(ErrInvalidField, "measures: %d people live in %s", people, place)
		case people > left:
			return reject(ErrInvalidField, "measures: more people live in the countries of the table than the %d of the world", m.World)
		}
		left -= people
	}
	if is := PopulationTable(m.Population); is != table {
		return reject(ErrCommitmentMismatch, "measures: the population table has digest %s, the weighting %s", is, table)
	}
	return nil
}

// checkMerge rejects what would merge a stratum with itself, or with one that is merged in turn.
func (m MeasurePlan) checkMerge() error {
	for _, dimension := range sortedKeys(m.Merge) {
		into := m.Merge[dimension]
		if _, asked := m.Profile[dimension]; !asked {
			return reject(ErrUnknownRef, "measures: strata of %q are merged, and no question of the profile asks for it", dimension)
		}
		if len(into) == 0 {
			return reject(ErrInvalidField, "measures: no strata of %q are merged, so it is left out", dimension)
		}
		for _, stratum := range sortedKeys(into) {
			if _, again := into[into[stratum]]; again {
				return reject(ErrCycle, "measures: stratum %q of %q is merged with %q, which is merged in turn", stratum, dimension, into[stratum])
			}
		}
	}
	return nil
}

// A questionnaire has the instruments of the sessions of an edition, with the states of their artefacts.
type questionnaire struct {
	instruments []Instrument
	artefacts   map[ArtefactID]Artefact
}

// each rejects a question that no session puts to people one by one, or that does not fit. What is asked in several versions or waves fits in each of them.
func (a questionnaire) each(id ArtefactID, kind QuestionKind, fits func(Question, Wave) error) error {
	found := false
	for _, i := range a.instruments {
		if i.Artefact.ID != id {
			continue
		}
		q, err := a.artefacts[id].Question(i.Artefact)
		switch {
		case err != nil:
			return err
		case q.Kind != kind || q.Unit != Individual:
			return reject(ErrInvalidField, "measures: %s is of kind %s and of unit %s, where %s of unit %s is measured", id, q.Kind, q.Unit, kind, Individual)
		}
		if err := fits(q, i.Wave); err != nil {
			return err
		}
		found = true
	}
	if !found {
		return reject(ErrUnknownRef, "measures: question %q is not asked in a session", id)
	}
	return nil
}

// in rejects a plan whose questions are not asked in the edition, or not in such a way that they can be measured as planned.
func (m MeasurePlan) in(a questionnaire) error {
	for _, dimension := range sortedKeys(m.Profile) {
		id := m.Profile[dimension]
		err := a.each(id, SingleChoice, func(q Question, w Wave) error {
			if w != ProfileWave {
				return reject(ErrInvalidField, "measures: %s, for %q, is asked in wave %s, not %s", id, dimension, w, ProfileWave)
			}
			return m.strata(dimension, q)
		})
		if err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(m.Correct) {
		err := a.each(id, SingleChoice, func(q Question, _ Wave) error {
			if !q.has(m.Correct[id]) {
				return reject(ErrUnknownRef, "measures: the right answer %q is no option of %s", m.Correct[id], id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	any := func(Question, Wave) error { return nil }
	for _, id := range m.Considerations {
		if err := a.each(id, Likert, any); err != nil {
			return err
		}
	}
	if m.Preferences == "" {
		return nil
	}
	return a.each(m.Preferences, Ranking, any)
}

// strata rejects merging what is no option of the question that asks for a dimension.
func (m MeasurePlan) strata(dimension string, q Question) error {
	for _, from := range sortedKeys(m.Merge[dimension]) {
		for _, s := range []string{from, m.Merge[dimension][from]} {
			if !q.has(OptionID(s)) {
				return reject(ErrUnknownRef, "measures: nobody can answer %q to the question for %q", s, dimension)
			}
		}
	}
	return nil
}
