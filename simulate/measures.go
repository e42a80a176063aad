package simulate

import "daybook.internal/domain"

// worldPopulation is how many people lived in 2020, by the same tables as those of the countries (United Nations, World Population Prospects 2019).
const worldPopulation = 7_794_799_000

// mergedStrata are the strata of which a room may have nobody; their share goes to a large neighbour then, which is never merged in turn. The few who are of another
// gender, or do not say, have no neighbour; the first stratum takes theirs.
var mergedStrata = map[string]map[string]string{
	"gender":    {"other": "woman"},
	"age":       {"18-24": "25-34", "35-44": "25-34", "55-64": "45-54", "65-plus": "45-54"},
	"education": {"primary": "secondary", "tertiary": "secondary"},
	"residence": {"rural": "urban"},
	"internet":  {"sometimes": "daily", "never": "daily"},
}

// measures are the parameters of the figures. The scales that are asked before and after the day are the considerations.
func (s *script) measures() *domain.MeasurePlan {
	plan := &domain.MeasurePlan{
		Population: s.population(), World: worldPopulation, Profile: map[string]domain.ArtefactID{}, Merge: mergedStrata,
		Correct: map[domain.ArtefactID]domain.OptionID{questionKnowledge: "network"}, Preferences: questionPreferences, Seed: 20201010, Permutations: 1000, Bootstraps: 100,
	}
	for _, q := range questions {
		switch {
		case q.profile > 0:
			plan.Profile[dimensions[q.profile-1].name] = q.id
		case len(q.waves) == 2 && q.kind == domain.Likert:
			plan.Considerations = append(plan.Considerations, q.id)
		}
	}
	return plan
}

// population is the table that estimates weigh by: how many people live in each country.
func (s *script) population() map[domain.Place]int64 {
	people := make(map[domain.Place]int64, len(s.where))
	for _, c := range s.where {
		people[c.place] = int64(c.population) * 1000
	}
	return people
}
