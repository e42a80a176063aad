package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/ledger/transfer"
	"daybook.internal/notary"
)

const part = transfer.PartSize

// fill appends n records in appends of one to three, over five streams; those of one name are the same every time.
func fill(t require.TestingT, l ledger.Ledger, name string, from, n int) {
	versions := map[domain.StreamID]uint64{}
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		require.NoError(t, err)
		versions[e.Stream]++
	}
	for i := from; i < from+n; {
		stream := domain.StreamName(name, fmt.Sprint(i%5))
		var drafts []ledger.Draft
		for range min(1+i%3, from+n-i) {
			drafts = append(drafts, ledger.Draft{ID: domain.NewEventID(name, stream, i), Type: "tested.v1", Meta: fmt.Appendf(nil, `{"time":%d}`, i), Data: fmt.Appendf(nil, `{"n":%d}`, i)})
			i++
		}
		_, err := l.Append(context.Background(), stream, versions[stream], drafts...)
		require.NoError(t, err)
		versions[stream] += uint64(len(drafts))
	}
}

func records(t require.TestingT, l ledger.Reader) (all []domain.Record) {
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		require.NoError(t, err)
		all = append(all, e.Record)
	}
	return all
}

// rootOf is that of x/mod, by its own storage.
func rootOf(t require.TestingT, all []domain.Record) tlog.Hash {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i, r := range all {
		hashes, err := tlog.StoredHashes(int64(i), notary.AppendLeaf(nil, r), read)
		require.NoError(t, err)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(all)), read)
	require.NoError(t, err)
	return root
}

func open(t testing.TB) *sqlite.Ledger {
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// From engine to engine and back, records keep their bytes and their order, and so do leaves and root.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, part - 1, part, part + 1, 2*part + 500} {
		made, from, other, back := ledgertest.NewMemory(), open(t), ledgertest.NewMemory(), open(t)
		fill(t, made, "a", 0, n)
		want := records(t, made)
		batches := make([]ledger.Batch, n)
		for i, r := range want {
			batches[i] = ledger.Batch{Stream: r.Stream, Version: r.Revision, Drafts: []ledger.Draft{{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data}}}
		}
		_, _, err := from.AppendBatches(t.Context(), batches)
		require.NoError(t, err)
		var told []uint64
		r, err := transfer.Copy(t.Context(), from, other, func(done, total uint64) {
			require.Equal(t, uint64(n), total)
			told = append(told, done)
		})
		require.NoError(t, err)
		require.Equal(t, transfer.Report{Records: uint64(n), Root: rootOf(t, want)}, r)
		require.Equal(t, want, records(t, other))
		require.IsIncreasing(t, append([]uint64{0}, told...))

		r2, err := transfer.Copy(t.Context(), other, back, nil)
		require.NoError(t, err)
		require.Equal(t, r, r2)
		require.Equal(t, want, records(t, back))
		require.NoError(t, back.Verify(t.Context()))
	}
}

// Whatever a target has of the source, the copy goes on from there; again, it has nothing to do.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, to := ledgertest.NewMemory(), ledgertest.NewMemory()
		n, had := rapid.IntRange(0, part+900).Draw(t, "records"), 0
		fill(t, from, "a", 0, n)
		if n > 0 {
			had = rapid.IntRange(0, n).Draw(t, "had")
			for _, r := range records(t, from)[:had] {
				_, err := to.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
				require.NoError(t, err)
			}
		}
		r, err := transfer.Copy(t.Context(), from, to, nil)
		require.NoError(t, err)
		require.Equal(t, transfer.Report{Records: uint64(n), Had: uint64(had), Root: rootOf(t, records(t, from))}, r)
		require.Equal(t, records(t, from), records(t, to))
		r, err = transfer.Copy(t.Context(), from, to, nil)
		require.NoError(t, err)
		require.Equal(t, uint64(n), r.Had)
	})
}

