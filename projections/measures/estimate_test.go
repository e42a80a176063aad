package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// three is the world of the worked example: AA 45/30/15 of 100 people, BB 20/50/30 of 10, CC 36/12/12 of 1.
func three(t testing.TB) (*world, domain.ArtefactRef) {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}, Measures: &domain.MeasurePlan{
		Population: map[domain.Place]int64{"AA": 100, "BB": 10, "CC": 1}, World: 1000, Seed: 1, Permutations: 200,
	}})
	ref := w.question("ar_q", choice("a", "b", "c"))
	for _, room := range []struct {
		place domain.Place
		cells [3]int
	}{{"AA", [3]int{45, 30, 15}}, {"BB", [3]int{20, 50, 30}}, {"CC", [3]int{36, 12, 12}}} {
		id := domain.DialogueID("dl_" + room.place)
		w.dialogue(id, room.place, domain.Sortition)
		for c, many := range room.cells {
			w.many(id, ref, many, domain.Answer{Option: domain.OptionID("abc"[c : c+1])})
		}
	}
	return w, ref
}

func TestEstimate(t *testing.T) {
	t.Parallel()
	w, ref := three(t)
	var d EstimateDoc
	w.document(GlobalEstimate, "ed_1/ar_q@1/s1/session/sortition", &d)
	require.Equal(t, []domain.Place{"AA", "BB", "CC"}, d.Countries)
	require.Equal(t, Number(0.111), *d.Coverage)
	for i, want := range [][3]Number{{0.404, 0.433333, 0.473874}, {0.368, 0.344444, 0.347147}, {0.228, 0.222222, 0.178979}} {
		o := d.Options[i]
		require.Equal(t, want, [3]Number{o.Pooled.Value, o.EqualCountry.Value, o.Population.Value})
	}
	a := d.Options[0]
	require.Equal(t, Number(0.03051), a.EqualCountry.StandardError)
	require.Equal(t, Interval{0.373535, 0.493132}, *a.EqualCountry.Interval)
	require.Equal(t, Number(0.047622), a.Population.StandardError)
	require.Equal(t, PlaceShare{"BB", 0.2}, *a.Lowest)
	require.Equal(t, PlaceShare{"CC", 0.6}, *a.Highest)
	require.Empty(t, d.Errors)

	// A country that the population table does not have: what needs it is absent, and named; everything else stands.
	w.dialogue("dl_DD", "DD", domain.Sortition)
	w.many("dl_DD", ref, 12, domain.Answer{Option: "a"})
	d = EstimateDoc{}
	w.document(GlobalEstimate, "ed_1/ar_q@1/s1/session/sortition", &d)
	require.Nil(t, d.Options[0].Population)
	require.Nil(t, d.Coverage)
	require.NotNil(t, d.Options[0].EqualCountry)
	require.Contains(t, d.Errors, Note{"no population", "population: no population: DD"})

	// A hidden room takes another with it, out of every estimate. Not DD, which would tell that nobody in the small room chose c, and so what they chose.
	w.dialogue("dl_EE", "EE", domain.Sortition)
	w.many("dl_EE", ref, 3, domain.Answer{Option: "b"})
	d = EstimateDoc{}
	w.document(GlobalEstimate, "ed_1/ar_q@1/s1/session/sortition", &d)
	require.Equal(t, []domain.Place{"CC", "EE"}, d.Hidden)
	require.Equal(t, 202, d.Base)
	require.Equal(t, Number(0.381188), d.Options[0].Pooled.Value)
}
