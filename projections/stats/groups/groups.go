// Package groups finds the opinion groups of a conversation, as Polis does (Small et al. 2021, "Polis: scaling deliberation by mapping high dimensional
// opinion spaces"), and what brings them together or sets them apart.
//
// The rule it keeps: the same votes, parameters and seed give the same bits, on every machine. Sums of votes are integers and therefore exact, whoever
// is counted first; everything else is summed in a fixed order; products are rounded before they are added; chance comes from a generator of our own.
//
// Unlike Polis it knows no base clusters, no groups of yesterday and no patience before k changes: the votes alone decide. docs/opinion-groups.md tells more.
//
// Votes are sparse: memory grows with the votes, with the people, and with the square of the statements (one matrix of float64), never with the square of the people.
package groups

import (
	"errors"
	"fmt"
)

// The algorithm of Find by its name and version. Another selection, start, sample or order is another version.
const (
	Algorithm = "opinion-groups"
	Version   = "1"
)

// What Stability is found by. Version 1 was a part of opinion-groups/1; since 2, the components of a run are found among people or votes where
// these are fewer than statements. That is the same but for rounding, which decides between people at the same point.
const (
	StabilityAlgorithm = "opinion-groups-stability"
	StabilityVersion   = "2"
)

// MaxStatements is what the matrix of statements may be wide: 4096² float64 are 128 MiB.
const MaxStatements = 4096

// ErrTooFew says that no two respondents who may be grouped stand at different points, or that there are none.
var ErrTooFew = errors.New("groups: too few respondents who differ; there are no opinion groups")

// ErrSize names votes or parameters that are outside their bounds.
var ErrSize = errors.New("groups: out of bounds")

// Params are the numbers that a protocol freezes. Zero values are not defaults: begin with Defaults.
type Params struct {
	MinVotes         int     `json:"minVotes"`         // votes that a respondent needs to be grouped, or all statements where there are fewer
	Fill             int     `json:"fill"`             // where fewer respondents have them, the most active are taken up to this number
	Iterations       int     `json:"iterations"`       // of the power iteration, for each component
	MaxGroups        int     `json:"maxGroups"`        // k = 2..min(MaxGroups, 2 + ⌊respondents/PerGroup⌋)
	PerGroup         int     `json:"perGroup"`         //
	Restarts         int     `json:"restarts"`         // seeded starts of k-means, besides the one from the first distinct points
	Steps            int     `json:"steps"`            // the most that k-means makes from one start
	Sample           int     `json:"sample"`           // above so many respondents, a seeded sample of this size decides which start of k-means is best, and the silhouettes
	SilhouetteMargin float64 `json:"silhouetteMargin"` // standard errors below the highest mean silhouette in which a smaller k is preferred; 0: the highest, whatever it takes
	Bootstraps       int     `json:"bootstraps"`       // runs of the bootstrap; 0: none
	BootstrapStarts  int     `json:"bootstrapStarts"`  // seeded starts of k-means in a bootstrap run
	Seed             uint64  `json:"seed"`             // of every choice by chance
}

// Defaults are those of Polis where Polis has them.
func Defaults() Params {
	return Params{
		MinVotes: 7, Fill: 15, Iterations: 100, MaxGroups: 5, PerGroup: 12, Restarts: 20, Steps: 100,
		Sample: 2000, SilhouetteMargin: 1, Bootstraps: 100, BootstrapStarts: 4, Seed: 1,
	}
}

func (p Params) check() error {
	if p.MinVotes < 1 || p.Fill < 0 || p.Iterations < 1 || p.MaxGroups < 2 || p.MaxGroups > 20 || p.PerGroup < 1 || p.Restarts < 0 || p.Steps < 1 ||
		p.Sample < 2 || !(p.SilhouetteMargin >= 0 && p.SilhouetteMargin <= 100) || p.Restarts > 1000 || p.BootstrapStarts > 1000 || p.Bootstraps < 0 || p.BootstrapStarts < 0 {
		return fmt.Errorf("%w: parameters %+v; begin with Defaults", ErrSize, p)
	}
	return nil
}

// Result is what Find gives. Respondents and statements are indexes of the votes; groups are labels 0..K-1, the largest first, of equal ones
// that with the lowest respondent.
type Result struct {
	Selected       []int        // respondents who are grouped, in ascending order
	Mean           []float64    // of each statement over the selected who voted on it; 0 where it is out or nobody did
	Components     [2][]float64 // by statement, of length 1; the entry of largest size is positive, of equal ones the first
	Explained      [2]float64   // share of the variance that each component holds, 0..1
	Points         [][2]float64 // of each selected respondent
	Tried          []Clustering // for each k
	K              int          // the chosen number of groups
	SSE            float64      // sum of squared distances to the centres
	Silhouette     float64      // mean over the selected, or over the sample; -1..1
	Group          []int        // label of each selected respondent
	Centers        [][2]float64 // of each group
	Sizes          []int        // of each group
	Counts         [][]Count    // by group and statement
	Informed       []float64    // group-informed consensus of each statement
	Representative [][]Standing // by group, at most five
	Agreed         []Shared     // statements that everybody tends to agree with, at most five, strongest first
	Disagreed      []Shared     // the same for disagreement
	Stability      Stability    //
}

// Clustering is the best k-means of one k.
type Clustering struct {
	K               int
	SSE             float64
	Silhouette      float64
	SilhouetteError float64 // standard error of the mean
	Start           int     // 0: from the first distinct points; 1..: the seeded restart
}

// Tick is told of progress: done of total units of work. An error from it stops the work and is returned.
type Tick func(done, total int) error
