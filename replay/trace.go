package replay

import (
	"context"
	"fmt"
	"iter"

	"daybook.internal/domain"
)

// A Step is one fact on the way to a recommendation, and its part in it.
type Step struct {
	domain.Fact
	Part Part
}

// Part is what a step is to the recommendation.
type Part string

// The parts, from the frame to the outcome.
const (
	PartEdition        Part = "edition"        // the frame of the process
	PartDialogue       Part = "dialogue"       // the dialogues that sources come from
	PartRegistration   Part = "registration"   // people in those dialogues, and their consent
	PartImport         Part = "import"         // where events from elsewhere come from
	PartStatement      Part = "statement"      // sources in the words of participants
	PartOutput         Part = "output"         // worksheets of tables that it stands on, and who sat there
	PartResult         Part = "result"         // how the numbers were counted and reconciled that it stands on, or that decided it
	PartCoding         Part = "coding"         // what coders found in somebody's words
	PartReaction       Part = "reaction"       // reactions to those statements before the draft
	PartSource         Part = "source"         // other recommendations that it stands on
	PartRecommendation Part = "recommendation" // the recommendation itself
)

// Trace yields, in ledger order, every step by which a recommendation emerged: its own events; those of every source and the sources of those, as far as
// the drafts and revisions that cite them have seen them, those that were left later included; the tallies that its endorsement was counted by; the
// reactions to source statements before they were cited; and the registrations, dialogues, imports and edition around them. open begins the source
// anew; it is called twice.
func Trace(ctx context.Context, open func() iter.Seq2[domain.Record, error], id domain.RecommendationID) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		t := tracer{streams: map[domain.StreamID]cited{}, statements: map[domain.StreamID]uint64{}, dialogues: map[domain.DialogueID]bool{}, imports: map[domain.EventID]bool{}}
		if err := t.collect(ctx, open(), domain.RecommendationStream(id)); err != nil {
			yield(Step{}, err)
			return
		}
		for facts, err := range Facts(ctx, open()) {
			for _, f := range facts {
				if part := t.part(&f); part != "" && !yield(Step{f, part}, nil) {
					return
				}
			}
			if err != nil {
				yield(Step{}, err)
				return
			}
		}
	}
}

// cited is how far into a stream, and up to which record of the ledger, the events that cite it have looked.
type cited struct{ version, before uint64 }

// citation is one event that cites streams: its place in its own stream and in the ledger.
type citation struct {
	revision, seq uint64
	refs          []domain.Ref
}

type tracer struct {
	own        domain.StreamID
	edition    domain.EditionID
	streams    map[domain.StreamID]cited
	statements map[domain.StreamID]uint64 // cited ones: reactions count before this record
	dialogues  map[domain.DialogueID]bool
	imports    map[domain.EventID]bool
}

// collect finds what the recommendation stands on. What is cited stood before it was cited, so one walk from the recommendation downwards settles it.
func (t *tracer) collect(ctx context.Context, source iter.Seq2[domain.Record, error], own domain.StreamID) error {
	citations := map[domain.StreamID][]citation{}
	places := map[domain.StreamID]domain.Meta{} // of whatever can be cited
	statements := map[domain.StreamID]bool{}
	drafted := false
	for facts, err := range Facts(ctx, source) {
		for _, f := range facts {
			if refs, ok := cites(f.Event); ok {
				if citations[f.Stream] = append(citations[f.Stream], citation{f.Revision, f.Seq, refs}); f.Revision == 0 {
					places[f.Stream] = f.Meta
				}
				_, draft := f.Event.(domain.RecommendationDrafted)
				drafted = drafted || (draft && f.Stream == own)
				continue
			}
			switch f.Event.(type) {
			case domain.StatementPosted:
				places[f.Stream], statements[f.Stream] = f.Meta, true
			case domain.TableFormed, domain.TallySheetRecorded, domain.TallyReconciled:
				places[f.Stream] = f.Meta
			}
		}
		if err != nil {
			return err
		}
	}
	if !drafted {
		return fmt.Errorf("%w: no recommendation was drafted on stream %s", ErrNotFound, own)
	}
	t.own, t.edition = own, places[own].Source
	t.streams[own] = cited{Head, Head}
	for todo := []domain.StreamID{own}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if m := places[at]; m.Dialogue != "" {
			t.dialogues[m.Dialogue] = true
		}
		if m := places[at]; m.Causation != nil {
			t.imports[*m.Causation] = true
		}
		if statements[at] {
			t.statements[at] = t.streams[at].before
		}
		for _, c := range citations[at] {
			if c.revision >= t.streams[at].version {
				continue
			}
			for _, ref := range c.refs {
				seen := t.streams[ref.Stream]
				now := cited{max(seen.version, ref.Version), max(seen.before, c.seq)}
				if now != seen {
					t.streams[ref.Stream] = now
					todo = append(todo, ref.Stream)
				}
			}
		}
	}
	return nil
}

// cites gives the references by which an event says what it stands on, and whether it is of a kind that has any.
func cites(e domain.Event) (refs []domain.Ref, ok bool) {
	of := func(sources []domain.Source) (refs []domain.Ref) {
		for _, s := range sources {
			refs = append(refs, s.Ref)
		}
		return refs
	}
	switch e := e.(type) {
	case domain.RecommendationDrafted:
		return of(e.Sources), true
	case domain.RecommendationRevised:
		return of(e.SourcesAdded), true
	case domain.EndorsementClosed:
		return e.Tallies, true
	case domain.SegmentCoded:
		return []domain.Ref{e.Segment.Source}, true
	}
	return nil, false
}

func (t *tracer) part(f *domain.Fact) Part {
	if c, ok := t.streams[f.Stream]; ok && f.Revision < c.version {
		switch f.Event.(type) {
		case domain.StatementPosted, domain.StatementModerated, domain.StatementLinked:
			return PartStatement
		case domain.TableFormed, domain.TableOutputRecorded:
			return PartOutput
		case domain.TallySheetRecorded, domain.TallyReconciled:
			return PartResult
		case domain.SegmentCoded, domain.CodingAdjudicated:
			return PartCoding
		}
		if f.Stream == t.own {
			return PartRecommendation
		}
		return PartSource
	}
	switch e := f.Event.(type) {
	case domain.ReactionCast:
		if before, ok := t.statements[domain.StatementStream(e.Conversation, e.Statement)]; ok && f.Seq < before {
			return PartReaction
		}
	case domain.ParticipantRegistered, domain.ConsentGiven, domain.ConsentWithdrawn, domain.ParticipantCheckedIn:
		if t.dialogues[f.Meta.Dialogue] {
			return PartRegistration
		}
	case domain.DialogueRegistered, domain.QuotaPlanSet, domain.DialogueAuthorised, domain.SessionOpened, domain.SessionClosed, domain.DeviationReported:
		if t.dialogues[f.Meta.Dialogue] {
			return PartDialogue
		}
	case domain.EditionOpened, domain.ProtocolFrozen:
		if f.Meta.Source == t.edition {
			return PartEdition
		}
	case domain.ImportRecorded:
		if t.imports[f.ID] {
			return PartImport
		}
	}
	return ""
}
