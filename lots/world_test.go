package lots_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// source is a beacon whose rounds are known here.
var source = beacon.Synthetic("rehearsal", [32]byte{1}, time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC).Unix(), 3)

// world is one selection of four out of sixteen people, as it goes.
type world struct {
	announced domain.SelectionAnnounced
	pool      seal.Pool
	panels    [][]int
	list      seal.Panels

	sealed        domain.SelectionPoolSealed
	first, second domain.BeaconObserved
	built         domain.LotteryBuilt
	drawn         domain.PanelDrawn
}

func observed(number int) domain.BeaconObserved {
	r := source.Round(uint64(number))
	return domain.BeaconObserved{Dialogue: "dl_KE", Selection: 1, Round: number, Signature: fmt.Sprintf("%x", r.Signature), Randomness: r.Randomness()}
}

// people are n of them: every third is old, every other one is from a town, and two in eight live together.
func people(n int) (pool seal.Pool) {
	pool.Categories = []string{"age", "settlement"}
	for i := range n {
		p := seal.Person{Pseudonym: fmt.Sprintf("pa_%02d", i), Salt: sha256.Sum256(fmt.Append(nil, "salt ", i)), Values: []string{[]string{"old", "young", "young"}[i%3], []string{"town", "country"}[i%2]}}
		if i%8 < 2 {
			p.Address = sha256.Sum256(fmt.Append(nil, "address ", i/8))
		}
		pool.People = append(pool.People, p)
	}
	return pool
}

// sketch is everything up to the first round.
func sketch(t testing.TB) *world {
	t.Helper()
	w := &world{
		pool: people(16), first: observed(1000), second: observed(40_000),
		announced: domain.SelectionAnnounced{
			Dialogue: "dl_KE", Selection: 1, Size: 4, Objective: string(lottery.Leximin), Algorithm: lots.Algorithm(), Panels: 40, Beacon: lots.Declare(source.Chain, true), Fallback: 1200,
			Quotas: []domain.SeatQuota{
				{Dimension: "age", Stratum: "young", Min: 2, Max: 3, LeastMin: 1, MostMax: 4}, {Dimension: "age", Stratum: "old", Min: 1, Max: 2, MostMax: 3},
				{Dimension: "settlement", Stratum: "town", Min: 2, Max: 2, LeastMin: 1, MostMax: 3}, {Dimension: "settlement", Stratum: "country", Min: 2, Max: 2, LeastMin: 1, MostMax: 3},
			},
		},
	}
	var err error
	w.sealed, err = lots.Seal(w.announced, w.pool, map[string]int{"came late": 2})
	require.NoError(t, err)
	return w
}

// honest is a selection that came to its end.
func honest(t testing.TB) *world {
	t.Helper()
	w := sketch(t)
	in := lots.Instance(w.announced, w.pool)
	l, err := lottery.Build(in, lots.Options(w.announced, lots.Seed(w.sealed, w.first)), nil)
	require.NoError(t, err)
	w.panels, w.list = l.Panels, seal.NamePanels(in, l.Panels)
	w.built, err = lots.Lottery(w.at(t, 2), w.pool, l.Panels, l.Impossible, l.Certificate.Multipliers)
	require.NoError(t, err)
	w.drawn = lots.Panel(w.at(t, 4), w.pool, l.Panels)
	return w
}

// at is the selection n steps after the announcement.
func (w *world) at(t testing.TB, n int) domain.Selection {
	t.Helper()
	var s domain.SortitionState
	for _, e := range append([]domain.Event{w.announced}, []domain.Event{w.sealed, w.first, w.built, w.second, w.drawn}[:n]...) {
		s = s.Evolve(e)
	}
	return s.Selection()
}

const end = 5

// clone is a copy to tamper with.
func (w *world) clone() *world {
	c := *w
	c.announced.Quotas = slices.Clone(w.announced.Quotas)
	c.pool.People = slices.Clone(w.pool.People)
	for i, p := range c.pool.People {
		c.pool.People[i].Values = slices.Clone(p.Values)
	}
	c.list.List = slices.Clone(w.list.List)
	for i, names := range c.list.List {
		c.list.List[i] = slices.Clone(names)
	}
	c.sealed.Strata = []domain.DimensionCount{{Name: "age", Strata: map[string]int{"young": 10, "old": 6}}, {Name: "settlement", Strata: map[string]int{"town": 8, "country": 8}}}
	c.built.Multipliers = slices.Clone(w.built.Multipliers)
	c.drawn.Selected, c.drawn.Path = slices.Clone(w.drawn.Selected), slices.Clone(w.drawn.Path)
	return &c
}

// audit is everything that can be said with all files.
func (w *world) audit(t testing.TB, steps int) (problems []string) {
	t.Helper()
	at := w.at(t, steps)
	return slices.Concat(lots.AuditPool(at, w.pool, map[domain.ParticipantID]bool{"pa_99": true}), lots.AuditPanels(at, w.list), lots.AuditLottery(at, w.pool, w.list))
}
