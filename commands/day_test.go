package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// asks opens a session s2 in the dialogue of the story that asks one more question, with the codes of the first.
func (w *world) asks(id domain.ArtefactID, q domain.Question) {
	w.t.Helper()
	ref := domain.ArtefactRef{ID: id, Version: 1}
	w.given(domain.ArtefactStream(id), "",
		domain.ArtefactVersionAdded{Artefact: id, Version: 1, Kind: domain.QuestionArtefact, Question: &q, SourceLang: "fr", Content: domain.Digest{1}, Author: "a"},
		domain.ArtefactApproved{Artefact: id, Version: 1, Approvals: []string{"b"}, Quorum: 1})
	w.given(domain.EditionStream("ed_1"), "", domain.SessionDefined{
		Edition: "ed_1", Session: "s2", Ordinal: 2, Topic: "t1", Kind: domain.ThematicSession, Chamber: domain.CitizenChamber, Instruments: []domain.Instrument{{Artefact: ref, Wave: domain.SessionWave}},
	})
	w.given(domain.DialogueStream("dl_1"), "dl_1", domain.SessionOpened{
		Dialogue: "dl_1", Session: "s2", Chamber: domain.CitizenChamber, IssuedCodes: len(issuedFor), CodesCommitment: issuedRoot, Instruments: []domain.ArtefactRef{ref},
	})
}

// answers is the content of a ballot of the session that asks; with is the answer and whatever else there is to say.
func answers(p domain.Pseudonym, question, with string) string {
	return fmt.Sprintf(`{"dialogue":"dl_1","pseudonym":%q,"session":"s2","wave":"session","question":{"id":%q,"version":1},"lang":"fr","channel":"app",%s}`, p, question, with)
}

// The words of an open answer are kept in the vault, and the record bears what commits to them.
func TestOpenAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("check-in")
	w.asks("ar_o", domain.Question{Kind: domain.Open, Unit: domain.Individual, Text: domain.In("fr", "Pourquoi ?"), Options: []domain.Option{}, MaxRunes: 8})
	proof := `"issued":` + issuedTo("p3")
	kept := len(w.words.kept)
	w.refused(domain.ErrInvalidAnswer, "cast-ballot", answers("p3", "ar_o", `"text":"trop de mots",`+proof))
	w.refused(domain.ErrInvalidAnswer, "cast-ballot", answers("p3", "ar_o", `"answer":{"text":`+digest+`},`+proof), "a commitment that the vault does not know")
	w.refused(domain.ErrInvalidAnswer, "cast-ballot", answers("p3", "ar_o", proof))
	w.refused(domain.ErrCodeNotIssued, "cast-ballot", answers("p3", "ar_o", `"text":"parce"`))
	w.refused(domain.ErrCodeNotIssued, "cast-ballot", answers("p99", "ar_o", `"text":"parce",`+proof), "somebody else's code")
	require.Len(t, w.words.kept, kept, "words of a rejected command are kept nowhere")

	content := answers("p3", "ar_o", `"text":"parce",`+proof)
	r := w.must("cast-ballot", "why", content)
	require.Equal(t, repeated(r), w.must("cast-ballot", "why", content))
	f := w.fact(r.Events[0].Seq)
	opening := w.words.kept[vault.Place{Event: f.ID, Field: domain.AnswerField}]
	require.Equal(t, "parce", string(opening.Words))
	require.Equal(t, opening.Commitment(), f.Event.(domain.BallotCast).Answer.Text)
	_, err := w.run("cast-ballot", "why", strings.Replace(content, "parce", "pour", 1))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)

	f = w.fact(w.must("cast-ballot", "otherwise", answers("p3", "ar_o", `"text":"pour"`)).Events[0].Seq)
	require.Nil(t, f.Event.(domain.BallotCast).Issued, "the code was shown")
	require.Equal(t, 2, f.Event.(domain.BallotCast).Revision)
	w.audited()
}

