package lottery

import "errors"

// Build makes a lottery. ErrInstance: the instance is not in order; ErrInfeasible: no panel meets the quotas; or the error of tick, which may be nil.
func Build(in Instance, options Options, tick Tick) (*Lottery, error) {
	return nil, errors.New("not yet")
}

// BestMinimum is the greatest smallest chance that the quotas allow, and the multipliers of the rows that prove it (Certificate). Panels may fall short of it:
// it is an upper bound, and in practice the chance that Build reaches. ErrInfeasible says that not even fractions of people meet the quotas. It is fast, which
// is what what-ifs need.
func BestMinimum(in Instance) (float64, Certificate, error) {
	return 0, Certificate{}, errors.New("not yet")
}
