package projections

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// The model counts a history in the most naive way: it remembers everybody, looks at nobody's Replaces or Revision, and counts at the end.
type model struct {
	frames    map[domain.DialogueID]Frame
	statuses  map[spoken]domain.StatementStatus
	reactions map[spoken]map[domain.Pseudonym][]domain.ReactionValue
	answers   map[answerKey]*domain.Answer // nil: voided
	asked     map[askedKey]*struct{ revised, voided int }
	facts     []domain.Fact
}

type spoken struct {
	in domain.DialogueID
	id domain.StatementID
}

type askedKey struct {
	in       domain.DialogueID
	session  domain.SessionID
	question domain.ArtefactRef
	wave     domain.Wave
}

type answerKey struct {
	askedKey
	who domain.Pseudonym
}

func count(facts []domain.Fact) *model {
	m := &model{map[domain.DialogueID]Frame{}, map[spoken]domain.StatementStatus{}, map[spoken]map[domain.Pseudonym][]domain.ReactionValue{}, map[answerKey]*domain.Answer{}, map[askedKey]*struct{ revised, voided int }{}, facts}
	for _, f := range facts {
		switch e := f.Event.(type) {
		case domain.DialogueRegistered:
			m.frames[e.Dialogue] = Frame{e.Edition, e.Place, e.SampleType}
		case domain.StatementPosted:
			s := spoken{f.Meta.Dialogue, e.Statement}
			m.statuses[s], m.reactions[s] = domain.Undecided, map[domain.Pseudonym][]domain.ReactionValue{}
		case domain.StatementModerated:
			m.statuses[spoken{f.Meta.Dialogue, e.Statement}], _ = e.Decision.Status()
		case domain.ReactionCast:
			s := spoken{f.Meta.Dialogue, e.Statement}
			m.reactions[s][e.Respondent] = append(m.reactions[s][e.Respondent], e.Value)
		case domain.BallotCast:
			at := askedKey{e.Dialogue, e.Session, e.Question, e.Wave}
			if m.asked[at] == nil {
				m.asked[at] = &struct{ revised, voided int }{}
			}
			if m.answers[answerKey{at, e.Pseudonym}] != nil {
				m.asked[at].revised++
			}
			m.answers[answerKey{at, e.Pseudonym}] = &e.Answer
		case domain.BallotVoided:
			at := askedKey{e.Dialogue, e.Session, e.Question, e.Wave}
			m.answers[answerKey{at, e.Pseudonym}] = nil
			m.asked[at].voided++
		}
	}
	return m
}

// talk counts the statements of which in is true, and their respondents once for each conversation, or once for each statement.
func (m *model) talk(in func(spoken) bool) Talk {
	var t Talk
	people := map[domain.DialogueID]map[domain.Pseudonym]bool{}
	for s, status := range m.statuses {
		if !in(s) {
			continue
		}
		t.Statements++
		switch status {
		case domain.Accepted:
			t.Accepted++
		case domain.Rejected:
			t.Rejected++
		case domain.Hidden:
			t.Hidden++
		default:
			t.Undecided++
		}
		for who, values := range m.reactions[s] {
			if people[s.in] == nil {
				people[s.in] = map[domain.Pseudonym]bool{}
			}
			people[s.in][who] = true
			for _, v := range values {
				t.ReactionEvents.add(v, 1)
			}
			t.Reactions.add(values[len(values)-1], 1)
			t.Revised += len(values) - 1
		}
	}
	for _, p := range people {
		t.Respondents += len(p)
	}
	return t
}

func (m *model) questions(in func(domain.DialogueID) bool) Questions {
	q := Questions{}
	for at, n := range m.asked {
		if in(at.in) {
			c := q.of(at.session, at.question, at.wave)
			c.Revised, c.Voided = c.Revised+n.revised, c.Voided+n.voided
		}
	}
	for at, a := range m.answers {
		switch {
		case a == nil || !in(at.in):
		case a.NonResponse == "":
			c := q.of(at.session, at.question, at.wave)
			if c.Cells == nil {
				c.Cells = map[string]int{}
			}
			c.Valid++
			switch {
			case a.Option != "":
				c.Cells[string(a.Option)]++
			case len(a.Ranking) > 0:
				for i, rank := range a.Ranking {
					c.Cells[fmt.Sprint(rank[0], "@", i+1)]++
				}
			}
		default:
			c := q.of(at.session, at.question, at.wave)
			if c.NonResponse == nil {
				c.NonResponse = map[domain.NonResponse]int{}
			}
			c.NonResponse[a.NonResponse]++
		}
	}
	return q
}