// A table answers under its own name, and needs no code.
func TestTableBallot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("form-table")
	w.asks("ar_t", domain.Question{Kind: domain.SingleChoice, Unit: domain.TableUnit, Text: domain.In("fr", "Où ?"), Options: []domain.Option{{ID: "ici"}, {ID: "ailleurs"}}})
	w.refused(domain.ErrUnknownRef, "cast-ballot", answers("T1", "ar_t", `"answer":{"option":"ici"},"table":"1"`), "it sits in the first session only")
	w.must("form-table", "again", strings.Replace(contentOf("form-table"), `"s1"`, `"s2"`, 1))
	w.refused(domain.ErrInvalidAnswer, "cast-ballot", answers("p3", "ar_t", `"answer":{"option":"ici"},"table":"1","issued":`+issuedTo("p3")))
	f := w.fact(w.must("cast-ballot", "table", answers("T1", "ar_t", `"answer":{"option":"ici"},"table":"1"`)).Events[0].Seq)
	require.Equal(t, domain.BallotStream("dl_1", "T1"), f.Stream)
	w.audited()
}

// A recommendation is voted on in a session while its endorsement is open, and no longer.
func TestEndorseBallot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("draft-recommendation")
	w.must("add-artefact-version", "template", endorseTemplate)
	w.given(domain.ArtefactStream("ar_tpl"), "", domain.ArtefactApproved{Artefact: "ar_tpl", Version: 1, Approvals: []string{"a"}, Quorum: 1})
	w.must("add-artefact-version", "question", endorseQuestion)
	vote := func(p domain.Pseudonym, answer string) string {
		return fmt.Sprintf(`{"dialogue":"dl_1","pseudonym":%q,"session":"s1","wave":"endorsement","question":{"id":"ar_e","version":1},"lang":"fr","channel":"app","answer":{"endorsement":%q},"issued":%s}`,
			p, answer, issuedTo(p))
	}
	w.refused(domain.ErrPhaseClosed, "cast-ballot", vote("p4", "5"), "nobody has called to vote")
	w.must("open-endorsement", "open", openVote)
	w.refused(domain.ErrInvalidAnswer, "cast-ballot", vote("p4", "6"))
	w.refused(domain.ErrUnknownRef, "cast-ballot", strings.Replace(vote("p4", "5"), `"endorsement","question"`, `"session","question"`, 1))
	r := w.must("cast-ballot", "vote", vote("p4", "5"))
	require.Equal(t, domain.Endorsement("5"), w.fact(r.Events[0].Seq).Event.(domain.BallotCast).Answer.Endorsement)

	w.must("close-session", "close", contentOf("close-session"))
	w.must("reconcile-tally", "settle", settleVote)
	w.must("close-endorsement", "count", `{"recommendation":"rc_1","version":1,"chambers":[{"chamber":"citizen","eligible":1,"cast":1,"yes":1,"no":0,"abstain":0}],"tallies":[]}`)
	w.refused(domain.ErrSessionClosed, "cast-ballot", vote("p5", "5"))
	require.Equal(t, repeated(r), w.must("cast-ballot", "vote", vote("p4", "5")))
	w.audited()
}

func TestFormTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("open-session")
	w.refused(domain.ErrNotCheckedIn, "form-table", contentOf("form-table"))
	w.must("check-in", "in", contentOf("check-in"))
	for name, c := range map[string]struct {
		from, to string
		rule     *domain.Rejection
	}{
		"too small":          {`,"waiver":{"rule":"tableSize","reason":"few came","approvedBy":"hal"}`, "", domain.ErrInvalidField},
		"another waiver":     {"tableSize", "plannedSize", domain.ErrInvalidField},
		"nobody":             {`"` + who + `"`, "", domain.ErrInvalidField},
		"a stranger":         {who, "pa_none", domain.ErrUnknownRef},
		"twice":              {`"` + who + `"`, `"` + who + `","` + who + `"`, domain.ErrDuplicate},
		"another chamber":    {`"citizen"`, `"stakeholder"`, domain.ErrChamber},
		"not trained":        {"fay", "hal", domain.ErrNotTrained},
		"an unknown session": {`"s1"`, `"s9"`, domain.ErrUnknownRef},
		"no dialogue":        {"dl_1", "dl_9", domain.ErrUnknownRef},
		"a crowd":            {`"` + who + `"`, strings.Repeat(`"pa_x",`, 50) + `"pa_x"`, domain.ErrInvalidField},
	} {
		w.refused(c.rule, "form-table", strings.Replace(contentOf("form-table"), c.from, c.to, 1), name)
	}
	r := w.must("form-table", "seat", contentOf("form-table"))
	require.Empty(t, w.must("form-table", "so already", contentOf("form-table")).Events)
	w.refused(domain.ErrDuplicate, "form-table", strings.Replace(contentOf("form-table"), `"table":"1"`, `"table":"2"`, 1))
	require.Equal(t, repeated(r), w.must("form-table", "seat", contentOf("form-table")))

	f := w.fact(w.must("form-table", "note", strings.Replace(contentOf("form-table"), `"facilitator"`, `"noteTaker":"ned","facilitator"`, 1)).Events[0].Seq)
	require.Equal(t, 2, f.Event.(domain.TableFormed).Revision)
	require.Equal(t, &domain.Seating{Size: 1}, f.Event.(domain.TableFormed).Replaces)
	w.must("close-session", "close", contentOf("close-session"))
	w.refused(domain.ErrSessionClosed, "form-table", contentOf("form-table"))
	w.audited()
}

