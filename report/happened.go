package report

import (
	"fmt"
	"strconv"
	"strings"

	"daybook.internal/domain"
)

// happened is the way of people, and the rooms.
func (b *builder) happened() error {
	b.section("happened", "What happened")
	b.sub("funnel", "The way of people into the rooms")
	b.say("What is not in the record is shown as a dash, which is not zero. People of different sample types are never added.")
	for _, t := range b.Record.sampleTypes() {
		if err := b.funnel(t); err != nil {
			return err
		}
	}
	b.sub("rooms", "Dialogues")
	rooms := Table{Head: []string{"dialogue", "place", "sample", "mode", "date", "#planned", "#checked in", "#sessions", "certified"}}
	for _, d := range b.Record.dialogues {
		checkedIn, certified := "–", "no"
		if d.certified != nil {
			checkedIn, certified = count(d.checkedIn), "yes"
		}
		planned := "–"
		if d.PlannedSize > 0 {
			planned = count(d.PlannedSize)
		}
		rooms.Rows = append(rooms.Rows, words(string(d.Dialogue), string(d.Place), sample(d.SampleType), string(d.Mode), string(d.Date), planned, checkedIn, strconv.Itoa(d.opened), certified))
	}
	b.table(rooms, "No dialogue is registered.")
	return nil
}

var stageWords = map[string]string{"pool": "in the sealed pool", "drawn": "ever drawn", "checkedIn": "checked in", "completed": "answered to the end"}

func (b *builder) funnel(t domain.SampleType) error {
	var f funnel
	ok, err := b.read("funnel", string(b.Edition)+"/world/"+string(t), &f)
	if err != nil || !ok {
		return err
	}
	p := plot{id: "funnel-" + string(t), title: "The way of people: " + sample(t), desc: "A bar for each stage; its number of people stands beside it."}
	most := 0
	for _, s := range f.Stages {
		if s.People != nil {
			most = max(most, *s.People)
		}
	}
	if most == 0 {
		b.say(fmt.Sprintf("Of the %d dialogues of the sample type %s, the record counts no people at any stage.", f.Dialogues, sample(t)))
		return nil
	}
	p.to = float64(most)
	for _, s := range f.Stages {
		name := s.Stage
		if w := stageWords[name]; w != "" {
			name = w
		}
		r := row{label: name, text: some(s.People)}
		if s.People != nil {
			x := float64(*s.People)
			r.bar = &x
			if s.Dialogues < f.Dialogues {
				r.text += fmt.Sprintf(" (%d of %d)", s.Dialogues, f.Dialogues)
			}
		}
		p.rows = append(p.rows, r)
	}
	b.add(p.block(fmt.Sprintf("%s: people at each stage, in %d dialogues", sample(t), f.Dialogues)))
	items := make([]string, len(p.rows))
	for i, r := range p.rows {
		items[i] = r.label + ": " + r.text
	}
	b.say(strings.Join(items, "; ") + ".")
	return nil
}

// deviations are where the two differ, each of them.
func (b *builder) deviations() error {
	b.section("deviations", "Deviations and findings")
	t := Table{Caption: "Deviations that were reported", Head: []string{"severity", "rule", "dialogue", "session", "what", "mitigation", "#record"}}
	for _, severity := range []domain.Severity{domain.Major, domain.Minor} {
		for _, d := range b.Record.deviations {
			if d.Severity == severity {
				t.Rows = append(t.Rows, words(string(d.Severity), d.Rule, string(d.Dialogue), string(d.Session), text(d.Description), dash(d.Mitigation), strconv.FormatUint(d.seq, 10)))
			}
		}
	}
	b.table(t, "No deviation was reported.")
	w := Table{Caption: "Waivers", Head: []string{"dialogue", "of", "rule", "reason"}}
	for _, d := range b.Record.dialogues {
		for _, one := range d.waivers {
			w.Rows = append(w.Rows, words(string(d.Dialogue), "authorisation", one.Rule, one.Reason))
		}
		if d.certified != nil {
			for _, one := range d.certified.Accepted {
				w.Rows = append(w.Rows, words(string(d.Dialogue), "certificate", one.Rule, one.Reason))
			}
		}
	}
	b.table(w, "Nothing was waived.")
	f := Table{Caption: "Findings of auditors", Head: []string{"severity", "rule", "what", "resolved", "#record"}}
	for _, one := range b.Record.findings {
		resolved := "open"
		if one.resolved != nil {
			resolved = text(one.resolved.Resolution)
		}
		f.Rows = append(f.Rows, words(string(one.raised.Severity), one.raised.Rule, text(one.raised.Description), resolved, strconv.FormatUint(one.seq, 10)))
	}
	b.table(f, "Auditors raised no finding.")
	notes := Block{}
	if b.done != nil {
		for _, i := range b.done.Indicators {
			for _, n := range i.Notes {
				if note, ok := strings.CutPrefix(n, "reported deviation: "); ok {
					notes.Items = append(notes.Items, i.Indicator+", "+sample(i.SampleType)+": "+note)
				}
			}
		}
	}
	if len(notes.Items) > 0 {
		b.say("Deviations by design:")
		b.add(notes)
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
