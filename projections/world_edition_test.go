package projections

import (
	"maps"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// The preparation of an edition, its audit, and the coding of what was said. Partners and coding frames are as the decisions want them; they are not in
// the ledger of these worlds.

var (
	plan  = domain.ArtefactRef{ID: "ar_plan", Version: 1}
	frame = domain.ArtefactRef{ID: "ar_frame", Version: 1}
)

// approved is an artefact of which the given version is the last one, and approved.
func approved(v domain.ArtefactVersionAdded) domain.Artefact {
	var a domain.Artefact
	for range v.Version {
		a = domain.Fold(a, v)
	}
	return domain.Fold(a, domain.ArtefactApproved{Artefact: v.Artefact, Version: v.Version, Approvals: []string{"m"}, Quorum: 1})
}

func approvedPlan() map[domain.ArtefactID]domain.Artefact {
	return map[domain.ArtefactID]domain.Artefact{
		plan.ID: approved(domain.ArtefactVersionAdded{Artefact: plan.ID, Version: 1, Kind: domain.PlanArtefact, Content: domain.Digest{1}}),
	}
}

func approvedFrame() domain.Artefact {
	v := domain.ArtefactVersionAdded{Artefact: frame.ID, Version: 1, Kind: domain.CodingFrameArtefact}
	for _, id := range []string{"cost", "depth", "who"} {
		v.Codes = append(v.Codes, domain.Code{ID: id, Label: domain.In("en", id)})
	}
	return approved(v)
}

func (w *world) inEdition(id domain.EditionID, ask func(domain.Edition) ([]domain.Event, error)) bool {
	return decide(w, domain.EditionStream(id), domain.Meta{Source: id}, ask)
}

func (w *world) schedule(id domain.EditionID, key string, in int, reason string, gates ...string) bool {
	m := domain.MilestoneScheduled{Edition: id, Key: key, Phase: domain.DeliberationPhase, DueAt: w.now + domain.Time(in)*day, Gates: gates, Reason: reason}
	return w.inEdition(id, func(e domain.Edition) ([]domain.Event, error) { return e.ScheduleMilestone(m) })
}

func (w *world) reach(id domain.EditionID, key string) bool {
	return w.inEdition(id, func(e domain.Edition) ([]domain.Event, error) {
		return e.ReachMilestone(domain.MilestoneReached{Edition: id, Key: key}, domain.Gates())
	})
}

func (w *world) topic(id domain.EditionID, topic domain.TopicID, of domain.DialogueID) bool {
	return w.inEdition(id, func(e domain.Edition) ([]domain.Event, error) {
		return e.AddTopic(domain.TopicAdded{Edition: id, Topic: topic, Label: domain.In("en", "Wells"), Scope: domain.NationalScope, Dialogue: of})
	})
}

func (w *world) plan(id domain.EditionID, session domain.SessionID, ordinal int, instruments ...domain.Instrument) bool {
	artefacts := map[domain.ArtefactID]domain.Artefact{}
	for _, i := range instruments {
		artefacts[i.Artefact.ID] = state[domain.Artefact](w, domain.ArtefactStream(i.Artefact.ID))
	}
	return w.inEdition(id, func(e domain.Edition) ([]domain.Event, error) {
		return e.DefineSession(domain.SessionDefined{
			Edition: id, Session: session, Ordinal: ordinal, Kind: domain.NationalSession, Chamber: domain.CitizenChamber, Instruments: instruments, PlannedMinutes: 60,
		}, artefacts)
	})
}

func (w *world) ofArtefact(id domain.ArtefactID, ask func(domain.Artefact) ([]domain.Event, error)) bool {
	return decide(w, domain.ArtefactStream(id), domain.Meta{Source: "ed_1"}, ask)
}

func (w *world) version(ref domain.ArtefactRef) bool {
	q := question(ref)
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) {
		return a.AddVersion(domain.ArtefactVersionAdded{
			Artefact: ref.ID, Version: ref.Version, Kind: domain.QuestionArtefact, Question: &q, SourceLang: "en", Content: domain.Digest{2}, ChangeNote: "shorter", Author: "author",
		})
	})
}

func (w *world) review(ref domain.ArtefactRef, who string, kind domain.ReviewKind, v domain.Verdict, clarity int) bool {
	r := domain.ReviewRecorded{Artefact: ref.ID, Version: ref.Version, Reviewer: who, Partner: "pt_3", Kind: kind, Verdict: v}
	if clarity > 0 {
		r.Scores = map[string]int{"clarity": clarity}
	}
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) { return a.Review(r, domain.NoInterest, true) })
}

