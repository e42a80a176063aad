package polis

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkRead reads an export of 500 comments, 4,000 voters and a million votes, with and without the matrix beside it.
func BenchmarkRead(b *testing.B) {
	c := conversation{topic: "T"}
	for i := range 500 {
		c.comments = append(c.comments, Comment{ID: fmt.Sprint(i), Author: fmt.Sprint(i % 90), Text: "Something that somebody said"})
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for comment := range 500 {
		for voter := range 4000 {
			if chance.IntN(2) == 0 {
				c.votes = append(c.votes, Vote{
					Time: 1700000000000 + chance.Int64N(1e9), Comment: fmt.Sprint(comment), Voter: fmt.Sprint(voter), Value: int8(chance.IntN(3) - 1),
				})
			}
		}
	}
	for name, o := range map[string]form{"Votes": {noMatrix: true, noHistory: true}, "VotesAndMatrix": {noHistory: true}} {
		b.Run(name, func(b *testing.B) {
			f := c.files(o)
			dir := f.write(b)
			b.ReportAllocs()
			size := 0
			for _, text := range f {
				size += len(text)
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := Read(dir, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(c.votes)), "votes")
		})
	}
}
