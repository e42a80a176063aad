package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// small is an edition in which everything happens that can happen.
var small = Options{Seed: 1, Countries: 6, Citizens: 20, Online: 8}

func TestTwiceTheSame(t *testing.T) {
	t.Parallel()
	a, b := stores(t), stores(t)
	r := run(t, a, small)
	require.Equal(t, r, run(t, b, small))
	require.Equal(t, r.Events, r.Written)
	first := records(t, a)
	require.Equal(t, first, records(t, b), "every byte of every record")
	require.Len(t, first, r.Events)
	require.Equal(t, openings(t, a, first), openings(t, b, first), "and of every opening")

	again := run(t, a, small)
	require.Zero(t, again.Written)
	require.Equal(t, r.Types, again.Types)
	require.Equal(t, first, records(t, a), "once more changes nothing")
	require.Equal(t, openings(t, b, first), openings(t, a, first), "what was erased stays erased")

	for _, other := range []Options{{Seed: 2, Countries: 6, Citizens: 20, Online: 8}, {Seed: 1, Countries: 5, Citizens: 20, Online: 8}, {Seed: 1, Countries: 6, Citizens: 21, Online: 8}, {Seed: 1, Countries: 6, Citizens: 20, Online: 9}} {
		_, err := Run(t.Context(), a, other, func(int, int) {})
		require.ErrorIs(t, err, ErrOther, other)
	}
	require.Equal(t, first, records(t, a))
}

func TestOtherSeed(t *testing.T) {
	t.Parallel()
	least := Options{Countries: 2, Citizens: MinCitizens}
	seen := map[string]bool{} // votes of people; tables may well agree on the same in every world
	for seed := range uint64(3) {
		s := stores(t)
		least.Seed = seed
		run(t, s, least)
		for _, r := range records(t, s) {
			if f, err := r.Decode(); r.Type == domain.TypeOf(domain.BallotCast{}) {
				require.NoError(t, err)
				b := f.Event.(domain.BallotCast)
				require.False(t, seen[string(r.Data)], "%s of seed %d", r.ID, seed)
				seen[string(r.Data)] = b.Pseudonym != domain.TablePseudonym(b.Table)
			}
		}
	}
}

