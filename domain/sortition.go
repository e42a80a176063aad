package domain

import (
	"crypto/sha256"
	"slices"
)

// SortitionStream is the stream of the recruitment and the draws of one dialogue.
func SortitionStream(d DialogueID) StreamID { return StreamName("sortition", string(d)) }

// SortitionState is the state of one sortition stream.
type SortitionState struct {
	reports    map[string]RecruitmentReported
	superseded map[string]bool // reports
	sealed     *PoolSealed
	committed  *DrawCommitted // the last one
	pending    bool           // committed, and not executed since
	seeds      map[Digest]bool
	executed   *DrawExecuted          // the last one
	people     map[ParticipantID]bool // everybody ever selected, and whether they are still in
	selection  Selection              // the last one
}

// Evolve folds one event.
func (s SortitionState) Evolve(ev Event) SortitionState {
	switch ev := ev.(type) {
	case RecruitmentReported:
		s.reports = with(s.reports, ev.Report, ev)
		if ev.Supersedes != "" {
			s.superseded = with(s.superseded, ev.Supersedes, true)
		}
	case PoolSealed:
		s.sealed = &ev
	case DrawCommitted:
		s.committed, s.pending, s.seeds = &ev, true, with(s.seeds, ev.Seed, true)
	case DrawExecuted:
		people := make(map[ParticipantID]bool, len(s.people)+len(ev.Selected))
		for id, in := range s.people {
			people[id] = in
		}
		for _, id := range ev.Leavers {
			people[id] = false
		}
		for _, id := range ev.Selected {
			people[id] = true
		}
		s.executed, s.pending, s.people = &ev, false, people
	case SelectionAnnounced, FeasibilityReported, QuotasAmended, SelectionPoolSealed, RoundsPinned, BeaconObserved, LotteryBuilt, PanelsCommitted:
		s.selection = s.selection.evolve(ev)
	case PanelDrawn, SeatAnswered, SelectionVoided:
		s.people, s.selection = s.seats(ev), s.selection.evolve(ev)
	}
	return s
}

// Sealed is the sealed pool, nil before it is sealed.
func (s SortitionState) Sealed() *PoolSealed { return s.sealed }

// Committed is the draw that is committed to and not executed yet, nil where there is none.
func (s SortitionState) Committed() *DrawCommitted {
	if !s.pending {
		return nil
	}
	return s.committed
}

// Rounds is how many draws were executed.
func (s SortitionState) Rounds() int {
	if s.executed == nil {
		return 0
	}
	return s.executed.Round
}

// Executed is the last draw that was executed, nil before there is one.
func (s SortitionState) Executed() *DrawExecuted { return s.executed }

// In tells whether somebody was drawn and has not left.
func (s SortitionState) In(id ParticipantID) bool { return s.people[id] }

// Selected tells whether somebody was ever drawn.
func (s SortitionState) Selected(id ParticipantID) bool {
	_, was := s.people[id]
	return was
}

// ReportRecruitment counts the people asked through one channel, or corrects such a report. Replaces of r is set here.
func (s SortitionState) ReportRecruitment(r RecruitmentReported, in Dialogue) ([]Event, error) {
	r.Replaces = nil
	err := first(CheckID("report", r.Report), CheckID("channel", r.Channel), r.From.Check(), r.To.Check(), r.Counts.check())
	have, known := s.reports[r.Report]
	have.Replaces = nil
	earlier, corrects := s.reports[r.Supersedes]
	switch to := in.Registered(); {
	case err != nil:
		return nil, err
	case known && same(have, r):
		return nil, nil
	case known:
		return nil, reject(ErrDuplicate, "report %s is there with other counts: a correction is a new report that supersedes it", r.Report)
	case to == nil || to.Dialogue != r.Dialogue:
		return nil, reject(ErrUnknownRef, "dialogue %q is not registered", r.Dialogue)
	case r.From == "" || r.To < r.From:
		return nil, reject(ErrInvalidField, "a report is about the days from one day to the same or a later one")
	case r.Supersedes == "":
		return []Event{r}, nil
	case !corrects || earlier.Channel != r.Channel:
		return nil, reject(ErrUnknownRef, "there is no report %s of channel %s", r.Supersedes, r.Channel)
	case s.superseded[r.Supersedes]:
		return nil, reject(ErrSuperseded, "report %s is superseded already: supersede the one in its place", r.Supersedes)
	}
	r.Replaces = &earlier.Counts
	return []Event{r}, nil
}

