package simulate

import (
	"fmt"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// A post is a statement that people can react to.
type post struct {
	id    domain.StatementID
	text  string
	agree int // per mille
}

const (
	seedsPerTopic = 2   // statements of the organisers
	postPerMille  = 180 // of the people say something on a topic
	reactionsEach = 2   // to so many statements of a topic
)

// talk is the conversation on the topic of a session: the organisers' statements first, then those of the people, then reactions.
func (m *meeting) talk(d session, present []*person) {
	for n, c := range commentsIn(d.topic, sourceLang)[:seedsPerTopic] {
		m.post(d, c, domain.Pseudonym(fmt.Sprintf("organisers-%d", n+1)), domain.PlainStatement, "", true)
	}
	for _, p := range present {
		if !p.chance.perMille(postPerMille) {
			continue
		}
		said := commentsIn(d.topic, p.lang)
		kind, parent := domain.PlainStatement, domain.StatementID("")
		if k := p.chance.pick([]int{600, 130, 120, 100, 50}); k > 0 {
			kind = []domain.StatementKind{domain.ArgumentFor, domain.ArgumentAgainst, domain.Reply, domain.QuestionToOthers}[k-1]
			parent = m.spoken[d.topic][p.chance.below(len(m.spoken[d.topic]))].id
		}
		m.post(d, said[p.chance.below(len(said))], p.code, kind, parent, false)
	}
	m.moderators(d, present)
	for _, p := range present {
		m.react(p.code, p.chance, d.topic)
	}
}

// post puts a statement into the conversation and has it accepted.
func (m *meeting) post(d session, c comment, author domain.Pseudonym, kind domain.StatementKind, parent domain.StatementID, seed bool) {
	id := m.write(d, c, author, kind, parent, seed)
	m.moderate(id, domain.Accept, "")
	m.spoken[d.topic] = append(m.spoken[d.topic], &post{id, c.text, c.agree})
}

func (m *meeting) write(d session, c comment, author domain.Pseudonym, kind domain.StatementKind, parent domain.StatementID, seed bool) domain.StatementID {
	m.posts++
	id := domain.StatementID(fmt.Sprintf("st_%s_%04d", d.id[:2], m.posts))
	s := commands.PostStatement{Conversation: domain.ConversationID(m.id), Statement: id, Kind: kind, Parent: parent, Text: c.text, Lang: c.lang, Author: author, Seed: seed}
	who := domain.Actor{Role: domain.Participant, Principal: string(author)}
	if seed {
		who = coordinator
	}
	m.do(who, "post-statement", s, string(m.id), string(id))
	return id
}

func (m *meeting) moderate(id domain.StatementID, decision domain.Moderation, reason string) {
	mod := commands.ModerateStatement{Conversation: domain.ConversationID(m.id), Statement: id, Decision: decision, ReasonCode: reason, Moderator: moderatorPerson}
	if reason != "" {
		mod.Guideline = ref(artefactGuideline)
		mod.Reason = domain.In(sourceLang, "See the moderation guideline.")
	}
	m.do(forPartner(domain.Coordinator, moderatorPerson, coordinatorPartner), "moderate-statement", mod, string(m.id), string(id), string(decision))
}

// moderators refuse an insult, hide and show again what was reported by mistake, and link what was said before.
func (m *meeting) moderators(d session, present []*person) {
	spoken := m.spoken[d.topic]
	switch d.id {
	case sessionSphere:
		id := m.write(d, comment{sourceLang, indecent, 0}, present[m.chance.below(len(present))].code, domain.PlainStatement, "", false)
		m.moderate(id, domain.Refuse, "insult")
	case sessionData:
		m.moderate(spoken[0].id, domain.Hide, "offTopic")
		m.moderate(spoken[0].id, domain.Restore, "")
	case sessionOwn:
		last, first := spoken[len(spoken)-1], spoken[0]
		for _, s := range spoken[:len(spoken)-1] {
			if s.text == last.text {
				first = s
			}
		}
		relation := domain.RewordedFrom
		if first.text == last.text {
			relation = domain.DuplicateOf
		}
		m.do(forPartner(domain.Coordinator, moderatorPerson, coordinatorPartner), "link-statement", commands.LinkStatement{
			Conversation: domain.ConversationID(m.id), Statement: last.id, Relation: relation, Target: first.id, By: moderatorPerson,
		}, string(m.id), string(last.id))
	}
}

// react is what somebody thinks of some statements on a topic.
func (m *meeting) react(who domain.Pseudonym, c *chance, t domain.TopicID) {
	spoken := m.spoken[t]
	first := c.below(len(spoken))
	for n := range min(reactionsEach, len(spoken)) {
		s := spoken[(first+n)%len(spoken)]
		r := commands.React{
			Conversation: domain.ConversationID(m.id), Statement: s.id, Respondent: who, Important: c.perMille(80),
			Value: []domain.ReactionValue{domain.Agree, domain.Disagree, domain.Pass}[c.pick([]int{s.agree, (1000 - s.agree) * 2 / 3, (1000 - s.agree) / 3})],
		}
		m.do(domain.Actor{Role: domain.Participant, Principal: string(who)}, "react", r, string(m.id), string(who), string(s.id))
	}
}
