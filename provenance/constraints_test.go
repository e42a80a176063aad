package provenance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
)

// holds checks what PROV-CONSTRAINTS asks for, as far as these graphs can break it: what is named is there and of its kind, an entity is made once, everything is made
// before it is used and within what made it, and nothing comes from itself.
func holds(t *testing.T, g *provenance.Graph) {
	t.Helper()
	entities, activities, agents := map[provenance.ID]domain.Time{}, map[provenance.ID]provenance.Activity{}, map[provenance.ID]bool{}
	for _, n := range g.Entities {
		require.NotContains(t, entities, n.ID)
		entities[n.ID] = n.At
	}
	for _, a := range g.Activities {
		require.NotContains(t, activities, a.ID)
		require.NotContains(t, entities, a.ID, "entities and activities are disjoint")
		activities[a.ID] = a
		if a.Started != 0 && a.Ended != 0 {
			require.LessOrEqual(t, a.Started, a.Ended, "%s ends before it starts", a.ID)
		}
	}
	for _, n := range g.Agents {
		require.NotContains(t, agents, n.ID)
		require.NotContains(t, entities, n.ID)
		require.NotContains(t, activities, n.ID)
		agents[n.ID] = true
	}
	made := map[provenance.ID]provenance.ID{}
	for _, r := range g.Generations {
		require.Contains(t, entities, r.Entity)
		require.Contains(t, activities, r.Activity)
		require.NotContains(t, made, r.Entity, "unique-generation")
		made[r.Entity] = r.Activity
		if a := activities[r.Activity]; r.At != 0 {
			require.LessOrEqual(t, a.Started, r.At, "%s is made before %s starts", r.Entity, r.Activity)
			if a.Ended != 0 {
				require.LessOrEqual(t, r.At, a.Ended, "%s is made after %s ends", r.Entity, r.Activity)
			}
		}
	}
	for _, r := range g.Usages {
		require.Contains(t, entities, r.Entity)
		require.Contains(t, activities, r.Activity)
		if a := activities[r.Activity]; a.Ended != 0 {
			require.LessOrEqual(t, entities[r.Entity], a.Ended, "%s looked at %s before it was there", r.Activity, r.Entity)
		}
	}
	from := map[provenance.ID][]provenance.ID{}
	for _, d := range g.Derivations {
		require.Contains(t, entities, d.Generated)
		require.Contains(t, entities, d.Used)
		require.Equal(t, made[d.Generated], d.Activity)
		require.LessOrEqual(t, entities[d.Used], entities[d.Generated], "%s comes from %s, which was not yet there", d.Generated, d.Used)
		from[d.Generated] = append(from[d.Generated], d.Used)
	}
	state := map[provenance.ID]int{}
	var walk func(id provenance.ID)
	walk = func(id provenance.ID) {
		require.NotEqual(t, 1, state[id], "%s comes from itself", id)
		if state[id] == 0 {
			state[id] = 1
			for _, of := range from[id] {
				walk(of)
			}
			state[id] = 2
		}
	}
	for id := range entities {
		walk(id)
	}
	for _, r := range g.Associations {
		require.Contains(t, activities, r.Activity)
		require.Contains(t, agents, r.Agent)
		if r.Plan != "" {
			require.Contains(t, entities, r.Plan)
		}
	}
	for _, r := range g.Attributions {
		require.Contains(t, entities, r.Entity)
		require.Contains(t, agents, r.Agent)
	}
	for _, r := range g.Delegations {
		require.Contains(t, agents, r.Delegate)
		require.Contains(t, agents, r.Responsible)
	}
}
