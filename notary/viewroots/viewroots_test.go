package viewroots_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// TestRootsFollowFromTheRecord: in whatever batches documents came, loaded or folded, after whatever restarts: what is committed to is a fresh fold.
func TestRootsFollowFromTheRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		c := w.committer()
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			w.happens(rapid.IntRange(0, 40).Draw(t, "events"))
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				c = w.committer() // restarted
			case 1: // the views went on while nobody watched
				require.NoError(t, readstore.NewProjector(w.memory, w.store, projections.All(), readstore.Options{}).CatchUp(context.Background(), nil))
			}
			w.project(c, rapid.IntRange(1, 50).Draw(t, "batch"))
			before := w.head()
			if w.commit(c) {
				require.Equal(t, before, w.committed()[len(w.committed())-1].Size)
				w.project(c, 0)
			}
			require.False(t, w.commit(c), "a ledger at rest stays at rest")
			w.project(w.committer(), 0)
			require.False(t, w.commit(c), "after a restart, too")
		}
		w.requireTrue()
	})
}

// TestNothingToCommitTo: no records, no changed documents, no projector yet.
func TestNothingToCommitTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	_, err := c.Commit(t.Context())
	require.ErrorIs(t, err, viewroots.ErrUnknown)
	w.project(c, 0)
	require.False(t, w.commit(c), "an empty ledger")
	w.happens(5)
	require.False(t, w.commit(c), "the views do not know of it yet")
	w.project(c, 0)
	require.True(t, w.commit(c))
	w.append("", domain.ImportRecorded{Import: "x", Conversation: "c"}) // no view looks at it
	w.project(c, 0)
	require.False(t, w.commit(c))
	require.Len(t, w.committed(), 1)

	fewer := viewroots.New(w.Service, w.store, projections.All()[1:]) // another program, with other views
	p := readstore.NewProjector(w.memory, w.store, projections.All()[1:], readstore.Options{Watch: fewer.Watch})
	require.NoError(t, p.CatchUp(t.Context(), nil))
	require.True(t, w.commit(fewer), "the same documents, but of other views")
	require.Len(t, w.committed()[1].Views, len(projections.All())-1)
	w.requireFirst()
}

func (w *world) requireFirst() {
	w.Helper()
	all := w.committed()
	require.Equal(w, "ed_2", string(w.metaOf(all[0].Seq).Source), "the edition of the last record before it")
}

func (w *world) metaOf(seq uint64) domain.Meta {
	w.Helper()
	for e, err := range w.memory.All(context.Background(), ledger.Cursor{Seq: seq}) {
		require.NoError(w, err)
		m, err := domain.DecodeMeta(e.Meta)
		require.NoError(w, err)
		return m
	}
	return domain.Meta{}
}

// TestFaults: an append that fails, before or after it was durable, is done when it is tried again, and once.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		w := newWorld(t)
		c := w.committer()
		w.happens(10)
		w.project(c, 0)
		gone := errors.New("the disk is gone")
		fail := func(context.Context, ledger.Batch) error { return gone }
		if w.faulty.Before = fail; after {
			w.faulty.Before, w.faulty.After = nil, fail
		}
		_, err := c.Commit(t.Context())
		require.ErrorIs(t, err, gone)
		w.faulty.Before, w.faulty.After = nil, nil
		require.Equal(t, !after, w.commit(c))
		require.Len(t, w.committed(), 1)
		w.requireTrue()
	}
}

// TestNoRejectionLeaks: somebody else has committed to other roots of the place. That is a fault, and not a rejection of the command that waits for it.
func TestNoRejectionLeaks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	w.happens(10)
	w.project(c, 0)
	w.faulty.Before = func(ctx context.Context, b ledger.Batch) error {
		w.faulty.Before = nil
		_, err := w.CommitViews(ctx, domain.ViewsCommitted{Size: 10, Views: []domain.ViewRoot{{View: "mine", Version: 1, Root: domain.EmptyRoot}}})
		return errors.Join(err, &ledger.ConflictError{Stream: b.Stream, Actual: 1})
	}
	_, err := c.Commit(t.Context())
	var rejected *domain.Rejection
	require.Error(t, err)
	require.False(t, errors.As(err, &rejected), err)
	require.ErrorContains(t, err, "record 10")
}

// TestSomebodyElseWasLater: a later commitment by somebody else is as good.
func TestSomebodyElseWasLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.committer(), w.committer()
	w.happens(10)
	w.project(c, 0)
	w.faulty.Before = func(_ context.Context, b ledger.Batch) error {
		w.faulty.Before = nil
		w.happens(5)
		w.project(other, 0)
		require.True(t, w.commit(other))
		return &ledger.ConflictError{Stream: b.Stream, Actual: 1}
	}
	require.False(t, w.commit(c))
	require.Len(t, w.committed(), 1)
	w.requireTrue()
}

