package commands_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/lots"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// peopleOf are n people, of whom every third is old; the first two live together.
func peopleOf(n int) (people []commands.Person, pool seal.Pool) {
	pool.Categories = []string{"age"}
	for i := range n {
		_, id := person(i)
		p := commands.Person{ID: id, Strata: map[string]string{"age": []string{"old", "young", "young"}[i%3]}, Salt: sha256.Sum256(fmt.Append(nil, "salt ", i))}
		if i < 2 {
			p.Address = domain.Digest{1}
		}
		people = append(people, p)
		pool.People = append(pool.People, seal.Person{Pseudonym: string(id), Salt: seal.Hash(p.Salt), Values: []string{p.Strata["age"]}, Address: seal.Hash(p.Address)})
	}
	return people, pool
}

// TestSelection walks the protocol from the announcement to the answers, with everything that may not happen on the way.
func TestSelection(t *testing.T) {
	t.Parallel()
	for _, way := range []selectionWay{salted, unsalted, erasedBeforeLottery, erasedBeforeDraw} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			selection(t, way)
		})
	}
}

// A selectionWay is one of the ways to walk the protocol. In all but the first one the salts are the vault's.
type selectionWay string

const (
	salted              selectionWay = "salts are brought"
	unsalted            selectionWay = "salts are the vault's"
	erasedBeforeLottery selectionWay = "somebody is erased before the lottery"
	erasedBeforeDraw    selectionWay = "somebody is erased before the draw"
)

