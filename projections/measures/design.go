package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// mandate is on whose behalf an edition asks.
type mandate struct {
	owners int                    // of decisions
	links  map[domain.TopicID]int // to policies, by topic
	at     uint64
}

// reviewed is what was thought of one version of an artefact.
type reviewed struct {
	author    string
	reviews   map[string]domain.ReviewRecorded // by reviewer, the last one
	approvals []string                         // people of the committee
	at        uint64
}

// welcome is how the people of a dialogue were received.
type welcome struct {
	needed, verified int                    // languages of the instruments of sessions, when these were opened
	present          int                    // people who checked in
	consenting       int                    // of them, those whose consent to take part and to the use of their data stood then
	supported        int                    // people who were offered anything
	support          map[domain.Support]int // likewise, by what
	at               uint64
}

// design folds what the design of an edition is judged by.
func (s *State) design(f *domain.Fact) {
	switch e := f.Event.(type) {
	case domain.EditionOpened:
		m := s.mandate(e.Edition)
		m.owners, m.at = len(e.DecisionOwners), s.position
	case domain.TopicAdded:
		m := s.mandate(e.Edition)
		m.links[e.Topic], m.at = len(e.PolicyLinks), s.position
	case domain.ArtefactVersionAdded:
		r := s.reviewed(domain.ArtefactRef{ID: e.Artefact, Version: e.Version})
		r.author = e.Author
	case domain.ReviewRecorded:
		r := s.reviewed(domain.ArtefactRef{ID: e.Artefact, Version: e.Version})
		r.reviews[e.Reviewer] = e
	case domain.ArtefactApproved:
		r := s.reviewed(domain.ArtefactRef{ID: e.Artefact, Version: e.Version})
		r.approvals = e.Approvals
	case domain.SessionOpened:
		w := s.welcome(e.Dialogue)
		w.open(s.fold, e)
	case domain.ParticipantRegistered:
		w := s.welcome(e.Dialogue)
		if len(e.Support) > 0 {
			w.supported++
		}
		for _, what := range e.Support {
			w.support[what]++
		}
	case domain.ParticipantCheckedIn:
		if e.Again {
			return
		}
		w := s.welcome(e.Dialogue)
		w.present++
		if c := s.crowds[e.Dialogue]; c != nil && c.people[e.Participant] != nil && c.people[e.Participant].admissible() {
			w.consenting++
		}
	case domain.TableOutputRecorded, domain.TallyReconciled:
		s.stand(f.Stream, "")
	case domain.SegmentCoded:
		s.stand(f.Stream, e.Segment.Source.Stream)
	}
}

// open counts the languages of the instruments of a session as it is opened.
func (w *welcome) open(fold *projections.Fold, e domain.SessionOpened) {
	d := projections.Peek[projections.DialogueDoc](fold, projections.Dialogue, string(e.Dialogue))
	if d == nil {
		return
	}
	for _, ref := range e.Instruments {
		artefact := projections.Peek[projections.ArtefactDoc](fold, projections.Artefact, string(ref.ID))
		var v projections.ArtefactVersion
		if artefact != nil {
			if i := slices.IndexFunc(artefact.Versions, func(v projections.ArtefactVersion) bool { return v.Version == ref.Version }); i >= 0 {
				v = artefact.Versions[i]
			}
		}
		for _, lang := range d.Languages {
			if lang == v.SourceLang {
				continue
			}
			if w.needed++; v.Languages[lang].Verified {
				w.verified++
			}
		}
	}
}

// stand says that a recommendation which stands on a stream stands on what was written down, coded or counted in a room. via is the stream that has it, where it is another.
func (s *State) stand(stream, via domain.StreamID) {
	if _, known := s.bases[stream]; !known {
		s.bases[stream], s.based = via, s.position
	}
}

func (s *State) mandate(id domain.EditionID) *mandate {
	m := s.mandates[id]
	if m == nil {
		m = &mandate{links: map[domain.TopicID]int{}}
		s.mandates[id] = m
	}
	return m
}

func (s *State) reviewed(ref domain.ArtefactRef) *reviewed {
	r := s.reviews[ref]
	if r == nil {
		r = &reviewed{reviews: map[string]domain.ReviewRecorded{}}
		s.reviews[ref] = r
	}
	r.at = s.position
	return r
}

func (s *State) welcome(id domain.DialogueID) *welcome {
	w := s.welcomes[id]
	if w == nil {
		w = &welcome{support: map[domain.Support]int{}}
		s.welcomes[id] = w
	}
	w.at = s.position
	return w
}

// mandate is on whose behalf an edition asks.
func (in *Inputs) mandate(id domain.EditionID) *mandate {
	m := in.s.mandate(id)
	in.read(&m.at)
	return m
}

// reviewed is what was thought of a version; empty where nobody said anything.
func (in *Inputs) reviewed(ref domain.ArtefactRef) *reviewed {
	r := in.s.reviews[ref]
	if r == nil {
		r = &reviewed{reviews: map[string]domain.ReviewRecorded{}}
		in.s.reviews[ref] = r
	}
	in.read(&r.at)
	return r
}

// welcome is how the people of a dialogue were received.
func (in *Inputs) welcome(id domain.DialogueID) *welcome {
	w := in.s.welcomes[id]
	if w == nil {
		w = &welcome{support: map[domain.Support]int{}}
		in.s.welcomes[id] = w
	}
	in.read(&w.at)
	return w
}

// stands tells whether a stream leads to what was written down or counted in a room, by the sources of the view of lineage.
func (in *Inputs) stands(stream domain.StreamID) bool {
	in.read(&in.s.based)
	todo := []domain.StreamID{stream}
	for i := 0; i < len(todo); i++ {
		via, known := in.s.bases[todo[i]]
		switch {
		case known && via == "":
			return true
		case known:
			if !slices.Contains(todo, via) {
				todo = append(todo, via)
			}
			continue
		}
		if node := document[projections.LineageDoc](in, projections.Lineage, string(todo[i])); node != nil {
			for _, source := range node.Sources {
				if !slices.Contains(todo, source.Ref.Stream) {
					todo = append(todo, source.Ref.Stream)
				}
			}
		}
	}
	return false
}
