package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/sortition/seal"
)

// TestChance: a receipt holds against the roots on the record, and nothing about it can be changed.
func TestChance(t *testing.T) {
	t.Parallel()
	pool, counts := seal.Pool{Categories: []string{"age"}}, seal.Counts{Panels: 1000}
	for i := range 5 {
		pool.People = append(pool.People, seal.Person{Pseudonym: fmt.Sprint("pa_", i), Salt: seal.Hash{byte(i + 1)}, Values: []string{"old"}})
		counts.List = append(counts.List, seal.Count{Pseudonym: fmt.Sprint("pa_", i), Tickets: 46 + i})
	}
	record := selectionOnRecord{
		announced: domain.SelectionAnnounced{Panels: 1000},
		sealed:    &domain.SelectionPoolSealed{Pool: domain.Digest(pool.Root()), People: 5}, built: &domain.LotteryBuilt{Tickets: domain.Digest(counts.Root())},
	}
	given := func() chanceFile {
		return chanceFile{Form: chanceForm, Pool: pool.Receipts()[0], Chance: &counts.Tickets()[0]}
	}
	require.NoError(t, given().check(record))
	require.Equal(t, "46 tickets in 1,000", given().Chance.String())
	for name, forge := range map[string]func(*chanceFile){
		"a count":             func(f *chanceFile) { f.Chance.Tickets = 47 },
		"panels":              func(f *chanceFile) { f.Chance.Panels = 100 },
		"another's tickets":   func(f *chanceFile) { f.Chance = &counts.Tickets()[3] },
		"a value":             func(f *chanceFile) { f.Pool.Values["age"] = "young" },
		"a salt":              func(f *chanceFile) { f.Pool.Salt[0]++ },
		"a size":              func(f *chanceFile) { f.Pool.Size++ },
		"another's pool leaf": func(f *chanceFile) { f.Pool.Path = pool.Receipts()[1].Path },
	} {
		f := given()
		forge(&f)
		require.ErrorIs(t, f.check(record), seal.ErrReceipt, name)
	}
	record.built = nil
	require.ErrorIs(t, given().check(record), seal.ErrReceipt, "there are no tickets before the lottery")
	alone := given()
	alone.Chance = nil
	require.NoError(t, alone.check(record))
}