// answered are the documents of Answers.
func (m *model) answered() map[string]AnswersDoc {
	docs := map[string]AnswersDoc{}
	for at := range m.asked {
		frame, known := m.frames[at.in]
		if !known {
			continue
		}
		for _, place := range []domain.Place{"", frame.Place} {
			key := AnswersKey(frame.Edition, place)
			if docs[key].Samples == nil {
				docs[key] = AnswersDoc{frame.Edition, place, map[domain.SampleType]Questions{}}
			}
			docs[key].Samples[frame.SampleType] = m.questions(func(id domain.DialogueID) bool {
				of := m.frames[id]
				return of.Edition == frame.Edition && of.SampleType == frame.SampleType && (place == "" || of.Place == place)
			})
		}
	}
	return docs
}

// samples counts the dialogues of which in is true, apart by sample type.
func (m *model) samples(in func(Frame) bool) Samples {
	s := Samples{}
	for id, frame := range m.frames {
		if !in(frame) {
			continue
		}
		if s[frame.SampleType] == nil {
			s[frame.SampleType] = &Sample{}
		}
		s[frame.SampleType].Dialogues++
		for _, f := range m.facts {
			if f.Meta.Dialogue != id {
				continue
			}
			switch e := f.Event.(type) {
			case domain.ParticipantRegistered:
				if e.Chamber == domain.CitizenChamber {
					s[frame.SampleType].Participants.Citizens++
				} else {
					s[frame.SampleType].Participants.Stakeholders++
				}
			case domain.ConsentGiven:
				s[frame.SampleType].Consents.Given++
			case domain.ConsentWithdrawn:
				s[frame.SampleType].Consents.Withdrawn++
			}
		}
	}
	for sample, counted := range s {
		of := func(id domain.DialogueID) bool { return in(m.frames[id]) && m.frames[id].SampleType == sample }
		counted.Talk = m.talk(func(s spoken) bool { return of(s.in) })
	}
	return s
}

func (m *model) outcomes(in func(domain.Meta) bool) Outcomes {
	var o Outcomes
	last := map[domain.RecommendationID]domain.Outcome{}
	for _, f := range m.facts {
		if !in(f.Meta) {
			continue
		}
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			o.Drafted++
		case domain.RecommendationDecided:
			last[e.Recommendation] = e.Outcome
		}
	}
	for _, outcome := range last {
		*map[domain.Outcome]*int{domain.Adopted: &o.Adopted, domain.TurnedOut: &o.Rejected, domain.Deferred: &o.Deferred}[outcome]++
	}
	return o
}

func TestCountsAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	revised, voided := 0, 0
	checkUntil(t, func() bool { return revised > 100 && voided > 20 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "talk").facts()
		m := count(facts)
		want := map[string]string{}
		put := func(view View, key string, doc any) {
			data, err := json.Marshal(doc)
			require.NoError(t, err)
			want[Ref{view.Name, key}.String()] = string(data)
		}
		places := map[domain.Place]bool{}
		editions := map[domain.EditionID]map[domain.Place]bool{}
		for id, frame := range m.frames {
			places[frame.Place] = true
			if editions[frame.Edition] == nil {
				editions[frame.Edition] = map[domain.Place]bool{}
			}
			editions[frame.Edition][frame.Place] = true
			if talk := m.talk(func(s spoken) bool { return s.in == id }); talk.Statements > 0 {
				put(Conversation, string(id), ConversationDoc{domain.ConversationID(id), frame, talk})
				revised += talk.Revised
			}
		}
		for s := range m.statuses {
			put(Statement, StatementKey(domain.ConversationID(s.in), s.id), m.talk(func(o spoken) bool { return s == o }))
		}
		for p := range places {
			doc := CountryDoc{p, map[domain.EditionID]*CountryNumbers{}}
			for e, in := range editions {
				if in[p] {
					doc.Editions[e] = &CountryNumbers{
						m.samples(func(f Frame) bool { return f.Place == p && f.Edition == e }),
						m.outcomes(func(meta domain.Meta) bool { return m.frames[meta.Dialogue].Place == p && meta.Source == e }),
					}
				}
			}
			put(Country, string(p), doc)
		}
		for of, doc := range m.answered() {
			put(Answers, of, doc)
		}
		for e, in := range editions {
			put(Global, string(e), GlobalDoc{e, slices.Sorted(maps.Keys(in)), m.samples(func(f Frame) bool { return f.Edition == e }),
				m.outcomes(func(meta domain.Meta) bool { return meta.Source == e })})
		}
		for _, n := range m.asked {
			voided += n.voided
		}

		got := map[string]string{}
		for ref, doc := range whole(t, []View{Answers, Conversation, Country, Global, Statement}, facts) {
			got[ref.String()] = string(doc.Data)
			if ref.View == Statement.Name { // the model knows the numbers of a statement, not its words
				var d StatementDoc
				require.NoError(t, json.Unmarshal(doc.Data, &d))
				require.Equal(t, ref.Key, StatementKey(d.Conversation, d.Statement))
				data, err := json.Marshal(d.Talk)
				require.NoError(t, err)
				got[ref.String()] = string(data)
			}
		}
		require.Equal(t, want, got)
	})
	require.Greater(t, revised, 100, "reactions are revised in these histories")
	require.Greater(t, voided, 20, "ballots are voided in these histories")
}
