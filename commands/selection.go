package commands

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/seal"
)

func selectionCommands() []Command {
	return []Command{
		define("announce-selection", "say how seats will be filled by lot, before anybody can know by whom", (*Service).AnnounceSelection),
		define("report-feasibility", "say whether any panel meets the quotas, and which changes would help", (*Service).ReportFeasibility),
		define("amend-quotas", "change quotas of a selection before its pool is sealed", (*Service).AmendQuotas),
		define("seal-selection", "fix pool and quotas of a selection", (*Service).SealSelection),
		define("pin-rounds", "name the rounds of the beacon that seed and draw", (*Service).PinRounds),
		define("observe-beacon", "bring in what the beacon said in a pinned round", (*Service).ObserveBeacon),
		define("build-lottery", "hold a selection to its panels and their certificate", (*Service).BuildLottery),
		define("commit-panels", "say where the panels are published", (*Service).CommitPanels),
		define("draw-panel", "draw one of the panels", (*Service).DrawPanel),
		define("answer-seat", "note what somebody who was drawn says to it", (*Service).AnswerSeat),
		define("void-selection", "end a selection that came to nothing", (*Service).VoidSelection),
	}
}

// AnnounceSelection says how seats will be filled. Lotteries are those of package sortition/lottery, and the beacon is drand's quicknet, or one that is declared to be synthetic.
func (s *Service) AnnounceSelection(ctx context.Context, by By, c domain.SelectionAnnounced) (Receipt, error) {
	if err := lots.CheckAnnounced(c); err != nil {
		return Receipt{}, err
	}
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	e := v.editionOf(d)
	if v.err != nil {
		return Receipt{}, v.err
	}
	return execute(v, by, domain.SortitionStream(c.Dialogue), d.Registered().Edition, c.Dialogue, func(st domain.SortitionState) ([]domain.Event, error) {
		return st.AnnounceSelection(c, d, e)
	})
}

// ReportFeasibility runs the command of that name.
func (s *Service) ReportFeasibility(ctx context.Context, by By, c domain.FeasibilityReported) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		return st.ReportFeasibility(c, d)
	})
}

// AmendQuotas runs the command of that name.
func (s *Service) AmendQuotas(ctx context.Context, by By, c domain.QuotasAmended) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		return st.AmendQuotas(c, d)
	})
}

// A Person in the pool of a selection: the id under which they would take part, their stratum in each dimension, 32 random bytes, and a keyed hash of where they live, which is absent
// where nobody else lives there. Who brings no salt gets one of the vault's, which goes when their data are erased. People stand in no event. Whoever seals a pool keeps its file, in secret:
// without it no lottery can be built or checked.
type Person struct {
	ID      domain.ParticipantID `json:"id"`
	Strata  map[string]string    `json:"strata"`
	Salt    domain.Digest        `json:"salt,omitzero"`
	Address domain.Digest        `json:"address,omitzero"`
}

// SealSelection fixes pool and quotas. The event bears the counts and the roots. Excluded counts people who asked to be in the pool and are not, by reason.
type SealSelection struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	People    []Person          `json:"people"`
	Excluded  map[string]int    `json:"excluded,omitempty"`
}

// SealSelection runs the command of that name.
func (s *Service) SealSelection(ctx context.Context, by By, c SealSelection) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		at, err := announced(st, c.Dialogue, c.Selection)
		if err != nil {
			return nil, err
		}
		decide := func(pool seal.Pool, as *domain.SelectionPoolSealed) ([]domain.Event, error) {
			sealed, err := lots.Seal(*at.Announced(), pool, c.Excluded)
			if err != nil {
				return nil, err
			}
			if as != nil {
				sealed.Pool, sealed.File = as.Pool, as.File
			}
			for _, p := range c.People {
				if st.Selected(p.ID) {
					return nil, domain.Reject(domain.ErrDuplicate, "%s was drawn before, and is not drawn again", p.ID)
				}
			}
			return st.SealSelection(sealed, d, now)
		}
		before, err := s.sealedBy(ctx, c.Dialogue, c.Selection)
		if err != nil {
			return nil, err
		}
		if was, is := before.Event.(domain.SelectionPoolSealed); is { // no salt is made again, nor one that was erased; what was erased cannot be compared, and the rest must be the same
			pool, gone, err := s.shown(ctx, before, *at.Announced(), c.People)
			switch {
			case err != nil && !errors.Is(err, domain.ErrCommitmentMismatch):
				return nil, err
			case gone:
				return decide(pool, &was)
			}
			return decide(pool, nil)
		}
		return s.sealPool(ctx, domain.NewEventID(by.Command, domain.SortitionStream(c.Dialogue), 0), *at.Announced(), c.People,
			func(pool seal.Pool) ([]domain.Event, error) { return decide(pool, nil) })
	})
}

