package simulate

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// TestMeasures: the plan of the measures fits what happens. Every dialogue is in a country of the table, the dimensions of every quota plan are asked for by a question
// whose options are their strata, and everybody answers it with the stratum that they have.
func TestMeasures(t *testing.T) {
	t.Parallel()
	s := stores(t)
	run(t, s, small)
	var plan *domain.MeasurePlan
	asked := map[domain.ArtefactID]domain.Question{}
	answers := map[domain.ArtefactID]map[domain.Wave]map[domain.Pseudonym]domain.Answer{}
	var places []domain.Place
	var quotas []domain.QuotaPlanSet
	for _, r := range records(t, s) {
		f, err := r.Decode()
		require.NoError(t, err)
		switch e := f.Event.(type) {
		case domain.ArtefactVersionAdded:
			if e.Question != nil {
				asked[e.Artefact], answers[e.Artefact] = *e.Question, map[domain.Wave]map[domain.Pseudonym]domain.Answer{}
			}
		case domain.ProtocolFrozen:
			plan = e.Measures
			require.NotNil(t, plan)
			require.NoError(t, plan.Check(e.Weighting.PopulationTable))
		case domain.DialogueRegistered:
			places = append(places, e.Place)
		case domain.QuotaPlanSet:
			quotas = append(quotas, e)
		case domain.BallotCast:
			in := answers[e.Question.ID]
			if in[e.Wave] == nil {
				in[e.Wave] = map[domain.Pseudonym]domain.Answer{}
			}
			in[e.Wave][e.Pseudonym] = e.Answer
		}
	}
	require.NotEmpty(t, places)
	for _, p := range places {
		require.Positive(t, plan.Population[p], p)
	}
	require.Len(t, plan.Population, small.Countries)
	require.NotEmpty(t, quotas)
	for _, quota := range quotas {
		require.Len(t, plan.Profile, len(quota.Dimensions))
		for _, d := range quota.Dimensions {
			q, ok := asked[plan.Profile[d.Name]]
			require.True(t, ok, d.Name)
			require.Len(t, q.Options, len(d.Strata))
			for i, st := range d.Strata {
				require.Equal(t, domain.OptionID(st.ID), q.Options[i].ID)
			}
		}
	}
	for dimension, id := range plan.Profile {
		given := map[domain.OptionID]int{}
		for _, a := range answers[id][domain.ProfileWave] {
			require.Empty(t, a.NonResponse)
			given[a.Option]++
		}
		for _, o := range asked[id].Options {
			if _, merged := plan.Merge[dimension][string(o.ID)]; !merged {
				require.Positive(t, given[o.ID], "nobody of %s in %s", o.ID, dimension)
			}
		}
	}
	twice := append(slices.Clone(plan.Considerations), questionKnowledge, plan.Preferences)
	for _, id := range twice {
		both := 0
		for p := range answers[id][domain.PreWave] {
			if _, again := answers[id][domain.PostWave][p]; again {
				both++
			}
		}
		require.Greater(t, both, small.Countries*small.Citizens/2, id)
	}
	require.GreaterOrEqual(t, len(plan.Considerations), 4, "a correlation of fewer says nothing")
	require.Len(t, asked[plan.Preferences].Options, asked[plan.Preferences].Top, "all are put in an order")
	for id, right := range plan.Correct {
		share := func(w domain.Wave) int {
			n := 0
			for _, a := range answers[id][w] {
				if a.Option == right {
					n++
				}
			}
			return n * 1000 / len(answers[id][w])
		}
		require.Greater(t, share(domain.PostWave), share(domain.PreWave), "people learn")
	}
}
