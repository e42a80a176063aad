package release

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"daybook.internal/domain"
)

// The elements of DDI-Codebook 2.5 (https://ddialliance.org/Specification/DDI-Codebook/2.5/) that are used here, in the order of its schema.
type (
	codeBook struct {
		XMLName xml.Name  `xml:"codeBook"`
		NS      string    `xml:"xmlns,attr"`
		XSI     string    `xml:"xmlns:xsi,attr"`
		Where   string    `xml:"xsi:schemaLocation,attr"`
		Version string    `xml:"version,attr"`
		Lang    string    `xml:"xml:lang,attr"`
		Doc     docDscr   `xml:"docDscr"`
		Study   stdyDscr  `xml:"stdyDscr"`
		Files   []fileDsc `xml:"fileDscr"`
		Data    dataDscr  `xml:"dataDscr"`
	}
	docDscr struct {
		Citation ddiCitation `xml:"citation"`
	}
	ddiCitation struct {
		Titles   []langElement `xml:"titlStmt>titl"`
		Parallel []langElement `xml:"titlStmt>parTitl"`
		ID       string        `xml:"titlStmt>IDNo"`
		Author   string        `xml:"rspStmt>AuthEnty"`
		Producer string        `xml:"prodStmt>producer"`
		Software *ddiSoftware  `xml:"prodStmt>software"`
		Version  *ddiVersion   `xml:"verStmt>version"`
	}
	ddiSoftware struct {
		Text string `xml:",chardata"`
	}
	ddiVersion struct {
		Date string `xml:"date,attr"`
		Text string `xml:",chardata"`
	}
	stdyDscr struct {
		Citation   ddiCitation   `xml:"citation"`
		Abstract   []langElement `xml:"stdyInfo>abstract"`
		Period     []dated       `xml:"stdyInfo>sumDscr>timePrd"`
		Nations    []nation      `xml:"stdyInfo>sumDscr>nation"`
		Unit       string        `xml:"stdyInfo>sumDscr>anlyUnit"`
		Universe   string        `xml:"stdyInfo>sumDscr>universe"`
		Kind       string        `xml:"stdyInfo>sumDscr>dataKind"`
		Restrict   string        `xml:"dataAccs>useStmt>restrctn"`
		Conditions string        `xml:"dataAccs>useStmt>conditions"`
	}
	dated struct {
		Date  string `xml:"date,attr"`
		Event string `xml:"event,attr"`
		Text  string `xml:",chardata"`
	}
	nation struct {
		Abbr string `xml:"abbr,attr"`
		Text string `xml:",chardata"`
	}
	fileDsc struct {
		ID   string `xml:"ID,attr"`
		URI  string `xml:"URI,attr"`
		Name string `xml:"fileTxt>fileName"`
		Cont string `xml:"fileTxt>fileCont"`
		Rows int    `xml:"fileTxt>dimensns>caseQnty"`
		Cols int    `xml:"fileTxt>dimensns>varQnty"`
		Type string `xml:"fileTxt>fileType"`
	}
	dataDscr struct {
		Vars []ddiVar `xml:"var"`
	}
	ddiVar struct {
		ID       string        `xml:"ID,attr"`
		Name     string        `xml:"name,attr"`
		Files    string        `xml:"files,attr"`
		Interval string        `xml:"intrvl,attr,omitempty"`
		Labels   []langElement `xml:"labl"`
		RespUnit string        `xml:"respUnit"`
		AnlyUnit string        `xml:"anlysUnit"`
		Question ddiQuestion   `xml:"qstn"`
		Range    *valueRange   `xml:"valrng>range"`
		Universe string        `xml:"universe"`
		Cats     []catgry      `xml:"catgry"`
		Instr    string        `xml:"codInstr"`
		Version  string        `xml:"verStmt>version"`
		Format   *varFormat    `xml:"varFormat"`
		Notes    []string      `xml:"notes"`
	}
	ddiQuestion struct {
		Domain   string        `xml:"responseDomainType,attr"`
		Literals []langElement `xml:"qstnLit"`
		Instr    string        `xml:"ivuInstr,omitempty"`
	}
	valueRange struct {
		Min int `xml:"min,attr"`
		Max int `xml:"max,attr"`
	}
	catgry struct {
		Missing string        `xml:"missing,attr,omitempty"`
		Value   string        `xml:"catValu"`
		Labels  []langElement `xml:"labl"`
	}
	varFormat struct {
		Type string `xml:"type,attr"`
	}
	langElement struct {
		Lang string `xml:"xml:lang,attr,omitempty"`
		Text string `xml:",chardata"`
	}
)

// in gives a text in all its languages, that of the source first.
func in(t domain.LText) []langElement {
	all := []langElement{{string(t.Source), t.Text[t.Source]}}
	for _, lang := range sortedKeys(t.Text) {
		if lang != t.Source {
			all = append(all, langElement{string(lang), t.Text[lang]})
		}
	}
	return all
}

