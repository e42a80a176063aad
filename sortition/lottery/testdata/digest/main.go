// Digest makes lotteries of synthetic pools and prints their digests, so that builds for several machines can be compared.
package main

import (
	"fmt"

	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/synthetic"
)

func main() {
	for _, objective := range []lottery.Objective{lottery.Leximin, lottery.Goldilocks} {
		for _, in := range []lottery.Instance{synthetic.Global(1500, 60, 8, 1), synthetic.Global(50, 12, 2, 2)} {
			l, err := lottery.Build(in, lottery.Options{Panels: 100, Objective: objective}, nil)
			if err != nil {
				panic(err)
			}
			fmt.Printf("%x %v %v\n", lottery.Digest(in, l.Panels), l.Certificate, l.Relaxed)
		}
	}
}
