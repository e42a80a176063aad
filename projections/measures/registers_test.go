package measures

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// warnedOf gives the names of the warnings of a document, and all that they say.
func warnedOf(h Head) (names []string, all string) {
	for _, n := range h.Warnings {
		names, all = append(names, n.Name), all+n.Detail+"\n"
	}
	return names, all
}

// A question that French people meet, before and after its translation is submitted, and verified; and another version of it, in the same wave.
func TestInstrument(t *testing.T) {
	t.Parallel()
	w, ref := planning(t)
	register := func(key string) (d InstrumentDoc) {
		w.document(Instrument, key, &d)
		return d
	}
	d := register("ar_q@1")
	names, words := warnedOf(d.Head)
	require.Equal(t, []string{WarnMissingLanguages}, names)
	require.Contains(t, words, "there is no translation into fr")
	require.Nil(t, d.Approval)

	stream := domain.StreamID("artefact-ar_q")
	w.add("", stream, domain.ReviewRecorded{Artefact: "ar_q", Version: 1, Kind: domain.CommitteeReview, Verdict: domain.Approve, Reviewer: "a", Scores: map[string]int{"clarity": 4}})
	w.add("", stream, domain.ReviewRecorded{Artefact: "ar_q", Version: 1, Kind: domain.CommitteeReview, Verdict: domain.Approve, Reviewer: "b", Scores: map[string]int{"clarity": 5}})
	w.add("", stream, domain.TranslationSubmitted{Artefact: "ar_q", Version: 1, Lang: "fr", Method: domain.HumanTranslation})
	d = register("ar_q@1")
	_, words = warnedOf(d.Head)
	require.Contains(t, words, "into fr was submitted and not verified")
	require.Equal(t, [2]int{1, 0}, [2]int{d.Submitted, d.Verified})
	require.Equal(t, []ReviewCount{{domain.CommitteeReview, domain.Approve, 2}}, d.Reviews)
	require.Equal(t, []CriterionScore{{"clarity", 4.5, 2}}, d.Scores)

	w.approve(ref, "fr")
	w.add(aDialogue, "dialogue-dl_1", domain.SessionOpened{Dialogue: aDialogue, Session: aSession, Instruments: []domain.ArtefactRef{ref}})
	d = register("ar_q@1")
	require.Empty(t, d.Warnings)
	require.Equal(t, []OpenedWith{{aDialogue, 1}}, d.Opened)
	require.Equal(t, 1, d.Approval.Quorum)
	require.Equal(t, uint64(w.seq), d.LedgerPosition)

	w.add("", stream, domain.ArtefactVersionAdded{Artefact: "ar_q", Version: 2, Kind: domain.QuestionArtefact, SourceLang: "en"})
	w.add("", "edition-ed_1", domain.SessionDefined{Edition: anEdition, Session: "s2", Instruments: []domain.Instrument{{Artefact: domain.ArtefactRef{ID: "ar_q", Version: 2}, Wave: domain.SessionWave}}})
	for _, key := range []string{"ar_q@1", "ar_q@2"} {
		names, _ = warnedOf(register(key).Head)
		require.Contains(t, names, WarnMixedVersions, key)
	}
	require.Equal(t, []string{"ar_q@1", "ar_q@2"}, Instrument.Keys(w.state))
	for _, key := range []string{"ar_q", "ar_q@3", "ar_q@01", "ar_x@1"} {
		_, err := Instrument.Compute(w.state, key, nil)
		require.ErrorIs(t, err, ErrNoDocument)
	}
}

