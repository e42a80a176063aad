package lottery

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestScratch(t *testing.T) {
	for _, name := range strings.Fields(os.Getenv("INST")) {
		in := sharedInstance(t, name)
		last, step := time.Now(), ""
		t0 := last
		tick := func(s string, done, total int) error {
			if s != step {
				fmt.Println("   ", step, time.Since(last))
				step, last = s, time.Now()
			}
			return nil
		}
		l, err := Build(in, Options{}, tick)
		fmt.Println("   ", step, time.Since(last))
		require.NoError(t, err)
		lo, hi := l.Range()
		d := Digest(in, l.Panels)
		b, _ := l.Certificate.Bound.Float64()
		fmt.Printf("%s %v orbits %d bound %s=%.2f min %d max %d cap %.4f impossible %d levels %d %x\n", name, time.Since(t0), l.Orbits, l.Certificate.Bound.RatString(), b*1000, lo, hi, l.Cap, len(l.Impossible), len(l.Relaxed), d[:6])
	}
}
