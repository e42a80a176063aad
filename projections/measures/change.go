package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
	"daybook.internal/projections/stats/disclosure"
)

// ChangeDoc is how the people of one place, or of all, moved between two waves of one question: those who gave a valid answer under the same pseudonym in both.
type ChangeDoc struct {
	Head
	Edition     domain.EditionID    `json:"edition"`
	Question    domain.ArtefactRef  `json:"question"`
	Kind        domain.QuestionKind `json:"kind"`
	Text        domain.LText        `json:"text"`
	SampleType  domain.SampleType   `json:"sampleType"`
	Place       domain.Place        `json:"place"`
	Before      domain.SessionID    `json:"before"` // the session of wave pre
	After       domain.SessionID    `json:"after"`  // the session of wave post
	Suppressed  bool                `json:"suppressed"`
	MovesHidden bool                `json:"movesHidden"`        // only what follows from how many gave each answer before and after is published
	Matched     *int                `json:"matched,omitempty"`  // people who gave a valid answer both times; null where it is suppressed
	Pre         *int                `json:"pre,omitempty"`      // valid answers before
	Post        *int                `json:"post,omitempty"`     // valid answers after
	Unpaired    *Unpaired           `json:"unpaired,omitempty"` // where it is suppressed and the results of both waves are not
	Options     []string            `json:"options"`
	Moves       *Moves              `json:"moves,omitempty"`
	Shares      []ShareChange       `json:"shares,omitempty"`  // the shares of each option before and after
	Scale       *ScaleChange        `json:"scale,omitempty"`   // of a likert scale: how its mean moved
	Correct     *ShareChange        `json:"correct,omitempty"` // of a question of knowledge: the right answer
}

// Moves are the moves between options.
type Moves struct {
	Table        [][]int `json:"table,omitempty"` // [before][after]; absent where it is hidden
	Gross        Number  `json:"gross"`           // share of people who moved, 0 to 1
	Net          Number  `json:"net"`             // net change, 0 to 1: ½Σ|before-after| of the shares
	NetOverGross Number  `json:"netOverGross"`
	Margins      *Test   `json:"margins,omitempty"` // Stuart and Maxwell: whether the shares moved at all
}

// Unpaired compares the results of both waves, as if other people had answered after: but for Moved, it tells nothing that the results do not tell. Where the same people answered, the intervals are too wide.
type Unpaired struct {
	Pre    int             `json:"pre"`
	Post   int             `json:"post"`
	Net    Number          `json:"net"` // net change, 0 to 1: ½Σ|before-after| of the shares
	Shares []UnpairedShare `json:"shares"`
	Change *Number         `json:"change,omitempty"` // change of the mean point of a scale, in points: after less before
	Moved  *MovedBand      `json:"moved,omitempty"`  // absent where it could tell of those who answered once
}

// UnpairedShare is the share of one option in each wave.
type UnpairedShare struct {
	Option   string    `json:"option"`
	Before   Number    `json:"before"`
	After    Number    `json:"after"`
	Change   Number    `json:"change"`
	Interval *Interval `json:"interval"` // Newcombe, of two independent shares
}

// Test is a statistical test.
type Test struct {
	Statistic Number `json:"statistic"`
	DF        int    `json:"df"`
	PValue    Number `json:"pValue"`
}

// ShareChange is the share of one option before and after, among matched people.
type ShareChange struct {
	Option string  `json:"option"`
	Before Number  `json:"before"`
	After  Number  `json:"after"`
	Change Number  `json:"change"`
	PValue *Number `json:"pValue,omitempty"` // p-value of McNemar, 0 to 1, exact below 25 moves; absent where nobody moved
}

