package release_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/release"
)

// hiddenBallots are the answers that people gave once, in places whose result of the question is hidden, by question: their places in the record.
func hiddenBallots(t *testing.T, w written, all []domain.Fact) map[string][]int {
	t.Helper()
	hidden, places := map[[4]string]bool{}, map[domain.DialogueID]domain.Place{}
	_, rows := w.table(t, "result")
	for _, row := range rows {
		if row["suppressed"] == "true" && row["kind"] == "single" && row["wave"] == string(domain.EvaluationWave) {
			hidden[[4]string{row["question_id"], row["session"], row["sampleType"], row["place"]}] = true
		}
	}
	samples, cast := map[domain.DialogueID]domain.SampleType{}, map[string]int{}
	key := func(e domain.BallotCast) string {
		return string(e.Question.ID) + " " + string(e.Session) + " " + string(e.Pseudonym)
	}
	for _, f := range all {
		switch e := f.Event.(type) {
		case domain.DialogueRegistered:
			places[e.Dialogue], samples[e.Dialogue] = e.Place, e.SampleType
		case domain.BallotCast:
			cast[key(e)]++
		case domain.BallotVoided:
			cast[string(e.Question.ID)+" "+string(e.Session)+" "+string(e.Pseudonym)]++
		}
	}
	of := map[string][]int{}
	for i, f := range all {
		e, ok := f.Event.(domain.BallotCast)
		if !ok || cast[key(e)] != 1 || e.Wave != domain.EvaluationWave || e.Answer.Option == "" {
			continue
		}
		sample := samples[e.Dialogue]
		if hidden[[4]string{string(e.Question.ID), string(e.Session), string(sample), string(places[e.Dialogue])}] {
			pool := string(e.Question.ID) + " " + string(e.Session) + " " + string(sample)
			of[pool] = append(of[pool], i)
		}
	}
	return of
}

// TestAnotherWorld is a record in which two people of hidden places gave each other's answers: what is released is the same, in every file. Where the answers of people of places that are shown are exchanged, it is not.
func TestAnotherWorld(t *testing.T) {
	t.Parallel()
	all, err := facts()
	require.NoError(t, err)
	first := theRelease(t)
	files := tree(t, first.dir)
	n := 0
	other := func(a, b int) map[string]string {
		changed := slices.Clone(all)
		x, y := changed[a].Event.(domain.BallotCast), changed[b].Event.(domain.BallotCast)
		x.Answer, y.Answer = y.Answer, x.Answer
		changed[a].Event, changed[b].Event = x, y
		s := release.NewSource(edition)
		for _, f := range changed {
			require.NoError(t, s.Apply(f))
		}
		out := filepath.Join(t.TempDir(), "other")
		_, err := release.Write(t.Context(), s, options(out), nil)
		require.NoError(t, err)
		n++
		return tree(t, out)
	}
	of := hiddenBallots(t, first, all)
	for pool, at := range of {
		t.Log(pool, len(at))
	}
	for _, at := range of {
		for i, a := range at {
			for _, b := range at[i+1:] {
				x, y := all[a].Event.(domain.BallotCast), all[b].Event.(domain.BallotCast)
				if x.Dialogue != y.Dialogue && x.Answer.Option != y.Answer.Option {
					o := other(a, b)
					diff := []string{}
					for f, d := range files {
						if o[f] != d {
							diff = append(diff, f)
						}
					}
					slices.Sort(diff)
					t.Log(n, x.Question, diff)
					if n > 6 {
						t.FailNow()
					}
				}
			}
		}
	}
}
