package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// panelsFor is how many panels a lottery has: fewer in large rooms, as this is no draw of people.
func panelsFor(citizens int) int {
	if citizens > 150 {
		return 50
	}
	return 200
}

// source is the beacon of a synthetic edition. Whoever has the seed knows it.
func (s *script) source() beacon.Source {
	return beacon.Synthetic("synthetic", digest(s.o.Seed, "beacon chain"), time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC).Unix(), 3)
}

// A selection is a draw by lot on its way.
type selection struct {
	nth       int // of the country
	c         country
	pool      []*person
	people    []commands.Person
	sealed    seal.Pool
	announced domain.SelectionAnnounced
	panels    [][]int
	rounds    commands.PinRounds
	seats     []*person // of those who are in already
}

func (x *selection) about() []string {
	return []string{string(x.c.dialogue()), "selection", strconv.Itoa(x.announced.Selection)}
}

// selects tells whether the i-th country draws by a lottery over panels: every one does that draws at all.
func (s *script) selects(i int) bool { return !s.byQuota(i) && !s.o.Walks }

// first prepares the first selection of a country. In some, quotas are amended; in some, it is voided and announced anew.
func (s *script) first(i int, c country, pool []*person) *selection {
	x := &selection{nth: i, c: c, pool: pool, announced: s.announcement(c, 1)}
	for _, d := range s.quotaPlan(c).Dimensions {
		for _, st := range d.Strata {
			x.announced.Quotas = append(x.announced.Quotas, domain.SeatQuota{Dimension: d.Name, Stratum: st.ID, Min: st.Min, Max: st.Max, LeastMin: max(0, st.Min-1), MostMax: st.Max + 1})
		}
	}
	if i%4 == 3 {
		s.announce(x)
		s.do(c.acting(domain.Recruiter, "recruiter"), "void-selection", domain.SelectionVoided{
			Dialogue: c.dialogue(), Selection: 1, Reason: "one of the lists came late", By: "recruiter",
		}, x.about()...)
		x.announced.Selection = 2
	}
	s.prepare(x, i%4 == 0)
	return x
}

// announcement has everything but the quotas.
func (s *script) announcement(c country, number int) domain.SelectionAnnounced {
	return domain.SelectionAnnounced{
		Dialogue: c.dialogue(), Selection: number, Size: s.o.Citizens, Address: "the same household", Objective: string(lottery.Leximin), Algorithm: lots.Algorithm(),
		Panels: panelsFor(s.o.Citizens), Beacon: lots.Declare(s.source().Chain, true), BuildAfter: domain.LeastBuildAfter, DrawAfter: domain.LeastDrawAfter, Fallback: 1200,
	}
}

func (s *script) announce(x *selection) {
	s.do(x.c.acting(domain.Recruiter, "recruiter"), "announce-selection", x.announced, x.about()...)
}

// prepare announces a selection and takes it to its panels.
func (s *script) prepare(x *selection, amend bool) {
	who := x.c.acting(domain.Recruiter, "recruiter")
	s.announce(x)
	id, number := x.c.dialogue(), x.announced.Selection
	feasible := domain.FeasibilityReported{Dialogue: id, Selection: number, People: len(x.pool), Feasible: true}
	if amend {
		wider := x.announced.Quotas[0]
		wider.Max++
		feasible.Suggestions = []domain.SeatQuota{wider}
		x.announced.Quotas = slices.Concat([]domain.SeatQuota{wider}, x.announced.Quotas[1:])
	}
	s.do(who, "report-feasibility", feasible, x.about()...)
	if amend {
		s.do(who, "amend-quotas", domain.QuotasAmended{
			Dialogue: id, Selection: number, Changes: feasible.Suggestions, Reason: "a seat more makes the smallest chance greater", ApprovedBy: "committee",
		}, x.about()...)
		feasible.Suggestions = nil
		s.do(who, "report-feasibility", feasible, append(x.about(), "amended")...)
	}
	s.gather(x)
	s.do(who, "seal-selection", commands.SealSelection{Dialogue: id, Selection: number, People: x.people}, x.about()...)
	source := s.source()
	build := source.From(s.now.Std().Add(11 * time.Minute))
	draw := source.From(source.Time(build).Add(25 * time.Hour))
	x.rounds = commands.PinRounds{Dialogue: id, Selection: number, Build: int(build), Draw: int(draw)}
	s.do(who, "pin-rounds", x.rounds, x.about()...)
	s.wait(12 * time.Minute)
	s.observe(x, who, build)
	if s.stopped {
		return
	}
	l, root, err := s.lottery(x, source.Round(build))
	if err != nil {
		s.fail(fmt.Errorf("the lottery of %s: %w; take another seed", x.c.name, err))
		return
	}
	multipliers := make([]int, len(l.Certificate.Multipliers))
	for i, m := range l.Certificate.Multipliers {
		multipliers[i] = int(m)
	}
	x.panels = l.Panels
	s.do(who, "build-lottery", commands.BuildLottery{
		Dialogue: id, Selection: number, People: x.people, Panels: l.Panels, Impossible: l.Impossible, Multipliers: multipliers,
	}, x.about()...)
	s.do(who, "commit-panels", commands.CommitPanels{
		Dialogue: id, Selection: number, Panels: root, URI: fmt.Sprintf("https://synthetic.example/panels/%s/%d", id, number),
	}, x.about()...)
}

