package domain

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawQuestion draws a question that can be asked.
func drawQuestion(t *rapid.T) Question {
	number := func(what string, low, high int) int { return rapid.IntRange(low, high).Draw(t, what) }
	q := ask(pick(t, "kind", kinds...))
	if len(q.Options) > 0 {
		q.Options = nil
		for i := range number("options", 2, 6) {
			q.Options = append(q.Options, Option{OptionID("o" + string(rune('a'+i))), In("en", "x")})
		}
	}
	n := len(q.Options)
	switch q.Kind {
	case MultipleChoice:
		q.Min = number("min", 1, n)
		q.Max = number("max", q.Min, n)
		if q.Min == 1 {
			for _, o := range q.Options[:number("exclusive", 0, n)] {
				q.Exclusive = append(q.Exclusive, o.ID)
			}
		}
	case Likert:
		q.Points = number("points", 2, MaxPoints)
		q.Labels = make([]LText, q.Points)
		for i := range q.Labels {
			q.Labels[i] = In("en", "x")
		}
	case Ranking:
		q.Top, q.Ties = number("top", 1, n), rapid.Bool().Draw(t, "ties")
	case Allocation:
		q.Step = number("step", 1, 7)
		q.Total = q.Step * number("steps", 1, 20)
		if least := q.Step * ((q.Total/q.Step + n - 1) / n); rapid.Bool().Draw(t, "limited") {
			q.MaxPer = number("maxPer", least, q.Total+3)
		}
	case Endorse:
		q.Scale = pick(t, "scale", YesNoAbstain, FivePoint)
	}
	require.NoError(t, q.Check())
	return q
}

// drawAnswer draws an answer to q other than a non-response.
func drawAnswer(t *rapid.T, q Question) (a Answer) {
	chosen := func(of []Option, low, high int) (ids []OptionID) {
		for _, o := range of {
			if rapid.Bool().Draw(t, "chosen") {
				ids = append(ids, o.ID)
			}
		}
		for i := 0; len(ids) < low; i++ {
			ids = nil
			for _, o := range of[:low] {
				ids = append(ids, o.ID)
			}
		}
		return ids[:min(len(ids), high)]
	}
	switch q.Kind {
	case SingleChoice:
		a.Option = pick(t, "option", q.Options...).ID
	case MultipleChoice:
		var together []Option
		for _, o := range q.Options {
			if !containsOption(q.Exclusive, o.ID) {
				together = append(together, o)
			}
		}
		if len(q.Exclusive) > 0 && (len(together) == 0 || rapid.Bool().Draw(t, "alone")) {
			a.Options = []OptionID{pick(t, "alone", q.Exclusive...)}
		} else {
			a.Options = chosen(together, q.Min, q.Max)
		}
	case Likert:
		a.Point = rapid.IntRange(1, q.Points).Draw(t, "point")
	case Ranking:
		left := rapid.Permutation(q.Options).Draw(t, "order")
		for range rapid.IntRange(1, q.Top).Draw(t, "ranks") {
			n := 1
			if q.Ties && len(left) > 1 {
				n = rapid.IntRange(1, len(left)).Draw(t, "tied")
			}
			if n > len(left) {
				break
			}
			var rank []OptionID
			for _, o := range q.Options { // in the order of the question
				for _, l := range left[:n] {
					if l.ID == o.ID {
						rank = append(rank, o.ID)
					}
				}
			}
			a.Ranking, left = append(a.Ranking, rank), left[n:]
			if len(left) == 0 {
				break
			}
		}
	case Allocation:
		a.Allocation = map[OptionID]int{}
		left := q.Total
		for left > 0 {
			o := pick(t, "to", q.Options...).ID
			if a.Allocation[o]+q.Step > q.most() {
				for _, other := range q.Options {
					if o = other.ID; a.Allocation[o]+q.Step <= q.most() {
						break
					}
				}
			}
			a.Allocation[o] += q.Step
			left -= q.Step
		}
	case Open:
		a.Text = Commitment{1}
	case Endorse:
		a.Endorsement = pick(t, "endorsement", q.Endorsements()...)
	}
	require.NoError(t, q.CheckAnswer(a), "%+v to %+v", a, q)
	return a
}

func containsOption(ids []OptionID, id OptionID) bool {
	for _, have := range ids {
		if have == id {
			return true
		}
	}
	return false
}

