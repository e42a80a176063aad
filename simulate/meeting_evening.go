package simulate

import (
	"cmp"
	"slices"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// evening: what was counted is settled, the votes are decided, and the day is certified and reported.
func (m *meeting) evening() {
	m.at(day(m.nth).Add(9 * time.Hour))
	m.countPaper()
	m.reconcile()
	for _, v := range m.votes {
		m.decide(v)
	}
	m.changesOfMind()
	m.finding()
	m.certify(len(m.citizens) + len(m.stakeholders))
	m.keep()
}

// countPaper has two clerks count the sheets of some questions, table by table. At one table they differ, and a third one decides.
func (m *meeting) countPaper() {
	for _, q := range questions {
		papers := m.paper[q.id]
		for n, t := range m.tables {
			here := slices.DeleteFunc(slices.Clone(papers), func(p paper) bool { return p.table != t })
			if len(here) == 0 {
				continue
			}
			right := m.count(q, t, here)
			wrong, slips := slip(right, q)
			m.sheet(right, domain.EntryA, "clerk-a")
			if slips && n == m.nth%len(m.tables) {
				m.sheet(wrong, domain.EntryB, "clerk-b")
				m.sheet(right, domain.EntryC, "clerk-c")
			} else {
				m.sheet(right, domain.EntryB, "clerk-b")
			}
		}
	}
}

// count is what a careful clerk finds at a table.
func (m *meeting) count(q *question, t *table, here []paper) domain.TallySheetRecorded {
	s := domain.TallySheetRecorded{
		Dialogue: m.id, Session: q.session, Wave: domain.SessionWave, Question: q.ref(), Table: t.id, Counts: map[string]int{},
		Sheet: m.digest("sheet", string(m.id), string(t.id), string(q.id)),
	}
	for _, p := range here {
		switch {
		case p.person != nil && p.person.gone && slices.Contains(p.person.given, poll{q.session, domain.SessionWave, q.ref()}):
			s.Spoiled++
		case p.answer.NonResponse != "":
			s.Blank++
		default:
			s.Valid++
			p.answer.Cells(func(cell string, n int) { s.Counts[cell] += n })
		}
	}
	return s
}

// slip is a count with a stroke under the wrong option, as it happens late in the day, if there are two options to mix up.
func slip(s domain.TallySheetRecorded, q *question) (domain.TallySheetRecorded, bool) {
	if q.kind != domain.SingleChoice {
		return s, false
	}
	counts := map[string]int{}
	from, to := "", ""
	for _, o := range q.options {
		cell := string(o.id)
		if counts[cell] = s.Counts[cell]; from == "" && counts[cell] > 0 {
			from = cell
		} else if to == "" {
			to = cell
		}
	}
	if from == "" {
		return s, false
	}
	counts[from]--
	counts[to]++
	s.Counts = counts
	return s, true
}

func (m *meeting) sheet(s domain.TallySheetRecorded, e domain.Entry, clerk string) {
	s.Entry, s.Clerk = e, m.c.person(clerk)
	m.do(m.c.acting(domain.TallyClerk, clerk), "record-tally-sheet", s, string(m.id), string(s.Question.ID), string(s.Table), string(e))
}

// reconcile settles the numbers of every question that was put.
func (m *meeting) reconcile() {
	for _, at := range m.polls {
		r := commands.ReconcileTally{Dialogue: m.id, Session: at.session, Wave: at.wave, Question: at.question, Source: domain.FromBallots}
		if len(m.paper[at.question.ID]) > 0 && at.wave == domain.SessionWave {
			r.Source = domain.FromSheets
		}
		m.do(m.c.acting(domain.TallyClerk, "clerk-a"), "reconcile-tally", r, string(m.id), string(at.session), string(at.wave), string(at.question.ID))
	}
	for _, d := range []domain.SessionID{sessionData, sessionAI} {
		if stream := domain.TallyStream(m.id, d); m.stands(stream) > 0 {
			m.tallies = append(m.tallies, domain.Ref{Stream: stream, Version: m.stands(stream)})
		}
	}
}

// changesOfMind: somebody takes back the consent to be quoted or to be written to.
func (m *meeting) changesOfMind() {
	for _, p := range m.citizens {
		if !p.gone && p.quotes && p.chance.perMille(8) {
			m.withdraw(p, domain.StopFuture, domain.Quotes)
		}
	}
}

func (m *meeting) withdraw(p *person, effect domain.WithdrawalEffect, scopes ...domain.ConsentScope) {
	w := commands.WithdrawConsent{Participant: p.id, Dialogue: m.id, Scopes: scopes, Effect: effect}
	if effect == domain.VoidOpenBallots {
		proof := m.codes[p.chamber].proofs[p.code]
		w.Pseudonym, w.Issued = p.code, &proof
	}
	m.do(m.c.acting(domain.NationalPartner, "head"), "withdraw-consent", w, p.name())
}

// finding: in some countries an auditor finds something, and accepts how it was settled, before the day is certified.
func (m *meeting) finding() {
	if m.nth%5 != 1 {
		return
	}
	stream := domain.DialogueStream(m.id)
	here := domain.Ref{Stream: stream, Version: m.stands(stream)}
	id := domain.FindingID("fd_" + string(m.c.place))
	m.do(forPartner(domain.Auditor, auditorPerson, auditorPartner), "raise-finding", commands.RaiseFinding{
		Edition: edition, Finding: id, Severity: domain.Minor, Rule: "note-takers", Scope: []domain.Ref{here}, Auditor: auditorPerson, Partner: auditorPartner,
		Description: domain.In(sourceLang, "At two tables the facilitator took the notes as well."),
	}, string(id))
	m.do(forPartner(domain.Auditor, auditorPerson, auditorPartner), "resolve-finding", domain.AuditFindingResolved{
		Edition: edition, Finding: id, Evidence: []domain.Ref{m.sheets[0].ref}, AcceptedBy: auditorPerson, Partner: auditorPartner,
		Resolution: domain.In(sourceLang, "The worksheets of both tables were read to their people, who agreed."),
	}, string(id))
}

func (m *meeting) certify(people int) {
	m.do(forPartner(domain.Committee, committee[0].person, committeePartner), "certify-dialogue", commands.CertifyDialogue{
		Dialogue: m.id, Accepted: append([]domain.Waiver{}, m.deviated...), Certificate: m.digest("certificate", string(m.id)), By: committee[0].person,
	}, string(m.id))
	var texts []domain.RecommendationID
	for _, v := range m.votes {
		texts = append(texts, v.id)
	}
	slices.SortFunc(texts, cmp.Compare)
	m.release(domain.PublicationReleased{
		Publication: domain.PublicationID("pb_sim_" + string(m.id)[7:]), Kind: domain.NationalReport, Dialogue: m.id, Recommendations: texts, Notified: people * 7 / 10,
	}, m.c.acting(domain.NationalPartner, "head"), "report.pdf", "application/pdf")
}

// regret is somebody who would rather not have said something, and somebody whose address nobody needs any more.
func (m *meeting) regret() {
	for _, d := range sessions {
		if said := m.spoken[d.topic]; len(said) > seedsPerTopic {
			last := domain.StatementStream(domain.ConversationID(m.id), said[len(said)-1].id)
			m.unsaid = append(m.unsaid, unsaid{m.c, domain.Ref{Stream: last, Version: 1}, "text"})
			break
		}
	}
	if n := slices.IndexFunc(m.citizens, func(p *person) bool { return p.named }); n >= 0 {
		m.unsaid = append(m.unsaid, unsaid{m.c, domain.Ref{Stream: domain.ParticipantStream(m.citizens[n].id), Version: 1}, "contact"})
	}
}

// keep remembers what the synthesis of the world needs.
func (m *meeting) keep() {
	for _, w := range m.sheets {
		if w.session == sessionSphere {
			m.sphere = append(m.sphere, w)
			break
		}
	}
	if m.nth%2 == 0 {
		m.forgotten = append(m.forgotten, forgotten{m.c, m.citizens[m.chance.below(len(m.citizens))].id})
	}
	m.regret()
	for n := range segmentsEach { // from all sessions
		m.toCode = append(m.toCode, m.sheets[n*len(m.sheets)/segmentsEach])
	}
}
