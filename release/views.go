package release

import (
	"encoding/json"
	"fmt"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// published is a view of projections whose documents are released: it holds no small numbers of people. Those that do (conversation, country, global, statement, tally,
// room, recruitment, dialogue, coding) are released as measures, which hide such numbers; partner has the names of people.
type published struct {
	projections.View
	drop []string                         // members that count people, and who hides them is a measure
	of   func(*Source, string, head) bool // whether a document is one of the edition
}

// head is what tells of any document whose it is.
type head struct {
	Edition      domain.EditionID `json:"edition"`
	EmbargoUntil *domain.Time     `json:"embargoUntil"`
	Versions     []struct {
		Sessions []projections.ArtefactUse `json:"sessions"`
	} `json:"versions"`
}

func headOf(data []byte) (h head, err error) {
	err = json.Unmarshal(data, &h)
	return h, err
}

// public are the views of projections that are released, by name.
func public() []published {
	return []published{
		{View: projections.Accountability, of: ofEdition},
		{View: projections.Artefact, of: usedArtefact},
		{View: projections.Edition, of: ofEdition},
		{View: projections.Lineage, of: func(s *Source, key string, _ head) bool { return s.streams[domain.StreamID(key)] }},
		{View: projections.Publication, of: ofEdition, drop: []string{"notified"}},
		{View: projections.Recommendation, of: ofEdition, drop: []string{"chambers.count", "dissents.supporters"}}, // the votes stand in result
		{View: projections.Submission, of: ofEdition},
		{View: projections.Synthesis, of: ofEdition},
	}
}

// ofEdition takes the documents of the edition, and leaves out what is under an embargo when the last record was made.
func ofEdition(s *Source, _ string, h head) bool {
	return h.Edition == s.edition && (h.EmbargoUntil == nil || *h.EmbargoUntil <= s.last)
}

// usedArtefact takes the artefacts that are used in a session of the edition, or asked in one.
func usedArtefact(s *Source, key string, h head) bool {
	for ref := range s.asked {
		if string(ref.ID) == key {
			return true
		}
	}
	for _, v := range h.Versions {
		for _, use := range v.Sessions {
			if use.Edition == s.edition {
				return true
			}
		}
	}
	return false
}

// ofMeasure tells whether a document of a measure is one of the edition: what it says, or what its key begins with.
func (s *Source) ofMeasure(key string, data []byte) (bool, error) {
	h, err := headOf(data)
	if err != nil {
		return false, fmt.Errorf("release: document %s: %w", key, err)
	}
	if h.Edition == "" {
		first, _, _ := strings.Cut(key, "/")
		return domain.EditionID(first) == s.edition, nil
	}
	return h.Edition == s.edition, nil
}

// measured are the views of measures that are made for everybody.
func measured() []measures.View {
	var views []measures.View
	for _, v := range measures.All() {
		if v.Public {
			views = append(views, v)
		}
	}
	return views
}