func (n Recruitment) check() error {
	if n.Invited < 0 || n.Reached < 0 || n.Refused < 0 || n.Ineligible < 0 || n.Accepted < 0 {
		return reject(ErrInvalidAnswer, "counts are not negative")
	}
	if n.Reached > n.Invited || n.Refused > n.Reached || n.Ineligible > n.Reached-n.Refused || n.Accepted > n.Reached-n.Refused-n.Ineligible {
		return reject(ErrInvalidAnswer, "who is reached was invited, and who refused, was ineligible or accepted was reached: %d, %d, %d + %d + %d",
			n.Invited, n.Reached, n.Refused, n.Ineligible, n.Accepted)
	}
	return nil
}

// SealPool fixes the pool, once. Who is in it stands in no event; its strata are counted in the order of the quota plan.
func (s SortitionState) SealPool(p PoolSealed, in Dialogue) ([]Event, error) {
	plan := in.QuotaPlan()
	switch to := in.Registered(); {
	case s.sealed != nil && same(*s.sealed, p):
		return nil, nil
	case s.sealed != nil:
		return nil, reject(ErrPoolSealed, "the pool is sealed already")
	case s.selection.announced != nil:
		return nil, reject(ErrPoolSealed, "a selection was announced: its pool is sealed by seal-selection")
	case to == nil || to.Dialogue != p.Dialogue:
		return nil, reject(ErrUnknownRef, "dialogue %q is not registered", p.Dialogue)
	case plan == nil:
		return nil, reject(ErrUnknownRef, "the dialogue has no quota plan: set it before the pool is sealed")
	case p.Pool == Digest{}:
		return nil, reject(ErrInvalidField, "a sealed pool has a root")
	case to.PlannedSize < 1 || p.Size < to.PlannedSize:
		return nil, reject(ErrQuotaInfeasible, "a pool of %d does not fill the planned %d seats", p.Size, to.PlannedSize)
	}
	err := plan.count(p.Strata, p.Size, func(stratum Stratum, n int) bool { return n >= stratum.Min })
	if err != nil {
		return nil, err
	}
	return []Event{p}, nil
}

// count rejects counts that are not those of the plan's dimensions and strata, in the plan's order, that do not sum up, or of which one is not enough.
func (q QuotaPlanSet) count(counts []DimensionCount, total int, enough func(Stratum, int) bool) error {
	if len(counts) != len(q.Dimensions) {
		return reject(ErrInvalidField, "the plan has %d dimensions, and %d are counted", len(q.Dimensions), len(counts))
	}
	for i, dim := range q.Dimensions {
		c, sum := counts[i], 0
		if c.Name != dim.Name || len(c.Strata) != len(dim.Strata) {
			return reject(ErrInvalidField, "dimension %s of the plan is not counted as it stands there", dim.Name)
		}
		for _, stratum := range dim.Strata {
			n, known := c.Strata[stratum.ID]
			switch {
			case !known || n < 0:
				return reject(ErrInvalidField, "dimension %s: stratum %s is not counted", dim.Name, stratum.ID)
			case !enough(stratum, n):
				return reject(ErrQuotaInfeasible, "dimension %s: %d people of stratum %s do not fit the quota of %d to %d", dim.Name, n, stratum.ID, stratum.Min, stratum.Max)
			}
			sum += n
		}
		if sum != total {
			return reject(ErrInvalidField, "dimension %s counts %d people, not %d", dim.Name, sum, total)
		}
	}
	return nil
}

// GivenUp is how long after the time of its randomness a draw that was committed to can still be executed only, and not be committed to anew. A day is
// enough to wait for a late source and to send a command again; after it, a source that gave nothing, or a pool without a panel, no longer bars the room.
const GivenUp = 24 * 60 * 60 * 1000

