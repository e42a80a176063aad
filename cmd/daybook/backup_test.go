package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/importers/polis"
)

// TestBackupIsOfOnePiece: while words come in and are erased all the time, every backup has the words of everything that its ledger has, but for those that its ledger
// declares erased.
func TestBackupIsOfOnePiece(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, key := filepath.Join(dir, "data"), filepath.Join(dir, "vault.key")
	p := &program{out: io.Discard, err: io.Discard, output: "json", quiet: true, vaultKey: key}
	ctx, cancel := context.WithCancel(p.withVaultKey(t.Context()))
	defer cancel()
	n, err := openNode(ctx, data)
	require.NoError(t, err)
	defer n.Close()
	first := writeExport(t, filepath.Join(dir, "talk"), 60, 5, 20)
	bring := func(export string) {
		x, err := polis.Read(export, nil)
		if err == nil {
			_, err = polis.Import(ctx, n.service, x, polis.Options{Edition: "e", Place: "ZZ", Lang: "und"}, nil)
		}
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}
	bring(first)
	var exports []string
	for i := range 60 {
		exports = append(exports, writeExport(t, filepath.Join(dir, fmt.Sprint("more", i)), 3+i, 2, 4))
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i, export := range exports {
			if ctx.Err() != nil {
				return
			}
			bring(export)
			line := fmt.Sprintf(`{"command":"e%d","name":"erase-words","actor":"coordinator:dpo","content":{"in":{"stream":"statement-talk/%d","version":1},"field":"text","requestedAt":"2025-11-01T09:00:00.000Z","legalBasis":"request","by":"dpo"}}`, i, i)
			for a, err := range n.service.RunLines(ctx, strings.NewReader(line+"\n")) {
				if ctx.Err() == nil && (err != nil || a.Result != commands.Done) {
					t.Errorf("%v %s %s", err, a.Rule, a.Detail)
				}
			}
		}
	})
	var last backedUp
	for round := range 12 {
		to := filepath.Join(dir, fmt.Sprint("backup", round))
		r, err := p.backup(ctx, data, to)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.Records, last.Records)
		last = r
		report, err := p.vaultCheck(ctx, to)
		require.NoError(t, err)
		require.Zero(t, report.Missing, report.Findings)
		require.Zero(t, report.Differs)
		require.LessOrEqual(t, report.NotErased, 1, "at most the one that was under way")
		require.Equal(t, report.Commitments, report.Opened+report.Erased+report.NotErased)
	}
	wg.Wait()
	to := filepath.Join(dir, "backup")
	_, err = p.backup(ctx, data, to)
	require.NoError(t, err)
	report, err := p.vaultCheck(ctx, to)
	require.NoError(t, err)
	require.NotZero(t, report.Erased)
	require.Zero(t, report.NotErased+report.Missing)
}