// TestCellsOfAnswersCount: the cells of one accepted answer are counts of one, and those of many are counts of as many.
func TestCellsOfAnswersCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		sum, valid := map[string]int{}, 0
		for range rapid.IntRange(1, 8).Draw(t, "answers") {
			a, own := drawAnswer(t, q), map[string]int{}
			a.Cells(func(cell string, n int) {
				require.Positive(t, n)
				own[cell] += n
				sum[cell] += n
			})
			valid++
			require.NoError(t, q.CheckCells(own, 1), "%+v", a)
			require.NoError(t, q.CheckCells(sum, valid), "%v", sum)
			require.True(t, a.Equal(a))
		}
		Answer{NonResponse: Blank}.Cells(func(string, int) { require.Fail(t, "a non-response counts nowhere") })
		if q.Kind == Open {
			return
		}
		require.ErrorIs(t, q.CheckCells(map[string]int{"nowhere": 1}, valid), ErrTallyMismatch)
		require.ErrorIs(t, q.CheckCells(map[string]int{}, valid), ErrTallyMismatch, "nobody answered")
		cell := rapid.SampledFrom(sortedKeys(q.cells())).Draw(t, "cell")
		wrong := maps.Clone(sum)
		wrong[cell] += rapid.SampledFrom([]int{-sum[cell] - 1, q.Total*valid + valid + 1}).Draw(t, "by")
		require.ErrorIs(t, q.CheckCells(wrong, valid), ErrTallyMismatch, "%v of %d", wrong, valid)
	})
}

func TestCellsThatCannotBe(t *testing.T) {
	t.Parallel()
	exclusive := func(q *Question) { q.Exclusive = []OptionID{"c"} }
	same := func(*Question) {}
	for name, c := range map[string]struct {
		kind   QuestionKind
		change func(*Question)
		counts map[string]int
		valid  int
		ok     bool
	}{
		"every answer in one cell":      {SingleChoice, same, map[string]int{"a": 2, "b": 1}, 3, true},
		"an answer too many":            {SingleChoice, same, map[string]int{"a": 2, "b": 2}, 3, false},
		"an answer too few":             {SingleChoice, same, map[string]int{"a": 2}, 3, false},
		"each at least one":             {MultipleChoice, same, map[string]int{"a": 3}, 3, true},
		"each at most two":              {MultipleChoice, same, map[string]int{"a": 3, "b": 3, "c": 1}, 3, false},
		"one option more than answers":  {MultipleChoice, same, map[string]int{"a": 4}, 3, false},
		"two alone, one with two":       {MultipleChoice, exclusive, map[string]int{"a": 1, "b": 1, "c": 2}, 3, true},
		"two alone, one with more":      {MultipleChoice, exclusive, map[string]int{"a": 2, "b": 1, "c": 2}, 3, false},
		"all alone":                     {MultipleChoice, exclusive, map[string]int{"c": 3}, 3, true},
		"three first, two second":       {Ranking, same, map[string]int{"a@1": 2, "b@1": 1, "b@2": 2}, 3, true},
		"two first of three":            {Ranking, same, map[string]int{"a@1": 2}, 3, false},
		"four first of three":           {Ranking, same, map[string]int{"a@1": 2, "b@1": 2}, 3, false},
		"second without first":          {Ranking, same, map[string]int{"a@1": 1, "b@2": 1, "c@2": 1}, 1, false},
		"one option in both ranks":      {Ranking, same, map[string]int{"a@1": 3, "a@2": 1}, 3, false},
		"all first, where ties are":     {Ranking, func(q *Question) { q.Ties = true }, map[string]int{"a@1": 1, "b@1": 1, "c@1": 1}, 1, true},
		"all points":                    {Allocation, same, map[string]int{"a": 150, "b": 50}, 2, true},
		"points missing":                {Allocation, same, map[string]int{"a": 150}, 2, false},
		"points off the step":           {Allocation, same, map[string]int{"a": 155, "b": 45}, 2, false},
		"more points than one takes":    {Allocation, func(q *Question) { q.MaxPer = 40 }, map[string]int{"a": 90, "b": 80, "c": 30}, 2, false},
		"as many points as one takes":   {Allocation, func(q *Question) { q.MaxPer = 45 }, map[string]int{"a": 80, "b": 80, "c": 40}, 2, true},
		"words count nowhere":           {Open, same, nil, 7, true},
		"words counted":                 {Open, same, map[string]int{"words": 7}, 7, false},
		"yes, no, abstain":              {Endorse, same, map[string]int{"yes": 3, "no": 1, "abstain": 1}, 5, true},
		"points of a scale":             {Likert, same, map[string]int{"1": 3, "3": 2}, 5, true},
		"a point beyond the scale":      {Likert, same, map[string]int{"1": 3, "4": 2}, 5, false},
		"nobody":                        {SingleChoice, same, nil, 0, true},
		"fewer than nobody":             {SingleChoice, same, nil, -1, false},
		"a negative cell":               {SingleChoice, same, map[string]int{"a": -1, "b": 4}, 3, false},
		"a cell that is in no question": {SingleChoice, same, map[string]int{"d": 3}, 3, false},
	} {
		err := ask(c.kind, c.change).CheckCells(c.counts, c.valid)
		if c.ok {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, ErrTallyMismatch, name)
	}
}

