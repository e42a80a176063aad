package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// UptakeDoc says what became of what people wrote, in one edition: which worksheets and which national recommendations went into the recommendations of the world, and why others
// did not.
type UptakeDoc struct {
	Head
	Edition    domain.EditionID `json:"edition"`
	Completed  bool             `json:"completed"`  // whether the synthesis is completed
	Worksheets []SheetUptake    `json:"worksheets"` // worksheets, by sample type
	National   NationalUptake   `json:"national"`
	Global     []GlobalReach    `json:"global"`  // in the order of their drafts
	Orphans    int              `json:"orphans"` // global recommendations that stand on nothing that people said or decided
	OrphanRate Number           `json:"orphanRate"`
}

// SheetUptake are the worksheets of tables in dialogues of one sample type. One is used if an adopted global recommendation stands on it, near or far.
type SheetUptake struct {
	SampleType  domain.SampleType `json:"sampleType"`
	Places      []PlaceUptake     `json:"places"`
	Min         Number            `json:"min"` // the least uptake over the places, 0 to 1
	Median      Number            `json:"median"`
	MinToMedian Number            `json:"minToMedian"` // least / median, 0 to 1; null where the median is 0
	Unused      []UnusedSheet     `json:"unused"`
}

// PlaceUptake is that of one place.
type PlaceUptake struct {
	Place  domain.Place `json:"place"`
	All    int          `json:"all"`
	Used   int          `json:"used"`
	Uptake Number       `json:"uptake"` // used / all of the place, 0 to 1; null where there are none
}

// UnusedSheet is a worksheet that no adopted global recommendation stands on.
type UnusedSheet struct {
	Place  domain.Place    `json:"place"`
	Output domain.OutputID `json:"output"`
	Source domain.Ref      `json:"source"` // its last revision, by stream and version
}

// NationalUptake are the adopted national recommendations, as the synthesis accounts for them.
type NationalUptake struct {
	Inputs      int                       `json:"inputs"` // adopted: used + unused + open
	Used        int                       `json:"used"`
	Unused      int                       `json:"unused"`
	Open        int                       `json:"open"`   // recommendations that are not accounted for
	Places      []projections.PlaceUptake `json:"places"` // the same, by country
	Min         Number                    `json:"min"`
	Median      Number                    `json:"median"`
	MinToMedian Number                    `json:"minToMedian"`
	Reasons     map[string]int            `json:"reasons"` // why inputs are not used
	NotUsed     []NotUsed                 `json:"notUsed"`
}

// NotUsed is a national recommendation that the synthesis left out, and why.
type NotUsed struct {
	Recommendation domain.RecommendationID `json:"recommendation"`
	Place          domain.Place            `json:"place"`
	ReasonCode     string                  `json:"reasonCode"`
}

// GlobalReach is one global recommendation and the countries below it.
type GlobalReach struct {
	Recommendation domain.RecommendationID   `json:"recommendation"`
	Kind           domain.RecommendationKind `json:"kind,omitempty"`
	Outcome        domain.Outcome            `json:"outcome,omitempty"`
	Countries      int                       `json:"countries"`
	Places         []domain.Place            `json:"places"`
	Worksheets     int                       `json:"worksheets"`
	Orphan         bool                      `json:"orphan"`
}

// Uptake has a document for every edition with recommendations of countries or of the world. It counts documents of the process, and no people.
var Uptake = of(View{Name: "uptake", Version: Version, Public: true,
	About: "what became of worksheets and national recommendations: used, unused and why, uptake by country, countries of each global text; key: the edition's id"},
	func(in *Inputs) []string { return in.keysOf(projections.Synthesis) },
	func(in *Inputs, key string, d *UptakeDoc) error {
		s := document[projections.SynthesisDoc](in, projections.Synthesis, key)
		if s == nil {
			return ErrNoDocument
		}
		d.Edition, d.Completed, d.Global = s.Edition, s.CompletedAt != nil, []GlobalReach{}
		d.by(AlgorithmAncestry)
		adopted := in.ancestry()
		for _, n := range s.Nodes {
			if n.Level != domain.GlobalLevel {
				continue
			}
			if n.Outcome == domain.Adopted {
				adopted.of(n.Stream)
			}
			d.Global = append(d.Global, in.reach(n))
			if d.Global[len(d.Global)-1].Orphan {
				d.Orphans++
			}
		}
		d.OrphanRate = None
		if len(d.Global) > 0 {
			d.OrphanRate = Number(float64(d.Orphans) / float64(len(d.Global)))
		}
		d.Worksheets = in.uptake(s.Edition, adopted)
		d.National = national(s)
		return nil
	})

