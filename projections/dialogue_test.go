package projections

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// Words that were erased are counted in the dialogue in which they were said, and nothing else in any document changes with them.
func TestErasedWordsAreCounted(t *testing.T) {
	t.Parallel()
	erased := 0
	checkUntil(t, func() bool { return erased > 1 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "talk").facts()
		want := map[domain.DialogueID]int{}
		var before []domain.Fact
		for _, f := range facts {
			if _, gone := f.Event.(domain.WordsErased); gone {
				want[f.Meta.Dialogue]++
				erased++
				continue
			}
			before = append(before, f)
		}
		without := whole(t, All(), before)
		for ref, doc := range whole(t, All(), facts) {
			if ref.View != Dialogue.Name {
				require.Equal(t, string(without[ref].Data), string(doc.Data), ref)
				continue
			}
			var d, then DialogueDoc
			require.NoError(t, json.Unmarshal(doc.Data, &d))
			require.NoError(t, json.Unmarshal(without[ref].Data, &then))
			require.Equal(t, want[d.Dialogue], d.WordsErased)
			then.WordsErased = d.WordsErased
			require.Equal(t, then, d)
		}
	})
	require.Greater(t, erased, 1)
}
