package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"daybook.internal/ledger"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

func testCursor(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("a stale commit changes nothing", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 5, docs(v1, "a")...)
		b.serve(v1)
		kept := docs(v1, "a")[0]
		for name, from := range map[string]ledger.Cursor{
			"the beginning":      {},
			"an earlier place":   at(4),
			"a later place":      at(6),
			"another token":      {Seq: 5, Token: "other"},
			"no token":           {Seq: 5},
			"the token of zero ": {Token: at(5).Token},
		} {
			err := b.Commit(t.Context(), v1, from, at(9), []readstore.Doc{doc(v1, "a", 9, "stale"), doc(v1, "b", 9, "stale")})
			require.ErrorIs(t, err, readstore.ErrStale, name)
			b.requireGet(v1.View, "a", &kept)
			b.requireGet(v1.View, "b", nil)
			b.requireBuild(v1, 5, nil)
			b.requireServed(v1.View, 1, 5)
		}
	})
	t.Run("a build that nobody has begun is at the beginning", func(t *testing.T) {
		b := open(t)
		b.requireBuild(v1, 0, nil)
		require.ErrorIs(t, b.Commit(t.Context(), v1, at(3), at(4), docs(v1, "a")), readstore.ErrStale)
		b.requireBuild(v1, 0, map[string]string{"a": ""})
	})
	t.Run("of concurrent committers exactly one wins", func(t *testing.T) {
		b := open(t)
		const committers, rounds = 8, 10
		for round := range uint64(rounds) {
			errs := make([]error, committers)
			var wg sync.WaitGroup
			for i := range committers {
				wg.Go(func() {
					who := fmt.Sprint(i)
					errs[i] = b.Commit(t.Context(), v1, at(round), at(round+1), []readstore.Doc{doc(v1, "one", round, who), doc(v1, "two", round, who)})
				})
			}
			wg.Wait()
			winner := -1
			for i, err := range errs {
				if err == nil {
					require.Equal(t, -1, winner, "two have won")
					winner = i
				} else {
					require.True(t, errors.Is(err, readstore.ErrStale), "%v", err)
				}
			}
			who := fmt.Sprint(winner)
			b.requireBuild(v1, round+1, map[string]string{"one": who, "two": who})
		}
	})
	t.Run("documents and cursor are seen together", func(t *testing.T) {
		b := open(t)
		b.serve(v1)
		const commits = 50
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range uint64(commits) {
				if err := b.Commit(t.Context(), v1, at(i), at(i+1), []readstore.Doc{doc(v1, "a", i+1, fmt.Sprint(i+1)), doc(v1, "b", i+1, fmt.Sprint(i+1))}); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for seen := uint64(0); seen < commits && !t.Failed(); {
			_, before, _, err := b.Served(t.Context(), v1.View)
			require.NoError(t, err)
			both := b.list(t.Context(), v1.View, "", 0)
			_, after, _, err := b.Served(t.Context(), v1.View)
			require.NoError(t, err)
			if len(both) == 0 {
				require.Zero(t, before)
				continue
			}
			require.Len(t, both, 2)
			require.Equal(t, both[0].At, both[1].At, "a list is of one moment")
			require.LessOrEqual(t, before.Seq, both[0].At)
			require.LessOrEqual(t, both[0].At, after.Seq)
			seen = after.Seq
		}
		wg.Wait()
	})
}
