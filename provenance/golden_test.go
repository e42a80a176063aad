package provenance_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
)

var update = flag.Bool("update", false, "write the golden files anew")

// village is a record in which a recommendation stands on everything that there is to stand on, and on which something stands.
func village(t *testing.T) []domain.Record {
	t.Helper()
	const ke = "dl_KE"
	own, below, world := domain.RecommendationStream("rc_1"), domain.RecommendationStream("rc_0"), domain.RecommendationStream("rc_world")
	table, tally, vote := domain.TableStream(ke, "t 1"), domain.TallyStream(ke, "s1"), domain.TallyStream(ke, "s2")
	coding, said, answer := domain.CodingStream("cd_1"), domain.StatementStream(ke, "st_1"), domain.StatementStream(ke, "st_2")
	on := func(role domain.SourceRole, stream domain.StreamID, version uint64) domain.Source {
		return domain.Source{Ref: domain.Ref{Stream: stream, Version: version}, Role: role}
	}
	statement := func(id domain.StatementID) domain.StatementPosted {
		return domain.StatementPosted{Conversation: ke, Statement: id, Kind: domain.PlainStatement, Text: domain.Commitment{1}, Lang: "sw", Author: "a-pseudonym"}
	}
	q := domain.ArtefactRef{ID: "ar_q", Version: 2}
	words := domain.In("en", "The words of nobody.")
	return recordsTold(t, []told{
		{"", "edition-ed_1", domain.ProtocolFrozen{Edition: "ed_1", MethodVersion: 3, AnalysisPlan: domain.Document{Digest: domain.Digest{7}}}},
		{"", domain.PartnerStream("ed_1", "pt_ke"), domain.PartnerAdmitted{Edition: "ed_1", Partner: "pt_ke", Name: "A name", Kind: "ngo", Place: "KE"}},
		{ke, domain.DialogueStream(ke), domain.DialogueRegistered{Dialogue: ke, Edition: "ed_1", Place: "KE", Partner: "pt_ke"}},
		{ke, domain.DialogueStream(ke), domain.SessionOpened{Dialogue: ke, Session: "s1", Chamber: domain.CitizenChamber}},
		{ke, table, domain.TableFormed{Dialogue: ke, Table: "t 1", Session: "s1", Revision: 1, Facilitator: "f.acilitator", Members: []domain.ParticipantID{"pa_secret1", "pa_secret2"}}},
		{ke, table, domain.TableOutputRecorded{Dialogue: ke, Table: "t 1", Output: "o1", Session: "s1", Revision: 1, By: "n.otetaker", Items: []domain.OutputItem{{Item: "1", Text: domain.Commitment{2}}, {Item: "2", Text: domain.Commitment{3}}}}},
		{ke, said, statement("st_1")},
		{ke, said, domain.StatementModerated{Conversation: ke, Statement: "st_1", Decision: domain.Accept, Moderator: "m.oderator"}},
		{ke, answer, statement("st_2")},
		{ke, coding, domain.SegmentCoded{Coding: "cd_1", Segment: domain.Segment{Source: domain.Ref{Stream: answer, Version: 1}}, Coder: "c.oder", Round: 1, Method: domain.HumanCoding}},
		{ke, tally, domain.TallySheetRecorded{Dialogue: ke, Session: "s1", Question: q, Entry: domain.EntryA, Clerk: "cl.erk", Sheet: domain.Digest{4}}},
		{ke, tally, domain.TallyReconciled{Dialogue: ke, Session: "s1", Question: q, Source: domain.FromSheets, CheckedIn: 40, Ballots: 38, Missing: 1, Void: 1}},
		{ke, domain.DialogueStream(ke), domain.SessionClosed{Dialogue: ke, Session: "s1"}},
		{ke, below, domain.RecommendationDrafted{Recommendation: "rc_0", Level: domain.TableLevel, Text: words, Editor: "e.ditor", Sources: []domain.Source{on(domain.Basis, table, 2)}}},
		{ke, own, domain.RecommendationDrafted{Recommendation: "rc_1", Level: domain.NationalLevel, Text: words, Editor: "e.ditor", Sources: []domain.Source{on(domain.Basis, below, 1), on(domain.QuoteRole, said, 2), on(domain.ContrastRole, coding, 1)}}},
		{ke, own, domain.RecommendationRevised{Recommendation: "rc_1", Version: 2, Text: words, Rationale: "Words", Editor: "e.ditor", SourcesAdded: []domain.Source{on(domain.SupportRole, tally, 2)}, SourcesRemoved: []domain.Source{on(domain.QuoteRole, said, 2)}}},
		{ke, own, domain.EndorsementOpened{Recommendation: "rc_1", Version: 2, Chambers: []domain.ChamberRule{{Chamber: domain.CitizenChamber}}, ClosesAt: 5_000_000}},
		{ke, vote, domain.TallyReconciled{Dialogue: ke, Session: "s2", Question: q, Source: domain.FromBallots, CheckedIn: 40, Ballots: 40}},
		{ke, own, domain.EndorsementClosed{Recommendation: "rc_1", Version: 2, Chambers: []domain.ChamberCount{{Chamber: domain.CitizenChamber, Yes: 40}}, Tallies: []domain.Ref{{Stream: vote, Version: 1}}}},
		{ke, own, domain.RecommendationDecided{Recommendation: "rc_1", Version: 2, Outcome: domain.Adopted, DecidedBy: "d.ecider"}},
		{"", world, domain.RecommendationDrafted{Recommendation: "rc_world", Level: domain.GlobalLevel, Text: words, Editor: "e.ditor", Sources: []domain.Source{on(domain.Basis, own, 5)}}},
		{"", domain.SynthesisStream("ed_1"), domain.SynthesisCompleted{Edition: "ed_1", Inputs: domain.SynthesisInputs{Recommendations: []domain.Ref{{Stream: own, Version: 5}}}, Outputs: []domain.RecommendationID{"rc_world"}, Method: q}},
		{"", domain.SubmissionStream("sb_1"), domain.RecommendationSubmitted{Submission: "sb_1", Recommendation: domain.Ref{Stream: world, Version: 1}, RecommendationID: "rc_world", Addressee: domain.Addressee{Name: "A ministry", Kind: "government"}, SubmittedAt: 1}},
		{"", domain.SubmissionStream("sb_1"), domain.ResponseReceived{Submission: "sb_1", RecommendationID: "rc_world", Kind: domain.Acknowledgement, Text: words, At: 1, Official: "An office"}},
		{"", domain.SubmissionStream("sb_1"), domain.FollowUpReported{Submission: "sb_1", RecommendationID: "rc_world", Reporter: "r.eporter", Progress: 10, At: 1}},
		{"", domain.PublicationStream("pb_1"), domain.PublicationReleased{Publication: "pb_1", Edition: "ed_1", Recommendations: []domain.RecommendationID{"rc_1"}, Files: []domain.ReleasedFile{{Name: "a.pdf", Digest: domain.Digest{5}}}}},
		{ke, own, domain.RecommendationSuperseded{Recommendation: "rc_1", By: []domain.RecommendationID{"rc_world"}, Relation: domain.Replaced, Reason: "Words"}},
	})
}

