package follow

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
)

// TestRestart: who comes back to a server that was started anew is told what changed while it was away and what the server does not remember, and nothing else. All who come back cost one look
// at the store for each view.
func TestRestart(t *testing.T) {
	t.Parallel()
	kept := &docs{}
	refs := func(from, to int) (all []projections.Ref) {
		for i := from; i < to; i++ {
			all = append(all, projections.Ref{View: "statement", Key: fmt.Sprintf("dl_%s/%04d", []string{"FR", "KE"}[i%2], i)})
		}
		return all
	}
	const many = 3*keptKeys + 7
	for i, ref := range refs(0, many) {
		kept.change(uint64(i)+1, ref)
	}
	kept.change(many, fr)
	kept.change(many-20, ke)
	m := beginWith(kept, many, nil)
	defer m.stop()
	m.settle()
	back := func(position int, f filter) (changed []projections.Ref, told string) {
		c := &listener{filter: f, copies: map[projections.Ref]int{}}
		first, _, leave, err := m.live.views.join(t.Context(), f, &id{uint64(position), f.mark()})
		require.NoError(t, err)
		defer leave()
		events, _ := parse(t, string(first))
		if len(events) == 0 {
			return nil, ""
		}
		require.Len(t, events, 1)
		require.Equal(t, uint64(many), events[0].data.Position)
		for _, r := range events[0].data.Changed {
			changed = append(changed, projections.Ref{View: r.View, Key: r.Key})
			require.True(t, r.Key == "" || c.letsThrough(changed[len(changed)-1]))
		}
		return changed, events[0].event
	}
	country, statements, ofKenya := filter{views: "country"}, filter{views: "statement"}, filter{views: "statement", country: "KE"}
	for range 5 {
		for _, c := range []struct {
			position int
			filter   filter
			want     []projections.Ref
		}{
			{many, country, nil},
			{many - 1, country, []projections.Ref{fr}},
			{many - 20, country, []projections.Ref{fr}},
			{many - 21, country, []projections.Ref{fr, ke}},
			{0, country, []projections.Ref{fr, ke}},
			{0, filter{views: "country", country: "KE"}, []projections.Ref{ke}},
			{many - 20, filter{views: "country", country: "KE"}, nil},
			{many - 20, filter{views: "country", key: "FR"}, []projections.Ref{fr}},
			{many - 20, filter{views: "country", key: "KE"}, nil},
			{many - 2, statements, []projections.Ref{refs(many-1, many)[0], refs(many-2, many)[0]}},
			{many - 2, ofKenya, refs(many-2, many-1)},
			{many - 200, statements, []projections.Ref{{View: "statement"}}}, // more than are told one by one
			{1, statements, []projections.Ref{{View: "statement"}}},          // more than are kept
			{1, ofKenya, []projections.Ref{{View: "statement"}}},
			{1, filter{views: "statement", key: "dl_KE/0003"}, refs(3, 4)}, // and yet this one is known
			{4, filter{views: "statement", key: "dl_KE/0003"}, nil},
			{1, filter{views: "statement", key: "dl_KE/0003", country: "FR"}, nil},
			{1, filter{views: "statement", key: "dl_KE/none"}, nil},
			{many - 21, filter{views: "country statement"}, []projections.Ref{fr, ke, refs(many-1, many)[0]}},
		} {
			changed, told := back(c.position, c.filter)
			if c.want == nil {
				require.Empty(t, told, "%d %+v", c.position, c.filter)
				continue
			}
			require.Equal(t, eventChanged, told, "%d %+v", c.position, c.filter)
			if len(c.filter.names()) == 1 {
				require.Equal(t, c.want, changed, "%d %+v", c.position, c.filter)
			}
			require.Subset(t, changed, c.want)
		}
	}
	m.docs.mu.Lock()
	require.Equal(t, 2, kept.asked)
	m.docs.mu.Unlock()
	m.live.views.mu.Lock()
	require.LessOrEqual(t, m.live.views.journal.views["statement"].changes.Len(), keptKeys)
	m.live.views.mu.Unlock()
}
