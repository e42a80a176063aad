package process

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// told is a dossier that is told facts of edition ed, in dialogue dl where the events are of it.
func told(d *Dossier, dialogue domain.DialogueID, events ...domain.Event) *Dossier {
	for _, e := range events {
		if !Reads(domain.TypeOf(e)) {
			panic("a dossier does not read " + domain.TypeOf(e))
		}
		f := domain.Fact{Meta: domain.Meta{Source: "ed", Dialogue: dialogue}, Event: e}
		if r, ok := e.(domain.RecommendationDrafted); ok {
			f.Stream = domain.RecommendationStream(r.Recommendation)
		}
		d.Add(f)
	}
	return d
}

// TestDossier tells the life of a dialogue, and what is missing at each step.
func TestDossier(t *testing.T) {
	t.Parallel()
	q, other, consent := domain.ArtefactRef{ID: "ar_q", Version: 1}, domain.ArtefactRef{ID: "ar_o", Version: 1}, domain.ArtefactRef{ID: "ar_c", Version: 1}
	d := NewDossier(domain.DialogueRegistered{Dialogue: "dl", Edition: "ed", Partner: "pt_1", SampleType: domain.Quota, PlannedSize: 56, Languages: []domain.Lang{"en", "sw"}, Date: "2026-03-14"})
	missing := func(want ...string) {
		t.Helper()
		require.Equal(t, append([]string{}, want...), rules(d.Missing()))
	}
	missing(ProtocolRule, QuotaPlan, Instruments, Consent, Facilitation, Facilitation)

	instruments := func(ref domain.ArtefactRef, waves ...domain.Wave) (in []domain.Instrument) {
		for _, w := range waves {
			in = append(in, domain.Instrument{Artefact: ref, Wave: w})
		}
		return in
	}
	told(d, "", domain.ProtocolFrozen{}, domain.TopicAdded{Topic: "theirs", Dialogue: "dl_x"},
		domain.SessionDefined{Session: "s1", Instruments: instruments(q, domain.PreWave, domain.PostWave)}, domain.SessionDefined{Session: "s2", Topic: "theirs", Instruments: instruments(other, domain.PostWave)},
		domain.ArtefactVersionAdded{Artefact: "ar_q", Version: 1, Kind: domain.QuestionArtefact, Question: &domain.Question{}, SourceLang: "en"},
		domain.ArtefactVersionAdded{Artefact: "ar_c", Version: 1, Kind: domain.ConsentTextArtefact, SourceLang: "sw"})
	told(d, "dl_x", domain.QuotaPlanSet{}) // another's
	missing(QuotaPlan, Approval, Translation, Approval, Translation, Facilitation, Facilitation)

	told(d, "dl", domain.QuotaPlanSet{})
	for _, ref := range []domain.ArtefactRef{q, consent} {
		told(d, "", domain.ArtefactApproved{Artefact: ref.ID, Version: 1}, domain.TranslationVerified{Artefact: ref.ID, Version: 1, Lang: "sw"}, domain.TranslationVerified{Artefact: ref.ID, Version: 1, Lang: "en"})
	}
	told(d, "", domain.ArtefactVersionAdded{Artefact: "ar_c", Version: 2, Kind: domain.ConsentTextArtefact, SourceLang: "fr"}) // not approved: the first one still holds
	missing(Facilitation, Facilitation)

	admitted := func(id domain.PartnerID) domain.Event {
		return domain.PartnerAdmitted{Edition: "ed", Partner: id, Roles: []domain.Role{domain.NationalPartner}}
	}
	trained := func(who string, role domain.Role, to domain.Date) domain.Event {
		return domain.TrainingCompleted{Edition: "ed", Partner: "pt_2", Trainee: who, Role: role, ValidTo: to}
	}
	told(d, "", admitted("pt_1"), admitted("pt_2"), domain.PartnershipEnded{Partner: "pt_1", ReassignTo: "pt_2"}, trained("h", domain.HeadFacilitator, "2026-03-14"))
	for _, who := range []string{"a", "b", "c", "d", "e", "f"} {
		told(d, "", trained(who, domain.TableFacilitator, ""))
	}
	told(d, "", trained("g", domain.TableFacilitator, "2026-03-13")) // not on the day
	require.Equal(t, []Gap{{Facilitation, "tableFacilitator", "train 1 more table facilitators: 6 of 7 are"}}, d.Missing())
	told(d, "", trained("g", domain.TableFacilitator, ""))
	missing()
	told(d, "", domain.ArtefactWithdrawn{Artefact: "ar_q", Version: 1})
	missing(Approval)
	told(d, "", domain.ArtefactApproved{Artefact: "ar_q", Version: 1})

	told(d, "dl", domain.DialogueAuthorised{})
	missing(NoSession)
	told(d, "dl", domain.TableFormed{Table: "t1"}, domain.TableFormed{Table: "t2", Session: "s9"}, domain.SessionOpened{Session: "s1", Instruments: []domain.ArtefactRef{q, consent}},
		domain.DeviationReported{Rule: "minutes", Severity: domain.Major}, domain.DeviationReported{Rule: "small", Severity: domain.Minor})
	missing(SessionOpen, DeviationOK)
	told(d, "dl", domain.SessionClosed{Session: "s1"})
	missing(Reconciling, Reconciling, DeviationOK)
	sheet := func(table domain.TableID, entry domain.Entry, valid int) domain.Event {
		return domain.TallySheetRecorded{Session: "s1", Wave: domain.PreWave, Question: q, Table: table, Entry: entry, Valid: valid}
	}
	told(d, "dl", sheet("t0", domain.EntryA, 8))
	missing(Reconciling, SecondCount, SecondCount, SecondCount, Reconciling, DeviationOK) // post before pre; t0 lacks one count and t1 two
	told(d, "dl", sheet("t0", domain.EntryB, 7), sheet("t1", domain.EntryA, 5), sheet("t1", domain.EntryB, 5))
	missing(Reconciling, ThirdCount, Reconciling, DeviationOK)
	for _, w := range []domain.Wave{domain.PreWave, domain.PostWave} {
		told(d, "dl", domain.TallyReconciled{Session: "s1", Wave: w, Question: q})
	}
	told(d, "", domain.AuditFindingRaised{Finding: "f1", Dialogues: []domain.DialogueID{"dl"}}, domain.AuditFindingRaised{Finding: "f2", Dialogues: []domain.DialogueID{"dl_x"}})
	missing(DeviationOK, FindingOpen)
	told(d, "", domain.AuditFindingResolved{Finding: "f1"})
	missing(DeviationOK)
	told(d, "dl", domain.DialogueCertified{})
	missing()

	stands := func(stream domain.StreamID) domain.Source {
		return domain.Source{Ref: domain.Ref{Stream: stream, Version: 1}, Role: domain.Basis}
	}
	drafted := func(id domain.RecommendationID, level domain.Level, on ...domain.StreamID) domain.Event {
		r := domain.RecommendationDrafted{Recommendation: id, Level: level}
		for _, s := range on {
			r.Sources = append(r.Sources, stands(s))
		}
		return r
	}
	told(d, "dl_x", drafted("x", domain.NationalLevel, "statement-x"), domain.RecommendationDecided{Recommendation: "x", Outcome: domain.Adopted})
	missing()
	told(d, "dl", drafted("a", domain.NationalLevel, "statement-1"), drafted("b", domain.NationalLevel, "statement-2"), domain.RecommendationDecided{Recommendation: "a", Outcome: domain.Adopted},
		domain.RecommendationDecided{Recommendation: "b", Outcome: domain.Adopted})
	missing(Unaccounted, Unaccounted)
	told(d, "dl", domain.RecommendationRevised{Recommendation: "b", SourcesRemoved: []domain.Source{stands("statement-2")}, SourcesAdded: []domain.Source{stands(domain.RecommendationStream("b"))}})
	missing(Unaccounted, Orphan, Unaccounted)
	told(d, "", drafted("w", domain.GlobalLevel, domain.RecommendationStream("a")), domain.SynthesisCompleted{Unused: []domain.Unused{{ReasonCode: "r", Recommendations: []domain.RecommendationID{"b"}}}})
	missing(Orphan)

	f := domain.Fact{Meta: domain.Meta{Source: "ed_other", Dialogue: "dl"}, Event: domain.SessionOpened{Session: "s7"}}
	before := len(d.sessions)
	d.Add(f)
	require.Len(t, d.sessions, before, "another edition changes nothing")
}
