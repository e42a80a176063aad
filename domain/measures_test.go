package domain

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// asksFor is an approved question of some kind, with these options, in one version.
func asksFor(id ArtefactID, q Question, options ...OptionID) Artefact {
	q.Text = In("en", "?")
	if q.Unit == "" {
		q.Unit = Individual
	}
	for _, o := range options {
		q.Options = append(q.Options, Option{o, In("en", string(o))})
	}
	return Artefact{}.Evolve(ArtefactVersionAdded{Artefact: id, Version: 1, Kind: QuestionArtefact, Question: &q, SourceLang: "en", Author: "author"}).
		Evolve(ArtefactApproved{Artefact: id, Version: 1, Quorum: 1, Approvals: []string{"a", "b", "c"}})
}

// measured are the artefacts of the example's plan besides the library, and the session in which its questions are asked.
func measured() (map[ArtefactID]Artefact, SessionDefined) {
	known := library()
	maps.Copy(known, map[ArtefactID]Artefact{
		"ar_age":        asksFor("ar_age", Question{Kind: SingleChoice}, "16-17", "18-34", "35-64", "65-79", "80-plus"),
		"ar_settlement": asksFor("ar_settlement", Question{Kind: SingleChoice}, "urban", "rural"),
		"ar_aquifer":    asksFor("ar_aquifer", Question{Kind: SingleChoice}, "slow", "fast"),
		"ar_fair":       asksFor("ar_fair", Question{Kind: Likert, Points: 5}),
		"ar_costly":     asksFor("ar_costly", Question{Kind: Likert, Points: 5}),
		"ar_options":    asksFor("ar_options", Question{Kind: Ranking, Top: 3}, "wells", "dams", "rain"),
		"ar_shared":     asksFor("ar_shared", Question{Kind: Ranking, Top: 2, Unit: TableUnit}, "wells", "dams"),
	})
	s := SessionDefined{Edition: "ed_2026", Session: "ss_1", Ordinal: 1, Kind: ThematicSession, Chamber: CitizenChamber, Instruments: []Instrument{
		{ArtefactRef{"ar_age", 1}, ProfileWave}, {ArtefactRef{"ar_settlement", 1}, ProfileWave}, {ArtefactRef{"ar_shared", 1}, SessionWave},
	}}
	for _, id := range []ArtefactID{"ar_aquifer", "ar_fair", "ar_costly", "ar_options"} {
		s.Instruments = append(s.Instruments, Instrument{ArtefactRef{id, 1}, PreWave}, Instrument{ArtefactRef{id, 1}, PostWave})
	}
	return known, s
}

