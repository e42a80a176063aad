package measures

import (
	"math"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// AllocationDoc is how the people of one place, or of all, divided points among the options of a question.
type AllocationDoc struct {
	Head
	QuestionHead
	Place       domain.Place               `json:"place"`
	Suppressed  bool                       `json:"suppressed"`
	Base        *int                       `json:"base,omitempty"` // people whose answers count; absent: hidden
	NonResponse map[domain.NonResponse]int `json:"nonResponse,omitempty"`
	Total       int                        `json:"total"` // points that everybody divides
	Options     []AllocatedOption          `json:"options,omitempty"`
}

// AllocatedOption is what one option got.
type AllocatedOption struct {
	Option domain.OptionID `json:"option"`
	Label  domain.LText    `json:"label"`
	Sum    int             `json:"sum"`
	Mean   Number          `json:"mean"`
	SD     Number          `json:"sd"` // standard deviation of the points, by n-1; at least 0
	Median Number          `json:"median"`
	Above  int             `json:"above"` // people who gave it any points
	Share  Number          `json:"share"` // share of people who gave it any points, 0 to 1
}

// AllocationResult has a document for every allocation, wherever it was given. Places are hidden as those of Result are.
var AllocationResult = of(View{Name: "allocation", Version: Version, Public: true,
	About: "how people divided points among options: mean, median, share of those who gave any; key: edition/question@version/session/wave/sampleType/place, place may be world"},
	func(in *Inputs) []string { return askedKeys(in, ofKind(domain.Allocation), everywhere) },
	func(in *Inputs, key string, d *AllocationDoc) error {
		q, sheets, err := in.placedSheets(key, domain.Allocation, &d.Head, &d.QuestionHead, &d.Place, &d.Suppressed)
		if err != nil || d.Suppressed {
			return err
		}
		d.Total = q.Total
		c := count(q, sheets)
		d.Base, d.NonResponse = &c.valid, c.nonResponse
		if c.valid == 0 {
			return nil
		}
		var ballots [][]int
		for a := range answers(sheets) {
			points := make([]int, len(q.Options))
			for i, o := range q.Options {
				points[i] = a.Allocation[o.ID]
			}
			ballots = append(ballots, points)
		}
		given, err := stats.Allocate(len(q.Options), q.Total, ballots)
		if err != nil {
			d.fail("points", err)
			return nil
		}
		d.by(stats.AlgorithmAllocation)
		for i, o := range q.Options {
			g, sd := given[i], None
			if g.SampleVariance != nil {
				sd = Number(math.Sqrt(*g.SampleVariance))
			}
			d.Options = append(d.Options, AllocatedOption{o.ID, o.Label, g.Sum, Number(g.Mean), sd, Number(g.Median()), g.Above, Number(g.ShareAbove())})
		}
		return nil
	})
