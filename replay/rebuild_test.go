package replay_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// grown folds records in batches, and writes and reads back every document between two of them, as a store does.
func grown(t *rapid.T, records []domain.Record) map[projections.Ref]projections.Document {
	docs := map[projections.Ref]projections.Document{}
	for len(records) > 0 {
		n := rapid.IntRange(1, len(records)).Draw(t, "batch")
		var facts []domain.Fact
		for _, r := range records[:n] {
			f, err := r.Decode()
			require.NoError(t, err)
			facts = append(facts, f)
		}
		changed, err := projections.Changes(projections.All(), func(ref projections.Ref) ([]byte, error) { return docs[ref].Data, nil }, facts)
		require.NoError(t, err)
		next := map[projections.Ref]projections.Document{}
		for ref, d := range changed {
			next[ref] = projections.Document{At: d.At, Data: bytes.Clone(d.Data)}
		}
		for ref, d := range next {
			docs[ref] = d
		}
		records = records[n:]
	}
	return docs
}

// What is rebuilt at a place is what a store had there that grew up to it.
func TestRebuildAtAnyPlace(t *testing.T) {
	t.Parallel()
	records := honest().records
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(records)).Draw(t, "at")
		want := grown(t, records[:at])

		fold, n, err := replay.Rebuild(context.Background(), source(records), projections.All(), uint64(at))
		require.NoError(t, err)
		require.EqualValues(t, at, n)
		got := map[projections.Ref]projections.Document{}
		for ref, d := range fold.Documents() {
			got[ref] = d
			require.LessOrEqual(t, d.At, uint64(at))
		}
		require.Equal(t, want, got)

		view := rapid.SampledFrom(projections.All()).Draw(t, "view")
		key := rapid.SampledFrom(honest().docs[view.Name]).Draw(t, "document").Key
		d, err := replay.Document(context.Background(), source(records), view, key, uint64(at))
		if have, ok := want[projections.Ref{View: view.Name, Key: key}]; ok {
			require.NoError(t, err)
			require.Equal(t, have, d)
		} else {
			require.ErrorIs(t, err, replay.ErrNotFound)
		}
	})
}

// A replay up to any place finds nothing in an honest world, and what was changed there anywhere in it.
func TestRunAtAnyPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := honest().clone()
		at := rapid.Uint64Range(0, uint64(len(w.records))).Draw(t, "at")
		report, err := replay.Run(context.Background(), source(w.records), w.served(), at, nil)
		require.NoError(t, err)
		require.Equal(t, at, report.Events)
		require.Empty(t, report.Findings)

		view := rapid.SampledFrom(w.views).Draw(t, "view").View
		i := rapid.IntRange(0, len(w.docs[view])-1).Draw(t, "document")
		d := &w.docs[view][i]
		d.Data[rapid.IntRange(0, len(d.Data)-1).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		report, err = replay.Run(context.Background(), source(w.records), w.served(), at, nil)
		require.NoError(t, err)
		if d.At <= at {
			require.Len(t, report.Findings, 1)
			require.Equal(t, view+" "+d.Key, report.Findings[0].Where+" "+report.Findings[0].What)
		} else {
			require.Empty(t, report.Findings)
		}
	})
}
