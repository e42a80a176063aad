package provenance

import (
	"fmt"
	"sort"

	"daybook.internal/domain"
)

// An Index keeps the facts that graphs are made of: recommendations and what they stand on, endorsements, syntheses, submissions and publications, and the frame
// around them. Ballots, reactions and people are not kept. One Index answers for every position up to its own.
type Index struct {
	size    uint64 // of the ledger so far
	streams map[domain.StreamID][]domain.Fact
	citing  map[domain.Ref][]domain.Ref // the versions that came with an event which cites this one, in ledger order
	imports map[domain.EventID]domain.Ref
	clock   []moment

	dialogues map[domain.DialogueID]dialogue
	sessions  map[sitting]session
	plans     map[domain.EditionID][]domain.Fact // ProtocolFrozen
	partners  map[partnership]domain.Fact        // PartnerAdmitted
}

type (
	dialogue struct {
		domain.Fact
		place   domain.Place
		partner domain.PartnerID
	}
	sitting struct {
		dialogue domain.DialogueID
		session  domain.SessionID
	}
	session struct {
		opened domain.Fact
		closed *domain.Fact
	}
	// moment is when a record was recorded that was read.
	moment struct {
		seq  uint64
		time domain.Time
	}
	partnership struct {
		edition domain.EditionID
		partner domain.PartnerID
	}
)

// NewIndex is the index of no facts.
func NewIndex() *Index {
	return &Index{
		streams: map[domain.StreamID][]domain.Fact{}, citing: map[domain.Ref][]domain.Ref{}, imports: map[domain.EventID]domain.Ref{},
		dialogues: map[domain.DialogueID]dialogue{}, sessions: map[sitting]session{}, plans: map[domain.EditionID][]domain.Fact{}, partners: map[partnership]domain.Fact{},
	}
}

// Size is how many records of the ledger were taken in.
func (x *Index) Size() uint64 { return x.size }

// The events that an Index reads: those of the streams that it keeps, and those of the frame.
var (
	kept = typesOf(
		domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.EndorsementOpened{}, domain.EndorsementClosed{}, domain.RecommendationDecided{},
		domain.RecommendationSuperseded{}, domain.StatementPosted{}, domain.StatementModerated{}, domain.StatementLinked{}, domain.TableFormed{}, domain.TableOutputRecorded{},
		domain.TallySheetRecorded{}, domain.TallyReconciled{}, domain.SegmentCoded{}, domain.CodingAdjudicated{}, domain.SynthesisCompleted{}, domain.RecommendationSubmitted{},
		domain.ResponseReceived{}, domain.FollowUpReported{}, domain.PublicationReleased{}, domain.PublicationCorrected{}, domain.ImportRecorded{},
	)
	framing = typesOf(domain.DialogueRegistered{}, domain.SessionOpened{}, domain.SessionClosed{}, domain.ProtocolFrozen{}, domain.PartnerAdmitted{})
)

func typesOf(events ...domain.Event) map[string]bool {
	types := map[string]bool{}
	for _, e := range events {
		types[domain.TypeOf(e)] = true
	}
	return types
}

// Take takes in the next record of the ledger, from the first one on. It decodes those alone that graphs are made of.
func (x *Index) Take(r domain.Record) error {
	if r.Seq != x.size {
		return fmt.Errorf("%w: record %d comes where %d is expected", ErrOrder, r.Seq, x.size)
	}
	if kept[r.Type] || framing[r.Type] {
		f, err := r.Decode()
		if err != nil {
			return err
		}
		return x.Add(f)
	}
	x.size++
	return nil
}

// Add is Take of a record that is decoded.
func (x *Index) Add(f domain.Fact) error {
	if f.Seq != x.size {
		return fmt.Errorf("%w: record %d comes where %d is expected", ErrOrder, f.Seq, x.size)
	}
	f.Meta.Observed, f.Meta.Command, f.Meta.Correlation = nil, "", "" // nobody asks for them here
	if kept[domain.TypeOf(f.Event)] {
		if err := x.keep(f); err != nil {
			return err
		}
	}
	x.size++
	x.clock = append(x.clock, moment{f.Seq, f.Meta.Time})
	switch e := f.Event.(type) {
	case domain.DialogueRegistered:
		x.dialogues[e.Dialogue] = dialogue{f, e.Place, e.Partner}
	case domain.SessionOpened:
		x.sessions[sitting{e.Dialogue, e.Session}] = session{opened: f}
	case domain.SessionClosed:
		if s, ok := x.sessions[sitting{e.Dialogue, e.Session}]; ok && s.closed == nil {
			s.closed = &f
			x.sessions[sitting{e.Dialogue, e.Session}] = s
		}
	case domain.ProtocolFrozen:
		x.plans[e.Edition] = append(x.plans[e.Edition], f)
	case domain.PartnerAdmitted:
		if at := (partnership{e.Edition, e.Partner}); x.partners[at].Event == nil {
			x.partners[at] = f
		}
	}
	return nil
}

