package domain

import (
	"slices"
	"testing"
)

func TestRecommendationDraft(t *testing.T) {
	t.Parallel()
	d := example[RecommendationDrafted]()
	known := []KnownSource{{Version: 3, Dialogue: "dl_KE", Place: "KE"}, {Version: 1, Dialogue: "dl_KE", Place: "KE", Level: TableLevel}}
	in := frozenEdition() // at least two countries
	ask := func(f func(*RecommendationDrafted)) func(RecommendationState) ([]Event, error) {
		return askDraft(but(d, f), known, "dl_KE", in)
	}
	sees := func(f func([]KnownSource)) func(RecommendationState) ([]Event, error) {
		k := slices.Clone(known)
		f(k)
		return askDraft(d, k, "dl_KE", in)
	}
	global := but(d, func(d *RecommendationDrafted) { d.Level = GlobalLevel })
	from := func(places ...Place) func(RecommendationState) ([]Event, error) {
		k := slices.Clone(known)
		k[0].Place, k[1].Place = places[0], places[1]
		return askDraft(global, k, "", in)
	}
	checkRulings(t, []ruling[RecommendationState]{
		{"drafts", nil, askDraft(d, known, "dl_KE", in), nil, follows(d)},
		{"is drafted", follows(d), askDraft(d, known, "dl_KE", in), nil, nil},
		{"is drafted otherwise", follows(d), ask(func(d *RecommendationDrafted) { d.Editor = "x" }), ErrDuplicate, nil},
		{"no id", nil, ask(func(d *RecommendationDrafted) { d.Recommendation = "" }), ErrInvalidID, nil},
		{"unknown level", nil, ask(func(d *RecommendationDrafted) { d.Level = "" }), ErrInvalidField, nil},
		{"unknown body", nil, ask(func(d *RecommendationDrafted) { d.Body = "" }), ErrInvalidField, nil},
		{"unknown kind", nil, ask(func(d *RecommendationDrafted) { d.Kind = "" }), ErrInvalidField, nil},
		{"no text", nil, ask(func(d *RecommendationDrafted) { d.Text = LText{} }), ErrInvalidText, nil},
		{"no editor", nil, ask(func(d *RecommendationDrafted) { d.Editor = "" }), ErrInvalidField, nil},
		{"no source", nil, ask(func(d *RecommendationDrafted) { d.Sources = nil }), ErrNoSource, nil},
		{"national of no dialogue", nil, askDraft(d, known, "", in), ErrInvalidField, nil},
		{"global of a dialogue", nil, askDraft(global, known, "dl_KE", in), ErrInvalidField, nil},
		{"source twice in one role", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{d.Sources[1], d.Sources[1]} }), ErrDuplicate, nil},
		{"source in no role", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{{d.Sources[0].Ref, "fun"}} }), ErrInvalidField, nil},
		{"its own source", nil, ask(func(d *RecommendationDrafted) { d.Recommendation = "rc_0" }), ErrCycle, nil},
		{"source of version 0", nil, ask(func(d *RecommendationDrafted) { d.Sources = []Source{{Ref{d.Sources[0].Ref.Stream, 0}, Basis}} }), ErrUnknownRef, nil},
		{"source of the future", nil, sees(func(k []KnownSource) { k[0].Version = 2 }), ErrUnknownRef, nil},
		{"source of its own level", nil, sees(func(k []KnownSource) { k[1].Level = NationalLevel }), nil, follows(d)},
		{"source from above", nil, sees(func(k []KnownSource) { k[1].Level = GlobalLevel }), ErrNoSource, nil},
		{"source of another dialogue", nil, sees(func(k []KnownSource) { k[1].Dialogue = "dl_NL" }), ErrNoSource, nil},
		{"global from two countries", nil, from("KE", "NL"), nil, follows(global)},
		{"global from one", nil, from("KE", "KE"), ErrNoSource, nil},
		{"global from one and a global one", nil, from("KE", ""), ErrNoSource, nil},
		{"global from one and nobody knows where", nil, from("KE", UnknownPlace), ErrNoSource, nil},
		{"global from one, without a protocol", nil, askDraft(global, known, "", openEdition()), nil, follows(global)},
	})
}

func askDraft(d RecommendationDrafted, known []KnownSource, dialogue DialogueID, in Edition) func(RecommendationState) ([]Event, error) {
	return func(r RecommendationState) ([]Event, error) { return r.Draft(d, known, dialogue, in) }
}

