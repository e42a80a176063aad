package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/domain"
)

// summary is what a committee reads first.
func (b *builder) summary() error {
	b.section("summary", "Summary")
	b.done = &judged{}
	ok, err := b.read("indicators", string(b.Edition), b.done)
	if err != nil || !ok {
		return err
	}
	v := b.done.Verdicts
	b.say(fmt.Sprintf("Of %d indicators, %d pass, %d fail, %d are reported without a threshold, and of %d the record does not tell. Those of dialogues are counted once for each sample type: sample types are never added. Days are counted to %s, the last one that the record knows.",
		v.Pass+v.Fail+v.Reported+v.Unknown, v.Pass, v.Fail, v.Reported, v.Unknown, b.done.AsOf))
	failed := Table{Caption: "What fails", Head: []string{"indicator", "of", "#value", "#threshold", "why"}}
	for _, i := range b.done.Indicators {
		if i.Verdict == "fail" {
			for _, m := range append([]measured{i.measured}, i.Parts...) {
				if m.Judged == "fail" {
					failed.Rows = append(failed.Rows, words(m.Key, sample(i.SampleType), m.value(), m.threshold(), m.About))
				}
			}
		}
	}
	b.table(failed, "Nothing fails.")
	unknown := Table{Caption: "What the record does not tell", Head: []string{"indicators", "of", "why"}}
	for _, i := range b.done.Indicators {
		if i.Verdict != "unknown" {
			continue
		}
		row := words(i.Indicator, sample(i.SampleType), i.Unknown)
		if n := slices.IndexFunc(unknown.Rows, func(have []Cell) bool { return have[1] == row[1] && have[2] == row[2] }); n >= 0 {
			unknown.Rows[n][0].Text += ", " + i.Indicator
		} else {
			unknown.Rows = append(unknown.Rows, row)
		}
	}
	b.table(unknown, "Every indicator has a value.")
	return nil
}

// sample is a sample type in words; the empty one is the edition as a whole.
func sample(t domain.SampleType) string {
	switch t {
	case "":
		return "edition"
	case domain.OpenOnline:
		return "open online"
	}
	return string(t)
}

func (b *builder) planned() error {
	r := b.Record
	b.section("planned", "What was planned")
	b.sub("milestones", "Milestones")
	b.milestones()
	b.sub("agenda", "Agenda")
	agenda := Table{Head: []string{"#no.", "session", "kind", "chamber", "topic", "#minutes", "#instruments"}}
	for _, s := range r.sessions {
		minutes := strconv.Itoa(s.PlannedMinutes)
		if s.PlannedMinutes == 0 {
			minutes = "no set end"
		}
		agenda.Rows = append(agenda.Rows, words(strconv.Itoa(s.Ordinal), string(s.Session), string(s.Kind), string(s.Chamber), text(r.topics[s.Topic].Label), minutes, strconv.Itoa(len(s.Instruments))))
	}
	b.table(agenda, "No session is planned.")
	b.sub("quotas", "Quota plans")
	b.quotas()
	return nil
}

func (b *builder) milestones() {
	t := Table{Head: []string{"milestone", "first planned", "due", "reached", "#days late", "moved, because"}}
	p := plot{id: "milestones", title: "Milestones", desc: "For each milestone, a diamond where it was first planned and a disc where it was reached. The table below has the dates.",
		legend: []legend{{diamond, "first planned"}, {disc, "reached"}}}
	const day = 86_400_000.0
	for _, m := range b.Record.milestones {
		reached, late := "not yet", "–"
		row := row{label: m.key, marks: []mark{{float64(m.first), diamond}}, text: "not yet"}
		at := []float64{float64(m.first)}
		if m.reached != 0 {
			n := int64(m.reached-m.first) / int64(day)
			reached, late = string(m.reached.Date()), strings.Replace(strconv.FormatInt(n, 10), "-", "−", 1)
			row.line, row.text = &[2]float64{float64(m.first), float64(m.reached)}, reached
			row.marks = append(row.marks, mark{float64(m.reached), disc})
			at = append(at, float64(m.reached))
		}
		for _, x := range at {
			if p.from == 0 || x < p.from {
				p.from = x
			}
			p.to = max(p.to, x)
		}
		p.rows = append(p.rows, row)
		t.Rows = append(t.Rows, words(m.key, string(m.first.Date()), string(m.due.Date()), reached, late, strings.Join(m.reasons, "; ")))
	}
	if len(p.rows) > 0 {
		margin := max(day, (p.to-p.from)/20)
		p.from, p.to = p.from-margin, p.to+margin
		for i := range 4 {
			at := p.from + float64((p.to-p.from)*float64(i+1))/5
			p.ticks = append(p.ticks, tick{at, string(domain.Time(int64(at)).Date())[:7]})
		}
		b.add(p.block("Milestones: when they were first planned, and when they were reached"))
	}
	b.table(t, "No milestone is planned.")
}

// quotas sums the quota plans up: a stratum's share differs from country to country.
func (b *builder) quotas() {
	type share struct {
		dimension, stratum, label string
		least, most               float64
		rooms                     int
	}
	var all []share
	plans := 0
	var minorities []string
	for _, d := range b.Record.dialogues {
		if d.plan == nil {
			continue
		}
		plans++
		for _, m := range d.plan.MinorityStrata {
			if !slices.Contains(minorities, m) {
				minorities = append(minorities, m)
			}
		}
		for _, dim := range d.plan.Dimensions {
			for _, s := range dim.Strata {
				x := float64(s.PopulationShare.Num) / float64(max(s.PopulationShare.Den, 1))
				i := slices.IndexFunc(all, func(h share) bool { return h.dimension == dim.Name && h.stratum == s.ID })
				if i < 0 {
					i, all = len(all), append(all, share{dim.Name, s.ID, s.Label, x, x, 0})
				}
				all[i].least, all[i].most, all[i].rooms = min(all[i].least, x), max(all[i].most, x), all[i].rooms+1
			}
		}
	}
	b.say(fmt.Sprintf("%d of %d dialogues have a quota plan. The shares of a stratum in the population differ between countries: the table has the least and the most of them. Each plan stands in the record as quota-plan-set.", plans, len(b.Record.dialogues)))
	t := Table{Head: []string{"dimension", "stratum", "#dialogues", "#least share", "#largest share"}}
	slices.SortStableFunc(all, func(a, b share) int { return strings.Compare(a.dimension, b.dimension) })
	for _, s := range all {
		t.Rows = append(t.Rows, words(s.dimension, s.label, strconv.Itoa(s.rooms), percent(&s.least), percent(&s.most)))
	}
	b.table(t, "No quota plan is set.")
	if len(minorities) > 0 {
		b.say("Minority strata that are to be present: " + strings.Join(minorities, ", ") + ".")
	}
}
