package sqlite

import (
	"sync"

	"daybook.internal/domain"
)

// ends knows where streams end, for a process that is the only one to write: what it has committed and what it has read is then all that the file can
// tell. So who asks whether a stream has moved on hears "no" without asking the file. A nil *ends knows nothing.
type ends struct {
	mu    sync.RWMutex
	known map[domain.StreamID]uint64
	turn  uint64 // how often everything was forgotten
}

const maxEnds = 1 << 18

// at is the version of a stream, if it is known, and the turn in which that was asked.
func (e *ends) at(stream domain.StreamID) (version uint64, known bool, turn uint64) {
	if e == nil {
		return 0, false, 0
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	version, known = e.known[stream]
	return version, known, e.turn
}

// read learns what a reader saw in the file. A writer may have been quicker, and then knows better; where everything was forgotten since the reader
// asked, nobody can tell.
func (e *ends) read(stream domain.StreamID, version, turn uint64) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if have, known := e.known[stream]; e.turn == turn && (!known || have < version) {
		e.set(stream, version)
	}
}

// wrote learns what was committed, before anybody is told.
func (e *ends) wrote(heads map[domain.StreamID]head) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for stream, at := range heads {
		e.set(stream, at.version)
	}
}

func (e *ends) set(stream domain.StreamID, version uint64) {
	if e.known == nil || len(e.known) >= maxEnds {
		e.known = make(map[domain.StreamID]uint64)
		e.turn++
	}
	e.known[stream] = version
}
