package simulate

import (
	"strconv"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// A proposal is a recommendation of a country on its way through the vote.
type proposal struct {
	id       domain.RecommendationID
	topic    domain.TopicID // of the world, under which the synthesis finds it
	body     domain.Body
	version  int
	question domain.ArtefactRef
	tables   []domain.RecommendationID // of tables, that it stands on
	votes    map[domain.Chamber]*domain.ChamberCount
	yes, no  int // weights
}

// A national is a recommendation of a country that was decided.
type national struct {
	c       country
	id      domain.RecommendationID
	topic   domain.TopicID
	body    domain.Body
	adopted bool
}

// vote: the country's recommendations are drafted from the worksheets, put to the vote, and answered by those who are there. The stakeholders vote on the joint one.
func (m *meeting) vote(present []*person) {
	beside := sessionOf(sessionStakeholderVote)
	for _, t := range m.experts {
		m.form(t, beside.id, t.chamber, t.members)
	}
	m.open(beside)
	m.propose(topicData, domain.Citizens, 740, 170)
	m.propose([]domain.TopicID{topicAI, topicSphere}[m.nth%2], domain.Citizens, 690, 220)
	m.propose(topicMe, domain.Citizens, 520, 400)
	m.propose(topicOwn, domain.Joint, 780, 120)
	for _, v := range m.votes {
		m.call(v, sessionRecommend)
		for _, p := range present {
			m.endorse(v, sessionRecommend, p)
		}
		if v.body == domain.Joint {
			for _, p := range m.stakeholders {
				m.endorse(v, beside.id, p)
			}
		}
	}
	m.wait(10 * time.Minute)
	m.close(beside, len(m.stakeholders))
}

// propose drafts a recommendation of the country from two of its tables, which have made their own from their worksheets.
func (m *meeting) propose(topic domain.TopicID, body domain.Body, yes, no int) {
	v := &proposal{topic: topic, body: body, version: 1, yes: yes, no: no, votes: map[domain.Chamber]*domain.ChamberCount{}}
	v.id = domain.RecommendationID("rc_sim_" + string(m.c.place) + "_" + string(topic)[3:])
	topics := []domain.TopicID{topic}
	from := func(w worksheet) bool { return w.topic == topic && (body != domain.Joint || w.session == sessionJoint) }
	if topic == topicMe { // the national session
		topics, from = []domain.TopicID{m.c.topic()}, func(w worksheet) bool { return w.session == sessionNational }
	}
	var sources []domain.Source
	var first worksheet
	for _, w := range m.sheets {
		switch {
		case !from(w):
			continue
		case len(sources) == 0:
			first = w
		}
		switch role := domain.SupportRole; {
		case len(v.tables) < 2:
			id := domain.RecommendationID(string(v.id) + "_t" + strconv.Itoa(len(v.tables)+1))
			m.draft(commands.DraftRecommendation{
				Dialogue: m.id, Recommendation: id, Level: domain.TableLevel, Body: body, Topics: topics, Text: domain.In(m.c.languages[0], w.sentence),
				Sources: []domain.Source{{Ref: w.ref, Role: domain.Basis}},
			})
			v.tables = append(v.tables, id)
			sources = append(sources, domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream(id), Version: 1}, Role: domain.Basis})
		case len(sources) < 5:
			if w.theme.code != first.theme.code {
				role = domain.ContrastRole
			}
			sources = append(sources, domain.Source{Ref: w.ref, Role: role})
		}
	}
	words := domain.In(m.c.languages[0], first.sentence)
	m.draft(commands.DraftRecommendation{
		Dialogue: m.id, Recommendation: v.id, Level: domain.NationalLevel, Body: body, Topics: topics, Text: words, Sources: sources,
	})
	if m.nth%4 == 2 && topic == topicData {
		v.version = 2
		words = domain.In(words.Source, words.String()+" "+translate(words.Source, "And report every year what became of it."))
		m.do(m.editor(), "revise-recommendation", domain.RecommendationRevised{
			Recommendation: v.id, Version: 2, Text: words, SourcesAdded: []domain.Source{}, SourcesRemoved: []domain.Source{}, Rationale: "Three tables asked for a report.", Editor: m.c.person("head"),
		}, string(v.id), "2")
	}
	m.votes = append(m.votes, v)
}

func (m *meeting) editor() domain.Actor { return m.c.acting(domain.HeadFacilitator, "head") }

func (m *meeting) draft(d commands.DraftRecommendation) {
	d.Edition, d.Kind, d.Editor = edition, domain.PlainRecommendation, m.c.person("head")
	m.do(m.editor(), "draft-recommendation", d, string(d.Recommendation))
}

