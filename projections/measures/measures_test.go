package measures

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	names := []string{}
	for _, v := range All() {
		require.NotEmpty(t, v.About)
		_, taken := projections.ByName(v.Name)
		require.False(t, taken, "%s is a view of projections", v.Name)
		found, ok := ByName(v.Name)
		require.True(t, ok)
		require.Equal(t, v.Name, found.Name)
		names = append(names, v.Name)
	}
	require.True(t, slices.IsSorted(names))
	require.Equal(t, slices.Compact(slices.Clone(names)), names)
}

// Every document of every view of a synthetic edition can be computed; its head says what it is; computed again, also from a State of its own, it has the same bytes.
func TestWhole(t *testing.T) {
	t.Parallel()
	facts := simulated(t)
	s, again := stateOf(t, facts), stateOf(t, facts)
	for _, v := range All() {
		keys := v.Keys(s)
		require.NotEmpty(t, keys, v.Name)
		once := slices.Clone(keys)
		slices.Sort(once)
		require.Len(t, slices.Compact(once), len(keys), "%s names a document twice", v.Name)
		require.Equal(t, keys, v.Keys(again))
		for _, key := range keys {
			d, err := v.Compute(s, key, nil)
			require.NoError(t, err)
			other, err := v.Compute(again, key, nil)
			require.NoError(t, err)
			require.Equal(t, string(d.Data), string(other.Data))
			require.Equal(t, d.At, other.At)
			var h Head
			require.NoError(t, json.Unmarshal(d.Data, &h))
			require.Equal(t, v.Name, h.View)
			require.Equal(t, key, h.Key)
			require.Equal(t, d.At, h.LedgerPosition)
			require.NotZero(t, d.At, "%s %s rests on nothing", v.Name, key)
			h.Errors = slices.DeleteFunc(h.Errors, func(n Note) bool {
				return n.Name == string(stats.ErrEmptyStratum) || n.Name == string(stats.ErrNoConvergence)
			}) // rooms are small
			require.Empty(t, h.Errors, "%s %s", v.Name, key)
		}
		_, err := v.Compute(s, "no/such/document", nil)
		require.ErrorIs(t, err, ErrNoDocument, v.Name)
	}
}

// A document that is fresh has the bytes that it would have if it were computed now, after every fact.
func TestFresh(t *testing.T) {
	t.Parallel()
	facts := simulated(t)
	s := NewState()
	type kept struct {
		job  *Job
		data []byte
	}
	documents := map[projections.Ref]kept{}
	for i, f := range facts {
		require.NoError(t, s.Apply(f))
		if i%211 != 0 && i != len(facts)-1 {
			continue
		}
		for _, v := range All() {
			keys := v.Keys(s)
			for n := 0; n < len(keys); n += 1 + len(keys)/5 {
				ref := projections.Ref{View: v.Name, Key: keys[n]}
				job, err := v.Begin(s, keys[n])
				require.NoError(t, err)
				d, err := job.Finish(nil)
				require.NoError(t, err)
				if old, ok := documents[ref]; ok && old.job.Fresh() {
					require.Equal(t, string(old.data), string(d.Data), "%s after %d records", ref, i+1)
				}
				documents[ref] = kept{job, d.Data}
			}
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]Number{"0": 0, "1": 1, "0.333333": 1.0 / 3, "-2.5": -2.5, "100": 100, "1000000": 1e6} {
		got, err := json.Marshal(n)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	got, err := json.Marshal([]Number{None, Number(-1e-9)})
	require.NoError(t, err)
	require.Equal(t, "[null,0]", string(got))
}

func TestResult(t *testing.T) {
	t.Parallel()
	w, ref := three(t)
	for _, id := range []domain.DialogueID{"dl_AA", "dl_BB", "dl_CC"} {
		w.cast(id, "x", ref, domain.SessionWave, "", domain.Answer{NonResponse: domain.DontKnow})
	}
	var d ResultDoc
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/AA", &d)
	require.Equal(t, 90, *d.Base)
	require.Equal(t, map[domain.NonResponse]int{domain.DontKnow: 1}, d.NonResponse)
	require.Equal(t, OptionResult{Option: "a", Label: domain.In("en", "a"), Count: 45, Share: 0.5, Interval: &Interval{0.398837, 0.601163}}, d.Options[0])
	d = ResultDoc{}
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/world", &d)
	require.Equal(t, 250, *d.Base)
	require.Equal(t, Number(0.404), d.Options[0].Share)

	// A small room is hidden, and so is the smallest of the others: the world minus the rest would tell of the small one.
	w.dialogue("dl_s", "DD", domain.Sortition)
	w.many("dl_s", ref, 9, domain.Answer{Option: "a"})
	for place, hidden := range map[string]bool{"AA": false, "BB": false, "CC": true, "DD": true, "world": false} {
		d = ResultDoc{}
		w.document(Result, "ed_1/ar_q@1/s1/session/sortition/"+place, &d)
		require.Equal(t, hidden, d.Suppressed, place)
		require.Equal(t, hidden, d.Base == nil && d.Options == nil && d.NonResponse == nil, place)
	}
}
