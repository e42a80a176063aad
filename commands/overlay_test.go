package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/vault"
)

// An overlay keeps every promise of a ledger, above one that has to be read through to know its end and above one that tells it.
func TestOverlayIsALedger(t *testing.T) {
	t.Parallel()
	t.Run("above a ledger", func(t *testing.T) {
		ledgertest.Run(t, func(t *testing.T) ledger.Ledger { return overlay(t, ledgertest.NewMemory()) })
	})
	t.Run("above an overlay", func(t *testing.T) {
		ledgertest.Run(t, func(t *testing.T) ledger.Ledger { return overlay(t, overlay(t, ledgertest.NewMemory())) })
	})
}

func overlay(t requirer, below ledger.Ledger) ledger.Ledger {
	t.Helper()
	o, err := commands.NewOverlay(context.Background(), below)
	require.NoError(t, err)
	return o
}

// What was appended partly below and partly above reads like what was appended to one ledger, answers included; below, nothing changes, and what
// others append there later does not show.
func TestOverlayReadsLikeOneLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		below, whole := ledgertest.NewMemory(), ledgertest.NewMemory()
		var above ledger.Ledger
		appendBoth := func(l ledger.Ledger) {
			stream := domain.StreamID(rapid.SampledFrom([]string{"test-a", "test-b", "test-c"}).Draw(t, "stream"))
			version := rapid.Uint64Range(0, 4).Draw(t, "version")
			drafts := ledgertest.Drafts(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "command"), rapid.IntRange(1, 3).Draw(t, "drafts"))
			want, wantErr := whole.Append(context.Background(), stream, version, drafts...)
			seq, err := l.Append(context.Background(), stream, version, drafts...)
			require.Equal(t, want, seq)
			require.Equal(t, wantErr, err)
		}
		for range rapid.IntRange(0, 8).Draw(t, "below") {
			appendBoth(below)
		}
		above = overlay(t, below)
		base := entries(t, below, 0)
		if rapid.Bool().Draw(t, "somebody goes on below") {
			_, err := below.Append(context.Background(), "test-d", 0, ledgertest.Draft("late", 0))
			require.NoError(t, err)
			n := uint64(len(stream(t, below, "test-a")))
			_, err = below.Append(context.Background(), "test-a", n, ledgertest.Draft("late", 1))
			require.NoError(t, err)
			base = entries(t, below, 0)
		}
		for range rapid.IntRange(0, 8).Draw(t, "above") {
			appendBoth(above)
		}
		all := entries(t, whole, 0)
		for from := range len(all) + 1 {
			require.Equal(t, all[from:], entries(t, above, uint64(from)))
		}
		for _, err := range above.All(context.Background(), ledger.Cursor{Seq: uint64(len(all)) + 1}) {
			require.ErrorIs(t, err, ledger.ErrCursor)
		}
		for _, s := range []domain.StreamID{"test-a", "test-b", "test-c", "test-d"} {
			require.Equal(t, stream(t, whole, s), stream(t, above, s))
		}
		head, err := above.(ledger.Header).Head(context.Background())
		require.NoError(t, err)
		require.EqualValues(t, len(all), head)
		require.Equal(t, base, entries(t, below, 0), "nothing reaches the ledger below")
	})
}

func entries(t requirer, l ledger.Reader, from uint64) []domain.Record {
	t.Helper()
	all := []domain.Record{}
	for e, err := range l.All(context.Background(), ledger.Cursor{Seq: from}) {
		require.NoError(t, err)
		all = append(all, e.Record)
	}
	return all
}

