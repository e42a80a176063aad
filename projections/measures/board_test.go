package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/process"
	"daybook.internal/projections"
)

// planning is an edition with one question and one dialogue in French.
func planning(t *testing.T) (*world, domain.ArtefactRef) {
	w := newWorld(t)
	w.add("", "edition-ed_1", domain.EditionOpened{Edition: anEdition, Languages: []domain.Lang{"en", "fr"}})
	ref := w.question("ar_q", choice("a", "b"))
	w.add("", "edition-ed_1", domain.SessionDefined{Edition: anEdition, Session: aSession, Instruments: []domain.Instrument{{Artefact: ref, Wave: domain.SessionWave}}})
	w.add(aDialogue, "dialogue-dl_1", domain.DialogueRegistered{
		Dialogue: aDialogue, Edition: anEdition, Place: "AA", Partner: "pt_1", SampleType: domain.Sortition, Languages: []domain.Lang{"fr"}, PlannedSize: 60, Date: "2024-06-01",
	})
	w.add("", "partner-ed_1/pt_1", domain.PartnerAdmitted{Edition: anEdition, Partner: "pt_1", Roles: []domain.Role{domain.NationalPartner}})
	return w, ref
}

func (w *world) approve(ref domain.ArtefactRef, languages ...domain.Lang) {
	stream := domain.StreamID("artefact-" + ref.ID)
	w.add("", stream, domain.ArtefactApproved{Artefact: ref.ID, Version: ref.Version, Quorum: 1})
	for _, lang := range languages {
		w.add("", stream, domain.TranslationSubmitted{Artefact: ref.ID, Version: ref.Version, Lang: lang})
		w.add("", stream, domain.TranslationVerified{Artefact: ref.ID, Version: ref.Version, Lang: lang})
	}
}

func TestBoard(t *testing.T) {
	t.Parallel()
	w, ref := planning(t)
	w.add("", "edition-ed_1", domain.MilestoneScheduled{
		Edition: anEdition, Key: "ready", DueAt: 10 * wholeDay, Gates: []string{domain.GateInstrumentsApproved, domain.GateMaterialsVerified, domain.GateProtocolFrozen},
	})
	board := func() (d BoardDoc) {
		w.document(Board, "ed_1", &d)
		return d
	}
	d := board()
	require.Equal(t, []Gate{
		{domain.GateProtocolFrozen, 0, 1, false}, {domain.GateInstrumentsApproved, 0, 1, false}, {domain.GateMaterialsVerified, 0, 1, false},
		{domain.GateDialoguesAuthorised, 0, 1, false}, {domain.GateDialoguesCertified, 0, 1, false}, {domain.GateSynthesisCompleted, 0, 1, false},
	}, d.Gates)
	require.Len(t, d.Milestones[0].Missing, 3)
	require.Nil(t, d.Milestones[0].Overdue)

	w.approve(ref)
	require.Equal(t, []string{domain.GateMaterialsVerified, domain.GateProtocolFrozen}, board().Milestones[0].Missing)
	w.approve(ref, "fr")
	w.protocol(domain.ProtocolFrozen{})
	require.Empty(t, board().Milestones[0].Missing)
	w.on(13, "", "edition-ed_1", domain.TopicAdded{})
	require.Equal(t, 3, *board().Milestones[0].Overdue)

	w.register(aDialogue, 5, 4)
	w.cast(aDialogue, "p1", ref, domain.SessionWave, "", domain.Answer{Option: "a"})
	d = board()
	people := d.People[0]
	require.Equal(t, []any{domain.Sortition, 1, 5, 4, 1}, []any{people.SampleType, people.Dialogues, *people.Registered, *people.CheckedIn, *people.Respondents})
	require.Equal(t, map[projections.DialogueState]int{projections.DialogueRegistered: 1}, d.Dialogues)
}

