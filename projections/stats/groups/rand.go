package groups

import "fmt"

// AdjustedRand is the adjusted Rand index of two partitions of the same things (Hubert & Arabie 1985): 1 for the same one, about 0 for what chance would
// give. Labels are any numbers; a[i] and b[i] are those of thing i. Two partitions that cannot differ (everything in one group, or each in its own) have 1.
func AdjustedRand(a, b []int) (float64, error) {
	if len(a) != len(b) {
		return 0, fmt.Errorf("%w: %d and %d labels", ErrSize, len(a), len(b))
	}
	type both struct{ a, b int }
	cells, rows, columns := map[both]int{}, map[int]int{}, map[int]int{}
	pairs := func(n int) int { return n * (n - 1) / 2 }
	same, left, right := 0, 0, 0 // pairs that are together in both, in a, in b; sums of integers, in any order
	for i := range a {
		same += cells[both{a[i], b[i]}] // a new member makes as many pairs as there were
		left += rows[a[i]]
		right += columns[b[i]]
		cells[both{a[i], b[i]}]++
		rows[a[i]]++
		columns[b[i]]++
	}
	if total := pairs(len(a)); total > 0 {
		expected := float64(float64(left)*float64(right)) / float64(total)
		if most := float64(float64(left+right) / 2); most != expected {
			return (float64(same) - expected) / (most - expected), nil
		}
	}
	return 1, nil
}
