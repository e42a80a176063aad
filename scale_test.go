package daybook_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Nobody can let ten million people vote here, so docs/scale.md has what a queue says: arrivals at random around a rate, taken up in their order by ledgers that decide
// so many a second each, as was measured (docs/performance.md). It knows nothing of networks, of people who give up, and of what else the machine does.
const decided = 19_700 // ballots a second, one process

// A crowd is so many answers within so long. An even one comes as likely at one moment as at another; of an eager one, half comes within the first tenth of the time.
type crowd struct {
	what    string
	answers int
	within  time.Duration
}

var crowds = []crowd{
	{"7,200 people in rooms, one answer each within a minute", 7_200, time.Minute},
	{"1,000,000 people online, one answer each within ten minutes", 1_000_000, 10 * time.Minute},
	{"1,000,000 people online, one answer each within a minute", 1_000_000, time.Minute},
	{"10,000,000 people online, ten answers each within an hour", 100_000_000, time.Hour},
}

// waits is how long answers wait at a process, half and 99 of 100 at most, with so many ledgers that share them evenly. It goes by steps of 1 ms, or 10 ms where that makes too many:
// who comes within one finds what those before it have left.
func (c crowd) waits(eager bool, ledgers int) (half, most time.Duration) {
	random := rand.New(rand.NewPCG(1, uint64(c.answers)))
	step := time.Millisecond
	if c.within > 10*time.Minute {
		step *= 10
	}
	perStep := decided * step.Seconds()
	even := float64(c.answers) / float64(ledgers) * float64(step) / float64(c.within)
	left := 0.0
	byWait := map[time.Duration]int{} // in milliseconds
	for at := time.Duration(0); at < c.within || left > 0; at += step {
		rate := even
		switch {
		case at >= c.within:
			rate = 0
		case eager && at < c.within/10:
			rate *= 5
		case eager:
			rate *= 5.0 / 9
		}
		come := poisson(random, rate)
		if come > 0 {
			byWait[time.Duration(left/decided*1000)*time.Millisecond] += come
		}
		left = max(0, left+float64(come)-perStep)
	}
	return quantileOf(byWait, 0.5), quantileOf(byWait, 0.99)
}

// poisson is a random count around a mean: by Knuth's multiplication where it is small, by the normal distribution where it is not.
func poisson(random *rand.Rand, mean float64) int {
	if mean > 20 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*random.NormFloat64())))
	}
	n := 0
	for p, end := random.Float64(), math.Exp(-mean); p > end; p *= random.Float64() {
		n++
	}
	return n
}

func quantileOf(counts map[time.Duration]int, q float64) time.Duration {
	var keys []time.Duration
	total := 0
	for k, n := range counts {
		keys = append(keys, k)
		total += n
	}
	slices.Sort(keys)
	seen := 0
	for _, k := range keys {
		if seen += counts[k]; float64(seen) >= q*float64(total) {
			return k
		}
	}
	return 0
}

// said is a wait in the words of the page.
func said(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// TestScalePage holds the table of waits in docs/scale.md against the queue. On a failure it prints what the page should say.
func TestScalePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/scale.md")
	require.NoError(t, err)
	var rows []string
	for _, c := range crowds {
		row := "| " + c.what + " |"
		for _, eager := range []bool{false, true} {
			half, most := c.waits(eager, 1)
			row += fmt.Sprintf(" %s / %s |", said(half), said(most))
		}
		ledgers := 1
		for ; ; ledgers++ {
			if _, most := c.waits(true, ledgers); most <= time.Second {
				break
			}
		}
		rows = append(rows, fmt.Sprintf("%s %d |", row, ledgers))
	}
	require.Contains(t, string(page), strings.Join(rows, "\n"))
}
