package stats

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSimpson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int
		want   float64
	}{{[]int{7}, 0}, {[]int{5, 5}, 0.5}, {[]int{1, 1, 1, 1}, 0.75}, {[]int{3, 0, 1}, 0.375}} {
		got, err := Simpson(c.counts)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-15)
	}
	_, err := Simpson([]int{0, 0})
	require.ErrorIs(t, err, ErrNoBase)
	_, err = Simpson([]int{1, -1})
	require.ErrorIs(t, err, ErrBadCount)
}

func TestMix(t *testing.T) {
	t.Parallel()
	m, err := Mix([][]int{{4, 0}, {2, 2}, {0, 0}})
	require.NoError(t, err)
	require.InDelta(t, 0.375, m.Room, 1e-15) // 6 of 8
	require.InDelta(t, 0.25, m.Tables, 1e-15)
	require.InDelta(t, 2.0/3, *m.Ratio, 1e-15)
	require.Equal(t, [2]int{8, 2}, [2]int{m.Base, m.Count})
	m, err = Mix([][]int{{4, 0}, {3, 0}})
	require.NoError(t, err)
	require.Nil(t, m.Ratio, "nobody can be mixed with nobody else")
	_, err = Mix([][]int{{0}})
	require.ErrorIs(t, err, ErrNoBase)
	_, err = Mix([][]int{{1}, {1, 2}})
	require.ErrorIs(t, err, ErrBadCount)
}
