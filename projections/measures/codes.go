package measures

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/domain"
)

// CodesDoc is what coders found by one version of a coding frame, in the words from one place or from all over the world. Where the place is hidden, Suppressed says so, and
// what follows is absent.
type CodesDoc struct {
	Head
	Edition    domain.EditionID   `json:"edition"`
	Frame      domain.ArtefactRef `json:"frame"`
	SampleType domain.SampleType  `json:"sampleType"`
	Place      domain.Place       `json:"place"`
	Suppressed bool               `json:"suppressed"`
	*Coded
}

// Coded are the findings. A segment is settled when its coding was adjudicated, or when two people coded it in one round; its codes are then those of the adjudication, or
// those on which these people agree. Shares are of units with a settled segment.
type Coded struct {
	Segments     int            `json:"segments"`
	Settled      int            `json:"settled"`
	Once         int            `json:"once"`        // coded by one person only, or by machines only
	Open         int            `json:"open"`        // pairs of coders who see a segment differently that nobody settled
	Adjudicated  int            `json:"adjudicated"` //
	Suggested    int            `json:"suggested"`   // segments with a suggestion by a machine, which nobody counts as a coder
	Sources      int            `json:"sources"`     // worksheets, statements and open answers with a settled segment
	Tables       int            `json:"tables"`      // with a settled segment in a worksheet
	Countries    int            `json:"countries"`
	Codes        []CodeResult   `json:"codes"`        // in the order of the frame
	CoOccurrence []CoOccurrence `json:"coOccurrence"` // pairs of codes that occur in one source, in the order of the frame
	Overall      Reliability    `json:"overall"`      // a segment's codes as one value: two coders agree if they found the same codes
}

// CodeResult is one code. It is reported by units, not by mentions, so that who talks long has no more weight.
type CodeResult struct {
	Code      string       `json:"code"`
	Label     domain.LText `json:"label"`
	Segments  int          `json:"segments"`
	Sources   Salience     `json:"sources"`
	Tables    Salience     `json:"tables"`
	Countries Salience     `json:"countries"`
	Reliability
}

// Salience is in how many units a code occurs.
type Salience struct {
	Count int    `json:"count"`
	Share Number `json:"share"` // segments with the code / all segments, 0 to 1; null where there are none
}

// CoOccurrence is how often two codes occur together.
type CoOccurrence struct {
	Codes    [2]string `json:"codes"`
	Segments int       `json:"segments"`
	Sources  int       `json:"sources"`
	Tables   int       `json:"tables"`
}

// Reliability is how far people agree beyond chance who coded the same segments, over the segments that were coded at least twice, before any adjudication. It is null where
// it does not exist.
type Reliability struct {
	Units int    `json:"units"` // segments coded at least twice in one round
	Alpha Number `json:"alpha"` // Krippendorff's alpha for names, at most 1; null where there is none
	Kappa Number `json:"kappa"` // Cohen's kappa, at most 1, where all of them were coded by the same two people; null elsewhere
}

// Codes has a document for every version of a coding frame, sample type and place.
//
// Counts of places add up to those of the world. A place from which there are fewer sources than the least base is hidden, and so many others that nobody reckons its
// counts back; the world is hidden where all sources together are fewer. A worksheet counts as one, though several people wrote it. Tables and countries of the world are those of
// places that are shown: in how many of two hidden places a code occurs says with how many sources it occurs in each, where there are two.
var Codes = of(View{Name: "codes", Version: Version, Public: true,
	About: "what was found by a coding frame: codes by source, table and country, agreement of coders; key: edition/frame@version/sampleType/place, place may be world"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, f := range in.codebooks() {
			for _, place := range in.codebook(f).places() {
				keys = append(keys, f.String()+"/"+string(place))
			}
		}
		return keys
	},
	func(in *Inputs, key string, d *CodesDoc) error {
		f, place, ok := parseFramed(key)
		book := in.codebook(f)
		if !ok || book == nil || !slices.Contains(book.places(), place) {
			return ErrNoDocument
		}
		d.Edition, d.Frame, d.SampleType, d.Place = f.Edition, f.Frame, f.Sample, place
		in.warnOfSample(f.Sample, &d.Head)
		rule := in.suppression(f.Edition, &d.Head)
		hidden := book.hidden(rule.MinBase)
		if d.Suppressed = hidden[place]; d.Suppressed {
			d.warn(WarnSuppressed, "what was found in fewer than %d sources is hidden, and so are places that would tell of them", rule.MinBase)
			return nil
		}
		if place == World && len(hidden) > 1 && slices.ContainsFunc(book.places(), func(p domain.Place) bool { return hidden[p] }) {
			d.warn(WarnHiddenTables, "tables and countries are those of the places that are shown")
		}
		d.Coded = book.sum(in.codes(f.Frame), place, hidden, &d.Head)
		return nil
	})

func parseFramed(key string) (f Framed, place domain.Place, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return f, "", false
	}
	id, version, _ := strings.Cut(parts[1], "@")
	n, err := strconv.Atoi(version)
	f = Framed{domain.EditionID(parts[0]), domain.ArtefactRef{ID: domain.ArtefactID(id), Version: n}, domain.SampleType(parts[2])}
	return f, domain.Place(parts[3]), err == nil && refString(f.Frame) == parts[1]
}

