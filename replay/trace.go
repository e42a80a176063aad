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
	PartReaction       Part = "reaction"       // reactions to those statements before the draft
	PartSource         Part = "source"         // other recommendations that it stands on
	PartRecommendation Part = "recommendation" // the recommendation itself
)

// Trace yields, in ledger order, every step by which a recommendation emerged: its own events; those of every source and the sources of those, as far as
// the drafts that cite them have seen them; the reactions to source statements before the draft; and the registrations, dialogues, imports and edition
// around them. open begins the source anew; it is called twice.
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

// cited is how far into a stream, and up to which record of the ledger, the drafts above it have looked.
type cited struct{ version, before uint64 }

type tracer struct {
	own        domain.StreamID
	edition    domain.EditionID
	streams    map[domain.StreamID]cited
	statements map[domain.StreamID]uint64 // cited ones: reactions count before this record
	dialogues  map[domain.DialogueID]bool
	imports    map[domain.EventID]bool
}

// collect finds what the recommendation stands on. Drafts cite what stands before them, so one walk from the recommendation downwards settles it.
func (t *tracer) collect(ctx context.Context, source iter.Seq2[domain.Record, error], own domain.StreamID) error {
	type draft struct {
		seq     uint64
		sources []domain.Source
	}
	drafts := map[domain.StreamID]draft{}
	places := map[domain.StreamID]domain.Meta{}
	for facts, err := range Facts(ctx, source) {
		for _, f := range facts {
			switch e := f.Event.(type) {
			case domain.RecommendationDrafted:
				drafts[f.Stream], places[f.Stream] = draft{f.Seq, e.Sources}, f.Meta
			case domain.StatementPosted:
				places[f.Stream] = f.Meta
			}
		}
		if err != nil {
			return err
		}
	}
	if _, ok := drafts[own]; !ok {
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
		d, isDraft := drafts[at]
		if !isDraft {
			t.statements[at] = t.streams[at].before
			continue
		}
		for _, s := range d.sources {
			seen := t.streams[s.Ref.Stream]
			now := cited{max(seen.version, s.Ref.Version), max(seen.before, d.seq)}
			if now != seen {
				t.streams[s.Ref.Stream] = now
				todo = append(todo, s.Ref.Stream)
			}
		}
	}
	return nil
}

func (t *tracer) part(f *domain.Fact) Part {
	if c, ok := t.streams[f.Stream]; ok && f.Revision < c.version {
		switch f.Event.(type) {
		case domain.StatementPosted, domain.StatementModerated, domain.StatementLinked:
			return PartStatement
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
	case domain.ParticipantRegistered, domain.ConsentGiven, domain.ConsentWithdrawn:
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
