package measures

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// judged is the document of a key, and in it the results of one indicator by sample type.
func judged(t testing.TB, s *State, key string) (IndicatorsDoc, func(name string, sample domain.SampleType) IndicatorResult) {
	t.Helper()
	doc, err := Indicators.Compute(s, key, nil)
	require.NoError(t, err)
	var d IndicatorsDoc
	require.NoError(t, json.Unmarshal(doc.Data, &d))
	return d, func(name string, sample domain.SampleType) IndicatorResult {
		t.Helper()
		i := slices.IndexFunc(d.Indicators, func(r IndicatorResult) bool { return r.Indicator == name && r.SampleType == sample })
		require.GreaterOrEqual(t, i, 0, "%s of %q", name, sample)
		return d.Indicators[i]
	}
}

// Every threshold of the domain is one that some value is judged by, or a parameter of one; and every indicator of the method is there.
func TestIndicatorsAreAllThere(t *testing.T) {
	t.Parallel()
	d, of := judged(t, stateOf(t, simulated(t)), "ed_synthetic")
	want := []string{
		"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14", "D15", "D16", "D17", "D18", "D19", "D20", "D21",
		"E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E11", "Q1", "Q2", "Q3", "I1", "I2", "I3", "I4", "I5",
	}
	var got []string
	for _, i := range d.Indicators {
		got = append(got, i.Indicator)
		require.NotEmpty(t, i.Principle)
		require.NotEmpty(t, i.Evidence, i.Indicator)
		if i.Verdict == Unknown {
			require.NotEmpty(t, i.Unknown, i.Indicator)
		}
		for _, e := range i.Evidence {
			require.LessOrEqual(t, len(e.First), firstEvents)
			require.LessOrEqual(t, len(e.First), e.Count)
			require.Equal(t, e.Count > 0, len(e.First) > 0, "%s %s", i.Indicator, e.Event)
		}
	}
	require.Equal(t, want, slices.Compact(got))
	for _, i := range domain.Indicators() {
		require.Contains(t, d.Parameters, i.Key)
	}
	require.Equal(t, Pass, of("D13", "").Verdict)
	require.Equal(t, "everybody comes as they like: nobody in particular is to be there", of("D6", domain.OpenOnline).Unknown)
	require.Contains(t, of("D15", domain.Sortition).Notes[0], "reported deviation")
}

// Numbers of an edition are those of its dialogues together, and of no other sample type.
func TestIndicatorsNeverPoolSampleTypes(t *testing.T) {
	t.Parallel()
	s := stateOf(t, simulated(t))
	whole, of := judged(t, s, "ed_synthetic")
	for _, name := range []string{"D5", "D12", "D16", "D19", "D20", "D21", "E1", "E8", "E10"} {
		for _, i := range whole.Indicators {
			if i.Indicator != name || i.Count == nil {
				continue
			}
			count, base := 0, 0
			for _, key := range Indicators.Keys(s) {
				if key == "ed_synthetic" {
					continue
				}
				one, _ := judged(t, s, key)
				for _, r := range one.Indicators {
					if r.Indicator == name && r.SampleType == i.SampleType && r.Count != nil {
						count, base = count+*r.Count, base+*r.Base
					}
				}
			}
			require.Equal(t, [2]int{*i.Count, *i.Base}, [2]int{count, base}, "%s of %s", name, i.SampleType)
		}
	}
	require.NotEqual(t, of("E1", domain.Sortition), of("E1", domain.OpenOnline))
}