// CommitDraw fixes how the next draw will be made, at time now, before its public randomness exists. A draw that was committed to before and never executed
// can be given up; the record keeps it.
func (s SortitionState) CommitDraw(c DrawCommitted, in Dialogue, now Time) ([]Event, error) {
	switch {
	case s.committed != nil && same(*s.committed, c):
		return nil, nil
	case s.sealed == nil || s.sealed.Dialogue != c.Dialogue:
		return nil, reject(ErrPhaseClosed, "the pool of dialogue %q is not sealed", c.Dialogue)
	case in.Certified():
		return nil, reject(ErrFrozen, "the dialogue is certified: nobody is drawn any more")
	case s.pending && now < s.committed.Randomness.At+GivenUp:
		return nil, reject(ErrDuplicate, "a draw is committed to already: execute it, or give it up from %s on", s.committed.Randomness.At+GivenUp)
	case c.Algorithm.Name == "" || c.Algorithm.Version == "" || c.Seed == Digest{}:
		return nil, reject(ErrInvalidField, "a draw has an algorithm by name and version, and the digest of a seed")
	case s.seeds[c.Seed]:
		return nil, reject(ErrCommitmentMismatch, "the seed was committed to before: everybody may know it")
	case c.Randomness.Source == "" || c.Randomness.Round < 0:
		return nil, reject(ErrInvalidField, "public randomness has a source, and no negative round")
	case c.Randomness.At <= now:
		return nil, reject(ErrCommitmentMismatch, "the public randomness of %s is not in the future: somebody may know it", c.Randomness.At)
	}
	if err := c.Randomness.At.Check(); err != nil {
		return nil, err
	}
	return []Event{c}, nil
}

// Reveal rejects by ErrCommitmentMismatch unless a draw is committed to, seed is the one of its commitment, and its randomness may be known at time now.
func (s SortitionState) Reveal(seed, randomness Digest, now Time) error {
	switch {
	case !s.pending:
		return reject(ErrCommitmentMismatch, "no draw is committed to")
	case Digest(sha256.Sum256(seed[:])) != s.committed.Seed:
		return reject(ErrCommitmentMismatch, "the seed is not the one that was committed to")
	case now < s.committed.Randomness.At || randomness == Digest{}:
		return reject(ErrCommitmentMismatch, "the public randomness does not exist before %s", s.committed.Randomness.At)
	}
	return nil
}

// ExecuteDraw says who was drawn, at time now. That the algorithm gives these people can be checked by whoever has the pool.
func (s SortitionState) ExecuteDraw(e DrawExecuted, in Dialogue, now Time) ([]Event, error) {
	plan := in.QuotaPlan()
	switch {
	case s.executed != nil && same(*s.executed, e):
		return nil, nil
	case in.Registered() == nil || in.Registered().Dialogue != e.Dialogue || plan == nil:
		return nil, reject(ErrUnknownRef, "dialogue %q is not registered, or has no quota plan", e.Dialogue)
	case in.Certified():
		return nil, reject(ErrFrozen, "the dialogue is certified: nobody is drawn any more")
	}
	if err := s.Reveal(e.Seed, e.Randomness, now); err != nil {
		return nil, err
	}
	if e.Round != s.Rounds()+1 {
		return nil, reject(ErrInvalidField, "the next round is %d, not %d", s.Rounds()+1, e.Round)
	}
	if err := s.checkPeople(e, in.Registered().PlannedSize); err != nil {
		return nil, err
	}
	if e.Attempts < 1 {
		return nil, reject(ErrInvalidField, "a draw takes at least one attempt")
	}
	err := plan.count(e.Quota, in.Registered().PlannedSize, func(stratum Stratum, n int) bool { return stratum.Min <= n && n <= stratum.Max })
	if err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

// checkPeople rejects a draw that does not fill the free seats with new people: in round 1 all seats, later those of the leavers.
func (s SortitionState) checkPeople(e DrawExecuted, size int) error {
	free := size
	if e.Round > 1 {
		free = len(e.Leavers)
	}
	if e.Round == 1 && len(e.Leavers) > 0 {
		return reject(ErrInvalidField, "nobody leaves before the first draw")
	}
	for i, id := range e.Leavers {
		if !s.In(id) || slices.Contains(e.Leavers[:i], id) {
			return reject(ErrUnknownRef, "%s is not in, so cannot leave", id)
		}
	}
	if len(e.Selected) != free || free == 0 {
		return reject(ErrQuotaInfeasible, "%d people are selected for %d free seats", len(e.Selected), free)
	}
	for i, id := range e.Selected {
		if err := CheckID("participant", id); err != nil {
			return err
		}
		if s.Selected(id) || slices.Contains(e.Selected[:i], id) {
			return reject(ErrDuplicate, "%s was selected before", id)
		}
	}
	return nil
}
