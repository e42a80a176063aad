package domain

import (
	"crypto/sha256"
	"slices"
)

// NewCodingID derives the id of the coding of a segment: the first 32 hexadecimal digits of SHA-256 of the canonical segment, so that all who code the
// same words meet in one stream without knowing of each other.
func NewCodingID(s Segment) CodingID {
	b, err := appendCanonical(nil, &s)
	if err != nil {
		return "" // what has no canonical form is rejected where it is written
	}
	sum := sha256.Sum256(b)
	return CodingID(Digest(sum).String()[:32])
}

// CodingStream is the stream of all codings of one segment.
func CodingStream(id CodingID) StreamID { return StreamName("coding", string(id)) }

// Coding is the state of one segment's stream.
type Coding struct {
	codings     []coded
	adjudicated map[ArtefactRef]CodingAdjudicated // by frame
	version     uint64
}

// coded is a coding and the version that the stream had after it.
type coded struct {
	SegmentCoded
	at uint64
}

// Evolve folds one event.
func (c Coding) Evolve(ev Event) Coding {
	switch ev := ev.(type) {
	case SegmentCoded:
		c.version++
		c.codings = append(c.codings[:len(c.codings):len(c.codings)], coded{ev, c.version})
	case CodingAdjudicated:
		c.version++
		c.adjudicated = with(c.adjudicated, ev.Frame, ev)
	}
	return c
}

// Agreed are the codes that all people gave the segment by a frame in the last round in which at least two of them coded it, in order. A machine's
// suggestion is nobody's agreement.
func (c Coding) Agreed(frame ArtefactRef) []string {
	var agreed []string
	last := 0
	for _, o := range c.codings {
		people := c.human(frame, o.Round)
		if o.Frame != frame || o.Round <= last || len(people) < 2 {
			continue
		}
		last, agreed = o.Round, slices.Clone(people[0].Codes)
		for _, p := range people[1:] {
			agreed = slices.DeleteFunc(agreed, func(code string) bool { return !slices.Contains(p.Codes, code) })
		}
	}
	slices.Sort(agreed)
	return agreed
}

// human are the codings by people in one round by one frame. Each is by another coder: nobody codes twice in a round.
func (c Coding) human(frame ArtefactRef, round int) []coded {
	return slices.DeleteFunc(slices.Clone(c.codings), func(o coded) bool {
		return o.Frame != frame || o.Round != round || o.Method != HumanCoding
	})
}

// Quoted is what the record and the vault hold of the words that a segment points into.
type Quoted struct {
	Version uint64 // how many events the source has
	Exist   bool   // the source is a statement, an open answer, or a worksheet with that item
	Erased  bool
}

