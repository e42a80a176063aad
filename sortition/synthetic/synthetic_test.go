package synthetic

import (
	"fmt"
	"strings"
	"testing"

	"daybook.internal/sortition/lottery"
	"github.com/stretchr/testify/require"
)

func TestGlobal(t *testing.T) {
	t.Parallel()
	in := Global(5000, 150, 12, 7)
	require.Equal(t, in, Global(5000, 150, 12, 7))
	require.NotEqual(t, in.People, Global(5000, 150, 12, 8).People)
	require.Equal(t, []string{"country", "gender", "age", "education", "place"}, in.Categories())
	require.Len(t, in.People, 5000)
	have, least := map[string]int{}, map[string]int{}
	for _, p := range in.People {
		for _, v := range p.Values {
			have[v]++
		}
	}
	for _, q := range in.Quotas {
		require.GreaterOrEqual(t, have[q.Value], q.Max, "people come forward for every value: %v", q)
		least[q.Category] += q.Min
		require.Equal(t, q.Min+1, q.Max)
	}
	for category, seats := range least {
		require.LessOrEqual(t, seats, 150, category)
	}
	l, err := lottery.Build(in, lottery.Options{Panels: 200}, nil)
	require.NoError(t, err)
	require.Empty(t, l.Impossible)
}

// BenchmarkGlobal is 100,000 people and 1,000 seats in 70 countries: go test -run '^$' -bench Global -benchtime 1x ./sortition/synthetic
func BenchmarkGlobal(b *testing.B) {
	in := Global(100_000, 1000, 70, 1)
	for b.Loop() {
		l, err := lottery.Build(in, lottery.Options{}, nil)
		require.NoError(b, err)
		fewest, most := l.Range()
		bound, _ := l.Certificate.Bound.Float64()
		b.ReportMetric(float64(fewest), "fewest-tickets")
		b.ReportMetric(float64(most), "most-tickets")
		b.ReportMetric(1000*bound, "bound-tickets")
		b.ReportMetric(float64(l.Orbits), "orbits")
		b.Log(strings.TrimSpace(fmt.Sprintf("%x", lottery.Digest(in, l.Panels))))
	}
}
