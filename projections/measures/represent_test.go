package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

var youngOld = []domain.Stratum{
	{ID: "young", Label: "Young", PopulationShare: domain.RatioOf(3, 10)}, {ID: "middle", Label: "Middle", PopulationShare: domain.RatioOf(2, 5)},
	{ID: "old", Label: "Old", PopulationShare: domain.RatioOf(3, 10)},
}

// plan plans the dimension age.
func (w *world) plan(d domain.DialogueID) {
	w.add(d, domain.StreamID("dialogue-"+d), domain.QuotaPlanSet{Dialogue: d, Dimensions: []domain.QuotaDimension{{Name: "age", Strata: youngOld}}})
}

func (w *world) drawn(d domain.DialogueID, strata map[string]int) {
	n := 0
	for _, people := range strata {
		n += people
	}
	w.add(d, domain.StreamID("sortition-"+d), domain.DrawCommitted{Dialogue: d})
	w.add(d, domain.StreamID("sortition-"+d), domain.DrawExecuted{
		Dialogue: d, Round: 1, Selected: make([]domain.ParticipantID, n), Quota: []domain.DimensionCount{{Name: "age", Strata: strata}}, Attempts: 1,
	})
}

func TestRepresentativeness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	profile := w.question("ar_age", choice("young", "middle", "old", "unsaid"))
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}, Measures: &domain.MeasurePlan{Profile: map[string]domain.ArtefactID{"age": "ar_age"}}})
	w.dialogue(aDialogue, "AA", domain.Sortition)
	w.plan(aDialogue)
	w.drawn(aDialogue, map[string]int{"young": 25, "middle": 55, "old": 20})
	for option, many := range map[domain.OptionID]int{"young": 6, "middle": 4, "old": 5, "unsaid": 2} {
		for i := range many {
			w.cast(aDialogue, string(option)+strconv.Itoa(i), profile, domain.ProfileWave, "", domain.Answer{Option: option})
		}
	}
	var d RepresentativenessDoc
	w.document(Representativeness, "ed_1/dl_1/age", &d)
	require.Equal(t, []Whom{"pool", "drawn", "checkedIn", "respondents"}, []Whom{d.Of[0].Who, d.Of[1].Who, d.Of[2].Who, d.Of[3].Who})
	require.Equal(t, "no pool is sealed", d.Of[0].Unknown)
	require.Equal(t, sealed, d.Of[2].Unknown)

	drawn := d.Of[1] // the worked example of the specification
	require.Equal(t, []Number{0.85, 0.85, 0.484848, 1}, []Number{*drawn.GRI, *drawn.Similarity, *drawn.RScore, *drawn.Best})
	require.Equal(t, Number(0.15), *drawn.Gap)
	require.Equal(t, Number(9.791667), drawn.ChiSquared.Statistic)
	require.Equal(t, []Number{0.833333, 1.375, 0.666667}, []Number{drawn.Strata[0].Disparity, drawn.Strata[1].Disparity, drawn.Strata[2].Disparity})
	require.Equal(t, StratumResult{"old", "Old", 20, 0.2, 0.3, -0.1, 0.666667, 30}, drawn.Strata[2])
	require.Equal(t, [2]int{100, 0}, [2]int{*drawn.Base, *drawn.Unplaced})
	require.Equal(t, Number(1), *drawn.Coverage)

	require.Equal(t, [2]int{15, 2}, [2]int{*d.Of[3].Base, *d.Of[3].Unplaced})
	require.Equal(t, profile, *d.Question)
	require.Equal(t, Number(0.4), d.Of[3].Strata[0].Achieved)

	// A small room is hidden, and the only other one with it: what all of them come to, less that one, would tell of it.
	w.dialogue("dl_2", "BB", domain.Sortition)
	w.plan("dl_2")
	w.drawn("dl_2", map[string]int{"young": 20, "middle": 40, "old": 40})
	for i := range 9 {
		w.cast("dl_2", "s"+strconv.Itoa(i), profile, domain.ProfileWave, "", domain.Answer{Option: "old"})
	}
	for key, hidden := range map[string]bool{"dl_1": true, "dl_2": true, "world/sortition": false} {
		d = RepresentativenessDoc{}
		w.document(Representativeness, "ed_1/"+key+"/age", &d)
		require.Equal(t, hidden, d.Of[3].Suppressed, key)
		require.Equal(t, hidden, d.Of[3].Base == nil && d.Of[3].Strata == nil && d.Of[3].GRI == nil, key)
		require.False(t, d.Of[1].Suppressed)
	}
	d = RepresentativenessDoc{}
	w.document(Representativeness, "ed_1/world/sortition/age", &d)
	require.Equal(t, [2]int{24, 2}, [2]int{*d.Of[3].Base, *d.Of[3].Unplaced})
	require.Empty(t, d.Of[3].Rooms, "both are hidden")
	require.Equal(t, []RoomGRI{{aDialogue, "AA", 100, 0.85, 1}, {"dl_2", "BB", 100, 0.9, 1}}, d.Of[1].Rooms)
	require.Equal(t, Number(0.3), d.Of[1].Strata[0].Target)
}

// What the result of a question shows of a place is not taken apart where one of its dialogues is small.
func TestRepresentativenessOfTwoRooms(t *testing.T) {
	t.Parallel()
	for small, hidden := range map[int]bool{6: true, 10: false} {
		w := newWorld(t)
		profile := w.question("ar_age", choice("young", "middle", "old"))
		w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}, Measures: &domain.MeasurePlan{Profile: map[string]domain.ArtefactID{"age": "ar_age"}}})
		for id, many := range map[domain.DialogueID]int{"dl_1": 12, "dl_2": small} {
			w.dialogue(id, "AA", domain.Sortition)
			w.plan(id)
			for i := range many {
				w.cast(id, "p"+strconv.Itoa(i), profile, domain.ProfileWave, "", domain.Answer{Option: []domain.OptionID{"young", "middle", "old"}[i%3]})
			}
		}
		var result ResultDoc
		w.document(Result, "ed_1/ar_age@1/s1/profile/sortition/AA", &result)
		require.Equal(t, 12+small, *result.Base)
		for _, id := range []string{"dl_1", "dl_2"} {
			var d RepresentativenessDoc
			w.document(Representativeness, "ed_1/"+id+"/age", &d)
			require.Equal(t, hidden, d.Of[3].Suppressed, id)
		}
		var d RepresentativenessDoc
		w.document(Representativeness, "ed_1/world/sortition/age", &d)
		require.False(t, d.Of[3].Suppressed)
		require.Equal(t, hidden, len(d.Of[3].Rooms) == 0)
	}
}

// Shares over denominators that have no small common one are compared in parts.
func TestPopulation(t *testing.T) {
	t.Parallel()
	share := func(num, den int64) domain.Stratum { return domain.Stratum{PopulationShare: domain.RatioOf(num, den)} }
	require.Equal(t, []int64{3, 4, 3}, population(youngOld))
	require.Equal(t, []int64{2, 3, 1}, population([]domain.Stratum{share(1, 3), share(1, 2), share(1, 6)}))
	const odd = 9007199254740881 // a prime
	require.Equal(t, []int64{500_000_000, 333_333_333, 999_999_999}, population([]domain.Stratum{share(1, 2), share(1, 3), share(odd-1, odd)}))
}
