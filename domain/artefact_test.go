package domain

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// firstVersion is the example question as version 1.
func firstVersion() ArtefactVersionAdded {
	return but(example[ArtefactVersionAdded](), func(v *ArtefactVersionAdded) { v.Version = 1 })
}

func TestArtefactAddVersion(t *testing.T) {
	t.Parallel()
	one := firstVersion()
	two := but(one, func(v *ArtefactVersionAdded) { v.Version, v.ChangeNote = 2, "longer" })
	script := but(one, func(v *ArtefactVersionAdded) { v.Kind, v.Question = ScriptArtefact, nil })
	change := func(f func(*ArtefactVersionAdded)) func(Artefact) ([]Event, error) {
		return asks(Artefact.AddVersion, but(one, f))
	}
	checkRulings(t, []ruling[Artefact]{
		{"first", nil, asks(Artefact.AddVersion, one), nil, follows(one)},
		{"first of a script", nil, asks(Artefact.AddVersion, script), nil, follows(script)},
		{"second", follows(one), asks(Artefact.AddVersion, two), nil, follows(two)},
		{"first is there", follows(one, two), asks(Artefact.AddVersion, one), nil, nil},
		{"second is there", follows(one, two), asks(Artefact.AddVersion, two), nil, nil},
		{"another first", follows(one, two), change(func(v *ArtefactVersionAdded) { v.Author = "x" }), ErrFrozen, nil},
		{"second before the first", nil, asks(Artefact.AddVersion, two), ErrFrozen, nil},
		{"version 0", nil, change(func(v *ArtefactVersionAdded) { v.Version = 0 }), ErrFrozen, nil},
		{"another kind", follows(one), asks(Artefact.AddVersion, but(script, func(v *ArtefactVersionAdded) { v.Version = 2 })), ErrInvalidField, nil},
		{"no id", nil, change(func(v *ArtefactVersionAdded) { v.Artefact = "" }), ErrInvalidID, nil},
		{"unknown kind", nil, change(func(v *ArtefactVersionAdded) { v.Kind = "song" }), ErrInvalidField, nil},
		{"no language", nil, change(func(v *ArtefactVersionAdded) { v.SourceLang = "" }), ErrInvalidField, nil},
		{"question without one", nil, change(func(v *ArtefactVersionAdded) { v.Question = nil }), ErrInvalidField, nil},
		{"script with a question", nil, change(func(v *ArtefactVersionAdded) { v.Kind = ScriptArtefact }), ErrInvalidField, nil},
		{"no author", nil, change(func(v *ArtefactVersionAdded) { v.Author = "" }), ErrInvalidField, nil},
		{"no digest", nil, change(func(v *ArtefactVersionAdded) { v.Content = Digest{} }), ErrChecksum, nil},
		{"body without its source language", nil, change(func(v *ArtefactVersionAdded) { v.Body.Source = "nl" }), ErrInvalidText, nil},
		{"question without text", nil, change(func(v *ArtefactVersionAdded) {
			v.Question = &Question{Kind: SingleChoice, Unit: Individual, Options: v.Question.Options}
		}), ErrInvalidText, nil},
	})
}

func TestQuestionCheck(t *testing.T) {
	t.Parallel()
	q := *firstVersion().Question
	options := func(ids ...string) func(*Question) {
		return func(q *Question) {
			q.Options = nil
			for _, id := range ids {
				q.Options = append(q.Options, Option{OptionID(id), In("en", "x")})
			}
		}
	}
	many := make([]string, MaxOptions+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	require.NoError(t, q.Check())
	require.NoError(t, but(q, options(many[1:]...)).Check())
	for name, c := range map[string]struct {
		change func(*Question)
		rule   *Rejection
	}{
		"unknown kind":         {func(q *Question) { q.Kind = "guess" }, ErrInvalidField},
		"unknown unit":         {func(q *Question) { q.Unit = "family" }, ErrInvalidField},
		"no text":              {func(q *Question) { q.Text = LText{} }, ErrInvalidText},
		"one option":           {options("a"), ErrInvalidField},
		"too many options":     {options(many...), ErrInvalidField},
		"option twice":         {options("a", "b", "a"), ErrInvalidField},
		"option with a blank":  {options("a", "b c"), ErrInvalidField},
		"option without id":    {options("a", ""), ErrInvalidField},
		"option without label": {func(q *Question) { q.Options = []Option{{"a", In("en", "x")}, {"b", LText{}}} }, ErrInvalidText},
	} {
		require.ErrorIs(t, but(q, c.change).Check(), c.rule, name)
	}
}

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	must := *firstVersion().Question
	may := but(must, func(q *Question) { q.Required = false })
	require.NoError(t, must.CheckAnswer(Answer{Option: "users"}))
	for reason := range nonResponses {
		require.NoError(t, may.CheckAnswer(Answer{NonResponse: reason}))
		require.ErrorIs(t, must.CheckAnswer(Answer{NonResponse: reason}), ErrInvalidAnswer)
	}
	for _, a := range []Answer{{}, {Option: "nobody"}, {Option: "state,users"}, {Option: "state", NonResponse: Blank}, {NonResponse: "77"}} {
		require.ErrorIs(t, may.CheckAnswer(a), ErrInvalidAnswer, "%+v", a)
	}
}

func TestArtefactQuestion(t *testing.T) {
	t.Parallel()
	one := firstVersion()
	a := Fold(Artefact{}, one)
	q, err := a.Question(ArtefactRef{"ar_wells", 1})
	require.NoError(t, err)
	require.Equal(t, *one.Question, q)
	for _, version := range []int{-1, 0, 2} {
		_, err = a.Question(ArtefactRef{"ar_wells", version})
		require.ErrorIs(t, err, ErrUnknownRef)
	}
	one.Kind, one.Question = ScriptArtefact, nil
	_, err = Fold(Artefact{}, one).Question(ArtefactRef{"ar_wells", 1})
	require.ErrorIs(t, err, ErrUnknownRef)
}
