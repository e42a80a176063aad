package measures

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// ReasonDoc is the deliberative reason index of the dialogues of one place, or of all of a sample type: how far people who agree on considerations also agree on
// preferences. It is one of people who talked with each other, so each dialogue has its own, and people of different ones are never paired. It is that of the same people before and
// after: those who rated every consideration and ranked the preferences in both waves.
type ReasonDoc struct {
	Head
	Edition        domain.EditionID     `json:"edition"`
	SampleType     domain.SampleType    `json:"sampleType"`
	Place          domain.Place         `json:"place"`
	Considerations []domain.ArtefactRef `json:"considerations"`
	Preferences    domain.ArtefactRef   `json:"preferences"`
	Dialogues      []DialogueReason     `json:"dialogues"`
	Counted        int                  `json:"counted"` // dialogues that have both indices and are shown
	Before         Number               `json:"before"`  // means of these, each dialogue counting the same
	After          Number               `json:"after"`
	Change         Number               `json:"change"`
}

// DialogueReason is the index of one dialogue. Where it is hidden Base and what follows are absent; an index that does not exist is null.
type DialogueReason struct {
	Dialogue   domain.DialogueID `json:"dialogue"`
	Place      domain.Place      `json:"place"`
	Suppressed bool              `json:"suppressed"`
	Base       *int              `json:"base,omitempty"` // people whose answers are compared
	Before     *Index            `json:"before,omitempty"`
	After      *Index            `json:"after,omitempty"`
	Change     *Number           `json:"change,omitempty"`
}

// Index is a deliberative reason index.
type Index struct {
	DRI      Number `json:"dri"`
	Distance Number `json:"distance"` // mean distance of the pairs, 0 to √2
	Pairs    int    `json:"pairs"`
	LeftOut  int    `json:"leftOut"` // pairs of which one gave the same to everything
}

// reasoning is what the index is computed from: the questions before and after, in the order of the plan, the ranking last.
type reasoning struct {
	before, after []Asked
	questions     []*domain.Question
}

// Reason has a document for every sample type, and every place of it, whose people rated considerations and ranked preferences before and after. A dialogue with fewer people than the least base is
// hidden, and no number of the document rests on it: what is over all dialogues is over those that are shown. An index tells of no answer.
var Reason = of(View{Name: "reason", Version: Version, Public: true, Heavy: true,
	About: "deliberative reason index of each dialogue before and after, and its mean; key: edition/sampleType/place, place may be world"},
	func(in *Inputs) []string {
		keys := []string{}
		in.samples(func(edition domain.EditionID, sample domain.SampleType) {
			if r := in.reasoning(edition, sample); r != nil {
				for _, place := range everywhere(Asked{}, in.pool(r.last())) {
					keys = append(keys, string(edition)+"/"+string(sample)+"/"+place)
				}
			}
		})
		return keys
	},
	func(in *Inputs, key string, d *ReasonDoc) error {
		parts := strings.Split(key, "/")
		if len(parts) != 3 {
			return ErrNoDocument
		}
		d.Edition, d.SampleType, d.Place = domain.EditionID(parts[0]), domain.SampleType(parts[1]), domain.Place(parts[2])
		r := in.reasoning(d.Edition, d.SampleType)
		if r == nil {
			return ErrNoDocument
		}
		sheets := in.pool(r.last()).of(d.Place)
		if len(sheets) == 0 {
			return ErrNoDocument
		}
		in.warnOf(r.last(), in.pool(r.last()), &d.Head)
		rule := in.suppression(d.Edition, &d.Head)
		d.Considerations, d.Dialogues, d.Before, d.After, d.Change = []domain.ArtefactRef{}, []DialogueReason{}, None, None, None
		for _, a := range r.after[:len(r.after)-1] {
			d.Considerations = append(d.Considerations, a.Question)
		}
		d.Preferences = r.last().Question
		small := map[domain.Place]bool{} // a result of theirs is hidden, which an index of the same people would tell of
		for _, asked := range [2][]Asked{r.before, r.after} {
			for i, a := range asked {
				if pool := in.pool(a); pool != nil {
					maps.Copy(small, in.hides(a, pool, r.questions[i]))
				}
			}
		}
		var rooms [][2]rated
		for _, s := range sheets {
			people := r.rate(s.Room)
			n := len(people[0].considerations)
			of := DialogueReason{Dialogue: s.Room.Dialogue, Place: s.Room.Place, Suppressed: n < rule.MinBase || small[s.Room.Place]}
			if of.Suppressed {
				d.warn(WarnSuppressed, "dialogues in which fewer than %d people answered everything twice are hidden", rule.MinBase)
			} else {
				of.Base = &n
			}
			d.Dialogues, rooms = append(d.Dialogues, of), append(rooms, people)
		}
		in.later = func(tick Tick) error { return d.index(rooms, tick) }
		return nil
	})

func (r *reasoning) last() Asked { return r.after[len(r.after)-1] }