func TestEditionMeasures(t *testing.T) {
	t.Parallel()
	open, p := example[EditionOpened](), example[ProtocolFrozen]()
	known, session := measured()
	asked := follows(open, session)
	change := func(f func(*MeasurePlan)) func(Edition) ([]Event, error) {
		plan := *p.Measures
		f(&plan)
		return asks2(Edition.FreezeProtocol, but(p, func(p *ProtocolFrozen) { p.Measures = &plan }), known)
	}
	least := but(p, func(p *ProtocolFrozen) { p.Measures, p.Weighting.PopulationTable = &MeasurePlan{}, Digest{} })
	none := but(p, func(p *ProtocolFrozen) { p.Measures = &MeasurePlan{Seed: 1} }) // the digest of a table that nobody shows
	whole := but(p, func(p *ProtocolFrozen) {
		m := *p.Measures
		m.World = 56_432_944 + 211_998_573 + 18_228_742 + 50_015_092
		p.Measures = &m
	})
	twice := but(session, func(s *SessionDefined) {
		s.Instruments = append(s.Instruments[:len(s.Instruments):len(s.Instruments)], Instrument{ArtefactRef{"ar_age", 2}, ProfileWave})
	})
	second := func(options ...OptionID) func(Edition) ([]Event, error) {
		age := asksFor("ar_age", Question{Kind: SingleChoice}, "16-17", "18-34", "65-79", "80-plus")
		q := *age.versions[0].Question
		q.Options = nil
		for _, o := range options {
			q.Options = append(q.Options, Option{o, In("en", string(o))})
		}
		age = age.Evolve(ArtefactVersionAdded{Artefact: "ar_age", Version: 2, Kind: QuestionArtefact, Question: &q, SourceLang: "en", Author: "author"}).
			Evolve(ArtefactApproved{Artefact: "ar_age", Version: 2, Quorum: 1, Approvals: []string{"a", "b", "c"}})
		return asks2(Edition.FreezeProtocol, p, with(known, "ar_age", age))
	}
	many := func() []ArtefactID {
		ids := make([]ArtefactID, MaxMeasured+1)
		for i := range ids {
			ids[i] = ArtefactID(fmt.Sprint("ar_", i))
		}
		return ids
	}
	checkRulings(t, []ruling[Edition]{
		{"freezes with measures", asked, asks2(Edition.FreezeProtocol, p, known), nil, follows(p)},
		{"freezes the least", asked, asks2(Edition.FreezeProtocol, least, known), nil, follows(least)},
		{"a table that nobody shows", follows(open), asks2(Edition.FreezeProtocol, none, known), nil, follows(none)},
		{"all of the world", asked, asks2(Edition.FreezeProtocol, whole, known), nil, follows(whole)},
		{"both versions fit", follows(open, twice), second("16-17", "18-34", "35-44", "65-79", "80-plus"), nil, follows(p)},
		{"frozen with other measures", follows(open, session, p), change(func(m *MeasurePlan) { m.Seed++ }), ErrFrozen, nil},

		{"another table", asked, change(func(m *MeasurePlan) { m.Population = with(m.Population, "KE", 56_432_945) }), ErrCommitmentMismatch, nil},
		{"a table without a country", asked, change(func(m *MeasurePlan) {
			m.Population = maps.Clone(m.Population)
			delete(m.Population, "KE")
		}), ErrCommitmentMismatch, nil},
		{"a table with nobody", asked, change(func(m *MeasurePlan) { m.Population = with(m.Population, "KE", 0) }), ErrInvalidField, nil},
		{"a place in words", asked, change(func(m *MeasurePlan) { m.Population = with(m.Population, "Kenya", 1) }), ErrInvalidField, nil},
		{"a place that is not known", asked, change(func(m *MeasurePlan) { m.Population = with(m.Population, UnknownPlace, 1) }), ErrInvalidField, nil},
		{"a world without people", asked, change(func(m *MeasurePlan) { m.World = 0 }), ErrInvalidField, nil},
		{"a world of too many", asked, change(func(m *MeasurePlan) { m.World = maxInteger + 1 }), ErrInvalidField, nil},
		{"a world of too few", asked, change(func(m *MeasurePlan) { m.World = whole.Measures.World - 1 }), ErrInvalidField, nil},
		{"numbers that overflow", asked, change(func(m *MeasurePlan) { m.Population = with(m.Population, "KE", math.MaxInt64) }), ErrInvalidField, nil},
		{"a world without countries", asked, change(func(m *MeasurePlan) { m.Population = nil }), ErrInvalidField, nil},

		{"a dimension without a name", asked, change(func(m *MeasurePlan) { m.Profile = with(m.Profile, "", "ar_age") }), ErrInvalidField, nil},
		{"a dimension that nobody asks for", asked, change(func(m *MeasurePlan) { m.Profile = with(m.Profile, "income", "ar_income") }), ErrUnknownRef, nil},
		{"a dimension of a scale", asked, change(func(m *MeasurePlan) { m.Profile = with(m.Profile, "income", "ar_fair") }), ErrInvalidField, nil},
		{"a dimension in no profile", asked, change(func(m *MeasurePlan) { m.Profile = with(m.Profile, "income", "ar_aquifer") }), ErrInvalidField, nil},
		{"a question that is none", asked, asks2(Edition.FreezeProtocol, p, with(known, "ar_age", versions("ar_age", ScriptArtefact, Digest{}, 3))), ErrUnknownRef, nil},
		{"one version does not fit", follows(open, twice), second("18-34", "65-79", "80-plus"), ErrUnknownRef, nil},

		{"merged with itself", asked, change(func(m *MeasurePlan) { m.Merge = map[string]map[string]string{"age": {"16-17": "16-17"}} }), ErrCycle, nil},
		{"merged in turn", asked, change(func(m *MeasurePlan) {
			m.Merge = map[string]map[string]string{"age": {"16-17": "18-34", "18-34": "35-64"}}
		}), ErrCycle, nil},
		{"merged in a circle", asked, change(func(m *MeasurePlan) {
			m.Merge = map[string]map[string]string{"age": {"16-17": "18-34", "18-34": "16-17"}}
		}), ErrCycle, nil},
		{"nothing merged", asked, change(func(m *MeasurePlan) { m.Merge = with(m.Merge, "settlement", map[string]string{}) }), ErrInvalidField, nil},
		{"merged in another dimension", asked, change(func(m *MeasurePlan) { m.Merge = with(m.Merge, "income", map[string]string{"low": "high"}) }), ErrUnknownRef, nil},
		{"a stratum that is not", asked, change(func(m *MeasurePlan) { m.Merge = with(m.Merge, "settlement", map[string]string{"sea": "rural"}) }), ErrUnknownRef, nil},
		{"merged with what is not", asked, change(func(m *MeasurePlan) { m.Merge = with(m.Merge, "settlement", map[string]string{"rural": "sea"}) }), ErrUnknownRef, nil},

		{"an answer that is not", asked, change(func(m *MeasurePlan) { m.Correct = with(m.Correct, "ar_aquifer", "never") }), ErrUnknownRef, nil},
		{"an answer on a scale", asked, change(func(m *MeasurePlan) { m.Correct = with(m.Correct, "ar_fair", "5") }), ErrInvalidField, nil},
		{"an answer to nothing", asked, change(func(m *MeasurePlan) { m.Correct = with(m.Correct, "", "slow") }), ErrUnknownRef, nil},
		{"a consideration twice", asked, change(func(m *MeasurePlan) { m.Considerations = []ArtefactID{"ar_fair", "ar_costly", "ar_fair"} }), ErrInvalidField, nil},
		{"a consideration that is a choice", asked, change(func(m *MeasurePlan) { m.Considerations = []ArtefactID{"ar_aquifer"} }), ErrInvalidField, nil},
		{"a consideration of nobody", asked, change(func(m *MeasurePlan) { m.Considerations = []ArtefactID{"ar_none"} }), ErrUnknownRef, nil},
		{"preferences on a scale", asked, change(func(m *MeasurePlan) { m.Preferences = "ar_fair" }), ErrInvalidField, nil},
		{"preferences of tables", asked, change(func(m *MeasurePlan) { m.Preferences = "ar_shared" }), ErrInvalidField, nil},
		{"no session", follows(open), asks2(Edition.FreezeProtocol, p, known), ErrUnknownRef, nil},

		{"too many considerations", asked, change(func(m *MeasurePlan) { m.Considerations = many() }), ErrInvalidField, nil},
		{"a seed of 54 bits", asked, change(func(m *MeasurePlan) { m.Seed = maxInteger + 1 }), ErrInvalidField, nil},
		{"less than no permutations", asked, change(func(m *MeasurePlan) { m.Permutations = -1 }), ErrInvalidField, nil},
		{"too many permutations", asked, change(func(m *MeasurePlan) { m.Permutations = MaxPermutations + 1 }), ErrInvalidField, nil},
		{"less than no bootstraps", asked, change(func(m *MeasurePlan) { m.Bootstraps = -1 }), ErrInvalidField, nil},
		{"too many bootstraps", asked, change(func(m *MeasurePlan) { m.Bootstraps = MaxBootstraps + 1 }), ErrInvalidField, nil},
	})
}

