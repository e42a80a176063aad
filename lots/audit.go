package lots

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// What follows holds files that somebody was given against a selection that stands on the record. Each function gives what is wrong, in words, one text for each thing; nothing where
// all is as it must be. None of them asks a solver. A step that the selection has not come to is not looked at.

// AuditPool holds the people of a pool against the sealed one: the root, the text, the counts, and the quotas that were sealed with it. before are people who were drawn already: nobody is
// drawn again.
func AuditPool(at domain.Selection, pool seal.Pool, before map[domain.ParticipantID]bool) (problems []string) {
	a, sealed := at.Announced(), at.Sealed()
	if a == nil || sealed == nil {
		return nil
	}
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if have := QuotasDigest(*a); have != sealed.Quotas {
		say("the quotas that stand come to %s; those that were sealed to %s", have, sealed.Quotas)
	}
	again, err := Seal(*a, pool, sealed.Excluded)
	if err != nil {
		say("this pool cannot have been sealed: %v", err)
		return problems
	}
	if again.Pool != sealed.Pool {
		say("the leaves of the %d people in the file come to the root %s; %s was sealed: somebody was moved, changed, added or left out", again.People, again.Pool, sealed.Pool)
	}
	if again.File != sealed.File {
		say("the file of the pool has the digest %s; %s was sealed", again.File, sealed.File)
	}
	if again.People != sealed.People || again.Types != sealed.Types || again.Shared != sealed.Shared {
		say("the pool has %d people, %d kinds of them and %d shared addresses; the event says %d, %d and %d",
			again.People, again.Types, again.Shared, sealed.People, sealed.Types, sealed.Shared)
	}
	problems = append(problems, differ("the pool", again.Strata, sealed.Strata)...)
	for _, p := range pool.People {
		if before[domain.ParticipantID(p.Pseudonym)] {
			say("%s is in the pool, and was drawn before", p.Pseudonym)
		}
	}
	return problems
}

// differ names every count that is not the one that is said.
func differ(what string, have, said []domain.DimensionCount) (problems []string) {
	if len(have) != len(said) {
		return []string{fmt.Sprintf("%s has %d dimensions; the event counts %d", what, len(have), len(said))}
	}
	for i, d := range have {
		if d.Name != said[i].Name || len(d.Strata) != len(said[i].Strata) {
			problems = append(problems, fmt.Sprintf("%s is counted by %s in %d strata; the event counts %s in %d", what, d.Name, len(d.Strata), said[i].Name, len(said[i].Strata)))
			continue
		}
		for _, stratum := range slices.Sorted(maps.Keys(d.Strata)) {
			if n, told := said[i].Strata[stratum]; !told || n != d.Strata[stratum] {
				problems = append(problems, fmt.Sprintf("%s has %d of %s %q; the event says %d", what, d.Strata[stratum], d.Name, stratum, n))
			}
		}
	}
	return problems
}

// Residual is what those who stay leave open of quotas. stay are their strata, by dimension.
func Residual(quotas []domain.SeatQuota, stay []map[string]string) []domain.SeatQuota {
	left := slices.Clone(quotas)
	for i := range left {
		for _, strata := range stay {
			if q := &left[i]; strata[q.Dimension] == q.Stratum {
				q.Min, q.Max = max(0, q.Min-1), max(0, q.Max-1)
			}
		}
	}
	return left
}

// AuditResidual holds the quotas with which a replacement was announced against what those who stay leave open of the quotas of the selection that filled all seats.
func AuditResidual(announced, full domain.SelectionAnnounced, stay []map[string]string) (problems []string) {
	if len(announced.Quotas) != len(full.Quotas) {
		return []string{fmt.Sprintf("there are %d quotas; the selection that filled all seats had %d", len(announced.Quotas), len(full.Quotas))}
	}
	for i, left := range Residual(full.Quotas, stay) {
		if q := announced.Quotas[i]; q.Dimension != left.Dimension || q.Stratum != left.Stratum || q.Min != left.Min || q.Max != left.Max {
			problems = append(problems, fmt.Sprintf("the quota of %s %q is %d to %d; the %d who stay leave %d to %d of %s %q open",
				q.Dimension, q.Stratum, q.Min, q.Max, len(stay), left.Min, left.Max, left.Dimension, left.Stratum))
		}
	}
	return problems
}