// samples calls for every edition and sample type in which anything was answered, in order.
func (in *Inputs) samples(visit func(domain.EditionID, domain.SampleType)) {
	type sample struct {
		edition domain.EditionID
		of      domain.SampleType
	}
	var all []sample
	for _, a := range in.pools() {
		if s := (sample{a.Edition, a.Sample}); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b sample) int { return cmp.Or(cmp.Compare(a.edition, b.edition), cmp.Compare(a.of, b.of)) })
	for _, s := range all {
		visit(s.edition, s.of)
	}
}

// reasoning finds the questions of the index, each in the last version that was asked before and after; nil where the plan names none or one was not asked in both waves.
func (in *Inputs) reasoning(edition domain.EditionID, sample domain.SampleType) *reasoning {
	p := in.edition(edition).protocol
	if p == nil || p.Measures == nil || p.Measures.Preferences == "" || len(p.Measures.Considerations) < 2 {
		return nil
	}
	r := &reasoning{}
	for _, id := range append(slices.Clone(p.Measures.Considerations), p.Measures.Preferences) {
		before, after, ok := in.bothWaves(edition, sample, id)
		if !ok {
			return nil
		}
		q := in.question(after.Question)
		if q == nil {
			return nil
		}
		r.before, r.after, r.questions = append(r.before, before), append(r.after, after), append(r.questions, q)
	}
	return r
}

// bothWaves are the pools of the last version of a question that was asked before and after, each in the first session of its wave.
func (in *Inputs) bothWaves(edition domain.EditionID, sample domain.SampleType, id domain.ArtefactID) (before, after Asked, ok bool) {
	first := map[domain.ArtefactRef]map[domain.Wave]Asked{}
	for _, a := range in.pools() {
		if a.Edition != edition || a.Sample != sample || a.Question.ID != id {
			continue
		}
		if first[a.Question] == nil {
			first[a.Question] = map[domain.Wave]Asked{}
		}
		of := first[a.Question]
		if _, is := of[a.Wave]; !is {
			of[a.Wave] = a
		}
		pre, asked := of[domain.PreWave]
		post, again := of[domain.PostWave]
		if asked && again {
			before, after, ok = pre, post, true // pools are in the order of versions
		}
	}
	return before, after, ok
}

// rated are people as stats.DRI takes them.
type rated struct{ considerations, preferences [][]int }

// rate gives the people of a room who answered everything in both waves, before and after.
func (r *reasoning) rate(room *Room) (waves [2]rated) {
	last := len(r.questions) - 1
	for i := range room.Respondents {
		var is [2]rated
		complete := true
		for w, asked := range [2][]Asked{r.before, r.after} {
			points := make([]int, 0, last)
			for _, a := range asked[:last] {
				answer := room.Sheet(a).Of(i)
				if complete = complete && answer != nil && answer.Point > 0; !complete {
					break
				}
				points = append(points, answer.Point)
			}
			answer := room.Sheet(asked[last]).Of(i)
			if complete = complete && answer != nil && len(answer.Ranking) > 0; !complete {
				break
			}
			is[w] = rated{[][]int{points}, [][]int{ranksOf(r.questions[last], answer)}}
		}
		if !complete {
			continue
		}
		for w := range waves {
			waves[w].considerations = append(waves[w].considerations, is[w].considerations[0])
			waves[w].preferences = append(waves[w].preferences, is[w].preferences[0])
		}
	}
	return waves
}

// ranksOf are the ranks of the options of a ranking, from 1, in the order of the question; those that are not listed share the last one.
func ranksOf(q *domain.Question, a *domain.Answer) []int {
	ranks := make([]int, len(q.Options))
	for i, o := range q.Options {
		at := slices.IndexFunc(a.Ranking, func(rank []domain.OptionID) bool { return slices.Contains(rank, o.ID) })
		if ranks[i] = at + 1; at < 0 {
			ranks[i] = len(a.Ranking) + 1
		}
	}
	return ranks
}

// index computes the indices of the dialogues that are shown, and their means.
func (d *ReasonDoc) index(rooms [][2]rated, tick Tick) error {
	before, after := 0.0, 0.0
	for i := range d.Dialogues {
		of := &d.Dialogues[i]
		if of.Suppressed {
			continue
		}
		of.Before, of.After = &Index{DRI: None, Distance: None}, &Index{DRI: None, Distance: None}
		exists := true
		for w, to := range [2]*Index{of.Before, of.After} {
			got, err := stats.DRI(rooms[i][w].considerations, rooms[i][w].preferences, nil)
			switch stats.NameOf(err) {
			case "":
				*to = Index{Number(got.DRI), Number(got.MeanDistance), got.Pairs, got.LeftOut}
				d.by(stats.AlgorithmDRI)
			case stats.ErrNoVariation: // everybody gave the same to everything: there is no index
				exists = false
			default:
				d.fail("index of dialogue "+string(of.Dialogue), err)
				exists = false
			}
		}
		if exists {
			change := of.After.DRI - of.Before.DRI
			of.Change = &change
			before, after, d.Counted = before+float64(of.Before.DRI), after+float64(of.After.DRI), d.Counted+1
		}
		if err := tick(i+1, len(d.Dialogues)); err != nil {
			return err
		}
	}
	if n := float64(d.Counted); n > 0 {
		d.Before, d.After, d.Change = Number(before/n), Number(after/n), Number(after/n-before/n)
	}
	return nil
}
