package report

import (
	"fmt"
	"slices"

	"strings"

	"daybook.internal/domain"
)

// protocol is every parameter that was frozen.
func (b *builder) protocol() error {
	b.section("protocol", "Parameters")
	p := b.Record.protocol
	if p == nil {
		b.say("No protocol is frozen: figures rest on the defaults.")
		return nil
	}
	b.say(fmt.Sprintf("The protocol was frozen with record %d, as protocol-frozen. Everything in it stands here.", b.Record.frozen))
	t := Table{Head: []string{"parameter", "value"}}
	add := func(name string, value any) { t.Rows = append(t.Rows, words(name, fmt.Sprint(value))) }
	add("version of the method", p.MethodVersion)
	add("analysis plan, SHA-256", p.AnalysisPlan.Digest)
	if p.AnalysisPlan.URI != "" {
		add("analysis plan", p.AnalysisPlan.URI)
	}
	if p.PlanArtefact.ID != "" {
		add("analysis plan, artefact", fmt.Sprintf("%s, version %d", p.PlanArtefact.ID, p.PlanArtefact.Version))
	}
	add("coding plan, SHA-256", p.CodingPlan.Digest)
	add("weightings", strings.Join(p.Weighting.Schemes, ", "))
	add("population table, SHA-256", p.Weighting.PopulationTable)
	add("least base that is shown", p.Suppression.MinBase)
	add("least cell that is shown", p.Suppression.MinCell)
	add("scoring of rankings", p.RankScoring)
	add("opinion groups", strings.TrimSpace(p.OpinionAlgorithm.Name+" "+p.OpinionAlgorithm.Version+" "+pairs(p.OpinionAlgorithm.Params)))
	add("committee's quorum", p.ReviewQuorum)
	b.measures(p.Measures, add)
	b.table(t, "")
	b.thresholds(p)
	if p.Measures != nil && len(p.Measures.Population) > 0 {
		b.sub("population", "Population table")
		people := Table{Head: []string{"place", "#people"}}
		for _, place := range keys(p.Measures.Population) {
			people.Rows = append(people.Rows, words(string(place), count(int(p.Measures.Population[place]))))
		}
		b.table(people, "")
	}
	return nil
}

func (b *builder) measures(m *domain.MeasurePlan, add func(string, any)) {
	if m == nil {
		add("parameters of the measures", "none")
		return
	}
	add("people alive", count(int(m.World)))
	for _, dim := range keys(m.Profile) {
		add("question for the dimension "+dim, m.Profile[dim])
	}
	for _, dim := range keys(m.Merge) {
		add("strata of "+dim+" that are merged where nobody is of them", pairs(m.Merge[dim]))
	}
	for _, id := range keys(m.Correct) {
		add("right answer to "+string(id), m.Correct[id])
	}
	ids := make([]string, len(m.Considerations))
	for i, id := range m.Considerations {
		ids[i] = string(id)
	}
	if len(ids) > 0 {
		add("considerations", strings.Join(ids, ", "))
	}
	if m.Preferences != "" {
		add("preferences", m.Preferences)
	}
	add("seed", m.Seed)
	add("permutations", m.Permutations)
	add("bootstraps", m.Bootstraps)
}

func (b *builder) thresholds(p *domain.ProtocolFrozen) {
	b.sub("thresholds", "Thresholds")
	t := Table{Head: []string{"threshold", "of what", "#value", "set by"}}
	known := map[string]bool{}
	for _, i := range domain.Indicators() {
		known[i.Key] = true
		value, _ := p.Threshold(i.Key)
		sign, by := "≥ ", "default"
		if i.Most {
			sign = "≤ "
		}
		if _, own := p.Thresholds[i.Key]; own {
			by = "protocol"
		}
		t.Rows = append(t.Rows, words(i.Key, i.About, sign+value.String(), by))
	}
	for _, name := range keys(p.Thresholds) {
		if !known[name] {
			t.Rows = append(t.Rows, words(name, "a rule of the record", p.Thresholds[name].String(), "protocol"))
		}
	}
	b.table(t, "")
}

// pairs are the members of a map in order.
func pairs(m map[string]string) string {
	all := make([]string, 0, len(m))
	for _, k := range keys(m) {
		all = append(all, k+": "+m[k])
	}
	return strings.Join(all, ", ")
}

func keys[K ~string, V any](m map[K]V) []K {
	all := make([]K, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
