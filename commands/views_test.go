package commands_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// rootsOf is a commitment to the first size records; n makes it another one.
func rootsOf(size uint64, n byte) domain.ViewsCommitted {
	return domain.ViewsCommitted{Size: size, Views: []domain.ViewRoot{{View: "edition", Version: 1, Count: 1, Root: domain.Digest{n}}, {View: "tally", Version: 1, Root: domain.EmptyRoot}}}
}

func TestCommitViews(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t)
	_, err := w.CommitViews(ctx, rootsOf(1, 1))
	require.ErrorIs(t, err, domain.ErrUnknownRef, "there are no records")
	last, err := w.LastCommitment(ctx)
	require.NoError(t, err)
	require.Nil(t, last)

	w.tell("check-in")
	size := uint64(len(w.records()))
	for _, wrong := range []uint64{0, size + 1, size + 1000} {
		_, err = w.CommitViews(ctx, rootsOf(wrong, 1))
		require.ErrorIs(t, err, domain.ErrUnknownRef)
	}
	require.Len(t, w.records(), int(size))
	r, err := w.CommitViews(ctx, rootsOf(size, 1))
	require.NoError(t, err)
	require.True(t, r.Done())
	f := w.fact(r.Events[0].Seq)
	require.Equal(t, domain.ViewsStream, f.Stream)
	require.Equal(t, rootsOf(size, 1), f.Event)
	require.Equal(t, domain.EditionID("ed_1"), f.Meta.Source)
	require.Empty(t, f.Meta.Dialogue)
	require.Equal(t, "notary:daybook", f.Meta.Actor.String())
	require.Equal(t, domain.Observed{{Stream: domain.LedgerStream, Version: size}}, f.Meta.Observed)

	again, err := w.CommitViews(ctx, rootsOf(size, 1))
	require.NoError(t, err)
	require.Equal(t, repeated(r), again)
	_, err = w.CommitViews(ctx, rootsOf(size, 2))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict, "other roots of the same place")
	_, err = w.CommitViews(ctx, rootsOf(size-1, 1))
	require.ErrorIs(t, err, domain.ErrSuperseded)
	require.Len(t, w.records(), int(size)+1)
	last, err = w.LastCommitment(ctx)
	require.NoError(t, err)
	require.Equal(t, size, last.Size)

	for _, fault := range []string{"before", "after"} {
		w.must("add-topic", fault, `{"edition":"ed_1","topic":"t_`+fault+`","label":{"source":"en","text":{"en":"More"}},"scope":"national","dialogue":"dl_1","policyLinks":[]}`)
		size = uint64(len(w.records()))
		fail := func(context.Context, ledger.Batch) error { return errFault }
		w.faulty.Before, w.faulty.After = nil, nil
		if fault == "before" {
			w.faulty.Before = fail
		} else {
			w.faulty.After = fail
		}
		_, err = w.CommitViews(ctx, rootsOf(size, 1))
		require.ErrorIs(t, err, errFault)
		w.faulty.Before, w.faulty.After = nil, nil
		_, err = w.CommitViews(ctx, rootsOf(size, 1))
		require.NoError(t, err, "once more, %s it was persisted", fault)
		require.Len(t, w.records(), int(size)+1)
	}
	w.audited()
}

// TestSettle: what rests on views is decided or released when these are committed, and only then.
func TestSettle(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"decide-recommendation", "release-publication"} {
		w := newWorld(t)
		for i, s := range story {
			if s.name == name {
				break
			}
			w.must(s.name, fmt.Sprint("story-", i), s.content)
		}
		before := len(w.records())
		w.Settle = func(context.Context) error { return errFault }
		_, err := w.run(name, "now", contentOf(name))
		var rejected *domain.Rejection
		require.ErrorIs(t, err, errFault, name)
		require.False(t, errors.As(err, &rejected), "nobody was rejected: it could not be done")
		require.Len(t, w.records(), before, name)

		w.Settle = func(ctx context.Context) error {
			_, err := w.CommitViews(ctx, rootsOf(uint64(len(w.records())), 1))
			return err
		}
		w.must(name, "now", contentOf(name))
		records := w.records()
		require.Len(t, records, before+2)
		require.Equal(t, "views-committed.v1", records[before].Type, "first the commitment")
		for _, o := range w.fact(uint64(before + 1)).Meta.Observed {
			require.NotEqual(t, domain.Ref{Stream: domain.LedgerStream, Version: uint64(before)}, o, "then the look at the ledger")
		}
		w.audited()
	}
}
