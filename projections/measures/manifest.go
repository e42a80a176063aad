package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// WarnCorrected says that something is corrected since.
const WarnCorrected = "corrected"

// ManifestDoc is what one publication consists of: its files as they stand with all errata, the place in the ledger that its data are of, and the versions of the views that they come from.
type ManifestDoc struct {
	Head
	Publication     domain.PublicationID      `json:"publication"`
	Edition         domain.EditionID          `json:"edition"`
	Kind            domain.PublicationKind    `json:"kind"`
	Dialogue        domain.DialogueID         `json:"dialogue,omitempty"`
	Place           domain.Place              `json:"place,omitempty"`
	Recommendations []domain.RecommendationID `json:"recommendations"`
	Released        uint64                    `json:"releasedPosition"` // the place in the ledger that its data are of
	ReleasedAt      domain.Time               `json:"releasedAt"`
	Licence         string                    `json:"licence"`
	Views           []ReleasedView            `json:"views"`
	Files           []ManifestFile            `json:"files"`    // in the order of their names
	Replaced        []domain.ReleasedFile     `json:"replaced"` // as they were before an erratum
	Errata          []projections.Erratum     `json:"errata"`   // in the order in which they were recorded
	DisclosureCheck *domain.DisclosureCheck   `json:"disclosureCheck"`
}

// ReleasedView is a view that data of a publication come from.
type ReleasedView struct {
	View    string `json:"view"`
	Version int    `json:"version"`
	Now     *int   `json:"now"` // the version of its documents today; null: there is no such view any more
}

// ManifestFile is a file as it stands, with the number of the erratum that it came with, from 1; 0: it was released.
type ManifestFile struct {
	domain.ReleasedFile
	Erratum int `json:"erratum"`
}

// Manifest has a document for every publication that is not under an embargo on the last day that the record of its edition knows.
var Manifest = of(View{Name: "manifest", Version: Version, Public: true,
	About: "what one publication consists of: files and digests with all errata, position of the ledger, versions of views; key: the publication's id"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, key := range in.keysOf(projections.Publication) {
			if in.publication(key) != nil {
				keys = append(keys, key)
			}
		}
		return keys
	},
	func(in *Inputs, key string, d *ManifestDoc) error {
		p := in.publication(key)
		if p == nil {
			return ErrNoDocument
		}
		d.Publication, d.Edition, d.Kind, d.Dialogue, d.Place, d.Recommendations = p.Publication, p.Edition, p.Kind, p.Dialogue, p.Place, p.Recommendations
		d.Released, d.ReleasedAt, d.Licence, d.Errata, d.DisclosureCheck = p.LedgerPosition, p.ReleasedAt, p.Licence, p.Errata, p.DisclosureCheck
		d.Views, d.Files, d.Replaced = []ReleasedView{}, []ManifestFile{}, []domain.ReleasedFile{}
		for _, name := range ordered(p.Views) {
			v := ReleasedView{View: name, Version: p.Views[name], Now: nil}
			if now, is := in.s.versions[name]; is {
				v.Now = &now
			}
			if v.Now != nil && *v.Now != v.Version {
				d.warn(WarnMixedVersions, "its data come from version %d of view %s; documents of this view have version %d now", v.Version, name, *v.Now)
			}
			d.Views = append(d.Views, v)
		}
		for _, f := range p.Files {
			d.Files = append(d.Files, ManifestFile{f, 0})
		}
		board := document[projections.EditionDoc](in, projections.Edition, string(p.Edition))
		for n, e := range p.Errata {
			d.warn(WarnCorrected, "erratum %d: %d files are others now", n+1, len(e.Files))
			d.correct(n+1, e.Files)
			if board != nil {
				d.warnOfLanguages(e.Erratum, board.Languages, "the text of an erratum")
			}
		}
		slices.SortStableFunc(d.Files, func(a, b ManifestFile) int { return cmp.Compare(a.Name, b.Name) })
		if p.Dialogue != "" {
			in.warnOfSample(in.dialogue(p.Dialogue).frame.SampleType, &d.Head)
		}
		return nil
	})

// publication is a publication that everybody may read; nil where there is none.
func (in *Inputs) publication(key string) *projections.PublicationDoc {
	p := document[projections.PublicationDoc](in, projections.Publication, key)
	if p == nil || p.EmbargoUntil != nil && *p.EmbargoUntil > in.lastDay(p.Edition) {
		return nil
	}
	return p
}

// correct puts the files of an erratum in the place of those that have their names.
func (d *ManifestDoc) correct(erratum int, files []domain.ReleasedFile) {
	for _, f := range files {
		i := slices.IndexFunc(d.Files, func(have ManifestFile) bool { return have.Name == f.Name })
		if i < 0 {
			d.Files = append(d.Files, ManifestFile{f, erratum})
			continue
		}
		d.Replaced = append(d.Replaced, d.Files[i].ReleasedFile)
		d.Files[i] = ManifestFile{f, erratum}
	}
}
