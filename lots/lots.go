package lots

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// Quotas are those of an announcement, as they are sealed.
func Quotas(a domain.SelectionAnnounced) seal.Quotas {
	q := seal.Quotas{Size: a.Size}
	for _, one := range a.Quotas {
		q.Quotas = append(q.Quotas, lottery.Quota{Category: one.Dimension, Value: one.Stratum, Min: one.Min, Max: one.Max})
		q.Widest = append(q.Widest, lottery.Quota{Category: one.Dimension, Value: one.Stratum, Min: one.LeastMin, Max: one.MostMax})
	}
	return q
}

// QuotasDigest is that under which the quotas of an announcement are sealed.
func QuotasDigest(a domain.SelectionAnnounced) domain.Digest {
	return domain.Digest(seal.Digest(Quotas(a).Text()))
}

// Instance is the lottery that a pool and the quotas of an announcement make.
func Instance(a domain.SelectionAnnounced, pool seal.Pool) lottery.Instance {
	return pool.Instance(Quotas(a))
}

// Seal is what seals a pool. Its time is the decision's.
func Seal(a domain.SelectionAnnounced, pool seal.Pool, excluded map[string]int) (domain.SelectionPoolSealed, error) {
	var sealed domain.SelectionPoolSealed
	if err := pool.Check(); err != nil {
		return sealed, domain.Reject(domain.ErrInvalidField, "%v", err)
	}
	in := Instance(a, pool)
	if !slices.Equal(pool.Categories, in.Categories()) {
		return sealed, domain.Reject(domain.ErrInvalidField, "a pool has the dimensions of the quotas, in their order")
	}
	o, err := lottery.NewOrbits(in)
	if err != nil {
		return sealed, domain.Reject(domain.ErrInvalidField, "%v", err)
	}
	at := map[seal.Hash]int{}
	for _, p := range pool.People {
		if (p.Address != seal.Hash{}) {
			at[p.Address]++
		}
	}
	shared := 0
	for _, n := range at {
		if n > 1 {
			shared++
		}
	}
	everybody := make([]int, len(in.People))
	for i := range everybody {
		everybody[i] = i
	}
	return domain.SelectionPoolSealed{
		Dialogue: a.Dialogue, Selection: a.Selection, People: len(pool.People), Pool: domain.Digest(pool.Root()), File: domain.Digest(seal.Digest(pool.Text())),
		Quotas: QuotasDigest(a), Strata: counts(in, everybody), Types: len(o.List), Shared: shared, Excluded: excluded,
	}, nil
}

// counts are those of some people by the values of each category, in the order of the quotas.
func counts(in lottery.Instance, people []int) []domain.DimensionCount {
	var all []domain.DimensionCount
	for c, name := range in.Categories() {
		n := map[string]int{}
		for _, q := range in.Quotas {
			if q.Category == name {
				n[q.Value] = 0
			}
		}
		for _, i := range people {
			n[in.People[i].Values[c]]++
		}
		all = append(all, domain.DimensionCount{Name: name, Strata: n})
	}
	return all
}

// Seed is that of the lottery of a selection whose first round is observed.
func Seed(s domain.SelectionPoolSealed, first domain.BeaconObserved) domain.Digest {
	return domain.Digest(seal.Seed(seal.Hash(s.Pool), seal.Hash(s.Quotas), seal.Hash(first.Randomness)))
}

// Options are those with which a lottery is built, and built again.
func Options(a domain.SelectionAnnounced, seed domain.Digest) lottery.Options {
	return lottery.Options{Panels: a.Panels, Objective: lottery.Objective(a.Objective), Seed: seed}
}

// Leaf stands for a panel in the tree over all of them:
//
//	SHA-256(0x00 ‖ "daybook-panel/1" ‖ 0x00 ‖ be64(members) ‖ text(id) … in ascending order of their bytes)
func Leaf(members []domain.ParticipantID) seal.Hash {
	b := append([]byte{0}, "daybook-panel/1\x00"...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(members)))
	for _, id := range members {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(id))), id...)
	}
	return sha256.Sum256(b)
}

// members are a panel by their ids, ascending.
func members(in lottery.Instance, panel []int) []domain.ParticipantID {
	ids := make([]domain.ParticipantID, len(panel))
	for i, p := range panel {
		ids[i] = domain.ParticipantID(in.People[p].ID)
	}
	slices.Sort(ids)
	return ids
}

func tree(in lottery.Instance, panels [][]int) seal.Tree {
	leaves := make([]seal.Hash, len(panels))
	for i, p := range panels {
		leaves[i] = Leaf(members(in, p))
	}
	return seal.NewTree(leaves)
}

// Root is the commitment to the panels of a lottery, in their order: the tree over their leaves.
func Root(in lottery.Instance, panels [][]int) domain.Digest {
	return domain.Digest(tree(in, panels).Root())
}

// Tickets are everybody's.
func Tickets(in lottery.Instance, panels [][]int) (seal.Counts, error) {
	tickets, err := lottery.Count(in, panels)
	c := seal.Counts{Panels: len(panels)}
	for i, n := range tickets {
		c.List = append(c.List, seal.Count{Pseudonym: in.People[i].ID, Tickets: n})
	}
	return c, err
}