// places are the World and those from which there are words, in order.
func (c *Codebook) places() []domain.Place {
	var places []domain.Place
	for _, g := range c.Segments {
		if i, found := slices.BinarySearch(places, g.Place); !found {
			places = slices.Insert(places, i, g.Place)
		}
	}
	return slices.Insert(places, 0, World)
}

// units are those in which something occurs.
type units struct {
	segments  int
	sources   map[Origin]bool
	tables    map[domain.StreamID]bool
	countries map[domain.Place]bool
}

func newUnits() *units {
	return &units{sources: map[Origin]bool{}, tables: map[domain.StreamID]bool{}, countries: map[domain.Place]bool{}}
}

// add counts a segment; of a hidden place no table and no country.
func (u *units) add(g *Segment, hidden bool) {
	u.segments++
	if u.sources[g.Source] = true; hidden {
		return
	}
	if g.Source.Output != "" {
		u.tables[g.Source.Stream] = true
	}
	if g.Place != "" && g.Place != domain.UnknownPlace {
		u.countries[g.Place] = true
	}
}

func salience(some, all int) Salience {
	s := Salience{some, None}
	if all > 0 {
		s.Share = Number(float64(some) / float64(all))
	}
	return s
}

// sum adds up what was found in a place, or in all.
func (c *Codebook) sum(frame []domain.Code, place domain.Place, hidden map[domain.Place]bool, h *Head) *Coded {
	d := &Coded{Codes: []CodeResult{}, CoOccurrence: []CoOccurrence{}}
	order := map[string]int{}
	for i, code := range frame {
		order[code.ID] = i
	}
	all, found, inSegment, inSource := newUnits(), make([]*units, len(frame)), map[[2]int]int{}, map[Origin][]bool{}
	without := map[domain.StreamID]bool{} // tables of hidden places
	for i := range found {
		found[i] = newUnits()
	}
	var twice []*Segment
	for _, g := range c.Segments {
		if place != World && g.Place != place {
			continue
		}
		d.Segments++
		if g.adjudicated {
			d.Adjudicated++
		}
		if slices.ContainsFunc(g.Codings, func(c coding) bool { return !c.human }) {
			d.Suggested++
		}
		if people, many := g.people(); many {
			twice = append(twice, g)
			d.Open += apart(g, people)
		} else if !g.adjudicated {
			d.Once++
		}
		codes, settled := g.standing()
		if !settled {
			continue
		}
		if all.add(g, hidden[g.Place]); hidden[g.Place] {
			without[g.Source.Stream] = true
		}
		if inSource[g.Source] == nil {
			inSource[g.Source] = make([]bool, len(frame))
		}
		var places []int
		for _, code := range codes {
			if i, known := order[code]; known {
				found[i].add(g, hidden[g.Place])
				inSource[g.Source][i] = true
				places = append(places, i)
			}
		}
		slices.Sort(places)
		for n, a := range places {
			for _, b := range places[n+1:] {
				inSegment[[2]int{a, b}]++
			}
		}
	}
	d.Settled, d.Sources, d.Tables, d.Countries = all.segments, len(all.sources), len(all.tables), len(all.countries)
	for i, code := range frame {
		u := found[i]
		d.Codes = append(d.Codes, CodeResult{
			Code: code.ID, Label: code.Label, Segments: u.segments, Sources: salience(len(u.sources), d.Sources), Tables: salience(len(u.tables), d.Tables),
			Countries:   salience(len(u.countries), d.Countries),
			Reliability: reliability(twice, "code "+code.ID, func(codes []string) string { return strconv.FormatBool(slices.Contains(codes, code.ID)) }, h),
		})
	}
	d.Overall = reliability(twice, "overall", func(codes []string) string { return strings.Join(codes, "\n") }, h)
	d.CoOccurrence = together(frame, inSegment, inSource, without)
	return d
}

// apart counts the pairs of people who see a segment differently, while it is not settled.
func apart(g *Segment, people []coding) (pairs int) {
	if !g.differ() {
		return 0
	}
	for i, a := range people {
		for _, b := range people[:i] {
			if !slices.Equal(a.codes, b.codes) {
				pairs++
			}
		}
	}
	return pairs
}

// together counts the pairs of codes that occur in one source, and the tables in which they do, but for some.
func together(frame []domain.Code, inSegment map[[2]int]int, inSource map[Origin][]bool, but map[domain.StreamID]bool) []CoOccurrence {
	n := len(frame)
	sources, tables := make([]int, n*n), make([]map[domain.StreamID]bool, n*n)
	for source, codes := range inSource {
		for a := range n {
			for b := a + 1; b < n && codes[a]; b++ {
				if !codes[b] {
					continue
				}
				sources[a*n+b]++
				if source.Output != "" && !but[source.Stream] {
					if tables[a*n+b] == nil {
						tables[a*n+b] = map[domain.StreamID]bool{}
					}
					tables[a*n+b][source.Stream] = true
				}
			}
		}
	}
	pairs := []CoOccurrence{}
	for a := range n {
		for b := a + 1; b < n; b++ {
			if i := a*n + b; sources[i] > 0 {
				pairs = append(pairs, CoOccurrence{[2]string{frame[a].ID, frame[b].ID}, inSegment[[2]int{a, b}], sources[i], len(tables[i])})
			}
		}
	}
	return pairs
}

// byName orders people by their names.
func byName(a, b coding) int { return cmp.Compare(a.coder, b.coder) }
