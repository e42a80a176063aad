package measures

import (
	"fmt"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// IndicatorsDoc judges the method of an edition, or of one of its dialogues, by what the record holds.
type IndicatorsDoc struct {
	Head
	Edition    domain.EditionID  `json:"edition"`
	Dialogue   domain.DialogueID `json:"dialogue,omitempty"`
	Place      domain.Place      `json:"place,omitempty"` // the country of the dialogue
	AsOf       domain.Date       `json:"asOf"`            // the last day that the record knows
	Verdicts   VerdictCount      `json:"verdicts"`        // indicators by verdict
	Indicators []IndicatorResult `json:"indicators"`      // in the order of the report; those of dialogues once for each sample type, which are never added
}

// VerdictCount counts verdicts.
type VerdictCount struct {
	Pass     int `json:"pass"`
	Fail     int `json:"fail"`
	Reported int `json:"reported"`
	Unknown  int `json:"unknown"`
}

// Verdict is what an indicator comes to.
type Verdict string

// The verdicts. What is reported has no threshold. What is unknown is not zero, and has not failed.
const (
	Pass     Verdict = "pass"
	Fail     Verdict = "fail"
	Reported Verdict = "reported"
	Unknown  Verdict = "unknown"
)

// Words are all that a Verdict may be.
func (Verdict) Words() []string {
	return []string{string(Pass), string(Fail), string(Reported), string(Unknown)}
}

func (c *VerdictCount) add(v Verdict) {
	switch v {
	case Pass:
		c.Pass++
	case Fail:
		c.Fail++
	case Reported:
		c.Reported++
	case Unknown:
		c.Unknown++
	}
}

// IndicatorResult is one indicator. It fails where its value or one of its parts does.
type IndicatorResult struct {
	Indicator  string            `json:"indicator"`
	Principle  string            `json:"principle"`
	SampleType domain.SampleType `json:"sampleType,omitempty"` // absent: of the edition as a whole
	Verdict    Verdict           `json:"verdict"`
	Measured
	Parts     []Measured    `json:"parts"`
	Dialogues *VerdictCount `json:"dialogues,omitempty"` // of each dialogue alone; in documents of editions
	Notes     []string      `json:"notes"`
	Views     []string      `json:"views"`    // documents from which the value comes: "view key", the first ones
	Evidence  []Evidence    `json:"evidence"` // events on which it rests
}

// Measured is a value and what it is judged by. Where it is not known, value is null and unknown says why.
type Measured struct {
	Key       string            `json:"key"`
	About     string            `json:"about"`
	Unit      ValueUnit         `json:"unit"` // share: 0 to 1; points: of a scale or coefficient; yes or no: 1 or 0
	Value     Number            `json:"value"`
	Interval  *Interval         `json:"interval,omitempty"`
	Count     *int              `json:"count,omitempty"` // of a share: what it is the count of
	Base      *int              `json:"base"`            // what the value is of; null where it is not known
	Of        string            `json:"of,omitempty"`    // what base counts
	Threshold *IndicatorLimit   `json:"threshold,omitempty"`
	Verdict   Verdict           `json:"judged"` // of this value alone
	Unknown   string            `json:"unknown,omitempty"`
	Question  domain.ArtefactID `json:"question,omitempty"` // the question that people were asked
}

// A ValueUnit is what the value of an indicator is counted in.
type ValueUnit string

// Words are all that a ValueUnit may be.
func (ValueUnit) Words() []string {
	return []string{"share", "ratio", "points", "count", "people", "minutes", "days", "yes or no"}
}

// IndicatorLimit is a threshold: the value is at most this, or at least.
type IndicatorLimit struct {
	Ratio domain.Ratio `json:"ratio"`
	Most  bool         `json:"most"`
	Own   bool         `json:"own"` // of the protocol; otherwise the default
}

// A reading is what one dialogue, or an edition as a whole, gives for an indicator.
type reading struct {
	main  part
	parts []part
	notes []string
	views []string
}

// part is one value of a reading.
type part struct {
	key, about, of string
	unit           ValueUnit
	figure
	limit    string // the name of its threshold; empty: it is reported
	sampled  bool   // a share of people: with an interval
	question domain.ArtefactID
}

func (r *reading) note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

// see names a document from which something comes.
func (r *reading) see(v View, key string) { r.views = append(r.views, v.Name+" "+key) }

// An indicator is one of the list; exactly one of whole and each is there.
type indicator struct {
	key, principle string
	whole          func(j *judge) reading                 // of an edition
	each           func(j *judge, s *scene) reading       // of a dialogue
	settle         func(r *reading)                       // where the value follows from the parts; nil: it does not
	rests          []domain.Event                         // on events of these types
	applies        func(t domain.SampleType) (why string) // empty: it does; nil: to all
}

// indicators are all of them.
func indicators() []indicator {
	return slices.Concat(designIndicators(), roomIndicators(), dayIndicators(), experienceIndicators(), afterIndicators())
}

// judge reads the record of one edition for its indicators.
type judge struct {
	in      *Inputs
	h       *Head
	edition domain.EditionID
	all     []*projections.DialogueDoc
	board   *projections.EditionDoc
	scenes  []*scene
	list    []domain.Indicator // of the method
}

// Indicators has a document for every edition, and one for every dialogue.
//
// Of each dialogue alone, and of all dialogues of one sample type together: shares add up their counts, means their values, and what is the least or the most of
// something is that of all dialogues. Sample types are never added. What concerns the edition as a whole stands in its document alone.
var Indicators = of(View{Name: "indicators", Version: Version, Heavy: true,
	About: "every indicator of the method: value, threshold, verdict, base, and the events behind it; key: the edition's id, or edition/dialogue"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, key := range in.keysOf(projections.Edition) {
			if key != "" {
				keys = append(keys, key)
			}
		}
		for _, d := range in.dialogues("") {
			keys = append(keys, string(d.Edition)+"/"+string(d.Dialogue))
		}
		slices.Sort(keys)
		return keys
	},
	func(in *Inputs, key string, d *IndicatorsDoc) error {
		edition, dialogue, one := strings.Cut(key, "/")
		d.Edition, d.Dialogue, d.Indicators = domain.EditionID(edition), domain.DialogueID(dialogue), []IndicatorResult{}
		j := &judge{in: in, h: &d.Head, edition: d.Edition, all: in.dialogues(d.Edition), board: document[projections.EditionDoc](in, projections.Edition, edition), list: domain.Indicators()}
		if edition == "" || j.board == nil {
			return ErrNoDocument
		}
		for _, doc := range j.all {
			if !one || doc.Dialogue == d.Dialogue {
				j.scenes = append(j.scenes, &scene{judge: j, d: doc})
			}
		}
		if one {
			if len(j.scenes) == 0 {
				return ErrNoDocument
			}
			d.Place = j.scenes[0].d.Place
		}
		d.AsOf = in.lastDay(d.Edition).Date()
		for _, i := range indicators() {
			switch {
			case i.each != nil:
				d.Indicators = append(d.Indicators, j.dialogues(i, one)...)
			case !one:
				r := i.whole(j)
				result := j.result(i, r)
				result.Evidence = in.evidence(j.edition, j.ids(""), i.rests...)
				d.Indicators = append(d.Indicators, result)
			}
		}
		for _, i := range d.Indicators {
			d.Verdicts.add(i.Verdict)
		}
		j.reasoned(d)
		return nil
	})

// ids are those of the dialogues of a sample type; of all with an empty one.
func (j *judge) ids(t domain.SampleType) []domain.DialogueID {
	var ids []domain.DialogueID
	for _, s := range j.scenes {
		if t == "" || s.d.SampleType == t {
			ids = append(ids, s.d.Dialogue)
		}
	}
	return ids
}

// dialogues are the results of an indicator of dialogues, by sample type.
func (j *judge) dialogues(i indicator, one bool) []IndicatorResult {
	types := []domain.SampleType{}
	for _, s := range j.scenes {
		if !slices.Contains(types, s.d.SampleType) {
			types = append(types, s.d.SampleType)
		}
	}
	slices.Sort(types)
	results := make([]IndicatorResult, 0, len(types))
	for _, t := range types {
		var sum reading
		var verdicts VerdictCount
		first, unknown := true, map[string]int{}
		for _, s := range j.scenes {
			if s.d.SampleType != t {
				continue
			}
			r := i.reading(j, s)
			if first {
				sum, first = r, false
			} else {
				sum = sum.plus(r)
			}
			if i.settle != nil {
				i.settle(&r)
			}
			if r.main.base == 0 {
				unknown[r.main.why]++
			}
			if !one {
				verdicts.add(j.result(i, r).Verdict)
			}
		}
		if i.settle != nil {
			i.settle(&sum)
		}
		result := j.result(i, sum)
		result.SampleType, result.Evidence = t, j.in.evidence(j.edition, j.ids(t), i.rests...)
		if !one {
			result.Dialogues = &verdicts
			if result.Verdict != Unknown {
				for _, why := range sortedWhys(unknown) {
					result.Notes = append(result.Notes, fmt.Sprintf("unknown of %d dialogues: %s", unknown[why], why))
				}
			}
		}
		results = append(results, result)
	}
	return results
}

func sortedWhys(m map[string]int) []string {
	whys := make([]string, 0, len(m))
	for why := range m {
		whys = append(whys, why)
	}
	slices.Sort(whys)
	return whys
}

// reading is that of one dialogue; one that does not know where the indicator does not apply to its sample type.
func (i indicator) reading(j *judge, s *scene) reading {
	r := i.each(j, s)
	if i.applies != nil {
		if why := i.applies(s.d.SampleType); why != "" {
			r.main.figure, r.parts, r.views, r.notes = nothing(r.main.how, why), nil, nil, nil
		}
	}
	return r
}

// plus is the reading of the dialogues of both.
func (r reading) plus(o reading) reading {
	out := reading{main: r.main, parts: slices.Clone(r.parts), notes: slices.Clone(r.notes), views: slices.Clone(r.views)}
	out.main.figure = r.main.plus(o.main.figure)
	for _, p := range o.parts {
		if i := slices.IndexFunc(out.parts, func(have part) bool { return have.key == p.key }); i >= 0 {
			out.parts[i].figure = out.parts[i].plus(p.figure)
		} else {
			out.parts = append(out.parts, p)
		}
	}
	for _, n := range o.notes {
		out.note("%s", n)
	}
	out.views = append(out.views, o.views...)
	return out
}

const firstViews = 3

// result judges a reading.
func (j *judge) result(i indicator, r reading) IndicatorResult {
	out := IndicatorResult{Indicator: i.key, Principle: i.principle, Measured: j.measured(r.main), Parts: []Measured{}, Notes: []string{}, Views: []string{}}
	out.Verdict = out.Measured.Verdict
	for _, p := range r.parts {
		m := j.measured(p)
		out.Parts = append(out.Parts, m)
		if m.Verdict == Fail {
			out.Verdict = Fail
		}
	}
	out.Notes = append(out.Notes, r.notes...)
	out.Views = append(out.Views, r.views[:min(len(r.views), firstViews)]...)
	if more := len(r.views) - firstViews; more > 0 {
		out.Views = append(out.Views, fmt.Sprintf("and %d more", more))
	}
	return out
}

// measured judges one value.
func (j *judge) measured(p part) Measured {
	m := Measured{Key: p.key, About: p.about, Unit: p.unit, Value: None, Of: p.of, Verdict: Unknown, Question: p.question}
	if p.limit == all1 {
		m.Threshold = &IndicatorLimit{Ratio: domain.RatioOf(1, 1)}
	} else if p.limit != "" {
		limit := IndicatorLimit{Ratio: j.in.threshold(j.edition, p.limit, j.h)}
		if protocol := j.in.edition(j.edition).protocol; protocol != nil {
			_, limit.Own = protocol.Thresholds[p.limit]
		}
		if n := slices.IndexFunc(j.list, func(i domain.Indicator) bool { return i.Key == p.limit }); n >= 0 {
			limit.Most = j.list[n].Most
		}
		m.Threshold = &limit
	}
	if p.base == 0 {
		m.Unknown = p.why
		return m
	}
	base := p.base
	if p.how != ofTotal {
		m.Base = &base
	}
	if p.how == ofShare {
		count := p.count
		m.Count = &count
	}
	m.Value, m.Interval = p.value(j.h, p.key)
	if p.sampled {
		m.Interval = j.h.rate(p.key, &p.count, &base).Interval
	}
	if !m.Value.known() {
		m.Unknown = "too few people to tell"
		return m
	}
	switch {
	case p.how == ofLearning && m.Interval != nil && m.Interval.Low > 0:
		m.Verdict = Pass
	case p.how == ofLearning:
		m.Verdict = Fail
	case m.Threshold == nil:
		m.Verdict = Reported
	case p.meets(m.Value, m.Threshold.Ratio, m.Threshold.Most):
		m.Verdict = Pass
	default:
		m.Verdict = Fail
	}
	return m
}

// seen computes a document of another view, whose algorithms and parameters are then those of this one, too; nil where there is none. It is not to be changed.
func seen[D any](j *judge, v View, key string) *D {
	doc := j.in.look(v, key)
	if doc == nil {
		return nil
	}
	h := doc.head()
	j.h.by(h.Algorithms...)
	for name, value := range h.Parameters {
		j.h.Parameters[name] = value
	}
	return any(doc).(*D)
}

// looked is a document of another view, and what was read for it.
type looked struct {
	doc headed
	in  *Inputs
}

// look computes a document of another view, once for as long as nothing moves of what it rests on: the indicators of an edition look at those of every dialogue, and
// so do those of the dialogue. Of reconciliations there are too many to keep, and what takes seconds comes later. It is nil where there is none.
func (in *Inputs) look(v View, key string) headed {
	if v.Heavy {
		doc, err := v.compute(in, key)
		if err != nil {
			return nil
		}
		return doc
	}
	ref := projections.Ref{View: v.Name, Key: key}
	known := in.s.looked[ref]
	if known == nil || !known.in.Fresh() {
		known = &looked{in: &Inputs{s: in.s}} // of its own: what others have read would be missing in it
		doc, err := v.compute(known.in, key)
		if err == nil {
			known.doc = doc
		}
		if err == nil && v.Name != Reconciliation.Name {
			in.s.looked[ref] = known
		}
	}
	in.readAll(known.in)
	return known.doc
}
