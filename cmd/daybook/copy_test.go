package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
)

// TestKilledCopy kills copies with SIGKILL at moments that nobody chose. After each, the target opens and is the beginning of the source; the copy that is left alone ends
// with the same records and the same root.
func TestKilledCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := filepath.Join(dir, "from")
	require.NoError(t, os.Mkdir(from, 0o700))
	l, err := ledgersqlite.Open(t.Context(), filepath.Join(from, "ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	const n = 20000
	batches := make([]ledger.Batch, n)
	for i := range batches {
		stream := domain.StreamName("test", fmt.Sprint(i%7))
		batches[i] = ledger.Batch{Stream: stream, Version: uint64(i / 7), Drafts: []ledger.Draft{{ID: domain.NewEventID("c", stream, i), Type: "tested.v1", Meta: []byte(`{"time":1}`), Data: fmt.Appendf(nil, `{"n":%d}`, i)}}}
	}
	_, _, err = l.AppendBatches(t.Context(), batches)
	require.NoError(t, errors.Join(err, l.Close()))
	want := records(t, from)

	program, err := exec.LookPath("daybook") // put into PATH by testscript.Main
	require.NoError(t, err)
	began := time.Now()
	var whole copied
	daybook(t, &whole, "copy", "--from", from, "--to", filepath.Join(dir, "whole"))
	took := time.Since(began)
	kills := 0
	for round := 0; kills < 8; round++ {
		require.Less(t, round, 200, "the copies end before they can be killed")
		to := filepath.Join(dir, fmt.Sprint("to", round))
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.Int64N(int64(took)+1)))
		if err := exec.CommandContext(ctx, program, "copy", "--from", from, "--to", to).Run(); err != nil {
			require.Error(t, ctx.Err(), "it failed: %v", err)
			kills++
		}
		cancel()
		if _, err := os.Stat(filepath.Join(to, "ledger.db")); err == nil {
			have := records(t, to)
			require.Equal(t, want[:len(have)], have)
		}
		var r copied
		daybook(t, &r, "copy", "--from", from, "--to", to)
		require.EqualValues(t, n, r.Records)
		require.Equal(t, whole.Root, r.Root)
		require.Equal(t, want, records(t, to))
		require.NoError(t, os.RemoveAll(to))
	}
}
