package simulate

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// requireTrueRoots folds the record from its beginning: all commitments to the views hold. It gives how many there are.
func requireTrueRoots(t *testing.T, s *commands.Service) uint64 {
	t.Helper()
	report, err := replay.Run(t.Context(), replay.Records(t.Context(), s.Ledger), replay.Served{}, replay.Head, nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Zero(t, report.Uncompared)
	return report.Commitments
}

// commitNow has somebody else commit to the views of everything that is there.
func commitNow(t *testing.T, s *commands.Service) {
	t.Helper()
	s.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	fold := viewroots.NewFold(projections.All())
	for _, r := range records(t, s) {
		f, err := r.Decode()
		require.NoError(t, err)
		require.NoError(t, fold.Apply(f))
	}
	last, err := s.LastCommitment(t.Context())
	require.NoError(t, err)
	_, err = s.CommitViews(t.Context(), *fold.Commitment(last))
	require.NoError(t, err)
}

func openOther(t *testing.T, s *commands.Service, id domain.EditionID) {
	t.Helper()
	s.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	_, err := s.OpenEdition(t.Context(), commands.By{Command: "open-" + string(id), Actor: coordinator}, domain.EditionOpened{
		Edition: id, Title: domain.In("en", "other"), Mandate: domain.In("en", "other"), Languages: []domain.Lang{"en"}, Coordinator: "pt_other", DecisionOwners: []string{},
	})
	require.NoError(t, err)
}

// runUntil runs an edition and cuts it off.
func runUntil(t *testing.T, s *commands.Service, o Options, at int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := Run(ctx, s, o, func(done, _ int) {
		if done > at {
			stop()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}

var least = Options{Seed: 1, Countries: 2, Citizens: MinCitizens}

func TestViewsAreCommitted(t *testing.T) {
	t.Parallel()
	s := stores(t)
	r := run(t, s, least)
	n := requireTrueRoots(t, s)
	require.EqualValues(t, r.Types["milestone-reached.v1"]+r.Types["dialogue-certified.v1"], n)
	require.EqualValues(t, n, r.Types["views-committed.v1"])
	all := records(t, s)
	for i, rec := range all {
		if rec.Type != "views-committed.v1" {
			continue
		}
		f, err := rec.Decode()
		require.NoError(t, err)
		before, err := all[i-1].Decode()
		require.NoError(t, err)
		require.Equal(t, before.Meta.Time, f.Meta.Time)
		require.EqualValues(t, i, f.Event.(domain.ViewsCommitted).Size)
		require.Contains(t, []string{"milestone-reached.v1", "dialogue-certified.v1"}, all[i-1].Type)
	}
}

// TestViewsOfAllEditions: what other editions have in the same ledger is committed to as well.
func TestViewsOfAllEditions(t *testing.T) {
	t.Parallel()
	s := stores(t)
	openOther(t, s, "ed_other")
	commitNow(t, s)
	r := run(t, s, least)
	n := requireTrueRoots(t, s)
	require.EqualValues(t, n, r.Types["views-committed.v1"]+1, "and that of the other edition")
	openOther(t, s, "ed_third")
	commitNow(t, s)
	require.Zero(t, run(t, s, least).Written, "what follows is nobody's business here")
	require.Equal(t, n+1, requireTrueRoots(t, s))
}

// TestCommittedInBetween: a run is cut off, somebody commits to what there is, and the run goes on: with the commitment in its place.
func TestCommittedInBetween(t *testing.T) {
	t.Parallel()
	s := stores(t)
	for i, at := range []int{400, 700, 1100} {
		runUntil(t, s, least, at)
		if i != 1 {
			commitNow(t, s)
		}
	}
	r := run(t, s, least)
	require.Less(t, r.Written, r.Events)
	require.EqualValues(t, r.Types["views-committed.v1"], requireTrueRoots(t, s))
	require.Len(t, records(t, s), r.Events)
	again := run(t, s, least)
	require.Zero(t, again.Written)
	require.Equal(t, r.Types, again.Types)
}

// TestWrittenInBetween: a run is cut off, and another edition stands in its middle. Positions are others then; no false root is committed to.
func TestWrittenInBetween(t *testing.T) {
	t.Parallel()
	s := stores(t)
	runUntil(t, s, least, 700)
	have := len(records(t, s))
	require.Positive(t, have)
	openOther(t, s, "ed_other")
	run(t, s, least)
	require.Greater(t, len(records(t, s)), have+1)
	requireTrueRoots(t, s)
}