// sealPool decides about a pool that is to be sealed, with salts where people bring none. What the event rests on is durable before it; what is refused leaves nothing in the vault.
func (s *Service) sealPool(ctx context.Context, event domain.EventID, a domain.SelectionAnnounced, people []Person, decide func(seal.Pool) ([]domain.Event, error)) ([]domain.Event, error) {
	pool, err := sealedPool(a, standIns(people))
	if err != nil {
		return nil, err
	}
	events, err := decide(pool)
	if err != nil || len(events) == 0 {
		return events, err
	}
	made := slices.ContainsFunc(people, unsalted)
	if made {
		if people, err = s.makeSalts(ctx, event, people); err != nil {
			return nil, err
		}
		if pool, err = sealedPool(a, people); err != nil {
			return nil, err
		}
	}
	if err := s.keepLeaves(ctx, event, a.Dialogue, pool.Leaves()); err != nil || !made {
		return events, err
	}
	return decide(pool)
}

// standIns are people with salts that only serve to decide whether the pool could be sealed.
func standIns(people []Person) []Person {
	people = slices.Clone(people)
	for i, p := range people {
		if unsalted(p) {
			people[i].Salt = sha256.Sum256(fmt.Append(nil, "stands in for a salt ", i))
		}
	}
	return people
}

// announced is the selection that was announced last.
func announced(st domain.SortitionState, id domain.DialogueID, number int) (domain.Selection, error) {
	at := st.Selection()
	if a := at.Announced(); a == nil || a.Selection != number {
		return at, domain.Reject(domain.ErrUnknownRef, "selection %d of dialogue %q is not the one that was announced last", number, id)
	}
	return at, nil
}

// sealedPool are people as package seal knows them.
func sealedPool(a domain.SelectionAnnounced, people []Person) (seal.Pool, error) {
	var pool seal.Pool
	for _, q := range a.Quotas {
		if !slices.Contains(pool.Categories, q.Dimension) {
			pool.Categories = append(pool.Categories, q.Dimension)
		}
	}
	for _, p := range people {
		if err := domain.CheckID("person", p.ID); err != nil {
			return pool, err
		}
		one := seal.Person{Pseudonym: string(p.ID), Salt: seal.Hash(p.Salt), Address: seal.Hash(p.Address)}
		for _, name := range pool.Categories {
			one.Values = append(one.Values, p.Strata[name])
		}
		if len(p.Strata) != len(pool.Categories) {
			return pool, domain.Reject(domain.ErrInvalidField, "%s has %d strata, and the quotas have %d dimensions", p.ID, len(p.Strata), len(pool.Categories))
		}
		pool.People = append(pool.People, one)
	}
	return pool, nil
}

// PinRounds names the rounds of the announced beacon.
type PinRounds struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	Build     int               `json:"build"`
	Draw      int               `json:"draw"`
}

// PinRounds runs the command of that name.
func (s *Service) PinRounds(ctx context.Context, by By, c PinRounds) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		return st.PinRounds(domain.RoundsPinned{Dialogue: c.Dialogue, Selection: c.Selection, Build: c.Build, Draw: c.Draw}, d, now)
	})
}

// ObserveBeacon brings in a round as the beacon's files have it. Missed says why it is the round that stands in for the pinned one.
type ObserveBeacon struct {
	Dialogue   domain.DialogueID `json:"dialogue"`
	Selection  int               `json:"selection"`
	Round      int               `json:"round"`
	Signature  string            `json:"signature"`
	Randomness domain.Digest     `json:"randomness"`
	Missed     string            `json:"missed,omitempty"`
}

// ObserveBeacon runs the command of that name. The signature is verified offline, with the key of the announced chain.
func (s *Service) ObserveBeacon(ctx context.Context, by By, c ObserveBeacon) (Receipt, error) {
	o := domain.BeaconObserved(c)
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		events, err := st.ObserveBeacon(o, d, now)
		if len(events) > 0 {
			err = lots.CheckRound(*st.Selection().Announced(), o)
		}
		if err != nil {
			return nil, err
		}
		return events, nil
	})
}

// BuildLottery brings in a lottery: the sealed people; the panels, each as the places of its members in the list of people, from 0; the people whom no panel has, by their places; and the
// multipliers of the certificate, by row. Everything is counted again in whole numbers.
type BuildLottery struct {
	Dialogue    domain.DialogueID `json:"dialogue"`
	Selection   int               `json:"selection"`
	People      []Person          `json:"people"`
	Panels      [][]int           `json:"panels"`
	Impossible  []int             `json:"impossible,omitempty"`
	Multipliers []int             `json:"multipliers"`
	BuildTime   int               `json:"buildTime,omitempty"`
}

// BuildLottery runs the command of that name.
func (s *Service) BuildLottery(ctx context.Context, by By, c BuildLottery) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		at, err := announced(st, c.Dialogue, c.Selection)
		if err != nil {
			return nil, err
		}
		if err := within(len(c.People), append(slices.Clone(c.Panels), c.Impossible)); err != nil {
			return nil, err
		}
		pool, count, err := s.counted(ctx, at, c)
		if err != nil {
			return nil, err
		}
		multipliers := make([]int64, len(c.Multipliers))
		for i, m := range c.Multipliers {
			multipliers[i] = int64(m)
		}
		built, err := count(at, pool, c.Panels, c.Impossible, multipliers)
		if err != nil {
			return nil, err
		}
		built.BuildTime = c.BuildTime
		events, err := st.BuildLottery(built, d)
		if err != nil || len(events) == 0 {
			return events, err
		}
		tickets, err := lots.Tickets(lots.Instance(*at.Announced(), pool), c.Panels)
		if err != nil {
			return nil, err
		}
		return events, s.keepLeaves(ctx, domain.NewEventID(by.Command, domain.SortitionStream(c.Dialogue), 0), c.Dialogue, tickets.Leaves())
	})
}

