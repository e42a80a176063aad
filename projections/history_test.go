package projections

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// seats are the four dialogues of a random history: two of them in one place with different sample types, two of one sample type in one edition.
var seats = []domain.DialogueRegistered{
	{Dialogue: "dl_1", Edition: "ed_1", Place: "KE", SampleType: domain.Sortition},
	{Dialogue: "dl_2", Edition: "ed_1", Place: "KE", SampleType: domain.OpenOnline},
	{Dialogue: "dl_3", Edition: "ed_1", Place: "BR", SampleType: domain.Sortition},
	{Dialogue: "dl_4", Edition: "ed_2", Place: "NL", SampleType: domain.Quota},
}

// die is an even number from 0 to 63: rapid's own choices favour what stands in front.
var die = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 6 {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
})

func pick[T any](t *rapid.T, name string, values ...T) T {
	return values[die.Draw(t, name)%len(values)]
}

func number[T ~string](t *rapid.T, prefix T, n int) T {
	return T(fmt.Sprint(string(prefix), 1+die.Draw(t, string(prefix))%n))
}

// foci are what people do most, one day or another.
var foci = map[string][]string{
	"talk":      {"react", "react", "react", "react", "vote", "vote", "vote", "void", "void", "post", "moderate", "link", "forget"},
	"room":      {"arrive", "arrive", "form", "form", "form", "write", "write", "write", "write", "check in", "erase", "consent", "withdraw", "vote"},
	"recommend": {"draft", "draft", "revise", "revise", "supersede", "supersede", "endorse", "endorse", "endorse", "count", "count", "reconcile", "reconcile", "close", "open"},
	"after":     {"draft", "endorse", "endorse", "carry", "carry", "world", "world", "synthesise", "release", "release", "submit", "submit", "respond", "respond", "follow up", "certify"},
	"people":    {"admit", "admit", "declare", "train", "end", "end", "report", "redraw", "consent", "withdraw", "register", "deviate"},
}

// checkUntil checks a property until everything has come that it is about. What is rare may take another hundred walks; what never comes is at fault, as
// its caller says.
func checkUntil(t *testing.T, everything func() bool, walk func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, walk)
	for more := 0; more < 9 && !everything(); more++ {
		rapid.Check(t, walk)
	}
}

// randomHistory is what happens when people do one thing after another, whether they may or not.
func randomHistory(t *rapid.T, steps int) *world {
	return focusedHistory(t, steps, pick(t, "focus", slices.Sorted(maps.Keys(foci))...))
}

// focusedHistory is one in which they mostly do some things.
func focusedHistory(t *rapid.T, steps int, focus string) *world {
	w := newWorld(t)
	w.openEditions()
	started := rapid.IntRange(1, len(seats)).Draw(t, "started")
	for _, s := range seats[:started] {
		w.begin(s.Dialogue, s.Edition, s.Place, s.SampleType)
	}
	acts := w.acts(t, &started)
	maps.Copy(acts, w.afterActs(t))
	all := slices.Sorted(maps.Keys(acts))
	for _, s := range seats[:started] { // somebody has spoken before, and somebody sits there
		w.post(s.Dialogue, "st_1", "p1")
		w.arrive(s.Dialogue, domain.CitizenChamber, "", "pa_1", "pa_2")
		w.form(s.Dialogue, "1", "", "f1", "pa_1")
	}
	for range rapid.IntRange(steps/2, steps).Draw(t, "steps") {
		acts[pick(t, "act", pick(t, "kind", foci[focus], foci[focus], foci[focus], all)...)]()
	}
	return w
}

