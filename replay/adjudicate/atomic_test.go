package adjudicate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/replay/adjudicate"
	"daybook.internal/simulate"
)

// TestAtomicFiles runs an edition as files of forty commands, each as a whole where it can be: what was tried in memory first is decided in the ledger like anything else.
func TestAtomicFiles(t *testing.T) {
	t.Parallel()
	l, now := ledgertest.NewMemory(), domain.Time(0)
	s := &commands.Service{Ledger: l, Vault: newWords(), Now: func() time.Time { return now.Std() }}
	stands, head := map[domain.StreamID]uint64{}, uint64(0)
	whole, parts := 0, 0
	var file bytes.Buffer
	n := 0
	run := func() {
		lines, accepted, err := s.RunAtomic(context.Background(), bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		if accepted {
			whole++
		} else {
			parts++
			lines = s.RunLines(context.Background(), bytes.NewReader(file.Bytes()))
		}
		for _, err := range lines {
			require.NoError(t, err)
		}
		file.Reset()
		for _, r := range recordOf(l)[head:] {
			stands[r.Stream], head = r.Revision+1, r.Seq+1
		}
	}
	for line, err := range simulate.Lines(simulate.Options{Seed: 4, Countries: 2, Citizens: simulate.MinCitizens, Online: 3},
		func(id domain.StreamID) uint64 { return stands[id] }, func() uint64 { return head }) {
		require.NoError(t, err)
		said := map[string]any{"command": line.ID, "name": line.Name, "actor": line.Actor.String(), "content": line.Content}
		if line.Before != 0 {
			said["occurredAt"] = line.Before
		}
		text, err := json.Marshal(said)
		require.NoError(t, err)
		file.Write(append(text, '\n'))
		if now = max(now, line.At); n%40 == 39 {
			run()
		}
		n++
	}
	run()
	require.Greater(t, whole, 10)
	t.Logf("%d files as a whole, %d line by line, %d records", whole, parts, head)
	require.Empty(t, violations(t, recordOf(l), adjudicate.Options{}))
}
