package simulate

import (
	"slices"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// A meeting is the day of one country: who is in the room, where they sit, what they said.
type meeting struct {
	*script
	nth          int // of the country
	c            country
	id           domain.DialogueID
	room         *room
	channel      domain.Channel
	chance       *chance
	seats        map[domain.Chamber]int // people who were expected, and so codes
	citizens     []*person              // in the room
	stakeholders []*person
	tables       []*table
	experts      []*table // the stakeholders' tables
	codes        map[domain.Chamber]codes
	polls        []poll
	spoken       map[domain.TopicID][]*post // what can be reacted to
	paper        map[domain.ArtefactID][]paper
	posts        int
	sheets       []worksheet
	votes        []*proposal
	deviated     []domain.Waiver // from what by far, and that the committee accepts it
}

// codes are the pseudonyms of a chamber, sealed before the first session.
type codes struct {
	root   domain.Digest
	proofs map[domain.Pseudonym]domain.CodeProof
}

type table struct {
	id          domain.TableID
	chamber     domain.Chamber
	members     []*person
	facilitator string
}

// A poll is a question that was put in a session and has to be reconciled.
type poll struct {
	session  domain.SessionID
	wave     domain.Wave
	question domain.ArtefactRef
}

// A paper is one answer on a sheet that clerks count.
type paper struct {
	table  *table
	person *person // nil: of the table
	answer domain.Answer
}

// days: the dialogues take place, a country a day, and online ones after them.
func (s *script) days() {
	for i, c := range s.where {
		if s.stopped {
			return
		}
		m := s.meet(i, c)
		m.arrive()
		m.run()
		m.evening()
		if s.o.Online > 0 && opensOnline(i) {
			s.meetOnline(i, c)
		}
		delete(s.registered, c.place)
	}
	s.on(2024, time.December, 2, 9)
	s.reach("rooms-certified")
}

func (s *script) meet(i int, c country) *meeting {
	m := &meeting{
		script: s, nth: i, c: c, id: c.dialogue(), room: newRoom(s.o.Seed, string(c.place)), channel: domain.AppChannel, chance: s.chance("day", string(c.place)),
		seats: map[domain.Chamber]int{}, codes: map[domain.Chamber]codes{}, paper: map[domain.ArtefactID][]paper{}, spoken: map[domain.TopicID][]*post{},
	}
	if onPaper(i) {
		m.channel = domain.PaperChannel
	}
	return m
}

// arrive: whoever comes is checked in and seated. One in thirty does not come.
func (m *meeting) arrive() {
	m.at(day(m.nth))
	issued := map[domain.Chamber][]domain.Pseudonym{}
	for _, p := range m.registered[m.c.place] {
		issued[p.chamber] = append(issued[p.chamber], p.code)
		m.seats[p.chamber]++
		if p.chance.perMille(33) {
			continue
		}
		p.here = true
		m.do(m.c.acting(domain.HeadFacilitator, "head"), "check-in", commands.CheckIn{Participant: p.id, Dialogue: m.id, By: m.c.person("head")}, p.name())
		if p.chamber == domain.CitizenChamber {
			m.citizens = append(m.citizens, p)
		} else {
			m.stakeholders = append(m.stakeholders, p)
		}
	}
	for _, chamber := range []domain.Chamber{domain.CitizenChamber, domain.StakeholderChamber} {
		root, proofs := domain.SealCodes(m.id, issued[chamber])
		m.codes[chamber] = codes{root, proofs}
	}
	m.tables = m.seat(m.citizens, "c", 0)
	m.experts = m.seat(m.stakeholders, "s", len(m.tables))
	for _, t := range m.tables {
		m.form(t, "", t.chamber, t.members)
	}
}

// at lets the time go on, if it has not gone on further.
func (m *meeting) at(t time.Time) { m.now = max(m.now, domain.TimeOf(t)) }

// seat divides people among tables of five to eight, in a random order.
func (m *meeting) seat(people []*person, prefix string, busy int) []*table {
	order := slices.Clone(people)
	m.chance.shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	n := tablesFor(len(order))
	if len(order) < 5*n {
		n = max(1, (len(order)+7)/8)
	}
	tables := make([]*table, n)
	for i := range tables {
		tables[i] = &table{id: domain.TableID(number(prefix, i+1)), facilitator: m.c.person(number("facilitator", busy+i+1))}
	}
	for i, p := range order {
		t := tables[i%n]
		t.members, t.chamber, p.table = append(t.members, p), p.chamber, t.id
	}
	return tables
}

// form seats a table for a session, or for the day.
func (m *meeting) form(t *table, session domain.SessionID, chamber domain.Chamber, members []*person) {
	f := commands.FormTable{
		Dialogue: m.id, Table: t.id, Session: session, Chamber: chamber, Facilitator: t.facilitator, NoteTaker: m.c.person("note-" + string(t.id)), Members: idsOf(members),
	}
	if len(members) < 5 || len(members) > 8 {
		f.Waiver = &domain.Waiver{Rule: domain.WaiveTableSize, Reason: "Others came than were expected.", ApprovedBy: m.c.person("head")}
	}
	about := string(session)
	if session == "" {
		about = "day"
	}
	m.do(m.c.acting(domain.HeadFacilitator, "head"), "form-table", f, string(m.id), string(t.id), about)
}

// run is the day, session by session. The stakeholders assess models while the citizens talk about their data, and vote when they do.
func (m *meeting) run() {
	at := day(m.nth).Add(time.Hour)
	for _, d := range sessions {
		switch d.id {
		case sessionStakeholder, sessionStakeholderVote, sessionJoint:
			continue // beside others
		}
		m.at(at)
		m.citizensMeet(d)
		at = at.Add(time.Duration(d.minutes+10) * time.Minute)
	}
}

// citizensMeet is a session of the citizens, and what goes on beside it.
func (m *meeting) citizensMeet(d session) {
	ordinal := slices.IndexFunc(sessions, func(s session) bool { return s.id == d.id })
	m.open(d)
	present := m.present(m.citizens, ordinal)
	for _, w := range []domain.Wave{domain.ProfileWave, domain.PreWave} {
		m.ask(d.id, w, present)
	}
	switch d.id {
	case sessionData:
		m.stakeholdersMeet()
	case sessionOwn:
		m.jointMeet()
	}
	if d.topic != "" {
		m.talk(d, present)
	}
	if d.topic != "" || d.kind == domain.NationalSession {
		m.writeSheets(d)
	}
	for _, w := range []domain.Wave{domain.SessionWave, domain.PostWave, domain.EvaluationWave} {
		m.ask(d.id, w, present)
	}
	if d.kind == domain.RecommendationSession {
		m.vote(present)
	}
	m.deviate(d)
	m.wait(time.Duration(d.minutes) * time.Minute)
	m.close(d, len(m.citizens))
	if d.id == sessionSphere {
		m.somebodyLeaves()
	}
}

// present are those who are still there.
func (m *meeting) present(people []*person, ordinal int) []*person {
	return slices.DeleteFunc(slices.Clone(people), func(p *person) bool { return p.leaves <= ordinal })
}

// open opens a session with the codes of its chamber, where questions are put in it.
func (m *meeting) open(d session) {
	o := domain.SessionOpened{Dialogue: m.id, Session: d.id, Chamber: d.chamber, Instruments: []domain.ArtefactRef{}}
	for _, i := range instrumentsOf(d) {
		if !slices.Contains(o.Instruments, i.Artefact) {
			o.Instruments = append(o.Instruments, i.Artefact)
		}
		if w := i.Wave; questionOf(i.Artefact) != nil {
			m.polls = append(m.polls, poll{d.id, w, i.Artefact})
		}
	}
	if d.kind == domain.NationalSession {
		own := ownQuestion(m.c, "").ref()
		o.Instruments, m.polls = append(o.Instruments, own), append(m.polls, poll{d.id, domain.SessionWave, own})
	}
	if c, ok := m.codes[d.chamber]; ok && d.chamber != domain.JointChamber {
		o.IssuedCodes, o.CodesCommitment = m.seats[d.chamber], c.root
	}
	m.do(m.c.acting(domain.HeadFacilitator, "head"), "open-session", o, string(m.id), string(d.id))
}

func (m *meeting) close(d session, checkedIn int) {
	m.do(m.c.acting(domain.HeadFacilitator, "head"), "close-session", domain.SessionClosed{
		Dialogue: m.id, Session: d.id, Minutes: max(1, d.minutes*m.chance.between(92, 112)/100), CheckedIn: checkedIn,
	}, string(m.id), string(d.id))
}

func questionOf(r domain.ArtefactRef) *question {
	for _, q := range questions {
		if q.id == r.ID {
			return q
		}
	}
	return nil
}
