package measures

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

const aTalk = domain.ConversationID("cv_1")

// post posts statements st_0 and so on.
func (w *world) post(d domain.DialogueID, n int) {
	for i := range n {
		id := domain.StatementID(fmt.Sprintf("st_%d", i))
		w.add(d, domain.StatementStream(aTalk, id), domain.StatementPosted{Conversation: aTalk, Statement: id, Author: "author", Kind: domain.PlainStatement, Lang: "en"})
	}
}

// react has somebody react to statements: + agrees, - disagrees, 0 passes, and a blank says nothing.
func (w *world) react(d domain.DialogueID, who, values string) {
	for i, v := range values {
		value, ok := map[rune]domain.ReactionValue{'+': domain.Agree, '-': domain.Disagree, '0': domain.Pass}[v]
		if !ok {
			continue
		}
		p := domain.Pseudonym(who)
		w.add(d, domain.ReactionsStream(aTalk, p), domain.ReactionCast{
			Conversation: aTalk, Statement: domain.StatementID(fmt.Sprintf("st_%d", i)), Respondent: p, Value: value, Revision: 1,
		})
	}
}

// crowd has so many people react alike, in all but one statement each.
func (w *world) crowd(d domain.DialogueID, name string, n int, values string) {
	for i := range n {
		own := []byte(values)
		own[i%len(own)] = '0'
		w.react(d, fmt.Sprintf("%s%d", name, i), string(own))
	}
}

func talking(t testing.TB) *world {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{
		Suppression: domain.Suppression{MinBase: 5, MinCell: 3}, OpinionAlgorithm: domain.Algorithm{Name: "opinion-groups", Version: "1", Params: map[string]string{"groups": "2-5"}},
		Measures: &domain.MeasurePlan{Seed: 7, Bootstraps: 10},
	})
	w.dialogue(aDialogue, "AA", domain.Sortition)
	return w
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := talking(t)
	w.post(aDialogue, 9)
	w.crowd(aDialogue, "a", 14, "+++++---+")
	w.crowd(aDialogue, "b", 9, "-----++++")
	w.react(aDialogue, "seldom", "+")
	w.add(aDialogue, domain.StatementStream(aTalk, "st_7"), domain.StatementModerated{Conversation: aTalk, Statement: "st_7", Decision: domain.Refuse, ReasonCode: "off-topic"})
	var d GroupsDoc
	w.document(Groups, string(aTalk), &d)
	require.Empty(t, d.Errors)
	require.Equal(t, []stats.Algorithm{"opinion-groups-stability/2", "opinion-groups/1"}, d.Algorithms)
	require.Equal(t, "7", d.Parameters["seed"])
	require.Equal(t, "10", d.Parameters["bootstraps"])
	require.Equal(t, [3]int{24, 9, 1}, [3]int{d.Respondents, d.Posted, d.Out})
	require.Equal(t, 23, d.Grouped)
	require.Equal(t, 2, d.K)
	require.Equal(t, 10, d.Stability.Runs)
	require.Equal(t, Number(1), d.Stability.Median)
	require.Equal(t, [2]int{14, 9}, [2]int{*d.Groups[0].Size, *d.Groups[1].Size})
	require.Equal(t, Number(0.608696), *d.Groups[0].Share)

	// Of fourteen people twelve agree with the first statement and two pass; of nine, eight disagree and one passes.
	first := d.Statements[0]
	require.Equal(t, []GroupCell{{CellVotes: &CellVotes{12, 0, 14}}, {CellVotes: &CellVotes{0, 8, 9}}}, first.Groups)
	require.Equal(t, Number(0.073864), first.Informed, "13/16 · 1/11")
	require.Equal(t, Number(0.173913), first.Mean, "(12-8)/23")
	require.True(t, d.Statements[7].Out)
	require.Equal(t, [2]Number{}, d.Statements[7].Loadings)
	require.Equal(t, domain.StatementID("st_8"), d.Agreed[0].Statement, "both groups agree")
	require.True(t, slices.ContainsFunc(d.Groups[1].Representative, func(r Representative) bool { return r.Statement == "st_5" && r.Agrees }))
	for _, g := range d.Groups {
		for _, r := range g.Representative {
			require.NotEqual(t, domain.StatementID("st_7"), r.Statement, "moderation took it away")
		}
	}

	people, err := GroupOf(w.state, aTalk, nil)
	require.NoError(t, err)
	require.Len(t, people, 23)
	require.Equal(t, [2]int{1, 2}, [2]int{people["a3"], people["b3"]})

	// Two people stand at a far end: they are a group of their own, nobody learns of it, and none of the others is shown in such a way that it follows.
	w.crowd(aDialogue, "c", 4, "+-+-+-+-+")
	d = GroupsDoc{}
	w.document(Groups, string(aTalk), &d)
	require.Equal(t, 3, d.K)
	require.Equal(t, []bool{false, true, true}, []bool{d.Groups[0].Suppressed, d.Groups[1].Suppressed, d.Groups[2].Suppressed})
	require.Nil(t, d.Groups[2].Center)
	require.True(t, d.Statements[0].Suppressed)
	require.NotNil(t, d.Statements[0].Groups[0].CellVotes)
	require.Nil(t, d.Statements[0].Groups[1].CellVotes)
}

