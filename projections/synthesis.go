package projections

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// SynthesisDoc says what became of the national recommendations of an edition. Until the synthesis is completed nothing is used and nothing unused; what
// is adopted after it stays open.
type SynthesisDoc struct {
	Edition     domain.EditionID    `json:"edition"`
	CompletedAt *domain.Time        `json:"completedAt,omitempty"`
	Method      *domain.ArtefactRef `json:"method,omitempty"`
	Editors     []string            `json:"editors"`
	Reviewers   []string            `json:"reviewers"`
	Codings     int                 `json:"codings"` // codings that went in
	Results     int                 `json:"results"` // results that went in
	Places      []PlaceUptake       `json:"places"`  // by place, where anything is adopted
	// MinUptake and MedianUptake are over the places; both are absent before the synthesis, or where nothing is adopted. Of an even number of places, the
	// median is half way between the two in the middle.
	MinUptake    *domain.Ratio      `json:"minUptake,omitempty"`
	MedianUptake *domain.Ratio      `json:"medianUptake,omitempty"`
	Reasons      map[string]int     `json:"reasons"` // why inputs are not used
	Outputs      []SynthesisOutput  `json:"outputs"`
	Nodes        []RecommendationIn `json:"recommendations"` // national and global ones, in the order of their drafts
}

// PlaceUptake counts the national recommendations of one place that are adopted: used + unused + open = adopted.
type PlaceUptake struct {
	Place   domain.Place  `json:"place"`
	Adopted int           `json:"adopted"`
	Used    int           `json:"used"`
	Unused  int           `json:"unused"`
	Open    int           `json:"open"`             // not accounted for: adopted later, by a dialogue without a certificate, or before there is a synthesis
	Uptake  *domain.Ratio `json:"uptake,omitempty"` // used / adopted, after the synthesis
}

// SynthesisOutput is a recommendation that came out, and the places that have an input below it.
type SynthesisOutput struct {
	Recommendation domain.RecommendationID `json:"recommendation"`
	Places         []domain.Place          `json:"places"`
	Inputs         int                     `json:"inputs"`
}

// RecommendationIn is one recommendation in the graph. Below are those of its sources that are national or global recommendations of the edition, too.
type RecommendationIn struct {
	Recommendation domain.RecommendationID `json:"recommendation"`
	Stream         domain.StreamID         `json:"stream"`
	Level          domain.Level            `json:"level"`
	Place          domain.Place            `json:"place,omitempty"`
	Dialogue       domain.DialogueID       `json:"dialogue,omitempty"`
	Outcome        domain.Outcome          `json:"outcome,omitempty"`
	Below          []domain.Source         `json:"below"`
	Use            Uptake                  `json:"use,omitempty"`
	ReasonCode     string                  `json:"reasonCode,omitempty"` // why it is not used
}

// Uptake says what a synthesis did with an input. It is empty for what did not go in.
type Uptake string

// What becomes of an input.
const (
	InputUsed   Uptake = "used"
	InputUnused Uptake = "unused"
)

// Words are all that an Uptake may be.
func (Uptake) Words() []string { return []string{string(InputUnused), string(InputUsed)} }

// Synthesis has a document for every edition, by its id.
var Synthesis = public(Of("synthesis", 1, "what became of the national recommendations: inputs, used, unused and why, uptake by country; key: the edition's id",
	on(domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.RecommendationDecided{}, domain.SynthesisCompleted{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			if e.Level == domain.TableLevel {
				return to
			}
		case domain.RecommendationRevised, domain.RecommendationDecided, domain.SynthesisCompleted:
		default:
			return to
		}
		return append(to, string(f.Meta.Source))
	},
	func(d *SynthesisDoc, key string, f *Fact) {
		if d.Edition == "" {
			*d = SynthesisDoc{Edition: domain.EditionID(key), Editors: []string{}, Reviewers: []string{}, Places: []PlaceUptake{}, Reasons: map[string]int{}, Outputs: []SynthesisOutput{}, Nodes: []RecommendationIn{}}
		}
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			n := RecommendationIn{Recommendation: e.Recommendation, Stream: f.Stream, Level: e.Level, Place: f.Place.Place, Dialogue: f.Meta.Dialogue, Below: []domain.Source{}}
			n.Below = append(n.Below, d.among(e.Sources)...)
			d.Nodes = append(d.Nodes, n)
		case domain.RecommendationRevised:
			if n := d.node(e.Recommendation); n != nil {
				n.Below = slices.DeleteFunc(n.Below, func(s domain.Source) bool { return slices.Contains(e.SourcesRemoved, s) })
				n.Below = append(n.Below, d.among(e.SourcesAdded)...)
			}
		case domain.RecommendationDecided:
			if n := d.node(e.Recommendation); n != nil {
				n.Outcome = e.Outcome
			}
		case domain.SynthesisCompleted:
			d.complete(e, happened(f))
		}
		d.count()
	}))