// TestPopulationTable: the table as a file, as anybody would hash it, whatever order a map is walked in.
func TestPopulationTable(t *testing.T) {
	t.Parallel()
	file := "BR,211998573\nKE,56432944\nNL,18228742\nUG,50015092\n"
	require.Equal(t, Digest(sha256.Sum256([]byte(file))), PopulationTable(examplePopulation()))
	require.Equal(t, Digest(sha256.Sum256(nil)), PopulationTable(nil))
}

// TestAnyMeasuresCanBeChecked: whatever somebody plans, it is accepted or rejected by a rule with a name; what is accepted has a canonical form.
func TestAnyMeasuresCanBeChecked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"a", "b", "c", ""})
		m := MeasurePlan{
			Population: rapid.MapOfN(rapid.SampledFrom([]Place{"KE", "BR", "ZZ", "x"}), rapid.Int64(), 0, 3).Draw(t, "population"), World: rapid.Int64().Draw(t, "world"),
			Profile: rapid.MapOf(text, rapid.Just(ArtefactID("ar_age"))).Draw(t, "profile"),
			Merge:   rapid.MapOf(text, rapid.MapOf(text, text)).Draw(t, "merge"), Seed: rapid.Uint64().Draw(t, "seed"),
			Permutations: rapid.IntRange(-1, MaxPermutations+1).Draw(t, "permutations"),
		}
		if rapid.Bool().Draw(t, "no table") {
			m.Population, m.World = nil, 0
		}
		if err := m.Check(PopulationTable(m.Population)); err != nil {
			require.ErrorAs(t, err, new(*Rejection))
			return
		}
		for dimension, into := range m.Merge {
			for from, to := range into {
				require.NotContains(t, m.Merge[dimension], to, "%s of %s goes on", from, dimension)
			}
		}
		_, _, err := Encode(but(unmeasured(), func(p *ProtocolFrozen) { p.Measures = &m }))
		require.NoError(t, err)
	})
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	p := but(unmeasured(), func(p *ProtocolFrozen) { p.Thresholds = map[string]Ratio{"D6": RatioOf(4, 5), "own": RatioOf(1, 3)} })
	for _, c := range []struct {
		of   *ProtocolFrozen
		key  string
		want string
	}{{&p, "D6", "4/5"}, {nil, "D6", "9/10"}, {&p, "D15", "300"}, {&p, "own", "1/3"}} {
		got, ok := c.of.Threshold(c.key)
		require.True(t, ok, c.key)
		require.Equal(t, c.want, got.String(), c.key)
	}
	_, ok := p.Threshold("D99")
	require.False(t, ok)
	_, ok = (*ProtocolFrozen)(nil).Threshold("own")
	require.False(t, ok)
}

// TestThePageOfTheProtocol holds docs/protocol.md against the example's plan, the members that there are, and the indicators, row by row.
func TestThePageOfTheProtocol(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol.md")
	require.NoError(t, err)
	_, plan, _ := strings.Cut(string(page), "```json\n")
	plan, _, _ = strings.Cut(plan, "```")
	var m MeasurePlan
	require.NoError(t, json.Unmarshal([]byte(plan), &m))
	require.Equal(t, *example[ProtocolFrozen]().Measures, m)
	for i := range reflect.TypeFor[MeasurePlan]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[MeasurePlan]().Field(i).Tag.Get("json"), ",")
		require.Regexp(t, "(?m)^\\| .*`"+name+"`.* \\| ", string(page))
	}
	rows := regexp.MustCompile("(?m)^\\| `([A-Z][0-9]*[.a-z]*)` \\| (at (?:least|most)) ([0-9/]+) \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1)
	require.Len(t, rows, len(Indicators()))
	for i, row := range rows {
		is := Indicators()[i]
		require.NoError(t, is.Default.Check())
		bound := "at least"
		if is.Most {
			bound = "at most"
		}
		require.Equal(t, []string{is.Key, bound, is.Default.String(), is.About}, row[1:])
	}
}
