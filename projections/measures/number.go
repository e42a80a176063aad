package measures

import (
	"math"
	"strconv"

	"daybook.internal/projections/stats"
)

// Number is a measure at the edge: in JSON it has at most six digits after the point, halves to even, and null stands for what does not exist, which is NaN here.
// It is never zero for want of a value.
type Number float64

// None is the Number that does not exist.
var None = Number(math.NaN())

// known tells whether the number exists.
func (n Number) known() bool { return !math.IsNaN(float64(n)) }

// MarshalJSON writes the number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	b := strconv.AppendFloat(make([]byte, 0, 32), f, 'f', 6, 64)
	end := len(b)
	for b[end-1] == '0' {
		end--
	}
	if b[end-1] == '.' {
		end--
	}
	if b = b[:end]; string(b) == "-0" {
		b = b[1:]
	}
	return b, nil
}

// Interval is a 95 % interval.
type Interval struct {
	Low  Number `json:"low"`
	High Number `json:"high"`
}

// numbers are those of an interval of stats.
func interval(i stats.Interval) *Interval { return &Interval{Number(i.Low), Number(i.High)} }

// optional is a number that may not exist.
func optional(x *float64) Number {
	if x == nil {
		return None
	}
	return Number(*x)
}
