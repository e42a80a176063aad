package replay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// told are events one after another.
type told verifytest.Told

// A recommendation that was revised, on worksheets, reconciled numbers and codings, and decided by a vote in a session.
func TestTraceEverySource(t *testing.T) {
	t.Parallel()
	own, below := domain.RecommendationStream("rc_1"), domain.RecommendationStream("rc_0")
	table, other := domain.StreamName("table", "dl_1", "t1"), domain.StreamName("table", "dl_1", "t2")
	tally, vote := domain.TallyStream("dl_1", "s1"), domain.TallyStream("dl_1", "s2")
	coding, said, answer := domain.StreamName("coding", "c1"), domain.StatementStream("dl_1", "1"), domain.StatementStream("dl_1", "2")
	on := func(stream domain.StreamID, version uint64) domain.Source {
		return domain.Source{Ref: domain.Ref{Stream: stream, Version: version}, Role: domain.Basis}
	}
	react := func(to domain.StatementID) domain.ReactionCast {
		return domain.ReactionCast{Conversation: "dl_1", Respondent: "p", Statement: to, Value: domain.Agree, Revision: 1}
	}
	statement := func(id domain.StatementID) domain.StatementPosted {
		return domain.StatementPosted{Conversation: "dl_1", Statement: id, Kind: domain.PlainStatement, Text: domain.Commitment{1}, Lang: "en", Author: "p"}
	}
	question := domain.ArtefactRef{ID: "q", Version: 1}
	records := verifytest.Records(t, []told{
		{"dl_1", "dialogue-dl_1", domain.DialogueRegistered{Dialogue: "dl_1", Edition: "ed_1", Place: "KE"}},                             // 0
		{"dl_1", "participant-pa_1", domain.ParticipantCheckedIn{Participant: "pa_1", Dialogue: "dl_1", Chamber: domain.CitizenChamber}}, // 1
		{"dl_1", table, domain.TableFormed{Dialogue: "dl_1", Table: "t1", Revision: 1}},                                                  // 2
		{"dl_1", other, domain.TableFormed{Dialogue: "dl_1", Table: "t2", Revision: 1}},                                                  // 3: nobody cites it
		{"dl_1", table, domain.TableOutputRecorded{Dialogue: "dl_1", Table: "t1", Output: "o1", Revision: 1}},                            // 4
		{"dl_1", said, statement("1")},           // 5
		{"dl_1", answer, statement("2")},         // 6
		{"dl_1", "reactions-dl_1/p", react("1")}, // 7
		{"dl_1", coding, domain.SegmentCoded{Coding: "c1", Segment: domain.Segment{Source: domain.Ref{Stream: answer, Version: 1}}}}, // 8
		{"dl_1", "reactions-dl_1/p", react("2")}, // 9: after the coding
		{"dl_1", below, domain.RecommendationDrafted{Recommendation: "rc_0", Level: domain.TableLevel, Sources: []domain.Source{on(table, 2)}}},               // 10
		{"dl_1", own, domain.RecommendationDrafted{Recommendation: "rc_1", Level: domain.NationalLevel, Sources: []domain.Source{on(below, 1), on(said, 1)}}}, // 11
		{"dl_1", "reactions-dl_1/p", react("1")}, // 12: after the draft
		{"dl_1", tally, domain.TallySheetRecorded{Dialogue: "dl_1", Session: "s1", Question: question, Entry: domain.EntryA}},                                                                     // 13
		{"dl_1", tally, domain.TallyReconciled{Dialogue: "dl_1", Session: "s1", Question: question}},                                                                                              // 14
		{"dl_1", below, domain.RecommendationRevised{Recommendation: "rc_0", Version: 2, SourcesAdded: []domain.Source{on(other, 1)}}},                                                            // 15: rc_1 has not seen it
		{"dl_1", own, domain.RecommendationRevised{Recommendation: "rc_1", Version: 2, SourcesAdded: []domain.Source{on(tally, 2), on(coding, 1)}, SourcesRemoved: []domain.Source{on(said, 1)}}}, // 16
		{"dl_1", tally, domain.TallySheetRecorded{Dialogue: "dl_1", Session: "s1", Question: question, Entry: domain.EntryB}},                                                                     // 17: after it was cited
		{"dl_1", vote, domain.TallyReconciled{Dialogue: "dl_1", Session: "s2", Question: question}},                                                                                               // 18
		{"dl_1", own, domain.EndorsementClosed{Recommendation: "rc_1", Version: 2, Tallies: []domain.Ref{{Stream: vote, Version: 1}}}},                                                            // 19
		{"dl_1", own, domain.RecommendationSuperseded{Recommendation: "rc_1", By: []domain.RecommendationID{"rc_2"}, Relation: domain.Merged}},                                                    // 20
	}, nil)
	want := map[uint64]replay.Part{
		0: replay.PartDialogue, 1: replay.PartRegistration, 2: replay.PartOutput, 4: replay.PartOutput, 5: replay.PartStatement, 6: replay.PartStatement, 7: replay.PartReaction,
		8: replay.PartCoding, 10: replay.PartSource, 11: replay.PartRecommendation, 13: replay.PartResult, 14: replay.PartResult, 16: replay.PartRecommendation,
		18: replay.PartResult, 19: replay.PartRecommendation, 20: replay.PartRecommendation,
	}
	got := map[uint64]replay.Part{}
	for _, s := range trace(t, records, "rc_1") {
		got[s.Seq] = s.Part
	}
	require.Equal(t, want, got)

	// rc_0 itself stands on what its second version brought.
	got = map[uint64]replay.Part{}
	for _, s := range trace(t, records, "rc_0") {
		got[s.Seq] = s.Part
	}
	require.Equal(t, map[uint64]replay.Part{
		0: replay.PartDialogue, 1: replay.PartRegistration, 2: replay.PartOutput, 3: replay.PartOutput, 4: replay.PartOutput, 10: replay.PartRecommendation, 15: replay.PartRecommendation,
	}, got)
}
