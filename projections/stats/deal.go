package stats

// A dealer puts people into countries by lot: tables of counts with the given sums of rows and columns, each with the chance that it has when the answers of all people are
// shuffled.
//
// It gives every person an option by lot, all with the same chances, and then has people of options that came too often, each time one of them all with the same chance,
// take options that came too seldom. No step knows one person from another, so every way to put the given answers to people comes as often as every other: all it takes is that
// the sums come out right. That holds whatever the chances are. Here they are parts of 256, near the shares of the options, so that eight people take one random number.
type dealer struct {
	bases, columns []int       // sums of rows and columns
	row            []int32     // of each person
	before         []int       // people in the rows above
	option         [256]uint8  // by a random byte; options beyond the 256th come by the second step alone
	one            [256]uint64 // the same as 1 in the byte of the option, where there are at most eight
	counts         [][]int     // what was dealt
	totals         []int
}

func newDealer(counts [][]int, bases []int) *dealer {
	d := &dealer{bases: bases, columns: make([]int, len(counts[0])), totals: make([]int, len(counts[0])), before: make([]int, len(bases))}
	people := 0
	for i, row := range counts {
		for o, c := range row {
			d.columns[o] += c
		}
		d.before[i] = people
		people += bases[i]
		for range bases[i] {
			d.row = append(d.row, int32(i))
		}
		d.counts = append(d.counts, make([]int, len(row)))
	}
	// Option o has the bytes from ⌈256·(people of options before it)/all⌉ on.
	o, upTo := 0, d.columns[0]
	for b := range d.option {
		for b*people >= upTo*256 && o+1 < len(d.columns) {
			o++
			upTo += d.columns[o]
		}
		d.option[b] = uint8(min(o, 255))
		if o < 8 {
			d.one[b] = 1 << (8 * o)
		}
	}
	return d
}

// deal fills counts.
func (d *dealer) deal(r *Random) {
	clear(d.totals)
	for i, n := range d.bases {
		counts := d.counts[i]
		clear(counts)
		if len(counts) <= 8 {
			d.few(counts, n, r)
		} else {
			d.many(counts, n, r)
		}
		for o, c := range counts {
			d.totals[o] += c
		}
	}
	scarce := 0
	for o := range d.totals {
		for d.totals[o] > d.columns[o] {
			for d.totals[scarce] >= d.columns[scarce] {
				scarce++
			}
			i := d.someone(o, r)
			d.counts[i][o]--
			d.counts[i][scarce]++
			d.totals[o]--
			d.totals[scarce]++
		}
	}
}

// few counts in eight bytes of a word, 248 people at most before one of them could overflow.
func (d *dealer) few(counts []int, n int, r *Random) {
	for n > 0 {
		some := min(n, 248)
		n -= some
		sum := uint64(0)
		for ; some >= 8; some -= 8 {
			x := r.Uint64()
			sum += d.one[uint8(x)] + d.one[uint8(x>>8)] + d.one[uint8(x>>16)] + d.one[uint8(x>>24)] +
				d.one[uint8(x>>32)] + d.one[uint8(x>>40)] + d.one[uint8(x>>48)] + d.one[uint8(x>>56)]
		}
		if some > 0 {
			for x := r.Uint64(); some > 0; some-- {
				sum += d.one[uint8(x)]
				x >>= 8
			}
		}
		for o := range counts {
			counts[o] += int(uint8(sum >> (8 * o)))
		}
	}
}

func (d *dealer) many(counts []int, n int, r *Random) {
	for n > 0 {
		x := r.Uint64()
		for range min(n, 8) {
			counts[d.option[uint8(x)]]++
			x >>= 8
		}
		n -= min(n, 8)
	}
}

// someone is the row of a person with an option, each with the same chance: people of a row are in the order of their options, as far as anybody asks.
func (d *dealer) someone(option int, r *Random) int {
	for {
		person := r.Intn(len(d.row))
		i := int(d.row[person])
		if person-d.before[i] < d.counts[i][option] {
			return i
		}
	}
}