// counted gives the pool of a lottery, and how the lottery is counted. After an erasure no lottery is built from it any more; one that stands on the record is told again.
func (s *Service) counted(ctx context.Context, at domain.Selection, c BuildLottery) (pool seal.Pool, count func(domain.Selection, seal.Pool, [][]int, []int, []int64) (domain.LotteryBuilt, error), err error) {
	pool, gone, err := s.shownPool(ctx, at, c.People)
	if err != nil || !gone {
		return pool, lots.Lottery, err
	}
	built, err := s.ofSelection(ctx, c.Dialogue, func(e domain.Event) bool {
		b, is := e.(domain.LotteryBuilt)
		return is && b.Selection == c.Selection
	})
	if err == nil && built.Event == nil {
		err = domain.Reject(domain.ErrErased, "somebody of this pool is erased: no lottery can be built from it any more; void the selection")
	}
	return pool, lots.LotteryAgain, err
}

// within rejects places that are not those of people.
func within(people int, lists [][]int) error {
	for _, list := range lists {
		for _, i := range list {
			if i < 0 || i >= people {
				return domain.Reject(domain.ErrUnknownRef, "there is no person at place %d of %d", i, people)
			}
		}
	}
	return nil
}

// CommitPanels says that the panels of a lottery are public, and where. Panels is the root that the lottery is held to.
type CommitPanels struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	Panels    domain.Digest     `json:"panels"`
	URI       string            `json:"uri,omitempty"`
}

// CommitPanels runs the command of that name.
func (s *Service) CommitPanels(ctx context.Context, by By, c CommitPanels) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, now domain.Time) ([]domain.Event, error) {
		return st.CommitPanels(domain.PanelsCommitted{Dialogue: c.Dialogue, Selection: c.Selection, Panels: c.Panels, URI: c.URI}, d, now)
	})
}

// DrawPanel draws one of the panels. People and panels are those of the lottery. It is drawn after erasures too, so that nobody can undo a draw by one: the panels are committed to by ids,
// and the strata of whose data are erased are taken as they are brought; they need not be, unless the panel that is drawn has them.
type DrawPanel struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	People    []Person          `json:"people"`
	Panels    [][]int           `json:"panels"`
}

// DrawPanel runs the command of that name.
func (s *Service) DrawPanel(ctx context.Context, by By, c DrawPanel) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		at, err := announced(st, c.Dialogue, c.Selection)
		if err != nil {
			return nil, err
		}
		if at.Second() == nil {
			return nil, domain.Reject(domain.ErrPhaseClosed, "the second round is not observed")
		}
		pool, _, err := s.shownPool(ctx, at, c.People)
		if err != nil {
			return nil, err
		}
		if err := within(len(c.People), c.Panels); err != nil {
			return nil, err
		}
		if len(c.Panels) != at.Announced().Panels {
			return nil, domain.Reject(domain.ErrCommitmentMismatch, "%d panels were announced, and there are %d", at.Announced().Panels, len(c.Panels))
		}
		drawn := lots.Panel(at, pool, c.Panels)
		for _, p := range c.People {
			if len(p.Strata) == 0 && slices.Contains(drawn.Selected, p.ID) {
				return nil, domain.Reject(domain.ErrErased, "%s is erased and on the panel that is drawn: its counts need their strata; bring them, or void the selection", p.ID)
			}
		}
		if err := lots.CheckDrawn(at, drawn); err != nil {
			return nil, err
		}
		return st.DrawPanel(drawn, d)
	})
}

// AnswerSeat notes what somebody who was drawn says to it.
type AnswerSeat struct {
	Dialogue    domain.DialogueID    `json:"dialogue"`
	Selection   int                  `json:"selection"`
	Participant domain.ParticipantID `json:"participant"`
	Answer      domain.SeatAnswer    `json:"answer"`
}

// AnswerSeat runs the command of that name.
func (s *Service) AnswerSeat(ctx context.Context, by By, c AnswerSeat) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		return st.AnswerSeat(domain.SeatAnswered{Dialogue: c.Dialogue, Selection: c.Selection, Participant: c.Participant, Answer: c.Answer}, d)
	})
}

// VoidSelection runs the command of that name.
func (s *Service) VoidSelection(ctx context.Context, by By, c domain.SelectionVoided) (Receipt, error) {
	return s.inSortition(ctx, by, c.Dialogue, func(st domain.SortitionState, d domain.Dialogue, _ domain.Time) ([]domain.Event, error) {
		return st.VoidSelection(c, d)
	})
}