func (d *SynthesisDoc) node(id domain.RecommendationID) *RecommendationIn {
	for i := range d.Nodes {
		if d.Nodes[i].Recommendation == id {
			return &d.Nodes[i]
		}
	}
	return nil
}

// of finds a recommendation by its stream.
func (d *SynthesisDoc) of(stream domain.StreamID) *RecommendationIn {
	for i := range d.Nodes {
		if d.Nodes[i].Stream == stream {
			return &d.Nodes[i]
		}
	}
	return nil
}

// among are those of the sources that stand in the graph.
func (d *SynthesisDoc) among(sources []domain.Source) (in []domain.Source) {
	for _, s := range sources {
		if d.of(s.Ref.Stream) != nil {
			in = append(in, s)
		}
	}
	return in
}

func (d *SynthesisDoc) complete(e domain.SynthesisCompleted, at domain.Time) {
	method := e.Method
	d.CompletedAt, d.Method, d.Editors, d.Reviewers = &at, &method, e.Editors, e.Reviewers
	d.Codings, d.Results = len(e.Inputs.Codings), len(e.Inputs.Results)
	for _, ref := range e.Inputs.Recommendations {
		if n := d.of(ref.Stream); n != nil {
			n.Use = InputUsed
		}
	}
	for _, u := range e.Unused {
		d.Reasons[u.ReasonCode] = len(u.Recommendations)
		for _, id := range u.Recommendations {
			if n := d.node(id); n != nil {
				n.Use, n.ReasonCode = InputUnused, u.ReasonCode
			}
		}
	}
	for _, id := range e.Outputs {
		out := SynthesisOutput{Recommendation: id, Places: []domain.Place{}}
		for _, n := range d.below(id) {
			if n.Use != InputUsed {
				continue
			}
			out.Inputs++
			if n.Place != "" && !slices.Contains(out.Places, n.Place) {
				out.Places = append(out.Places, n.Place)
			}
		}
		slices.Sort(out.Places)
		d.Outputs = append(d.Outputs, out)
	}
}

// below is everything that a recommendation stands on, near and far, each once.
func (d *SynthesisDoc) below(id domain.RecommendationID) (found []*RecommendationIn) {
	todo := []*RecommendationIn{d.node(id)}
	for i := 0; i < len(todo); i++ {
		if todo[i] == nil {
			continue
		}
		for _, s := range todo[i].Below {
			if n := d.of(s.Ref.Stream); n != nil && !slices.Contains(found, n) {
				found, todo = append(found, n), append(todo, n)
			}
		}
	}
	return found
}

// count counts anew: editions have some hundreds of national recommendations, and little happens to them.
func (d *SynthesisDoc) count() {
	d.Places, d.MinUptake, d.MedianUptake = []PlaceUptake{}, nil, nil
	for _, n := range d.Nodes {
		if n.Level != domain.NationalLevel || n.Outcome != domain.Adopted {
			continue
		}
		i, found := slices.BinarySearchFunc(d.Places, n.Place, func(p PlaceUptake, place domain.Place) int { return cmp.Compare(p.Place, place) })
		if !found {
			d.Places = slices.Insert(d.Places, i, PlaceUptake{Place: n.Place})
		}
		p := &d.Places[i]
		p.Adopted++
		switch n.Use {
		case InputUsed:
			p.Used++
		case InputUnused:
			p.Unused++
		default:
			p.Open++
		}
	}
	if d.CompletedAt == nil || len(d.Places) == 0 {
		return
	}
	shares := make([]domain.Ratio, len(d.Places))
	for i := range d.Places {
		shares[i] = domain.RatioOf(int64(d.Places[i].Used), int64(d.Places[i].Adopted))
		d.Places[i].Uptake = &shares[i]
	}
	sorted := slices.SortedFunc(slices.Values(shares), compareRatios)
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	median := domain.RatioOf(low.Num*den(high)+high.Num*den(low), 2*den(low)*den(high))
	d.MinUptake, d.MedianUptake = &sorted[0], &median
}

func compareRatios(a, b domain.Ratio) int { return cmp.Compare(a.Num*den(b), b.Num*den(a)) }

// den is the denominator of a ratio; that of the zero Ratio is one.
func den(r domain.Ratio) int64 { return max(r.Den, 1) }