func (w *world) approve(ref domain.ArtefactRef, quorum int) bool {
	in := state[domain.Edition](w, domain.EditionStream("ed_1"))
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) {
		return a.Approve(domain.ArtefactApproved{Artefact: ref.ID, Version: ref.Version, Quorum: quorum}, in, false)
	})
}

func (w *world) translation(ref domain.ArtefactRef, lang domain.Lang, text string) domain.TranslationSubmitted {
	t := domain.TranslationSubmitted{
		Artefact: ref.ID, Version: ref.Version, Lang: lang, Translator: "t", Method: domain.HumanTranslation,
		Question: &domain.QuestionWords{Text: text, Options: map[domain.OptionID]string{"a": "a", "b": "b", "c": "c"}},
	}
	t.Content = domain.TranslationDigest(t)
	return t
}

func (w *world) translate(ref domain.ArtefactRef, lang domain.Lang, text string) bool {
	in := domain.Fold(domain.Edition{}, domain.EditionOpened{Languages: []domain.Lang{"en", "sw", "nl"}})
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) {
		return a.SubmitTranslation(w.translation(ref, lang, text), in)
	})
}

func (w *world) verify(ref domain.ArtefactRef, lang domain.Lang, text string, issues int) bool {
	v := domain.TranslationVerified{
		Artefact: ref.ID, Version: ref.Version, Lang: lang, Translation: w.translation(ref, lang, text).Content, Verifier: "v", Method: domain.BackTranslation, Issues: issues,
	}
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) { return a.VerifyTranslation(v) })
}

func (w *world) retire(ref domain.ArtefactRef) bool {
	return w.ofArtefact(ref.ID, func(a domain.Artefact) ([]domain.Event, error) {
		return a.Withdraw(domain.ArtefactWithdrawn{Artefact: ref.ID, Version: ref.Version, Reason: "the law has changed", ReplacedBy: domain.ArtefactRef{ID: ref.ID, Version: ref.Version + 1}}, false, domain.Artefact{})
	})
}

// raise says that something is wrong with a dialogue, or with the edition as a whole.
func (w *world) raise(finding domain.FindingID, severity domain.Severity, of domain.DialogueID) bool {
	auditor := domain.Fold(domain.Partner{}, domain.PartnerAdmitted{Partner: "pt_9", Roles: []domain.Role{domain.Auditor}})
	f := domain.AuditFindingRaised{
		Edition: "ed_1", Finding: finding, Severity: severity, Rule: "table-size", Scope: []domain.Ref{{Stream: domain.EditionStream("ed_1"), Version: 1}},
		Description: domain.In("en", "Eleven at a table."), Auditor: "e", Partner: "pt_9",
	}
	return decide(w, domain.AuditStream("ed_1"), domain.Meta{Source: "ed_1"}, func(a domain.Audit) ([]domain.Event, error) {
		return a.Raise(f, []domain.Cited{{Version: 1, Dialogue: of}}, auditor, []domain.PartnerID{"pt_1"}, "")
	})
}

func (w *world) resolve(finding domain.FindingID) bool {
	r := domain.AuditFindingResolved{Edition: "ed_1", Finding: finding, Resolution: domain.In("en", "Split."), AcceptedBy: "e", Partner: "pt_9"}
	return decide(w, domain.AuditStream("ed_1"), domain.Meta{Source: "ed_1"}, func(a domain.Audit) ([]domain.Event, error) {
		return a.Resolve(r, nil, domain.Partner{}, nil, "")
	})
}

func segment(s domain.StreamID, end int) domain.Segment {
	return domain.Segment{Source: domain.Ref{Stream: s, Version: 1}, End: end}
}

func (w *world) code(id domain.DialogueID, at domain.Segment, coder string, round int, method domain.CodingMethod, codes ...string) bool {
	coders := domain.Fold(domain.Partner{}, domain.TrainingCompleted{Trainee: coder, Role: domain.Coder})
	s := domain.SegmentCoded{Coding: domain.NewCodingID(at), Segment: at, Frame: frame, Codes: codes, Coder: coder, Partner: "pt_3", Method: method, Round: round}
	return decide(w, domain.CodingStream(s.Coding), w.meta(id), func(c domain.Coding) ([]domain.Event, error) {
		return c.Code(s, domain.Quoted{Version: 1, Exist: true}, approvedFrame(), coders, "")
	})
}