// keep adds a fact to its stream, of which every event is kept, and notes what it cites.
func (x *Index) keep(f domain.Fact) error {
	if have := uint64(len(x.streams[f.Stream])); f.Revision != have {
		return fmt.Errorf("%w: record %d is revision %d of %s, of which %d events came before", ErrOrder, f.Seq, f.Revision, f.Stream, have)
	}
	x.streams[f.Stream] = append(x.streams[f.Stream], f)
	own := versionOf(&f)
	if _, ok := f.Event.(domain.ImportRecorded); ok {
		x.imports[f.ID] = own
	}
	for _, c := range x.cites(&f) {
		if c.Stream != f.Stream {
			x.citing[c.Ref] = append(x.citing[c.Ref], own)
		}
	}
	return nil
}

func versionOf(f *domain.Fact) domain.Ref {
	return domain.Ref{Stream: f.Stream, Version: f.Revision + 1}
}

// fact is the event that made a version, before a position.
func (x *Index) fact(r domain.Ref, at uint64) *domain.Fact {
	s := x.streams[r.Stream]
	if r.Version < 1 || r.Version > uint64(len(s)) || s[r.Version-1].Seq >= at {
		return nil
	}
	return &s[r.Version-1]
}

// importOf is the import that brought an event.
func (x *Index) importOf(f *domain.Fact) (domain.Ref, bool) {
	if f.Meta.Causation == nil {
		return domain.Ref{}, false
	}
	r, ok := x.imports[*f.Meta.Causation]
	return r, ok
}

// embargoed tells of a submission or a publication whether it is for nobody yet, by the time of the last record that was read before a position.
func (x *Index) embargoed(stream domain.StreamID, at uint64) bool {
	n := sort.Search(len(x.clock), func(i int) bool { return x.clock[i].seq >= at })
	if n == 0 || len(x.streams[stream]) == 0 {
		return false
	}
	var until domain.Time
	switch e := x.streams[stream][0].Event.(type) {
	case domain.RecommendationSubmitted:
		until = e.EmbargoUntil
	case domain.PublicationReleased:
		until = e.EmbargoUntil
	}
	return until > x.clock[n-1].time
}

// before is the version that a stream had at a position; zero where it had no event.
func (x *Index) before(stream domain.StreamID, at uint64) domain.Ref {
	s := x.streams[stream]
	return domain.Ref{Stream: stream, Version: uint64(sort.Search(len(s), func(i int) bool { return s[i].Seq >= at }))}
}

// A citation is a version on which an event rests, and as what.
type citation struct {
	domain.Ref
	role domain.SourceRole // of a source of a recommendation
	back bool              // it belongs to where the event's stream comes from, as 'auditor trace' has it
}

// cites are the versions of other streams that an event names, in its order. What it says of versions after its own record is not believed.
func (x *Index) cites(f *domain.Fact) (found []citation) {
	sources := func(list []domain.Source) {
		for _, s := range list {
			found = append(found, citation{s.Ref, s.Role, true})
		}
	}
	refs := func(list []domain.Ref, back bool) {
		for _, r := range list {
			found = append(found, citation{r, "", back})
		}
	}
	named := func(list []domain.RecommendationID) {
		for _, id := range list {
			if r := x.before(domain.RecommendationStream(id), f.Seq); r.Version > 0 {
				found = append(found, citation{r, "", false})
			}
		}
	}
	switch e := f.Event.(type) {
	case domain.RecommendationDrafted:
		sources(e.Sources)
	case domain.RecommendationRevised:
		sources(e.SourcesAdded)
	case domain.EndorsementClosed:
		refs(e.Tallies, true)
	case domain.SegmentCoded:
		refs([]domain.Ref{e.Segment.Source}, true)
	case domain.SynthesisCompleted:
		refs(e.Inputs.Recommendations, false)
		for _, u := range e.Unused {
			named(u.Recommendations)
		}
		named(e.Outputs)
	case domain.RecommendationSubmitted:
		refs([]domain.Ref{e.Recommendation}, false)
	case domain.PublicationReleased:
		named(e.Recommendations)
	}
	return distinct(found)
}

// distinct keeps the first of citations of one version in one role.
func distinct(all []citation) []citation {
	seen := make(map[citation]bool, len(all))
	out := all[:0]
	for _, c := range all {
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}