// Worksheets come until the session is closed and some minutes longer, as the protocol says.
func TestRecordTableOutput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("void-ballot")
	sheet := contentOf("record-table-output")
	other := func(s string) string { return strings.Replace(s, "See your own data.", "See all of it.", 1) }
	kept := len(w.words.kept)
	for name, c := range map[string]struct {
		from, to string
		rule     *domain.Rejection
	}{
		"a guide":            {"ar_w", "ar_g", domain.ErrUnknownRef},
		"no such template":   {"ar_w", "ar_none", domain.ErrUnknownRef},
		"another table":      {`"table":"1"`, `"table":"2"`, domain.ErrUnknownRef},
		"another session":    {`"s1"`, `"s2"`, domain.ErrSessionNotOpen},
		"an item twice":      {`"item":"2"`, `"item":"1"`, domain.ErrInvalidField},
		"an unknown kind":    {`"idea"`, `"thought"`, domain.ErrInvalidField},
		"a ranked idea":      {`"lang":"en"}`, `"lang":"en","rank":1}`, domain.ErrInvalidField},
		"no words":           {"See your own data.", "", domain.ErrInvalidText},
		"too many words":     {"See your own data.", strings.Repeat("x", commands.MaxWords+1), domain.ErrInvalidText},
		"too many items":     {`{"item":"1"`, strings.Repeat(`{"item":"x","kind":"idea","text":"x","lang":"en"},`, domain.MaxItems) + `{"item":"1"`, domain.ErrInvalidField},
		"nobody recorded it": {`"by":"fay"`, `"by":""`, domain.ErrInvalidField},
	} {
		w.refused(c.rule, "record-table-output", strings.Replace(sheet, c.from, c.to, 1), name)
	}
	require.Len(t, w.words.kept, kept, "words of a rejected command are kept nowhere")

	r := w.must("record-table-output", "sheet", sheet)
	f := w.fact(r.Events[0].Seq)
	for _, item := range f.Event.(domain.TableOutputRecorded).Items {
		opening := w.words.kept[vault.Place{Event: f.ID, Field: domain.ItemField(item.Item)}]
		require.Equal(t, opening.Commitment(), item.Text)
		require.Contains(t, []string{"See your own data.", "It is mine."}, string(opening.Words))
	}
	w.must("close-session", "close", contentOf("close-session"))
	f = w.fact(w.must("record-table-output", "in grace", other(sheet)).Events[0].Seq)
	require.Equal(t, 2, f.Event.(domain.TableOutputRecorded).Revision)
	require.Equal(t, map[domain.ItemKind]int{domain.Idea: 1, domain.QuoteItem: 1}, f.Event.(domain.TableOutputRecorded).Replaces)

	*w.clock = w.clock.Add(time.Hour)
	w.refused(domain.ErrSessionClosed, "record-table-output", sheet, "later than thirty minutes")
	require.Equal(t, repeated(r), w.must("record-table-output", "sheet", sheet), "what was recorded in time stays recorded")
	_, err := w.run("record-table-output", "sheet", other(sheet))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
	w.audited()
}

// Whoever sat at the table and takes back the consent to quotes is quoted no more.
func TestQuotesNeedConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("void-ballot")
	w.must("withdraw-consent", "withdraw", contentOf("withdraw-consent"))
	sheet := contentOf("record-table-output")
	w.refused(domain.ErrConsentMissing, "record-table-output", sheet)
	w.must("record-table-output", "ideas", strings.Replace(sheet, `"quote"`, `"idea"`, 1))
}