// gather makes a pool. One person in twenty-five lives with the next one.
func (s *script) gather(x *selection) {
	q := lots.Quotas(x.announced)
	x.sealed = seal.Pool{Categories: lottery.Instance{Quotas: q.Quotas}.Categories()}
	for n, p := range x.pool {
		strata := p.strata.byName()
		salt, home := digest(s.o.Seed, "salt", string(x.c.place), string(p.id)), domain.Digest{}
		if n%25 < 2 {
			home = s.digest("household", string(x.c.place), strconv.Itoa(n/25))
		}
		one := seal.Person{Pseudonym: string(p.id), Salt: salt, Address: seal.Hash(home)}
		for _, name := range x.sealed.Categories {
			one.Values = append(one.Values, strata[name])
		}
		x.sealed.People = append(x.sealed.People, one)
		x.people = append(x.people, commands.Person{ID: p.id, Strata: strata, Salt: salt, Address: home})
	}
}

func (s *script) observe(x *selection, who domain.Actor, round uint64) {
	r := s.source().Round(round)
	s.do(who, "observe-beacon", commands.ObserveBeacon{
		Dialogue: x.c.dialogue(), Selection: x.announced.Selection, Round: int(round), Signature: fmt.Sprintf("%x", r.Signature), Randomness: r.Randomness(),
	}, append(x.about(), strconv.FormatUint(round, 10))...)
}

// lottery builds the lottery that the first round seeds.
func (s *script) lottery(x *selection, r beacon.Round) (*lottery.Lottery, domain.Digest, error) {
	sealed, err := lots.Seal(x.announced, x.sealed, nil)
	if err != nil {
		return nil, domain.Digest{}, err
	}
	seed := lots.Seed(sealed, domain.BeaconObserved{Randomness: r.Randomness()})
	in := lots.Instance(x.announced, x.sealed)
	l, err := lottery.Build(in, lots.Options(x.announced, seed), nil)
	if err != nil {
		return nil, domain.Digest{}, err
	}
	return l, lots.Root(in, l.Panels), nil
}

// finish draws a panel, and everybody on it answers. In some countries one declines and one withdraws; then a selection replaces them.
func (s *script) finish(x *selection, again func(*selection)) (drawn []*person) {
	if s.stopped {
		return nil
	}
	who, source, round := x.c.acting(domain.Recruiter, "recruiter"), s.source(), uint64(x.rounds.Draw)
	s.now = max(s.now, domain.TimeOf(source.Time(round)))
	s.observe(x, who, round)
	s.do(who, "draw-panel", commands.DrawPanel{Dialogue: x.c.dialogue(), Selection: x.announced.Selection, People: x.people, Panels: x.panels}, x.about()...)
	for _, i := range x.panels[lots.Index(x.announced, domain.BeaconObserved{Randomness: source.Round(round).Randomness()})] {
		drawn = append(drawn, x.pool[i])
	}
	answer := func(p *person, a domain.SeatAnswer) {
		s.do(who, "answer-seat", commands.AnswerSeat{Dialogue: x.c.dialogue(), Selection: x.announced.Selection, Participant: p.id, Answer: a}, append(x.about(), string(p.id), string(a))...)
	}
	leave := 0
	if x.nth%4 == 2 && len(x.announced.Vacant) == 0 {
		leave = 2
	}
	for n, p := range drawn {
		if n == 0 && leave > 0 {
			answer(p, domain.SeatDeclined)
			continue
		}
		answer(p, domain.SeatAccepted)
	}
	if leave > 0 {
		answer(drawn[1], domain.SeatWithdrawn)
		again(s.replacement(x, drawn[:leave], drawn[leave:]))
	}
	return slices.Concat(x.seats, drawn[leave:])
}

// replacement prepares the selection of people in the place of those who left.
func (s *script) replacement(x *selection, left, stay []*person) *selection {
	next := &selection{nth: x.nth, c: x.c, seats: stay, announced: s.announcement(x.c, x.announced.Selection+1)}
	next.announced.Size, next.announced.Vacant = len(left), idsOf(left)
	for _, q := range x.announced.Quotas {
		for _, p := range stay {
			if p.strata.byName()[q.Dimension] == q.Stratum {
				q.Min, q.Max = max(0, q.Min-1), q.Max-1
			}
		}
		q.LeastMin, q.MostMax = q.Min, q.Max
		next.announced.Quotas = append(next.announced.Quotas, q)
	}
	for _, p := range x.pool {
		if !slices.Contains(left, p) && !slices.Contains(stay, p) {
			next.pool = append(next.pool, p)
		}
	}
	return next
}
