// Package stats computes the measures that the views publish: shares with their intervals, estimates, representativeness, rankings, change,
// divergence, agreement. It is pure, and its figures are the same on every machine: products are rounded before they are added (float64(a*b)), sums
// have a fixed order, and functions that machines compute in different ways are written out here.
//
// What has no value (a share of nobody, an interval of nothing) is an error with a name (Problem), or nil where a result has other members that have one;
// never zero, and never NaN: only the special functions (Log, quantiles, tails) give NaN, outside of where they are defined.
//
// Every measure has a name with a version (Algorithm), which views carry; Methods lists them with their references. Inputs are whole numbers wherever
// they are counts. Intervals take the normal quantile z (Z95) or, where they need Student's t, the level.
package stats
