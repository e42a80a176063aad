package verify

import (
	"context"
	"fmt"
	"path"
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/replay"
	"daybook.internal/sortition/seal"
)

// selections hold what is on record of draws by lot against the files that are not: the people of a pool, the panels, rounds of the beacon. That steps came in their order, and that rounds,
// seed, number and panel follow, the court decides from the record alone.
//
// A selection is looked at once the log is read to its end: files are read one selection at a time.
type selections struct {
	*runner
	states map[domain.StreamID]domain.SortitionState
	drawn  map[domain.StreamID][]domain.ParticipantID // everybody, in their order
	last   map[domain.StreamID]*lot
	lots   []*lot

	have, lack map[string]int // files that were there, and that were due, by the check that they are for
}

// A lot is one selection.
type lot struct {
	domain.Selection
	first  domain.SelectionAnnounced // before any amendment
	where  string
	stream domain.StreamID
	full   *lot                          // the one that filled all seats, where this one replaces people; nil where none is on record
	stay   []domain.ParticipantID        // who had a seat when it was announced
	before map[domain.ParticipantID]bool // who was drawn when it was announced, seat or no seat
	ended  domain.Selection              // what was known when it was void
	next   int                           // the selection after it, 0 where there is none
}

func (l *lot) dir() string {
	a := l.Announced()
	return path.Join(string(a.Dialogue), strconv.Itoa(a.Selection))
}

// due tells whether an auditor who has files must have those of this selection: nobody keeps those of one that came to nothing before anybody could know what it would draw.
func (l *lot) due() bool { return l.Voided() == nil || l.ended.Second() != nil }

func newSelections(r *runner) *selections {
	return &selections{
		runner: r, states: map[domain.StreamID]domain.SortitionState{}, drawn: map[domain.StreamID][]domain.ParticipantID{}, last: map[domain.StreamID]*lot{},
		have: map[string]int{}, lack: map[string]int{},
	}
}

func (s *selections) checks() []string {
	return []string{checkPools, checkPanels, checkLotteries, checkReplays, checkRounds}
}

func (s *selections) take(_ context.Context, b *batch) {
	for i := range b.facts {
		f := &b.facts[i]
		switch f.Event.(type) {
		case domain.SelectionAnnounced, domain.QuotasAmended, domain.SelectionPoolSealed, domain.RoundsPinned, domain.BeaconObserved, domain.LotteryBuilt, domain.PanelsCommitted,
			domain.PanelDrawn, domain.SeatAnswered, domain.SelectionVoided, domain.DrawExecuted:
			s.see(f)
		}
	}
}

func (s *selections) see(f *domain.Fact) {
	before := s.states[f.Stream]
	after := before.Evolve(f.Event)
	s.states[f.Stream] = after
	last := s.last[f.Stream]
	switch e := f.Event.(type) {
	case domain.SelectionAnnounced:
		next := &lot{first: e, where: nameOf(f), stream: f.Stream, before: map[domain.ParticipantID]bool{}}
		for _, id := range s.drawn[f.Stream] {
			if before.In(id) {
				next.stay = append(next.stay, id)
			}
			if before.Selected(id) {
				next.before[id] = true
			}
		}
		if last != nil {
			last.next = e.Selection
		}
		if len(e.Vacant) > 0 && last != nil {
			next.full = last
			if a := last.Announced(); last.Voided() != nil || a == nil || len(a.Vacant) > 0 {
				next.full = last.full
			}
		}
		s.last[f.Stream], s.lots = next, append(s.lots, next)
		last = next
	case domain.PanelDrawn:
		s.drawn[f.Stream] = append(s.drawn[f.Stream], e.Selected...)
	case domain.SelectionVoided:
		if last != nil && last.Voided() == nil {
			last.ended = before.Selection()
		}
	case domain.DrawExecuted:
		s.drawn[f.Stream] = append(s.drawn[f.Stream], e.Selected...)
	}
	if last != nil {
		last.Selection = after.Selection()
	}
}

func (s *selections) end(ctx context.Context, why string) {
	if why != "" {
		s.notDone(checkRounds, "%s", why)
		for _, c := range s.ofFiles() {
			if s.asked(c) {
				s.notDone(c, "%s", why)
			}
		}
		return
	}
	beacons := s.beacons()
	strata := map[domain.StreamID]map[domain.ParticipantID]map[string]string{} // of who was drawn, as pools have them
	for _, l := range s.lots {
		if ctx.Err() != nil {
			return
		}
		s.void(l)
		beacons.look(l)
		if s.Selections != nil && l.Announced() != nil && l.Sealed() != nil {
			if strata[l.stream] == nil {
				strata[l.stream] = map[domain.ParticipantID]map[string]string{}
			}
			s.files(ctx, l, strata[l.stream])
		}
	}
	beacons.end()
	for _, c := range s.ofFiles() {
		if s.asked(c) {
			s.conclude(c)
		}
	}
}

