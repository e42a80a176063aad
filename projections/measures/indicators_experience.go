package measures

import (
	"cmp"
	"slices"
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// experiences is how many indicators there are of how people found the day: E1 to E8.
const experiences = 8

// experienceIndicators are those that people themselves answered for.
func experienceIndicators() []indicator {
	all := make([]indicator, 0, experiences+3)
	cast := []domain.Event{domain.BallotCast{}}
	for n := range experiences {
		all = append(all, indicator{key: "E" + strconv.Itoa(n+1), principle: "experience", each: func(j *judge, s *scene) reading { return experienced(j, s, n) }, rests: cast})
	}
	return append(all,
		indicator{key: "E9", principle: "learning", each: learned, rests: cast},
		indicator{key: "E10", principle: "considered change", each: changed, rests: cast},
		indicator{key: "E11", principle: "domination", each: dominated, applies: meets, rests: cast},
	)
}

// evaluations are the scales of the wave of evaluation that are put to people, in the order of the agenda. The n-th of them is E<n>: the questions of the OECD have
// one published order, and a protocol does not name them.
func (j *judge) evaluations() (found []domain.ArtefactRef) {
	sessions := slices.Clone(j.board.Sessions)
	slices.SortStableFunc(sessions, func(a, b projections.PlannedSession) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	for _, s := range sessions {
		for _, i := range s.Instruments {
			if i.Wave != domain.EvaluationWave || slices.Contains(found, i.Artefact) {
				continue
			}
			if q := j.in.question(i.Artefact); q != nil && q.Kind == domain.Likert && q.Unit == domain.Individual && q.Polarity != "" {
				found = append(found, i.Artefact)
			}
		}
	}
	return found
}

// experienced is E1 to E8.
func experienced(j *judge, s *scene, n int) reading {
	key, about := "E"+strconv.Itoa(n+1), ""
	for _, i := range j.list {
		if i.Key == key {
			about = i.About
		}
	}
	r := reading{main: part{key: key, about: about, unit: "share", of: "answers", sampled: true, limit: key, figure: nothing(ofShare, "the evaluation has no scale at place "+strconv.Itoa(n+1))}}
	asked := j.evaluations()
	if n >= len(asked) {
		return r
	}
	r.main.question = asked[n].ID
	r.main.why = "nobody answered the evaluation"
	room := j.in.room(s.d.Dialogue)
	for _, p := range j.in.polls(room) {
		if p.Question != asked[n] || p.Wave != domain.EvaluationWave {
			continue
		}
		c := p.sheet.count(p.question)
		r.main.figure = r.main.plus(share(max(0, c.favourable(p.question)), c.valid, ""))
		r.parts = append(r.parts,
			part{key: key + ".mean", about: "mean point", unit: "points", of: "answers", question: asked[n].ID, figure: points(p.question, p.sheet)},
			part{key: key + ".gap", about: "largest difference of the share between two strata", unit: "share", of: "answers", question: asked[n].ID, figure: j.gap(p, room), limit: "E.gap"},
		)
		r.see(Result, p.Asked.String()+"/"+string(s.d.Place))
		break
	}
	return r
}

// points are those of a scale, by table.
func points(q *domain.Question, sheet *Sheet) figure {
	f := figure{how: ofScale, why: "nobody answered the evaluation"}
	c := sheet.count(q)
	seated := 0
	for _, t := range c.tables {
		m := stats.Moments{}
		for i, n := range t.cells {
			m.Base, m.Sum, m.Squares = m.Base+n, m.Sum+n*(i+1), m.Squares+n*(i+1)*(i+1)
		}
		seated += m.Base
		f.tables = append(f.tables, m)
	}
	if seated < c.valid {
		f.tables = nil // somebody sat at no table
	}
	for i, n := range c.cells {
		f.base, f.sum = f.base+n, f.sum+float64(n*(i+1))
	}
	return f
}

// gapBase is the least base of a stratum whose share is compared with those of others: below it a difference is mostly chance.
func (j *judge) gapBase() int {
	n := max(30, j.in.suppression(j.edition, j.h).MinBase)
	j.h.with("gapBase", n)
	return n
}

// gap counts the favourable answers in each stratum of each dimension.
func (j *judge) gap(p poll, room *Room) figure {
	f := figure{how: ofGap, least: j.gapBase(), why: "nobody was asked for their strata"}
	plan := j.in.measurePlan(j.edition, j.h)
	if plan == nil {
		return f
	}
	c := p.sheet.count(p.question)
	dimensions, strata := j.in.strataOf(room, j.edition, plan)
	for i, dim := range dimensions {
		counts := make([]stratumShare, len(dim.Strata))
		for person, stratum := range strata[i] {
			cell := c.one(person)
			if stratum < 0 || cell < 0 {
				continue
			}
			if counts[stratum].base++; favours(p.question, cell) {
				counts[stratum].count++
			}
		}
		placed := 0
		for n, s := range dim.Strata {
			if counts[n].base > 0 {
				f.in(stratumShare{dim.Name, s.ID, counts[n].count, counts[n].base})
				placed += counts[n].base
			}
		}
		f.base = max(f.base, placed)
	}
	return f
}

// matched are the people of a dialogue who answered a question before and after.
func (j *judge) matched(s *scene, take func(p pair, q *domain.Question, m *matched)) {
	room := j.in.room(s.d.Dialogue)
	if s.before == nil && room != nil {
		s.before = []matchedPair{}
		for _, p := range j.in.pairs() {
			q, sheet := j.in.question(p.after.Question), room.Sheet(p.after)
			if p.after.Edition != j.edition || sheet == nil {
				continue
			}
			if m := match(q, p.before, []*Sheet{sheet}); m.n() > 0 {
				s.before = append(s.before, matchedPair{p, q, m})
			}
		}
	}
	for _, p := range s.before {
		take(p.pair, p.question, p.people)
	}
}

// learned is E9.
func learned(j *judge, s *scene) reading {
	r := reading{main: part{
		key: "E9", about: "share of right answers after, less that before, of the same people; above 0 with its whole interval", unit: "share", of: "answers of the same people",
		figure: nothing(ofLearning, "the protocol names no right answers, or nobody was asked before and after"),
	}}
	plan := j.in.measurePlan(j.edition, j.h)
	if plan == nil {
		return r
	}
	j.matched(s, func(p pair, q *domain.Question, m *matched) {
		right := slices.IndexFunc(q.Options, func(o domain.Option) bool { return o.ID == plan.Correct[p.after.Question.ID] })
		if plan.Correct[p.after.Question.ID] == "" || right < 0 {
			return
		}
		f := figure{how: ofLearning, base: m.n()}
		for i := range m.before {
			at := 0
			if m.before[i] == right {
				at |= 1
			}
			if m.after[i] == right {
				at |= 2
			}
			f.pairs[at]++
		}
		r.main.figure, r.main.question = r.main.plus(f), p.after.Question.ID
		r.see(Change, p.key()+"/"+string(s.d.Place))
	})
	return r
}

// changed is E10.
func changed(j *judge, s *scene) reading {
	const why = "nobody was asked before and after"
	moved, people := 0, 0
	net, ratios := figure{how: ofMean, why: why}, figure{how: ofMean, why: "no scale was answered before and after by several people"}
	r := reading{}
	j.matched(s, func(p pair, q *domain.Question, m *matched) {
		table, err := stats.TransitionTable(m.cells, m.before, m.after)
		if err != nil {
			j.h.fail("moves", err)
			return
		}
		t, err := stats.Transitions(table)
		if err != nil {
			j.h.fail("moves", err)
			return
		}
		j.h.by(stats.AlgorithmTransition)
		for i := range m.before {
			if m.before[i] != m.after[i] {
				moved++
			}
		}
		people += m.n()
		net = net.plus(mean(t.Net, 1, ""))
		if q.Kind == domain.Likert && m.n() > 1 {
			before, after := make([]int, m.n()), make([]int, m.n())
			for i := range before {
				before[i], after[i] = m.before[i]+1, m.after[i]+1
			}
			if pm, err := stats.PairedMeans(before, after, 0.95); err == nil && pm.VarianceRatio != nil {
				j.h.by(stats.AlgorithmPairedMeans)
				ratios = ratios.plus(mean(*pm.VarianceRatio, 1, ""))
			}
		}
		r.see(Change, p.key()+"/"+string(s.d.Place))
	})
	r.main = part{key: "E10", about: "people who chose otherwise after than before (gross change)", unit: "share", of: "answers of the same people", figure: share(moved, people, why)}
	r.parts = []part{
		{key: "E10.net", about: "half of what the shares moved by, in all (net change): mean over questions", unit: "share", of: "questions", figure: net},
		{key: "E10.variance", about: "variance of answers after by that before, below 1 where people came closer: mean over scales", unit: "ratio", of: "scales", figure: ratios},
	}
	return r
}

// dominated is E11.
func dominated(j *judge, s *scene) reading {
	r := reading{main: part{
		key: "E11", about: "how alike people at one table answered after, less how alike before: mean over scales (intraclass correlation)", unit: "points", of: "scales",
		figure: nothing(ofMean, "no scale was answered at five tables or more before and after"), limit: "E11",
	}}
	j.matched(s, func(p pair, q *domain.Question, m *matched) {
		if q.Kind != domain.Likert {
			return
		}
		if len(m.was) < leastTables {
			return
		}
		before, err := stats.ICC(m.was)
		if err != nil {
			return
		}
		after, err := stats.ICC(m.is)
		if err != nil {
			return
		}
		j.h.by(stats.AlgorithmTableRobust)
		r.main.figure = r.main.plus(mean(after.ICC-before.ICC, 1, ""))
		r.see(Change, p.key()+"/"+string(s.d.Place))
	})
	r.parts = []part{{key: "E11.speaking", about: "how unequally people spoke", unit: "points", figure: nothing(ofMean, "nobody measured how long people spoke")}}
	return r
}

// reasoned adds the deliberative reason index to E10, of each sample type. It is computed later, as the view that has it does.
func (j *judge) reasoned(d *IndicatorsDoc) {
	type waiting struct {
		result *IndicatorResult
		doc    *ReasonDoc
		later  func(Tick) error
	}
	var all []waiting
	for n := range d.Indicators {
		r := &d.Indicators[n]
		if r.Indicator != "E10" {
			continue
		}
		place := World
		if d.Dialogue != "" {
			place = d.Place
		}
		key := string(d.Edition) + "/" + string(r.SampleType) + "/" + string(place)
		j.in.later = nil
		doc := seen[ReasonDoc](j, Reason, key)
		if doc == nil || j.in.later == nil {
			r.Parts = append(r.Parts, j.measured(part{key: "E10.dri", about: "deliberative reason index after", unit: "points", figure: nothing(ofMean, "considerations were not rated, and preferences not ranked, before and after")}))
			continue
		}
		r.Views = append(r.Views, Reason.Name+" "+key)
		all = append(all, waiting{r, doc, j.in.later})
	}
	j.in.later = nil
	if len(all) == 0 {
		return
	}
	j.in.later = func(tick Tick) error {
		for _, w := range all {
			if err := w.later(tick); err != nil {
				return err
			}
			d.by(w.doc.Algorithms...)
			after, change, n := w.doc.After, w.doc.Change, w.doc.Counted
			if d.Dialogue != "" {
				after, change, n = None, None, 0
				for _, one := range w.doc.Dialogues {
					if one.Dialogue == d.Dialogue && one.After != nil && one.Change != nil {
						after, change, n = one.After.DRI, *one.Change, 1
					}
				}
			}
			for _, m := range []Measured{
				{Key: "E10.dri", About: "deliberative reason index after, mean over dialogues", Value: after},
				{Key: "E10.dri.change", About: "deliberative reason index after, less that before", Value: change},
			} {
				m.Unit, m.Of, m.Verdict = "points", "dialogues", Reported
				if base := n; m.Value.known() {
					m.Base = &base
				} else {
					m.Verdict, m.Unknown = Unknown, "too few people rated every consideration and ranked the preferences before and after"
				}
				w.result.Parts = append(w.result.Parts, m)
			}
		}
		return nil
	}
}
