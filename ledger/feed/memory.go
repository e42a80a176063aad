package feed

import (
	"context"
	"sync"

	"daybook.internal/ledger"
)

// Memory keeps positions as long as the program lasts.
type Memory struct {
	mu    sync.Mutex
	slots map[[2]string]*slot // guarded by mu
}

// slot is one position. free holds it while nobody has it.
type slot struct {
	free chan ledger.Cursor
}

var _ Positions = (*Memory)(nil)

// NewMemory makes one in which every group is at the beginning.
func NewMemory() *Memory { return &Memory{slots: map[[2]string]*slot{}} }

// Take is that of Positions.
func (m *Memory) Take(ctx context.Context, group, topic string) (Position, error) {
	m.mu.Lock()
	s := m.slots[[2]string{group, topic}]
	if s == nil {
		s = &slot{make(chan ledger.Cursor, 1)}
		s.free <- ledger.Cursor{}
		m.slots[[2]string{group, topic}] = s
	}
	m.mu.Unlock()
	select {
	case at := <-s.free:
		return &held{s, at}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// held is a slot that somebody has.
type held struct {
	slot *slot
	at   ledger.Cursor
}

// At is that of Position.
func (h *held) At() ledger.Cursor { return h.at }

// Save is that of Position.
func (h *held) Save(_ context.Context, at ledger.Cursor) error {
	h.at = at
	return nil
}

// Release is that of Position.
func (h *held) Release() { h.slot.free <- h.at }