// ScaleChange is the mean point of a scale before and after, among matched people.
type ScaleChange struct {
	Before        Number    `json:"before"`
	After         Number    `json:"after"`
	Change        Number    `json:"change"`
	SD            Number    `json:"sd"` // standard deviation of the change, by n-1; at least 0
	T             Number    `json:"t"`
	PValue        Number    `json:"pValue"`
	Interval      *Interval `json:"interval,omitempty"`
	VarianceRatio Number    `json:"varianceRatio"` // variance after over that before, at least 0: below 1 people came closer
	Crossed       Number    `json:"crossed"`       // share of people who crossed the midpoint, 0 to 1
	TablesBefore  Number    `json:"iccBefore"`     // intraclass correlation in the first wave, at most 1: how alike people at one table answered; null where there are fewer than five, or it cannot be said
	TablesAfter   Number    `json:"iccAfter"`      // intraclass correlation in the last wave, at most 1; null where there are fewer than five tables, or it cannot be said
}

// Change has a document for every question that was asked before and after, wherever it was. Places whose result is hidden before or after are hidden here, and so are places in which fewer
// people than the least base answered both times, or only once: with the results it would tell what these said. Tables of moves with small rows are hidden with all that rests on
// more than their margins. What is hidden of one place is hidden of others too, so that it does not follow from the World: see changing.
var Change = of(View{Name: "change", Version: Version, Public: true,
	About: "how opinions moved between the waves pre and post of a question, among matched people; key: edition/question@version/sampleType/place, place may be world"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, p := range in.pairs() {
			for _, place := range everywhere(p.after, in.pool(p.after)) {
				keys = append(keys, p.key()+"/"+place)
			}
		}
		return keys
	},
	func(in *Inputs, key string, d *ChangeDoc) error {
		for _, p := range in.pairs() {
			if place, ok := p.placeOf(key); ok {
				return in.change(p, place, d)
			}
		}
		return ErrNoDocument
	})

// A pair is one question before and after.
type pair struct{ before, after Asked }

func (p pair) key() string {
	return string(p.after.Edition) + "/" + refString(p.after.Question) + "/" + string(p.after.Sample)
}

// placeOf is the place of a key, where it is one of this pair.
func (p pair) placeOf(key string) (domain.Place, bool) {
	prefix := p.key() + "/"
	if len(key) <= len(prefix) || key[:len(prefix)] != prefix {
		return "", false
	}
	return domain.Place(key[len(prefix):]), true
}

// pairs are the questions with cells that were asked before and after, each in the first session of its wave.
func (in *Inputs) pairs() []pair {
	var pairs []pair
	for _, a := range in.pools() {
		q := in.question(a.Question)
		if a.Wave != domain.PostWave || q == nil || !oneCell(a, q) || q.Unit != domain.Individual {
			continue
		}
		if n := len(pairs); n > 0 && pairs[n-1].after.Question == a.Question && pairs[n-1].after.Sample == a.Sample {
			continue
		}
		for _, b := range in.pools() {
			if b.Wave == domain.PreWave && b.Edition == a.Edition && b.Question == a.Question && b.Sample == a.Sample {
				pairs = append(pairs, pair{b, a})
				break
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.key(), b.key()) })
	return pairs
}