// TestDamageStops: a store that gives other bytes than were committed to it is not committed to.
func TestDamageStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happens(30)
	w.project(w.committer(), 0)
	w.store = damaged{w.store}
	c := w.committer()
	p := readstore.NewProjector(w.memory, w.store, projections.All(), readstore.Options{Watch: c.Watch})
	err := p.CatchUp(t.Context(), nil)
	require.ErrorIs(t, err, readstore.ErrDamaged)
	require.ErrorContains(t, err, "roots of the views")
	_, err = c.Commit(t.Context())
	require.ErrorIs(t, err, viewroots.ErrUnknown)
	require.Empty(t, w.committed())
}

// live runs a projector and a committer until the test ends, or until stop.
func (w *world) live(t *testing.T, c *viewroots.Committer, every time.Duration) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := readstore.NewProjector(w.memory, w.store, projections.All(), readstore.Options{Watch: c.Watch})
	done := make(chan error, 2)
	go func() { done <- p.Run(ctx) }()
	go func() { done <- c.Run(ctx, every) }()
	stopped := false
	stop = func() {
		if cancel(); !stopped {
			stopped = true
			require.NoError(t, <-done)
			require.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestSettle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	stop := w.live(t, c, 0)
	for n := range 5 {
		w.happens(20)
		head := w.head()
		require.NoError(t, c.Settle(t.Context()))
		all := w.committed()
		require.GreaterOrEqual(t, all[len(all)-1].Size, head, "%d", n)
		require.NoError(t, c.Settle(t.Context()))
		require.Len(t, w.committed(), len(all), "nothing happened in between")
	}
	stop()
	w.requireTrue()
	w.happens(1)
	require.ErrorIs(t, c.Settle(t.Context()), viewroots.ErrEnded, "nobody brings the views up any more")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.committer().Settle(ctx), context.Canceled)
}

// TestBoundaries: views are committed to after each event that closes something, without anybody asking for it.
func TestBoundaries(t *testing.T) {
	t.Parallel()
	for _, e := range []domain.Event{
		domain.MilestoneReached{Edition: "ed_1", Key: "m"}, domain.SessionClosed{Dialogue: "dl_0", Session: "s"}, domain.DialogueCertified{Dialogue: "dl_0"},
		domain.RecommendationDecided{Recommendation: "rc_1"}, domain.SynthesisCompleted{Edition: "ed_1"}, domain.PublicationReleased{Publication: "pb_1", Edition: "ed_1"},
	} {
		require.True(t, viewroots.IsBoundary(e))
		w := newWorld(t)
		w.live(t, w.committer(), 0)
		w.happens(3)
		w.append("dl_0", e)
		require.Eventually(t, func() bool {
			all := w.committed()
			return len(all) > 0 && all[len(all)-1].Size >= 4
		}, time.Minute, time.Millisecond, "%T", e)
		w.requireTrue()
	}
	require.False(t, viewroots.IsBoundary(domain.ViewsCommitted{}))
}

// TestEvery: without boundaries, time alone has views committed to, and only where something changes.
func TestEvery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live(t, w.committer(), time.Millisecond)
	for n := range 3 {
		w.happens(3)
		head := w.head()
		require.Eventually(t, func() bool {
			all := w.committed()
			return len(all) > 0 && all[len(all)-1].Size >= head
		}, time.Minute, time.Millisecond, "%d", n)
	}
	w.requireTrue()
}

// TestACommitThatFailsEndsRun: the disk is gone, and nobody pretends otherwise.
func TestACommitThatFailsEndsRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	w.happens(3)
	w.append("dl_0", domain.SessionClosed{Dialogue: "dl_0", Session: "s"})
	w.project(c, 0)
	gone := errors.New("the disk is gone")
	w.faulty.Before = func(context.Context, ledger.Batch) error { return gone }
	require.ErrorIs(t, c.Run(t.Context(), 0), gone)
	w.faulty.Before = nil
	w.happens(1)
	require.ErrorIs(t, c.Settle(t.Context()), viewroots.ErrEnded)
}

// damaged is a store whose documents have changed since they were committed to it.
type damaged struct{ readstore.Store }

func (d damaged) List(ctx context.Context, view, after string, limit int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) {
		for doc, err := range d.Store.List(ctx, view, after, limit) {
			if doc.Key == "dl_1" && view == projections.Conversation.Name {
				doc, err = readstore.Doc{Ref: doc.Ref}, &readstore.DamagedError{Ref: doc.Ref, Detail: "its digest does not hold"}
			}
			if !yield(doc, err) {
				return
			}
		}
	}
}