func selection(t *testing.T, way selectionWay) {
	brought := way == salted
	w := newWorld(t)
	w.given(domain.EditionStream("ed_1"), "",
		domain.EditionOpened{Edition: "ed_1", Title: domain.In("en", "One"), Mandate: domain.In("en", "To try"), Languages: []domain.Lang{"en"}, Coordinator: "pt_1", Synthetic: true})
	w.registered("dl_1", "pt_FR")
	w.plan("dl_1")
	clock := w.Now()
	w.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	source := beacon.Synthetic("rehearsal", [32]byte{1}, clock.Add(-time.Hour).Unix(), 3)
	refuse := func(rule *domain.Rejection, name string, content any) {
		t.Helper()
		before := len(w.records())
		_, err := w.run(name, "refused", text(content))
		require.ErrorIs(t, err, rule)
		require.Len(t, w.records(), before)
	}
	must := func(name, command string, content any) domain.Event {
		t.Helper()
		r := w.must(name, command, text(content))
		require.Len(t, r.Events, 1)
		require.Equal(t, repeated(r), w.must(name, command, text(content)), "sent again")
		require.Empty(t, w.must(name, command+" anew", text(content)).Events, "it is so already")
		return w.fact(r.Events[0].Seq).Event
	}
	a := domain.SelectionAnnounced{
		Dialogue: "dl_1", Selection: 1, Size: 4, Objective: "leximin", Algorithm: lots.Algorithm(), Panels: 50, Beacon: lots.Declare(source.Chain, true),
		Quotas:     []domain.SeatQuota{{Dimension: "age", Stratum: "young", Min: 1, Max: 3, LeastMin: 1, MostMax: 4}, {Dimension: "age", Stratum: "old", Min: 1, Max: 3, MostMax: 3}},
		BuildAfter: domain.LeastBuildAfter, DrawAfter: domain.LeastDrawAfter, Fallback: 1200,
	}
	other := func(change func(*domain.SelectionAnnounced)) domain.SelectionAnnounced {
		b := a
		change(&b)
		return b
	}
	for _, change := range []func(*domain.SelectionAnnounced){
		func(a *domain.SelectionAnnounced) { a.Algorithm.Version = "2" },
		func(a *domain.SelectionAnnounced) { a.Objective = "whim" },
		func(a *domain.SelectionAnnounced) { a.Panels = lots.MostPanels + 1 },
		func(a *domain.SelectionAnnounced) { a.Beacon.Synthetic = false },
		func(a *domain.SelectionAnnounced) { a.Beacon.Hash[0]++ },
		func(a *domain.SelectionAnnounced) { a.Beacon.PublicKey = "8f" },
	} {
		refuse(domain.ErrInvalidField, "announce-selection", other(change))
	}
	must("announce-selection", "a", a)
	must("void-selection", "v", domain.SelectionVoided{Dialogue: "dl_1", Selection: 1, Reason: "a list came late", By: "ada"})
	a.Selection = 2
	must("announce-selection", "a2", a)
	must("report-feasibility", "f", domain.FeasibilityReported{Dialogue: "dl_1", Selection: 2, People: 12, Feasible: true})
	a.Quotas = append([]domain.SeatQuota{{Dimension: "age", Stratum: "young", Min: 1, Max: 3, LeastMin: 1, MostMax: 4}}, a.Quotas[1:]...)
	a.Quotas[0].Min = 2
	must("amend-quotas", "q", domain.QuotasAmended{Dialogue: "dl_1", Selection: 2, Changes: a.Quotas[:1], Reason: "r", ApprovedBy: "cleo"})

	people, pool := peopleOf(12)
	if !brought {
		for i := range people {
			people[i].Salt = domain.Digest{}
		}
	}
	twice := append([]commands.Person{people[1]}, people[1:]...)
	refuse(domain.ErrInvalidField, "seal-selection", commands.SealSelection{Dialogue: "dl_1", Selection: 2, People: twice})
	refuse(domain.ErrUnknownRef, "seal-selection", commands.SealSelection{Dialogue: "dl_1", Selection: 1, People: people})
	refuse(domain.ErrPhaseClosed, "seal-selection", commands.SealSelection{Dialogue: "dl_1", Selection: 2, People: people})
	must("report-feasibility", "f2", domain.FeasibilityReported{Dialogue: "dl_1", Selection: 2, People: 12, Feasible: true})
	refuse(domain.ErrQuotaInfeasible, "seal-selection", commands.SealSelection{Dialogue: "dl_1", Selection: 2, People: people[:3]})
	require.Empty(t, w.words.kept, "what is refused leaves nothing")
	sealing := commands.SealSelection{Dialogue: "dl_1", Selection: 2, People: people}
	w.words.fail = errFault
	_, err := w.run("seal-selection", "s", text(sealing))
	require.ErrorIs(t, err, errFault, "without its leaves nothing is sealed")
	w.words.fail = nil
	w.faulty.Before = func(context.Context, ledger.Batch) error { return errFault }
	_, err = w.run("seal-selection", "s", text(sealing))
	require.ErrorIs(t, err, errFault)
	before := maps.Clone(w.words.kept)
	w.faulty.Before = nil
	sealed := must("seal-selection", "s", sealing).(domain.SelectionPoolSealed)
	require.Equal(t, before, w.words.kept, "cut off and sent again, it rests on the same salts and leaves")
	event := domain.NewEventID("s", domain.SortitionStream("dl_1"), 0)
	if !brought {
		require.Len(t, w.words.kept, 13, "sent again, nothing is made again; a salt each, and the leaves")
		for i, p := range people {
			o := w.words.kept[vault.Place{Event: event, Field: domain.PoolField(p.ID)}]
			require.Equal(t, domain.ParticipantStream(p.ID), o.Subject)
			pool.People[i].Salt = seal.Hash(o.Salt)
		}
	}
	require.Equal(t, domain.Digest(pool.Root()), sealed.Pool)
	require.Equal(t, 1, sealed.Shared)
	receipt := pool.Receipts()[4]
	require.NoError(t, receipt.Check(seal.Hash(sealed.Pool), sealed.People), "who has the salt sees that they were in the pool")

	build := int(source.From(clock.Add(11 * time.Minute)))
	draw := int(source.From(source.Time(uint64(build)).Add(25 * time.Hour)))
	refuse(domain.ErrCommitmentMismatch, "pin-rounds", commands.PinRounds{Dialogue: "dl_1", Selection: 2, Build: build - 400, Draw: draw})
	must("pin-rounds", "p", commands.PinRounds{Dialogue: "dl_1", Selection: 2, Build: build, Draw: draw})
	observed := func(n int) commands.ObserveBeacon {
		r := source.Round(uint64(n))
		return commands.ObserveBeacon{Dialogue: "dl_1", Selection: 2, Round: n, Signature: fmt.Sprintf("%x", r.Signature), Randomness: r.Randomness()}
	}
	refuse(domain.ErrCommitmentMismatch, "observe-beacon", observed(build))
	clock = source.Time(uint64(build))
	forged := observed(build)
	forged.Signature, forged.Randomness = observed(build+1).Signature, observed(build+1).Randomness
	refuse(domain.ErrSignature, "observe-beacon", forged)
	forged = observed(build)
	forged.Randomness[0]++
	refuse(domain.ErrSignature, "observe-beacon", forged)
	refuse(domain.ErrCommitmentMismatch, "observe-beacon", observed(build+1))
	first := must("observe-beacon", "o", observed(build)).(domain.BeaconObserved)

	in := lots.Instance(a, pool)
	l, err := lottery.Build(in, lots.Options(a, lots.Seed(sealed, first)), nil)
	require.NoError(t, err)
	lot := commands.BuildLottery{Dialogue: "dl_1", Selection: 2, People: people, Panels: l.Panels}
	for _, m := range l.Certificate.Multipliers {
		lot.Multipliers = append(lot.Multipliers, int(m))
	}
	with := func(change func(*commands.BuildLottery)) commands.BuildLottery {
		b := lot
		b.Panels = append([][]int{}, lot.Panels...)
		change(&b)
		return b
	}
	refuse(domain.ErrUnknownRef, "build-lottery", with(func(b *commands.BuildLottery) { b.Panels[0] = []int{0, 1, 2, 12} }))
	refuse(domain.ErrQuotaInfeasible, "build-lottery", with(func(b *commands.BuildLottery) { b.Panels[0] = []int{0, 1, 2, 4} })) // the first two live together
	refuse(domain.ErrQuotaInfeasible, "build-lottery", with(func(b *commands.BuildLottery) { b.Panels[0] = []int{1, 2, 4, 5} })) // nobody is old
	refuse(domain.ErrCommitmentMismatch, "build-lottery", with(func(b *commands.BuildLottery) { b.Panels = b.Panels[1:] }))
	refuse(domain.ErrInvalidField, "build-lottery", with(func(b *commands.BuildLottery) { b.Multipliers = b.Multipliers[1:] }))
	moved, _ := peopleOf(12)
	moved[3].Strata = map[string]string{"age": "young"}
	refuse(domain.ErrCommitmentMismatch, "build-lottery", with(func(b *commands.BuildLottery) { b.People = moved }))
	if way == erasedBeforeLottery {
		w.must("erase-words", "gone", text(w.erases(event, people[3].ID)))
		refuse(domain.ErrErased, "build-lottery", lot)
		must("void-selection", "v2", domain.SelectionVoided{Dialogue: "dl_1", Selection: 2, Reason: "somebody is erased", By: "ada"})
		w.audited()
		return
	}
	built := must("build-lottery", "b", lot).(domain.LotteryBuilt)
	fewest, most := l.Range()
	require.Equal(t, []int{fewest, most}, []int{built.Fewest, built.Most})
	require.Equal(t, l.Certificate.Bound.String(), fmt.Sprintf("%d/%d", built.Bound.Num, built.Bound.Den))
	counts, err := lots.Tickets(in, l.Panels)
	require.NoError(t, err)
	require.NoError(t, counts.Tickets()[4].Check(seal.Hash(built.Tickets), sealed.People), "and what their chance was")

	refuse(domain.ErrCommitmentMismatch, "commit-panels", commands.CommitPanels{Dialogue: "dl_1", Selection: 2, Panels: built.Tickets})
	must("commit-panels", "c", commands.CommitPanels{Dialogue: "dl_1", Selection: 2, Panels: built.Panels, URI: "https://example.org/panels"})
	refuse(domain.ErrPhaseClosed, "draw-panel", commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: people, Panels: l.Panels})
	clock = source.Time(uint64(draw))
	second := must("observe-beacon", "o2", observed(draw)).(domain.BeaconObserved)
	swapped := append([][]int{}, l.Panels...)
	index := lots.Index(a, second)
	swapped[index] = swapped[(index+1)%len(swapped)]
	if fmt.Sprint(swapped[index]) != fmt.Sprint(l.Panels[index]) {
		refuse(domain.ErrCommitmentMismatch, "draw-panel", commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: people, Panels: swapped})
	}
	drawing := commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: people, Panels: l.Panels}
	if way == erasedBeforeDraw {
		drawing.People = slices.Clone(people)
		on := l.Panels[index][0]
		off := slices.IndexFunc(people, func(p commands.Person) bool {
			return !slices.ContainsFunc(l.Panels[index], func(i int) bool { return people[i].ID == p.ID })
		})
		drawing.People[off].Strata = nil
		refuse(domain.ErrInvalidField, "draw-panel", drawing)
		w.must("erase-words", "gone on", text(w.erases(event, people[on].ID)))
		w.must("erase-words", "gone off", text(w.erases(event, people[off].ID)))
		without := drawing
		without.People = slices.Clone(drawing.People)
		without.People[on].Strata = nil
		refuse(domain.ErrErased, "draw-panel", without)
		w.stands(must("draw-panel", "d", drawing).(domain.PanelDrawn), index, 4)
		w.audited()
		return
	}
	drawn := must("draw-panel", "d", drawing).(domain.PanelDrawn)
	w.stands(drawn, index, 4)
	must("answer-seat", "yes", commands.AnswerSeat{Dialogue: "dl_1", Selection: 2, Participant: drawn.Selected[0], Answer: domain.SeatAccepted})
	must("answer-seat", "no", commands.AnswerSeat{Dialogue: "dl_1", Selection: 2, Participant: drawn.Selected[1], Answer: domain.SeatDeclined})
	refuse(domain.ErrUnknownRef, "answer-seat", commands.AnswerSeat{Dialogue: "dl_1", Selection: 2, Participant: "pa_none", Answer: domain.SeatAccepted})
	for _, p := range pool.People {
		for _, r := range w.records() {
			require.NotContains(t, string(r.Data), p.Salt.String())
		}
	}
	w.audited()
	if !brought {
		afterErasures(t, w, poolWorld{sealing, lot, pool, sealed, built, event, drawn.Selected}, refuse)
	}
}

// stands says that this is the panel of a number.
func (w *world) stands(drawn domain.PanelDrawn, index, size int) {
	w.t.Helper()
	require.Equal(w.t, index, drawn.Index)
	require.Len(w.t, drawn.Selected, size)
}
