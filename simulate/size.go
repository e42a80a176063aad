package simulate

import "fmt"

// Expected is about how many events the edition of o has, within 5 of 100:
//
//	630 + 55 for each language besides the source
//	+ 239 for each country, and 67 for each citizen in each
//	+ 85 for each country that opens its dialogue online, and 25 for each person there
//
// These are counts of what the script does, measured once; TestExpected holds them against it.
func (o Options) Expected() int {
	online := o.onlineCountries()
	if o.Online == 0 {
		online = 0
	}
	return 630 + 55*(len(spoken(countries[:o.Countries]))-1) + o.Countries*(239+o.Citizens*67) + online*(85+o.Online*25)
}

func (o Options) onlineCountries() (n int) {
	for i := range o.Countries {
		if opensOnline(i) {
			n++
		}
	}
	return n
}

// usualCitizens is the largest room that a dialogue has without a waiver.
const usualCitizens = 200

// Sized gives options for about so many events, in so many countries: first by the size of the rooms, up to 200 citizens, then by how many people take part
// online.
func Sized(seed uint64, countries, events int) (Options, error) {
	o := Options{Seed: seed, Countries: countries, Citizens: MinCitizens}
	if err := o.Check(); err != nil {
		return o, err
	}
	if least := o.Expected(); events < least*95/100 {
		return o, fmt.Errorf("%d countries make %d events at least, not %d; take fewer countries, at least 2", countries, least, events)
	}
	o.Citizens = nearest(MinCitizens, usualCitizens, events, func(n int) int { return Options{Seed: seed, Countries: countries, Citizens: n}.Expected() })
	if o.Citizens == usualCitizens {
		o.Online = nearest(0, MaxOnline, events, func(n int) int {
			return Options{Seed: seed, Countries: countries, Citizens: usualCitizens, Online: n}.Expected()
		})
	}
	return o, o.Check()
}

// nearest is the first number from low to high at which the rising count reaches what is wanted; high where none does.
func nearest(low, high, want int, count func(int) int) int {
	for low < high {
		if mid := low + (high-low)/2; count(mid) < want {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
