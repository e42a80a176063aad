package lots_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/seal"
)

func TestCheckAnnounced(t *testing.T) {
	t.Parallel()
	a := sketch(t).announced
	require.NoError(t, lots.CheckAnnounced(a))
	for _, objective := range []string{"leximin", "leximin-uncapped", "goldilocks"} {
		a.Objective = objective
		require.NoError(t, lots.CheckAnnounced(a))
	}
	a.Beacon = lots.Declare(beacon.Quicknet(), false)
	require.NoError(t, lots.CheckAnnounced(a), "the real one")
	for name, change := range map[string]func(a *domain.SelectionAnnounced){
		"another chain that is not synthetic": func(a *domain.SelectionAnnounced) { a.Beacon = lots.Declare(source.Chain, false) },
		"another key under quicknet's name":   func(a *domain.SelectionAnnounced) { a.Beacon.PublicKey = lots.Declare(source.Chain, false).PublicKey },
		"quicknet that is synthetic":          func(a *domain.SelectionAnnounced) { a.Beacon.Synthetic = true },
		"another algorithm":                   func(a *domain.SelectionAnnounced) { a.Algorithm.Name = "legacy" },
		"another version":                     func(a *domain.SelectionAnnounced) { a.Algorithm.Version = "2" },
		"a parameter":                         func(a *domain.SelectionAnnounced) { a.Algorithm.Params = map[string]string{"gap": "1"} },
		"no objective":                        func(a *domain.SelectionAnnounced) { a.Objective = "" },
		"too many panels":                     func(a *domain.SelectionAnnounced) { a.Panels = lots.MostPanels + 1 },
	} {
		b := a
		change(&b)
		require.ErrorIs(t, lots.CheckAnnounced(b), domain.ErrInvalidField, name)
	}
}

func TestCheckRound(t *testing.T) {
	t.Parallel()
	a := sketch(t).announced
	require.NoError(t, lots.CheckRound(a, observed(1000)))
	for name, change := range map[string]func(o *domain.BeaconObserved){
		"another number":     func(o *domain.BeaconObserved) { o.Round++ },
		"no number":          func(o *domain.BeaconObserved) { o.Round = 0 },
		"a negative number":  func(o *domain.BeaconObserved) { o.Round = -5 },
		"another signature":  func(o *domain.BeaconObserved) { o.Signature = observed(1001).Signature },
		"another randomness": func(o *domain.BeaconObserved) { o.Randomness[0]++ },
		"no signature":       func(o *domain.BeaconObserved) { o.Signature = "" },
		"half a signature":   func(o *domain.BeaconObserved) { o.Signature = o.Signature[:48] },
		"upper case":         func(o *domain.BeaconObserved) { o.Signature = string(bytes.ToUpper([]byte(o.Signature))) },
	} {
		o := observed(1000)
		change(&o)
		require.ErrorIs(t, lots.CheckRound(a, o), domain.ErrSignature, name)
	}
	a.Beacon = lots.Declare(beacon.Quicknet(), false)
	require.ErrorIs(t, lots.CheckRound(a, observed(1000)), domain.ErrSignature, "of another chain")
}

// A file tells that a round exists, to whoever has the chain's key.
func TestReadRound(t *testing.T) {
	t.Parallel()
	real, err := os.ReadFile("../sortition/beacon/testdata/quicknet-42.json")
	require.NoError(t, err)
	n, err := lots.ReadRound(lots.Declare(beacon.Quicknet(), false), real)
	require.NoError(t, err)
	require.Equal(t, 42, n)
	_, err = lots.ReadRound(lots.Declare(source.Chain, true), real)
	require.Error(t, err, "of another chain")
	n, err = lots.ReadRound(lots.Declare(source.Chain, true), beacon.Write(source.Round(7)))
	require.NoError(t, err)
	require.Equal(t, 7, n)
	_, err = lots.ReadRound(lots.Declare(source.Chain, true), beacon.Write(beacon.Round{Number: 8, Signature: source.Round(7).Signature}))
	require.ErrorIs(t, err, beacon.ErrSignature)
	_, err = lots.ReadRound(domain.BeaconChain{Synthetic: true}, real)
	require.ErrorIs(t, err, domain.ErrInvalidField)
}

// TestForms: other programs come to these hashes too (SHA-256 and RFC 9162 in twenty lines of Python made them).
func TestForms(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2ba40ad9217177ab4f6dd604a0d1073816193850b1002556788bc8e92bb7274f", lots.Leaf([]domain.ParticipantID{"pa_a", "pa_b"}).String())
	pool := people(4)
	for i, name := range []string{"pa_a", "pa_b", "pa_c", "pa_d"} {
		pool.People[i].Pseudonym = name
	}
	pool.People = append(pool.People, seal.Person{Pseudonym: "pa_ä", Values: pool.People[0].Values})
	in := lots.Instance(sketch(t).announced, pool)
	require.Equal(t, "1a8512d2d65dd38a13080625b4a771d4533a89af937cc56a48c42c78ccc7a130", seal.Hash(lots.Root(in, [][]int{{1, 0}, {4, 2}, {3, 0}})).String())

	second := domain.BeaconObserved{Randomness: domain.Digest(bytes.Repeat([]byte{7}, 32))}
	for _, c := range []struct {
		dialogue  domain.DialogueID
		selection int
		index     int
	}{{"dl_KE", 1, 274}, {"dl_KE", 2, 965}, {"dl_FR", 1, 158}} {
		require.Equal(t, c.index, lots.Index(domain.SelectionAnnounced{Dialogue: c.dialogue, Selection: c.selection, Panels: 1000}, second), "one round, other draws")
	}
}

