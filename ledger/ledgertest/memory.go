package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Memory is a ledger that lasts as long as the program. It passes the suite.
type Memory struct {
	// MaxRecord is the most that Meta and Data of a record hold together; 0 is domain.MaxRecord. Engines of others take more. It is set before the first append.
	MaxRecord int

	mu      sync.Mutex
	records []domain.Record              // what follows is guarded by mu
	streams map[domain.StreamID][]uint64 // the seqs of each
	grown   chan struct{}                // closed by the next append
}

var (
	_ ledger.Ledger = (*Memory)(nil)
	_ ledger.Bulk   = (*Memory)(nil)
)

// NewMemory makes an empty one.
func NewMemory() *Memory {
	return &Memory{streams: make(map[domain.StreamID][]uint64), grown: make(chan struct{})}
}

// Append is that of ledger.Appender.
func (m *Memory) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	seq, _, err := m.append(ledger.Batch{Stream: stream, Version: version, Drafts: drafts})
	return seq, err
}

// AppendBatches is that of ledger.Bulk.
func (m *Memory) AppendBatches(ctx context.Context, batches []ledger.Batch) (done, written int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range batches {
		_, n, err := m.append(b)
		if err != nil {
			return i, written, err
		}
		written += n
	}
	return len(batches), written, nil
}

func (m *Memory) append(b ledger.Batch) (seq uint64, written int, err error) {
	if len(b.Drafts) == 0 {
		return 0, 0, errors.New("no drafts")
	}
	for _, d := range b.Drafts {
		if n := len(d.Meta) + len(d.Data); n > cmp.Or(m.MaxRecord, domain.MaxRecord) {
			return 0, 0, fmt.Errorf("%w: this one has %d", ledger.ErrTooLarge, n)
		}
	}
	have := m.streams[b.Stream]
	if b.Version != uint64(len(have)) {
		if !m.holds(b, have) {
			return 0, 0, &ledger.ConflictError{Stream: b.Stream, Expected: b.Version, Actual: uint64(len(have))}
		}
		return have[b.Version], 0, nil
	}
	first := uint64(len(m.records))
	for i, d := range b.Drafts {
		r := domain.Record{
			Seq: first + uint64(i), Stream: b.Stream, Revision: b.Version + uint64(i),
			ID: d.ID, Type: d.Type, Meta: bytes.Clone(d.Meta), Data: bytes.Clone(d.Data),
		}
		m.records = append(m.records, r)
		m.streams[b.Stream] = append(m.streams[b.Stream], r.Seq)
	}
	close(m.grown)
	m.grown = make(chan struct{})
	return first, len(b.Drafts), nil
}

// holds says whether the stream has exactly the drafts of b where b wants them.
func (m *Memory) holds(b ledger.Batch, have []uint64) bool {
	if b.Version > uint64(len(have)) || uint64(len(b.Drafts)) > uint64(len(have))-b.Version {
		return false
	}
	for i, d := range b.Drafts {
		r := m.records[have[b.Version+uint64(i)]]
		if r.ID != d.ID || r.Type != d.Type || !bytes.Equal(r.Data, d.Data) {
			return false
		}
	}
	return true
}

// Stream is that of ledger.Reader.
func (m *Memory) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		m.mu.Lock()
		seqs, records := m.streams[stream], m.records // what they hold does not change any more
		m.mu.Unlock()
		for _, seq := range seqs[min(from, uint64(len(seqs))):] {
			if err := ctx.Err(); err != nil {
				yield(domain.Record{}, err)
				return
			}
			if !yield(clone(records[seq]), nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

// All is that of ledger.Reader.
func (m *Memory) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return m.read(ctx, after, false)
}

// Follow is that of ledger.Reader.
func (m *Memory) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return m.read(ctx, after, true)
}

func (m *Memory) read(ctx context.Context, after ledger.Cursor, wait bool) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for next, first := after.Seq, true; ; first = false {
			m.mu.Lock()
			records, grown := m.records, m.grown
			m.mu.Unlock()
			if n := uint64(len(records)); first && next > n {
				yield(ledger.Entry{}, fmt.Errorf("%w: it has %d records, not %d", ledger.ErrCursor, n, next))
				return
			}
			for ; next < uint64(len(records)); next++ {
				if err := ctx.Err(); err != nil {
					yield(ledger.Entry{}, err)
					return
				}
				if !yield(ledger.Entry{Record: clone(records[next]), Cursor: ledger.Cursor{Seq: next + 1}}, nil) {
					return
				}
			}
			if !wait {
				if err := ctx.Err(); err != nil {
					yield(ledger.Entry{}, err)
				}
				return
			}
			select {
			case <-grown:
			case <-ctx.Done():
				yield(ledger.Entry{}, ctx.Err())
				return
			}
		}
	}
}

func clone(r domain.Record) domain.Record {
	r.Meta, r.Data = bytes.Clone(r.Meta), bytes.Clone(r.Data)
	return r
}
