package kurrent_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/ledger"
	"daybook.internal/ledger/kurrent"
)

// The count against a plain slice, with steps of all sizes between positions.
func TestPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p kurrent.Places
		var model []uint64
		position := uint64(0)
		steps := rapid.SampledFrom([]uint64{1, 2, 400, 1 << 20, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1 << 40})
		for range rapid.IntRange(1, 20).Draw(t, "runs") {
			step := steps.Draw(t, "step")
			for range rapid.SampledFrom([]int{1, 2, 700}).Draw(t, "times") {
				position += step
				p.Add(position, uint32(len(model)))
				model = append(model, position)
			}
		}
		for seq, position := range model {
			if seq%7 != 0 && seq%1024 > 2 {
				continue
			}
			at, check := p.At(uint64(seq))
			got, there := p.SeqOf(position)
			require.Equal(t, position, at)
			require.Equal(t, uint32(seq), check)
			require.True(t, there)
			require.Equal(t, uint64(seq), got)
			require.NoError(t, p.Find(ledger.Cursor{Seq: uint64(seq) + 1, Token: kurrent.Token(at, check)}))
			if seq == 0 || model[seq-1] != position-1 {
				_, there = p.SeqOf(position - 1)
				require.False(t, there)
			}
		}
		_, there := p.SeqOf(position + 1)
		require.False(t, there)
		require.NoError(t, p.Find(ledger.Cursor{}))
		require.NoError(t, p.Find(ledger.Cursor{Seq: uint64(len(model))}))
		require.ErrorIs(t, p.Find(ledger.Cursor{Seq: uint64(len(model)) + 1}), ledger.ErrCursor)
	})
}

// FuzzToken asks for places by bookmarks that were not given here.
func FuzzToken(f *testing.F) {
	f.Add("64-00000007")
	f.Add("064-00000007")
	f.Add("-")
	f.Add("64-7")
	f.Add(strings.Repeat("f", 40))
	f.Fuzz(func(t *testing.T, token string) {
		var p kurrent.Places
		p.Add(100, 7)
		if token == "" || token == kurrent.Token(100, 7) {
			require.NoError(t, p.Find(ledger.Cursor{Seq: 1, Token: token}))
			return
		}
		require.ErrorIs(t, p.Find(ledger.Cursor{Seq: 1, Token: token}), ledger.ErrCursor)
	})
}
