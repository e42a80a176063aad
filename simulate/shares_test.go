package simulate

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// tallied is the answers to one question in one wave.
type tallied struct {
	question domain.ArtefactID
	wave     domain.Wave
}

// votes counts the answers in all rooms, citizens' and tables', by the cells in which they count. A ballot cast again counts twice; few are.
func votes(t *testing.T, o Options) (cells map[tallied]map[string]int, answers map[tallied]int) {
	t.Helper()
	cells, answers = map[tallied]map[string]int{}, map[tallied]int{}
	for l, err := range lines(o, nowhere{}) {
		require.NoError(t, err)
		b, ok := l.Content.(commands.CastBallot)
		if !ok || b.Answer.NonResponse != "" || b.Text != "" {
			continue
		}
		at := tallied{b.Question.ID, b.Wave}
		if cells[at] == nil {
			cells[at] = map[string]int{}
		}
		answers[at]++
		b.Answer.Cells(func(cell string, n int) { cells[at][cell] += n })
	}
	return cells, answers
}

// TestShares: the world answers as it should. The numbers are those of one seed, and so the same every time.
func TestShares(t *testing.T) {
	t.Parallel()
	cells, answers := votes(t, Options{Seed: 1, Countries: MaxCountries, Citizens: 60})
	share := func(q domain.ArtefactID, w domain.Wave, of ...string) (perMille int) {
		at := tallied{"ar_sim_q_" + q, w}
		require.Positive(t, answers[at], q)
		for _, cell := range of {
			perMille += cells[at][cell]
		}
		return perMille * 1000 / answers[at]
	}
	for _, published := range []struct {
		question domain.ArtefactID
		perMille int
		cells    []string
	}{
		{"data_outlook", 500, []string{"both"}},
		{"data_control", 580, []string{"decide"}},
		{"data_control", 220, []string{"access"}},
		{"data_control", 150, []string{"stop"}},
		{"share_pandemic", 396, []string{"5"}},
		{"share_pandemic", 413, []string{"4"}},
		{"share_normal", 213, []string{"5"}},
		{"share_normal", 210, []string{"4"}},
		{"trust_research", 701, []string{"3", "4"}},
		{"trust_technical", 647, []string{"3", "4"}},
		{"trust_civil_society", 605, []string{"3", "4"}},
		{"trust_international", 567, []string{"3", "4"}},
		{"trust_governments", 430, []string{"3", "4"}},
		{"trust_companies", 430, []string{"3", "4"}},
	} {
		require.InDelta(t, published.perMille, share(published.question, domain.SessionWave, published.cells...), 25, "%s %v", published.question, published.cells)
	}
	require.InDelta(t, 530, share("behaviour", domain.SessionWave, "share"), 45, "share less")
	require.Greater(t, 1000-share("behaviour", domain.SessionWave, "nothing"), 790, "more than 80 of 100 have changed a habit")
	for q, of := range map[domain.ArtefactID]map[string]int{"urgent": {"education": 530, "checking": 320}, "effective": {"education": 520, "checking": 250}} {
		for option, perMille := range of {
			require.InDelta(t, perMille, share(q, domain.SessionWave, option+"@1"), 55, "%s %s", q, option)
		}
	}
	require.InDelta(t, 430, share("knowledge", domain.PreWave, "network"), 25)
	require.Greater(t, share("knowledge", domain.PostWave, "network"), share("knowledge", domain.PreWave, "network")+80, "people learn")
	require.Greater(t, share("my_voice", domain.PostWave, "4", "5"), share("my_voice", domain.PreWave, "4", "5")+40)
	for _, q := range evaluationQuestions {
		require.Greater(t, share(q.id[len("ar_sim_q_"):], domain.EvaluationWave, "4", "5"), 650, q.id)
	}
}

// TestTables: after people have talked, they answer more like those at their table than before.
func TestTables(t *testing.T) {
	t.Parallel()
	spread := func(wave domain.Wave) (sum int) {
		byTable := map[domain.TableID][2]int{}
		for l := range lines(Options{Seed: 1, Countries: 6, Citizens: 200}, nowhere{}) {
			if b, ok := l.Content.(commands.CastBallot); ok && b.Question.ID == "ar_sim_q_outlook" && b.Wave == wave && b.Answer.Option != "" {
				n := byTable[domain.TableID(string(b.Dialogue)+"/"+string(b.Table))]
				if n[1]++; b.Answer.Option == "both" {
					n[0]++
				}
				byTable[domain.TableID(string(b.Dialogue)+"/"+string(b.Table))] = n
			}
		}
		for _, n := range byTable {
			sum += (n[0]*1000/n[1] - 430) * (n[0]*1000/n[1] - 430)
		}
		return sum / len(byTable)
	}
	require.Greater(t, spread(domain.PostWave), spread(domain.PreWave))
}

// TestQuestions: every kind of question is put, every one can be asked, and its weights and those after the drift are shares.
func TestQuestions(t *testing.T) {
	t.Parallel()
	kinds := map[domain.QuestionKind]bool{domain.Endorse: true}
	seen := map[domain.ArtefactID]bool{}
	for _, q := range questions {
		require.False(t, seen[q.id], q.id)
		seen[q.id], kinds[q.kind] = true, true
		d := q.domain()
		require.NoError(t, d.Check(), q.id)
		for _, l := range languages[1:] {
			require.NoError(t, d.CheckWords(*q.words(l)), q.id)
		}
		if q.profile > 0 || q.kind == domain.Open {
			continue
		}
		sum, drift := 0, 0
		for i, w := range q.shares() {
			require.GreaterOrEqual(t, w, 0, q.id)
			sum += w
			if len(q.drift) > 0 {
				require.GreaterOrEqual(t, w+q.drift[i], 0, q.id)
				drift += q.drift[i]
			}
		}
		require.Zero(t, drift, q.id)
		if q.kind != domain.MultipleChoice {
			require.Equal(t, 1000, sum, q.id)
		}
	}
	require.Len(t, kinds, 7)
}

// TestContent: what refers to something refers to something that is there, and the words of a language are there for what exists.
func TestContent(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, q := range questions {
		known[q.text] = true
		for _, o := range q.options {
			known[o.label] = true
		}
		for _, l := range q.scale {
			known[l] = true
		}
	}
	for _, topic := range topics {
		known[topic.label] = true
		require.GreaterOrEqual(t, len(commentsIn(topic.id, sourceLang)), 10, topic.id)
		require.NotEmpty(t, themesOf[topic.id])
		for _, code := range themesOf[topic.id] {
			require.Equal(t, code, themeOf(code).code)
		}
	}
	for lang, words := range dictionaries {
		require.Contains(t, languages, lang)
		for english := range words {
			require.True(t, known[english], "%s: %q is not a text of the organisers", lang, english)
		}
	}
	places := map[domain.Place]bool{}
	for _, c := range countries {
		require.NoError(t, c.place.Check())
		require.False(t, places[c.place], c.name)
		places[c.place] = true
		require.Positive(t, c.population)
		for _, l := range c.languages {
			require.Contains(t, languages, l)
		}
	}
	for _, d := range dimensions {
		for r := range 5 {
			sum := 0
			for _, st := range d.strata {
				sum += st.shares[r]
			}
			require.Equal(t, 1000, sum, "%s in region %d", d.name, r)
		}
	}
	covered := map[string]bool{}
	for _, w := range slices.Concat(visions, cores) {
		for _, code := range w.themes {
			covered[themeOf(code).code] = true
		}
	}
	require.Len(t, covered, len(themes))
	require.Len(t, visions, 5)
	require.Len(t, cores, 7)
}