// Cut off at any append, before or after it was persisted, what stands in the target is the beginning of the source, and the next attempt ends the copy.
func TestCutOff(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	fill(t, from, "a", 0, part+500)
	want := records(t, from)
	killed := errors.New("killed")
	for _, persisted := range []bool{false, true} {
		for _, at := range []int{0, 1, 700, part - 1, part, part + 499} {
			to := &ledgertest.Faulty{Ledger: ledgertest.NewMemory()}
			n := 0
			kill := func(context.Context, ledger.Batch) error {
				if n++; n == at+1 {
					return killed
				}
				return nil
			}
			if to.Before = kill; persisted {
				to.Before, to.After = nil, kill
			}
			_, err := transfer.Copy(t.Context(), from, to, nil)
			require.ErrorIs(t, err, killed)
			require.ErrorContains(t, err, fmt.Sprintf("record %d", at))
			stands := records(t, to)
			require.Equal(t, want[:len(stands)], append([]domain.Record{}, stands...))
			r, err := transfer.Copy(t.Context(), from, to, nil)
			require.NoError(t, err)
			require.Equal(t, uint64(len(stands)), r.Had)
			require.Equal(t, want, records(t, to))
		}
	}
}

// A target that is anything else than the beginning of the source is refused before anything is written, and the error names the record.
func TestAnotherTarget(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	fill(t, from, "a", 0, part+100)
	all := records(t, from)
	change := func(at int, change func(*domain.Record)) *ledgertest.Memory {
		l := ledgertest.NewMemory()
		for i, r := range all[:part+50] {
			if i == at {
				change(&r)
			}
			_, err := l.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
			if i > at && err != nil {
				break // it was of the stream that is another one now
			}
			require.NoError(t, err)
		}
		return l
	}
	longer := ledgertest.NewMemory()
	fill(t, longer, "a", 0, part+101)
	for want, to := range map[string]*ledgertest.Memory{
		"record 0 of it": change(0, func(r *domain.Record) { r.ID = domain.NewEventID("x", "y", 1) }),
		"record 7 of it is a-2@0 (tested.v1), and not a-2@0 (tested.v1), which has another id, Meta or Data": change(7, func(r *domain.Record) { r.Data = []byte(`{"n":8}`) }),
		"record 1030 of it":                  change(1030, func(r *domain.Record) { r.Meta = bytes.TrimPrefix(r.Meta, []byte("{")) }), // the leaf is the same
		"is other-1@0 (tested.v1), and not ": change(part+49, func(r *domain.Record) { r.Stream, r.Revision = "other-1", 0 }),
		fmt.Sprintf("it goes on after record %d, where the source ends", part+99): longer,
	} {
		before := records(t, to)
		_, err := transfer.Copy(t.Context(), from, to, nil)
		require.ErrorIs(t, err, transfer.ErrOther, want)
		require.ErrorContains(t, err, want)
		require.Equal(t, before, records(t, to))
	}
}

// reading is a ledger whose reads a test may change.
type reading struct {
	ledger.Ledger
	all func(n int, e ledger.Entry) (ledger.Entry, error)
	n   int // how often All was called
}