func (in *Inputs) change(p pair, place domain.Place, d *ChangeDoc) error {
	after, q := in.pool(p.after), in.question(p.after.Question)
	sheets := after.of(place)
	if len(sheets) == 0 {
		return ErrNoDocument
	}
	a := p.after
	d.Edition, d.Question, d.Kind, d.Text, d.SampleType, d.Place = a.Edition, a.Question, q.Kind, q.Text, a.Sample, place
	d.Before, d.After, d.Options = p.before.Session, a.Session, []string{}
	for _, c := range cellsOf(q) {
		d.Options = append(d.Options, c.name)
	}
	in.warnOf(a, after, &d.Head)
	x, err := in.changing(p, q, &d.Head)
	if err != nil {
		d.fail("disclosure", err) // and nothing is shown
		d.Suppressed = true
		return nil
	}
	m := match(q, p.before, sheets)
	if d.Suppressed = x.hidden[place] || m.n() == 0; d.Suppressed {
		before := in.pool(p.before)
		if !in.hidden(p.before, before, q, &d.Head)[place] && !in.hidden(a, after, q, &d.Head)[place] {
			d.unpaired(count(q, before.of(place)), count(q, sheets), q)
			if b, ok := x.moved[place]; ok && d.Unpaired != nil {
				d.Unpaired.Moved = b.doc()
			}
		}
		d.warn(WarnSuppressed, "hidden: too few people answered before or after, both times or only once, or it would tell those of such places")
		return nil
	}
	if d.MovesHidden = x.inner[place]; d.MovesHidden {
		d.warn(WarnSuppressed, "the moves are hidden, and what rests on them: some would tell of few people")
	}
	n := m.n()
	d.Matched, d.Pre, d.Post = &n, &m.pre, &m.post
	d.moves(m)
	d.shares(m)
	if q.Kind == domain.Likert {
		seated := m
		if place == World && len(x.hidden) > 1 { // of all it would tell how few people of hidden places sat together
			seated = match(q, p.before, after.shown(x.hidden))
			d.warn(WarnHiddenTables, "how alike people at one table are is known from the tables of the places that are shown")
		}
		d.scale(m, seated, q)
	}
	if plan := in.measurePlan(a.Edition, &d.Head); plan != nil {
		if right := plan.Correct[a.Question.ID]; right != "" {
			for i := range d.Shares {
				if d.Shares[i].Option == string(right) {
					d.Correct = &d.Shares[i]
				}
			}
		}
	}
	return nil
}

// matched are the people who answered in both waves: their cells, and the tables at which they answered after.
type matched struct {
	cells         int
	before, after []int // of each person
	pre, post     int   // valid answers of everybody
	left, came    []int // by cell: valid answers before of people who gave none after, and the other way round
	was, is       []stats.Moments
}

func (m *matched) n() int { return len(m.before) }

// match finds the people of some sheets in the wave before.
func match(q *domain.Question, before Asked, sheets []*Sheet) *matched {
	n, people := len(cellsOf(q)), 0
	for _, s := range sheets {
		people += len(s.Answers)
	}
	m := &matched{cells: n, left: make([]int, n), came: make([]int, n), before: make([]int, 0, people), after: make([]int, 0, people)}
	for _, s := range sheets {
		c, first := s.count(q), s.Room.Sheet(before)
		m.post += c.valid
		for i, n := range c.cells {
			m.came[i] += n
		}
		if first == nil {
			continue
		}
		was := first.count(q)
		for i, n := range was.cells {
			m.left[i] += n
		}
		m.pre += was.valid
		before, after := make([][]int, len(s.Room.Tables)), make([][]int, len(s.Room.Tables))
		for i, g := range s.Answers {
			x, y := was.one(i), c.one(i)
			if x < 0 || y < 0 {
				continue
			}
			m.before, m.after = append(m.before, x), append(m.after, y)
			m.left[x]--
			m.came[y]--
			if g.Table >= 0 {
				before[g.Table], after[g.Table] = append(before[g.Table], x+1), append(after[g.Table], y+1)
			}
		}
		for t := range before {
			if len(before[t]) > 0 {
				m.was, m.is = append(m.was, stats.MomentsOf(before[t])), append(m.is, stats.MomentsOf(after[t]))
			}
		}
	}
	return m
}

// moves fills the table of moves. Where it is hidden, so is everything that does not follow from its margins.
func (d *ChangeDoc) moves(m *matched) {
	table := m.table()
	t, err := stats.Transitions(table)
	if err != nil {
		d.fail("moves", err)
		return
	}
	d.by(stats.AlgorithmTransition)
	d.by(disclosure.Algorithm + "/" + disclosure.Version)
	if d.MovesHidden {
		d.Moves = &Moves{Gross: None, Net: Number(t.Net), NetOverGross: None}
		return
	}
	d.Moves = &Moves{Table: table, Gross: Number(t.Gross), Net: Number(t.Net), NetOverGross: optional(t.NetOverGross)}
	test, err := stats.StuartMaxwell(table)
	switch stats.NameOf(err) {
	case "":
		d.by(stats.AlgorithmStuartMaxwell)
		d.Moves.Margins = &Test{Number(test.Statistic), test.DF, Number(test.P)}
	case stats.ErrNoChange: // nobody moved, and there is nothing to test
	default:
		d.fail("margins", err)
	}
}