// Lottery is what a lottery comes to, once every panel is counted, person by person, and the certificate is added up. What impossible people are said to be no sum can prove.
func Lottery(at domain.Selection, pool seal.Pool, panels [][]int, impossible []int, multipliers []int64) (domain.LotteryBuilt, error) {
	if a, sealed := at.Announced(), at.Sealed(); sealed != nil {
		again, err := Seal(*a, pool, sealed.Excluded)
		if err != nil || again.Pool != sealed.Pool || again.File != sealed.File || again.Quotas != sealed.Quotas {
			return domain.LotteryBuilt{}, domain.Reject(domain.ErrCommitmentMismatch, "these people, or these quotas, are not the sealed ones")
		}
	}
	return LotteryAgain(at, pool, panels, impossible, multipliers)
}

// LotteryAgain is Lottery without a look at whether these people are the sealed ones. It is for a lottery that stands on the record and is told again after salts were erased, so that
// nobody can make the root of the pool any more; whoever calls it compares what is left.
func LotteryAgain(at domain.Selection, pool seal.Pool, panels [][]int, impossible []int, multipliers []int64) (domain.LotteryBuilt, error) {
	var built domain.LotteryBuilt
	a, sealed := at.Announced(), at.Sealed()
	if sealed == nil || at.First() == nil {
		return built, domain.Reject(domain.ErrPhaseClosed, "the first round is not observed")
	}
	in := Instance(*a, pool)
	if len(panels) != a.Panels {
		return built, domain.Reject(domain.ErrCommitmentMismatch, "%d panels were announced, and there are %d", a.Panels, len(panels))
	}
	tickets, err := Tickets(in, panels)
	if err != nil {
		return built, domain.Reject(domain.ErrQuotaInfeasible, "%v", err)
	}
	bound, err := certified(in, impossible, multipliers)
	if err != nil {
		return built, domain.Reject(domain.ErrInvalidField, "%v", err)
	}
	if !bound.Num().IsInt64() || !bound.Denom().IsInt64() || bound.Denom().BitLen() > 53 {
		return built, domain.Reject(domain.ErrInvalidField, "the bound %s has too many digits", bound)
	}
	l := lottery.Lottery{Panels: panels, Impossible: impossible}
	for _, c := range tickets.List {
		l.Tickets = append(l.Tickets, c.Tickets)
	}
	for _, i := range impossible {
		if l.Tickets[i] > 0 {
			return built, domain.Reject(domain.ErrInvalidField, "%s is said to be on no panel, and is on %d", in.People[i].ID, l.Tickets[i])
		}
		built.Impossible = append(built.Impossible, domain.ParticipantID(in.People[i].ID))
	}
	slices.Sort(built.Impossible)
	built.Fewest, built.Most = l.Range()
	built.Dialogue, built.Selection, built.Seed = a.Dialogue, a.Selection, Seed(*sealed, *at.First())
	built.File = domain.Digest(seal.Digest(seal.NamePanels(in, panels).Text()))
	built.Panels, built.Tickets = Root(in, panels), domain.Digest(tickets.Root())
	for _, m := range multipliers {
		built.Multipliers = append(built.Multipliers, int(m))
	}
	built.Bound = domain.RatioOf(bound.Num().Int64(), bound.Denom().Int64())
	built.Pairs = pairsOf(&l)
	return built, nil
}

// certified adds the certificate of a lottery up. Nobody is owed a chance who is said to be on no panel.
func certified(in lottery.Instance, impossible []int, multipliers []int64) (*big.Rat, error) {
	o, err := lottery.NewOrbits(in)
	if err == nil {
		err = o.Exclude(impossible)
	}
	if err != nil {
		return nil, err
	}
	return o.Bound(multipliers)
}

func whole(multipliers []int) []int64 {
	of := make([]int64, len(multipliers))
	for i, m := range multipliers {
		of[i] = int64(m)
	}
	return of
}

func pairsOf(l *lottery.Lottery) domain.PairCount {
	p := l.Pairs()
	return domain.PairCount{Count: p.Count, Never: p.Never, Median: p.Median, P99: p.P99, Most: p.Most}
}

// Index is the number of the panel that the second round of a selection draws. The dialogue and the selection are its context, so that many selections may share a round.
func Index(a domain.SelectionAnnounced, second domain.BeaconObserved) int {
	return lottery.Draw(second.Randomness[:], fmt.Sprintf("%s/%d", a.Dialogue, a.Selection), a.Panels)
}

// Panel is the panel that the second round draws, from a pool and the panels that were committed to.
func Panel(at domain.Selection, pool seal.Pool, panels [][]int) domain.PanelDrawn {
	a := at.Announced()
	in, index := Instance(*a, pool), Index(*a, *at.Second())
	d := domain.PanelDrawn{Dialogue: a.Dialogue, Selection: a.Selection, Index: index, Selected: members(in, panels[index]), Quota: counts(in, panels[index])}
	for _, h := range tree(in, panels).Path(index) {
		d.Path = append(d.Path, domain.Digest(h))
	}
	return d
}

// CheckDrawn rejects a panel that the second round does not draw, or that does not stand there among those that were committed to. It needs neither pool nor panels.
func CheckDrawn(at domain.Selection, d domain.PanelDrawn) error {
	if at.Second() == nil || at.Built() == nil {
		return nil // the rules say so
	}
	a := at.Announced()
	if index := Index(*a, *at.Second()); d.Index != index {
		return domain.Reject(domain.ErrCommitmentMismatch, "round %d draws panel %d, not %d", at.Second().Round, index, d.Index)
	}
	path := make([]seal.Hash, len(d.Path))
	for i, h := range d.Path {
		path[i] = seal.Hash(h)
	}
	if !seal.Leads(Leaf(d.Selected), d.Index, a.Panels, path, seal.Hash(at.Built().Panels)) {
		return domain.Reject(domain.ErrCommitmentMismatch, "these people are not panel %d of those that were committed to", d.Index)
	}
	return nil
}