// ofFiles are the checks that need files.
func (s *selections) ofFiles() []string { return s.checks()[:4] }

// asked tells whether the auditor has brought what a check of files needs.
func (s *selections) asked(check string) bool {
	switch {
	case s.Selections == nil:
		s.notAsked(check, "no --selections was given")
	case check == checkReplays && !s.ReplayLotteries:
		s.notAsked(check, "no --replay-lotteries was given")
	default:
		return true
	}
	return false
}

// conclude says what a check of files came to.
func (s *selections) conclude(check string) {
	some := s.have[checkPools]+s.have[checkPanels] > 0
	switch have, lack := s.have[check], s.lack[check]; {
	case have == 0 && lack > 0 && some:
		s.notAsked(check, "none of the files that it needs is among those that were given")
	default:
		if lack > 0 {
			s.notDone(check, "the files of %d selections are missing", lack)
		}
		s.count(check, uint64(have))
		s.passed(check, "")
	}
}

// void tells of a selection that came to nothing when it could be known what it would draw.
func (s *selections) void(l *lot) {
	v := l.Voided()
	if v == nil || l.ended.First() == nil {
		return
	}
	round, known := l.ended.First().Round, "first"
	if l.ended.Second() != nil {
		round, known = l.ended.Second().Round, "second"
	}
	then := "no selection came after it"
	if l.next > 0 {
		then = fmt.Sprintf("selection %d came after it", l.next)
	}
	s.notice(NoticeVoid, l.where, "the selection was void after its %s round, %d, was known: %q, says %s; %s", known, round, v.Reason, v.By, then)
}

// files looks at the files of a selection. strata are those of people who were drawn before, and it adds the people of its own panel.
func (s *selections) files(ctx context.Context, l *lot, strata map[domain.ParticipantID]map[string]string) {
	find := func(check string, problems []string) {
		s.have[check]++
		for _, p := range problems {
			s.find(check, replay.SortitionWrong, l.where, "selection %d of %s: %s", l.Announced().Selection, l.Announced().Dialogue, p)
		}
	}
	pool, havePool := s.pool(l)
	if havePool {
		find(checkPools, lots.AuditPool(l.Selection, pool, l.before))
		if len(l.Announced().Vacant) > 0 {
			s.residual(l, strata)
		}
		if l.Drawn() != nil {
			keep(strata, pool, l.Drawn().Selected)
		}
	}
	if l.Built() == nil {
		return
	}
	panels, havePanels := s.panels(l)
	if havePanels {
		find(checkPanels, lots.AuditPanels(l.Selection, panels))
	}
	switch {
	case havePool && havePanels:
		find(checkLotteries, lots.AuditLottery(l.Selection, pool, panels))
	case l.due():
		s.lack[checkLotteries]++
	}
	if !s.ReplayLotteries {
		return
	}
	if !havePool {
		s.lack[checkReplays] += b2i(l.due())
		return
	}
	problems, err := lots.AuditReplay(l.Selection, pool, func(step string, done, total int) error {
		s.Doing(fmt.Sprintf("building lottery %d again: %s", s.have[checkReplays]+1, step), done, total) // no names: they go to a terminal
		return context.Cause(ctx)
	})
	if err != nil {
		s.notDone(checkReplays, "%s: %v", l.dir(), err)
	}
	find(checkReplays, problems)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// residual looks at the quotas of a selection that replaces people.
func (s *selections) residual(l *lot, strata map[domain.ParticipantID]map[string]string) {
	if l.full == nil || l.full.Announced() == nil {
		s.notDone(checkPools, "%s: no selection on record filled all seats, so that its quotas cannot be told", l.dir())
		return
	}
	var stay []map[string]string
	for _, id := range l.stay {
		if strata[id] == nil {
			s.notDone(checkPools, "%s: no pool that was given has %s, who stays, so that what is left open of the quotas cannot be told", l.dir(), id)
			return
		}
		stay = append(stay, strata[id])
	}
	for _, p := range lots.AuditResidual(l.first, *l.full.Announced(), stay) {
		s.find(checkPools, replay.SortitionWrong, l.where, "selection %d of %s: %s", l.Announced().Selection, l.Announced().Dialogue, p)
	}
}

// keep takes the strata of people from a pool.
func keep(strata map[domain.ParticipantID]map[string]string, pool seal.Pool, of []domain.ParticipantID) {
	drawn := make(map[string]bool, len(of))
	for _, id := range of {
		drawn[string(id)] = true
	}
	for _, p := range pool.People {
		if !drawn[p.Pseudonym] {
			continue
		}
		mine := make(map[string]string, len(pool.Categories))
		for c, name := range pool.Categories {
			mine[name] = p.Values[c]
		}
		strata[domain.ParticipantID(p.Pseudonym)] = mine
	}
}
