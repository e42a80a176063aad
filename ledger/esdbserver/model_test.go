package esdbserver_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// sized is a ledger that tells how many records there are, as those do that are files.
type sized struct{ *ledgertest.Memory }

func (s sized) Head(ctx context.Context) (n uint64, err error) {
	for range s.All(ctx, ledger.Cursor{}) {
		n++
	}
	return n, nil
}

func (s sized) Version(ctx context.Context, stream domain.StreamID) (n uint64, err error) {
	for range s.Stream(ctx, stream, 0) {
		n++
	}
	return n, nil
}

// A question is a random read in two forms: what is sent, and what a slice of records says to it.
type question struct {
	options *streams.ReadReq_Options
	want    []domain.Record
	missing bool
	beyond  bool // it begins where nothing is yet
}

func ask(t *rapid.T, all []domain.Record) question {
	q := question{options: &streams.ReadReq_Options{UuidOption: &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_Structured{}}}}
	back := rapid.Bool().Draw(t, "backwards")
	if back {
		q.options.ReadDirection = streams.ReadReq_Options_Backwards
	}
	kind := rapid.SampledFrom([]string{"start", "end", "number"}).Draw(t, "from")
	count := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Just(^uint64(0))).Draw(t, "count")
	q.options.CountOption = &streams.ReadReq_Options_Count{Count: count}
	q.options.FilterOption = &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}}
	wanted := func(domain.Record) bool { return true }
	number := rapid.Uint64Range(0, uint64(len(all))+3).Draw(t, "number")
	ordinal := func(r domain.Record) uint64 { return r.Seq + 1 }
	src := all
	if rapid.Bool().Draw(t, "a stream") {
		o := ofStream(rapid.SampledFrom([]string{"test-0", "test-1", "test-2", "test-3"}).Draw(t, "stream"))
		q.options.StreamOption = &streams.ReadReq_Options_Stream{Stream: o}
		switch kind {
		case "start":
			o.RevisionOption = &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}}
		case "end":
			o.RevisionOption = &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}}
		default:
			o.RevisionOption = &streams.ReadReq_Options_StreamOptions_Revision{Revision: number}
		}
		src = slices.DeleteFunc(slices.Clone(all), func(r domain.Record) bool { return string(r.Stream) != string(o.StreamIdentifier.StreamName) })
		q.missing = len(src) == 0 && count > 0
		ordinal = func(r domain.Record) uint64 { return r.Revision }
		switch { // inclusive both ways
		case kind == "end" && back, kind == "start" && !back:
		case kind == "start": // back from the first one is the first one
			src = src[:min(1, len(src))]
		case kind == "end":
			src = nil
		default:
			wanted = func(r domain.Record) bool { return !back && ordinal(r) >= number || back && ordinal(r) <= number }
		}
	} else {
		o := &streams.ReadReq_Options_AllOptions{}
		q.options.StreamOption = &streams.ReadReq_Options_All{All: o}
		switch kind {
		case "start":
			o.AllOption = &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}
		case "end":
			o.AllOption = &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}
		default:
			o.AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: number, PreparePosition: number}}
		}
		switch { // inclusive forwards, exclusive backwards
		case kind == "start" && back, kind == "end" && !back:
			src = nil
		case kind == "number":
			q.beyond = !back && count > 0 && number > uint64(len(all))+1
			wanted = func(r domain.Record) bool { return !back && ordinal(r) >= number || back && ordinal(r) < number }
		}
		if f, match := someFilter(t); f != nil {
			q.options.FilterOption = &streams.ReadReq_Options_Filter{Filter: f}
			inner := wanted
			wanted = func(r domain.Record) bool { return inner(r) && match(r) }
		}
	}
	if back {
		src = slices.Clone(src)
		slices.Reverse(src)
	}
	for _, r := range src {
		if wanted(r) && uint64(len(q.want)) < count {
			q.want = append(q.want, r)
		}
	}
	return q
}

// someFilter is a random filter, and what it says.
func someFilter(t *rapid.T) (*streams.ReadReq_Options_FilterOptions, func(domain.Record) bool) {
	window := rapid.Uint32Range(1, 4).Draw(t, "window")
	f := &streams.ReadReq_Options_FilterOptions{
		Window: &streams.ReadReq_Options_FilterOptions_Max{Max: window}, CheckpointIntervalMultiplier: rapid.Uint32Range(1, 3).Draw(t, "multiplier"),
	}
	of := func(r domain.Record) string { return r.Type }
	e := &streams.ReadReq_Options_FilterOptions_Expression{}
	f.Filter = &streams.ReadReq_Options_FilterOptions_EventType{EventType: e}
	if rapid.Bool().Draw(t, "by stream") {
		of = func(r domain.Record) string { return string(r.Stream) }
		f.Filter = &streams.ReadReq_Options_FilterOptions_StreamIdentifier{StreamIdentifier: e}
	}
	switch rapid.IntRange(0, 2).Draw(t, "filter") {
	case 0:
		return nil, nil
	case 1:
		e.Prefix = rapid.SliceOfN(rapid.SampledFrom([]string{"test-0", "test-", "even", "od", "x", ""}), 1, 3).Draw(t, "prefixes")
		return f, func(r domain.Record) bool {
			return slices.ContainsFunc(e.Prefix, func(p string) bool { return strings.HasPrefix(of(r), p) })
		}
	default:
		e.Regex = rapid.SampledFrom([]string{"[12]$", "^e", "dd", "^[^\\$].*", "never"}).Draw(t, "regex")
		return f, func(r domain.Record) bool { return regexp.MustCompile(e.Regex).MatchString(of(r)) }
	}
}