// call puts a recommendation to the vote by the approved template.
func (m *meeting) call(v *proposal, session domain.SessionID) {
	v.question = ref(domain.ArtefactID("ar_sim_e_" + string(v.id)[7:]))
	q := domain.Question{
		Kind: domain.Endorse, Text: domain.In(sourceLang, materialBody(artefactEndorse)), Unit: domain.Individual, Recommendation: v.id, OfVersion: v.version,
		Scale: domain.YesNoAbstain, Template: ref(artefactEndorse),
	}
	m.version(domain.ArtefactVersionAdded{Artefact: v.question.ID, Version: 1, Kind: domain.QuestionArtefact, Question: &q, WordingLocked: true})
	half := domain.RatioOf(1, 2)
	rules := []domain.ChamberRule{{Chamber: domain.CitizenChamber, Electorate: domain.CheckedIn, Threshold: half, Quorum: half, Session: session}}
	if v.body == domain.Joint {
		rules = append(rules, domain.ChamberRule{
			Chamber: domain.StakeholderChamber, Electorate: domain.CheckedIn, Threshold: half, Quorum: domain.RatioOf(1, 3), Session: sessionStakeholderVote,
		})
	}
	for _, r := range rules {
		v.votes[r.Chamber] = &domain.ChamberCount{Chamber: r.Chamber, Eligible: len(m.citizens)}
		if r.Chamber == domain.StakeholderChamber {
			v.votes[r.Chamber].Eligible = len(m.stakeholders)
		}
		m.polls = append(m.polls, poll{r.Session, domain.EndorsementWave, v.question})
	}
	o := domain.EndorsementOpened{Recommendation: v.id, Version: v.version, Chambers: rules, Question: v.question, ClosesAt: m.now + 7_200_000}
	m.do(m.editor(), "open-endorsement", o, string(v.id))
}

// endorse is one vote.
func (m *meeting) endorse(v *proposal, session domain.SessionID, p *person) {
	b := commands.CastBallot{
		Dialogue: m.id, Pseudonym: p.code, Session: session, Wave: domain.EndorsementWave, Question: v.question, Lang: p.lang, Channel: m.channel, Table: p.table,
	}
	if proof, ok := m.codes[p.chamber].proofs[p.code]; ok {
		b.Issued = &proof
	}
	votes := v.votes[p.chamber]
	switch p.chance.pick([]int{v.yes, v.no, 970 - v.yes - v.no, 30}) {
	case 0:
		b.Answer.Endorsement = domain.Yes
		votes.Yes++
	case 1:
		b.Answer.Endorsement = domain.No
		votes.No++
	case 2:
		b.Answer.Endorsement = domain.Abstain
		votes.Abstain++
	default:
		b.Answer.NonResponse = domain.Blank
	}
	votes.Cast = votes.Yes + votes.No + votes.Abstain
	m.cast(b, p)
}

// decide settles what was put to the vote, and lets those who voted no say why.
func (m *meeting) decide(v *proposal) {
	citizens := *v.votes[domain.CitizenChamber]
	closed := domain.EndorsementClosed{Recommendation: v.id, Version: v.version, Chambers: []domain.ChamberCount{citizens}, Tallies: []domain.Ref{}}
	if n := v.votes[domain.StakeholderChamber]; n != nil {
		closed.Chambers = append(closed.Chambers, *n)
	}
	m.do(m.editor(), "close-endorsement", closed, string(v.id))
	passed, no := true, 0
	for i, n := range closed.Chambers {
		quorum := []int{2, 3}[i]
		passed = passed && n.Cast*quorum >= n.Eligible && n.Yes+n.No > 0 && n.Yes >= n.No
		no += n.No
	}
	d := commands.DecideRecommendation{Recommendation: v.id, Version: v.version, Outcome: domain.TurnedOut, DecidedBy: m.c.person("head"), DissentOffered: no > 0}
	if passed {
		d.Outcome = domain.Adopted
	}
	if no > 2 {
		d.Dissents = []domain.Dissent{{Text: domain.In(sourceLang, dissents[m.chance.below(len(dissents))]), Supporters: m.chance.between(1, no/2)}}
	}
	m.do(m.editor(), "decide-recommendation", d, string(v.id))
	if passed {
		for _, id := range v.tables {
			m.do(m.editor(), "supersede-recommendation", domain.RecommendationSuperseded{
				Recommendation: id, By: []domain.RecommendationID{v.id}, Relation: domain.Merged, Reason: "The room has taken it over.",
			}, string(id))
		}
	}
	m.nationals = append(m.nationals, national{m.c, v.id, v.topic, v.body, passed})
}

func materialBody(id domain.ArtefactID) string {
	for _, m := range materials {
		if m.id == id {
			return m.body
		}
	}
	return ""
}
