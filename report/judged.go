package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// indicators are all of them, with what is behind each.
func (b *builder) indicators() error {
	b.section("indicators", "Indicators")
	if len(b.done.Indicators) == 0 {
		b.say("There are no indicators.")
		return nil
	}
	b.say("Each indicator fails where its value, or a part of it that has a threshold, does. Dialogues are counted by what each of them comes to alone: pass, fail, reported, unknown.")
	t := Table{Head: []string{"indicator", "of", "#value", "#threshold", "verdict", "base", "#dialogues"}}
	for _, i := range b.done.Indicators {
		name := i.Indicator + " " + i.Principle
		dialogues := "–"
		if d := i.Dialogues; d != nil {
			dialogues = fmt.Sprintf("%d / %d / %d / %d", d.Pass, d.Fail, d.Reported, d.Unknown)
		}
		row := words(name, sample(i.SampleType), i.value(), i.threshold(), "", i.base(), dialogues)
		row[4] = verdict(i.Verdict)
		t.Rows = append(t.Rows, row)
	}
	b.table(t, "")
	b.experience()
	for n, i := range b.done.Indicators {
		if n == 0 || b.done.Indicators[n-1].Indicator != i.Indicator {
			b.sub("indicator-"+i.Indicator, i.Indicator+" "+i.Principle+": "+i.About)
		}
		b.one(i)
	}
	return nil
}

// one is an indicator of the edition, or of one sample type, in full.
func (b *builder) one(i indicator) {
	caption := "Edition"
	if i.SampleType != "" {
		caption = "Dialogues of the sample type " + sample(i.SampleType)
	}
	if i.Verdict == "unknown" && len(i.Parts) == 0 {
		b.say(caption + ": unknown. " + i.Unknown + ".")
		return
	}
	t := Table{Caption: caption, Head: []string{"what", "#value", "95 % interval", "#threshold", "verdict", "base"}}
	for _, m := range append([]measured{i.measured}, i.Parts...) {
		spread := "–"
		if m.Interval != nil && m.Unit == "share" {
			spread = m.Interval.percent()
		} else if m.Interval != nil {
			spread = decimal(m.Interval.Low, 3) + " to " + decimal(m.Interval.High, 3)
		}
		base, about := m.base(), m.About
		if m.Unknown != "" {
			base = m.Unknown
		}
		if m.Question != "" {
			about += " (" + m.Question + ")"
		}
		row := words(m.Key+": "+about, m.value(), spread, m.threshold(), "", base)
		row[4] = verdict(m.Judged)
		t.Rows = append(t.Rows, row)
	}
	b.table(t, "")
	evidence := Block{}
	evidence.Items = append(evidence.Items, i.Notes...)
	for _, e := range i.Evidence {
		if e.Count == 0 {
			evidence.Items = append(evidence.Items, e.Event+": none")
			continue
		}
		first := make([]string, len(e.First))
		for n, at := range e.First {
			if first[n] = "record " + strconv.FormatUint(at.Seq, 10); at.Stream != "" {
				first[n] += " (" + at.Stream + "@" + strconv.FormatUint(at.Version, 10) + ")"
			}
		}
		more := ""
		if e.Count > len(first) {
			more = ", …"
		}
		evidence.Items = append(evidence.Items, fmt.Sprintf("%s: %s; %s%s", e.Event, count(e.Count), strings.Join(first, ", "), more))
	}
	for _, v := range i.Views {
		evidence.Items = append(evidence.Items, "view "+v)
	}
	b.add(evidence)
}

// experience is how people found the day, one plot for each sample type that answered.
func (b *builder) experience() {
	for _, t := range b.Record.sampleTypes() {
		end, ticks := percents(1)
		p := plot{id: "experience-" + string(t), title: "How people found the day: " + sample(t), to: end, ticks: ticks,
			desc: "For each of E1 to E8 a disc at the share of the two best answers, with a line for its 95 % interval, and a dashed line at the threshold. The shares stand beside it.", ruleText: "threshold"}
		for _, i := range b.done.Indicators {
			if i.SampleType != t || !strings.HasPrefix(i.Indicator, "E") || i.Principle != "experience" || i.Value == nil {
				continue
			}
			_, about, _ := strings.Cut(i.About, ": ")
			r := row{label: i.Indicator + " " + about, marks: []mark{{*i.Value, disc}}, text: percent(i.Value)}
			if i.Interval != nil && i.Interval.Low != nil && i.Interval.High != nil {
				r.line = &[2]float64{*i.Interval.Low, *i.Interval.High}
			}
			if limit, ok := ratio(i.measured); ok && p.rule == nil {
				p.rule = &limit
			}
			p.rows = append(p.rows, r)
		}
		if len(p.rows) > 0 {
			b.add(p.block("How people found the day: " + sample(t) + ", share of the two best answers"))
		}
	}
}

