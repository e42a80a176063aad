package advice

import (
	"errors"
	"fmt"

	"daybook.internal/sortition/lottery"
)

// A Status says how far somebody has come, in the words of OpenDLP.
type Status string

const (
	InPool    Status = "POOL"      // may be drawn
	Selected  Status = "SELECTED"  // drawn, and has not answered yet: keeps the seat
	Confirmed Status = "CONFIRMED" // has taken the seat
	Withdrawn Status = "WITHDRAWN" // has given it back, or does not want to be drawn
	Deleted   Status = "DELETED"   // has been taken off the list
)

// Statuses are all of them.
func Statuses() []Status { return []Status{InPool, Selected, Confirmed, Withdrawn, Deleted} }

// Seated tells whether somebody holds a seat.
func (s Status) Seated() bool { return s == Selected || s == Confirmed }

// ErrReplace says that there is nothing to replace, or no way to.
var ErrReplace = errors.New("there is no draw of replacements")

// A Residual is what is left to draw when some seats are taken.
type Residual struct {
	Instance    lottery.Instance // the free seats, what is left of the quotas, and who may be drawn
	Widest      []lottery.Quota  // what is left of the widest quotas; nil where there were none
	People      []int            // by person of Instance: their index in the instance before
	Seated      []int            // who holds a seat, as indices in the instance before, ascending
	SameAddress []int            // who may not be drawn because somebody seated lives with them, ascending
	Over        []Change         // quotas of which more people are seated than their maximum: they would have to go up to that
}

// Replace gives what is left of an instance: those who are seated keep their seats and count in the quotas, those who share an address with them are left out,
// and so is everybody who is neither seated nor in the pool. status is by person; nil would be a first draw. A maximum that is exceeded already
// leaves 0 seats. The quotas of the residual may still be impossible to meet: Relax tells.
//
// ErrReplace: no seat is free, or nobody may be drawn.
func Replace(in lottery.Instance, widest []lottery.Quota, status []Status) (Residual, error) {
	if len(status) != len(in.People) {
		return Residual{}, fmt.Errorf("%w: %d statuses for %d people", lottery.ErrInstance, len(status), len(in.People))
	}
	categories, column := in.Categories(), map[string]int{}
	for c, name := range categories {
		column[name] = c
	}
	for _, p := range in.People {
		if len(p.Values) != len(categories) {
			return Residual{}, fmt.Errorf("%w: %q has %d values for %d categories", lottery.ErrInstance, p.ID, len(p.Values), len(categories))
		}
	}
	var r Residual
	homes := map[string]bool{}
	for i, p := range in.People {
		if status[i].Seated() {
			r.Seated = append(r.Seated, i)
			if p.Address != "" {
				homes[p.Address] = true
			}
		}
	}
	r.Instance.Size = in.Size - len(r.Seated)
	for f, q := range in.Quotas {
		seated := 0
		for _, i := range r.Seated {
			if in.People[i].Values[column[q.Category]] == q.Value {
				seated++
			}
		}
		if seated > q.Max {
			r.Over = append(r.Over, change(in.Quotas, f, Maximum, seated))
		}
		left := func(q lottery.Quota) lottery.Quota {
			q.Min, q.Max = max(0, q.Min-seated), max(0, q.Max-seated)
			return q
		}
		r.Instance.Quotas = append(r.Instance.Quotas, left(q))
		if widest != nil {
			r.Widest = append(r.Widest, left(widest[f]))
		}
	}
	for i, p := range in.People {
		switch {
		case status[i] != InPool:
		case homes[p.Address]:
			r.SameAddress = append(r.SameAddress, i)
		default:
			r.Instance.People, r.People = append(r.Instance.People, p), append(r.People, i)
		}
	}
	switch {
	case r.Instance.Size < 1:
		return r, fmt.Errorf("%w: %d of %d seats are taken", ErrReplace, len(r.Seated), in.Size)
	case len(r.People) == 0:
		return r, fmt.Errorf("%w: %d seats are free, and nobody is in the pool who lives with no one seated", ErrReplace, r.Instance.Size)
	}
	return r, nil
}
