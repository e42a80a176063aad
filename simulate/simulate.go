// Package simulate makes a synthetic global edition from a seed: countries, people, what they answer and write, and everything around it, in the order in
// which it would happen. Nobody said or did any of it, and the record says so (EditionOpened.synthetic).
//
// The rule it keeps: the same options give the same ledger, byte for byte. Chance is integers from a seeded generator, time is simulated, salts derive
// from the seed. Everything is done by the same commands that people use, so that every rule of the domain is held against it.
package simulate

import (
	"errors"
	"fmt"
)

// Options say which edition is made. Other options are another edition.
type Options struct {
	Seed      uint64
	Countries int // how many, from the first of the list on
	Citizens  int // seats in each country's room
	Online    int // people who take part online in each country that opens its dialogue to everybody

	// Walks draws whole walks in every country, as editions did before there were lotteries over panels.
	Walks bool
}

// The limits of Options.
const (
	MaxCountries = 72 // as many as there are in countries
	MinCitizens  = 10
	MaxCitizens  = 3000 // whose tables still fit in one record
	MaxOnline    = 100_000
)

// Check rejects options that make no edition.
func (o Options) Check() error {
	switch {
	case o.Countries < 2 || o.Countries > len(countries):
		return fmt.Errorf("2 to %d countries take part, not %d", len(countries), o.Countries)
	case o.Citizens < MinCitizens || o.Citizens > MaxCitizens:
		return fmt.Errorf("%d to %d citizens take part in each country, not %d", MinCitizens, MaxCitizens, o.Citizens)
	case o.Online < 0 || o.Online > MaxOnline:
		return fmt.Errorf("0 to %d people take part online in a country, not %d", MaxOnline, o.Online)
	}
	return nil
}

// ErrOther says that the ledger has another edition in the place of the one that is to be made.
var ErrOther = errors.New("another edition stands there under the same id")