func ratio(m measured) (float64, bool) {
	if m.Threshold == nil {
		return 0, false
	}
	num, den, cut := strings.Cut(m.Threshold.Ratio, "/")
	n, err := strconv.ParseFloat(num, 64)
	if err != nil || !cut {
		return n, err == nil
	}
	d, err := strconv.ParseFloat(den, 64)
	return n / d, err == nil && d > 0
}

// mirrors are the rooms compared with their populations.
func (b *builder) mirrors() error {
	b.section("representativeness", "Representativeness")
	b.say("Over all dialogues of a sample type the population is the mix of those of the quota plans, by planned size. Who was in the room is told by those who answered the profile under a code: strata of registrations are sealed.")
	shown := 0
	for _, key := range b.Keys("representativeness") {
		parts := strings.Split(key, "/")
		if len(parts) != 4 || parts[0] != string(b.Edition) || parts[1] != "world" {
			continue
		}
		var d represented
		if ok, err := b.read("representativeness", key, &d); err != nil || !ok {
			return err
		}
		for _, of := range d.Of {
			if of.Who != "respondents" || of.Base == nil || len(of.Strata) == 0 {
				continue
			}
			most := 0.0
			p := plot{id: fmt.Sprintf("mirror-%d", shown), title: "Target and achieved by " + parts[3], legend: []legend{{diamond, "target"}, {disc, "achieved"}},
				desc: "For each stratum a diamond at its share of the population, and a disc at its share of the people in the room. The shares stand beside it: achieved, then target."}
			for _, s := range of.Strata {
				if s.Achieved == nil || s.Target == nil {
					continue
				}
				most = max(most, *s.Achieved, *s.Target)
				p.rows = append(p.rows, row{
					label: s.Label, line: &[2]float64{*s.Target, *s.Achieved}, marks: []mark{{*s.Target, diamond}, {*s.Achieved, disc}},
					text: percent(s.Achieved) + ", " + percent(s.Target),
				})
			}
			p.to, p.ticks = percents(most)
			b.sub(fmt.Sprintf("mirror-%s-%s", parts[2], parts[3]), "By "+parts[3]+": "+parts[2])
			b.add(p.block(fmt.Sprintf("%s people in %d dialogues; index %s, at best %s", some(of.Base), d.Dialogues, decimal(of.GRI, 3), decimal(of.Best, 3))))
			shown++
		}
	}
	if shown == 0 {
		b.say("Nobody was asked for the dimension of any quota plan, or too few people answered for it to be shown.")
	}
	return nil
}

// waves are the waves in their order.
var waves = []string{"profile", "pre", "session", "endorsement", "post", "evaluation"}

// results are the answers to every question for people over all dialogues of a sample type.
func (b *builder) results() error {
	b.section("results", "Results")
	b.say("Answers of people over all dialogues of one sample type, each person counting the same. Intervals are of 95 %: by table where it is known who sat together, otherwise Wilson's. Other weightings, countries, rankings and allocations stand in the views. Votes on recommendations are left out.")
	type asked struct {
		question
		at [3]int
	}
	var all []asked
	for _, key := range b.Keys("result") {
		if !strings.HasPrefix(key, string(b.Edition)+"/") || !strings.HasSuffix(key, "/world") {
			continue
		}
		var q question
		if ok, err := b.read("result", key, &q); err != nil {
			return err
		} else if ok && q.Unit == "individual" && len(q.Options)+btoi(q.Suppressed) > 0 && q.Wave != "endorsement" && q.Kind != "endorse" {
			all = append(all, asked{q, [3]int{b.ordinal(string(q.Session)), slices.Index(waves, q.Wave)}})
		}
	}
	slices.SortStableFunc(all, func(x, y asked) int {
		if c := strings.Compare(string(x.SampleType), string(y.SampleType)); c != 0 {
			return c
		}
		return slices.Compare(x.at[:], y.at[:])
	})
	last := ""
	for _, q := range all {
		if string(q.SampleType) != last {
			last = string(q.SampleType)
			b.sub("results-"+last, "Sample type "+sample(q.SampleType))
		}
		caption := fmt.Sprintf("%s (%s, version %d; %s, wave %s; ", text(q.Text), q.Question.ID, q.Question.Version, q.Session, q.Wave)
		if q.Suppressed || q.Base == nil {
			b.say(caption + "hidden, as too few people answered)")
			continue
		}
		t := Table{Caption: caption + count(*q.Base) + " answers in " + count(q.Dialogues) + " dialogues)", Head: []string{"answer", "#people", "#share", "#95 % interval"}}
		for _, o := range q.Options {
			label := text(o.Label)
			if label == "" {
				label = o.Option
			}
			spread := o.Interval
			if o.Robust != nil && o.Robust.Interval != nil {
				spread = o.Robust.Interval
			}
			t.Rows = append(t.Rows, words(label, count(o.Count), percent(o.Share), spread.percent()))
		}
		b.table(t, "")
	}
	if len(all) == 0 {
		b.say("Nobody answered a question.")
	}
	return nil
}

