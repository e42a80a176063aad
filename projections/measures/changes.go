package measures

import (
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// ChangesDoc is every question that was asked before and after in one place, side by side. Who looks at twenty questions finds one of them changed by chance: the p-values are adjusted for
// all that have one, so that of the questions that are called changed at most one in twenty is expected not to be.
type ChangesDoc struct {
	Head
	Edition    domain.EditionID  `json:"edition"`
	SampleType domain.SampleType `json:"sampleType"`
	Place      domain.Place      `json:"place"`
	Tested     int               `json:"tested"`  // questions with a p-value
	Changed    int               `json:"changed"` // of them, those whose adjusted p-value is at most 0.05
	Questions  []ChangeOfOne     `json:"questions"`
}

// ChangeOfOne is one question. The numbers are those of its document in Change, and hidden where they are hidden there.
type ChangeOfOne struct {
	Question   domain.ArtefactRef  `json:"question"`
	Kind       domain.QuestionKind `json:"kind"`
	Text       domain.LText        `json:"text"`
	Suppressed bool                `json:"suppressed"`
	Matched    *int                `json:"matched,omitempty"`
	Net        *Number             `json:"net,omitempty"`    // net change, 0 to 1: ½Σ|before-after| of the shares
	Change     *Number             `json:"change,omitempty"` // change of the mean point of a scale, in points: after less before
	Test       stats.Algorithm     `json:"test,omitempty"`   // paired t of a scale, McNemar of two options, Stuart and Maxwell of more; absent where nobody moved, or the test would tell a hidden row
	PValue     *Number             `json:"pValue,omitempty"`
	Adjusted   *Number             `json:"adjusted,omitempty"` // p-value, 0 to 1, adjusted by Benjamini and Hochberg over the questions of this document
	Changed    bool                `json:"changed"`
}

// falseDiscoveries is the share of questions called changed that may be so by chance.
const falseDiscoveries = 0.05

// Changes has a document for every place of every sample type that answered any question before and after. It holds nothing that Change does not hold.
var Changes = of(View{Name: "changes", Version: Version, Public: true,
	About: "every question that was asked before and after, with p-values adjusted for all of them; key: edition/sampleType/place, place may be world"},
	func(in *Inputs) []string {
		keys := []string{}
		pairs := in.pairs()
		in.samples(func(edition domain.EditionID, sample domain.SampleType) {
			places := &Pool{}
			for _, p := range pairs {
				if p.after.Edition == edition && p.after.Sample == sample {
					places.add(in.pool(p.after))
				}
			}
			if len(places.Sheets) > 0 {
				for _, place := range everywhere(Asked{}, places) {
					keys = append(keys, string(edition)+"/"+string(sample)+"/"+place)
				}
			}
		})
		return keys
	},
	func(in *Inputs, key string, d *ChangesDoc) error {
		parts := strings.Split(key, "/")
		if len(parts) != 3 {
			return ErrNoDocument
		}
		d.Edition, d.SampleType, d.Place = domain.EditionID(parts[0]), domain.SampleType(parts[1]), domain.Place(parts[2])
		d.Questions = []ChangeOfOne{}
		var p []float64
		var of []int
		for _, pair := range in.pairs() {
			if pair.after.Edition != d.Edition || pair.after.Sample != d.SampleType || len(in.pool(pair.after).of(d.Place)) == 0 {
				continue
			}
			c := ChangeDoc{Head: d.Head}
			if err := in.change(pair, d.Place, &c); err != nil {
				return err
			}
			d.Head = c.Head
			one, value := c.one()
			if d.Questions = append(d.Questions, one); one.PValue != nil {
				p, of = append(p, value), append(of, len(d.Questions)-1)
			}
		}
		if len(d.Questions) == 0 {
			return ErrNoDocument
		}
		adjusted, err := stats.BenjaminiHochberg(p)
		if err != nil {
			d.fail("adjusted p-values", err)
			return nil
		}
		d.by(stats.AlgorithmBenjamini)
		d.with("falseDiscoveries", falseDiscoveries)
		d.Tested = len(p)
		for n, i := range of {
			q, a := &d.Questions[i], Number(adjusted[n])
			q.Adjusted, q.Changed = &a, adjusted[n] <= falseDiscoveries
			if q.Changed {
				d.Changed++
			}
		}
		return nil
	})

// one is what a list of questions says of a change, and the p-value as it was computed.
func (d *ChangeDoc) one() (ChangeOfOne, float64) {
	one := ChangeOfOne{Question: d.Question, Kind: d.Kind, Text: d.Text, Suppressed: d.Suppressed, Matched: d.Matched}
	if d.Suppressed {
		return one, 0
	}
	var p Number
	if d.Moves != nil {
		one.Net = &d.Moves.Net
	}
	switch {
	case d.Scale != nil:
		one.Change = &d.Scale.Change
		one.Test, p = stats.AlgorithmPairedMeans, d.Scale.PValue
	case len(d.Shares) == 2 && d.Shares[0].PValue != nil:
		one.Test, p = stats.AlgorithmMcNemar, *d.Shares[0].PValue
	case len(d.Shares) > 2 && d.Moves != nil && d.Moves.Margins != nil:
		one.Test, p = stats.AlgorithmStuartMaxwell, d.Moves.Margins.PValue
	default:
		p = None
	}
	if p != p { // not a number: there is none
		one.Test = ""
		return one, 0
	}
	one.PValue = &p
	return one, float64(p)
}

// add adds the sheets of places that are not there yet.
func (p *Pool) add(other *Pool) {
	for _, s := range other.Sheets {
		if len(p.of(s.Room.Place)) == 0 {
			p.insert(s)
		}
	}
}
