package release

import (
	"fmt"
	"strings"

	"daybook.internal/domain"
)

// catalogue describes the release in DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) as JSON-LD 1.1, with a context of its own, so that nobody has to fetch one. Files
// are named relative to the document.
type catalogue struct {
	Context       map[string]any `json:"@context"`
	ID            string         `json:"@id"`
	Type          string         `json:"@type"`
	Identifier    string         `json:"dct:identifier"`
	Title         []langText     `json:"dct:title"`
	Description   []langText     `json:"dct:description"`
	Modified      typed          `json:"dct:modified"`
	Version       string         `json:"dcat:version"`
	Language      []csvwLink     `json:"dct:language"`
	Licence       csvwLink       `json:"dct:license"`
	Publisher     agent          `json:"dct:publisher"`
	Temporal      period         `json:"dct:temporal"`
	Spatial       []location     `json:"dct:spatial,omitempty"`
	Provenance    provenance     `json:"dct:provenance"`
	Distributions []distribution `json:"dcat:distribution"`
}

type langText struct {
	Value string `json:"@value"`
	Lang  string `json:"@language"`
}

type typed struct {
	Value string `json:"@value"`
	Type  string `json:"@type"`
}

type agent struct {
	Type string `json:"@type"`
	Name string `json:"foaf:name"`
}

type period struct {
	Type  string `json:"@type"`
	Start typed  `json:"dcat:startDate"`
	End   typed  `json:"dcat:endDate"`
}

// location is a country by its code of ISO 3166-1.
type location struct {
	Type       string `json:"@type"`
	Identifier string `json:"dct:identifier"`
}

type provenance struct {
	Type  string     `json:"@type"`
	Label []langText `json:"rdfs:label"`
}

type distribution struct {
	Type        string     `json:"@type"`
	Title       []langText `json:"dct:title"`
	Description []langText `json:"dct:description,omitempty"`
	DownloadURL csvwLink   `json:"dcat:downloadURL"`
	MediaType   *csvwLink  `json:"dcat:mediaType,omitempty"` // of the register of IANA
	Format      *format    `json:"dct:format,omitempty"`     // of none
	Licence     csvwLink   `json:"dct:license"`
	ByteSize    typed      `json:"dcat:byteSize"`
	ConformsTo  *csvwLink  `json:"dct:conformsTo,omitempty"`
	Checksum    checksum   `json:"spdx:checksum"`
}

type format struct {
	Type  string     `json:"@type"`
	Label []langText `json:"rdfs:label"`
}

type checksum struct {
	Type      string   `json:"@type"`
	Algorithm csvwLink `json:"spdx:algorithm"`
	Value     typed    `json:"spdx:checksumValue"`
}

// conforms are the standards of files that are no tables.
var conforms = map[string]string{CodebookName: "https://ddialliance.org/Specification/DDI-Codebook/2.5/", PackageName: "https://datapackage.org/standard/data-package/"}

func (w *writing) catalogue() ([]byte, error) {
	english := func(s string) []langText { return []langText{{s, "en"}} }
	c := catalogue{
		Context: map[string]any{
			"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
			"spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
		},
		ID: "./", Type: "dcat:Dataset", Identifier: w.name(), Description: english(w.about()), Modified: typed{w.last.String(), "xsd:dateTime"}, Version: fmt.Sprint(w.Position()),
		Licence: csvwLink{w.Licence.URL}, Publisher: agent{"foaf:Agent", w.coordinator()},
		Temporal:   period{"dct:PeriodOfTime", typed{string(w.first.Date()), "xsd:date"}, typed{string(w.last.Date()), "xsd:date"}},
		Provenance: provenance{"dct:ProvenanceStatement", english(w.provenance())},
	}
	for _, lang := range sortedKeys(w.opened.Title.Text) {
		c.Title = append(c.Title, langText{w.opened.Title.Text[lang], string(lang)})
	}
	for _, l := range w.languages() {
		c.Language = append(c.Language, csvwLink{language(l)})
	}
	for _, p := range sortedKeys(w.places) {
		c.Spatial = append(c.Spatial, location{"dct:Location", string(p)})
	}
	for _, f := range w.sorted() {
		if strings.HasSuffix(f.Path, "-metadata.json") {
			continue
		}
		d := distribution{
			Type: "dcat:Distribution", Title: english(f.Path), DownloadURL: csvwLink{f.Path},
			Licence: csvwLink{w.Licence.URL}, ByteSize: typed{fmt.Sprint(f.Bytes), "xsd:nonNegativeInteger"},
			Checksum: checksum{"spdx:Checksum", csvwLink{"spdx:checksumAlgorithm_sha256"}, typed{f.Digest.String(), "xsd:hexBinary"}},
		}
		if strings.Contains(f.MediaType, "/x-") {
			d.Format = &format{"dct:MediaType", english(f.MediaType)}
		} else {
			d.MediaType = &csvwLink{"https://www.iana.org/assignments/media-types/" + f.MediaType}
		}
		if f.Table != nil {
			d.Description = english(f.Table.About)
		}
		if strings.HasPrefix(f.Path, "csv/") {
			d.ConformsTo = &csvwLink{f.Path + "-metadata.json"}
		} else if to, ok := conforms[f.Path]; ok {
			d.ConformsTo = &csvwLink{to}
		}
		c.Distributions = append(c.Distributions, d)
	}
	return marshal(c)
}

// language is one of the register of the Library of Congress, which DCAT asks for: by the two or three letters that a tag begins with.
func language(l domain.Lang) string {
	first, _, _ := strings.Cut(string(l), "-")
	if len(first) == 2 {
		return "http://id.loc.gov/vocabulary/iso639-1/" + first
	}
	return "http://id.loc.gov/vocabulary/iso639-2/" + first
}