func (w *world) acts(t *rapid.T, started *int) map[string]func() bool {
	dialogue := func() domain.DialogueID { return pick(t, "dialogue", seats[:*started]...).Dialogue }
	who := func() domain.Pseudonym { return number[domain.Pseudonym](t, "p", pick(t, "of", 2, 10)) } // some speak more than others
	posted := func() domain.StatementPosted { return pick(t, "posted", happenedOf[domain.StatementPosted](w)...) }
	person := func() domain.ParticipantID { return number[domain.ParticipantID](t, "pa_", 6) }
	statement := func() domain.StatementID { return number[domain.StatementID](t, "st_", 3) }
	session := func() domain.SessionID { return number[domain.SessionID](t, "ss_", 3) }
	asked := func() domain.ArtefactRef { return pick(t, "question", mayor, mayor, table, ranks) }
	wave := func() domain.Wave { return pick(t, "wave", domain.PreWave, domain.PostWave) }
	partner := func() domain.PartnerID { return number[domain.PartnerID](t, "pt_", 3) }
	recommendation := func() domain.RecommendationID { return number[domain.RecommendationID](t, "rc_", 4) }
	return map[string]func() bool{
		"begin": func() bool {
			if *started == len(seats) {
				return false
			}
			s := seats[*started]
			*started++
			w.begin(s.Dialogue, s.Edition, s.Place, s.SampleType)
			return true
		},
		"open":  func() bool { return w.open(dialogue(), session()) },
		"close": func() bool { return rapid.Bool().Draw(t, "late") && w.close(dialogue(), session()) },
		"post":  func() bool { return w.post(dialogue(), statement(), who()) },
		"moderate": func() bool {
			s := posted()
			return w.moderate(domain.DialogueID(s.Conversation), s.Statement, pick(t, "decision", domain.Accept, domain.Refuse, domain.Hide, domain.Restore, domain.Restore))
		},
		"link": func() bool {
			s := posted()
			return w.link(domain.DialogueID(s.Conversation), s.Statement, posted().Statement, pick(t, "relation", domain.DuplicateOf, domain.MergedInto))
		},
		"react": func() bool {
			s := posted()
			return w.react(domain.DialogueID(s.Conversation), who(), s.Statement, pick(t, "value", domain.Agree, domain.Disagree, domain.Pass), rapid.Bool().Draw(t, "important"), rapid.Bool().Draw(t, "imported"))
		},
		"vote": func() bool {
			a := pick(t, "answer", domain.Answer{Option: "a"}, domain.Answer{Option: "b"}, domain.Answer{Option: "c"}, domain.Answer{NonResponse: domain.Blank}, domain.Answer{NonResponse: domain.DontKnow})
			q, by := asked(), who()
			switch {
			case q == table:
				by = pick[domain.Pseudonym](t, "at", "1", "1", "2")
			case q == ranks && a.NonResponse == "":
				a = domain.Answer{Ranking: [][]domain.OptionID{{a.Option}, {pick[domain.OptionID](t, "second", "a", "b")}}}
			}
			return w.vote(dialogue(), by, session(), q, wave(), a)
		},
		"void": func() bool {
			cast := happenedOf[domain.BallotCast](w)
			if len(cast) == 0 {
				return false
			}
			c := pick(t, "cast", cast...)
			return w.void(c.Dialogue, c.Pseudonym, c.Session, c.Question, c.Wave)
		},
		"register": func() bool {
			return w.register(dialogue(), person(), pick(t, "chamber", domain.CitizenChamber, domain.StakeholderChamber))
		},
		"arrive": func() bool {
			return w.arrive(dialogue(), pick(t, "chamber", domain.CitizenChamber, domain.CitizenChamber, domain.StakeholderChamber), pick(t, "for", "", "", session()), person(), person())
		},
		"form": func() bool {
			people := []domain.ParticipantID{"pa_1", "pa_2", "pa_3", "pa_4", "pa_5", "pa_6"}
			from := pick(t, "from", 0, 1, 2, 3, 4, 5)
			id := dialogue()
			var there []domain.ParticipantID
			for _, who := range people[from : from+pick(t, "members", 1, 1, 2, 6)%(7-from)] {
				if _, is := w.personOf(id, who); state[domain.ParticipantState](w, domain.ParticipantStream(is)).CheckedIn("") {
					there = append(there, who)
				}
			}
			return w.form(id, pick[domain.TableID](t, "table", "1", "2", "3"), pick(t, "for", "", session()), pick(t, "facilitator", "f1", "f2"), there...)
		},
		"write": func() bool {
			kinds := []domain.ItemKind{domain.Idea, domain.Disagreement, domain.Idea, domain.RankedChoice}
			return w.write(dialogue(), pick[domain.TableID](t, "table", "1", "1", "2", "3"), pick[domain.OutputID](t, "output", "a", "b"), session(), kinds[pick(t, "from", 0, 1, 2):pick(t, "to", 3, 4)]...)
		},
		"certify": func() bool { // at the end of a day
			id := dialogue()
			if !pick(t, "at last", true, false, false) {
				return false
			}
			for _, session := range w.dialogue(id).Sessions() {
				w.close(id, session)
			}
			return w.certify(id)
		},
		"consent": func() bool {
			who := person()
			return w.consent(w.home(who), who, domain.Participate, domain.DataUse)
		},
		"withdraw": func() bool {
			who := person()
			return w.withdraw(w.home(who), who, domain.DataUse)
		},
		"deviate": func() bool {
			return w.deviate(dialogue(), pick(t, "session", "", session()), pick(t, "severity", domain.Minor, domain.Major))
		},
		"check in": func() bool {
			who := person()
			return w.checkIn(w.home(who), who, pick[domain.SessionID](t, "at", "", "ss_1", "ss_2"))
		},
		"forget": func() bool {
			return w.forget(pick(t, "said", factsOf[domain.StatementPosted](w)...), pick(t, "field", "text", "text", "author"))
		},
		"erase": func() bool {
			who := person()
			return w.home(who) != "dl_1" && w.erase(w.home(who), who)
		},
		"report": func() bool {
			return w.report(dialogue(), number(t, "report ", 4), "phone", pick(t, "corrects", "", "", "report 1", "report 2"), 1+die.Draw(t, "accepted")%9)
		},
		"redraw": func() bool { return w.redraw(dialogue(), person()) },
		"admit":  func() bool { return w.admit(partner(), domain.Recruiter, domain.Translator) },
		"declare": func() bool {
			return w.declare(partner(), number(t, "ann", 3), pick(t, "level", domain.NoInterest, domain.DirectInterest))
		},
		"train": func() bool {
			return w.train(partner(), number(t, "ann", 3), pick(t, "role", domain.TableFacilitator, domain.NoteTaker))
		},
		"end": func() bool { return rapid.Bool().Draw(t, "late") && w.end(partner(), partner()) },
		"draft": func() bool {
			of := pick[domain.DialogueID](t, "of", "", "dl_1", "dl_1", "dl_3", "dl_4")
			return w.draft(recommendation(), of, "ed_1", w.drawSources(t, of)...)
		},
		"revise": func() bool {
			id := recommendation()
			stream := domain.RecommendationStream(id)
			removed := state[domain.RecommendationState](w, stream).Sources()
			return w.revise(id, pick(t, "words", "Wells.", "Pipes.", "Rain."), w.drawSources(t, w.metaOf(stream).Dialogue), removed[:min(len(removed), pick(t, "removed", 0, 0, 1))])
		},
		"supersede": func() bool {
			by := recommendation()
			for _, s := range state[domain.RecommendationState](w, domain.RecommendationStream(by)).Sources() {
				if d, ok := w.streams[s.Ref.Stream][0].(domain.RecommendationDrafted); ok {
					return w.supersede(d.Recommendation, by)
				}
			}
			return w.supersede(recommendation(), by)
		},
		"endorse": func() bool { // whatever comes next
			id := recommendation()
			in := pick(t, "in", nil, nil, nil, []domain.SessionID{"ss_1"}, []domain.SessionID{"ss_2"})
			return w.callEndorsement(id, in...) || w.countVotes(t, id) || w.countEndorsement(id, pick(t, "yes", 3, 6), pick(t, "no", 1, 3)) ||
				w.settle(id, pick(t, "outcome", domain.Adopted, domain.TurnedOut, domain.Deferred), pick(t, "dissenters", 0, 1))
		},
		"count": func() bool {
			return w.sheet(dialogue(), session(), wave(), mayor, question(mayor), pick[domain.TableID](t, "at", "t1", "t1", "t2"), pick(t, "entry", domain.EntryA, domain.EntryB, domain.EntryC),
				pick(t, "clerk", "x", "y", "z"), answersOf(0, pick(t, "spoiled", 0, 0, 1), map[string]int{"a": pick(t, "a", 1, 2), "b": pick(t, "b", 0, 1)}))
		},
		"reconcile": func() bool {
			in, of := dialogue(), session()
			if closed := happenedOf[domain.SessionClosed](w); len(closed) > 0 {
				c := pick(t, "closed", closed...)
				in, of = c.Dialogue, c.Session
			}
			return w.reconcile(in, of, wave(), mayor, question(mayor), pick(t, "source", domain.FromBallots, domain.FromSheets), pick(t, "resolution", "", "r"))
		},
	}
}

