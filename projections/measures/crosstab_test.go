package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// crossWorld is a world with a profile of two dimensions, school and age.
func crossWorld(t testing.TB, minBase int) *world {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: minBase}, Measures: &domain.MeasurePlan{
		Profile: map[string]domain.ArtefactID{"school": "ar_school", "age": "ar_age"}, Population: map[domain.Place]int64{"AA": 100, "AB": 50}, World: 1000,
	}})
	w.question("ar_school", choice("none", "some", "much"))
	w.question("ar_age", choice("young", "old"))
	return w
}

// crossed registers a dialogue with a plan of both dimensions.
func (w *world) crossed(id domain.DialogueID, place domain.Place) {
	w.dialogue(id, place, domain.Sortition)
	w.add(id, domain.StreamID("dialogue-"+id), domain.QuotaPlanSet{Dialogue: id, Dimensions: []domain.QuotaDimension{
		{Name: "school", Strata: []domain.Stratum{
			{ID: "none", Label: "None", PopulationShare: domain.RatioOf(1, 4)}, {ID: "some", Label: "Some", PopulationShare: domain.RatioOf(1, 2)}, {ID: "much", Label: "Much", PopulationShare: domain.RatioOf(1, 4)},
		}},
		{Name: "age", Strata: []domain.Stratum{{ID: "young", PopulationShare: domain.RatioOf(1, 2)}, {ID: "old", PopulationShare: domain.RatioOf(1, 2)}}},
	}})
}

// profile answers for the strata, by their places in the plan; a place beyond is no answer.
func (w *world) profile(id domain.DialogueID, who string, school, age int) {
	if names := []domain.OptionID{"none", "some", "much"}; school < len(names) {
		w.cast(id, who, domain.ArtefactRef{ID: "ar_school", Version: 1}, domain.ProfileWave, "", domain.Answer{Option: names[school]})
	}
	if names := []domain.OptionID{"young", "old"}; age < len(names) {
		w.cast(id, who, domain.ArtefactRef{ID: "ar_age", Version: 1}, domain.ProfileWave, "", domain.Answer{Option: names[age]})
	}
}

// fill casts for so many people of each school (the fourth: not known) and option. Ages alternate.
func (w *world) fill(id domain.DialogueID, ref domain.ArtefactRef, table [][]int) {
	for school, row := range table {
		for option, n := range row {
			for i := range n {
				who := "p" + strconv.FormatUint(w.seq, 10)
				w.profile(id, who, school, i%2)
				w.cast(id, who, ref, domain.SessionWave, "", domain.Answer{Option: domain.OptionID("abc"[option : option+1])})
			}
		}
	}
}

const crossKey = "ed_1/ar_q@1/s1/session/sortition/school/world"

func TestCrosstab(t *testing.T) {
	t.Parallel()
	w := crossWorld(t, 10)
	ref := w.question("ar_q", choice("a", "b"))
	w.crossed("dl_1", "AA")
	w.crossed("dl_2", "AB")
	w.fill("dl_1", ref, [][]int{{18, 22}, {20, 20}, {35, 5}, {6, 6}})
	w.fill("dl_2", ref, [][]int{{10, 10}, {10, 10}, {15, 15}, {6, 6}})
	require.Contains(t, Crosstab.Keys(w.state), crossKey)
	require.Contains(t, Crosstab.Keys(w.state), "ed_1/ar_q@1/s1/session/sortition/age/world")
	for _, key := range Crosstab.Keys(w.state) {
		require.NotContains(t, key, "/profile/", "the questions of the profile are the strata")
	}
	var d CrosstabDoc
	w.document(Crosstab, crossKey, &d)
	require.Equal(t, 214, *d.Base)
	require.Equal(t, []string{"none", "some", "much", ""}, []string{d.Strata[0].Stratum, d.Strata[1].Stratum, d.Strata[2].Stratum, d.Strata[3].Stratum})
	much := d.Strata[2]
	require.Equal(t, 70, *much.Base)
	a := much.Options[0]
	want, err := stats.Newcombe(50, 70, 70, 144, stats.Z95)
	require.NoError(t, err)
	require.Equal(t, 50, a.Count)
	require.InDelta(t, 50.0/70-70.0/144, float64(*a.Difference), 1e-6)
	require.InDelta(t, want.Interval.Low, float64(a.Newcombe.Low), 1e-6)
	// Two options say the same twice, so that of eight cells the two smallest p-values share the first rank: p·8/2.
	require.Equal(t, [2]int{8, 2}, [2]int{d.Tested, d.Flagged})
	require.True(t, a.Flag)
	require.InDelta(t, float64(*a.PValue)*4, float64(*a.Adjusted), 4e-6)
	require.Less(t, float64(*a.PValue), float64(*d.Strata[0].Options[0].PValue))

	require.Equal(t, []domain.Place{"AA", "AB"}, d.Places)
	require.Empty(t, d.Warnings)
	own := "ed_1/ar_q@1/s1/session/sortition/school/AB"
	require.Contains(t, Crosstab.Keys(w.state), own)
	w.document(Crosstab, own, &d)
	require.Equal(t, [2]int{82, 30}, [2]int{*d.Base, *d.Strata[2].Base})
	require.Equal(t, 0.5, float64(d.Strata[2].Options[0].Share))
	require.Equal(t, 0.0, float64(*d.Strata[2].Options[0].Difference), "from everybody else of the place")
	require.Empty(t, d.Places)
	for _, key := range []string{"ed_1/ar_q@1/s1/session/sortition/school/AC", "ed_1/ar_q@1/s1/session/sortition/town/world"} {
		_, err := Crosstab.Compute(w.state, key, nil)
		require.ErrorIs(t, err, ErrNoDocument)
	}
}

