package provenance

import "daybook.internal/domain"

// began is the activity that made a version: that of a table for what it writes, that of an endorsement for its close, and one of its own for everything else. It
// bears the name of the version with which it began.
func (b *builder) began(f *domain.Fact) domain.Ref {
	v := versionOf(f)
	switch e := f.Event.(type) {
	case domain.TableOutputRecorded:
		if k, ok := b.last(f, func(o domain.Event) bool {
			t, seated := o.(domain.TableFormed)
			return seated && (t.Session == "" || t.Session == e.Session)
		}); ok {
			v.Version = k
		}
	case domain.EndorsementClosed:
		if k, ok := b.last(f, func(o domain.Event) bool { _, opened := o.(domain.EndorsementOpened); return opened }); ok {
			v.Version = k
		}
	}
	return v
}

func activityID(r domain.Ref) ID { return ID("act:" + r.String()) }

// last is the version with the last event before f in its stream that is one of those.
func (b *builder) last(f *domain.Fact, is func(domain.Event) bool) (uint64, bool) {
	s := b.x.streams[f.Stream]
	for k := f.Revision; k > 0; k-- {
		if is(s[k-1].Event) {
			return k, true
		}
	}
	return 0, false
}

// activity adds the activity that made a version, or what the version says of one that is there.
func (b *builder) activity(f *domain.Fact) *Activity {
	at := b.began(f)
	id := activityID(at)
	a := b.activities[id]
	if a == nil {
		first := b.x.fact(at, b.at)
		a = &Activity{Node: Node{ID: id, Event: EventRef{first.Seq, first.ID}, Types: []ID{kindOf(first.Event)}}}
		a.attr("eventType", domain.TypeOf(first.Event))
		if long(first.Event) {
			a.Started = happened(first)
		} else {
			a.Ended = happened(first)
		}
		b.activities[id] = a
		b.associate(a, first)
	}
	if f.ID != a.Event.ID { // what it made later, or ended with
		a.Ended, a.EndEvent = max(a.Ended, happened(f)), &EventRef{f.Seq, f.ID}
		b.associate(a, f)
	}
	return a
}

// long tells of which activities the record knows when they began.
func long(e domain.Event) bool {
	switch e.(type) {
	case domain.TableFormed, domain.EndorsementOpened, domain.SessionOpened:
		return true
	}
	return false
}

// kindOf is what an activity is, by the event with which it begins.
func kindOf(e domain.Event) ID {
	switch e.(type) {
	case domain.StatementPosted:
		return "db:Posting"
	case domain.StatementModerated:
		return "db:Moderation"
	case domain.StatementLinked:
		return "db:Linking"
	case domain.TableFormed:
		return "db:TableTalk"
	case domain.TableOutputRecorded:
		return "db:Writing"
	case domain.TallySheetRecorded:
		return "db:Counting"
	case domain.TallyReconciled:
		return "db:Reconciliation"
	case domain.SegmentCoded:
		return "db:Coding"
	case domain.CodingAdjudicated:
		return "db:Adjudication"
	case domain.RecommendationDrafted:
		return "db:Drafting"
	case domain.RecommendationRevised:
		return "db:Revision"
	case domain.EndorsementOpened, domain.EndorsementClosed:
		return "db:Endorsement"
	case domain.RecommendationDecided:
		return "db:Decision"
	case domain.RecommendationSuperseded:
		return "db:Supersession"
	case domain.SynthesisCompleted:
		return "db:Synthesising"
	case domain.RecommendationSubmitted:
		return "db:Handover"
	case domain.ResponseReceived:
		return "db:Answering"
	case domain.FollowUpReported:
		return "db:FollowingUp"
	case domain.PublicationReleased:
		return "db:Publishing"
	case domain.PublicationCorrected:
		return "db:Correction"
	case domain.ImportRecorded:
		return "db:Importing"
	case domain.SessionOpened:
		return "db:Session"
	}
	return "db:Step"
}
