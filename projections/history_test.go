package projections

import (
	"fmt"
	"maps"
	"slices"

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

// randomHistory is what happens when people do one thing after another, whether they may or not.
func randomHistory(t *rapid.T, steps int) *world {
	w := newWorld(t)
	w.openEditions()
	started := rapid.IntRange(1, len(seats)).Draw(t, "started")
	for _, s := range seats[:started] {
		w.begin(s.Dialogue, s.Edition, s.Place, s.SampleType)
	}
	acts := w.acts(t, &started)
	maps.Copy(acts, w.afterActs(t))
	names := append(slices.Sorted(maps.Keys(acts)), "react", "react", "react", "react", "react", "vote", "vote", "vote", "void", "draft", "endorse", "endorse", "endorse", "consent",
		"carry", "carry", "world", "release", "submit", "submit", "respond")
	for _, s := range seats[:started] { // somebody has spoken before
		w.post(s.Dialogue, "st_1", "p1")
	}
	for range rapid.IntRange(steps/2, steps).Draw(t, "steps") {
		acts[pick(t, "act", names...)]()
	}
	return w
}

func (w *world) acts(t *rapid.T, started *int) map[string]func() bool {
	dialogue := func() domain.DialogueID { return pick(t, "dialogue", seats[:*started]...).Dialogue }
	who := func() domain.Pseudonym { return number[domain.Pseudonym](t, "p", pick(t, "of", 2, 10)) } // some speak more than others
	posted := func() domain.StatementPosted { return pick(t, "posted", happenedOf[domain.StatementPosted](w)...) }
	person := func() domain.ParticipantID { return number[domain.ParticipantID](t, "pa_", 3) }
	statement := func() domain.StatementID { return number[domain.StatementID](t, "st_", 3) }
	session := func() domain.SessionID { return number[domain.SessionID](t, "ss_", 3) }
	asked := func() domain.ArtefactRef { return pick(t, "question", mayor, mayor, table) }
	wave := func() domain.Wave { return pick(t, "wave", domain.PreWave, domain.PostWave) }
	recommendation := func() domain.RecommendationID { return number[domain.RecommendationID](t, "rc_", 3) }
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
			return w.vote(dialogue(), who(), session(), asked(), wave(), a)
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
		"consent": func() bool {
			who := person()
			return w.consent(w.home(who), who, domain.Participate, domain.DataUse)
		},
		"withdraw": func() bool {
			who := person()
			return w.withdraw(w.home(who), who, domain.DataUse)
		},
		"deviate": func() bool { return w.deviate(dialogue()) },
		"draft": func() bool {
			return w.draft(recommendation(), pick[domain.DialogueID](t, "of", "", "dl_1", "dl_1", "dl_3", "dl_4"), "ed_1", w.drawSources(t)...)
		},
		"endorse": func() bool { // whatever comes next
			id := recommendation()
			return w.callEndorsement(id) || w.countEndorsement(id, pick(t, "yes", 3, 6), pick(t, "no", 1, 3)) ||
				w.settle(id, pick(t, "outcome", domain.Adopted, domain.TurnedOut, domain.Deferred), pick(t, "dissenters", 0, 1))
		},
	}
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

func (w *world) drawSources(t *rapid.T) []domain.Source {
	var streams []domain.StreamID
	for _, f := range w.facts() {
		switch f.Event.(type) {
		case domain.StatementPosted, domain.RecommendationDrafted:
			streams = append(streams, f.Stream)
		}
	}
	var sources []domain.Source
	for range min(len(streams), rapid.IntRange(0, 3).Draw(t, "sources")) {
		s := domain.Source{Ref: domain.Ref{Stream: pick(t, "source", streams...), Version: 1}, Role: pick(t, "role", domain.Basis, domain.ContrastRole)}
		if !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
	}
	return sources
}
