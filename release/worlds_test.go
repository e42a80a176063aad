package release_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/release"
)

// fewer are the records of an edition in whose evaluation three and four people of two countries answered, and where the answers of the last wave stand in it: by country.
func fewer(t *testing.T) (few []domain.Fact, at map[domain.Place][]int) {
	t.Helper()
	all, err := facts()
	require.NoError(t, err)
	at, places, people := map[domain.Place][]int{}, map[domain.DialogueID]domain.Place{}, map[domain.Place]map[domain.Pseudonym]bool{}
	for _, f := range all {
		switch e := f.Event.(type) {
		case domain.DialogueRegistered:
			if e.SampleType == domain.Sortition {
				places[e.Dialogue] = e.Place
			}
		case domain.BallotVoided:
			if e.Wave == domain.EvaluationWave {
				continue
			}
		case domain.BallotCast:
			place := places[e.Dialogue]
			if e.Wave != domain.EvaluationWave || place == "" {
				break
			}
			if e.Replaces != nil || e.Revision > 1 {
				continue
			}
			if people[place] == nil {
				people[place] = map[domain.Pseudonym]bool{}
			}
			if most := map[domain.Place]int{"BR": 3, "DE": 4}[place]; most > 0 && len(people[place]) == most && !people[place][e.Pseudonym] {
				continue
			}
			people[place][e.Pseudonym] = true
			at[place] = append(at[place], len(few))
		}
		few = append(few, f)
	}
	return few, at
}

// TestAnotherWorld is a record in which two people of hidden places gave each other's answers: what is released is the same, in every file. Where one of the places is shown, it is not.
func TestAnotherWorld(t *testing.T) {
	t.Parallel()
	few, at := fewer(t)
	released := func(of []domain.Fact, name string) (written, map[string]string) {
		s := release.NewSource(edition)
		for _, f := range of {
			require.NoError(t, s.Apply(f))
		}
		out := filepath.Join(t.TempDir(), name)
		r, err := release.Write(t.Context(), s, options(out), nil)
		require.NoError(t, err)
		return written{out, r}, tree(t, out)
	}
	// instead lets two people of two places, who gave different answers to one of some questions, give each other's.
	instead := func(here, there domain.Place, some func(domain.ArtefactID) bool) []domain.Fact {
		for _, i := range at[here] {
			for _, j := range at[there] {
				a, b := few[i].Event.(domain.BallotCast), few[j].Event.(domain.BallotCast)
				if some(a.Question.ID) && a.Question == b.Question && a.Session == b.Session && a.Answer.NonResponse == "" && b.Answer.NonResponse == "" && a.Answer.Compare(b.Answer) != 0 {
					other := slices.Clone(few)
					a.Answer, b.Answer = b.Answer, a.Answer
					other[i].Event, other[j].Event = a, b
					return other
				}
			}
		}
		require.Fail(t, "nobody answered differently")
		return nil
	}
	w, files := released(few, "first")
	hidden, shown := 0, map[domain.ArtefactID]domain.Place{}
	_, rows := w.table(t, "result")
	for _, row := range rows {
		place := domain.Place(row["place"])
		switch {
		case row["wave"] != string(domain.EvaluationWave):
		case place == "BR" || place == "DE":
			require.Equal(t, "true", row["suppressed"])
			hidden++
		case place != "world" && row["suppressed"] == "false":
			shown[domain.ArtefactID(row["question_id"])] = place
		}
	}
	require.Positive(t, hidden)
	require.NotEmpty(t, shown)

	_, other := released(instead("BR", "DE", func(domain.ArtefactID) bool { return true }), "hidden")
	require.Equal(t, files, other)
	question := slices.Min(slices.Collect(maps.Keys(shown)))
	_, other = released(instead("BR", shown[question], func(id domain.ArtefactID) bool { return id == question }), "shown")
	require.Len(t, other, len(files))
	require.NotEqual(t, files["csv/result_options.csv"], other["csv/result_options.csv"])
	require.NotEqual(t, files["csv/ballot.csv"], other["csv/ballot.csv"])
}
