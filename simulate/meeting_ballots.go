package simulate

import (
	"daybook.internal/commands"
	"daybook.internal/domain"
)

// ask puts the questions of a session and wave: those to people one person after the other, those to tables one table after the other.
func (m *meeting) ask(session domain.SessionID, wave domain.Wave, present []*person) {
	qs := asked(session, wave)
	if session == sessionNational && wave == domain.SessionWave {
		qs = append(qs[:len(qs):len(qs)], ownQuestion(m.c, nationalTopics[m.nth%len(nationalTopics)].question))
	}
	for _, p := range present {
		for _, q := range qs {
			if q.unit == domain.Individual {
				m.answer(q, session, wave, p)
			}
		}
	}
	for _, t := range m.tables {
		for _, q := range qs {
			if q.unit == domain.TableUnit {
				m.answerTable(q, session, wave, t)
			}
		}
	}
	m.secondLook(session, wave, qs, present)
}

// answer is what a person answers; now and then the person thinks again.
func (m *meeting) answer(q *question, session domain.SessionID, wave domain.Wave, p *person) {
	b := m.ballot(q, session, wave, p)
	if q.kind == domain.Open && b.Answer.NonResponse == "" {
		said := commentsIn(topicOwn, p.lang)
		b.Text = said[p.chance.below(len(said))].text
	}
	m.cast(b, p)
	if wave == domain.PreWave {
		p.before[q.id] = b.Answer
	}
	if q.kind == domain.SingleChoice && wave == domain.SessionWave && p.chance.perMille(12) {
		again := b
		again.Answer = domain.Answer{Option: q.options[p.chance.below(len(q.options))].id}
		if !again.Answer.Equal(b.Answer) {
			m.cast(again, p, "again")
			b = again
		}
	}
	if m.counted(q, wave) {
		m.paper[q.id] = append(m.paper[q.id], paper{m.tableOf(p), p, b.Answer})
	}
}

// ballot is a person's answer by the weights of the table.
func (m *meeting) ballot(q *question, session domain.SessionID, wave domain.Wave, p *person) commands.CastBallot {
	b := commands.CastBallot{
		Dialogue: m.id, Pseudonym: p.code, Session: session, Wave: wave, Question: q.ref(), Lang: p.lang, Channel: m.channel, Table: p.table,
	}
	if proof, ok := m.codes[p.chamber].proofs[p.code]; ok {
		b.Issued = &proof
	}
	before, said := p.before[q.id]
	switch why := nonResponse(p.chance, q); {
	case q.profile > 0:
		b.Answer = domain.Answer{Option: domain.OptionID(p.strata.id(q.profile - 1))}
	case why != "":
		b.Answer = domain.Answer{NonResponse: why}
	case q.kind == domain.Open:
	case wave == domain.PostWave && said && before.NonResponse == "" && p.chance.perMille(450):
		b.Answer = before
	default:
		b.Answer = drawAnswer(p.chance, q, m.room.weights(q, wave, string(p.table)))
	}
	return b
}

func (m *meeting) cast(b commands.CastBallot, p *person, more ...string) {
	who := domain.Actor{Role: domain.Participant, Principal: string(p.code)}
	if b.Channel == domain.PaperChannel {
		who = m.c.acting(domain.TallyClerk, "clerk-a")
	}
	about := append([]string{string(m.id), string(b.Pseudonym), string(b.Question.ID), string(b.Wave)}, more...)
	if p.device != nil {
		b = p.device.sign(b, lineID("cast-ballot", about))
	}
	m.do(who, "cast-ballot", b, about...)
	if len(more) == 0 {
		p.given = append(p.given, poll{b.Session, b.Wave, b.Question})
	}
}

// answerTable is what a table agrees on.
func (m *meeting) answerTable(q *question, session domain.SessionID, wave domain.Wave, t *table) {
	c := m.script.chance("table", string(m.c.place), string(t.id), string(q.id))
	b := commands.CastBallot{
		Dialogue: m.id, Pseudonym: domain.TablePseudonym(t.id), Session: session, Wave: wave, Question: q.ref(), Lang: m.c.languages[0], Channel: m.channel, Table: t.id,
		Answer: drawAnswer(c, q, m.room.weights(q, wave, string(t.id))),
	}
	m.do(m.c.acting(domain.TableFacilitator, "table-"+string(t.id)), "cast-ballot", b, string(m.id), string(b.Pseudonym), string(q.id), string(wave))
	if m.counted(q, wave) {
		m.paper[q.id] = append(m.paper[q.id], paper{t, nil, b.Answer})
	}
}

// secondLook: in countries on paper a sheet of the national session cannot be read. Two clerks void it, and it is entered again when it was deciphered.
func (m *meeting) secondLook(session domain.SessionID, wave domain.Wave, qs []*question, present []*person) {
	if m.channel != domain.PaperChannel || session != sessionNational || wave != domain.SessionWave {
		return
	}
	q, p := qs[0], present[m.chance.below(len(present))]
	m.void(poll{session, wave, q.ref()}, p, domain.Illegible)
	b := m.ballot(q, session, wave, p)
	b.Answer = domain.Answer{Option: q.options[0].id}
	m.cast(b, p, "deciphered")
}

func (m *meeting) void(at poll, p *person, why domain.VoidReason) {
	v := commands.VoidBallot{Dialogue: m.id, Pseudonym: p.code, Session: at.session, Wave: at.wave, Question: at.question, Reason: why, By: m.c.person("clerk-a")}
	if why != domain.Withdrawal {
		v.SecondBy = m.c.person("clerk-b")
	}
	m.do(m.c.acting(domain.TallyClerk, "clerk-a"), "void-ballot", v, string(m.id), string(p.code), string(at.question.ID), string(at.wave))
}

func (m *meeting) tableOf(p *person) *table {
	for _, t := range append(m.tables[:len(m.tables):len(m.tables)], m.experts...) {
		if t.id == p.table {
			return t
		}
	}
	return nil
}

// counted tells whether clerks count the answers to a question by hand besides.
func (m *meeting) counted(q *question, wave domain.Wave) bool {
	return m.channel == domain.PaperChannel && wave == domain.SessionWave && (q.id == "ar_sim_q_data_outlook" || q.id == "ar_sim_q_ai_uses" || q.id == "ar_sim_q_urgent")
}

// somebodyLeaves: in some countries a person takes all consent back in the middle of the day, shows the code, and has every ballot voided.
func (m *meeting) somebodyLeaves() {
	if m.nth%3 != 0 {
		return
	}
	p := m.citizens[m.chance.below(len(m.citizens))]
	p.leaves, p.gone = 0, true
	m.withdraw(p, domain.VoidOpenBallots, domain.Participate, domain.DataUse)
	for _, at := range p.given {
		m.void(at, p, domain.Withdrawal)
	}
}