// TestInterrupted cuts a run off in its middle; run again, it comes to the same ledger.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	whole, cut := stores(t), stores(t)
	run(t, whole, small)
	want := records(t, whole)
	for _, at := range []int{2000, 4500, 6500} {
		ctx, stop := context.WithCancel(t.Context())
		_, err := Run(ctx, cut, small, func(done, _ int) {
			if done > at {
				stop()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		stop()
		have := records(t, cut)
		require.Less(t, len(have), len(want))
		require.True(t, slices.EqualFunc(want[:len(have)], have, func(a, b domain.Record) bool {
			return a.ID == b.ID && bytes.Equal(a.Data, b.Data) && bytes.Equal(a.Meta, b.Meta)
		}))
	}
	r := run(t, cut, small)
	require.Less(t, r.Written, r.Events)
	require.Equal(t, want, records(t, cut))
}

// TestBesides has the edition stand behind another one in the same ledger.
func TestBesides(t *testing.T) {
	t.Parallel()
	s := stores(t)
	s.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	other := domain.EditionOpened{
		Edition: "ed_other", Title: domain.In("en", "other"), Mandate: domain.In("en", "other"), Languages: []domain.Lang{"en"}, Coordinator: "pt_other", DecisionOwners: []string{},
	}
	_, err := s.OpenEdition(t.Context(), commands.By{Command: "c1", Actor: coordinator}, other)
	require.NoError(t, err)
	r := run(t, s, least)
	other.Edition = "ed_third"
	_, err = s.OpenEdition(t.Context(), commands.By{Command: "c2", Actor: coordinator}, other)
	require.NoError(t, err)
	require.Zero(t, run(t, s, least).Written)
	require.Len(t, records(t, s), r.Events+2)
}

// TestForeign has somebody write into the edition: it cannot be made again over that.
func TestForeign(t *testing.T) {
	t.Parallel()
	s := stores(t)
	ctx, stop := context.WithCancel(t.Context())
	_, err := Run(ctx, s, least, func(int, int) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	s.Now = time.Now
	_, err = s.OpenEdition(t.Context(), commands.By{Command: "c1", Actor: coordinator}, opening(least))
	require.NoError(t, err)
	topic := domain.TopicAdded{Edition: edition, Topic: "tp_mine", Label: domain.In("en", "mine"), Scope: domain.GlobalScope}
	_, err = s.AddTopic(t.Context(), commands.By{Command: "c2", Actor: coordinator}, topic)
	require.NoError(t, err)
	_, err = Run(t.Context(), s, least, func(int, int) {})
	require.ErrorIs(t, err, ledger.ErrConflict)
}

// TestEverythingHappens: every command is used and every event written, but for what an import brings. Draws of whole walks are in an edition of their own.
func TestEverythingHappens(t *testing.T) {
	t.Parallel()
	walks := Options{Seed: 1, Countries: 2, Citizens: MinCitizens, Walks: true}
	happened := map[string]int{}
	for _, o := range []Options{small, walks} {
		for e, n := range run(t, stores(t), o).Types {
			happened[e] += n
		}
	}
	golden, err := filepath.Glob("../domain/testdata/events/*.json") // there is one of every event
	require.NoError(t, err)
	require.Greater(t, len(golden), 59)
	missing := []string{}
	for _, file := range golden {
		if e := strings.TrimSuffix(filepath.Base(file), ".json"); !strings.HasSuffix(e, ".least") && happened[e] == 0 {
			missing = append(missing, e)
		}
	}
	require.Equal(t, []string{domain.TypeOf(domain.ImportRecorded{})}, missing)
	used := map[string]bool{}
	for _, o := range []Options{small, walks} {
		for l, err := range lines(o, nowhere{}) {
			require.NoError(t, err)
			used[l.Name] = true
		}
	}
	for _, c := range commands.All() {
		require.True(t, used[c.Name], c.Name)
		delete(used, c.Name)
	}
	require.Empty(t, used)
}

// TestByJSON sends every line as a client would: the record is the same.
func TestByJSON(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 3, Countries: 2, Citizens: MinCitizens, Online: 2}
	direct, sent := stores(t), stores(t)
	run(t, direct, o)
	v := newStagingVault(sent.Vault.(keeper), o.Seed, &domain.Erased{})
	above, err := newStaging(t.Context(), sent.Ledger, v, 0)
	require.NoError(t, err)
	var now domain.Time
	s := &commands.Service{Ledger: above, Vault: v, Now: func() time.Time { return now.Std() }}
	for l, err := range lines(o, above) {
		require.NoError(t, err)
		content, err := json.Marshal(l.Content)
		require.NoError(t, err)
		c, ok := commands.ByName(l.Name)
		require.True(t, ok)
		now = l.At
		_, err = c.Run(t.Context(), s, commands.By{Command: l.ID, Actor: l.Actor, OccurredAt: l.Before}, content)
		require.NoError(t, err, "%s: %s", l.ID, content)
		require.NoError(t, above.commitViews(t.Context(), s, l))
	}
	require.NoError(t, above.flush(t.Context()))
	require.Equal(t, records(t, direct), records(t, sent))
}

// TestIDs: no two lines have one id, and nothing is recorded before what comes before it.
func TestIDs(t *testing.T) {
	t.Parallel()
	seen, last := map[string]bool{}, domain.Time(0)
	for l, err := range lines(small, new(rising)) {
		require.NoError(t, err)
		require.False(t, seen[l.ID], l.ID)
		seen[l.ID] = true
		require.Less(t, last, l.At, l.ID)
		last = l.At
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	require.NoError(t, Options{1, 2, MinCitizens, 0, false}.Check())
	require.NoError(t, Options{1, MaxCountries, MaxCitizens, MaxOnline, false}.Check())
	for _, o := range []Options{{1, 1, 50, 0, false}, {1, MaxCountries + 1, 50, 0, false}, {1, 2, MinCitizens - 1, 0, false}, {1, 2, MaxCitizens + 1, 0, false}, {1, 2, 50, -1, false}, {1, 2, 50, MaxOnline + 1, false}} {
		require.Error(t, o.Check(), o)
		_, err := Run(t.Context(), &commands.Service{}, o, nil)
		require.Error(t, err)
	}
	require.Len(t, countries, MaxCountries)
	_, err := Run(t.Context(), &commands.Service{Vault: plain{}}, small, nil)
	require.ErrorContains(t, err, "does not take openings")
}

// TestExpected holds the formula of the size against what happens.
func TestExpected(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{1, 2, 10, 0, false}, {2, 3, 20, 10, false}, {1, 6, 50, 0, false}, {1, 12, 60, 300, false}, {1, 24, 30, 0, false}, {1, 72, 20, 5, false}, {1, 3, 300, 20, false}} {
		requireNear(t, o, o.Expected())
	}
	for countries, events := range map[int]int{2: 5000, 6: 100_000, 72: 70_000} {
		o, err := Sized(1, countries, events)
		require.NoError(t, err)
		requireNear(t, o, events)
	}
	_, err := Sized(1, 72, 5000)
	require.ErrorContains(t, err, "fewer countries")
	_, err = Sized(1, 1, 5000)
	require.Error(t, err)
	o, err := Sized(1, 72, 1_000_000)
	require.NoError(t, err)
	require.InDelta(t, 1_000_000, o.Expected(), 20_000)
}

func requireNear(t *testing.T, o Options, want int) {
	t.Helper()
	n := 0
	for range lines(o, nowhere{}) {
		n++
	}
	require.InEpsilon(t, want, n, 0.05, "%+v", o)
}

// records is everything a ledger holds.
func records(t testing.TB, s *commands.Service) (all []domain.Record) {
	t.Helper()
	for e, err := range s.Ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		all = append(all, e.Record)
	}
	return all
}

// openings are the words of registrations, empty where there are none, or no more.
func openings(t testing.TB, s *commands.Service, all []domain.Record) (words []string) {
	t.Helper()
	for _, r := range all {
		if r.Type != domain.TypeOf(domain.ParticipantRegistered{}) {
			continue
		}
		o, err := s.Vault.Open(t.Context(), vault.Place{Event: r.ID, Field: "strata"})
		if !errors.Is(err, vault.ErrNotFound) {
			require.NoError(t, err)
		}
		words = append(words, string(o.Words))
	}
	require.True(t, slices.Contains(words, ""), "somebody is erased, or had no strata")
	return words
}