// shares fills the shares of each option.
func (d *ChangeDoc) shares(m *matched) {
	n := float64(m.n())
	for i, name := range d.Options {
		was, is, left, came := 0, 0, 0, 0
		for k := range m.before {
			x, y := m.before[k] == i, m.after[k] == i
			switch {
			case x && y:
				was, is = was+1, is+1
			case x:
				was, left = was+1, left+1
			case y:
				is, came = is+1, came+1
			}
		}
		c := ShareChange{name, Number(float64(was) / n), Number(float64(is) / n), Number(float64(is-was) / n), nil}
		if d.MovesHidden {
			d.Shares = append(d.Shares, c)
			continue
		}
		test, err := stats.McNemar(left, came)
		switch stats.NameOf(err) {
		case "":
			d.by(stats.AlgorithmMcNemar)
			p := Number(test.P())
			c.PValue = &p
		case stats.ErrNoChange:
		default:
			d.fail("change of "+name, err)
		}
		d.Shares = append(d.Shares, c)
	}
}

// unpaired fills what results before and after tell.
func (d *ChangeDoc) unpaired(before, after *counts, q *domain.Question) {
	if before.valid == 0 || after.valid == 0 {
		return
	}
	u, apart := &Unpaired{Pre: before.valid, Post: after.valid}, 0
	for i, name := range d.Options {
		n, err := stats.Newcombe(after.cells[i], after.valid, before.cells[i], before.valid, stats.Z95)
		if err != nil {
			d.fail("unpaired", err)
			return
		}
		d.by(stats.AlgorithmNewcombe)
		difference := after.cells[i]*before.valid - before.cells[i]*after.valid
		apart += max(difference, -difference)
		u.Shares = append(u.Shares, UnpairedShare{name, Number(n.B.Share), Number(n.A.Share), Number(n.Difference), interval(n.Interval)})
	}
	u.Net = Number(float64(apart) / float64(2*before.valid*after.valid))
	if q.Kind == domain.Likert {
		was, _ := before.moments()
		is, _ := after.moments()
		change := Number(is - was)
		u.Change = &change
	}
	d.Unpaired = u
}

// scale fills the means; how alike people at one table are, from the people of seated.
func (d *ChangeDoc) scale(m, seated *matched, q *domain.Question) {
	before, after := make([]int, m.n()), make([]int, m.n())
	for i := range before {
		before[i], after[i] = m.before[i]+1, m.after[i]+1
	}
	means, err := stats.PairedMeans(before, after, 0.95)
	if err != nil {
		d.fail("means", err)
		return
	}
	d.by(stats.AlgorithmPairedMeans)
	d.Scale = &ScaleChange{
		Before: Number(means.Pre.Mean), After: Number(means.Post.Mean), Change: Number(means.Change), SD: Number(means.SD), Interval: interval(means.Interval), VarianceRatio: optional(means.VarianceRatio),
		T: None, PValue: None, Crossed: None, TablesBefore: None, TablesAfter: None,
	}
	if d.MovesHidden {
		d.Scale.SD, d.Scale.Interval = None, nil
	} else if means.T != nil {
		d.Scale.T, d.Scale.PValue = Number(means.T.Statistic), Number(means.T.P)
	}
	if cross, err := stats.MidpointCrossings(before, after, 1, q.Points); err == nil && !d.MovesHidden {
		d.Scale.Crossed = Number(cross.Share())
	} else if err != nil {
		d.fail("midpoint", err)
	}
	d.Scale.TablesBefore, d.Scale.TablesAfter = d.alike(seated.was), d.alike(seated.is)
}

// alike is the intraclass correlation of tables; none where there are few, or it has no value.
func (d *ChangeDoc) alike(tables []stats.Moments) Number {
	if len(tables) < leastTables {
		return None
	}
	a, err := stats.ICC(tables)
	if err != nil {
		return None
	}
	d.by(stats.AlgorithmTableRobust)
	return Number(a.ICC)
}