func (w *world) adjudicate(id domain.DialogueID, at domain.Segment, round int, codes ...string) bool {
	a := domain.CodingAdjudicated{Coding: domain.NewCodingID(at), Frame: frame, Round: round, Codes: codes, Adjudicator: "j"}
	return decide(w, domain.CodingStream(a.Coding), w.meta(id), func(c domain.Coding) ([]domain.Event, error) { return c.Adjudicate(a, approvedFrame()) })
}

// anyHistory is one in which people talk and vote, one in which they prepare, audit and code, or the fixed one, in which everything happens.
func anyHistory(t *rapid.T, steps int) *world {
	switch pick(t, "history", "random", "random", "random", "random", "prepared", "prepared", "prepared", "fixed") {
	case "prepared":
		return preparedHistory(t, steps)
	case "fixed":
		w := oneDay(t)
		w.aftermath(func(did bool) { require.True(t, did) })
		return w
	}
	return randomHistory(t, steps)
}

// preparedHistory is what happens when people prepare, audit and code, and hardly talk.
func preparedHistory(t *rapid.T, steps int) *world {
	w := newWorld(t)
	w.openEditions()
	started := len(seats)
	for _, s := range seats {
		w.begin(s.Dialogue, s.Edition, s.Place, s.SampleType)
	}
	w.post("dl_1", "st_1", "p1")
	for _, id := range []domain.ArtefactID{"ar_1", "ar_2"} {
		w.version(domain.ArtefactRef{ID: id, Version: 1})
	}
	acts, all := w.editionActs(t, &started), w.acts(t, &started)
	acts["open"], acts["close"] = all["open"], all["close"]
	names := append(slices.Sorted(maps.Keys(acts)), "review", "review", "code", "code", "code", "code", "adjudicate")
	for range rapid.IntRange(steps/2, steps).Draw(t, "steps") {
		acts[pick(t, "act", names...)]()
	}
	return w
}

// editionActs are what people do besides talking and voting.
func (w *world) editionActs(t *rapid.T, started *int) map[string]func() bool {
	dialogue := func() domain.DialogueID { return pick(t, "dialogue", seats[:*started]...).Dialogue }
	edition := func() domain.EditionID { return pick[domain.EditionID](t, "edition", "ed_1", "ed_1", "ed_2") }
	key := func() string { return number(t, "m", 3) }
	version := func() domain.ArtefactRef {
		return domain.ArtefactRef{ID: number[domain.ArtefactID](t, "ar_", 2), Version: pick(t, "version", 1, 1, 1, 2)}
	}
	lang := func() domain.Lang { return pick[domain.Lang](t, "lang", "sw", "nl") }
	text := func() string { return pick(t, "text", "x", "x", "y") }
	finding := func() domain.FindingID { return number[domain.FindingID](t, "fd_", 6) }
	codes := func() []string {
		return []string{"cost", "depth", "who"}[pick(t, "from", 0, 1, 2):][:pick(t, "codes", 1, 1, 1, 0)]
	}
	spot := func() (domain.DialogueID, domain.Segment) {
		said := pick(t, "said", happenedOf[domain.StatementPosted](w)...)
		return domain.DialogueID(said.Conversation), segment(domain.StatementStream(said.Conversation, said.Statement), pick(t, "end", 5, 5, 9))
	}
	return map[string]func() bool{
		"schedule": func() bool {
			gates := []string{domain.GateProtocolFrozen, domain.GateDialoguesCertified}[:pick(t, "gates", 0, 1, 2)]
			return w.schedule(edition(), key(), pick(t, "in", -3, 0, 2, 9), pick(t, "reason", "", "rain"), gates...)
		},
		"reach": func() bool { return w.reach(edition(), key()) },
		"topic": func() bool { return w.topic(edition(), number[domain.TopicID](t, "tp_", 3), dialogue()) },
		"plan": func() bool {
			uses := []domain.Instrument{{Artefact: version(), Wave: domain.PreWave}, {Artefact: version(), Wave: domain.PostWave}}
			n := pick(t, "ordinal", 4, 5, 6)
			return w.plan(edition(), number[domain.SessionID](t, "ss_", 6), n, uses[:pick(t, "instruments", 0, 1, 2)]...)
		},
		"version": func() bool { return w.version(version()) },
		"review": func() bool {
			return w.review(version(), pick(t, "who", "a", "b", "c"), pick(t, "kind", domain.CommitteeReview, domain.CommitteeReview, domain.LegalReview),
				pick(t, "verdict", domain.Approve, domain.Approve, domain.Revise, domain.Block), pick(t, "clarity", 0, 2, 5))
		},
		"approve":   func() bool { return w.approve(version(), pick(t, "quorum", 1, 2)) },
		"translate": func() bool { return w.translate(version(), lang(), text()) },
		"verify":    func() bool { return w.verify(version(), lang(), text(), pick(t, "issues", 0, 2)) },
		"retire":    func() bool { return pick(t, "rarely", true, false, false) && w.retire(version()) },
		"raise": func() bool {
			return w.raise(finding(), pick(t, "severity", domain.Minor, domain.Major), pick(t, "of", "", dialogue()))
		},
		"resolve": func() bool { return w.resolve(finding()) },
		"code": func() bool {
			id, at := spot()
			return w.code(id, at, pick(t, "coder", "a", "b", "c"), pick(t, "round", 1, 1, 2), pick(t, "method", domain.HumanCoding, domain.HumanCoding, domain.MachineSuggested), codes()...)
		},
		"adjudicate": func() bool { id, at := spot(); return w.adjudicate(id, at, pick(t, "round", 1, 1, 2), codes()...) },
	}
}