// AuditPanels holds the panels that were published against those that were committed to, and the one that was drawn against its number. It needs no pool.
func AuditPanels(at domain.Selection, panels seal.Panels) (problems []string) {
	a, built := at.Announced(), at.Built()
	if a == nil || built == nil {
		return nil
	}
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(panels.List) != a.Panels {
		say("the file has %d panels; %d were announced", len(panels.List), a.Panels)
	}
	leaves := make([]seal.Hash, len(panels.List))
	for i, names := range panels.List {
		names := slices.Sorted(slices.Values(names))
		if distinct := len(slices.Compact(slices.Clone(names))); distinct != a.Size || len(names) != a.Size {
			say("panel %d has %d members, %d of them distinct; a panel has %d", i, len(names), distinct, a.Size)
		}
		leaves[i] = Leaf(ids(names))
	}
	if root := domain.Digest(seal.NewTree(leaves).Root()); root != built.Panels {
		say("the panels of the file come to the root %s; %s was committed to: they are others, or in another order", root, built.Panels)
	}
	if have := domain.Digest(seal.Digest(panels.Text())); have != built.File {
		say("the file of the panels has the digest %s; %s was recorded", have, built.File)
	}
	if drawn := at.Drawn(); drawn != nil && at.Second() != nil {
		index := Index(*a, *at.Second())
		if index >= len(panels.List) {
			say("round %d draws panel %d, which the file does not have", at.Second().Round, index)
		} else if !slices.Equal(ids(slices.Sorted(slices.Values(panels.List[index]))), drawn.Selected) {
			say("round %d draws panel %d; those who were drawn are not its members", at.Second().Round, index)
		}
	}
	return problems
}

func ids(names []string) []domain.ParticipantID {
	of := make([]domain.ParticipantID, len(names))
	for i, name := range names {
		of[i] = domain.ParticipantID(name)
	}
	return of
}

// AuditLottery counts every panel person by person against quotas and addresses, compares everybody's tickets with those that were recorded, and adds the certificate up, all in whole
// numbers.
func AuditLottery(at domain.Selection, pool seal.Pool, list seal.Panels) (problems []string) {
	a, built := at.Announced(), at.Built()
	if a == nil || built == nil {
		return nil
	}
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	in := Instance(*a, pool)
	place := make(map[domain.ParticipantID]int, len(in.People))
	for i, p := range in.People {
		place[domain.ParticipantID(p.ID)] = i
	}
	var impossible []int
	for _, id := range built.Impossible {
		i, known := place[id]
		if !known {
			say("%s is said to be on no panel, and is not in the pool", id)
			continue
		}
		impossible = append(impossible, i)
	}
	slices.Sort(impossible)
	if bound, err := certified(in, impossible, whole(built.Multipliers)); err != nil {
		say("the certificate cannot be added up: %v", err)
	} else if said := big.NewRat(int64(built.Bound.Num), int64(max(built.Bound.Den, 1))); bound.Cmp(said) != 0 {
		say("the multipliers prove that no lottery gives everybody more than %s; the event says %s", bound.RatString(), said.RatString())
	}
	panels, err := list.Index(in)
	if err != nil {
		say("%v", err)
		return problems
	}
	tickets, err := Tickets(in, panels)
	if err != nil {
		say("%v", err)
		return problems
	}
	if root := domain.Digest(tickets.Root()); root != built.Tickets {
		say("everybody's tickets come to the root %s; %s was recorded", root, built.Tickets)
	}
	l := lottery.Lottery{Panels: panels, Impossible: impossible}
	for _, c := range tickets.List {
		l.Tickets = append(l.Tickets, c.Tickets)
	}
	for _, i := range impossible {
		if l.Tickets[i] > 0 {
			say("%s is said to be on no panel, and is on %d", in.People[i].ID, l.Tickets[i])
		}
	}
	if fewest, most := l.Range(); fewest != built.Fewest || most != built.Most {
		say("people have %d to %d tickets; the event says %d to %d", fewest, most, built.Fewest, built.Most)
	}
	if pairs := pairsOf(&l); pairs != built.Pairs {
		say("pairs meet as %+v; the event says %+v", pairs, built.Pairs)
	}
	if drawn := at.Drawn(); drawn != nil && drawn.Index >= 0 && drawn.Index < len(panels) {
		problems = append(problems, differ("the panel that was drawn", counts(in, panels[drawn.Index]), drawn.Quota)...)
	}
	return problems
}

// ErrNoReplay says that a lottery cannot be built again.
var ErrNoReplay = errors.New("the lottery cannot be built again")

// AuditReplay builds a lottery again, from the pool and the seed. It takes as long as it took to build, and tick may end it. That it gives the same is one more check, of whether
// the announced algorithm chose among all panels that meet the quotas; what the panels promise is shown by the other ones.
func AuditReplay(at domain.Selection, pool seal.Pool, tick lottery.Tick) (problems []string, err error) {
	a, built := at.Announced(), at.Built()
	if a == nil || built == nil {
		return nil, nil
	}
	in := Instance(*a, pool)
	l, err := lottery.Build(in, Options(*a, built.Seed), tick)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReplay, err)
	}
	if root := Root(in, l.Panels); root != built.Panels {
		problems = append(problems, fmt.Sprintf("pool, quotas and seed give panels with the root %s; %s was recorded: these were not made by %s", root, built.Panels, lottery.Algorithm))
	}
	var impossible []domain.ParticipantID
	for _, i := range l.Impossible {
		impossible = append(impossible, domain.ParticipantID(in.People[i].ID))
	}
	slices.Sort(impossible)
	if !slices.Equal(impossible, built.Impossible) {
		problems = append(problems, fmt.Sprintf("%d people are on no panel that meets the quotas; the event names %d, or others", len(impossible), len(built.Impossible)))
	}
	return problems, nil
}
