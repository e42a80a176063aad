package lottery_test

import (
	"fmt"
	"testing"
	"time"

	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/synthetic"
	"github.com/stretchr/testify/require"
)

func TestGlobalScratch(t *testing.T) {
	in := synthetic.Global(100_000, 1000, 70, 1)
	last, step := time.Now(), ""
	t0 := last
	tick := func(s string, done, total int) error {
		if s != step {
			fmt.Println("   ", step, time.Since(last))
			step, last = s, time.Now()
		}
		if s == "panels" && done%50 == 0 {
			fmt.Println(done, time.Since(last))
		}
		return nil
	}
	l, err := lottery.Build(in, lottery.Options{}, tick)
	fmt.Println("   ", step, time.Since(last))
	require.NoError(t, err)
	lo, hi := l.Range()
	d := lottery.Digest(in, l.Panels)
	b, _ := l.Certificate.Bound.Float64()
	fmt.Printf("%v orbits %d bound %s=%.2f min %d max %d cap %.4f impossible %d levels %d %x\n", time.Since(t0), l.Orbits, l.Certificate.Bound.RatString(), b*1000, lo, hi, l.Cap, len(l.Impossible), len(l.Relaxed), d[:6])
}