func TestCard(t *testing.T) {
	t.Parallel()
	w, _ := planning(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}})
	stream := domain.RecommendationStream("rc_1")
	w.add(aDialogue, stream, domain.RecommendationDrafted{
		Recommendation: "rc_1", Level: domain.NationalLevel, Body: domain.Citizens, Kind: domain.PlainRecommendation, Text: domain.In("en", "Every well has a keeper."), Editor: "somebody",
	})
	w.add(aDialogue, stream, domain.RecommendationRevised{Recommendation: "rc_1", Version: 2, Text: domain.In("en", "Every deep well has two keepers."), Rationale: "clearer", Editor: "somebody"})
	chamber := domain.ChamberRule{Chamber: domain.CitizenChamber, Electorate: "all of the committee", Threshold: domain.RatioOf(1, 2)}
	vote := func(yes, no int) (d CardDoc) {
		w.add(aDialogue, stream, domain.EndorsementOpened{Recommendation: "rc_1", Version: 2, Chambers: []domain.ChamberRule{chamber}})
		w.add(aDialogue, stream, domain.EndorsementClosed{Recommendation: "rc_1", Version: 2, Chambers: []domain.ChamberCount{{Chamber: domain.CitizenChamber, Eligible: 90, Cast: yes + no, Yes: yes, No: no}}})
		w.add(aDialogue, stream, domain.RecommendationDecided{
			Recommendation: "rc_1", Version: 2, Outcome: domain.Adopted, DecidedBy: "somebody", ChambersPassed: []domain.Chamber{domain.CitizenChamber},
			Dissents: []domain.Dissent{{Text: domain.In("en", "One is enough."), Supporters: no}},
		})
		w.document(Card, "rc_1", &d)
		return d
	}
	for _, c := range []struct {
		yes, no      int
		votes, minor bool // whether they are shown
	}{{6, 3, false, false}, {12, 8, true, false}, {30, 12, true, true}, {19, 0, false, false}, {20, 0, true, false}} {
		d := vote(c.yes, c.no)
		require.Equal(t, c.votes, !d.Chambers[0].Suppressed && d.Chambers[0].Votes.Yes == c.yes, "%d and %d", c.yes, c.no)
		require.Equal(t, c.minor, !d.Dissents[0].Suppressed && *d.Dissents[0].Supporters == c.no)
		require.True(t, *d.Chambers[0].Passed)
	}
	doc, err := Card.Compute(w.state, "rc_1", nil)
	require.NoError(t, err)
	require.NotContains(t, string(doc.Data), "somebody", "no persons")
	var d CardDoc
	w.document(Card, "rc_1", &d)
	require.Equal(t, []Edit{{Kept, "Every"}, {Inserted, "deep"}, {Kept, "well has"}, {Deleted, "a keeper."}, {Inserted, "two keepers."}}, d.Versions[1].Edits)
	names, _ := warnedOf(d.Head)
	require.Equal(t, []string{WarnMissingLanguages}, names, "French people cannot read it")
	require.Equal(t, "10", d.Parameters["minBase"])

	w.add(aDialogue, stream, domain.RecommendationRevised{Recommendation: "rc_1", Version: 3, Text: domain.LText{Source: "en", Text: map[domain.Lang]string{"en": "Two keepers.", "fr": "Deux."}}, Editor: "x"})
	w.document(Card, "rc_1", &d)
	names, words := warnedOf(d.Head)
	require.Equal(t, []string{WarnMixedVersions}, names)
	require.Contains(t, words, "version 2 of the text was put to the vote, and version 3 is the present one")
	require.Equal(t, []domain.Lang{"fr"}, d.Versions[2].LanguagesAdded)
}

// Votes that are answers in a session are in its result alone, which hides them with everything else that the same people answered.
func TestCardLeavesAnswersToResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 10}})
	w.draft(aDialogue, "rc_1")
	stream := domain.RecommendationStream("rc_1")
	rule := domain.ChamberRule{Chamber: domain.CitizenChamber, Electorate: domain.CheckedIn, Threshold: domain.RatioOf(1, 2), Session: aSession}
	w.add(aDialogue, stream, domain.EndorsementOpened{Recommendation: "rc_1", Version: 1, Chambers: []domain.ChamberRule{rule}})
	w.add(aDialogue, stream, domain.EndorsementClosed{Recommendation: "rc_1", Version: 1, Chambers: []domain.ChamberCount{{Chamber: domain.CitizenChamber, Cast: 75, Yes: 40, No: 35}}})
	var d CardDoc
	w.document(Card, "rc_1", &d)
	require.Equal(t, []CardChamber{{ChamberRule: rule}}, d.Chambers)
}

