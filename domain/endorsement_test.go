package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// endorseQuestion puts a version of rc_1 to the vote, in the words of the template.
func endorseQuestion(changes ...func(*Question)) Artefact {
	q := Question{Kind: Endorse, Text: In("en", "Do you endorse it?"), Unit: Individual, Recommendation: "rc_1", OfVersion: 1, Scale: YesNoAbstain, Template: ArtefactRef{"ar_template", 1}}
	for _, change := range changes {
		change(&q)
	}
	return Fold(Artefact{}, ArtefactVersionAdded{Artefact: "ar_endorse", Version: 1, Kind: QuestionArtefact, Question: &q, SourceLang: "en", Content: exampleDigest(1), Author: "x"})
}

// approvedTemplate is a template that can be used in every language of the dialogue.
func approvedTemplate() []Event {
	return follows(
		ArtefactVersionAdded{Artefact: "ar_template", Version: 1, Kind: TemplateArtefact, Body: In("en", "Do you endorse it?"), SourceLang: "en", Content: exampleDigest(1), Author: "x"},
		ArtefactApproved{Artefact: "ar_template", Version: 1, Approvals: []string{"a"}, Quorum: 1},
		TranslationSubmitted{Artefact: "ar_template", Version: 1, Lang: "sw", Translator: "y", Body: "Unaunga mkono?", Content: exampleDigest(2), Method: HumanTranslation},
		TranslationVerified{Artefact: "ar_template", Version: 1, Lang: "sw", Translation: exampleDigest(2), Verifier: "z", Method: BackTranslation},
	)
}

// askOpen asks in a dialogue in session, with a question and a template that can be used.
func askOpen(o EndorsementOpened) func(RecommendationState) ([]Event, error) {
	return askOpenWith(o, endorseQuestion(), Fold(Artefact{}, approvedTemplate()...), Fold(Dialogue{}, inSession()...))
}

func askOpenWith(o EndorsementOpened, question, template Artefact, d Dialogue) func(RecommendationState) ([]Event, error) {
	return func(r RecommendationState) ([]Event, error) { return r.OpenEndorsement(o, question, template, d) }
}

// voted is the tally of the session in which the citizens of the examples vote: 66 yes, 20 no, 4 abstain, 3 give no answer, 1 is missing.
func voted(changes ...func(*TallyReconciled)) map[SessionID]Tally {
	r := TallyReconciled{
		Dialogue: "dl_KE", Session: "ss_2", Wave: EndorsementWave, Question: ArtefactRef{"ar_endorse", 1}, Source: FromBallots, CheckedIn: 94, Ballots: 93, Missing: 1,
		Counts: map[string]int{"yes": 66, "no": 20, "abstain": 4},
	}
	for _, change := range changes {
		change(&r)
	}
	sheet := example[TallySheetRecorded]()
	return map[SessionID]Tally{"ss_2": Fold(Tally{}, sheet, sheet, sheet, sheet, r, sheet)}
}