// codebook describes the questionnaires: a variable for each version of a question.
func (w *writing) codebook() ([]byte, error) {
	title, lang := w.title()
	citation := ddiCitation{
		Titles: []langElement{{string(lang), title}}, ID: w.name(), Author: w.coordinator(), Producer: w.coordinator(), Version: &ddiVersion{string(w.last.Date()), fmt.Sprint(w.Position())},
	}
	for _, t := range in(w.opened.Title) {
		if t.Lang != string(lang) {
			citation.Parallel = append(citation.Parallel, t)
		}
	}
	doc := ddiCitation{
		Titles: []langElement{{"en", "Codebook: " + title}}, ID: w.name() + "-codebook", Author: w.coordinator(), Producer: w.coordinator(), Software: &ddiSoftware{"daybook"}, Version: citation.Version,
	}
	c := codeBook{
		NS: "ddi:codebook:2_5", XSI: "http://www.w3.org/2001/XMLSchema-instance", Version: "2.5", Lang: "en",
		Where: "ddi:codebook:2_5 https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd", Doc: docDscr{doc},
		Study: stdyDscr{
			Citation: citation, Abstract: append([]langElement{{"en", w.about()}}, in(w.opened.Mandate)...),
			Period: []dated{{string(w.first.Date()), "start", string(w.first.Date())}, {string(w.last.Date()), "end", string(w.last.Date())}},
			Unit:   "people, and tables of people; their numbers are never added", Universe: "people who took part in the dialogues of the edition, under pseudonyms; sample types are never pooled",
			Kind:     "answers of people and tables to questionnaires",
			Restrict: "Answers of places with few people are left out: " + w.report.Rule + ". Answers in words are not published.", Conditions: w.Licence.Title + " (" + w.Licence.URL + ")",
		},
	}
	for _, p := range sortedKeys(w.places) {
		c.Study.Nations = append(c.Study.Nations, nation{string(p), string(p)})
	}
	ids := w.ballotFiles(&c)
	for i, q := range w.questions {
		c.Data.Vars = append(c.Data.Vars, w.variable(i+1, q, ids))
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(c); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// ballotFiles names the files with answers, and gives their identifiers by table.
func (w *writing) ballotFiles(c *codeBook) map[string]string {
	ids := map[string]string{}
	for _, f := range w.sorted() {
		if f.Table == nil || f.Table.View != "ballot" || !strings.HasPrefix(f.Path, "csv/") {
			continue
		}
		id := fmt.Sprintf("F%d", len(ids)+1)
		ids[f.Table.Name] = id
		c.Files = append(c.Files, fileDsc{id, f.Path, f.Base(), f.Table.About, f.Rows, len(f.Table.Columns), "text/csv; charset=utf-8"})
	}
	return ids
}

// variable describes one version of a question. n is its number.
func (w *writing) variable(n int, q *Question, files map[string]string) ddiVar {
	v := ddiVar{
		ID: fmt.Sprintf("V%d", n), Name: q.Key(), Labels: []langElement{in(q.Text)[0]}, Version: fmt.Sprint(q.Question.Version), Question: ddiQuestion{Literals: in(q.Text)},
		Interval: "discrete", Format: &varFormat{"character"}, RespUnit: "person", AnlyUnit: "person", Universe: w.universe(q),
	}
	if q.Unit == domain.TableUnit {
		v.RespUnit, v.AnlyUnit = "table, which answers as one", "table"
	}
	table := "ballot"
	switch q.Kind {
	case domain.SingleChoice:
		v.Question.Domain, v.Instr = "category", "column option of table ballot"
	case domain.MultipleChoice:
		v.Question.Domain, v.Instr, table = "multiple", fmt.Sprintf("%d to %d options, each a row of table ballot_options", q.Min, q.Max), "ballot_options"
	case domain.Likert:
		v.Question.Domain, v.Instr, v.Format.Type, v.Range = "category", "column point of table ballot", "numeric", &valueRange{1, len(q.Options)}
	case domain.Endorse:
		v.Question.Domain, v.Instr = "category", "column endorsement of table ballot"
	case domain.Ranking:
		v.Question.Domain, v.Instr, table = "other", "each rank and option a row of table ballot_ranking", "ballot_ranking"
	case domain.Allocation:
		v.Question.Domain, v.Instr, v.Format.Type, table = "numeric", fmt.Sprintf("%d points in steps of %d, the points of each option a row of table ballot_allocation", q.Total, q.Step), "numeric", "ballot_allocation"
		v.Interval = ""
	case domain.Open:
		v.Question.Domain, v.Instr, v.Interval = "text", "words, which are not published", ""
	}
	if q.Kind != domain.Open {
		v.Files = files["ballot"]
		if table != "ballot" && files[table] != "" {
			v.Files += " " + files[table]
		}
	}
	for _, o := range q.Options {
		v.Cats = append(v.Cats, catgry{Value: o.Option, Labels: in(o.Label)})
	}
	if !q.Required {
		for _, reason := range []domain.NonResponse{domain.DontKnow, domain.Refused, domain.NotApplicable, domain.Blank} {
			v.Cats = append(v.Cats, catgry{Missing: "Y", Value: string(reason), Labels: []langElement{{"en", nonResponseWords[reason]}}})
		}
	}
	for _, a := range q.Asked {
		v.Notes = append(v.Notes, fmt.Sprintf("asked in session %s, wave %s", a.Session, a.Wave))
	}
	return v
}

var nonResponseWords = map[domain.NonResponse]string{
	domain.DontKnow: "does not know", domain.Refused: "does not want to say", domain.NotApplicable: "does not apply", domain.Blank: "left blank",
}

// universe says who was asked.
func (w *writing) universe(q *Question) string {
	var chambers []string
	for _, a := range q.Asked {
		for _, s := range w.sessions {
			if s.Session == a.Session && !slices.Contains(chambers, string(s.Chamber)) {
				chambers = append(chambers, string(s.Chamber))
			}
		}
	}
	slices.Sort(chambers)
	who := "people"
	if q.Unit == domain.TableUnit {
		who = "tables"
	}
	if len(chambers) == 0 {
		return who + " who took part"
	}
	return who + " of chamber " + strings.Join(chambers, ", ") + " in the sessions in which it was asked"
}
