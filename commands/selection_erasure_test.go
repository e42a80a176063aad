package commands_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// poolWorld is a selection that came to its end.
type poolWorld struct {
	sealing  commands.SealSelection
	lot      commands.BuildLottery
	pool     seal.Pool
	sealed   domain.SelectionPoolSealed
	built    domain.LotteryBuilt
	event    domain.EventID
	selected []domain.ParticipantID
}

// afterErasures: whatever was done is told again as it was, nothing is made again, and the others of the pool still get their receipts. Two people are erased: one who has registered, and one
// of the pool who never did.
func afterErasures(t *testing.T, w *world, p poolWorld, refuse func(rule *domain.Rejection, name string, content any)) {
	kept, registered, never := len(w.words.kept), p.selected[0], domain.ParticipantID("")
	for _, one := range p.sealing.People {
		if !slices.Contains(p.selected, one.ID) {
			never = one.ID
		}
	}
	sortition := domain.SortitionStream("dl_1")
	erases := func(id domain.ParticipantID, version uint64) commands.EraseWords {
		e := w.erases(p.event, id)
		e.In.Version = version
		return e
	}
	in := w.erases(p.event, never).In
	refuse(domain.ErrErased, "erase-words", erases("pa_nobody", in.Version))
	refuse(domain.ErrUnknownRef, "erase-words", erases(never, in.Version-1))
	leaves := erases(never, in.Version)
	leaves.Field = domain.LeavesField
	refuse(domain.ErrUnknownRef, "erase-words", leaves)

	receipt := func(id domain.ParticipantID) (seal.Receipt, error) {
		all, err := commands.Leaves(t.Context(), w.words, p.event)
		require.NoError(t, err)
		return commands.PoolReceipt(t.Context(), w.words, domain.SelectionAnnounced{Quotas: w.quotas(t)}, p.event, commands.Person{ID: id}, all)
	}
	c, _ := commands.ByName("erase-words")
	at, err := w.Where(t.Context(), c, []byte(text(erases(never, in.Version))))
	require.NoError(t, err)
	require.Equal(t, domain.DialogueID("dl_1"), at.Dialogue, "whose rights are for a dialogue may erase there")
	before, err := receipt(never)
	require.NoError(t, err)
	require.Equal(t, p.pool.Receipts()[slices.IndexFunc(p.pool.People, func(o seal.Person) bool { return o.Pseudonym == string(never) })], before)

	written := w.must("erase-words", "gone", text(erases(never, in.Version)))
	require.Equal(t, domain.WordsErased{Event: p.event, Field: domain.PoolField(never), In: in, RequestedAt: 1_760_100_000_000, LegalBasis: "request", By: "dpo"}, w.fact(written.Events[0].Seq).Event)
	require.Equal(t, repeated(written), w.must("erase-words", "gone", text(erases(never, in.Version))))
	w.must("register-participant", "joins", joins(numberOf(t, registered), "dl_1"))
	w.must("erase-personal-data", "erased", `{"participant":"`+string(registered)+`","dialogue":"dl_1","requestedAt":"2025-10-10T09:00:00.000Z","legalBasis":"request"}`)
	refuse(domain.ErrErased, "erase-words", erases(registered, in.Version))

	lacks := func() {
		t.Helper()
		for _, id := range []domain.ParticipantID{registered, never} {
			require.NotContains(t, w.words.kept, vault.Place{Event: p.event, Field: domain.PoolField(id)})
			_, err := receipt(id)
			require.ErrorIs(t, err, domain.ErrErased)
		}
		require.Len(t, w.words.kept, kept-2)
	}
	lacks()
	seq := len(w.records())
	for command, again := range map[string]struct {
		name    string
		content any
	}{"s": {"seal-selection", p.sealing}, "b": {"build-lottery", p.lot}, "d": {"draw-panel", commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: p.lot.People, Panels: p.lot.Panels}}} {
		r := w.must(again.name, command, text(again.content))
		require.True(t, r.Repeated, again.name)
		require.Equal(t, domain.NewEventID(command, sortition, 0), r.Events[0].ID, "the event that stands")
	}
	require.Empty(t, w.must("build-lottery", "b once more", text(p.lot)).Events, "it is so already")
	other := p.sealing
	other.People = slices.Clone(other.People)
	known := slices.IndexFunc(other.People, func(o commands.Person) bool { return o.ID != registered && o.ID != never })
	other.People[known].Address = domain.Digest{9}
	_, err = w.run("seal-selection", "s", text(other))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict, "of whom nothing is erased, everything is compared")
	lot := p.lot
	lot.People = other.People
	_, err = w.run("build-lottery", "b", text(lot))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
	require.Len(t, w.records(), seq)
	lacks()

	for i, one := range p.pool.People {
		if id := domain.ParticipantID(one.Pseudonym); id != registered && id != never {
			r, err := receipt(id)
			require.NoError(t, err)
			require.Equal(t, p.pool.Receipts()[i], r)
			require.NoError(t, r.Check(seal.Hash(p.sealed.Pool), p.sealed.People))
		}
	}
	tickets, err := commands.Leaves(t.Context(), w.words, domain.NewEventID("b", sortition, 0))
	require.NoError(t, err)
	require.Equal(t, p.built.Tickets, domain.Digest(seal.NewTree(tickets).Root()))
	w.audited()

	// Leaves that are not those of the root are believed no more than none at all.
	place := vault.Place{Event: p.event, Field: domain.LeavesField}
	o := w.words.kept[place]
	o.Words = slices.Concat(o.Words[32:], o.Words[:32])
	w.words.kept[place] = o
	_, err = w.run("draw-panel", "other leaves", text(commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: p.lot.People, Panels: p.lot.Panels}))
	require.ErrorIs(t, err, vault.ErrDamaged)
	delete(w.words.kept, place)
	refuse(domain.ErrErased, "draw-panel", commands.DrawPanel{Dialogue: "dl_1", Selection: 2, People: p.lot.People, Panels: p.lot.Panels})
}

// erases is the command that erases somebody of the pool which an event of dl_1 sealed.
func (w *world) erases(sealed domain.EventID, id domain.ParticipantID) commands.EraseWords {
	e := commands.EraseWords{Field: domain.PoolField(id), RequestedAt: 1_760_100_000_000, LegalBasis: "request", By: "dpo"}
	for _, r := range w.records() {
		if r.ID == sealed {
			e.In = domain.Ref{Stream: r.Stream, Version: r.Revision + 1}
		}
	}
	return e
}

// quotas are those that stand.
func (w *world) quotas(t *testing.T) []domain.SeatQuota {
	t.Helper()
	st, _, err := commands.Load[domain.SortitionState](t.Context(), w.Ledger, domain.SortitionStream("dl_1"))
	require.NoError(t, err)
	return st.Selection().Announced().Quotas
}
