package ledgertest

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// model compares random appends and reads with a few lines of plain slices. All runs share one ledger, so that an adapter that is slow to
// open is opened once; each run has streams of its own and looks at the records after those that it found.
func model(t *testing.T, open func(*testing.T) ledger.Ledger) {
	l := open(t)
	runs := 0
	t.Run("random appends and reads do what a slice does", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			runs++
			m := machine{l: l, run: runs, streams: make(map[domain.StreamID][]domain.Record)}
			for e, err := range l.All(t.Context(), ledger.Cursor{}) {
				if err != nil {
					t.Fatalf("all: %v", err)
				}
				m.start = e.Cursor
			}
			t.Repeat(map[string]func(*rapid.T){
				"append":  m.append,
				"repeat":  m.repeat,
				"stale":   m.stale,
				"batches": m.batches,
				"":        m.check,
			})
		})
	})
}

type machine struct {
	l       ledger.Ledger
	run     int
	n       int // makes ids new
	start   ledger.Cursor
	records []domain.Record
	streams map[domain.StreamID][]domain.Record
}

func (m *machine) stream(t *rapid.T) domain.StreamID {
	return domain.StreamID(fmt.Sprintf("test-%d/%d", m.run, rapid.IntRange(0, 3).Draw(t, "stream")))
}

func (m *machine) drafts(t *rapid.T) []ledger.Draft {
	out := make([]ledger.Draft, rapid.IntRange(1, 5).Draw(t, "drafts"))
	for i := range out {
		m.n++
		out[i] = ledger.Draft{
			ID:   domain.NewEventID(fmt.Sprint(m.run), "test", m.n),
			Type: rapid.SampledFrom([]string{"a.v1", "b.v2"}).Draw(t, "type"),
			Meta: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "meta"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "data"),
		}
	}
	return out
}

// keep is what an append does to the model.
func (m *machine) keep(stream domain.StreamID, drafts []ledger.Draft) {
	for _, d := range drafts {
		r := domain.Record{
			Seq: m.start.Seq + uint64(len(m.records)), Stream: stream, Revision: uint64(len(m.streams[stream])),
			ID: d.ID, Type: d.Type, Meta: d.Meta, Data: d.Data,
		}
		m.records = append(m.records, r)
		m.streams[stream] = append(m.streams[stream], r)
	}
}

func (m *machine) append(t *rapid.T) {
	stream, drafts := m.stream(t), m.drafts(t)
	seq, err := m.l.Append(t.Context(), stream, uint64(len(m.streams[stream])), drafts...)
	if err != nil || seq != m.start.Seq+uint64(len(m.records)) {
		t.Fatalf("append: %d, %v", seq, err)
	}
	m.keep(stream, drafts)
}

// repeat appends something that is there already.
func (m *machine) repeat(t *rapid.T) {
	stream := m.stream(t)
	have := m.streams[stream]
	if len(have) == 0 {
		t.Skip("nothing there")
	}
	from := rapid.IntRange(0, len(have)-1).Draw(t, "from")
	to := rapid.IntRange(from+1, len(have)).Draw(t, "to")
	seq, err := m.l.Append(t.Context(), stream, uint64(from), again(have[from:to])...)
	if err != nil || seq != have[from].Seq {
		t.Fatalf("append again: %d, %v, want %d", seq, err, have[from].Seq)
	}
}

func again(records []domain.Record) []ledger.Draft {
	var out []ledger.Draft
	for _, r := range records {
		out = append(out, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
	}
	return out
}

// stale appends with a version that the stream does not have; a part of the drafts may be there already.
func (m *machine) stale(t *rapid.T) {
	stream := m.stream(t)
	have := m.streams[stream]
	version := rapid.IntRange(0, len(have)+3).Filter(func(v int) bool { return v != len(have) }).Draw(t, "version")
	drafts := m.drafts(t)
	if version < len(have) {
		kept := rapid.IntRange(0, len(have)-version).Draw(t, "kept")
		drafts = append(again(have[version:version+kept]), drafts...)
	}
	_, err := m.l.Append(t.Context(), stream, uint64(version), drafts...)
	var c *ledger.ConflictError
	if !errors.As(err, &c) || *c != (ledger.ConflictError{Stream: stream, Expected: uint64(version), Actual: uint64(len(have))}) {
		t.Fatalf("stale append: %v", err)
	}
}

func (m *machine) batches(t *rapid.T) {
	var bs []ledger.Batch
	written := 0
	versions := make(map[domain.StreamID]int)
	for range rapid.IntRange(1, 4).Draw(t, "batches") {
		stream, drafts := m.stream(t), m.drafts(t)
		bs = append(bs, ledger.Batch{Stream: stream, Version: uint64(len(m.streams[stream]) + versions[stream]), Drafts: drafts})
		versions[stream] += len(drafts)
		written += len(drafts)
	}
	done, n, err := ledger.AppendBatches(t.Context(), m.l, bs)
	if err != nil || done != len(bs) || n != written {
		t.Fatalf("batches: %d, %d, %v", done, n, err)
	}
	for _, b := range bs {
		m.keep(b.Stream, b.Drafts)
	}
}

// check runs after every step.
func (m *machine) check(t *rapid.T) {
	n := 0
	for e, err := range m.l.All(t.Context(), m.start) {
		if err != nil || n == len(m.records) || !same(m.records[n], e.Record) {
			t.Fatalf("record %d of %d: %+v, %v", n, len(m.records), e, err)
		}
		n++
	}
	if n != len(m.records) {
		t.Fatalf("%d records, want %d", n, len(m.records))
	}
	for stream, want := range m.streams {
		n := 0
		for r, err := range m.l.Stream(t.Context(), stream, 0) {
			if err != nil || n == len(want) || !same(want[n], r) {
				t.Fatalf("%s@%d of %d: %+v, %v", stream, n, len(want), r, err)
			}
			n++
		}
		if n != len(want) {
			t.Fatalf("%s has %d records, want %d", stream, n, len(want))
		}
	}
}
