package groups

import (
	"math"
	"slices"
)

// sampled are all indexes below n, or a seeded sample of them, ascending. It bounds the one thing here that grows with the square of the people.
func sampled(n, most int, seed uint64) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	if n <= most {
		return all
	}
	r := newRandom(seed, forSample, 0)
	for i := range most {
		j := i + r.below(n-i)
		all[i], all[j] = all[j], all[i]
	}
	slices.Sort(all[:most])
	return all[:most]
}

// silhouettes gives the mean silhouette (Rousseeuw 1987) of several partitions of the same points, over those in the sample and with the others of the sample:
// (b−a)/max(a,b), where a is the mean distance to one's own group and b that to the nearest other one; 0 for who is alone in a group, where all distances are
// 0, and where the sample has one group only. Each distance is taken once, and none is kept.
// errors are the standard errors of the means.
func silhouettes(points [][2]float64, sample []int, parts []*partition) (means, errors []float64) {
	width, offset := 0, make([]int, len(parts))
	for p, part := range parts {
		offset[p] = width
		width += len(part.centers)
	}
	sums, sizes, column := make([]float64, len(sample)*width), make([]int, width), make([]int, len(sample)*len(parts))
	for a, i := range sample {
		for p, part := range parts {
			c := offset[p] + part.label[i]
			column[a*len(parts)+p] = c
			sizes[c]++
		}
	}
	for a, i := range sample {
		mine, of := sums[a*width:(a+1)*width], column[a*len(parts):(a+1)*len(parts)]
		x := points[i]
		for b := range a {
			d := math.Sqrt(distance2(x, points[sample[b]]))
			theirs := sums[b*width : (b+1)*width]
			for p, c := range column[b*len(parts) : (b+1)*len(parts)] {
				mine[c] += d
				theirs[of[p]] += d
			}
		}
	}
	means, errors = make([]float64, len(parts)), make([]float64, len(parts))
	each, n := make([]float64, len(sample)), float64(len(sample))
	for p, part := range parts {
		total, spread := 0.0, 0.0
		for a := range sample {
			each[a] = silhouette(sums[a*width+offset[p]:][:len(part.centers)], sizes[offset[p]:][:len(part.centers)], column[a*len(parts)+p]-offset[p])
			total += each[a]
		}
		means[p] = total / n
		for _, s := range each {
			spread += float64((s - means[p]) * (s - means[p]))
		}
		errors[p] = math.Sqrt(spread / (n - 1) / n)
	}
	return means, errors
}

// choose gives the smallest k whose mean silhouette is within margin standard errors of the highest one.
func choose(tried []Clustering, margin float64) int {
	highest := 0
	for i, c := range tried {
		if c.Silhouette > tried[highest].Silhouette {
			highest = i
		}
	}
	least := tried[highest].Silhouette - float64(margin*tried[highest].SilhouetteError)
	for i, c := range tried[:highest] {
		if c.Silhouette >= least {
			return i
		}
	}
	return highest
}

func silhouette(sums []float64, sizes []int, own int) float64 {
	if sizes[own] < 2 {
		return 0
	}
	a, b := sums[own]/float64(sizes[own]-1), math.Inf(1)
	for c, size := range sizes {
		if c != own && size > 0 {
			b = min(b, sums[c]/float64(size))
		}
	}
	if m := max(a, b); m > 0 && !math.IsInf(b, 1) {
		return (b - a) / m
	}
	return 0
}
