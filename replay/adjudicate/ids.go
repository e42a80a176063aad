package adjudicate

// idSet knows which events were there, by 64 bits of a hash of their ids under a secret of the process. It is a table with open addressing, at most three
// quarters full. Two ids may share their bits: who finds one there looks again.
type idSet struct {
	slots []uint64 // 0: empty
	n     int
}

func (s *idSet) open() { s.slots = make([]uint64, 1<<10) }

func (s *idSet) has(id uint64) bool { return s.slots[s.slot(id)] != 0 }

// add puts an id into the set. Its 0 is 1.
func (s *idSet) add(id uint64) {
	if 4*(s.n+1) > 3*len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, 2*len(old))
		for _, have := range old {
			if have != 0 {
				s.slots[s.slot(have)] = have
			}
		}
	}
	if at := s.slot(id); s.slots[at] == 0 {
		s.slots[at] = max(id, 1)
		s.n++
	}
}

// slot is where id stands, or would.
func (s *idSet) slot(id uint64) uint64 {
	id = max(id, 1)
	mask := uint64(len(s.slots) - 1)
	at := id >> 20 & mask
	for s.slots[at] != 0 && s.slots[at] != id {
		at = (at + 1) & mask
	}
	return at
}
