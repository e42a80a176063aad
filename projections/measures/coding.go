package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// Framed is what coders looked for: one version of a coding frame, in an edition, in words from dialogues of one sample type.
type Framed struct {
	Edition domain.EditionID
	Frame   domain.ArtefactRef
	Sample  domain.SampleType
}

func (f Framed) compare(g Framed) int {
	return cmp.Or(cmp.Compare(f.Edition, g.Edition), cmp.Compare(f.Frame.ID, g.Frame.ID), cmp.Compare(f.Frame.Version, g.Frame.Version), cmp.Compare(f.Sample, g.Sample))
}

// String is how a Framed begins the keys of documents.
func (f Framed) String() string {
	return string(f.Edition) + "/" + refString(f.Frame) + "/" + string(f.Sample)
}

// Codebook is everything that was found by a Framed.
type Codebook struct {
	Segments []*Segment // in the order in which they were first coded
	segments map[domain.CodingID]*Segment
	at       uint64
	decided  hiddenPlaces
}

// Segment is a piece of somebody's words, and what people and machines found in it.
type Segment struct {
	Place       domain.Place
	Source      Origin
	Codings     []coding
	adjudicated bool
	settled     []string // by adjudication
}

// Origin is where words stand: in a worksheet of a table, whatever its revision, or in a statement or an open answer.
type Origin struct {
	Stream domain.StreamID
	Output domain.OutputID // of a table
	Answer uint64          // the version of the stream, of words that stand in no worksheet
}

type coding struct {
	coder string
	round int
	codes []string
	human bool
}

// sheets are the worksheets of one table, by the version of its stream with which each revision came.
type sheets struct {
	place   domain.Place
	sample  domain.SampleType
	edition domain.EditionID
	outputs []sheetRevision // ascending
	at      uint64
}

type sheetRevision struct {
	version uint64
	output  domain.OutputID
	items   int
}

// note of what is coded, and of what can be.
func (s *State) coded(f *domain.Fact) {
	switch e := f.Event.(type) {
	case domain.ArtefactVersionAdded:
		if e.Kind == domain.CodingFrameArtefact {
			s.frames[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}] = &frame{e.Codes, s.position}
			s.framed = s.position
		}
	case domain.TableOutputRecorded:
		t := s.sheets[f.Stream]
		if t == nil {
			at := s.dialogue(e.Dialogue).frame
			t = &sheets{place: at.Place, sample: at.SampleType, edition: at.Edition}
			s.sheets[f.Stream] = t
		}
		t.outputs = append(t.outputs, sheetRevision{f.Revision + 1, e.Output, len(e.Items)})
		t.at, s.written = s.position, s.position
	case domain.SegmentCoded:
		c := s.codebook(f, e.Frame)
		g := c.segments[e.Coding]
		if g == nil {
			g = &Segment{Place: s.dialogue(f.Meta.Dialogue).frame.Place, Source: s.origin(e.Segment.Source)}
			c.segments[e.Coding], c.Segments = g, append(c.Segments, g)
		}
		g.Codings = append(g.Codings, coding{e.Coder, e.Round, slices.Sorted(slices.Values(e.Codes)), e.Method == domain.HumanCoding})
	case domain.CodingAdjudicated:
		if g := s.codebook(f, e.Frame).segments[e.Coding]; g != nil {
			g.adjudicated, g.settled = true, slices.Sorted(slices.Values(e.Codes))
		}
	}
}

func (s *State) codebook(f *domain.Fact, ref domain.ArtefactRef) *Codebook {
	key := Framed{f.Meta.Source, ref, s.dialogue(f.Meta.Dialogue).frame.SampleType}
	c := s.codebooks[key]
	if c == nil {
		c = &Codebook{segments: map[domain.CodingID]*Segment{}}
		s.codebooks[key], s.codedFirst = c, s.position
	}
	c.at = s.position
	return c
}

// origin is where the words of a source stand. A segment names the version with which its words came into the record.
func (s *State) origin(r domain.Ref) Origin {
	if t := s.sheets[r.Stream]; t != nil {
		if i, found := slices.BinarySearchFunc(t.outputs, r.Version, func(o sheetRevision, v uint64) int { return cmp.Compare(o.version, v) }); found {
			return Origin{Stream: r.Stream, Output: t.outputs[i].output}
		}
	}
	return Origin{Stream: r.Stream, Answer: r.Version}
}

// frame are the codes of one version of a coding frame.
type frame struct {
	codes []domain.Code
	at    uint64
}

// codebook is what was found by a Framed; nil where nothing was coded by it.
func (in *Inputs) codebook(f Framed) *Codebook {
	c := in.s.codebooks[f]
	if c == nil {
		in.read(&in.s.codedFirst)
		return nil
	}
	in.read(&c.at)
	return c
}

// codebooks are what was coded by, in order.
func (in *Inputs) codebooks() []Framed {
	in.read(&in.s.codedFirst)
	all := make([]Framed, 0, len(in.s.codebooks))
	for f := range in.s.codebooks {
		all = append(all, f)
	}
	slices.SortFunc(all, Framed.compare)
	return all
}

// codes are those of a version of a coding frame; none where it is not known.
func (in *Inputs) codes(ref domain.ArtefactRef) []domain.Code {
	f := in.s.frames[ref]
	if f == nil {
		in.read(&in.s.framed)
		return nil
	}
	in.read(&f.at)
	return f.codes
}

// people are the codings by people in the last round in which at least two of them coded the segment; of a segment that nobody coded twice, those there are, of its last round.
func (g *Segment) people() (codings []coding, twice bool) {
	last, lastTwice := 0, 0
	count := map[int]int{}
	for _, c := range g.Codings {
		if !c.human {
			continue
		}
		if count[c.round]++; count[c.round] >= 2 {
			lastTwice = max(lastTwice, c.round)
		}
		last = max(last, c.round)
	}
	round := last
	if twice = lastTwice > 0; twice {
		round = lastTwice
	}
	for _, c := range g.Codings {
		if c.human && c.round == round {
			codings = append(codings, c)
		}
	}
	return codings, twice
}

// standing are the codes that count: those of the adjudication, or else those on which all people agree who coded it in the last round in which two did. A segment that one
// person coded has none yet.
func (g *Segment) standing() (codes []string, settled bool) {
	if g.adjudicated {
		return g.settled, true
	}
	people, twice := g.people()
	if !twice {
		return nil, false
	}
	codes = slices.Clone(people[0].codes)
	for _, p := range people[1:] {
		codes = slices.DeleteFunc(codes, func(code string) bool { return !slices.Contains(p.codes, code) })
	}
	return codes, true
}

// differ tells whether people who coded the segment see it differently, and nobody has settled it.
func (g *Segment) differ() bool {
	people, twice := g.people()
	return twice && !g.adjudicated && slices.ContainsFunc(people, func(c coding) bool { return !slices.Equal(c.codes, people[0].codes) })
}
