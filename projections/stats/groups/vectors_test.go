package groups

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// NumPy's and SciPy's word on random conversations; vectors.py beside it made them.
//
//go:embed testdata/vectors.json
var vectors []byte

type vector struct {
	Votes              [][3]int
	People, Statements int
	Out                []bool
	Selected           []int
	Mean               []float64
	Components         [2][]float64
	Explained          [2]float64
	Points             [][2]float64
	Tried              []struct {
		K                      int
		SSE, Silhouette, Error float64
		Label                  []int
		Informed               []float64
		Repness                [][][2][4]float64 // by group and statement: agreement, disagreement: share, its z, ratio, its z
	}
	Rand float64
}

func TestNumPy(t *testing.T) {
	t.Parallel()
	var cases []vector
	require.NoError(t, json.Unmarshal(vectors, &cases))
	require.NotEmpty(t, cases)
	for i, c := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			var cast []Vote
			for _, v := range c.Votes {
				cast = append(cast, Vote{int32(v[0]), int32(v[1]), int8(v[2])})
			}
			votes, err := NewVotes(c.People, c.Statements, cast)
			require.NoError(t, err)
			p := Defaults()
			p.Restarts, p.Bootstraps = 200, 0
			r, err := Find(votes, c.Out, p, nil)
			require.NoError(t, err)

			require.Equal(t, c.Selected, r.Selected)
			require.InDeltaSlice(t, c.Mean, r.Mean, 1e-15)
			for a := range 2 {
				require.InDeltaSlice(t, c.Components[a], r.Components[a], 1e-9)
				require.InDelta(t, c.Explained[a], r.Explained[a], 1e-12)
			}
			for j := range c.Points {
				require.InDeltaSlice(t, c.Points[j][:], r.Points[j][:], 1e-9)
			}
			require.Len(t, r.Tried, len(c.Tried))
			same := 0
			for k, theirs := range c.Tried {
				ours := r.Tried[k]
				require.Equal(t, theirs.K, ours.K)
				if ours.SSE > theirs.SSE*(1+1e-8) { // starts of k-means++ find what others need not find
					require.LessOrEqual(t, ours.SSE, theirs.SSE*1.002)
				} else {
					same++
					require.InEpsilon(t, theirs.SSE, ours.SSE, 1e-8)
					require.InDelta(t, theirs.Silhouette, ours.Silhouette, 1e-8)
					require.InDelta(t, theirs.Error, ours.SilhouetteError, 1e-8)
					if theirs.K == r.K {
						require.Equal(t, theirs.Label, r.Group)
					}
				}
				label := make([]int, c.People)
				for j := range label {
					label[j] = -1
				}
				for j, who := range c.Selected {
					label[who] = theirs.Label[j]
				}
				counts, err := votes.Count(label, theirs.K)
				require.NoError(t, err)
				for s := range c.Statements {
					var column []Count
					for g := range counts {
						column = append(column, counts[g][s])
						ours, theirs := NewRepness(counts[g][s], others(counts, g, s)), theirs.Repness[g][s]
						for side, x := range []Side{ours.Agree, ours.Disagree} {
							require.InDeltaSlice(t, theirs[side][:], []float64{x.Share, x.Test, x.Ratio, x.RatioZ}, 1e-12)
						}
					}
					require.InDelta(t, theirs.Informed[s], Informed(column), 1e-15)
				}
			}
			require.GreaterOrEqual(t, same, len(c.Tried)-1)
			index, err := AdjustedRand(c.Tried[0].Label, c.Tried[1].Label)
			require.NoError(t, err)
			require.InDelta(t, c.Rand, index, 1e-14)
		})
	}
}
