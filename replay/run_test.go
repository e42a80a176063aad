package replay_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

func TestAnHonestWorld(t *testing.T) {
	t.Parallel()
	w := honest()
	seen := map[string]bool{}
	documents := 0
	for _, v := range w.views {
		require.NotEmpty(t, w.docs[v.View], "a view without documents tests nothing")
		seen[v.View], documents = true, documents+len(w.docs[v.View])
	}
	require.Len(t, seen, len(projections.All()))

	var told uint64
	report, err := replay.Run(context.Background(), source(w.records), w.served(), replay.Head, func(n uint64) { told = n })
	require.NoError(t, err)
	require.Equal(t, replay.Report{Events: uint64(len(w.records)), Documents: uint64(documents), Findings: []replay.Finding{}}, report)
	require.EqualValues(t, len(w.records), told)
}

func TestAnEmptyWorld(t *testing.T) {
	t.Parallel()
	w := world{}
	for _, v := range projections.All() {
		w.views = append(w.views, replay.ServedView{View: v.Name, Version: v.Version})
	}
	require.Equal(t, replay.Report{Findings: []replay.Finding{}}, w.run(t, replay.Head))
	require.Equal(t, replay.Report{Findings: []replay.Finding{}}, w.run(t, 0))
}

// Views may reflect different places. Each is compared at its own.
func TestViewsAtDifferentPlaces(t *testing.T) {
	t.Parallel()
	w := honest().clone()
	at := uint64(w.find("reaction-cast.v1", 120)) + 1
	fold, _, err := replay.Rebuild(context.Background(), source(w.records), projections.All(), at)
	require.NoError(t, err)
	i := slices.IndexFunc(w.views, func(v replay.ServedView) bool { return v.View == projections.Conversation.Name })
	w.views[i].At = at
	w.docs[w.views[i].View] = nil
	for ref, d := range fold.Documents() {
		if ref.View == w.views[i].View {
			w.docs[ref.View] = append(w.docs[ref.View], replay.ServedDocument{Key: ref.Key, Document: d})
		}
	}
	require.NotEmpty(t, w.docs[w.views[i].View])
	require.Zero(t, w.run(t, replay.Head).Mismatches)
	require.Zero(t, w.run(t, at+20).Mismatches)

	w.views[i].At = at - 1
	require.NotZero(t, w.run(t, replay.Head).Mismatches, "they are of another place than it says")
}

// Replaying the first records only compares what has not moved since.
func TestAt(t *testing.T) {
	t.Parallel()
	w := honest()
	for _, at := range []uint64{0, 1, 50, 100, 200, uint64(len(w.records)) - 1, uint64(len(w.records))} {
		unmoved := 0
		for _, docs := range w.docs {
			for _, d := range docs {
				if d.At <= at {
					unmoved++
				}
			}
		}
		report := w.run(t, at)
		require.Equal(t, replay.Report{Events: at, Documents: uint64(unmoved), Findings: []replay.Finding{}}, report)
	}
	_, err := replay.Run(context.Background(), source(w.records), w.served(), uint64(len(w.records))+1, nil)
	require.ErrorIs(t, err, replay.ErrBeyond)
}

func TestAtFindsWhatHasNotMoved(t *testing.T) {
	t.Parallel()
	kept, moved := honest().doc("dialogue", "dl_KE").At, honest().doc("dialogue", "dl_FR").At
	require.Less(t, kept, moved)
	for name, c := range map[string]struct {
		change func(w *world)
		at     uint64
		finds  string
	}{
		"changed":              {func(w *world) { w.doc("dialogue", "dl_KE").Data[5]++ }, kept, "dialogue dl_KE: differs"},
		"changed, but moved":   {func(w *world) { w.doc("dialogue", "dl_FR").Data[5]++ }, kept, ""},
		"dropped":              {func(w *world) { w.docs["dialogue"] = w.docs["dialogue"][:1] }, kept, "dialogue dl_KE: is missing"},
		"added in the past":    {func(w *world) { w.docs["dialogue"][0].Key, w.docs["dialogue"][0].At = "dl_AA", 3 }, kept, "dialogue dl_AA: does not follow"},
		"a forged place":       {func(w *world) { w.doc("dialogue", "dl_KE").At = 3 }, kept, "dialogue dl_KE: is said to reflect 3 records"},
		"damaged and moved on": {func(w *world) { w.doc("dialogue", "dl_FR").Damage = errors.New("torn") }, kept, "dialogue dl_FR: torn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := honest().clone()
			c.change(&w)
			require.NotEqual(t, honest(), w)
			report := w.run(t, c.at)
			if c.finds == "" {
				require.Zero(t, report.Mismatches, "%v", report.Findings)
				return
			}
			requireFinding(t, report, c.finds)
		})
	}
}

func requireFinding(t *testing.T, report replay.Report, want string) {
	t.Helper()
	require.NotZero(t, report.Mismatches)
	for _, f := range report.Findings {
		if strings.HasPrefix(f.String(), want) || strings.Contains(f.Problem, want) {
			return
		}
	}
	require.Failf(t, "not named", "%q is not among %v", want, report.Findings)
}

// What keeps us from reading is an error, what is wrong with the record a finding. Nothing is a pass.
func TestBrokenSource(t *testing.T) {
	t.Parallel()
	w := honest()
	after := func(n int, err error) iter.Seq2[domain.Record, error] {
		return func(yield func(domain.Record, error) bool) {
			for _, r := range w.records[:n] {
				if !yield(r, nil) {
					return
				}
			}
			yield(domain.Record{}, err)
		}
	}
	network := errors.New("the line is dead")
	for _, n := range []int{0, 1, len(w.records)} {
		report, err := replay.Run(context.Background(), after(n, network), w.served(), replay.Head, nil)
		require.ErrorIs(t, err, network)
		require.EqualValues(t, n, report.Events)

		report, err = replay.Run(context.Background(), after(n, &ledger.DamagedError{Where: "record 7", Detail: "digest"}), w.served(), replay.Head, nil)
		require.NoError(t, err)
		requireFinding(t, report, fmt.Sprintf("ledger after %d records", n))
		requireFinding(t, report, "record 7")
	}
	served := w.served()
	served.Documents = func(string) iter.Seq2[replay.ServedDocument, error] {
		return func(yield func(replay.ServedDocument, error) bool) { yield(replay.ServedDocument{}, network) }
	}
	_, err := replay.Run(context.Background(), source(w.records), served, replay.Head, nil)
	require.ErrorIs(t, err, network)
}

func TestFindingsAreCounted(t *testing.T) {
	t.Parallel()
	w := honest().clone()
	w.docs["statement"] = nil
	for i := range 3 * replay.MaxFindings {
		w.docs["statement"] = append(w.docs["statement"], replay.ServedDocument{Key: fmt.Sprintf("made-up-%04d", i)})
	}
	report := w.run(t, replay.Head)
	require.Len(t, report.Findings, replay.MaxFindings)
	require.EqualValues(t, 3*replay.MaxFindings+len(honest().docs["statement"]), report.Mismatches)
}