func (r *reading) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	n := r.n
	r.n++
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range r.Ledger.All(ctx, after) {
			if err == nil {
				e, err = r.all(n, e)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func named(r domain.Record) string { return fmt.Sprintf("%s@%d", r.Stream, r.Revision) }

// A target that gives back anything else than was appended is found out at once.
func TestTargetThatAlters(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	fill(t, from, "a", 0, part+200)
	const at = part + 100
	for want, change := range map[string]func(e *ledger.Entry){
		fmt.Sprintf("the target, record %d: it gives back %s (tested.v1), and that is not what was appended", at, named(records(t, from)[at])): func(e *ledger.Entry) { e.Data = []byte("{}") },
		fmt.Sprintf("record %d: the ledger gives record %d in its place", at, at+1):                                                            func(e *ledger.Entry) { e.Seq++ },
	} {
		to := &reading{Ledger: ledgertest.NewMemory(), all: func(_ int, e ledger.Entry) (ledger.Entry, error) {
			if e.Seq == at {
				change(&e)
			}
			return e, nil
		}}
		_, err := transfer.Copy(t.Context(), from, to, nil)
		require.ErrorIs(t, err, ledger.ErrDamaged)
		require.ErrorContains(t, err, want)
	}
	forgets := &reading{Ledger: ledgertest.NewMemory()}
	forgets.all = func(_ int, e ledger.Entry) (ledger.Entry, error) { return e, nil }
	_, err := transfer.Copy(t.Context(), from, lossy{forgets}, nil)
	require.ErrorIs(t, err, ledger.ErrDamaged)
	require.ErrorContains(t, err, "it was appended, and is not there")
}

// lossy acknowledges and keeps nothing.
type lossy struct{ ledger.Ledger }

func (lossy) Append(context.Context, domain.StreamID, uint64, ...ledger.Draft) (uint64, error) {
	return 0, nil
}

// shuffling ingests, and once does so in another order: as a server would that refuses an append while it takes the next one, and takes it when it comes again.
type shuffling struct {
	ledger.Ledger
	at int // the batch that comes late
}

func (s *shuffling) Ingest(ctx context.Context, batches []ledger.Batch) (int, error) {
	if i := s.at; i < len(batches) {
		late := batches[i]
		batches = append(append(append([]ledger.Batch(nil), batches[:i]...), batches[i+1:]...), late)
	}
	s.at -= len(batches)
	done, _, err := ledger.AppendBatches(ctx, s.Ledger, batches)
	return done, err
}

// Several appends on their way at a time are no reason to believe in their order: another one is damage, and refused again when the copy is tried again.
func TestAnotherOrder(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	for i := range part + 100 {
		_, err := from.Append(t.Context(), domain.StreamName("one", fmt.Sprint(i)), 0, ledgertest.Draft("one", i))
		require.NoError(t, err)
	}
	for _, at := range []int{0, 1000, part - 2, part + 98} {
		to := &shuffling{ledgertest.NewMemory(), at}
		_, err := transfer.Copy(t.Context(), from, to, nil)
		require.ErrorIs(t, err, ledger.ErrDamaged)
		require.ErrorContains(t, err, "it has changed the order")
		require.ErrorContains(t, err, fmt.Sprintf("record %d: it gives back one-%d@0", at, at+1))
		_, err = transfer.Copy(t.Context(), from, to, nil)
		require.ErrorIs(t, err, transfer.ErrOther)
	}
	to := &shuffling{ledgertest.NewMemory(), 1 << 30}
	r, err := transfer.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Equal(t, transfer.Report{Records: part + 100, Root: rootOf(t, records(t, from))}, r)
}

// Somebody else who appends to the target is found out, before or after the stream is one of ours.
func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	fill(t, from, "a", 0, 1200)
	meanwhile := records(t, from)[600].ID
	for _, stream := range []domain.StreamID{"other-1", "a-0"} {
		inner := ledgertest.NewMemory()
		to := &ledgertest.Faulty{Ledger: inner, Before: func(ctx context.Context, b ledger.Batch) error {
			if b.Drafts[0].ID == meanwhile {
				version := uint64(0)
				for _, r := range records(t, inner) {
					if r.Stream == stream {
						version++
					}
				}
				_, err := inner.Append(ctx, stream, version, ledgertest.Draft("else", 1))
				return err
			}
			return nil
		}}
		_, err := transfer.Copy(t.Context(), from, to, nil)
		require.ErrorContains(t, err, "somebody else appends to it")
	}
}

// A source that breaks off, or is damaged, is an error and never a shorter copy; neither is a copy that is cancelled.
func TestBrokenSource(t *testing.T) {
	t.Parallel()
	inner := ledgertest.NewMemory()
	fill(t, inner, "a", 0, part+500)
	broken := errors.New("the cable is out")
	for _, at := range []uint64{0, 500, part, part + 499} {
		from := &reading{Ledger: inner, all: func(_ int, e ledger.Entry) (ledger.Entry, error) {
			if e.Seq == at {
				return ledger.Entry{}, broken
			}
			return e, nil
		}}
		to := ledgertest.NewMemory()
		_, err := transfer.Copy(t.Context(), from, to, nil)
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "source")
		require.Len(t, records(t, to), int(at/part*part), "whole parts are kept")
	}
	for _, at := range []uint64{0, part - 1, part, part + 499} {
		ctx, cancel := context.WithCancel(t.Context())
		from := &reading{Ledger: inner, all: func(_ int, e ledger.Entry) (ledger.Entry, error) {
			if e.Seq == at {
				cancel()
			}
			return e, nil
		}}
		_, err := transfer.Copy(ctx, from, ledgertest.NewMemory(), nil)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// The source may grow meanwhile.
func TestGrowingSource(t *testing.T) {
	t.Parallel()
	inner, to := ledgertest.NewMemory(), ledgertest.NewMemory()
	fill(t, inner, "a", 0, 1500)
	from := &reading{Ledger: inner, all: func(_ int, e ledger.Entry) (ledger.Entry, error) {
		if e.Seq == 1000 {
			fill(t, inner, "later", 0, 10)
		}
		return e, nil
	}}
	r, err := transfer.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.GreaterOrEqual(t, r.Records, uint64(1500))
	require.Equal(t, records(t, inner)[:r.Records], records(t, to))
}

// The beginning of a source is copied like a source that ends there.
func TestFirst(t *testing.T) {
	t.Parallel()
	from := ledgertest.NewMemory()
	fill(t, from, "a", 0, part+500)
	to := ledgertest.NewMemory()
	for _, n := range []uint64{0, 1, part, part, part + 400, 99999} {
		had := uint64(len(records(t, to)))
		want := min(n, part+500)
		r, err := transfer.Copy(t.Context(), transfer.First(from, n), to, nil)
		require.NoError(t, err)
		require.Equal(t, transfer.Report{Records: want, Had: had, Root: rootOf(t, records(t, from)[:want])}, r)
	}
	_, err := transfer.Copy(t.Context(), transfer.First(from, part+499), to, nil)
	require.ErrorIs(t, err, transfer.ErrOther)
}

// Large records make short parts, on both sides the same ones, so that memory is bounded.
func TestLargeRecords(t *testing.T) {
	t.Parallel()
	from, to := ledgertest.NewMemory(), ledgertest.NewMemory()
	data := append(append([]byte(`{"w":"`), bytes.Repeat([]byte("w"), 50_000)...), `"}`...)
	const n = 3 * transfer.PartBytes / 50_000
	for i := range n {
		_, err := from.Append(t.Context(), "large-1", uint64(i), ledger.Draft{ID: domain.NewEventID("c", "large-1", i), Type: "tested.v1", Meta: []byte(`{}`), Data: data[:len(data)-2-i%3+2]})
		require.NoError(t, err)
	}
	most := 0
	counted := &ledgertest.Faulty{Ledger: to}
	var told []uint64
	_, err := transfer.Copy(t.Context(), transfer.First(from, n/2), counted, nil)
	require.NoError(t, err)
	r, err := transfer.Copy(t.Context(), from, counted, func(done, _ uint64) { told = append(told, done) })
	require.NoError(t, err)
	require.Equal(t, transfer.Report{Records: n, Had: n / 2, Root: rootOf(t, records(t, from))}, r)
	for i := range told[1:] {
		most = max(most, int(told[i+1]-told[i]))
	}
	require.Less(t, most, transfer.PartBytes/40_000)
}
