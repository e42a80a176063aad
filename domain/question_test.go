package domain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ask makes a question of a kind with three options, where the kind has options.
func ask(kind QuestionKind, changes ...func(*Question)) Question {
	q := Question{Kind: kind, Text: In("en", "Which?"), Unit: Individual}
	switch kind {
	case SingleChoice, MultipleChoice, Ranking, Allocation:
		q.Options = []Option{{"a", In("en", "A")}, {"b", In("en", "B")}, {"c", In("en", "C")}}
	}
	switch kind {
	case MultipleChoice:
		q.Min, q.Max = 1, 2
	case Likert:
		q.Points, q.Labels = 3, []LText{In("en", "low"), In("en", "middle"), In("en", "high")}
	case Ranking:
		q.Top, q.Scoring = 2, LengthBorda
	case Allocation:
		q.Total, q.Step = 100, 10
	case Open:
		q.MaxRunes = 5
	case Endorse:
		q.Recommendation, q.OfVersion, q.Scale, q.Template = "rc_1", 1, YesNoAbstain, ArtefactRef{"ar_template", 1}
	}
	for _, change := range changes {
		change(&q)
	}
	return q
}

var kinds = []QuestionKind{SingleChoice, MultipleChoice, Likert, Ranking, Allocation, Open, Endorse}

func TestQuestionKinds(t *testing.T) {
	t.Parallel()
	foreign := map[string]func(*Question){ // a member of each kind that another one has not
		"options":   func(q *Question) { q.Options = ask(SingleChoice).Options },
		"other":     func(q *Question) { q.Other = "a" },
		"min":       func(q *Question) { q.Min = 1 },
		"max":       func(q *Question) { q.Max = 2 },
		"exclusive": func(q *Question) { q.Exclusive = []OptionID{"c"} },
		"points":    func(q *Question) { q.Points = 3 },
		"labels":    func(q *Question) { q.Labels = ask(Likert).Labels },
		"polarity":  func(q *Question) { q.Polarity = LowIsFavourable },
		"top":       func(q *Question) { q.Top = 1 },
		"ties":      func(q *Question) { q.Ties = true },
		"scoring":   func(q *Question) { q.Scoring = AverageBorda },
		"total":     func(q *Question) { q.Total = 100 },
		"step":      func(q *Question) { q.Step = 5 },
		"maxPer":    func(q *Question) { q.MaxPer = 50 },
		"maxRunes":  func(q *Question) { q.MaxRunes = 7 },
		"of":        func(q *Question) { q.Recommendation = "rc_1" },
		"ofVersion": func(q *Question) { q.OfVersion = 1 },
		"scale":     func(q *Question) { q.Scale = FivePoint },
		"template":  func(q *Question) { q.Template = ArtefactRef{"ar_template", 1} },
	}
	owns := map[QuestionKind]string{
		SingleChoice: "options other", MultipleChoice: "options min max exclusive", Likert: "points labels polarity", Ranking: "options top ties scoring",
		Allocation: "options total step maxPer", Open: "maxRunes", Endorse: "of ofVersion scale template",
	}
	for _, kind := range kinds {
		require.NoError(t, ask(kind).Check(), kind)
		require.NoError(t, ask(kind, func(q *Question) { q.Unit, q.Required = TableUnit, true }).Check(), kind)
		require.ErrorIs(t, ask(kind, func(q *Question) { q.Unit = "family" }).Check(), ErrInvalidField, kind)
		require.ErrorIs(t, ask(kind, func(q *Question) { q.Text = LText{} }).Check(), ErrInvalidText, kind)
		for name, add := range foreign {
			err := ask(kind, add).Check()
			if strings.Contains(" "+owns[kind]+" ", " "+name+" ") {
				require.NoError(t, err, "%s with %s", kind, name)
				continue
			}
			require.ErrorIs(t, err, ErrInvalidField, "%s with %s", kind, name)
			require.ErrorContains(t, err, "belong to other kinds", "%s with %s", kind, name)
		}
	}
	require.ErrorIs(t, ask("guess").Check(), ErrInvalidField)
}

func TestQuestionRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   QuestionKind
		change func(*Question)
		rule   *Rejection // nil: it can be asked
	}{
		"anything else":            {SingleChoice, func(q *Question) { q.Other = "c" }, nil},
		"anything else, no option": {SingleChoice, func(q *Question) { q.Other = "d" }, ErrInvalidField},
		"one option":               {SingleChoice, func(q *Question) { q.Options = q.Options[:1] }, ErrInvalidField},
		"all may be chosen":        {MultipleChoice, func(q *Question) { q.Min, q.Max = 3, 3 }, nil},
		"none may be chosen":       {MultipleChoice, func(q *Question) { q.Min = 0 }, ErrInvalidField},
		"max below min":            {MultipleChoice, func(q *Question) { q.Min, q.Max = 2, 1 }, ErrInvalidField},
		"more than there are":      {MultipleChoice, func(q *Question) { q.Max = 4 }, ErrInvalidField},
		"alone":                    {MultipleChoice, func(q *Question) { q.Exclusive = []OptionID{"c", "a"} }, nil},
		"alone, no option":         {MultipleChoice, func(q *Question) { q.Exclusive = []OptionID{"d"} }, ErrInvalidField},
		"alone twice":              {MultipleChoice, func(q *Question) { q.Exclusive = []OptionID{"c", "c"} }, ErrInvalidField},
		"alone among two":          {MultipleChoice, func(q *Question) { q.Min, q.Exclusive = 2, []OptionID{"c"} }, ErrInvalidField},
		"eleven points": {Likert, func(q *Question) {
			q.Points, q.Labels = MaxPoints, append(q.Labels, q.Labels[0], q.Labels[0], q.Labels[0], q.Labels[0], q.Labels[0], q.Labels[0], q.Labels[0], q.Labels[0])
		}, nil},
		"one point":            {Likert, func(q *Question) { q.Points, q.Labels = 1, q.Labels[:1] }, ErrInvalidField},
		"a label too few":      {Likert, func(q *Question) { q.Labels = q.Labels[:2] }, ErrInvalidField},
		"a label without text": {Likert, func(q *Question) { q.Labels[1] = LText{} }, ErrInvalidText},
		"polarity":             {Likert, func(q *Question) { q.Polarity = HighIsFavourable }, nil},
		"unknown polarity":     {Likert, func(q *Question) { q.Polarity = "sideways" }, ErrInvalidField},
		"no rank":              {Ranking, func(q *Question) { q.Top = 0 }, ErrInvalidField},
		"all ranks":            {Ranking, func(q *Question) { q.Top = 3 }, nil},
		"more ranks":           {Ranking, func(q *Question) { q.Top = 4 }, ErrInvalidField},
		"unknown scoring":      {Ranking, func(q *Question) { q.Scoring = "taste" }, ErrInvalidField},
		"no points":            {Allocation, func(q *Question) { q.Total = 0 }, ErrInvalidField},
		"too many points":      {Allocation, func(q *Question) { q.Total, q.Step = MaxTotal+1, 1 }, ErrInvalidField},
		"no step":              {Allocation, func(q *Question) { q.Step = 0 }, ErrInvalidField},
		"step does not divide": {Allocation, func(q *Question) { q.Step = 30 }, ErrInvalidField},
		"at most a third":      {Allocation, func(q *Question) { q.MaxPer = 39 }, ErrInvalidField}, // 30 in steps of 10
		"at most 40":           {Allocation, func(q *Question) { q.MaxPer = 40 }, nil},
		"negative most":        {Allocation, func(q *Question) { q.MaxPer = -1 }, ErrInvalidField},
		"no characters":        {Open, func(q *Question) { q.MaxRunes = 0 }, ErrInvalidField},
		"most characters":      {Open, func(q *Question) { q.MaxRunes = MaxRunes }, nil},
		"more characters":      {Open, func(q *Question) { q.MaxRunes = MaxRunes + 1 }, ErrInvalidField},
		"five points":          {Endorse, func(q *Question) { q.Scale = FivePoint }, nil},
		"unknown scale":        {Endorse, func(q *Question) { q.Scale = "stars" }, ErrInvalidField},
		"no version":           {Endorse, func(q *Question) { q.OfVersion = 0 }, ErrInvalidField},
		"no recommendation":    {Endorse, func(q *Question) { q.Recommendation = "" }, ErrInvalidID},
		"no template":          {Endorse, func(q *Question) { q.Template = ArtefactRef{} }, ErrInvalidField},
	} {
		err := ask(c.kind, c.change).Check()
		if c.rule == nil {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, c.rule, name)
	}
}