func btoi(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (b *builder) ordinal(session string) int {
	for _, s := range b.Record.sessions {
		if string(s.Session) == session {
			return s.Ordinal
		}
	}
	return 0
}

// change is how the same people answered before and after.
func (b *builder) change() error {
	b.section("change", "Change of opinion")
	b.say("The same people, under the same code, before and after. Gross change is the share of people who chose otherwise; net change half of what the shares moved by.")
	t := Table{Head: []string{"question", "sample", "#people", "#gross", "#net", "#mean before", "#after", "95 % interval of the change"}}
	plots := map[string]*plot{}
	var order []string
	hidden := 0
	for _, key := range b.Keys("change") {
		if !strings.HasPrefix(key, string(b.Edition)+"/") || !strings.HasSuffix(key, "/world") {
			continue
		}
		var d moved
		if ok, err := b.read("change", key, &d); err != nil {
			return err
		} else if !ok {
			continue
		}
		if d.Suppressed || d.Matched == nil {
			hidden++
			continue
		}
		r := words(text(d.Text), sample(d.SampleType), some(d.Matched), "–", "–", "–", "–", "–")
		if d.Moves != nil {
			r[3].Text, r[4].Text = percent(d.Moves.Gross), percent(d.Moves.Net)
		}
		if s := d.Scale; s != nil && s.Before != nil && s.After != nil {
			r[5].Text, r[6].Text = decimal(s.Before, 2), decimal(s.After, 2)
			if s.Interval != nil {
				r[7].Text = decimal(s.Interval.Low, 3) + " to " + decimal(s.Interval.High, 3)
			}
			name := string(d.SampleType)
			if plots[name] == nil {
				order = append(order, name)
				plots[name] = &plot{id: "change-" + name, title: "Mean points before and after: " + sample(d.SampleType), from: 1, legend: []legend{{diamond, "before"}, {disc, "after"}},
					desc: "For each scale a diamond at the mean point before, and a disc at that after. The means stand beside it: before, then after."}
			}
			p := plots[name]
			p.to = max(p.to, float64(len(d.Shares)))
			p.rows = append(p.rows, row{label: text(d.Text), line: &[2]float64{*s.Before, *s.After}, marks: []mark{{*s.Before, diamond}, {*s.After, disc}}, text: decimal(s.Before, 2) + ", " + decimal(s.After, 2)})
		}
		t.Rows = append(t.Rows, r)
	}
	for _, name := range order {
		p := plots[name]
		for i := 1; i <= int(p.to); i++ {
			p.ticks = append(p.ticks, tick{float64(i), strconv.Itoa(i)})
		}
		b.add(p.block(p.title))
	}
	none := "No question was asked before and after."
	if hidden > 0 {
		none = fmt.Sprintf("The change of answers to %d questions, counted once for each sample type, is hidden: too few people answered, or it would tell of such a group.", hidden)
		if len(t.Rows) > 0 {
			b.say(none)
		}
	}
	b.table(t, none)
	return nil
}

// replay is how anybody gets the same again.
func (b *builder) replay() error {
	b.section("replay", "How to get the same again")
	n := strconv.FormatUint(b.Position, 10)
	b.say("With the ledger, or a bundle of it, anybody gets every figure of this report, and this report, byte for byte, from program version " + b.Program + ". KEY is the key of the log as its operator publishes it; nothing of this rests on the operator's word.")
	b.add(Block{Code: []string{
		"auditor verify BUNDLE --key KEY                       # the record is whole, and every decision follows from it",
		"daybook replay --data DIR --at " + n + "               # every document follows from the record",
		"daybook view get indicators " + string(b.Edition) + " --data DIR --at " + n + " -o json",
		"daybook view get indicators " + string(b.Edition) + "/DIALOGUE --data DIR --at " + n + " -o json",
		"daybook report methodology " + string(b.Edition) + " --data DIR --at " + n + " --out report.html",
	}})
	b.say("The measures by which figures were made: " + strings.Join(b.done.Algorithms, ", ") + ".")
	if c := b.Record.committed; c != nil {
		t := Table{Caption: fmt.Sprintf("The last commitment to the views: record %d, to the first %d records", b.Record.committedA, c.Size), Head: []string{"view", "#version", "#documents", "root, SHA-256"}}
		for _, v := range c.Views {
			t.Rows = append(t.Rows, words(v.View, strconv.Itoa(v.Version), count(v.Count), fmt.Sprint(v.Root)))
		}
		b.table(t, "")
	} else {
		b.say("The record holds no commitment to the views.")
	}
	return nil
}