// Code gives codes to the segment. frame is the state of the coding frame, by the coder's partner on that day. Earlier, Agreed and Replaces of s are set
// here, from this stream alone: the command brings the decision no other coding, and does not put this stream into Observed, so what a second
// coder says stands on the words and the frame. This stream's own version is but the lock under which the event is appended.
func (c Coding) Code(s SegmentCoded, words Quoted, frame Artefact, by Partner, on Date) ([]Event, error) {
	if s.Coding != NewCodingID(s.Segment) || s.Coding == "" {
		return nil, reject(ErrInvalidID, "the id of this segment's coding is %q", NewCodingID(s.Segment))
	}
	err := first(CheckID("partner", s.Partner), oneOf("method", s.Method, codingMethods))
	switch {
	case err != nil:
		return nil, err
	case s.Segment.Start < 0 || s.Segment.End <= s.Segment.Start:
		return nil, reject(ErrInvalidField, "a segment begins at 0 or later and ends after its beginning, not %d to %d", s.Segment.Start, s.Segment.End)
	case s.Round < 1 || !isToken(s.Coder):
		return nil, reject(ErrInvalidField, "rounds are counted from 1, and coder %q is a principal", s.Coder)
	}
	s.Earlier = 0
	for _, o := range c.codings {
		if o.Frame != s.Frame {
			continue
		}
		s.Earlier++
		if o.Coder == s.Coder && o.Round == s.Round {
			if s.Earlier, s.Agreed, s.Replaces = o.Earlier, o.Agreed, o.Replaces; same(o.SegmentCoded, s) {
				return nil, nil
			}
			return nil, reject(ErrFrozen, "%s has coded this segment in round %d", s.Coder, s.Round)
		}
	}
	if _, ok := c.adjudicated[s.Frame]; ok {
		return nil, reject(ErrFrozen, "the coding of this segment is adjudicated")
	}
	switch {
	case s.Segment.Source.Version == 0 || s.Segment.Source.Version > words.Version:
		return nil, reject(ErrUnknownRef, "source %s: the stream has %d events", s.Segment.Source, words.Version)
	case !words.Exist:
		return nil, reject(ErrUnknownRef, "source %s has no words %q of a statement, an open answer or a worksheet", s.Segment.Source, s.Segment.Item)
	case words.Erased:
		return nil, reject(ErrErased, "the words of source %s are erased", s.Segment.Source)
	case !by.Trained(s.Coder, Coder, on):
		return nil, reject(ErrNotTrained, "%s is not trained as a coder with partner %s", s.Coder, s.Partner)
	}
	if err := first(frame.Approved(s.Frame), frame.framed(s.Frame, s.Codes)); err != nil {
		return nil, err
	}
	s.Replaces = c.Agreed(s.Frame)
	s.Agreed = c.Evolve(s).Agreed(s.Frame)
	return []Event{s}, nil
}

// Adjudicate settles what the coders of one round see differently, or confirms what they agree on. Basis and Replaces of a are set here.
func (c Coding) Adjudicate(a CodingAdjudicated, frame Artefact) ([]Event, error) {
	people := c.human(a.Frame, a.Round)
	a.Basis, a.Replaces = make([]Ref, 0, len(people)), c.Agreed(a.Frame)
	for _, p := range people {
		a.Basis = append(a.Basis, Ref{CodingStream(a.Coding), p.at})
	}
	have, known := c.adjudicated[a.Frame]
	switch {
	case len(c.codings) == 0 || c.codings[0].Coding != a.Coding:
		return nil, reject(ErrUnknownRef, "segment %q is not coded", a.Coding)
	case known && same(have, a):
		return nil, nil
	case known:
		return nil, reject(ErrFrozen, "the coding of this segment is adjudicated")
	case !isToken(a.Adjudicator):
		return nil, reject(ErrInvalidField, "adjudicator %q is a principal", a.Adjudicator)
	case len(people) < 2:
		return nil, reject(ErrQuorum, "%d people have coded this segment in round %d, two are needed", len(people), a.Round)
	case slices.ContainsFunc(c.codings, func(o coded) bool { return o.Coder == a.Adjudicator }):
		return nil, reject(ErrSelfReview, "%s has coded this segment", a.Adjudicator)
	}
	if err := frame.framed(a.Frame, a.Codes); err != nil {
		return nil, err
	}
	return []Event{a}, nil
}

// framed rejects codes that a version of a coding frame does not have, and codes that stand twice.
func (a Artefact) framed(ref ArtefactRef, codes []string) error {
	v, err := a.version(ref)
	if err == nil && v.Kind != CodingFrameArtefact {
		err = reject(ErrUnknownRef, "artefact %s is a %s, not a coding frame", ref.ID, v.Kind)
	}
	for i, code := range codes {
		switch {
		case err != nil:
		case !a.HasCode(ref, code):
			err = reject(ErrUnknownRef, "coding frame %s version %d has no code %q", ref.ID, ref.Version, code)
		case slices.Contains(codes[:i], code):
			err = reject(ErrInvalidField, "code %q stands twice", code)
		}
	}
	return err
}
