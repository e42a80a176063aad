package commands_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// Links of statements never come back to where they began, however many statements lie between.
func TestLinksHaveNoCycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("react") // statement 2 is linked to statement 1
	post := func(id int) {
		w.must("post-statement", fmt.Sprint("post", id), fmt.Sprintf(`{"conversation":"dl_1","statement":"%d","kind":"statement","text":"One more.","lang":"en","author":"p1"}`, id))
	}
	link := func(key string, from, to int) error {
		_, err := w.run("link-statement", key, fmt.Sprintf(`{"conversation":"dl_1","statement":"%d","relation":"duplicateOf","target":"%d","by":"mod"}`, from, to))
		return err
	}
	for id := 3; id <= 6; id++ {
		post(id)
		require.NoError(t, link(fmt.Sprint("link", id), id, id-1))
	}
	for from := 1; from <= 5; from++ {
		for to := from + 1; to <= 6; to++ {
			at := len(w.records())
			require.ErrorIs(t, link(fmt.Sprint("back", from, to), from, to), domain.ErrCycle, "%d to %d", from, to)
			require.Len(t, w.records(), at)
		}
	}
	require.NoError(t, link("two ways", 6, 1), "two ways to one place are no cycle")
	last := w.records()[len(w.records())-1]
	f, err := last.Decode()
	require.NoError(t, err)
	require.Len(t, f.Meta.Observed, 2, "the dialogue and the target, which leads nowhere")
}
