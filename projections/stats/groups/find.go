package groups

import (
	"fmt"
	"slices"
)

type finder struct {
	votes    *Votes
	out      []bool
	params   Params
	selected []int
}

// Find groups the respondents of a conversation by how they voted.
//
// Rows are the respondents with enough votes, columns the statements. Columns in out (moderated; nil for none) are zeroed. A missing vote is the mean of its
// column. The rows are centred and projected on two principal components, and grouped by k-means for k = 2..min(MaxGroups, 2+⌊rows/PerGroup⌋). The k of the
// highest mean silhouette is chosen, or the smallest k that comes within SilhouetteMargin standard errors of it: another group must be more than noise.
// Above Sample rows, the starts of k-means compete on a seeded sample, and the best goes on with everybody; silhouettes are those of the sample. So the work grows
// linearly with people.
//
// The order of respondents matters only to which points k-means begins with and to names of equal groups; statements may come in any order. Errors
// are ErrTooFew, ErrSize, and what tick returns; tick may be nil.
func Find(votes *Votes, out []bool, params Params, tick Tick) (*Result, error) {
	if err := params.check(); err != nil {
		return nil, err
	}
	if out == nil {
		out = make([]bool, votes.statements)
	}
	if len(out) != votes.statements {
		return nil, fmt.Errorf("%w: %d flags of moderation for %d statements", ErrSize, len(out), votes.statements)
	}
	if tick == nil {
		tick = func(int, int) error { return nil }
	}
	f := &finder{votes, out, params, votes.selected(params.MinVotes, params.Fill)}
	if len(f.selected) < 2 {
		return nil, ErrTooFew
	}
	m := newGram(votes, f.selected, out)
	result := &Result{Selected: f.selected, Mean: m.mean}
	result.Components, result.Explained = m.components(params.Iterations)
	result.Points = m.project(votes, f.selected, out, result.Components)
	first := distinct(result.Points)
	most := min(params.MaxGroups, 2+len(f.selected)/params.PerGroup, len(first))
	if most < 2 {
		return nil, ErrTooFew
	}
	done, total := 0, 2+(most-1)*(params.Restarts+1)+params.Bootstraps
	step := func() error { done++; return tick(done, total) }
	if err := step(); err != nil {
		return nil, err
	}

	sample := sampled(len(f.selected), params.Sample, params.Seed)
	var parts []*partition
	for k := 2; k <= most; k++ {
		p, err := best(result.Points, sample, first, k, params.Restarts, params.Steps, params.Seed, 0, step)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	means, errors := silhouettes(result.Points, sample, parts)
	for i, p := range parts {
		result.Tried = append(result.Tried, Clustering{len(p.centers), p.sse, means[i], errors[i], p.start})
	}
	chosen := choose(result.Tried, params.SilhouetteMargin)
	if err := step(); err != nil {
		return nil, err
	}
	p := parts[chosen]
	p.name()
	result.K, result.SSE, result.Silhouette = len(p.centers), p.sse, result.Tried[chosen].Silhouette
	result.Group, result.Centers, result.Sizes = p.label, p.centers, make([]int, len(p.centers))
	for _, g := range p.label {
		result.Sizes[g]++
	}
	if err := f.describe(result); err != nil {
		return nil, err
	}

	var rand []float64
	again := f.bootstraps(p)
	for run := range params.Bootstraps {
		x, err := again.run(run)
		if err != nil {
			return nil, err
		}
		rand = append(rand, x)
		if err := step(); err != nil {
			return nil, err
		}
	}
	result.Stability = newStability(rand)
	return result, nil
}

// name gives label 0 to the largest group, and so on; of equal ones, the one with the lowest member comes first.
func (p *partition) name() {
	k := len(p.centers)
	sizes, lowest, order := make([]int, k), make([]int, k), make([]int, k)
	for i := len(p.label) - 1; i >= 0; i-- {
		sizes[p.label[i]]++
		lowest[p.label[i]] = i
	}
	for c := range order {
		order[c] = c
	}
	slices.SortFunc(order, func(a, b int) int {
		if sizes[a] != sizes[b] {
			return sizes[b] - sizes[a]
		}
		return lowest[a] - lowest[b]
	})
	renamed, centers := make([]int, k), make([][2]float64, k)
	for name, c := range order {
		renamed[c], centers[name] = name, p.centers[c]
	}
	for i, c := range p.label {
		p.label[i] = renamed[c]
	}
	p.centers = centers
}

// describe counts the groups' votes and says where they stand. Shared statements are those of everybody, also of people in no group.
func (f *finder) describe(result *Result) error {
	everybody, groups := make([]int, f.votes.Respondents()), make([]int, f.votes.Respondents())
	for r := range groups {
		groups[r] = -1
	}
	for i, r := range f.selected {
		groups[r] = result.Group[i]
	}
	all, err := f.votes.Count(everybody, 1)
	if err != nil {
		return err
	}
	if result.Counts, err = f.votes.Count(groups, result.K); err != nil {
		return err
	}
	for s := range f.votes.statements {
		column := make([]Count, result.K)
		for g := range column {
			column[g] = result.Counts[g][s]
		}
		result.Informed = append(result.Informed, Informed(column))
	}
	result.Representative = Represent(result.Counts, f.out)
	result.Agreed, result.Disagreed = Share(all[0], f.out)
	return nil
}
