package simulate

import (
	"slices"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// A worksheet is what a table wrote in a session, as others refer to it.
type worksheet struct {
	ref      domain.Ref // of the table's stream, with the worksheet
	session  domain.SessionID
	topic    domain.TopicID
	theme    theme
	sentence string // its recommendation
	item     string // the line in which it stands
}

// writeSheets has every table write its worksheet.
func (m *meeting) writeSheets(d session) {
	for n, t := range m.tables {
		m.writeSheet(d, t, n)
	}
}

func (m *meeting) writeSheet(d session, t *table, n int) {
	c := m.script.chance("sheet", string(m.c.place), string(d.id), string(t.id))
	topic := d.topic
	if topic == "" {
		topic = topicOwn
	}
	themes := themesOf[topic]
	theme := themeOf(themes[c.below(len(themes))])
	sentence := theme.sentences[c.below(len(theme.sentences))]
	lang := m.c.languages[0]
	line := func(item string, kind domain.ItemKind, text string) commands.TableItem {
		return commands.TableItem{Item: item, Kind: kind, Text: translate(lang, text), Lang: lang}
	}
	items := []commands.TableItem{
		line("i1", domain.Idea, ideas[c.below(len(ideas))]), line("f1", domain.ForItem, theme.argument), line("a1", domain.AgainstItem, theme.objection),
		line("r1", domain.RecommendationItem, sentence),
	}
	if d.id == sessionSphere {
		first := line("c1", domain.RankedChoice, "Education about media for everybody")
		second := line("c2", domain.RankedChoice, "Support for good journalism")
		first.Rank, second.Rank = 1, 2
		items = append(items, first, second)
	}
	if c.perMille(200) {
		items = append(items, line("d1", domain.Disagreement, dissents[c.below(len(dissents))]))
	}
	if d.id == sessionOwn && !slices.ContainsFunc(t.members, func(p *person) bool { return !p.quotes }) && !slices.ContainsFunc(t.members, func(p *person) bool { return p.gone }) {
		items = append(items, line("q1", domain.QuoteItem, quotes[c.below(len(quotes))]))
	}
	output := domain.OutputID(string(d.id[:2]) + "-" + string(t.id))
	o := commands.RecordTableOutput{
		Dialogue: m.id, Table: t.id, Output: output, Session: d.id, Template: ref(artefactWorksheet), Items: items, SheetImage: m.digest("image", string(m.id), string(output)),
		By: m.c.person("note-" + string(t.id)),
	}
	m.record(o, "1")
	if n == 0 && d.id == sessionData { // something was forgotten
		o.Items = append(items[:len(items):len(items)], line("i2", domain.Idea, ideas[c.below(len(ideas))]))
		m.record(o, "2")
	}
	stream := domain.TableStream(m.id, t.id)
	m.sheets = append(m.sheets, worksheet{domain.Ref{Stream: stream, Version: m.stands(stream)}, d.id, topic, theme, translate(lang, sentence), "r1"})
}

func (m *meeting) record(o commands.RecordTableOutput, revision string) {
	m.do(m.c.acting(domain.NoteTaker, "note-"+string(o.Table)), "record-table-output", o, string(m.id), string(o.Table), string(o.Output), revision)
}

// deviate: something goes otherwise than planned, in a session of some countries.
func (m *meeting) deviate(d session) {
	for n, v := range deviations {
		if (m.nth+n)%4 != 0 || (v.session != d.id && (v.session != "" || d.id != sessionWelcome)) {
			continue
		}
		m.do(m.c.acting(domain.HeadFacilitator, "head"), "report-deviation", domain.DeviationReported{
			Dialogue: m.id, Rule: v.rule, Description: domain.In(sourceLang, v.text), Severity: v.severity, Session: v.session, Mitigation: v.mitigation,
		}, string(m.id), v.rule)
		if v.severity == domain.Major {
			m.deviated = append(m.deviated, domain.Waiver{Rule: v.rule, Reason: v.mitigation, ApprovedBy: committee[1].person})
		}
	}
}