// The worked case: nine of nine without school agree. Their row is hidden, and one more, so that totals do not reveal it.
func TestCrosstabHidden(t *testing.T) {
	t.Parallel()
	w := crossWorld(t, 10)
	ref := w.question("ar_q", choice("a", "b"))
	w.crossed("dl_1", "AA")
	w.fill("dl_1", ref, [][]int{{9, 0}, {20, 20}, {30, 21}})
	var d CrosstabDoc
	w.document(Crosstab, crossKey, &d)
	require.Equal(t, []bool{true, true, false, false}, []bool{d.Strata[0].Suppressed, d.Strata[1].Suppressed, d.Strata[2].Suppressed, d.Strata[3].Suppressed})
	require.Nil(t, d.Strata[0].Base)
	require.Nil(t, d.Strata[1].Options)
	require.False(t, d.Suppressed)
}

// The shares of countries and of strata together tell of a small stratum of a country, though no table shows it: the one person who said c is in one country and in one stratum.
func TestCrosstabOfOnePerson(t *testing.T) {
	t.Parallel()
	w := crossWorld(t, 10)
	ref := w.question("ar_q", choice("a", "b", "c"))
	w.crossed("dl_1", "AA")
	w.crossed("dl_2", "AB")
	w.fill("dl_1", ref, [][]int{{2, 2, 1}, {20, 20, 0}, {20, 20, 0}})
	w.fill("dl_2", ref, [][]int{{20, 20, 0}, {20, 20, 0}, {20, 20, 0}})
	var d CrosstabDoc
	w.document(Crosstab, crossKey, &d)
	require.True(t, d.Strata[0].Suppressed, "45 people, five of whom are in one country")
	require.False(t, d.Suppressed)
}

// Of one country with a small stratum, a weighted share has one solution; and so it has where few are left whose stratum is not known.
func TestWeightedEstimatesTellNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		small, strangers int
		shown            bool
	}{{3, 0, false}, {20, 0, true}, {20, 3, false}, {20, 20, true}} {
		w := crossWorld(t, 10)
		ref := w.question("ar_q", choice("a", "b"))
		w.crossed("dl_1", "AA")
		w.fill("dl_1", ref, [][]int{{c.small, c.small}, {20, 20}, {30, 21}, {c.strangers, c.strangers}})
		var d EstimateDoc
		w.document(GlobalEstimate, "ed_1/ar_q@1/s1/session/sortition", &d)
		_, is := d.Options[0].PostStratified["school"]
		require.Equal(t, c.shown, is, "%+v", c)
		_, is = d.Options[0].PostStratified["age"]
		require.True(t, is)
		require.Equal(t, c.shown, d.Options[0].Raked != nil)
	}
}

// Nine in AA are not known by school: too few. Their number would follow from that of all countries and of the others, so that these keep the stratum back as well, and another one, as the place's total would tell it.
func TestCrosstabOfPlaces(t *testing.T) {
	t.Parallel()
	table := func(unknown int) [][]int {
		return [][]int{{18, 22}, {20, 20}, {35, 15}, {unknown / 2, unknown - unknown/2}}
	}
	for _, c := range []struct {
		unknown []int // of AA, AB, AC
		own     []domain.Place
		hidden  int // strata that own crosstabs leave out
	}{
		{[]int{9, 30}, []domain.Place{"AA", "AB"}, 2},
		{[]int{30, 30, 9, 9}, []domain.Place{"AA", "AB"}, 0},
		{[]int{9, 9, 9}, []domain.Place{"AA", "AB", "AC"}, 2},
		{[]int{0, 0, 3}, []domain.Place{"AA", "AB", "AC"}, 2},
		{[]int{0, 0, 12}, []domain.Place{"AA", "AB", "AC"}, 0},
	} {
		w := crossWorld(t, 10)
		ref := w.question("ar_q", choice("a", "b"))
		for i, n := range c.unknown {
			id := domain.DialogueID("dl_" + strconv.Itoa(i))
			w.crossed(id, domain.Place("A"+string(rune('A'+i))))
			w.fill(id, ref, table(n))
		}
		var d CrosstabDoc
		w.document(Crosstab, crossKey, &d)
		require.Equal(t, c.own, d.Places, "%v", c.unknown)
		for _, place := range c.own {
			var own CrosstabDoc
			w.document(Crosstab, "ed_1/ar_q@1/s1/session/sortition/school/"+string(place), &own)
			hidden := 0
			for _, s := range own.Strata {
				if s.Suppressed {
					hidden++
				}
			}
			require.Equal(t, c.hidden, hidden)
		}
	}
}