func stream(t requirer, l ledger.Reader, id domain.StreamID) (all []domain.Record) {
	t.Helper()
	for r, err := range l.Stream(context.Background(), id, 0) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// A fault below is a fault above, wherever it shows.
func TestOverlayAboveAFault(t *testing.T) {
	t.Parallel()
	done, cancel := context.WithCancel(context.Background())
	cancel()
	memory := ledgertest.NewMemory()
	_, err := memory.Append(context.Background(), "test-a", 0, ledgertest.Draft("x", 0))
	require.NoError(t, err)
	_, err = commands.NewOverlay(done, memory)
	require.ErrorIs(t, err, context.Canceled)
	above := overlay(t, memory)
	for _, err := range above.Stream(done, "test-a", 0) {
		require.ErrorIs(t, err, context.Canceled)
	}
	for _, err := range above.All(done, ledger.Cursor{}) {
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err = above.Append(done, "test-a", 1, ledgertest.Draft("x", 1))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, entries(t, above, 0), 1)
}

// What is erased above is gone above, and stands below.
func TestOverlayVaultErases(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	at := func(n int) vault.Words {
		return vault.Words{Place: vault.Place{Event: domain.NewEventID("c", "test-v", n), Field: "text"}, Subject: "test-v", Words: []byte("words")}
	}
	below := &memoryVault{kept: map[vault.Place]vault.Opening{}}
	old, err := below.Seal(ctx, at(0))
	require.NoError(t, err)
	v := commands.NewOverlayVault(below)
	_, err = v.Seal(ctx, at(1))
	require.NoError(t, err)
	done, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, v.Erase(done, at(0).Place), context.Canceled)
	_, err = v.Open(ctx, at(0).Place)
	require.NoError(t, err)
	require.NoError(t, v.Erase(ctx, at(0).Place, at(1).Place, at(2).Place))
	for n := range 3 {
		_, err = v.Open(ctx, at(n).Place)
		require.ErrorIs(t, err, vault.ErrNotFound)
	}
	_, err = below.Open(ctx, at(0).Place)
	require.NoError(t, err, "the vault below is only ever read")
	again, err := v.Seal(ctx, at(0))
	require.NoError(t, err)
	require.NotEqual(t, old, again, "under another salt")
	_, err = v.Open(ctx, at(0).Place)
	require.NoError(t, err)
}

func TestOverlayVault(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	place := func(n int) vault.Place {
		return vault.Place{Event: domain.NewEventID("c", "test-v", n), Field: "text"}
	}
	words := func(n int, text string) vault.Words {
		return vault.Words{Place: place(n), Subject: "test-v", Words: []byte(text)}
	}
	below := &memoryVault{kept: map[vault.Place]vault.Opening{}}
	old, err := below.Seal(ctx, words(0, "old"))
	require.NoError(t, err)
	v := commands.NewOverlayVault(below)

	w := words(1, "new")
	c, err := v.Seal(ctx, words(0, "old"), w, words(1, "new"))
	require.NoError(t, err)
	require.Equal(t, old[0], c[0], "what is sealed below keeps its salt")
	require.Equal(t, c[1], c[2])
	copy(w.Words, "XXX")
	for range 2 {
		o, err := v.Open(ctx, place(1))
		require.NoError(t, err)
		require.Equal(t, "new", string(o.Words))
		require.Equal(t, c[1], o.Commitment())
		copy(o.Words, "XXX")
	}
	again, err := v.Seal(ctx, words(1, "new"))
	require.NoError(t, err)
	require.Equal(t, c[1:2], again)
	o, err := v.Open(ctx, place(0))
	require.NoError(t, err)
	require.Equal(t, "old", string(o.Words))

	for _, other := range []vault.Words{words(0, "my neighbour"), words(1, "my neighbour")} {
		_, err = v.Seal(ctx, words(2, "two"), other)
		require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
		require.NotContains(t, err.Error(), "neighbour", "the error does not repeat words")
		_, err = v.Open(ctx, place(2))
		require.ErrorIs(t, err, vault.ErrNotFound, "all or none")
	}
	_, err = v.Seal(ctx, words(3, "three"), words(3, "not three"))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
	_, err = v.Open(ctx, place(3))
	require.ErrorIs(t, err, vault.ErrNotFound)

	salts := map[domain.Salt]bool{{}: true}
	for n := 10; n < 30; n++ {
		_, err := v.Seal(ctx, words(n, "the same"))
		require.NoError(t, err)
		o, err := v.Open(ctx, place(n))
		require.NoError(t, err)
		require.False(t, salts[o.Salt], fmt.Sprint("salt ", n))
		salts[o.Salt] = true
	}
	require.NoError(t, v.Close())
	require.Len(t, below.kept, 1, "nothing reaches the vault below")
	require.True(t, bytes.Equal([]byte("old"), below.kept[place(0)].Words))

	_, err = commands.NewOverlayVault(broken{below}).Seal(ctx, words(4, "four"))
	require.ErrorIs(t, err, errFault)
}

// broken is a vault that cannot be read.
type broken struct{ vault.Vault }

func (broken) Open(context.Context, vault.Place) (vault.Opening, error) {
	return vault.Opening{}, errFault
}
