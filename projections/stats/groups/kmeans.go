package groups

import "slices"

// partition is what k-means comes to from one start.
type partition struct {
	label   []int
	centers [][2]float64
	sse     float64
	start   int
}

// distinct gives the first respondent at each point, in their order.
func distinct(points [][2]float64) []int {
	seen := make(map[[2]float64]struct{}, len(points))
	var first []int
	for i, p := range points {
		if _, is := seen[p]; !is {
			seen[p] = struct{}{}
			first = append(first, i)
		}
	}
	return first
}

// best is the partition into k of smallest SSE over all starts: the first k distinct points as centres, as Polis takes them, then restarts from k distinct
// points by chance. Starts that are spread on purpose (k-means++) come to smaller sums by splitting off single people who are far out, and one person is no
// opinion group: bg2050-volunteers falls into 106 and 1. Of equal ones it is the first.
//
// Where the sample is not everybody, the starts compete on it, and the best one goes on with everybody: else large conversations would pay for more starts, each
// of more people and of more steps. first is what distinct gives, at least k; run tells one use of chance from another.
func best(points [][2]float64, sample, first []int, k, restarts, steps int, seed, run uint64, tick func() error) (*partition, error) {
	among := points
	if len(sample) < len(points) {
		among = make([][2]float64, len(sample))
		for a, i := range sample {
			among[a] = points[i]
		}
	}
	var found *partition
	for start := range restarts + 1 {
		chosen := first[:k]
		if start > 0 {
			chosen = draw(first, k, newRandom(seed, forRestart, run<<16|uint64(k)<<10|uint64(start)))
		}
		centers := make([][2]float64, k)
		for c, i := range chosen {
			centers[c] = points[i]
		}
		if p := lloyd(among, centers, steps); found == nil || p.sse < found.sse {
			p.start, found = start, p
		}
		if err := tick(); err != nil {
			return nil, err
		}
	}
	if len(sample) < len(points) {
		p := lloyd(points, found.centers, steps)
		p.start, found = found.start, p
	}
	return found, nil
}

// draw takes k of what there is, none twice.
func draw(from []int, k int, r *random) []int {
	chosen := make([]int, 0, k)
	for len(chosen) < k {
		if i := from[r.below(len(from))]; !slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// lloyd assigns every point to the nearest centre, of equally near ones the first, and moves the centres to the means, until nobody changes or the steps are over.
// A centre that nobody is left with moves to the point that is furthest from its own.
func lloyd(points, centers [][2]float64, steps int) *partition {
	p := &partition{label: make([]int, len(points)), centers: centers}
	for i := range p.label {
		p.label[i] = -1
	}
	sums, sizes := make([][2]float64, len(centers)), make([]int, len(centers))
	for range steps {
		changed := false
		clear(sums)
		clear(sizes)
		label := p.label[:len(points)]
		for i, x := range points {
			c := nearest(centers, x)
			changed = changed || c != label[i]
			label[i] = c
			sum := &sums[c]
			sum[0] += x[0]
			sum[1] += x[1]
			sizes[c]++
		}
		if !changed {
			break
		}
		var moved map[int]bool
		for c, size := range sizes {
			if size == 0 {
				i := furthest(points, centers, p.label, moved)
				if moved == nil {
					moved = map[int]bool{}
				}
				moved[i] = true
				centers[c] = points[i]
				continue
			}
			centers[c] = [2]float64{sums[c][0] / float64(size), sums[c][1] / float64(size)}
		}
	}
	for i, x := range points {
		p.sse += distance2(x, centers[p.label[i]])
	}
	return p
}

func furthest(points, centers [][2]float64, label []int, but map[int]bool) int {
	at, most := 0, -1.0
	for i, x := range points {
		if d := distance2(x, centers[label[i]]); d > most && !but[i] {
			at, most = i, d
		}
	}
	return at
}

// nearest takes no branch on distances, which nothing would foretell.
func nearest(centers [][2]float64, x [2]float64) int {
	at, least := 0, distance2(x, centers[0])
	for c := 1; c < len(centers); c++ {
		d := distance2(x, centers[c])
		if d < least {
			at = c
		}
		least = min(least, d)
	}
	return at
}

func distance2(a, b [2]float64) float64 {
	x, y := a[0]-b[0], a[1]-b[1]
	return float64(x*x) + float64(y*y)
}
