// Package stats computes the measures that the views publish: shares with their intervals, estimates, representativeness, rankings, change,
// divergence, agreement. It is pure, and its figures are the same on every machine: products are rounded before they are added (float64(a*b)), sums
// have a fixed order, and functions that machines compute in different ways are written out here.
//
// What has no value (a share of nobody, an interval of nothing) is an error with a name or NaN, as each function says; never zero.
package stats