// countVotes counts the votes on a recommendation in its session: one sheet, another one, the end of the session, and what it comes to.
func (w *world) countVotes(t *rapid.T, id domain.RecommendationID) bool {
	stream := domain.RecommendationStream(id)
	r, in := state[domain.RecommendationState](w, stream), w.metaOf(stream).Dialogue
	if r.Called() == nil || len(r.VotesIn()) == 0 {
		return false
	}
	session, ref, q := r.VotesIn()[0], endorse(id, r.Version()), endorseQuestion(id, r.Version())
	n := answersOf(1, 0, map[string]int{"yes": 5, "no": 2})
	return w.sheet(in, session, domain.EndorsementWave, ref, q, "", domain.EntryA, "x", n) || w.sheet(in, session, domain.EndorsementWave, ref, q, "", domain.EntryB, "y", n) ||
		w.close(in, session) || w.reconcile(in, session, domain.EndorsementWave, ref, q, domain.FromSheets, "")
}

// happenedOf are the events of one type so far.
func happenedOf[E domain.Event](w *world) []E {
	var out []E
	for _, f := range w.facts() {
		if e, ok := f.Event.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// drawSources draws from what a recommendation of a dialogue can stand on, and now and then from anything.
func (w *world) drawSources(t *rapid.T, of domain.DialogueID) []domain.Source {
	var streams []domain.StreamID
	for _, f := range w.facts() {
		switch f.Event.(type) {
		case domain.StatementPosted, domain.RecommendationDrafted, domain.TallyReconciled:
			if k := w.known(f.Stream); pick(t, "any", false, false, false, true) || (!k.Withheld && (k.Dialogue == of || of == "")) {
				streams = append(streams, f.Stream)
			}
		}
	}
	var sources []domain.Source
	for range min(len(streams), rapid.IntRange(0, 3).Draw(t, "sources")) {
		s := domain.Source{Ref: w.drawRef(t, streams), Role: pick(t, "role", domain.Basis, domain.ContrastRole)}
		if !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
	}
	return sources
}

// drawRef points at a stream as it stands, or as it stood once.
func (w *world) drawRef(t *rapid.T, streams []domain.StreamID) domain.Ref {
	stream := pick(t, "source", streams...)
	now := uint64(len(w.streams[stream]))
	return domain.Ref{Stream: stream, Version: pick(t, "version", 1, now, now)}
}
