package release

import (
	"fmt"
	"strings"

	"daybook.internal/release/dcat"
)

// catalogue describes the release in DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) as JSON-LD 1.1, with a context of its own, so that nobody has to fetch one. Files
// are named relative to the document.
type catalogue struct {
	Context       map[string]any      `json:"@context"`
	ID            string              `json:"@id"`
	Type          string              `json:"@type"`
	Identifier    string              `json:"dct:identifier"`
	Title         []dcat.Text         `json:"dct:title"`
	Description   []dcat.Text         `json:"dct:description"`
	Modified      dcat.Typed          `json:"dct:modified"`
	Version       string              `json:"dcat:version"`
	Language      []dcat.Link         `json:"dct:language"`
	Licence       dcat.Link           `json:"dct:license"`
	Publisher     dcat.Agent          `json:"dct:publisher"`
	Temporal      dcat.Period         `json:"dct:temporal"`
	Spatial       []dcat.Location     `json:"dct:spatial,omitempty"`
	Provenance    dcat.Provenance     `json:"dct:provenance"`
	Distributions []dcat.Distribution `json:"dcat:distribution"`
}

// conforms are the standards of files that are no tables.
var conforms = map[string]string{CodebookName: "https://ddialliance.org/Specification/DDI-Codebook/2.5/", PackageName: "https://datapackage.org/standard/data-package/"}

func (w *writing) catalogue() ([]byte, error) {
	c := catalogue{
		Context: dcat.Context(),
		ID:      "./", Type: "dcat:Dataset", Identifier: w.name(), Description: dcat.English(w.about()), Modified: dcat.Typed{Value: w.last.String(), Type: "xsd:dateTime"}, Version: fmt.Sprint(w.Position()),
		Licence: dcat.Link{ID: w.Licence.URL}, Publisher: dcat.Agent{Type: "foaf:Agent", Name: w.coordinator()},
		Temporal:   dcat.Period{Type: "dct:PeriodOfTime", Start: dcat.Typed{Value: string(w.first.Date()), Type: "xsd:date"}, End: dcat.Typed{Value: string(w.last.Date()), Type: "xsd:date"}},
		Provenance: dcat.Provenance{Type: "dct:ProvenanceStatement", Label: dcat.English(w.provenance())},
	}
	for _, lang := range sortedKeys(w.opened.Title.Text) {
		c.Title = append(c.Title, dcat.Text{Value: w.opened.Title.Text[lang], Lang: string(lang)})
	}
	for _, l := range w.languages() {
		c.Language = append(c.Language, dcat.Language(l))
	}
	for _, p := range sortedKeys(w.places) {
		c.Spatial = append(c.Spatial, dcat.Location{Type: "dct:Location", Identifier: string(p)})
	}
	for _, f := range w.sorted() {
		if strings.HasSuffix(f.Path, "-metadata.json") {
			continue
		}
		d := dcat.Distribution{
			Type: "dcat:Distribution", Title: dcat.English(f.Path), DownloadURL: &dcat.Link{ID: f.Path},
			Licence: &dcat.Link{ID: w.Licence.URL}, ByteSize: &dcat.Typed{Value: fmt.Sprint(f.Bytes), Type: "xsd:nonNegativeInteger"},
			Checksum: &dcat.Checksum{Type: "spdx:Checksum", Algorithm: dcat.Link{ID: "spdx:checksumAlgorithm_sha256"}, Value: dcat.Typed{Value: f.Digest.String(), Type: "xsd:hexBinary"}},
		}
		d.SetMediaType(f.MediaType)
		if f.Table != nil {
			d.Description = dcat.English(f.Table.About)
		}
		if strings.HasPrefix(f.Path, "csv/") {
			d.ConformsTo = &dcat.Link{ID: f.Path + "-metadata.json"}
		} else if to, ok := conforms[f.Path]; ok {
			d.ConformsTo = &dcat.Link{ID: to}
		}
		c.Distributions = append(c.Distributions, d)
	}
	return marshal(c)
}