func TestGroupsNamed(t *testing.T) {
	t.Parallel()
	// Few people, and people who are all alike, have no groups; this is no error.
	w := talking(t)
	w.post(aDialogue, 3)
	w.react(aDialogue, "a", "+++")
	var d GroupsDoc
	w.document(Groups, string(aTalk), &d)
	require.Equal(t, WarnNoGroups, d.Warnings[0].Name)
	require.Nil(t, d.Grouping)

	// Fewer than the least base are not shown at all.
	w.react(aDialogue, "b", "---")
	d = GroupsDoc{}
	w.document(Groups, string(aTalk), &d)
	require.True(t, d.Suppressed)
	require.Nil(t, d.Grouping)

	for _, broken := range []domain.Algorithm{
		{Name: "pca-kmeans", Version: "1.2"}, {Name: "opinion-groups", Version: "1", Params: map[string]string{"groups": "3-5"}},
	} {
		w := talking(t)
		w.protocol(domain.ProtocolFrozen{OpinionAlgorithm: broken})
		w.post(aDialogue, 3)
		d = GroupsDoc{}
		w.document(Groups, string(aTalk), &d)
		require.Equal(t, string(stats.ErrBadParameter), d.Errors[0].Name)
		require.Equal(t, 3, d.Posted, "everything else stands")
	}
}

// A tick ends the work, and its error is that of the document.
func TestGroupsStop(t *testing.T) {
	t.Parallel()
	w := talking(t)
	w.post(aDialogue, 8)
	w.crowd(aDialogue, "a", 9, "+++++---")
	w.crowd(aDialogue, "b", 9, "-----+++")
	ticks := 0
	_, err := Groups.Compute(w.state, string(aTalk), func(done, total int) error {
		if ticks++; ticks == 3 {
			return errStop
		}
		require.Less(t, done, total)
		return nil
	})
	require.ErrorIs(t, err, errStop)
	require.Equal(t, 3, ticks)
}

// Whatever people think: of what is hidden, no sum of fewer votes, and of fewer people, than the least base follows from what is shown.
func TestGroupsHide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := talking(t)
		const statements = 8
		w.post(aDialogue, statements)
		for i := range rapid.IntRange(2, 40).Draw(rt, "people") {
			mind := rapid.SampledFrom([]string{"++++----", "----++++", "+-+-+-+-"}).Draw(rt, "mind")
			said := []byte(mind)
			for s := range said {
				if rapid.IntRange(0, 9).Draw(rt, "chance") < 2 {
					said[s] = rapid.SampledFrom([]byte("+-0 ")).Draw(rt, "other")
				}
			}
			w.react(aDialogue, fmt.Sprint("p", i), string(said))
		}
		g, err := (&Inputs{s: w.state}).grouping(aTalk, &GroupsDoc{Head: Head{Parameters: map[string]string{}}})
		require.NoError(rt, err)
		g.params.Bootstraps = 0
		require.NoError(rt, g.find(nil))
		if g.d.Grouping == nil {
			return
		}
		const least = 5
		kept, hidden := 0, 0
		for i, o := range g.d.Groups {
			require.Equal(rt, o.Suppressed, o.Size == nil && o.Center == nil && o.Share == nil)
			if o.Suppressed {
				kept, hidden = kept+g.found.Sizes[i], hidden+1
			} else {
				require.GreaterOrEqual(rt, *o.Size, least)
			}
		}
		require.True(rt, hidden == 0 || (hidden >= 2 && kept >= least), "%d people in %d hidden groups", kept, hidden)
		for s, d := range g.d.Statements {
			kept, hidden, all := 0, 0, 0
			for i, c := range d.Groups {
				votes := g.found.Counts[i][s].Votes
				if all += votes; c.Suppressed {
					kept, hidden = kept+votes, hidden+1
				} else {
					require.True(rt, c.Votes == 0 || c.Votes >= least)
				}
			}
			require.Equal(rt, hidden > 0, d.Suppressed)
			require.True(rt, hidden == 0 || (hidden >= 2 && kept >= least) || (all < least && kept == all), "%d votes in %d hidden cells", kept, hidden)
			if d.Suppressed {
				text, err := json.Marshal([]Number{d.Mean, d.Informed})
				require.NoError(rt, err)
				require.Equal(rt, "[null,null]", string(text))
				for _, o := range g.d.Groups {
					require.False(rt, slices.ContainsFunc(o.Representative, func(r Representative) bool { return r.Statement == d.Statement }))
				}
			}
		}
	})
}
