package lottery

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// A member of an orbit waits for seats: who had the fewest goes first, then who comes first by
//
//	SHA-256("daybook-members/1" ‖ 0x00 ‖ seed ‖ be64(seats so far) ‖ id)
//
// read as a number of its first eight bytes. So the tickets of an orbit's people differ by one at most, where no addresses stand in the way.
type member struct {
	person, seats int
	lot           uint64
}

// name gives the seats of compositions to people.
func (o *Orbits) name(in Instance, panels []composition, seed [32]byte, tick Tick) ([][]int, error) {
	lot := func(person, seats int) uint64 {
		b := append(make([]byte, 0, 128), "daybook-members/1\x00"...)
		b = append(b, seed[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(seats))
		h := sha256.Sum256(append(b, in.People[person].ID...))
		return binary.BigEndian.Uint64(h[:8])
	}
	order := func(a, b member) int {
		return cmp.Or(cmp.Compare(a.seats, b.seats), cmp.Compare(a.lot, b.lot), cmp.Compare(in.People[a.person].ID, in.People[b.person].ID))
	}
	waiting := make([][]member, len(o.List))
	for t, orbit := range o.List {
		for _, i := range orbit.People {
			waiting[t] = append(waiting[t], member{i, 0, lot(i, 0)})
		}
		slices.SortFunc(waiting[t], order)
	}
	named := make([][]int, len(panels))
	for j, panel := range panels {
		if err := tick("members", j, len(panels)); err != nil {
			return nil, err
		}
		taken := map[string]bool{}
		for _, s := range panel {
			left := int(s.count)
			for k := 0; k < len(waiting[s.orbit]) && left > 0; k++ {
				m := &waiting[s.orbit][k]
				if address := in.People[m.person].Address; address != "" {
					if taken[address] {
						continue
					}
					taken[address] = true
				}
				named[j] = append(named[j], m.person)
				m.seats++
				m.lot = lot(m.person, m.seats)
				left--
			}
			if left > 0 {
				return nil, fmt.Errorf("%w: panel %d has %d seats more than addresses", ErrCheck, j, left)
			}
			slices.SortFunc(waiting[s.orbit], order)
		}
		slices.Sort(named[j])
	}
	return named, nil
}
