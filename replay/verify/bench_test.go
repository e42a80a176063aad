package verify_test

import (
	"context"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
)

// BenchmarkVerify measures everything together, and what hashing alone takes in the same run.
func BenchmarkVerify(b *testing.B) {
	debug.SetGCPercent(200) // as the program does
	l := verifytest.Edition(b, simulate.Options{Seed: 1, Countries: 6, Citizens: 50, Online: 25})
	files, err := tiles.Open(l.Bundle(b).Dir(b))
	require.NoError(b, err)
	perSecond := func(b *testing.B) {
		b.ReportMetric(float64(len(l.Records))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	}
	b.Run("all", func(b *testing.B) {
		o := verify.Options{Key: l.Keys.Verifier, Policy: l.Keys.Policy(b)}
		for b.Loop() {
			r, err := verify.Run(b.Context(), files, o, nil)
			require.NoError(b, err)
			require.Equal(b, verify.Verified, r.Verdict)
		}
		perSecond(b)
	})
	b.Run("hashing", func(b *testing.B) {
		signed, err := tiles.Read(b.Context(), files, notary.CheckpointPath, notary.MaxNote)
		require.NoError(b, err)
		head, _, err := notary.OpenCheckpoint(signed, l.Keys.Verifier)
		require.NoError(b, err)
		for b.Loop() {
			log := &tiles.Log{Checkpoint: head, Files: files}
			var tree notary.Tree
			for batch, err := range tiles.Batches(b.Context(), log, func(_ context.Context, batch *tiles.Batch) (*tiles.Batch, error) {
				log.Free(batch)
				return batch, nil
			}) {
				require.NoError(b, err)
				for _, h := range batch.Hashes {
					require.NoError(b, tree.Append(h))
				}
			}
			require.Equal(b, head.Root, tree.Root())
		}
		perSecond(b)
	})
}
