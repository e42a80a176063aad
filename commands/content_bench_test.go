package commands_test

import (
	"encoding/json"
	"strings"
	"testing"

	"daybook.internal/commands"
)

func BenchmarkReadContent(b *testing.B) {
	ballot := []byte(contentOf("cast-ballot"))
	b.Run("ballot", func(b *testing.B) {
		for b.Loop() {
			var c commands.CastBallot
			if err := commands.ReadContent(ballot, &c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json alone", func(b *testing.B) {
		for b.Loop() {
			var c commands.CastBallot
			d := json.NewDecoder(strings.NewReader(string(ballot)))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCastBallot is a vote on a ledger in memory: what a disk adds to it is the same with any reader.
func BenchmarkCastBallot(b *testing.B) {
	w := newWorld(b)
	w.tell("react")
	c, _ := commands.ByName("cast-ballot")
	content := []byte(contentOf("cast-ballot"))
	for b.Loop() {
		if _, err := c.Run(b.Context(), w.Service, by("b"), content); err != nil {
			b.Fatal(err)
		}
	}
}
