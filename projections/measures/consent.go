package measures

import (
	"daybook.internal/domain"
	"daybook.internal/projections"
)

// ConsentDoc counts consent, withdrawal and erasure among the participants of dialogues. Nobody is named.
type ConsentDoc struct {
	Head
	Gathering
	AsOf       domain.Date                 `json:"asOf"`       // the last day that the record knows
	Registered int                         `json:"registered"` // people: Active + Withdrawn + Erased + Pending
	Active     int                         `json:"active"`     // consent to take part and to the use of their data stands
	Withdrawn  int                         `json:"withdrawn"`  // such consent was taken back, and data are not erased
	Erased     int                         `json:"erased"`     // people whose personal data are gone
	Pending    int                         `json:"pending"`    // people who never consented to both
	Overdue    int                         `json:"overdue"`    // of Withdrawn: for more days than an erasure may take
	Late       int                         `json:"late"`       // of Erased: it took more days than it may after the request
	Scopes     map[domain.ConsentScope]int `json:"scopes"`     // people of whom nothing is erased, by what they consent to
	Words      ErasedWords                 `json:"words"`
	InTime     Rate                        `json:"inTime"` // erasures, of people and of words, that were done in time
	Longest    *int                        `json:"longest"`
}

// ErasedWords counts openings that were erased one by one.
type ErasedWords struct {
	Erased int `json:"erased"`
	Late   int `json:"late"`
}

// Consent has a document for every dialogue that people register for, and one for all of each sample type.
//
// A request for erasure enters the record with the erasure itself. So a request that nobody acted on is not known here; what is known is consent that was
// taken back, upon which data are to go. Overdue counts those people. Data that only consent to less was withdrawn for (recordings, quotes, contact) are not
// counted: what the vault holds of them is not in the record.
var Consent = of(View{Name: "consent", Version: Version,
	About: "consent, withdrawal and erasure, as counts; key: edition/dialogue, or edition/world/sampleType"},
	func(in *Inputs) []string { return in.gatherings(nil) },
	func(in *Inputs, key string, d *ConsentDoc) (err error) {
		var of []*projections.DialogueDoc
		var rest string
		if d.Gathering, of, rest, err = in.gather(key, &d.Head); err != nil || rest != "" {
			return ErrNoDocument
		}
		limit := in.threshold(d.Edition, "D21.days", &d.Head)
		last := in.lastDay(d.Edition)
		d.AsOf, d.Scopes = last.Date(), map[domain.ConsentScope]int{}
		done, late := 0, 0
		erased := func(e erasure) bool {
			days := e.days()
			if d.Longest == nil || days > *d.Longest {
				d.Longest = &days
			}
			done++
			if within(days, limit) {
				return false
			}
			late++
			return true
		}
		for _, dialogue := range of {
			c := in.crowd(dialogue.Dialogue)
			if c == nil {
				continue
			}
			for _, p := range c.people {
				d.Registered++
				switch {
				case p.erased != nil:
					if d.Erased++; erased(*p.erased) {
						d.Late++
					}
					continue
				case p.admissible():
					d.Active++
				case p.withdrawn != 0:
					if d.Withdrawn++; !within(erasure{p.withdrawn, last}.days(), limit) {
						d.Overdue++
					}
				default:
					d.Pending++
				}
				for _, scope := range p.scopes {
					d.Scopes[scope]++
				}
			}
			for _, e := range c.words {
				if d.Words.Erased++; erased(e) {
					d.Words.Late++
				}
			}
		}
		onTime := done - late
		d.InTime = d.rate("erasures in time", &onTime, &done)
		return nil
	})