func TestAnswerRules(t *testing.T) {
	t.Parallel()
	points := func(a, b, c int) Answer { return Answer{Allocation: map[OptionID]int{"a": a, "b": b, "c": c}} }
	set := func(ids ...OptionID) Answer { return Answer{Options: ids} }
	ranks := func(ranks ...[]OptionID) Answer { return Answer{Ranking: ranks} }
	r := func(ids ...OptionID) []OptionID { return ids }
	exclusive := func(q *Question) { q.Exclusive = []OptionID{"c"} }
	same := func(*Question) {}
	ties := func(q *Question) { q.Ties = true }
	for name, c := range map[string]struct {
		kind   QuestionKind
		change func(*Question)
		a      Answer
		ok     bool
	}{
		"an option":                  {SingleChoice, same, Answer{Option: "b"}, true},
		"no such option":             {SingleChoice, same, Answer{Option: "d"}, false},
		"nothing":                    {SingleChoice, same, Answer{}, false},
		"two members":                {SingleChoice, same, Answer{Option: "b", Point: 1}, false},
		"another kind's member":      {SingleChoice, same, set("a"), false},
		"one of two":                 {MultipleChoice, same, set("b"), true},
		"two of two":                 {MultipleChoice, same, set("a", "c"), true},
		"three of two":               {MultipleChoice, same, set("a", "b", "c"), false},
		"one of at least two":        {MultipleChoice, func(q *Question) { q.Min = 2 }, set("a"), false},
		"not in order":               {MultipleChoice, same, set("c", "a"), false},
		"one twice":                  {MultipleChoice, same, set("a", "a"), false},
		"no such options":            {MultipleChoice, same, set("a", "d"), false},
		"alone":                      {MultipleChoice, exclusive, set("c"), true},
		"not alone":                  {MultipleChoice, exclusive, set("a", "c"), false},
		"first point":                {Likert, same, Answer{Point: 1}, true},
		"last point":                 {Likert, same, Answer{Point: 3}, true},
		"beyond the scale":           {Likert, same, Answer{Point: 4}, false},
		"below the scale":            {Likert, same, Answer{Point: -1}, false},
		"77 is no point":             {Likert, same, Answer{Point: 77}, false},
		"one rank":                   {Ranking, same, ranks(r("c")), true},
		"two ranks":                  {Ranking, same, ranks(r("c"), r("a")), true},
		"three ranks":                {Ranking, same, ranks(r("c"), r("a"), r("b")), false},
		"one in two ranks":           {Ranking, same, ranks(r("c"), r("c")), false},
		"an empty rank":              {Ranking, same, ranks(r("c"), r()), false},
		"no such rank":               {Ranking, same, ranks(r("d")), false},
		"a tie":                      {Ranking, same, ranks(r("a", "b")), false},
		"a tie where ties are":       {Ranking, ties, ranks(r("a", "b"), r("c")), true},
		"a tie out of order":         {Ranking, ties, ranks(r("b", "a")), false},
		"a tie with itself":          {Ranking, ties, ranks(r("a", "a")), false},
		"a tie, then one of it":      {Ranking, ties, ranks(r("a", "b"), r("a")), false},
		"all points":                 {Allocation, same, points(50, 30, 20), true},
		"all to one":                 {Allocation, same, Answer{Allocation: map[OptionID]int{"b": 100}}, true},
		"too few points":             {Allocation, same, points(50, 30, 10), false},
		"too many points":            {Allocation, same, points(50, 30, 30), false},
		"off the step":               {Allocation, same, points(55, 25, 20), false},
		"negative points":            {Allocation, same, points(120, -20, 0), false},
		"points to nobody":           {Allocation, same, Answer{Allocation: map[OptionID]int{"d": 100}}, false},
		"more than one option takes": {Allocation, func(q *Question) { q.MaxPer = 40 }, points(50, 30, 20), false},
		"as much as one takes":       {Allocation, func(q *Question) { q.MaxPer = 40 }, points(40, 40, 20), true},
		"words":                      {Open, same, Answer{Text: Commitment{1}}, true},
		"an option for words":        {Open, same, Answer{Option: "a"}, false},
		"yes":                        {Endorse, same, Answer{Endorsement: Yes}, true},
		"abstain":                    {Endorse, same, Answer{Endorsement: Abstain}, true},
		"perhaps":                    {Endorse, same, Answer{Endorsement: "perhaps"}, false},
		"4 of yes and no":            {Endorse, same, Answer{Endorsement: "4"}, false},
		"4 of 5":                     {Endorse, func(q *Question) { q.Scale = FivePoint }, Answer{Endorsement: "4"}, true},
		"yes of 5":                   {Endorse, func(q *Question) { q.Scale = FivePoint }, Answer{Endorsement: Yes}, false},
		"a question of no kind":      {"guess", same, Answer{Option: "a"}, false},
	} {
		err := ask(c.kind, c.change).CheckAnswer(c.a)
		if c.ok {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, ErrInvalidAnswer, name)
	}
	for _, kind := range kinds {
		for reason := range nonResponses {
			require.NoError(t, ask(kind).CheckAnswer(Answer{NonResponse: reason}), kind)
			require.ErrorIs(t, ask(kind, func(q *Question) { q.Required = true }).CheckAnswer(Answer{NonResponse: reason}), ErrInvalidAnswer, kind)
		}
		require.ErrorIs(t, ask(kind).CheckAnswer(Answer{NonResponse: "99"}), ErrInvalidAnswer, kind)
	}
	open := ask(Open)
	for words, ok := range map[string]bool{"a": true, "äääää": true, "🙈🙈🙈🙈🙈": true, "": false, "ääääää": false, "a\xff": false} {
		if err := open.CheckOpen(words); ok {
			require.NoError(t, err, "%q", words)
		} else {
			require.ErrorIs(t, err, ErrInvalidAnswer, "%q", words)
		}
	}
}

func TestAnswersThatAreOne(t *testing.T) {
	t.Parallel()
	points := func(p map[OptionID]int) Answer { return Answer{Allocation: p} }
	require.True(t, points(map[OptionID]int{"a": 100}).Equal(points(map[OptionID]int{"a": 100, "b": 0})), "no points and no mention are one")
	require.True(t, points(map[OptionID]int{"a": 100, "b": 0}).Equal(points(map[OptionID]int{"a": 100})))
	require.False(t, points(map[OptionID]int{"a": 100}).Equal(points(map[OptionID]int{"b": 100})))
	require.False(t, points(map[OptionID]int{"a": 0}).Equal(Answer{}), "an answer and none")
	for vote, says := range map[Endorsement]Endorsement{Yes: Yes, "4": Yes, "5": Yes, No: No, "1": No, "2": No, Abstain: Abstain, "3": Abstain, "6": "", "": ""} {
		require.Equal(t, says, vote.Vote(), vote)
	}
}