// TestOneRoundForAll: with one round, the numbers of 20,000 dialogues fall on 100 panels as they would by chance.
func TestOneRoundForAll(t *testing.T) {
	t.Parallel()
	const draws, panels = 20_000, 100
	var n [panels]float64
	for i := range draws {
		n[lots.Index(domain.SelectionAnnounced{Dialogue: domain.DialogueID(fmt.Sprint("dl_", i)), Selection: 1, Panels: panels}, observedOnce)]++
	}
	sum := 0.0
	for _, k := range n {
		sum += (k - draws/panels) * (k - draws/panels) / (draws / panels)
	}
	require.InDelta(t, 99, sum, 4*14.1, "chi-square with 99 degrees of freedom: mean 99, standard deviation 14.1")
}

var observedOnce = observed(40_000)

// Nothing is recorded of a lottery that does not hold.
func TestLottery(t *testing.T) {
	t.Parallel()
	w := honest(t)
	multipliers := make([]int64, len(w.built.Multipliers))
	for i, m := range w.built.Multipliers {
		multipliers[i] = int64(m)
	}
	again, err := lots.Lottery(w.at(t, 2), w.pool, w.panels, nil, multipliers)
	require.NoError(t, err)
	require.Equal(t, w.built, again)
	require.Equal(t, lots.Seed(w.sealed, w.first), again.Seed)
	require.LessOrEqual(t, float64(again.Fewest)/40, float64(again.Bound.Num)/float64(again.Bound.Den), "the certificate is a bound")

	_, err = lots.Lottery(w.at(t, 1), w.pool, w.panels, nil, multipliers)
	require.ErrorIs(t, err, domain.ErrPhaseClosed, "no first round")
	moved := w.clone()
	moved.pool.People[0].Salt[0]++
	_, err = lots.Lottery(w.at(t, 2), moved.pool, w.panels, nil, multipliers)
	require.ErrorIs(t, err, domain.ErrCommitmentMismatch, "another pool")
	moved = w.clone()
	moved.announced.Quotas[0].Max++
	_, err = lots.Lottery(moved.at(t, 2), w.pool, w.panels, nil, multipliers)
	require.ErrorIs(t, err, domain.ErrCommitmentMismatch, "another quota")
	_, err = lots.Lottery(w.at(t, 2), w.pool, w.panels[1:], nil, multipliers)
	require.ErrorIs(t, err, domain.ErrCommitmentMismatch, "a panel less")
	broken := slices.Clone(w.panels)
	broken[3] = []int{0, 2, 4, 10}
	_, err = lots.Lottery(w.at(t, 2), w.pool, broken, nil, multipliers)
	require.ErrorIs(t, err, domain.ErrQuotaInfeasible, "a quota of a panel")
	_, err = lots.Lottery(w.at(t, 2), w.pool, w.panels, nil, multipliers[1:])
	require.ErrorIs(t, err, domain.ErrInvalidField, "a multiplier less")
	_, err = lots.Lottery(w.at(t, 2), w.pool, w.panels, []int{99}, multipliers)
	require.ErrorIs(t, err, domain.ErrInvalidField, "nobody")
}

func TestCheckDrawn(t *testing.T) {
	t.Parallel()
	w := honest(t)
	require.NoError(t, lots.CheckDrawn(w.at(t, 4), w.drawn))
	require.NoError(t, lots.CheckDrawn(w.at(t, 3), w.drawn), "whether it is time the rules say")
	for name, tamper := range map[string]func(w *world){
		"another number":   func(w *world) { w.drawn.Index = (w.drawn.Index + 1) % 40 },
		"another person":   func(w *world) { w.drawn.Selected[0] = "pa_77" },
		"a person less":    func(w *world) { w.drawn.Selected = w.drawn.Selected[1:] },
		"another order":    func(w *world) { slices.Reverse(w.drawn.Selected) },
		"a step less":      func(w *world) { w.drawn.Path = w.drawn.Path[1:] },
		"a step changed":   func(w *world) { w.drawn.Path[0][0]++ },
		"another round":    func(w *world) { w.second = observed(40_007) },
		"another root":     func(w *world) { w.built.Panels[0]++ },
		"another dialogue": func(w *world) { w.announced.Dialogue = "dl_FR" },
	} {
		c := w.clone()
		tamper(c)
		require.ErrorIs(t, lots.CheckDrawn(c.at(t, 4), c.drawn), domain.ErrCommitmentMismatch, name)
	}
}

// What seals a pool says nothing that depends on the order of people, and refuses what no lottery can be made of.
func TestSeal(t *testing.T) {
	t.Parallel()
	w := sketch(t)
	slices.Reverse(w.pool.People)
	again, err := lots.Seal(w.announced, w.pool, w.sealed.Excluded)
	require.NoError(t, err)
	require.Equal(t, w.sealed, again)
	require.Equal(t, 2, again.Shared)
	for name, tamper := range map[string]func(p *seal.Pool){
		"no salt":           func(p *seal.Pool) { p.People[0].Salt = seal.Hash{} },
		"a name twice":      func(p *seal.Pool) { p.People[0].Pseudonym = p.People[1].Pseudonym },
		"a value of nobody": func(p *seal.Pool) { p.People[0].Values[0] = "ageless" },
		"a value less":      func(p *seal.Pool) { p.People[0].Values = p.People[0].Values[1:] },
		"a dimension more":  func(p *seal.Pool) { p.Categories = append(p.Categories, "colour") },
		"dimensions turned": func(p *seal.Pool) { slices.Reverse(p.Categories) },
	} {
		pool := people(16)
		tamper(&pool)
		_, err := lots.Seal(w.announced, pool, nil)
		require.ErrorIs(t, err, domain.ErrInvalidField, name)
	}
}