// People who came without consent fail D21, a session before the protocol D13; a person or a code is named nowhere.
func TestIndicatorsOfAWorld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("", "edition-ed_1", domain.EditionOpened{Edition: anEdition, Languages: []domain.Lang{"en"}})
	w.dialogue("dl_AA", "AA", domain.Sortition)
	w.add("dl_AA", "dialogue-dl_AA", domain.SessionOpened{Dialogue: "dl_AA", Session: aSession, Chamber: domain.CitizenChamber, PlannedMinutes: 100})
	w.protocol(domain.ProtocolFrozen{Thresholds: map[string]domain.Ratio{"D16.off": domain.RatioOf(1, 10), "D15": domain.RatioOf(100, 1)}})
	for i, scopes := range [][]domain.ConsentScope{{domain.Participate, domain.DataUse}, {domain.Participate}, {domain.Participate, domain.DataUse}} {
		who := domain.ParticipantID([]string{"pa_secret1", "pa_secret2", "pa_secret3"}[i])
		stream := domain.StreamID("participant-" + who)
		w.add("dl_AA", stream, domain.ParticipantRegistered{Participant: who, Dialogue: "dl_AA", Chamber: domain.CitizenChamber, Support: []domain.Support{domain.Pay}[:i%2]})
		w.add("dl_AA", stream, domain.ConsentGiven{Participant: who, Dialogue: "dl_AA", Scopes: scopes})
		w.add("dl_AA", stream, domain.ParticipantCheckedIn{Participant: who, Dialogue: "dl_AA", Chamber: domain.CitizenChamber})
	}
	w.add("dl_AA", "dialogue-dl_AA", domain.SessionClosed{Dialogue: "dl_AA", Session: aSession, Minutes: 111, CheckedIn: 3})
	d, of := judged(t, w.state, "ed_1/dl_AA")
	require.Equal(t, domain.Place("AA"), d.Place)
	d21 := of("D21", domain.Sortition)
	require.Equal(t, Fail, d21.Verdict)
	require.Equal(t, [2]int{2, 3}, [2]int{*d21.Count, *d21.Base})
	require.Equal(t, Number(0.666667), d21.Value)
	d9 := of("D9", domain.Sortition)
	require.Equal(t, Unknown, d9.Verdict)
	require.Equal(t, [2]int{1, 3}, [2]int{*d9.Parts[0].Count, *d9.Parts[0].Base})
	d15 := of("D15", domain.Sortition)
	require.Equal(t, Number(111), d15.Value)
	require.True(t, d15.Threshold.Own)
	require.Equal(t, Pass, d15.Verdict)
	require.Equal(t, Number(1), d15.Parts[0].Value) // one day; the ideal is four
	require.Equal(t, Fail, of("D16", domain.Sortition).Verdict, "11 of 100 minutes is more than a tenth")
	require.Equal(t, Unknown, of("E1", domain.Sortition).Verdict)

	doc, err := Indicators.Compute(w.state, "ed_1", nil)
	require.NoError(t, err)
	require.NotContains(t, string(doc.Data), "secret")
	_, of = judged(t, w.state, "ed_1")
	require.Equal(t, Fail, of("D13", "").Verdict)
	require.Equal(t, []EventRef{{Seq: 3, Stream: "edition-ed_1", Version: 2}}, of("D13", "").Evidence[0].First)
	consent := of("D21", domain.Sortition).Evidence[0]
	require.Equal(t, 3, consent.Count)
	require.Empty(t, consent.First[0].Stream)
}

// Figures add up in any grouping, and shares meet their thresholds exactly.
func TestFigures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Custom(func(t *rapid.T) figure {
			base := rapid.IntRange(0, 40).Draw(t, "base")
			f := share(rapid.IntRange(0, base).Draw(t, "count"), base, "why")
			if base > 0 {
				f.in(stratumShare{"age", rapid.SampledFrom([]string{"young", "old"}).Draw(t, "stratum"), f.count, base})
			}
			return f
		})
		a, b, c := one.Draw(t, "a"), one.Draw(t, "b"), one.Draw(t, "c")
		require.Equal(t, a.plus(b).plus(c), a.plus(b.plus(c)))
		require.Equal(t, a.count+b.count, a.plus(b).count)
	})
	h := &Head{}
	value, _ := share(2, 3, "").value(h, "")
	require.True(t, share(2, 3, "").meets(value, domain.RatioOf(2, 3), false))
	require.True(t, share(2, 3, "").meets(value, domain.RatioOf(2, 3), true))
	require.False(t, share(199, 300, "").meets(value, domain.RatioOf(2, 3), false))
	gap := figure{how: ofGap, base: 200, least: 30}
	for _, s := range []stratumShare{{"age", "a", 90, 100}, {"age", "b", 60, 100}, {"age", "few", 0, 29}, {"sex", "c", 0, 100}} {
		gap.in(s)
	}
	require.InDelta(t, 0.3, float64(gap.gap()), 1e-12)
	value, interval := figure{how: ofLearning, base: 40, pairs: [4]int{10, 2, 18, 10}}.value(h, "")
	require.InDelta(t, 0.4, float64(value), 1e-12)
	require.Positive(t, float64(interval.Low))
	value, _ = figure{how: ofScale, base: 3, sum: 12, tables: []stats.Moments{}}.value(h, "")
	require.Equal(t, Number(4), value)
	value, _ = nothing(ofShare, "why").value(h, "")
	require.False(t, value.known())
}
