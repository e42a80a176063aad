package lottery

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrCheck says that a lottery is not what it says it is. The error around it names the panel and the quota.
var ErrCheck = errors.New("the lottery does not hold")

// Count checks every panel person by person (Size members, nobody twice, every quota, one of an address) and gives the tickets of each person. It counts in
// whole numbers, and knows nothing of how panels are made.
func Count(in Instance, panels [][]int) (tickets []int, err error) {
	features, err := features(in)
	if err != nil {
		return nil, err
	}
	tickets = make([]int, len(in.People))
	last := make([]int, len(in.People)) // by person: the last panel they were seen on, plus 1
	for j, panel := range panels {
		if len(panel) != in.Size {
			return nil, fmt.Errorf("%w: panel %d has %d members, not %d", ErrCheck, j, len(panel), in.Size)
		}
		seats, addresses := make([]int, len(in.Quotas)), map[string]int{}
		for _, i := range panel {
			if i < 0 || i >= len(in.People) {
				return nil, fmt.Errorf("%w: panel %d: there is no person %d", ErrCheck, j, i)
			}
			if last[i] == j+1 {
				return nil, fmt.Errorf("%w: panel %d lists %q twice", ErrCheck, j, in.People[i].ID)
			}
			last[i] = j + 1
			tickets[i]++
			for _, f := range features[i] {
				seats[f]++
			}
			if a := in.People[i].Address; a != "" {
				if other, taken := addresses[a]; taken {
					return nil, fmt.Errorf("%w: panel %d: %q and %q live at one address", ErrCheck, j, in.People[other].ID, in.People[i].ID)
				}
				addresses[a] = i
			}
		}
		for f, q := range in.Quotas {
			if seats[f] < q.Min || seats[f] > q.Max {
				return nil, fmt.Errorf("%w: panel %d has %d of %s %q, not %d to %d", ErrCheck, j, seats[f], q.Category, q.Value, q.Min, q.Max)
			}
		}
	}
	return tickets, nil
}

// Check checks a lottery against its instance: every panel, the tickets, that people said to be impossible have none, and the sum of the certificate.
func (l *Lottery) Check(in Instance) error {
	if len(l.Panels) != l.Options.Panels {
		return fmt.Errorf("%w: %d panels, not %d", ErrCheck, len(l.Panels), l.Options.Panels)
	}
	tickets, err := Count(in, l.Panels)
	if err != nil {
		return err
	}
	if !slices.Equal(tickets, l.Tickets) {
		return fmt.Errorf("%w: the tickets are not those of the panels", ErrCheck)
	}
	for _, i := range l.Impossible {
		if i >= 0 && i < len(tickets) && tickets[i] > 0 {
			return fmt.Errorf("%w: %q is said to be on no panel and is on %d", ErrCheck, in.People[i].ID, tickets[i])
		}
	}
	return l.Certificate.Verify(in, l.Impossible)
}

// Range gives the fewest and the most tickets of the people who are on any panel at all that meets the quotas.
func (l *Lottery) Range() (fewest, most int) {
	fewest = len(l.Panels)
	impossible := make(map[int]bool, len(l.Impossible))
	for _, i := range l.Impossible {
		impossible[i] = true
	}
	for i, n := range l.Tickets {
		if !impossible[i] {
			fewest = min(fewest, n)
		}
		most = max(most, n)
	}
	return fewest, most
}

// Digest is a commitment to the panels in their order, by the ids of their members:
//
//	SHA-256("daybook-panels/1" ‖ 0x00 ‖ be64(panels) ‖ for each panel: be64(members) ‖ text(id) … in ascending order of their bytes)
//
// where text(s) is be64(length of s in bytes) ‖ s.
func Digest(in Instance, panels [][]int) [32]byte {
	h := sha256.New()
	b := append([]byte("daybook-panels/1\x00"), binary.BigEndian.AppendUint64(nil, uint64(len(panels)))...)
	for _, panel := range panels {
		members := slices.SortedFunc(slices.Values(panel), func(x, y int) int { return cmp.Compare(in.People[x].ID, in.People[y].ID) })
		b = binary.BigEndian.AppendUint64(b, uint64(len(members)))
		for _, i := range members {
			b = binary.BigEndian.AppendUint64(b, uint64(len(in.People[i].ID)))
			b = append(b, in.People[i].ID...)
		}
		h.Write(b)
		b = b[:0]
	}
	h.Write(b)
	return [32]byte(h.Sum(nil))
}

// Draw gives the panel, from 0 to panels-1, that public randomness draws. context says which draw it is, so that draws with one randomness are independent.
//
//	SHA-256("daybook-sortition-draw/1" ‖ 0x00 ‖ be64(length of context) ‖ context ‖ be64(length of randomness) ‖ randomness ‖ be64(counter))
//
// The first eight bytes are a number v; the first counter from 0 on whose v is below the greatest multiple of panels that 2^64 holds gives v mod panels. So
// every panel has the same chance, exactly. panels is at least 1.
func Draw(randomness []byte, context string, panels int) int {
	b := []byte("daybook-sortition-draw/1\x00")
	b = binary.BigEndian.AppendUint64(b, uint64(len(context)))
	b = append(b, context...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(randomness)))
	b = append(b, randomness...)
	m := uint64(panels)
	over := (^uint64(0)%m + 1) % m // 2^64 mod m
	for counter := uint64(0); ; counter++ {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(b, counter))
		if v := binary.BigEndian.Uint64(h[:8]); over == 0 || v < -over {
			return int(v % m)
		}
	}
}