// The two documents as they are written, byte for byte. Indented here, so that people can read them.
func TestGolden(t *testing.T) {
	t.Parallel()
	g := graph(t, indexed(t, village(t)), "rc_1", provenance.Both)
	holds(t, g)
	valid(t, g)
	for name, write := range map[string]func() ([]byte, error){"village.prov.json": g.ProvJSON, "village.jsonld": g.JSONLD} {
		doc, err := write()
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, json.Indent(&b, doc, "", " "))
		file := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), b.String(), "%s; go test ./provenance -run Golden -update writes it anew", file)
	}
}

// No words, no names, no accounts, no participants and no pseudonyms stand in a document.
func TestNothingPersonal(t *testing.T) {
	t.Parallel()
	x := indexed(t, village(t))
	for _, d := range provenance.Directions() {
		g := graph(t, x, "rc_1", d)
		for _, write := range []func() ([]byte, error){g.ProvJSON, g.JSONLD} {
			doc, err := write()
			require.NoError(t, err)
			for _, word := range []string{
				"pa_secret", "a-pseudonym", "nobody", "somebody", "l.wanjiru", "c.ordinator", "f.acilitator", "n.otetaker", "m.oderator", "c.oder", "cl.erk", "e.ditor", "d.ecider",
				"r.eporter", "Words", "A name", "A ministry", "An office",
			} {
				require.NotContains(t, string(doc), word)
			}
			require.Contains(t, string(doc), strings.Repeat("0", 10), "commitments stand in it")
		}
	}
}
