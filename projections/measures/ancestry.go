package measures

import (
	"cmp"
	"maps"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// AlgorithmAncestry walks everything that a recommendation stands on, by the sources of its present version and of those below it (W3C PROV-DM 2013, wasDerivedFrom).
const AlgorithmAncestry stats.Algorithm = "source-ancestry/1"

// ground is a stream on which a recommendation can stand, besides the worksheets of tables.
type ground struct {
	kind     groundKind
	place    domain.Place
	accepted bool       // of a statement
	source   domain.Ref // of a coding: the words that were coded
	edition  domain.EditionID
	sample   domain.SampleType
	tally    string // of a result: the key of its document in the view of tallies
	at       uint64
}

type groundKind uint8

const (
	ofRecommendation groundKind = iota
	ofResult                    // a reconciled one
	ofStatement
	ofCoding
)

// library is the tables of one edition that wrote worksheets, and its dialogues that are certified.
type library struct {
	tables    []domain.StreamID // in the order of their first worksheet
	certified map[domain.DialogueID]bool
	at        uint64
}

// stands notes what recommendations can stand on.
func (s *State) stands(f *domain.Fact) {
	of := func(g ground) ground {
		g.edition = f.Meta.Source
		if f.Meta.Dialogue != "" { // or of the world
			frame := s.dialogue(f.Meta.Dialogue).frame
			g.place, g.sample = frame.Place, frame.SampleType
		}
		return g
	}
	switch e := f.Event.(type) {
	case domain.RecommendationDrafted:
		s.ground(f.Stream, of(ground{kind: ofRecommendation}))
	case domain.TallyReconciled:
		s.ground(f.Stream, of(ground{kind: ofResult, tally: projections.TallyKey(e.Dialogue, e.Session)}))
	case domain.StatementPosted:
		s.ground(f.Stream, of(ground{kind: ofStatement}))
	case domain.SegmentCoded:
		s.ground(f.Stream, of(ground{kind: ofCoding, source: e.Segment.Source}))
	case domain.StatementModerated:
		if g := s.grounds[f.Stream]; g != nil {
			if status, decided := e.Decision.Status(); decided {
				g.accepted, g.at = status == domain.Accepted, s.position
			}
		}
	case domain.TableOutputRecorded:
		l := s.library(s.dialogue(e.Dialogue).frame.Edition)
		if l.at = s.position; len(s.sheets[f.Stream].outputs) == 1 {
			l.tables = append(l.tables, f.Stream)
		}
	case domain.DialogueCertified:
		l := s.library(s.dialogue(e.Dialogue).frame.Edition)
		l.certified[e.Dialogue], l.at = true, s.position
	}
}

// ground is there from its first event on.
func (s *State) ground(stream domain.StreamID, g ground) {
	if s.grounds[stream] == nil {
		g.at = s.position
		s.grounds[stream], s.grounded = &g, s.position
	}
}

func (s *State) library(id domain.EditionID) *library {
	l := s.libraries[id]
	if l == nil {
		l = &library{certified: map[domain.DialogueID]bool{}}
		s.libraries[id] = l
	}
	return l
}

// library is what the tables of an edition wrote.
func (in *Inputs) library(id domain.EditionID) *library {
	l := in.s.library(id)
	in.read(&l.at)
	return l
}

// sheets are the worksheets of a table; nil where the stream is no table's, or it wrote none.
func (in *Inputs) sheets(stream domain.StreamID) *sheets {
	t := in.s.sheets[stream]
	if t == nil {
		in.read(&in.s.written)
		return nil
	}
	in.read(&t.at)
	return t
}

// of is the worksheet that a source names by a version: that which came with it, or the last one before.
func (t *sheets) of(version uint64) (domain.OutputID, bool) {
	i, found := slices.BinarySearchFunc(t.outputs, version, func(o sheetRevision, v uint64) int { return cmp.Compare(o.version, v) })
	if !found {
		i--
	}
	if i < 0 {
		return "", false
	}
	return t.outputs[i].output, true
}

// ancestry is everything that some recommendations stand on, near or far.
type ancestry struct {
	in    *Inputs
	depth map[domain.StreamID]int // the longest path down from a stream, by sources; 0 while it is being walked

	worksheets map[Origin]bool
	tables     map[domain.StreamID]bool
	results    map[domain.StreamID]bool
	statements map[domain.StreamID]bool // accepted ones
	codings    map[domain.StreamID]bool
	below      map[domain.StreamID]bool // recommendations
	loose      map[domain.StreamID]bool // leaves that are no worksheet, no reconciled result and no accepted statement
	places     map[domain.Place]bool
}

func (in *Inputs) ancestry() *ancestry {
	set := func() map[domain.StreamID]bool { return map[domain.StreamID]bool{} }
	return &ancestry{in, map[domain.StreamID]int{}, map[Origin]bool{}, set(), set(), set(), set(), set(), set(), map[domain.Place]bool{}}
}

// of adds what a stream stands on, and gives the longest path down. The record holds no circles: a source that leads back is rejected with ErrCycle.
func (a *ancestry) of(stream domain.StreamID) int {
	if d, walked := a.depth[stream]; walked {
		return d
	}
	a.depth[stream] = 0
	deepest := 0
	for _, s := range a.sources(stream) {
		deepest = max(deepest, 1+a.add(s.Ref))
	}
	a.depth[stream] = deepest
	return deepest
}

// add adds a source and what it stands on.
func (a *ancestry) add(r domain.Ref) int {
	if t := a.in.s.sheets[r.Stream]; t != nil { // a leaf; others need not know that it is no table's
		a.in.read(&t.at)
		output, ok := t.of(r.Version)
		if !ok {
			a.loose[r.Stream] = true
			return 0
		}
		a.worksheets[Origin{Stream: r.Stream, Output: output}], a.tables[r.Stream] = true, true
		a.place(t.place)
		return 0
	}
	g := a.in.s.grounds[r.Stream]
	if g == nil {
		a.in.read(&a.in.s.grounded)
		a.loose[r.Stream] = true
		return 0
	}
	a.in.read(&g.at)
	a.place(g.place)
	switch {
	case g.kind == ofResult:
		a.results[r.Stream] = true
		return 0
	case g.kind == ofStatement && g.accepted:
		a.statements[r.Stream] = true
		return 0
	case g.kind == ofCoding:
		a.codings[r.Stream] = true
		return 1 + a.add(g.source)
	case g.kind == ofRecommendation:
		a.below[r.Stream] = true
	}
	if len(a.sources(r.Stream)) == 0 {
		a.loose[r.Stream] = true
	}
	return a.of(r.Stream)
}

// sources are those of a stream as it is now.
func (a *ancestry) sources(stream domain.StreamID) []domain.Source {
	if d := document[projections.LineageDoc](a.in, projections.Lineage, string(stream)); d != nil {
		return d.Sources
	}
	return nil
}

func (a *ancestry) place(p domain.Place) {
	if p != "" && p != domain.UnknownPlace {
		a.places[p] = true
	}
}

// grounded tells whether there is anything that people said or decided below.
func (a *ancestry) grounded() bool { return len(a.worksheets)+len(a.results)+len(a.statements) > 0 }

// ordered are the keys of a map in their order.
func ordered[K cmp.Ordered, V any](of map[K]V) []K {
	if keys := slices.Sorted(maps.Keys(of)); keys != nil {
		return keys
	}
	return []K{}
}