func TestEndorsementOpenAndClose(t *testing.T) {
	t.Parallel()
	d, o, c := example[RecommendationDrafted](), example[EndorsementOpened](), example[EndorsementClosed]()
	citizens := but(d, func(d *RecommendationDrafted) { d.Body = Citizens })
	open := func(f func(*ChamberRule)) func(RecommendationState) ([]Event, error) {
		return asks(RecommendationState.OpenEndorsement, withRule(o, f))
	}
	count := func(f func(*ChamberCount)) func(RecommendationState) ([]Event, error) {
		return asks(RecommendationState.CloseEndorsement, withCount(c, f))
	}
	change := func(f func(*EndorsementOpened)) func(RecommendationState) ([]Event, error) {
		return asks(RecommendationState.OpenEndorsement, but(o, f))
	}
	one := but(o, func(o *EndorsementOpened) { o.Chambers = o.Chambers[:1] })
	unanimous := withRule(o, func(r *ChamberRule) { r.Threshold, r.Quorum = RatioOf(1, 1), Ratio{} })
	nobody := withCount(c, func(n *ChamberCount) { *n = ChamberCount{Chamber: CitizenChamber} })
	opened := follows(d, o)
	deferred := but(example[RecommendationDecided](), func(d *RecommendationDecided) { d.Outcome, d.Replaces = Deferred, "" })
	checkRulings(t, []ruling[RecommendationState]{
		{"opens", follows(d), asks(RecommendationState.OpenEndorsement, o), nil, follows(o)},
		{"to citizens alone", follows(citizens), asks(RecommendationState.OpenEndorsement, one), nil, follows(one)},
		{"joint to citizens alone", follows(d), asks(RecommendationState.OpenEndorsement, one), ErrChamber, nil},
		{"all must agree, nobody must come", follows(d), asks(RecommendationState.OpenEndorsement, unanimous), nil, follows(unanimous)},
		{"is open", opened, asks(RecommendationState.OpenEndorsement, o), nil, nil},
		{"is open otherwise", opened, change(func(o *EndorsementOpened) { o.ClosesAt++ }), ErrPhaseClosed, nil},
		{"was closed", follows(d, o, c), asks(RecommendationState.OpenEndorsement, o), ErrPhaseClosed, nil},
		{"is decided", follows(d, o, c, example[RecommendationDecided]()), asks(RecommendationState.OpenEndorsement, o), ErrFrozen, nil},
		{"is deferred", follows(d, o, c, deferred), asks(RecommendationState.OpenEndorsement, o), nil, follows(o)},
		{"is deferred and open again", follows(d, o, c, deferred, o), asks(RecommendationState.OpenEndorsement, o), nil, nil},
		{"is deferred, open again and closed", follows(d, o, c, deferred, o, c), asks(RecommendationState.OpenEndorsement, o), ErrPhaseClosed, nil},
		{"not drafted", nil, asks(RecommendationState.OpenEndorsement, o), ErrUnknownRef, nil},
		{"another version", follows(d), change(func(o *EndorsementOpened) { o.Version = 2 }), ErrUnknownRef, nil},
		{"no chamber", follows(d), change(func(o *EndorsementOpened) { o.Chambers = nil }), ErrChamber, nil},
		{"a chamber twice", follows(d), change(func(o *EndorsementOpened) { o.Chambers = []ChamberRule{o.Chambers[0], o.Chambers[0]} }), ErrChamber, nil},
		{"no end", follows(d), change(func(o *EndorsementOpened) { o.ClosesAt = 0 }), ErrInvalidField, nil},
		{"unknown chamber", follows(d), open(func(r *ChamberRule) { r.Chamber = "lords" }), ErrChamber, nil},
		{"no threshold", follows(d), open(func(r *ChamberRule) { r.Threshold = Ratio{} }), ErrInvalidField, nil},
		{"threshold above 1", follows(d), open(func(r *ChamberRule) { r.Threshold = RatioOf(maxInteger, maxInteger-1) }), ErrInvalidField, nil},
		{"negative quorum", follows(d), open(func(r *ChamberRule) { r.Quorum = RatioOf(-1, 3) }), ErrInvalidField, nil},
		{"quorum above 1", follows(d), open(func(r *ChamberRule) { r.Quorum = RatioOf(4, 3) }), ErrInvalidField, nil},
		{"no electorate", follows(d), open(func(r *ChamberRule) { r.Electorate = "" }), ErrInvalidField, nil},

		{"closes", opened, asks(RecommendationState.CloseEndorsement, c), nil, follows(c)},
		{"nobody came", opened, asks(RecommendationState.CloseEndorsement, nobody), nil, follows(nobody)},
		{"is closed", follows(d, o, c), asks(RecommendationState.CloseEndorsement, c), nil, nil},
		{"is closed otherwise", follows(d, o, c), asks(RecommendationState.CloseEndorsement, nobody), ErrPhaseClosed, nil},
		{"closes what is not open", follows(d), asks(RecommendationState.CloseEndorsement, c), ErrPhaseClosed, nil},
		{"closes another version", opened, asks(RecommendationState.CloseEndorsement, but(c, func(c *EndorsementClosed) { c.Version = 2 })), ErrUnknownRef, nil},
		{"a chamber missing", opened, asks(RecommendationState.CloseEndorsement, but(c, func(c *EndorsementClosed) { c.Chambers = c.Chambers[:1] })), ErrChamber, nil},
		{"chambers in another order", opened, count(func(n *ChamberCount) { n.Chamber = StakeholderChamber }), ErrChamber, nil},
		{"sum too large", opened, count(func(n *ChamberCount) { n.Cast-- }), ErrTallyMismatch, nil},
		{"sum too small", opened, count(func(n *ChamberCount) { n.Cast++ }), ErrTallyMismatch, nil},
		{"more cast than eligible", opened, count(func(n *ChamberCount) { n.Eligible = n.Cast - 1 }), ErrTallyMismatch, nil},
		{"negative no", opened, count(func(n *ChamberCount) { n.No, n.Yes = -1, n.Yes+n.No+1 }), ErrTallyMismatch, nil},
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
			d.Outcome, d.Dissents, d.ChambersPassed = o, nil, append([]Chamber{}, passed...)
		})
	}
	as := func(o Outcome) func(RecommendationState) ([]Event, error) {
		return ask(func(d *RecommendationDecided) { d.Outcome, d.Dissents = o, nil })
	}
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
		{"dissent without words", after(6, 3, 0, 10), ask(func(d *RecommendationDecided) { d.Dissents = []Dissent{{LText{}, 1}} }), ErrInvalidText, nil},
	})
}