// A dialogue is complete when its sessions are over, its tallies settled, its findings resolved and its major deviations accepted.
func TestCertifyDialogue(t *testing.T) {
	t.Parallel()
	certificate := contentOf("certify-dialogue")
	accepted := strings.Replace(certificate, `"by"`, `"accepted":[{"rule":"minutes","reason":"all agreed","approvedBy":"cleo"}],"by"`, 1)
	w := newWorld(t)
	w.tell("authorise-dialogue")
	w.refused(domain.ErrPhaseClosed, "certify-dialogue", certificate, "it has not begun")
	w.refused(domain.ErrUnknownRef, "certify-dialogue", strings.Replace(certificate, "dl_1", "dl_9", 1))

	w = newWorld(t)
	w.tell("cast-ballot")
	w.refused(domain.ErrPhaseClosed, "certify-dialogue", certificate, "it is under way")
	w.must("close-session", "close", contentOf("close-session"))
	w.refused(domain.ErrNotReconciled, "certify-dialogue", certificate)
	w.must("reconcile-tally", "settle", strings.Replace(contentOf("reconcile-tally"), `"sheets"`, `"ballots"`, 1))
	w.must("report-deviation", "major", strings.Replace(contentOf("report-deviation"), `"minor"`, `"major"`, 1))
	w.refused(domain.ErrNotReconciled, "certify-dialogue", certificate, "a major deviation")
	w.must("admit-partner", "auditor", partner("pt_a", `"auditor"`))
	finding := strings.Replace(contentOf("raise-finding"), `"version":4`, `"version":1`, 1)
	w.must("raise-finding", "finding", finding)
	w.refused(domain.ErrNotReconciled, "certify-dialogue", accepted, "a finding is open")
	w.must("resolve-finding", "resolved", strings.Replace(contentOf("resolve-finding"), `"version":5`, `"version":1`, 1))
	r := w.must("certify-dialogue", "certify", accepted)
	e := w.fact(r.Events[0].Seq).Event.(domain.DialogueCertified)
	require.Equal(t, 1, e.CheckedIn)
	require.Equal(t, map[domain.SessionID]int{"s1": 1}, e.Ballots)
	require.Equal(t, repeated(r), w.must("certify-dialogue", "certify", accepted))
	w.refused(domain.ErrPhaseClosed, "open-session", strings.Replace(contentOf("open-session"), `"s1"`, `"s2"`, 1), "nothing begins any more")
	w.must("report-deviation", "late", strings.Replace(contentOf("report-deviation"), "It ran long", "It was loud", 1))
	w.audited()
}

// Who takes a statement out of sight says why, in the words of an approved guide.
func TestModerationNeedsAGuide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("post-statement")
	hide := func(with string) string {
		return `{"conversation":"dl_1","statement":"1","decision":"hide","moderator":"mod"` + with + `}`
	}
	guide := func(id string, version int) string {
		return fmt.Sprintf(`,"guideline":{"id":%q,"version":%d}`, id, version)
	}
	for name, c := range map[string]struct {
		with string
		rule *domain.Rejection
	}{
		"no guide":        {`,"reasonCode":"rude"`, domain.ErrUnknownRef},
		"no such guide":   {`,"reasonCode":"rude"` + guide("ar_none", 1), domain.ErrUnknownRef},
		"no such version": {`,"reasonCode":"rude"` + guide("ar_g", 2), domain.ErrUnknownRef},
		"a worksheet":     {`,"reasonCode":"rude"` + guide("ar_w", 1), domain.ErrUnknownRef},
		"another reason":  {`,"reasonCode":"dull"` + guide("ar_g", 1), domain.ErrUnknownRef},
	} {
		w.refused(c.rule, "moderate-statement", hide(c.with), name)
	}
	f := w.fact(w.must("moderate-statement", "hide", hide(`,"reasonCode":"rude"`+guide("ar_g", 1))).Events[0].Seq)
	require.Equal(t, "dialogue-dl_1 artefact-ar_g", strings.Join(streams(f), " "))
	w.audited()
}

func streams(f domain.Fact) (names []string) {
	for _, o := range f.Meta.Observed {
		names = append(names, string(o.Stream))
	}
	return names
}
