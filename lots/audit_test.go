package lots_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/seal"
)

func TestAuditOfTheHonest(t *testing.T) {
	t.Parallel()
	w := honest(t)
	for steps := range end + 1 {
		require.Empty(t, w.audit(t, steps), steps)
	}
	require.Empty(t, w.clone().audit(t, end), "a copy says the same")
	problems, err := lots.AuditReplay(w.at(t, end), w.pool, nil)
	require.NoError(t, err)
	require.Empty(t, problems)
	shuffled := w.clone()
	slices.Reverse(shuffled.pool.People)
	require.Empty(t, shuffled.audit(t, end), "the order of people does not matter")
	problems, err = lots.AuditReplay(w.at(t, end), shuffled.pool, nil)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// Whatever is not as it was sealed, built or drawn is named.
func TestAuditNames(t *testing.T) {
	t.Parallel()
	whole := honest(t)
	require.Empty(t, whole.built.Impossible)
	for name, c := range map[string]struct {
		tamper func(w *world)
		says   string
	}{
		"a value":                        {func(w *world) { w.pool.People[0].Values[0] = "young" }, "somebody was moved, changed, added or left out"},
		"the file of it":                 {func(w *world) { w.pool.People[0].Values[0] = "young" }, "the file of the pool has the digest"},
		"a count of it":                  {func(w *world) { w.pool.People[0].Values[0] = "young" }, `the pool has 5 of age "old"; the event says 6`},
		"a salt":                         {func(w *world) { w.pool.People[3].Salt[31]++ }, "somebody was moved, changed, added or left out"},
		"an address":                     {func(w *world) { w.pool.People[1].Address = seal.Hash{} }, "1 shared addresses; the event says"},
		"somebody less":                  {func(w *world) { w.pool.People = w.pool.People[:15] }, "the pool has 15 people"},
		"somebody twice":                 {func(w *world) { w.pool.People[1] = w.pool.People[0] }, "this pool cannot have been sealed"},
		"a value of nobody":              {func(w *world) { w.pool.People[1].Values[0] = "ageless" }, "this pool cannot have been sealed"},
		"other dimensions":               {func(w *world) { w.pool.Categories = []string{"settlement", "age"} }, "this pool cannot have been sealed"},
		"drawn before":                   {func(w *world) { w.pool.People[7].Pseudonym = "pa_99" }, "pa_99 is in the pool, and was drawn before"},
		"a quota":                        {func(w *world) { w.announced.Quotas[0].Max++ }, "those that were sealed to"},
		"how far a quota may be relaxed": {func(w *world) { w.announced.Quotas[0].MostMax++ }, "those that were sealed to"},
		"kinds":                          {func(w *world) { w.sealed.Types++ }, "kinds of them"},
		"a counted stratum":              {func(w *world) { w.sealed.Strata[1].Strata["town"]-- }, `the pool has 8 of settlement "town"; the event says 7`},
		"strata":                         {func(w *world) { delete(w.sealed.Strata[1].Strata, "town") }, "in 1"},
		"dimensions":                     {func(w *world) { w.sealed.Strata = w.sealed.Strata[:1] }, "the event counts 1"},

		"panels in another order":  {func(w *world) { w.list.List[0], w.list.List[1] = w.list.List[1], w.list.List[0] }, "they are others, or in another order"},
		"a panel less":             {func(w *world) { w.list.List = w.list.List[1:] }, "the file has 39 panels; 40 were announced"},
		"no panels":                {func(w *world) { w.list.List = nil }, "which the file does not have"},
		"a member less":            {func(w *world) { w.list.List[5] = w.list.List[5][1:] }, "panel 5 has 3 members, 3 of them distinct; a panel has 4"},
		"a member twice":           {func(w *world) { w.list.List[5][0] = w.list.List[5][1] }, "panel 5 has 4 members, 3 of them distinct; a panel has 4"},
		"a stranger":               {func(w *world) { w.list.List[5][0] = "pa_77" }, `panel 5: "pa_77" is not in the pool`},
		"a size":                   {func(w *world) { w.list.Size = 5 }, "the file of the panels has the digest"},
		"the one that was drawn":   {func(w *world) { w.drawn.Selected[0] = "pa_77" }, "those who were drawn are not its members"},
		"a file that was recorded": {func(w *world) { w.built.File[0]++ }, "was recorded"},

		"a quota of a panel": {func(w *world) { w.list.List[5] = []string{"pa_00", "pa_02", "pa_04", "pa_10"} }, `panel 5 has 4 of settlement "town", not 2 to 2`},
		"an address of one":  {func(w *world) { w.list.List[5] = []string{"pa_00", "pa_01", "pa_02", "pa_05"} }, `panel 5: "pa_00" and "pa_01" live at one address`},
		"a ticket":           {func(w *world) { w.built.Tickets[0]++ }, "everybody's tickets come to the root"},
		"the fewest":         {func(w *world) { w.built.Fewest++ }, "; the event says"},
		"the most":           {func(w *world) { w.built.Most++ }, "; the event says"},
		"pairs":              {func(w *world) { w.built.Pairs.Never++ }, "pairs meet as"},
		"a bound":            {func(w *world) { w.built.Bound = domain.RatioOf(w.built.Bound.Num*2, w.built.Bound.Den*2+1) }, "the multipliers prove that no lottery gives everybody more than"},
		"no bound":           {func(w *world) { w.built.Bound = domain.Ratio{} }, "the event says 0"},
		"multipliers":        {func(w *world) { w.built.Multipliers = w.built.Multipliers[1:] }, "the certificate cannot be added up"},
		"a great multiplier": {func(w *world) { w.built.Multipliers[0] = 1 << 40 }, "the certificate cannot be added up"},
		"no panel for one":   {func(w *world) { w.built.Impossible = []domain.ParticipantID{"pa_77"} }, "pa_77 is said to be on no panel, and is not in the pool"},
		"no panel for some": {func(w *world) {
			w.built.Impossible = []domain.ParticipantID{"pa_02"} // and those like them, who are not named
		}, "who cannot be told apart are said to be on no panel"},
		"no panel for one who is drawn": {func(w *world) { w.built.Impossible = []domain.ParticipantID{"pa_02"} }, "pa_02 is said to be on no panel, and is on"},
		"what was drawn":                {func(w *world) { w.drawn.Quota = []domain.DimensionCount{{Name: "age"}, {Name: "settlement"}} }, "the panel that was drawn is counted by age in 2 strata"},
	} {
		w := whole.clone()
		c.tamper(w)
		problems := w.audit(t, end)
		require.True(t, slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.says) }), "%s: %q", name, problems)
	}
}