// random makes a ledger of up to 30 records, of two types, and gives them.
func random(t *rapid.T, l ledger.Ledger) []domain.Record {
	next := map[domain.StreamID]uint64{}
	for i := range rapid.IntRange(0, 30).Draw(t, "records") {
		stream := domain.StreamID(rapid.SampledFrom([]string{"test-0", "test-1", "test-2"}).Draw(t, "stream"))
		d := ledgertest.Draft(fmt.Sprint(i), 0)
		d.Type = []string{"even", "odd"}[i%2]
		_, err := l.Append(context.Background(), stream, next[stream], d)
		require.NoError(t, err)
		next[stream]++
	}
	var all []domain.Record
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		require.NoError(t, err)
		all = append(all, e.Record)
	}
	return all
}

func TestReadsAreWhatASliceSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := ledgertest.NewMemory()
		all := random(rt, m)
		var l ledger.Reader = m
		switch rapid.SampledFrom([]string{"", "knows its size", "reads back"}).Draw(rt, "besides") {
		case "knows its size":
			l = sized{m}
		case "reads back":
			l = reversing{&counting{sized: sized{m}}}
		}
		at, stop := startStop(t, l, esdbserver.Options{})
		defer stop()
		c := stub(t, at)
		for range 8 {
			q := ask(rt, all)
			got, missing, err := collect(rt, c, context.Background(), q.options)
			if q.beyond {
				require.Equal(rt, codes.OutOfRange, status.Code(err))
				continue
			}
			require.NoError(rt, err)
			require.Equal(rt, q.missing, missing)
			requireSame(rt, q.want, got)
		}
	})
}

func requireSame(t require.TestingT, want, got []domain.Record) {
	require.Len(t, got, len(want))
	for i, w := range want {
		g := got[i]
		require.True(t, bytes.Equal(w.Meta, g.Meta) && bytes.Equal(w.Data, g.Data), "the bytes of record %d", i)
		w.Meta, w.Data, g.Meta, g.Data = nil, nil, nil, nil
		require.Equal(t, w, g)
	}
}

// In a ledger that reads back, as many records are read as are sent, and a stream that lacks one is damaged and not at its end.
func TestBackwardsInALedgerThatCan(t *testing.T) {
	t.Parallel()
	m := ledgertest.NewMemory()
	fill(t, m, 3000)
	l := reversing{&counting{sized: sized{m}}}
	c := stub(t, start(t, l, esdbserver.Options{}))
	o := &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
			StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte("test-1")}, RevisionOption: &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}},
		}},
		ReadDirection: streams.ReadReq_Options_Backwards,
	}
	for _, count := range []uint64{1, 7, 1000, ^uint64(0)} {
		o.CountOption = &streams.ReadReq_Options_Count{Count: count}
		l.n.Store(0)
		got, _, err := collect(t, c, soon(t), o)
		require.NoError(t, err)
		require.Len(t, got, int(min(count, 1000)))
		require.Equal(t, uint64(999), got[0].Revision)
		require.Equal(t, int64(len(got)), l.n.Load())
	}
	for name, holes := range map[string]lacking{"in the middle": {l, 500}, "at the end": {l, 0}} {
		o.CountOption = &streams.ReadReq_Options_Count{Count: ^uint64(0)}
		_, _, err := collect(t, stub(t, start(t, holes, esdbserver.Options{})), soon(t), o)
		require.Equal(t, codes.DataLoss, status.Code(err), name)
	}
}

// lacking is a ledger that does not find one record of every stream.
type lacking struct {
	reversing
	revision uint64
}

func (l lacking) StreamBack(ctx context.Context, stream domain.StreamID, before uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for r, err := range l.reversing.StreamBack(ctx, stream, before) {
			if r.Revision != l.revision && !yield(r, err) {
				return
			}
		}
	}
}

// Windows: more records than one holds, more bytes than one holds, and both.
func TestBackwardsInWindows(t *testing.T) {
	t.Parallel()
	for name, sizes := range map[string][]int{
		"many":  {9000, 10},
		"large": {150, 50_000},
		"mixed": {3000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ledgertest.NewMemory()
			n := sizes[0]
			var drafts []ledger.Draft
			for i := range n {
				d := ledgertest.Draft("one", i)
				size := sizes[1]
				if size == 0 {
					size = []int{10, 10, 10, 1000, 60_000}[i%7%5]
				}
				d.Data = bytes.Repeat([]byte{byte(i)}, size)
				drafts = append(drafts, d)
			}
			_, err := m.Append(t.Context(), "test-a", 0, drafts...)
			require.NoError(t, err)
			want := records(t, m)
			slices.Reverse(want)
			counted := &counting{sized: sized{m}}
			c := stub(t, start(t, counted, esdbserver.Options{}))
			for _, o := range []*streams.ReadReq_Options{
				{StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}}}},
				{StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
					StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte("test-a")}, RevisionOption: &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}},
				}}},
			} {
				o.ReadDirection = streams.ReadReq_Options_Backwards
				o.CountOption = &streams.ReadReq_Options_Count{Count: ^uint64(0)}
				counted.n.Store(0)
				got, _, err := collect(t, c, soon(t), o)
				require.NoError(t, err)
				requireSame(t, want, got)
				require.LessOrEqual(t, counted.n.Load(), int64(2*n+600), "records read for %d sent", n)
				if name == "large" {
					require.Greater(t, counted.n.Load(), int64(n+100), "a window holds about a MiB, so most of the first one is read again")
				}

				o.CountOption = &streams.ReadReq_Options_Count{Count: 3}
				counted.n.Store(0)
				got, _, err = collect(t, c, soon(t), o)
				require.NoError(t, err)
				requireSame(t, want[:3], got)
				require.LessOrEqual(t, counted.n.Load(), int64(4), "three records are asked for")
			}
		})
	}
}
