package projections

import "daybook.internal/domain"

// SelectionDoc is one draw by lot over panels, as far as it has come.
type SelectionDoc struct {
	Selection   int                       `json:"selection"`
	Size        int                       `json:"size"`
	Replaces    int                       `json:"replaces,omitempty"` // people; absent: it fills the room
	Panels      int                       `json:"panels"`
	Beacon      string                    `json:"beacon"`
	Synthetic   bool                      `json:"synthetic,omitempty"` // the maker of the beacon knows its rounds
	AnnouncedAt domain.Time               `json:"announcedAt"`
	Feasible    *bool                     `json:"feasible,omitempty"` // whether some panel meets the quotas, as last reported
	Amended     int                       `json:"amended,omitempty"`  // quotas that were amended
	People      int                       `json:"people,omitempty"`   // people in the pool
	Types       int                       `json:"types,omitempty"`
	SealedAt    *domain.Time              `json:"sealedAt,omitempty"`
	Rounds      []PinnedRound             `json:"rounds,omitempty"`
	Fewest      int                       `json:"fewest,omitempty"` // tickets of those who are on any panel
	Most        int                       `json:"most,omitempty"`
	Impossible  int                       `json:"impossible,omitempty"` // people who are in no panel that meets the quotas
	Bound       *domain.Ratio             `json:"bound,omitempty"`      // no lottery gives everybody a greater chance
	CommittedAt *domain.Time              `json:"committedAt,omitempty"`
	Index       *int                      `json:"index,omitempty"` // of the panel that was drawn, from 0
	DrawnAt     *domain.Time              `json:"drawnAt,omitempty"`
	Drawn       int                       `json:"drawn,omitempty"`   // people who were drawn
	Strata      []domain.DimensionCount   `json:"strata,omitempty"`  // of the people who were drawn
	Answers     map[domain.SeatAnswer]int `json:"answers,omitempty"` // people by their last answer
	VoidedAt    *domain.Time              `json:"voidedAt,omitempty"`
	Reason      string                    `json:"reason,omitempty"` // why it came to nothing
}

// PinnedRound is a round of the beacon: when it was due, and what it said.
type PinnedRound struct {
	Round      int            `json:"round"`
	DueAt      domain.Time    `json:"dueAt"`
	Observed   int            `json:"observed,omitempty"` // the round itself, or the one that stands in for it
	Randomness *domain.Digest `json:"randomness,omitempty"`
}

// selection folds a step of a selection. Pool and its strata are those of the selection that fills the room; DrawnStrata are all who were drawn by selections that are not void, those who
// gave their seat back among them.
func (d *RecruitmentDoc) selection(f *Fact) {
	at := f.Meta.Time
	if e, ok := f.Event.(domain.SelectionAnnounced); ok {
		d.Selections = append(d.Selections, SelectionDoc{
			Selection: e.Selection, Size: e.Size, Replaces: len(e.Vacant), Panels: e.Panels, Beacon: e.Beacon.Name, Synthetic: e.Beacon.Synthetic, AnnouncedAt: at,
		})
		return
	}
	if len(d.Selections) == 0 { // no decision writes that, and a fold does not rest on it
		d.Selections = append(d.Selections, SelectionDoc{})
	}
	last := &d.Selections[len(d.Selections)-1]
	switch e := f.Event.(type) {
	case domain.FeasibilityReported:
		last.Feasible = &e.Feasible
	case domain.QuotasAmended:
		last.Amended += len(e.Changes)
	case domain.SelectionPoolSealed:
		last.People, last.Types, last.SealedAt = e.People, e.Types, &at
		if last.Replaces == 0 {
			d.Pool, d.PoolStrata = e.People, e.Strata
		}
	case domain.RoundsPinned:
		last.Rounds = []PinnedRound{{Round: e.Build, DueAt: e.BuildAt}, {Round: e.Draw, DueAt: e.DrawAt}}
	case domain.BeaconObserved:
		for i := range last.Rounds {
			if r := &last.Rounds[i]; r.Observed == 0 {
				r.Observed, r.Randomness = e.Round, &e.Randomness
				break
			}
		}
	case domain.LotteryBuilt:
		last.Fewest, last.Most, last.Impossible, last.Bound = e.Fewest, e.Most, len(e.Impossible), &e.Bound
	case domain.PanelsCommitted:
		last.CommittedAt = &at
	case domain.PanelDrawn:
		last.Index, last.DrawnAt, last.Drawn, last.Strata = &e.Index, &at, len(e.Selected), e.Quota
		d.Drawn += len(e.Selected)
		d.sumStrata()
	case domain.SeatAnswered:
		d.byNumber(e.Selection).answer(e)
		if e.Answer != domain.SeatAccepted {
			d.Drawn--
		}
	case domain.SelectionVoided:
		last.VoidedAt, last.Reason = &at, e.Reason
		if last.DrawnAt != nil { // everybody who was drawn has no seat any more
			d.Drawn -= last.Drawn - last.Answers[domain.SeatDeclined] - last.Answers[domain.SeatWithdrawn]
			d.sumStrata()
		}
	}
}

// byNumber is the selection of that number, or the last one.
func (d *RecruitmentDoc) byNumber(n int) *SelectionDoc {
	for i := range d.Selections {
		if d.Selections[i].Selection == n {
			return &d.Selections[i]
		}
	}
	return &d.Selections[len(d.Selections)-1]
}

func (s *SelectionDoc) answer(e domain.SeatAnswered) {
	if s.Answers == nil {
		s.Answers = map[domain.SeatAnswer]int{}
	}
	s.Answers[e.Answer]++
	if s.Answers[e.Replaces]--; s.Answers[e.Replaces] <= 0 {
		delete(s.Answers, e.Replaces)
	}
}

func (d *RecruitmentDoc) sumStrata() {
	d.DrawnStrata = []domain.DimensionCount{}
	for _, s := range d.Selections {
		if s.DrawnAt != nil && s.VoidedAt == nil {
			d.DrawnStrata = plusStrata(d.DrawnStrata, s.Strata)
		}
	}
}

// plusStrata adds counts of the same dimensions, or gives the second ones where there were none.
func plusStrata(counts, more []domain.DimensionCount) []domain.DimensionCount {
	sum := make([]domain.DimensionCount, len(more))
	for i, c := range more {
		sum[i] = domain.DimensionCount{Name: c.Name, Strata: map[string]int{}}
		for id, n := range c.Strata {
			sum[i].Strata[id] = n
		}
		if i < len(counts) && counts[i].Name == c.Name {
			for id, n := range counts[i].Strata {
				sum[i].Strata[id] += n
			}
		}
	}
	return sum
}