func TestAuditReplay(t *testing.T) {
	t.Parallel()
	w := honest(t)
	other := w.clone()
	other.built.Seed[0]++
	problems, err := lots.AuditReplay(other.at(t, end), w.pool, nil)
	require.NoError(t, err)
	require.Len(t, problems, 1, "another seed gives other panels")
	require.Contains(t, problems[0], "these were not made by leximin-herding/1")
	require.Empty(t, lots.AuditLottery(other.at(t, end), w.pool, w.list), "and they are panels all the same")

	other = w.clone()
	other.built.Impossible = []domain.ParticipantID{"pa_01"}
	problems, err = lots.AuditReplay(other.at(t, end), w.pool, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"0 people are on no panel that meets the quotas; the event names 1, or others"}, problems)

	_, err = lots.AuditReplay(w.at(t, end), people(3), nil)
	require.ErrorIs(t, err, lots.ErrNoReplay)
	stop := errors.New("stop")
	_, err = lots.AuditReplay(w.at(t, end), w.pool, func(string, int, int) error { return stop })
	require.ErrorIs(t, err, stop)
}

func TestResidual(t *testing.T) {
	t.Parallel()
	full := sketch(t).announced
	next := full
	next.Selection, next.Size, next.Vacant = 2, 2, []domain.ParticipantID{"pa_00", "pa_03"}
	stay := []map[string]string{{"age": "young", "settlement": "town"}, {"age": "young", "settlement": "town"}}
	next.Quotas = lots.Residual(full.Quotas, stay)
	var left [][2]int
	for _, q := range next.Quotas {
		left = append(left, [2]int{q.Min, q.Max})
	}
	require.Equal(t, [][2]int{{0, 1}, {1, 2}, {0, 0}, {2, 2}}, left)
	require.Empty(t, lots.AuditResidual(next, full, stay))
	require.Equal(t, full.Quotas, lots.Residual(full.Quotas, nil))

	next.Quotas[1].Max = 1
	require.Equal(t, []string{`the quota of age "old" is 1 to 1; the 2 who stay leave 1 to 2 of age "old" open`}, lots.AuditResidual(next, full, stay))
	next.Quotas = next.Quotas[:3]
	require.Equal(t, []string{"there are 3 quotas; the selection that filled all seats had 4"}, lots.AuditResidual(next, full, stay))
	require.Equal(t, 0, lots.Residual(full.Quotas, slices.Repeat(stay, 3))[2].Max, "more than there were seats for")
}

// Whatever two panels change places, or whatever member of a panel another person replaces, is named.
func TestNoPanelCanBeChanged(t *testing.T) {
	t.Parallel()
	whole := honest(t)
	at := whole.at(t, end)
	rapid.Check(t, func(rt *rapid.T) {
		w := whole.clone()
		p := w.list.List
		i, j := rapid.IntRange(0, len(p)-1).Draw(rt, "i"), rapid.IntRange(0, len(p)-1).Draw(rt, "j")
		if rapid.Bool().Draw(rt, "swap") {
			p[i], p[j] = p[j], p[i]
		} else {
			p[i][rapid.IntRange(0, 3).Draw(rt, "seat")] = w.pool.People[rapid.IntRange(0, 15).Draw(rt, "who")].Pseudonym
		}
		same := true
		for k := range p {
			same = same && slices.Equal(slices.Sorted(slices.Values(p[k])), slices.Sorted(slices.Values(whole.list.List[k])))
		}
		require.Equal(rt, same, len(lots.AuditPanels(at, w.list)) == 0)
	})
}
