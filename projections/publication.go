package projections

import "daybook.internal/domain"

// PublicationDoc is one publication and its errata. Before EmbargoUntil it is not for everybody.
type PublicationDoc struct {
	Publication     domain.PublicationID      `json:"publication"`
	Edition         domain.EditionID          `json:"edition"`
	Kind            domain.PublicationKind    `json:"kind"`
	Dialogue        domain.DialogueID         `json:"dialogue,omitempty"`
	Place           domain.Place              `json:"place,omitempty"`
	Recommendations []domain.RecommendationID `json:"recommendations"`
	Files           []domain.ReleasedFile     `json:"files"` // as they were released; they stay
	LedgerPosition  uint64                    `json:"ledgerPosition"`
	Views           map[string]int            `json:"views"` // the versions of the views that data come from
	Licence         string                    `json:"licence"`
	ReleasedAt      domain.Time               `json:"releasedAt"`
	EmbargoUntil    *domain.Time              `json:"embargoUntil,omitempty"`
	DisclosureCheck *domain.DisclosureCheck   `json:"disclosureCheck,omitempty"`
	Notified        int                       `json:"notified"`
	Errata          []Erratum                 `json:"errata"` // in the order in which they were recorded
}

// Erratum is one correction.
type Erratum struct {
	At       domain.Time           `json:"at"`
	Files    []domain.ReleasedFile `json:"files"`
	Erratum  domain.LText          `json:"erratum"`
	Affected []string              `json:"affected"`
	Reason   string                `json:"reason"`
}

// Publication has a document for every publication, by its id.
var Publication = public(Of("publication", 1, "one publication: files, position of the ledger, views, embargo, errata; key: its id",
	on(domain.PublicationReleased{}, domain.PublicationCorrected{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.PublicationReleased:
			return append(to, string(e.Publication))
		case domain.PublicationCorrected:
			return append(to, string(e.Publication))
		}
		return to
	},
	func(d *PublicationDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.PublicationReleased:
			*d = PublicationDoc{
				Publication: e.Publication, Edition: e.Edition, Kind: e.Kind, Dialogue: e.Dialogue, Place: f.Place.Place, Recommendations: append([]domain.RecommendationID{}, e.Recommendations...), Files: e.Files,
				LedgerPosition: e.LedgerPosition, Views: e.Views, Licence: e.Licence, ReleasedAt: happened(f), EmbargoUntil: known(e.EmbargoUntil),
				Notified: e.Notified, Errata: []Erratum{},
			}
			if d.Views == nil {
				d.Views = map[string]int{}
			}
			if e.DisclosureCheck != (domain.DisclosureCheck{}) {
				check := e.DisclosureCheck
				d.DisclosureCheck = &check
			}
		case domain.PublicationCorrected:
			d.Errata = append(d.Errata, Erratum{happened(f), e.Files, e.Erratum, e.Affected, e.Reason})
		}
	}))
