package projections

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// CodingDoc is what was found by one coding frame, each of its versions apart.
type CodingDoc struct {
	Frame    domain.ArtefactID `json:"frame"`
	Versions []FrameVersion    `json:"versions"` // versions of the coding frame, the first one first
}

// FrameVersion counts by one version of a frame. Codes counts the segments that have a code: by their adjudication, or where there is none, by what
// everybody agrees on who coded them in the last round.
type FrameVersion struct {
	Version     int            `json:"version"`
	Segments    int            `json:"segments"`
	Codings     int            `json:"codings"`
	Suggested   int            `json:"suggested"` // codings by machines, among them
	Adjudicated int            `json:"adjudicated"`
	Codes       map[string]int `json:"codes"`
}

// Coding has a document for every coding frame, by its id.
var Coding = Of("coding", 1, "how often the codes of one coding frame were found; key: the frame's id",
	on(domain.SegmentCoded{}, domain.CodingAdjudicated{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.SegmentCoded:
			to = append(to, string(e.Frame.ID))
		case domain.CodingAdjudicated:
			to = append(to, string(e.Frame.ID))
		}
		return to
	},
	func(d *CodingDoc, key string, f *Fact) {
		d.Frame = domain.ArtefactID(key)
		switch e := f.Event.(type) {
		case domain.SegmentCoded:
			v := d.version(e.Frame.Version)
			v.Codings++
			if e.Earlier == 0 {
				v.Segments++
			}
			if e.Method == domain.MachineSuggested {
				v.Suggested++
			}
			v.count(e.Replaces, -1)
			v.count(e.Agreed, 1)
		case domain.CodingAdjudicated:
			v := d.version(e.Frame.Version)
			v.Adjudicated++
			v.count(e.Replaces, -1)
			v.count(e.Codes, 1)
		}
	})

func (d *CodingDoc) version(n int) *FrameVersion {
	i, found := slices.BinarySearchFunc(d.Versions, n, func(v FrameVersion, n int) int { return cmp.Compare(v.Version, n) })
	if !found {
		d.Versions = slices.Insert(d.Versions, i, FrameVersion{Version: n, Codes: map[string]int{}})
	}
	return &d.Versions[i]
}

func (v *FrameVersion) count(codes []string, n int) {
	for _, c := range codes {
		if v.Codes[c] += n; v.Codes[c] == 0 {
			delete(v.Codes, c)
		}
	}
}