// Gates are passed here exactly where the domain says so, after every record of an edition.
func TestGatesAreThoseOfTheDomain(t *testing.T) {
	t.Parallel()
	s := NewState()
	var e domain.Edition
	progress := domain.Progress{Artefacts: map[domain.ArtefactID]domain.Artefact{}}
	dialogues, order := map[domain.DialogueID]domain.Dialogue{}, []domain.DialogueID{}
	key, seen := "", map[int]bool{}
	for _, f := range simulated(t) {
		require.NoError(t, s.Apply(f))
		key = string(f.Meta.Source)
		switch ev := f.Event.(type) {
		case domain.EditionOpened, domain.SessionDefined, domain.TopicAdded, domain.ProtocolFrozen:
			e = e.Evolve(ev)
		case domain.ArtefactVersionAdded:
			progress.Artefacts[ev.Artefact] = progress.Artefacts[ev.Artefact].Evolve(ev)
		case domain.ArtefactApproved:
			progress.Artefacts[ev.Artefact] = progress.Artefacts[ev.Artefact].Evolve(ev)
		case domain.TranslationSubmitted:
			progress.Artefacts[ev.Artefact] = progress.Artefacts[ev.Artefact].Evolve(ev)
		case domain.TranslationVerified:
			progress.Artefacts[ev.Artefact] = progress.Artefacts[ev.Artefact].Evolve(ev)
		case domain.ArtefactWithdrawn:
			progress.Artefacts[ev.Artefact] = progress.Artefacts[ev.Artefact].Evolve(ev)
		case domain.DialogueRegistered:
			order = append(order, ev.Dialogue)
			dialogues[ev.Dialogue] = dialogues[ev.Dialogue].Evolve(ev)
		case domain.DialogueAuthorised:
			dialogues[ev.Dialogue] = dialogues[ev.Dialogue].Evolve(ev)
		case domain.DialogueCertified:
			dialogues[ev.Dialogue] = dialogues[ev.Dialogue].Evolve(ev)
		case domain.SynthesisCompleted:
			progress.Synthesised = true
		default:
			continue
		}
		progress.Dialogues = progress.Dialogues[:0]
		for _, id := range order {
			progress.Dialogues = append(progress.Dialogues, dialogues[id])
		}
		want := e.Met(progress)
		in := &Inputs{s: s}
		got := []string{}
		for _, g := range in.gates(document[projections.EditionDoc](in, projections.Edition, key), in.dialogues(domain.EditionID(key))) {
			if g.Met {
				got = append(got, g.Gate)
			}
		}
		require.Equal(t, want, got, "after record %d, %T", f.Seq, f.Event)
		seen[len(got)] = true
	}
	require.Greater(t, len(seen), 4, "gates were passed one by one")
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	w, ref := planning(t)
	ready := func(key string) (d ReadinessDoc) {
		w.document(Readiness, key, &d)
		return d
	}
	rules := func(d ReadinessDoc) (rules []string) {
		for _, gap := range d.Dialogues[0].Missing {
			rules = append(rules, gap.Rule)
		}
		return rules
	}
	train := func(who string, role domain.Role, to domain.Date) {
		w.add("", "partner-ed_1/pt_1", domain.TrainingCompleted{Edition: anEdition, Partner: "pt_1", Trainee: who, Role: role, ValidTo: to})
	}
	d := ready("ed_1/pt_1")
	require.Equal(t, []string{
		process.ProtocolRule, process.QuotaPlan, process.Approval, process.Translation, process.Consent, process.Facilitation, process.Facilitation,
	}, rules(d))
	require.Equal(t, []LanguageReadiness{{"fr", 0, 1}}, d.Dialogues[0].Languages)

	w.approve(ref, "fr")
	w.protocol(domain.ProtocolFrozen{})
	w.plan(aDialogue)
	w.add("", "artefact-ar_consent", domain.ArtefactVersionAdded{Artefact: "ar_consent", Version: 1, Kind: domain.ConsentTextArtefact, SourceLang: "fr"})
	w.approve(domain.ArtefactRef{ID: "ar_consent", Version: 1})
	train("ann", domain.HeadFacilitator, "")
	for i := range 8 {
		train("f"+string(rune('0'+i)), domain.TableFacilitator, "")
	}
	train("past", domain.TableFacilitator, "2024-05-31")
	train("ann", domain.NoteTaker, "")
	w.add("", "partner-ed_1/pt_1", domain.InterestDeclared{Edition: anEdition, Partner: "pt_1", Person: "ann", Level: domain.IndirectInterest})
	d = ready("ed_1/pt_1")
	require.Empty(t, rules(d))
	require.NotNil(t, d.Dialogues[0].Missing)
	require.Equal(t, "["+`{"role":"headFacilitator","trained":1,"needed":1},{"role":"noteTaker","trained":1,"needed":null},{"role":"tableFacilitator","trained":8,"needed":8}`+"]",
		marshal(t, d.Dialogues[0].Trained), "a training that is over on the day does not count")
	require.Equal(t, []LanguageReadiness{{"fr", 1, 1}}, d.Dialogues[0].Languages)
	require.Equal(t, [2]int{1, 10}, [2]int{*d.Interests.Declared.Count, *d.Interests.Declared.Base})
	require.Equal(t, map[domain.InterestLevel]int{domain.IndirectInterest: 1}, d.Interests.Levels)
	require.Len(t, d.Interests.Undeclared, 9)

	// Whoever takes over has the dialogue, and not the trained people.
	w.add("", "partner-ed_1/pt_2", domain.PartnerAdmitted{Edition: anEdition, Partner: "pt_2"})
	w.add("", "partner-ed_1/pt_1", domain.PartnershipEnded{Edition: anEdition, Partner: "pt_1", ReassignTo: "pt_2"})
	require.Empty(t, ready("ed_1/pt_1").Dialogues)
	require.Equal(t, []string{process.Facilitation, process.Facilitation}, rules(ready("ed_1/pt_2")))
}

func TestResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	submit := func(id domain.SubmissionID, expected int) {
		e := domain.RecommendationSubmitted{Submission: id, RecommendationID: "rc_1", Addressee: domain.Addressee{Kind: domain.Government}, SubmittedAt: wholeDay}
		if expected > 0 {
			e.ExpectedBy = domain.Time(expected) * wholeDay
		}
		w.on(1, "", domain.StreamID("submission-"+id), e)
	}
	respond := func(id domain.SubmissionID, kind domain.ResponseKind, day int) {
		w.on(day, "", domain.StreamID("submission-"+id), domain.ResponseReceived{Submission: id, Kind: kind, At: domain.Time(day) * wholeDay})
	}
	submit("sb_1", 100)
	submit("sb_2", 100)
	submit("sb_3", 0)
	submit("sb_4", 300)
	submit("sb_5", 100)
	respond("sb_1", domain.Acknowledgement, 2)
	respond("sb_1", domain.AdoptionResponse, 31)
	respond("sb_2", domain.Acknowledgement, 3)
	respond("sb_5", domain.RejectionResponse, 201)
	for source, status := range map[domain.FollowUpSource]domain.FollowUpStatus{domain.AuthoritySource: domain.Implemented, domain.CivilSocietySource: domain.PartlyImplemented} {
		w.on(201, "", "submission-sb_1", domain.FollowUpReported{Submission: "sb_1", Status: status, Source: source, At: 150 * wholeDay})
	}
	var d ResponseDoc
	w.document(Responses, "ed_1", &d)
	require.Equal(t, [3]int{5, 1, 1}, [3]int{d.All.Submitted, d.All.Overdue, d.All.Undated})
	for i, r := range []Rate{d.All.Acknowledged, d.All.Answered, d.All.Adopted, d.All.Rejected, d.All.Implemented, d.All.InTime} {
		require.Equal(t, [][2]int{{3, 5}, {2, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 2}}[i], [2]int{*r.Count, *r.Base}, i)
	}
	require.Equal(t, Number(115), d.All.MedianDays, "between 30 and 200 days")
	require.Equal(t, 200, *d.All.LongestDays)
	require.Equal(t, 101, *d.Submissions[1].DaysOverdue)
	require.Nil(t, d.Submissions[0].DaysOverdue)
	require.Nil(t, d.Submissions[3].DaysOverdue)
	require.Equal(t, [2]int{51, 198}, [2]int{d.Submissions[0].DaysSilent, d.Submissions[1].DaysSilent})
	require.True(t, d.Submissions[0].Disagree)
	require.Equal(t, "180", d.Parameters["I2"])
	require.Equal(t, d.All.Submitted, d.Kinds[0].Submitted)
}