// prepare is the fixed preparation of ed_1 in the golden documents.
func (w *world) prepare(must func(bool)) {
	w.now = 1_773_500_000_000 // whatever happened before
	wells, second := domain.ArtefactRef{ID: "ar_wells", Version: 1}, domain.ArtefactRef{ID: "ar_wells", Version: 2}
	must(w.version(wells))
	must(w.review(wells, "a", domain.CommitteeReview, domain.Block, 1))
	must(w.review(wells, "a", domain.LegalReview, domain.Approve, 3)) // says so as a lawyer
	must(w.review(wells, "b", domain.CommitteeReview, domain.Approve, 4))
	must(w.approve(wells, 1))
	must(w.translate(wells, "sw", "Visima?"))
	must(w.translate(wells, "sw", "Visima vipya?"))
	must(w.verify(wells, "sw", "Visima vipya?", 2))
	must(w.translate(wells, "nl", "Putten?"))
	must(w.version(second))
	must(w.review(second, "b", domain.CommitteeReview, domain.Revise, 0))
	must(w.topic("ed_1", "tp_1", "dl_1"))
	must(w.plan("ed_1", "ss_5", 5, domain.Instrument{Artefact: wells, Wave: domain.PreWave}, domain.Instrument{Artefact: wells, Wave: domain.PostWave}))
	must(w.plan("ed_1", "ss_6", 6))
	must(w.schedule("ed_1", "materials", 1, ""))
	must(w.schedule("ed_1", "materials", 3, "two translations came late"))
	must(w.schedule("ed_1", "day", 4, "", domain.GateDialoguesAuthorised))
	must(w.schedule("ed_1", "day", 6, "rain", domain.GateDialoguesAuthorised))
	w.now += 5 * day
	must(w.reach("ed_1", "materials"))
	w.now -= 5 * day
	must(w.retire(wells))
}

// afterwards is what follows in the golden documents: two findings, and the coding of a statement.
func (w *world) afterwards(must func(bool)) {
	must(w.raise("fd_1", domain.Major, "dl_1"))
	must(w.raise("fd_2", domain.Minor, ""))
	must(w.resolve("fd_1"))
	at, other := segment(domain.StatementStream("dl_1", "st_1"), 12), segment(domain.StatementStream("dl_1", "st_2"), 9)
	must(w.code("dl_1", at, "a", 1, domain.HumanCoding, "cost", "who"))
	must(w.code("dl_1", at, "c", 1, domain.MachineSuggested, "depth"))
	must(w.code("dl_1", at, "b", 1, domain.HumanCoding, "who"))
	must(w.adjudicate("dl_1", at, 1, "cost"))
	must(w.code("dl_1", other, "a", 1, domain.HumanCoding, "depth", "who"))
	must(w.code("dl_1", other, "b", 1, domain.HumanCoding, "who", "depth"))
}
