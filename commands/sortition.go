package commands

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/sortition"
)

func sortitionCommands() []Command {
	return []Command{
		define("report-recruitment", "count the people asked through one channel", (*Service).ReportRecruitment),
		define("seal-pool", "fix the pool before anybody can know the draw", (*Service).SealPool),
		define("commit-draw", "fix how a draw will be made, before its public randomness exists", (*Service).CommitDraw),
		define("execute-draw", "draw people from the sealed pool", (*Service).ExecuteDraw),
	}
}

// ReportRecruitment counts the people asked through one channel. What it supersedes is an earlier report of the channel, which it corrects.
type ReportRecruitment struct {
	Dialogue   domain.DialogueID  `json:"dialogue"`
	Report     string             `json:"report"`
	Channel    string             `json:"channel"`
	Counts     domain.Recruitment `json:"counts"`
	From       domain.Date        `json:"from"`
	To         domain.Date        `json:"to"`
	Supersedes string             `json:"supersedes,omitempty"`
}

// ReportRecruitment runs the command of that name.
func (s *Service) ReportRecruitment(ctx context.Context, by By, c ReportRecruitment) (Receipt, error) {
	r := domain.RecruitmentReported{Dialogue: c.Dialogue, Report: c.Report, Channel: c.Channel, Counts: c.Counts, From: c.From, To: c.To, Supersedes: c.Supersedes}
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		return st.ReportRecruitment(r, d)
	})
}

// A Candidate is somebody in the pool of a dialogue: the id under which the person would take part, the stratum in each dimension of the quota plan, and 32
// random bytes. Candidates stand in no event and in no vault. Whoever seals a pool keeps its file, in secret: without it no draw can be executed or checked.
type Candidate struct {
	ID     domain.ParticipantID `json:"id"`
	Strata map[string]string    `json:"strata"`
	Salt   domain.Digest        `json:"salt"`
}

// SealPool fixes the pool of a dialogue. The event bears the size, the counts and the Merkle root of the candidates, see sortition.Seal.
type SealPool struct {
	Dialogue   domain.DialogueID `json:"dialogue"`
	Candidates []Candidate       `json:"candidates"`
}

// SealPool runs the command of that name.
func (s *Service) SealPool(ctx context.Context, by By, c SealPool) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		pool, err := poolOf(c.Candidates)
		if err != nil {
			return nil, err
		}
		strata, err := countStrata(pool, d.QuotaPlan())
		if err != nil {
			return nil, err
		}
		return st.SealPool(domain.PoolSealed{Dialogue: c.Dialogue, Size: len(pool), Pool: sortition.Seal(pool), Strata: strata}, d)
	})
}

// CommitDraw fixes how a draw will be made. Its seed is the SHA-256 of 32 random bytes, which stay secret until the draw; its algorithm is
// sortition.Algorithm in sortition.Version with the parameter maxAttempts.
func (s *Service) CommitDraw(ctx context.Context, by By, c domain.DrawCommitted) (Receipt, error) {
	if _, err := maxDrawAttempts(c.Algorithm); err != nil {
		return Receipt{}, err
	}
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		return st.CommitDraw(c, d, now)
	})
}

// ExecuteDraw draws people from the sealed pool. Seed is revealed, randomness is the public value; leavers are those whom a later round replaces.
// Selected, where it is given, is whom the sender takes for drawn: others are a rejection.
type ExecuteDraw struct {
	Dialogue   domain.DialogueID      `json:"dialogue"`
	Candidates []Candidate            `json:"candidates"`
	Seed       domain.Digest          `json:"seed"`
	Randomness domain.Digest          `json:"randomness"`
	Leavers    []domain.ParticipantID `json:"leavers,omitempty"`
	Selected   []domain.ParticipantID `json:"selected,omitempty"`
}

// ExecuteDraw runs the command of that name.
func (s *Service) ExecuteDraw(ctx context.Context, by By, c ExecuteDraw) (Receipt, error) {
	pool, err := poolOf(c.Candidates)
	if err != nil {
		return Receipt{}, err
	}
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		sealed := st.Sealed()
		if sealed == nil || sealed.Pool != sortition.Seal(pool) {
			return nil, domain.Reject(domain.ErrCommitmentMismatch, "these candidates are not the sealed pool of dialogue %s", c.Dialogue)
		}
		if last := st.Executed(); last != nil && last.Seed == c.Seed && last.Randomness == c.Randomness && slices.Equal(last.Leavers, c.Leavers) {
			return nil, c.checkSelected(last.Selected)
		}
		if err := st.Reveal(c.Seed, c.Randomness, now); err != nil {
			return nil, err
		}
		e, err := c.draw(pool, st, d)
		if err != nil {
			return nil, err
		}
		events, err := st.ExecuteDraw(e, d, now)
		if err == nil {
			err = c.checkSelected(e.Selected)
		}
		if err != nil {
			return nil, err
		}
		return events, nil
	})
}

func (c ExecuteDraw) checkSelected(drawn []domain.ParticipantID) error {
	if given := slices.Sorted(slices.Values(c.Selected)); len(given) > 0 && !slices.Equal(given, drawn) {
		return domain.Reject(domain.ErrCommitmentMismatch, "the draw gives other people than the %d that were sent", len(given))
	}
	return nil
}

