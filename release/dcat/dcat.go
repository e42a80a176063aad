// Package dcat has what is said of data sets in the words of DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), as JSON-LD 1.1 with a context of its own, so that nobody has to fetch one.
package dcat

import (
	"strings"

	"daybook.internal/domain"
)

// Context are the prefixes of all members.
func Context() map[string]any {
	return map[string]any{
		"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
		"spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
	}
}

// A Link names something by its address, which may be relative to the document.
type Link struct {
	ID string `json:"@id"`
}

// A Text is words in one language.
type Text struct {
	Value string `json:"@value"`
	Lang  string `json:"@language"`
}

// English is a Text in English.
func English(s string) []Text { return []Text{{s, "en"}} }

// A Typed value is one of XML Schema's types.
type Typed struct {
	Value string `json:"@value"`
	Type  string `json:"@type"`
}

// An Agent is who publishes.
type Agent struct {
	Type string `json:"@type"`
	Name string `json:"foaf:name"`
}

// A Period of time.
type Period struct {
	Type  string `json:"@type"`
	Start Typed  `json:"dcat:startDate"`
	End   Typed  `json:"dcat:endDate"`
}

// A Location is a country by its code of ISO 3166-1.
type Location struct {
	Type       string `json:"@type"`
	Identifier string `json:"dct:identifier"`
}

// Provenance says in words where data come from.
type Provenance struct {
	Type  string `json:"@type"`
	Label []Text `json:"rdfs:label"`
}

// A Distribution is one form of a data set: a file to download, or what an address answers with at the time.
type Distribution struct {
	Type        string    `json:"@type"`
	Title       []Text    `json:"dct:title"`
	Description []Text    `json:"dct:description,omitempty"`
	AccessURL   *Link     `json:"dcat:accessURL,omitempty"`
	DownloadURL *Link     `json:"dcat:downloadURL,omitempty"`
	MediaType   *Link     `json:"dcat:mediaType,omitempty"` // of the register of IANA
	Format      *Format   `json:"dct:format,omitempty"`     // of none
	Licence     *Link     `json:"dct:license,omitempty"`
	ByteSize    *Typed    `json:"dcat:byteSize,omitempty"`
	ConformsTo  *Link     `json:"dct:conformsTo,omitempty"`
	Checksum    *Checksum `json:"spdx:checksum,omitempty"`
}

// SetMediaType says what the form is: by the register of IANA where it stands there, else in words.
func (d *Distribution) SetMediaType(t string) {
	if strings.Contains(t, "/x-") {
		d.Format = &Format{"dct:MediaType", English(t)}
	} else {
		d.MediaType = &Link{"https://www.iana.org/assignments/media-types/" + t}
	}
}

// A Format is a media type that stands in no register.
type Format struct {
	Type  string `json:"@type"`
	Label []Text `json:"rdfs:label"`
}

// A Checksum of a file.
type Checksum struct {
	Type      string `json:"@type"`
	Algorithm Link   `json:"spdx:algorithm"`
	Value     Typed  `json:"spdx:checksumValue"`
}

// Language is one of the register of the Library of Congress, which DCAT asks for: by the two or three letters that a tag begins with.
func Language(l domain.Lang) Link {
	first, _, _ := strings.Cut(string(l), "-")
	if len(first) == 2 {
		return Link{"http://id.loc.gov/vocabulary/iso639-1/" + first}
	}
	return Link{"http://id.loc.gov/vocabulary/iso639-2/" + first}
}
