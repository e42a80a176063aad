package verifytest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/simulate"
	"daybook.internal/sortition/seal"
)

// A Draw is what does not stand on the record of a selection.
type Draw struct {
	Pool   seal.Pool
	Panels seal.Panels // none where the selection came to nothing before
}

// Draws are those of the selections of a simulated edition, by dialogue and number: "dl_KE/1".
func Draws(t testing.TB, o simulate.Options) map[string]*Draw {
	t.Helper()
	draws := map[string]*Draw{}
	var categories []string
	// No command of a selection names what it has seen of the record.
	for l, err := range simulate.Lines(o, func(domain.StreamID) uint64 { return 0 }, func() uint64 { return 0 }) {
		require.NoError(t, err)
		switch c := l.Content.(type) {
		case domain.SelectionAnnounced:
			categories = nil
			for _, q := range c.Quotas {
				if !slices.Contains(categories, q.Dimension) {
					categories = append(categories, q.Dimension)
				}
			}
		case commands.SealSelection:
			d := &Draw{Pool: seal.Pool{Categories: categories}}
			for _, p := range c.People {
				one := seal.Person{Pseudonym: string(p.ID), Salt: seal.Hash(p.Salt), Address: seal.Hash(p.Address)}
				for _, name := range categories {
					one.Values = append(one.Values, p.Strata[name])
				}
				d.Pool.People = append(d.Pool.People, one)
			}
			draws[fmt.Sprintf("%s/%d", c.Dialogue, c.Selection)] = d
		case commands.BuildLottery:
			d := draws[fmt.Sprintf("%s/%d", c.Dialogue, c.Selection)]
			for _, panel := range c.Panels {
				var names []string
				for _, i := range panel {
					names = append(names, string(c.People[i].ID))
				}
				d.Panels.Size, d.Panels.List = len(names), append(d.Panels.List, names)
			}
		}
	}
	require.NotEmpty(t, draws)
	return draws
}

// Clone is a copy to tamper with.
func (d *Draw) Clone() *Draw {
	c := *d
	c.Pool.People = slices.Clone(d.Pool.People)
	for i, p := range c.Pool.People {
		c.Pool.People[i].Values = slices.Clone(p.Values)
	}
	c.Panels.List = slices.Clone(d.Panels.List)
	for i, names := range c.Panels.List {
		c.Panels.List[i] = slices.Clone(names)
	}
	return &c
}

// DrawFiles are the files of draws, as an auditor is given them.
func DrawFiles(draws map[string]*Draw) Files {
	f := Files{}
	for dir, d := range draws {
		f[dir+"/pool.txt"] = d.Pool.Text()
		if len(d.Panels.List) > 0 {
			f[dir+"/panels.txt"] = d.Panels.Text()
		}
	}
	return f
}
