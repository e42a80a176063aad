package simulate

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// TestErasedStaysErased: whatever somebody had erased of a synthetic edition does not come back when it is made again, not even for the time of the run.
func TestErasedStaysErased(t *testing.T) {
	t.Parallel()
	s := stores(t)
	o := Options{Seed: 1, Countries: 2, Citizens: MinCitizens}
	run(t, s, o)
	var places []vault.Place
	s.Now = time.Now
	for _, r := range records(t, s) {
		f, err := r.Decode()
		require.NoError(t, err)
		for field := range domain.Commitments(f.Event) {
			at := vault.Place{Event: f.ID, Field: field}
			if _, err := s.Vault.Open(t.Context(), at); err != nil || len(places) > 2 {
				continue
			}
			places = append(places, at)
			_, err = s.EraseWords(t.Context(), commands.By{Command: "erase " + at.Event.String() + field, Actor: coordinator}, commands.EraseWords{
				In: domain.Ref{Stream: f.Stream, Version: f.Revision + 1}, Field: field, RequestedAt: 1, LegalBasis: "request", By: "dpo",
			})
			require.NoError(t, err)
		}
	}
	require.NotEmpty(t, places)
	before := records(t, s)
	gone := func() {
		t.Helper()
		for _, at := range places {
			_, err := s.Vault.Open(t.Context(), at)
			require.ErrorIs(t, err, vault.ErrNotFound)
		}
	}
	gone()
	require.Zero(t, run(t, s, o).Written)
	gone()
	ctx, stop := context.WithCancel(t.Context())
	_, err := Run(ctx, s, o, func(done, _ int) {
		gone()
		if done > 1000 {
			stop()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	gone()
	require.Equal(t, before, records(t, s))
}

// TestNamesOfNobody: some participants leave a name and an address, and nobody can take them for a person's.
func TestNamesOfNobody(t *testing.T) {
	t.Parallel()
	s := stores(t)
	run(t, s, small)
	people, named, erased := 0, 0, 0
	for _, r := range records(t, s) {
		f, err := r.Decode()
		require.NoError(t, err)
		e, ok := f.Event.(domain.ParticipantRegistered)
		if !ok {
			continue
		}
		people++
		require.Equal(t, e.Name == domain.Commitment{}, e.Contact == domain.Commitment{})
		if (e.Name == domain.Commitment{}) {
			continue
		}
		named++
		for field, has := range map[string]func(string) bool{
			"name":    func(w string) bool { return strings.HasPrefix(w, "Synthetic Person ") },
			"contact": func(w string) bool { return strings.HasSuffix(w, "@synthetic.example") },
		} {
			switch o, err := s.Vault.Open(t.Context(), vault.Place{Event: f.ID, Field: field}); {
			case err == nil:
				require.True(t, has(string(o.Words)), "%s", o.Words)
				require.Equal(t, domain.CommitmentIn(e, field), o.Commitment())
			default:
				require.ErrorIs(t, err, vault.ErrNotFound)
				erased++
			}
		}
	}
	require.Greater(t, named, people/30)
	require.Less(t, named, people/4)
	require.Positive(t, erased, "somebody asked for it")
}
