package measures

import (
	"daybook.internal/domain"
	"daybook.internal/projections"
)

// BreadthDoc is how far and how deep one recommendation reaches: everything below counts that it stands on now, through however many other recommendations.
type BreadthDoc struct {
	Head
	Recommendation  domain.RecommendationID   `json:"recommendation"`
	Edition         domain.EditionID          `json:"edition"`
	Level           domain.Level              `json:"level"`
	Kind            domain.RecommendationKind `json:"kind"`
	Outcome         domain.Outcome            `json:"outcome,omitempty"`
	Complete        bool                      `json:"complete"`   // every trace ends in a worksheet, a reconciled result or an accepted statement
	Incomplete      []domain.StreamID         `json:"incomplete"` // streams where the trace ends too early
	Countries       []domain.Place            `json:"countries"`  // from which anything below comes
	Certified       int                       `json:"certified"`  // dialogues of the edition with a certificate
	Breadth         Number                    `json:"breadth"`    // countries / certified, 0 to 1; null where no dialogue has a certificate
	Tables          int                       `json:"tables"`     // different tables that it rests on
	Worksheets      int                       `json:"worksheets"`
	Results         int                       `json:"results"`
	Statements      int                       `json:"statements"`
	Codings         int                       `json:"codings"`
	Recommendations int                       `json:"recommendations"`
	Depth           int                       `json:"depth"`    // steps on the longest way down
	Contrast        int                       `json:"contrast"` // of its own sources, those that speak against it
}

// Breadth has a document for every recommendation. It counts documents of the process, and no people.
var Breadth = of(View{Name: "breadth", Version: Version, Public: true,
	About: "how far and how deep one recommendation reaches: countries, tables, depth, contrast, whether its trace is complete; key: the recommendation's id"},
	func(in *Inputs) []string { return in.keysOf(projections.Recommendation) },
	func(in *Inputs, key string, d *BreadthDoc) error {
		r := document[projections.RecommendationDoc](in, projections.Recommendation, key)
		if r == nil {
			return ErrNoDocument
		}
		d.Recommendation, d.Edition, d.Level, d.Kind, d.Outcome = r.Recommendation, r.Edition, r.Level, r.Kind, r.Outcome
		d.by(AlgorithmAncestry)
		a := in.ancestry()
		own := domain.RecommendationStream(r.Recommendation)
		d.Depth = a.of(own)
		if len(r.Sources) == 0 {
			a.loose[own] = true
		}
		d.Incomplete, d.Countries = ordered(a.loose), ordered(a.places)
		d.Complete = len(d.Incomplete) == 0
		d.Certified, d.Breadth = len(in.library(r.Edition).certified), None
		if d.Certified > 0 {
			d.Breadth = Number(float64(len(d.Countries)) / float64(d.Certified))
		}
		if len(d.Countries) > d.Certified {
			d.warn(WarnPartial, "it comes from %d countries, and %d dialogues have a certificate so far", len(d.Countries), d.Certified)
		}
		d.Tables, d.Worksheets, d.Results, d.Statements = len(a.tables), len(a.worksheets), len(a.results), len(a.statements)
		d.Codings, d.Recommendations = len(a.codings), len(a.below)
		for _, s := range r.Sources {
			if s.Role == domain.ContrastRole {
				d.Contrast++
			}
		}
		return nil
	})