func TestQuestionWords(t *testing.T) {
	t.Parallel()
	choice, scale := ask(SingleChoice), ask(Likert)
	words := QuestionWords{Text: "Welche?", Options: map[OptionID]string{"a": "A", "b": "B", "c": "C"}}
	points := QuestionWords{Text: "Wie sehr?", Labels: []string{"wenig", "mittel", "sehr"}}
	require.NoError(t, choice.CheckWords(words))
	require.NoError(t, scale.CheckWords(points))
	require.NoError(t, ask(Open).CheckWords(QuestionWords{Text: "Warum?"}))
	for name, bad := range map[string]struct {
		q    Question
		w    QuestionWords
		rule *Rejection
	}{
		"an option too few":  {choice, QuestionWords{Text: "x", Options: map[OptionID]string{"a": "A", "b": "B"}}, ErrInvalidAnswer},
		"another option":     {choice, QuestionWords{Text: "x", Options: map[OptionID]string{"a": "A", "b": "B", "d": "D"}}, ErrInvalidAnswer},
		"labels of a choice": {choice, points, ErrInvalidAnswer},
		"a label too few":    {scale, QuestionWords{Text: "x", Labels: points.Labels[:2]}, ErrInvalidAnswer},
		"an empty label":     {scale, QuestionWords{Text: "x", Labels: []string{"wenig", "", "sehr"}}, ErrInvalidText},
		"an empty option":    {choice, QuestionWords{Text: "x", Options: map[OptionID]string{"a": "A", "b": "B", "c": ""}}, ErrInvalidText},
		"no text":            {choice, QuestionWords{Options: words.Options}, ErrInvalidText},
	} {
		require.ErrorIs(t, bad.q.CheckWords(bad.w), bad.rule, name)
	}
}

// FuzzAnswer reads an answer and asks every kind of question whether it admits it: what is admitted counts, and comes back from the wire as it was.
func FuzzAnswer(f *testing.F) {
	for _, a := range []Answer{{Option: "a"}, {Options: []OptionID{"a", "b"}}, {Point: 2}, {Ranking: [][]OptionID{{"a"}, {"b"}}}, {Allocation: map[OptionID]int{"a": 100}},
		{Text: Commitment{1}}, {Endorsement: Yes}, {NonResponse: Blank}} {
		b, err := appendCanonical(nil, &a)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cast := `{"answer":` + string(data) + `,"channel":"app","dialogue":"d","lang":"en","pseudonym":"p","question":{"id":"q","version":1},"revision":1,"session":"s","wave":"pre"}`
		e, err := Decode("ballot-cast.v1", []byte(cast))
		if err != nil {
			return
		}
		a := e.(BallotCast).Answer
		for _, kind := range kinds {
			q := ask(kind, func(q *Question) { q.Ties = kind == Ranking })
			if q.CheckAnswer(a) != nil || a.NonResponse != "" {
				continue
			}
			counts := map[string]int{}
			a.Cells(func(cell string, n int) { counts[cell] += n })
			require.NoError(t, q.CheckCells(counts, 1))
			again, err := appendCanonical(nil, &a)
			require.NoError(t, err)
			require.Equal(t, string(data), string(again))
		}
	})
}
