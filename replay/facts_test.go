package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// long is the honest record and many more reactions: several chunks.
var long = sync.OnceValue(func() []domain.Record {
	records := slices.Clone(honest().records)
	model := records[honest().find("reaction-cast.v1", 0)]
	f, err := model.Decode()
	must(err)
	for i := range 3000 {
		e := f.Event.(domain.ReactionCast)
		e.Respondent, e.Revision, e.Replaces = domain.Pseudonym(fmt.Sprint("r", i%500)), i/500+1, ""
		if i >= 500 {
			e.Replaces = e.Value
		}
		r := model
		r.Seq, r.Stream, r.Revision = uint64(len(records)), domain.ReactionsStream(e.Conversation, e.Respondent), uint64(i/500)
		r.ID = domain.NewEventID("long", r.Stream, i/500)
		_, r.Data, err = domain.Encode(e)
		must(err)
		records = append(records, r)
	}
	return records
})

func collect(t *testing.T, records []domain.Record) (docs []string) {
	t.Helper()
	fold, n, err := replay.Rebuild(context.Background(), source(records), projections.All(), replay.Head)
	require.NoError(t, err)
	require.EqualValues(t, len(records), n)
	for ref, d := range fold.Documents() {
		docs = append(docs, fmt.Sprintf("%s %d %s", ref, d.At, d.Data))
	}
	return docs
}

// The number of cores changes nothing. Not parallel: it sets the number for all.
func TestCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := collect(t, long())
	require.NotEmpty(t, want)
	for _, cores := range []int{2, 4, 13} {
		runtime.GOMAXPROCS(cores)
		require.Equal(t, want, collect(t, long()), "%d cores", cores)
	}
}

func TestFactsAreInOrder(t *testing.T) {
	t.Parallel()
	next := uint64(0)
	for facts, err := range replay.Facts(context.Background(), source(long())) {
		require.NoError(t, err)
		for _, f := range facts {
			require.Equal(t, next, f.Seq)
			next++
		}
	}
	require.EqualValues(t, len(long()), next)
}

// The first error is yielded once, at its place, and ends it; what stands before it is yielded.
func TestFactsEndWithTheFirstError(t *testing.T) {
	t.Parallel()
	for _, at := range []int{0, 1, 511, 512, 513, 1024, len(long()) - 1} {
		for name, damage := range map[string]func(r *domain.Record){
			"form":  func(r *domain.Record) { r.Data = nil },
			"place": func(r *domain.Record) { r.Seq += 5 },
		} {
			records := slices.Clone(long())
			damage(&records[at])
			if at+700 < len(records) {
				records[at+700].Data = nil // nobody gets there
			}
			n, failures := 0, 0
			for facts, err := range replay.Facts(context.Background(), source(records)) {
				n += len(facts)
				if err != nil {
					failures++
					var re *replay.RecordError
					require.ErrorAs(t, err, &re)
					require.Equal(t, records[at].Seq, re.Seq)
					require.Equal(t, records[at].Stream, re.Stream)
				}
			}
			require.Equal(t, at, n, name)
			require.Equal(t, 1, failures, name)
		}
	}
}

func TestBeyond(t *testing.T) {
	t.Parallel()
	w := honest()
	n := uint64(len(w.records))
	ctx := context.Background()
	_, _, err := replay.Rebuild(ctx, source(w.records), projections.All(), n+1)
	require.ErrorIs(t, err, replay.ErrBeyond)
	_, err = replay.Document(ctx, source(w.records), projections.Country, "FR", n+1)
	require.ErrorIs(t, err, replay.ErrBeyond)
	_, err = replay.Document(ctx, source(w.records), projections.Country, "FR", 3)
	require.ErrorIs(t, err, replay.ErrNotFound)
	_, err = replay.Document(ctx, source(w.records), projections.Country, "XX", replay.Head)
	require.ErrorIs(t, err, replay.ErrNotFound)
	d, err := replay.Document(ctx, source(w.records), projections.Country, "FR", n)
	require.NoError(t, err)
	require.True(t, bytes.Equal(w.doc("country", "FR").Data, d.Data))
}