// reach is one global recommendation and what it stands on.
func (in *Inputs) reach(n projections.RecommendationIn) GlobalReach {
	a := in.ancestry()
	a.of(n.Stream)
	g := GlobalReach{Recommendation: n.Recommendation, Outcome: n.Outcome, Places: ordered(a.places), Worksheets: len(a.worksheets), Orphan: !a.grounded()}
	g.Countries = len(g.Places)
	if r := document[projections.RecommendationDoc](in, projections.Recommendation, string(n.Recommendation)); r != nil {
		g.Kind = r.Kind
	}
	return g
}

// uptake goes through the worksheets of an edition, each in its last revision.
func (in *Inputs) uptake(id domain.EditionID, adopted *ancestry) []SheetUptake {
	all := []SheetUptake{}
	for _, stream := range in.library(id).tables {
		t := in.sheets(stream)
		i, found := slices.BinarySearchFunc(all, t.sample, func(u SheetUptake, s domain.SampleType) int { return cmp.Compare(u.SampleType, s) })
		if !found {
			all = slices.Insert(all, i, SheetUptake{SampleType: t.sample, Unused: []UnusedSheet{}})
		}
		u := &all[i]
		p := u.place(t.place)
		seen := map[domain.OutputID]bool{}
		for _, o := range slices.Backward(t.outputs) {
			if seen[o.output] {
				continue
			}
			seen[o.output] = true
			p.All++
			if adopted.worksheets[Origin{Stream: stream, Output: o.output}] {
				p.Used++
			} else {
				u.Unused = append(u.Unused, UnusedSheet{t.place, o.output, domain.Ref{Stream: stream, Version: o.version}})
			}
		}
	}
	for i := range all {
		u := &all[i]
		var shares []Number
		for p := range u.Places {
			u.Places[p].Uptake = Number(float64(u.Places[p].Used) / float64(u.Places[p].All))
			shares = append(shares, u.Places[p].Uptake)
		}
		u.Min, u.Median, u.MinToMedian = spread(shares)
		slices.SortFunc(u.Unused, func(a, b UnusedSheet) int {
			return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Source.Stream, b.Source.Stream), cmp.Compare(a.Source.Version, b.Source.Version))
		})
	}
	return all
}

func (u *SheetUptake) place(place domain.Place) *PlaceUptake {
	i, found := slices.BinarySearchFunc(u.Places, place, func(p PlaceUptake, at domain.Place) int { return cmp.Compare(p.Place, at) })
	if !found {
		u.Places = slices.Insert(u.Places, i, PlaceUptake{Place: place})
	}
	return &u.Places[i]
}

// national is what the synthesis accounts for.
func national(s *projections.SynthesisDoc) NationalUptake {
	u := NationalUptake{Places: s.Places, Reasons: s.Reasons, NotUsed: []NotUsed{}}
	var shares []Number
	for _, p := range s.Places {
		u.Inputs, u.Used, u.Unused, u.Open = u.Inputs+p.Adopted, u.Used+p.Used, u.Unused+p.Unused, u.Open+p.Open
		if p.Uptake != nil {
			shares = append(shares, Number(float64(p.Used)/float64(p.Adopted)))
		}
	}
	u.Min, u.Median, u.MinToMedian = spread(shares)
	for _, n := range s.Nodes {
		if n.Use == projections.InputUnused {
			u.NotUsed = append(u.NotUsed, NotUsed{n.Recommendation, n.Place, n.ReasonCode})
		}
	}
	return u
}

// spread is the least of some shares, the one in the middle, and the first as a share of the second.
func spread(shares []Number) (least, median, ratio Number) {
	if len(shares) == 0 {
		return None, None, None
	}
	sorted := slices.Sorted(slices.Values(shares))
	least, median, ratio = sorted[0], (sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2])/2, None
	if median > 0 {
		ratio = least / median
	}
	return least, median, ratio
}