func TestEndorsementOpen(t *testing.T) {
	t.Parallel()
	d, o, c := example[RecommendationDrafted](), example[EndorsementOpened](), example[EndorsementClosed]()
	citizens := but(d, func(d *RecommendationDrafted) { d.Body = Citizens })
	global := but(d, func(d *RecommendationDrafted) { d.Level = GlobalLevel })
	rule := func(f func(*ChamberRule)) func(RecommendationState) ([]Event, error) { return askOpen(withRule(o, f)) }
	change := func(f func(*EndorsementOpened)) func(RecommendationState) ([]Event, error) { return askOpen(but(o, f)) }
	one := but(o, func(o *EndorsementOpened) { o.Chambers = o.Chambers[:1] })
	unanimous := withRule(o, func(r *ChamberRule) { r.Threshold, r.Quorum = RatioOf(1, 1), Ratio{} })
	named := but(withRule(o, func(r *ChamberRule) { r.Electorate, r.Session = "the villages", "" }), func(o *EndorsementOpened) { o.Question = ArtefactRef{} })
	asked := but(named, func(o *EndorsementOpened) { o.Question = ArtefactRef{"ar_endorse", 1} })
	second := but(o, func(o *EndorsementOpened) { o.Version = 2 })
	question := func(change func(*Question)) func(RecommendationState) ([]Event, error) {
		return askOpenWith(o, endorseQuestion(change), Fold(Artefact{}, approvedTemplate()...), Fold(Dialogue{}, inSession()...))
	}
	template := func(events ...Event) func(RecommendationState) ([]Event, error) {
		return askOpenWith(o, endorseQuestion(), Fold(Artefact{}, events...), Fold(Dialogue{}, inSession()...))
	}
	in := func(events ...Event) func(RecommendationState) ([]Event, error) {
		return askOpenWith(o, endorseQuestion(), Fold(Artefact{}, approvedTemplate()...), Fold(Dialogue{}, events...))
	}
	script := but(approvedTemplate()[0].(ArtefactVersionAdded), func(v *ArtefactVersionAdded) { v.Kind = ScriptArtefact })
	stakeholders := but(example[SessionOpened](), func(s *SessionOpened) { s.Chamber = StakeholderChamber })
	opened := follows(d, o)
	deferred := but(example[RecommendationDecided](), func(d *RecommendationDecided) { d.Outcome, d.Replaces = Deferred, "" })
	revised := example[RecommendationRevised]()
	checkRulings(t, []ruling[RecommendationState]{
		{"opens", follows(d), askOpen(o), nil, follows(o)},
		{"to citizens alone", follows(citizens), askOpen(one), nil, follows(one)},
		{"joint to citizens alone", follows(d), askOpen(one), ErrChamber, nil},
		{"all must agree, nobody must come", follows(d), askOpen(unanimous), nil, follows(unanimous)},
		{"is open", opened, askOpen(o), nil, nil},
		{"is open otherwise", opened, change(func(o *EndorsementOpened) { o.ClosesAt++ }), ErrPhaseClosed, nil},
		{"was closed", follows(d, o, c), askOpen(o), ErrPhaseClosed, nil},
		{"is decided", follows(d, o, c, example[RecommendationDecided]()), askOpen(o), ErrFrozen, nil},
		{"is deferred", follows(d, o, c, deferred), askOpen(o), nil, follows(o)},
		{"is deferred and open again", follows(d, o, c, deferred, o), askOpen(o), nil, nil},
		{"is deferred, open again and closed", follows(d, o, c, deferred, o, c), askOpen(o), ErrPhaseClosed, nil},
		{"is superseded", follows(d, example[RecommendationSuperseded]()), askOpen(o), ErrSuperseded, nil},
		{"not drafted", nil, askOpen(o), ErrUnknownRef, nil},
		{"another version", follows(d), change(func(o *EndorsementOpened) { o.Version = 2 }), ErrUnknownRef, nil},
		{"the revised version", follows(d, revised), askOpenWith(second, endorseQuestion(func(q *Question) { q.OfVersion = 2 }), Fold(Artefact{}, approvedTemplate()...), Fold(Dialogue{}, inSession()...)), nil, follows(second)},
		{"the version before the revision", follows(d, revised), askOpen(o), ErrUnknownRef, nil},
		{"no chamber", follows(d), change(func(o *EndorsementOpened) { o.Chambers = nil }), ErrChamber, nil},
		{"a chamber twice", follows(d), change(func(o *EndorsementOpened) { o.Chambers = []ChamberRule{o.Chambers[0], o.Chambers[0]} }), ErrChamber, nil},
		{"no end", follows(d), change(func(o *EndorsementOpened) { o.ClosesAt = 0 }), ErrInvalidField, nil},
		{"unknown chamber", follows(d), rule(func(r *ChamberRule) { r.Chamber = "lords" }), ErrChamber, nil},
		{"no threshold", follows(d), rule(func(r *ChamberRule) { r.Threshold = Ratio{} }), ErrInvalidField, nil},
		{"threshold above 1", follows(d), rule(func(r *ChamberRule) { r.Threshold = RatioOf(maxInteger, maxInteger-1) }), ErrInvalidField, nil},
		{"negative quorum", follows(d), rule(func(r *ChamberRule) { r.Quorum = RatioOf(-1, 3) }), ErrInvalidField, nil},
		{"quorum above 1", follows(d), rule(func(r *ChamberRule) { r.Quorum = RatioOf(4, 3) }), ErrInvalidField, nil},
		{"no electorate", follows(d), rule(func(r *ChamberRule) { r.Electorate = "" }), ErrInvalidField, nil},

		{"named electorates alone", follows(d), askOpenWith(named, Artefact{}, Artefact{}, Dialogue{}), nil, follows(named)},
		{"named electorates with a question", follows(d), askOpen(asked), nil, follows(asked)},
		{"named electorates with a question that nobody made", follows(d), askOpenWith(asked, Artefact{}, Artefact{}, Dialogue{}), ErrUnknownRef, nil},
		{"a named electorate in a session", follows(d), rule(func(r *ChamberRule) { r.Electorate = "the villages" }), ErrInvalidField, nil},
		{"who checked in, in no session", follows(d), rule(func(r *ChamberRule) { r.Session = "" }), ErrInvalidField, nil},
		{"who checked in, without a question", follows(d), change(func(o *EndorsementOpened) { o.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"who checked in for the world", follows(global), askOpen(o), ErrChamber, nil},
		{"the world by named electorates", follows(global), askOpenWith(asked, endorseQuestion(), Fold(Artefact{}, approvedTemplate()...), Dialogue{}), nil, follows(asked)},
		{"the world by a template that nobody approved", follows(global), askOpenWith(asked, endorseQuestion(), Fold(Artefact{}, approvedTemplate()[:1]...), Dialogue{}), ErrNotApproved, nil},
		{"in a session that is not open", follows(d), in(authorised()...), ErrSessionNotOpen, nil},
		{"in a session that is closed", follows(d), in(append(inSession(), example[SessionClosed]())...), ErrSessionClosed, nil},
		{"in a session of the other chamber", follows(d), in(append(authorised(), stakeholders)...), ErrChamber, nil},
		{"a question of another kind", follows(d), question(func(q *Question) { *q = *firstVersion().Question }), ErrUnknownRef, nil},
		{"a question on another recommendation", follows(d), question(func(q *Question) { q.Recommendation = "rc_2" }), ErrUnknownRef, nil},
		{"a question on another version", follows(d), question(func(q *Question) { q.OfVersion = 2 }), ErrUnknownRef, nil},
		{"a question that tables answer", follows(d), question(func(q *Question) { q.Unit = TableUnit }), ErrInvalidField, nil},
		{"a template that is none", follows(d), template(append(follows(script), approvedTemplate()[1:]...)...), ErrNotApproved, nil},
		{"no template", follows(d), template(), ErrNotApproved, nil},
		{"a template that nobody approved", follows(d), template(approvedTemplate()[:1]...), ErrNotApproved, nil},
		{"a template that was withdrawn", follows(d), template(append(approvedTemplate(), ArtefactWithdrawn{Artefact: "ar_template", Version: 1, Reason: "r"})...), ErrNotApproved, nil},
		{"a template in one of two languages", follows(d), template(approvedTemplate()[:3]...), ErrTranslationNotVerified, nil},
	})
	require.Nil(t, Fold(RecommendationState{}, d).Called())
	require.Equal(t, &o, Fold(RecommendationState{}, d, o).Called())
	require.Nil(t, Fold(RecommendationState{}, d, o, c).Called())
	require.Equal(t, []SessionID{"ss_2"}, Fold(RecommendationState{}, d, o, c).VotesIn())
	require.Empty(t, Fold(RecommendationState{}, d, named).VotesIn())
}

func TestEndorsementClose(t *testing.T) {
	t.Parallel()
	d, o, c := example[RecommendationDrafted](), example[EndorsementOpened](), example[EndorsementClosed]()
	opened := follows(d, o)
	ask := func(c EndorsementClosed) func(RecommendationState) ([]Event, error) {
		return asks2(RecommendationState.CloseEndorsement, c, voted())
	}
	with := func(tallies map[SessionID]Tally) func(RecommendationState) ([]Event, error) {
		return asks2(RecommendationState.CloseEndorsement, c, tallies)
	}
	count := func(f func(*ChamberCount)) func(RecommendationState) ([]Event, error) { return ask(withCount(c, f)) }
	byHand := withRule(o, func(r *ChamberRule) { r.Electorate, r.Session = "the villages", "" })
	nobody := withCount(c, func(n *ChamberCount) { *n = ChamberCount{Chamber: CitizenChamber} })
	none := but(nobody, func(c *EndorsementClosed) { c.Tallies = []Ref{} })
	digits := voted(func(r *TallyReconciled) { r.Counts = map[string]int{"5": 60, "4": 6, "3": 4, "2": 15, "1": 5} })
	checkRulings(t, []ruling[RecommendationState]{
		{"closes", opened, ask(c), nil, follows(c)},
		{"where the votes are found is not the client's to say", opened, ask(but(c, func(c *EndorsementClosed) { c.Tallies = nil })), nil, follows(c)},
		{"five points fold to three votes", opened, with(digits), nil, follows(c)},
		{"is closed", follows(d, o, c), ask(c), nil, nil},
		{"is closed otherwise", follows(d, o, c), ask(nobody), ErrPhaseClosed, nil},
		{"is superseded", follows(d, o, example[RecommendationSuperseded]()), ask(c), ErrSuperseded, nil},
		{"closes what is not open", follows(d), ask(c), ErrPhaseClosed, nil},
		{"closes another version", opened, ask(but(c, func(c *EndorsementClosed) { c.Version = 2 })), ErrUnknownRef, nil},
		{"a chamber missing", opened, ask(but(c, func(c *EndorsementClosed) { c.Chambers = c.Chambers[:1] })), ErrChamber, nil},
		{"chambers in another order", opened, count(func(n *ChamberCount) { n.Chamber = StakeholderChamber }), ErrChamber, nil},
		{"sum too large", opened, count(func(n *ChamberCount) { n.Cast-- }), ErrTallyMismatch, nil},
		{"sum too small", opened, count(func(n *ChamberCount) { n.Cast++ }), ErrTallyMismatch, nil},
		{"more cast than eligible", opened, count(func(n *ChamberCount) { n.Eligible = n.Cast - 1 }), ErrTallyMismatch, nil},
		{"negative no", opened, count(func(n *ChamberCount) { n.No, n.Yes = -1, n.Yes+n.No+1 }), ErrTallyMismatch, nil},

		{"more eligible than checked in", opened, count(func(n *ChamberCount) { n.Eligible++ }), ErrTallyMismatch, nil},
		{"a yes for a no", opened, count(func(n *ChamberCount) { n.Yes, n.No = n.Yes+1, n.No-1 }), ErrTallyMismatch, nil},
		{"who gave no answer has not voted", opened, count(func(n *ChamberCount) { n.Abstain, n.Cast = n.Abstain+3, n.Cast+3 }), ErrTallyMismatch, nil},
		{"not reconciled", opened, with(nil), ErrNotReconciled, nil},
		{"another wave is reconciled", opened, with(voted(func(r *TallyReconciled) { r.Wave = PostWave })), ErrNotReconciled, nil},
		{"another version of the question is reconciled", opened, with(voted(func(r *TallyReconciled) { r.Question.Version = 2 })), ErrNotReconciled, nil},
		{"by hand, nobody came", follows(d, byHand), ask(none), nil, follows(none)},
		{"by hand, with tallies", follows(d, byHand), ask(c), nil, follows(c)},
	})
}

// withRule and withCount change the first chamber, and leave the original as it is.
func withRule(o EndorsementOpened, f func(*ChamberRule)) EndorsementOpened {
	o.Chambers = slices.Clone(o.Chambers)
	f(&o.Chambers[0])
	return o
}

func withCount(c EndorsementClosed, f func(*ChamberCount)) EndorsementClosed {
	c.Chambers = slices.Clone(c.Chambers)
	f(&c.Chambers[0])
	return c
}

func TestRecommendationDecide(t *testing.T) {
	t.Parallel()
	d := but(example[RecommendationDecided](), func(d *RecommendationDecided) { d.Replaces = "" })
	// after: 2/3 of those who say yes or no, and 1/2 of 10 eligible in the citizen chamber; the stakeholders pass.
	after := func(yes, no, abstain, eligible int) []Event {
		return follows(example[RecommendationDrafted](), example[EndorsementOpened](), withCount(example[EndorsementClosed](), func(n *ChamberCount) {
			*n = ChamberCount{CitizenChamber, eligible, yes + no + abstain, yes, no, abstain}
		}))
	}
	ask := func(changes ...func(*RecommendationDecided)) func(RecommendationState) ([]Event, error) {
		c := but(d, func(d *RecommendationDecided) { d.ChambersPassed = []Chamber{JointChamber} }) // set by the decision
		for _, change := range changes {
			change(&c)
		}
		return asks(RecommendationState.Decide, c)
	}
	outcome := func(o Outcome, passed ...Chamber) RecommendationDecided {
		return but(d, func(d *RecommendationDecided) {
			d.Outcome, d.Dissents, d.ChambersPassed = o, []Dissent{}, append([]Chamber{}, passed...)
		})
	}
	as := func(o Outcome) func(RecommendationState) ([]Event, error) {
		return ask(func(d *RecommendationDecided) { d.Outcome, d.Dissents = o, []Dissent{} })
	}
	unanimous := after(60, 0, 0, 94)
	agreed := withCount(unanimous[2].(EndorsementClosed), func(*ChamberCount) {})
	agreed.Chambers[1] = ChamberCount{StakeholderChamber, 8, 8, 7, 0, 1}
	unanimous[2] = agreed
	both := []Chamber{CitizenChamber, StakeholderChamber}
	dissent := func(n int) func(*RecommendationDecided) {
		return func(d *RecommendationDecided) { d.Dissents = []Dissent{{In("en", "no"), n}} }
	}
	checkRulings(t, []ruling[RecommendationState]{
		{"threshold at equality", after(4, 2, 0, 10), as(Adopted), nil, follows(outcome(Adopted, both...))},
		{"two of three", after(2, 1, 2, 10), as(Adopted), nil, follows(outcome(Adopted, both...))},
		{"below the threshold", after(3, 2, 0, 10), as(Adopted), ErrThreshold, nil},
		{"quorum at equality", after(5, 0, 0, 10), as(Adopted), nil, follows(outcome(Adopted, both...))},
		{"quorum by abstentions", after(2, 1, 2, 10), as(Deferred), nil, follows(outcome(Deferred, both...))},
		{"below the quorum", after(4, 0, 0, 10), as(Adopted), ErrQuorum, nil},
		{"all abstain", after(0, 0, 10, 10), as(Adopted), ErrThreshold, nil},
		{"nobody votes", after(0, 0, 0, 10), as(Adopted), ErrQuorum, nil},
		{"nobody is eligible", after(0, 0, 0, 0), as(Adopted), ErrQuorum, nil},
		{"rejected as a chamber failed", after(0, 5, 0, 10), as(TurnedOut), nil, follows(outcome(TurnedOut, StakeholderChamber))},
		{"rejected though all passed", after(5, 0, 0, 10), as(TurnedOut), ErrThreshold, nil},
		{"deferred as a chamber failed", after(0, 5, 0, 10), as(Deferred), nil, follows(outcome(Deferred, StakeholderChamber))},
		{"with dissents", after(60, 20, 0, 94), ask(), nil, follows(d)},
		{"is decided", append(after(60, 20, 0, 94), d), ask(), nil, nil},
		{"is decided otherwise", append(after(60, 20, 0, 94), d), as(Deferred), ErrFrozen, nil},
		{"was deferred", slices.Concat(after(60, 20, 0, 94), follows(outcome(Deferred, both...)), after(60, 20, 0, 94)[1:]), ask(), nil,
			follows(but(d, func(d *RecommendationDecided) { d.Replaces = Deferred }))},
		{"was deferred and is open again", slices.Concat(after(60, 20, 0, 94), follows(outcome(Deferred, both...)), after(60, 20, 0, 94)[1:2]), ask(), ErrPhaseClosed, nil},
		{"not drafted", nil, ask(), ErrPhaseClosed, nil},
		{"endorsement open", after(5, 0, 0, 10)[:2], ask(), ErrPhaseClosed, nil},
		{"unknown outcome", after(5, 0, 0, 10), as("maybe"), ErrInvalidField, nil},
		{"another version", after(5, 0, 0, 10), ask(func(d *RecommendationDecided) { d.Version = 2 }), ErrUnknownRef, nil},
		{"nobody decides", after(5, 0, 0, 10), ask(func(d *RecommendationDecided) { d.DecidedBy = "" }), ErrInvalidField, nil},
		{"all who voted no dissent", after(6, 3, 0, 10), ask(dissent(5)), nil, follows(but(d, dissent(5)))}, // 3 citizens, 2 stakeholders
		{"more dissent than voted no", after(6, 3, 0, 10), ask(dissent(6)), ErrTallyMismatch, nil},
		{"nobody dissents", after(6, 3, 0, 10), ask(dissent(0)), ErrTallyMismatch, nil},
		{"no dissent was asked for", after(60, 20, 0, 94), ask(func(d *RecommendationDecided) { d.Dissents, d.DissentOffered = nil, false }), ErrInvalidField, nil},
		{"dissent was asked for, and nobody wanted any", after(60, 20, 0, 94), as(Adopted), nil, follows(outcome(Adopted, both...))},
		{"dissent is on record", after(60, 20, 0, 94), ask(func(d *RecommendationDecided) { d.DissentOffered = false }), nil,
			follows(but(d, func(d *RecommendationDecided) { d.DissentOffered = false }))},
		{"nobody voted no", unanimous, ask(func(d *RecommendationDecided) { d.Dissents, d.DissentOffered = []Dissent{}, false }), nil,
			follows(but(outcome(Adopted, both...), func(d *RecommendationDecided) { d.DissentOffered = false }))},
		{"is superseded", append(after(60, 20, 0, 94), example[RecommendationSuperseded]()), ask(), ErrSuperseded, nil},
		{"dissent without words", after(6, 3, 0, 10), ask(func(d *RecommendationDecided) { d.Dissents = []Dissent{{LText{}, 1}} }), ErrInvalidText, nil},
	})
}