// draw runs the draw that was committed to. st and d are as they stand before it.
func (c ExecuteDraw) draw(pool []sortition.Candidate, st domain.SortitionState, d domain.Dialogue) (domain.DrawExecuted, error) {
	e := domain.DrawExecuted{Dialogue: c.Dialogue, Round: st.Rounds() + 1, Seed: c.Seed, Randomness: c.Randomness, Leavers: c.Leavers}
	attempts, err := maxDrawAttempts(st.Committed().Algorithm)
	if err != nil {
		return e, err
	}
	var candidates, panel []sortition.Candidate
	for _, who := range pool {
		switch id := domain.ParticipantID(who.ID); {
		case !st.Selected(id):
			candidates = append(candidates, who)
		case st.In(id) && !slices.Contains(c.Leavers, id):
			panel = append(panel, who)
		}
	}
	key := sortition.Key(c.Seed, c.Randomness, string(c.Dialogue), e.Round)
	selected, n, err := sortition.Draw(candidates, quotas(d.QuotaPlan()), d.Registered().PlannedSize, key, panel, attempts)
	if errors.Is(err, sortition.ErrInfeasible) {
		return e, domain.Reject(domain.ErrQuotaInfeasible, "%v", err)
	}
	if err != nil {
		return e, err
	}
	e.Attempts = n
	for _, who := range candidates {
		if _, drawn := slices.BinarySearch(selected, who.ID); drawn {
			panel = append(panel, who)
		}
	}
	for _, id := range selected {
		e.Selected = append(e.Selected, domain.ParticipantID(id))
	}
	e.Quota, err = countStrata(panel, d.QuotaPlan())
	return e, err
}

// maxDrawAttempts is the parameter of the one algorithm that there is.
func maxDrawAttempts(a domain.Algorithm) (int, error) {
	n, err := strconv.Atoi(a.Params["maxAttempts"])
	if a.Name != sortition.Algorithm || a.Version != sortition.Version || len(a.Params) != 1 || err != nil || n < 1 || n > sortition.MostAttempts {
		return 0, domain.Reject(domain.ErrInvalidField, "the algorithm is %q version %q with the parameter maxAttempts from 1 to %d", sortition.Algorithm, sortition.Version, sortition.MostAttempts)
	}
	return n, nil
}

// poolOf rejects candidates that nobody could tell apart or hide: without an id, or without a salt of their own.
func poolOf(candidates []Candidate) ([]sortition.Candidate, error) {
	pool, salts := make([]sortition.Candidate, len(candidates)), make(map[domain.Digest]bool, len(candidates))
	for i, c := range candidates {
		if err := domain.CheckID("candidate", c.ID); err != nil {
			return nil, err
		}
		if (c.Salt == domain.Digest{}) || salts[c.Salt] {
			return nil, domain.Reject(domain.ErrInvalidField, "candidate %s has no salt, or that of another one", c.ID)
		}
		salts[c.Salt] = true
		pool[i] = sortition.Candidate{ID: string(c.ID), Strata: c.Strata, Salt: c.Salt}
	}
	return pool, nil
}

// quotas are those of a plan.
func quotas(plan *domain.QuotaPlanSet) (all []sortition.Quota) {
	if plan == nil {
		return nil
	}
	for _, d := range plan.Dimensions {
		for _, stratum := range d.Strata {
			all = append(all, sortition.Quota{Dimension: d.Name, Stratum: stratum.ID, Min: stratum.Min, Max: stratum.Max})
		}
	}
	return all
}

// countStrata counts people in the dimensions of a plan, in its order.
func countStrata(people []sortition.Candidate, plan *domain.QuotaPlanSet) (counted []domain.DimensionCount, err error) {
	if plan == nil {
		return nil, domain.Reject(domain.ErrUnknownRef, "the dialogue has no quota plan: set it before the pool is sealed")
	}
	counts, err := sortition.Count(people, quotas(plan))
	if err != nil {
		return nil, domain.Reject(domain.ErrInvalidField, "%v", err)
	}
	for _, d := range plan.Dimensions {
		counted = append(counted, domain.DimensionCount{Name: d.Name, Strata: counts[d.Name]})
	}
	return counted, nil
}

// inSortition decides in the sortition of a dialogue, at the time that the command is stamped with. A command that is sent again is decided at the time
// of the first one, as what lay in the future then may not any more.
func (s *Service) inSortition(ctx context.Context, by By, id domain.DialogueID, decide func(domain.SortitionState, domain.Dialogue, domain.Time) ([]domain.Event, error)) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(id))()
	d := v.dialogue(id)
	if v.err != nil {
		return Receipt{}, v.err
	}
	stream := domain.SortitionStream(id)
	meta := s.meta(by, d.Registered().Edition, id, v.observed...)
	now, err := s.firstSent(ctx, by, stream, meta.Time)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, stream, meta, func(st domain.SortitionState) ([]domain.Event, error) { return decide(st, d, now) })
}

// firstSent is when a command was stamped that has written to stream already, and now for any other.
func (s *Service) firstSent(ctx context.Context, by By, stream domain.StreamID, now domain.Time) (domain.Time, error) {
	id := domain.NewEventID(by.Command, stream, 0)
	for r, err := range s.Ledger.Stream(ctx, stream, 0) {
		if err != nil {
			return 0, err
		}
		if r.ID == id {
			f, err := r.Decode()
			return f.Meta.Time, err
		}
	}
	return now, nil
}
