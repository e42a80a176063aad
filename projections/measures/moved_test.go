package measures

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whoever answered once, and whatever they said: a band that is published could be the same. All their answers, and all tables of moves of the others, are tried.
func TestBandsAreSilent(t *testing.T) {
	t.Parallel()
	require.Equal(t, band{100, 20, 7, 35, 39}, bandOf(100, 39, 20))
	require.Equal(t, band{100, 20, 8, 40, 44}, bandOf(100, 40, 20))
	require.Equal(t, band{100, 20, 19, 95, 100}, bandOf(100, 100, 20))
	require.Equal(t, MovedBand{95, 0.35, 0.4}, *bandOf(96, 35, 20).doc())
	silent, loud := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.IntRange(2, 3).Draw(rt, "options")
		table := make([][]int, k)
		n, moved := 0, 0
		before, after := make([]int, k), make([]int, k)
		for i := range table {
			table[i] = make([]int, k)
			for j := range table[i] {
				c := rapid.IntRange(0, 4).Draw(rt, "cell")
				table[i][j], n, before[i], after[j] = c, n+c, before[i]+c, after[j]+c
				if i != j {
					moved += c
				}
			}
		}
		if n == 0 {
			return
		}
		left, came := rapid.IntRange(0, 2).Draw(rt, "left"), rapid.IntRange(0, 2).Draw(rt, "came")
		for range left {
			before[rapid.IntRange(0, k-1).Draw(rt, "was")]++
		}
		for range came {
			after[rapid.IntRange(0, k-1).Draw(rt, "is")]++
		}
		b := bandOf(n, moved, 20)
		b.least, b.most = max(0, b.least-1), min(n, b.most+1) // rooms of a test are small
		ok := b.silent(before, after)
		every := true
		without(before, left, func(r []int) {
			without(after, came, func(c []int) {
				may := false
				tables(r, c, func(stay int) { may = may || n-stay >= b.least && n-stay <= b.most })
				every = every && may
			})
		})
		if ok {
			require.True(rt, every, "%v %v of %d, %+v", before, after, n, b)
			silent++
		} else if !every {
			loud++
		}
	})
	require.NotZero(t, silent)
	require.NotZero(t, loud, "there are bands that would tell")
}

// without takes so many people from a margin in every way.
func without(margin []int, people int, visit func([]int)) {
	var take func(j, left int)
	take = func(j, left int) {
		if j == len(margin) {
			if left == 0 {
				visit(margin)
			}
			return
		}
		for x := 0; x <= min(left, margin[j]); x++ {
			margin[j] -= x
			take(j+1, left-x)
			margin[j] += x
		}
	}
	take(0, people)
}

// tables visits every table with these margins, by how many people are on its diagonal.
func tables(r, c []int, visit func(stay int)) {
	var row func(i, stay int)
	row = func(i, stay int) {
		if i == len(r) {
			visit(stay)
			return
		}
		var cell func(j, left, stay int)
		cell = func(j, left, stay int) {
			if j == len(c) {
				if left == 0 {
					row(i+1, stay)
				}
				return
			}
			for x := 0; x <= min(left, c[j]); x++ {
				c[j] -= x
				if i == j {
					cell(j+1, left-x, stay+x)
				} else {
					cell(j+1, left-x, stay)
				}
				c[j] += x
			}
		}
		cell(0, r[i], stay)
	}
	row(0, 0)
}