// The worked example of lineage, both ways.
func TestDescent(t *testing.T) {
	t.Parallel()
	w := graph(t)
	stream := func(id domain.RecommendationID) domain.StreamID { return domain.RecommendationStream(id) }
	var d DescentDoc
	w.document(Descent, string(stream("rc_g2")), &d)
	require.True(t, d.Complete)
	require.Equal(t, []Relative{{stream("rc_b1"), 1}, {stream("rc_f1"), 1}, {"table-dl_BR/t1", 2}, {"table-dl_FR/t1", 2}, {"table-dl_FR/t2", 2}}, d.Ancestors)
	require.Empty(t, d.Uses)
	require.Empty(t, d.Warnings)
	w.document(Descent, "table-dl_FR/t2", &d)
	require.Equal(t, DescentKind("worksheets"), d.Kind)
	require.Equal(t, []Relative{{stream("rc_f1"), 1}, {stream("rc_g1"), 2}, {stream("rc_g2"), 2}}, d.Uses)
	require.NotContains(t, Descent.Keys(w.state), "table-dl_KE/t2", "nothing stands on it")

	w.sheet("dl_FR", "t2", "o2", 2) // written anew: those above stand on the version before
	w.document(Descent, string(stream("rc_g1")), &d)
	names, _ := warnedOf(d.Head)
	require.Equal(t, []string{WarnMixedVersions}, names)

	w.dialogue("dl_net", "FR", domain.OpenOnline)
	w.draft("", "rc_g3", basis(w.sheet("dl_net", "t1", "o9", 1))...)
	w.document(Descent, string(stream("rc_g3")), &d)
	names, _ = warnedOf(d.Head)
	require.Equal(t, []string{WarnSelfSelected}, names)
	_, err := Descent.Compute(w.state, "table-dl_KE/t2", nil)
	require.ErrorIs(t, err, ErrNoDocument)
}

func TestManifest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := func(name string, n byte) domain.ReleasedFile {
		return domain.ReleasedFile{Name: name, Digest: domain.Digest{n}, MediaType: "text/csv"}
	}
	w.add("", "edition-ed_1", domain.EditionOpened{Edition: anEdition, Languages: []domain.Lang{"en", "fr"}})
	w.add("", "publication-pb_1", domain.PublicationReleased{
		Publication: "pb_1", Edition: anEdition, Kind: domain.Dataset, Files: []domain.ReleasedFile{file("b.csv", 1), file("a.csv", 2)}, LedgerPosition: 7,
		Views: map[string]int{"result": Version - 1, "recommendation": projections.Recommendation.Version, "gone": 1}, EmbargoUntil: 3 * wholeDay,
	})
	require.Empty(t, Manifest.Keys(w.state), "under an embargo")
	_, err := Manifest.Compute(w.state, "pb_1", nil)
	require.ErrorIs(t, err, ErrNoDocument)
	w.on(3, "", "edition-ed_1", domain.TopicAdded{})
	var d ManifestDoc
	w.document(Manifest, "pb_1", &d)
	require.Equal(t, uint64(7), d.Released)
	require.Equal(t, []ManifestFile{{file("a.csv", 2), 0}, {file("b.csv", 1), 0}}, d.Files)
	names, words := warnedOf(d.Head)
	require.Equal(t, []string{WarnMixedVersions}, names)
	require.Contains(t, words, "of view result")
	require.Nil(t, d.Views[0].Now, "nobody knows the view %q", d.Views[0].View)

	w.add("", "publication-pb_1", domain.PublicationCorrected{Publication: "pb_1", Files: []domain.ReleasedFile{file("b.csv", 9)}, Erratum: domain.In("en", "A column was wrong.")})
	w.document(Manifest, "pb_1", &d)
	require.Equal(t, []ManifestFile{{file("a.csv", 2), 0}, {file("b.csv", 9), 1}}, d.Files)
	require.Equal(t, []domain.ReleasedFile{file("b.csv", 1)}, d.Replaced)
	names, _ = warnedOf(d.Head)
	require.Equal(t, []string{WarnMixedVersions, WarnCorrected, WarnMissingLanguages}, names)
}

// Edits lead from the one text to the other, and back, whatever the texts are.
func TestEdits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 12).Draw(rt, name), " ")
		}
		before, after := text("before"), text("after")
		var was, is []string
		for i, e := range edits(before, after) {
			require.NotEmpty(rt, e.Text)
			if e.Op != Inserted {
				was = append(was, e.Text)
			}
			if e.Op != Deleted {
				is = append(is, e.Text)
			}
			require.True(rt, i == 0 || e.Op != edits(before, after)[i-1].Op)
		}
		require.Equal(rt, [2]string{before, after}, [2]string{strings.Join(was, " "), strings.Join(is, " ")})
	})
	long := strings.Repeat("word ", 3000)
	require.Equal(t, []Edit{{Deleted, strings.TrimSpace(strings.Repeat("other ", 3000))}, {Inserted, strings.TrimSpace(long)}}, edits(strings.Repeat("other ", 3000), long))
}
