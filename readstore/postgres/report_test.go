package postgres

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// The SQL of the schema report reads these versions of the documents. A new version of one of them comes with a migration of its SQL; then write it here.
func TestReportFitsTheViews(t *testing.T) {
	t.Parallel()
	for _, v := range []readstore.ViewVersion{
		{View: "answers", Version: 1}, {View: "country", Version: 3}, {View: "global", Version: 3}, {View: "edition", Version: 2}, {View: "conversation", Version: 1}, {View: "statement", Version: 1},
		{View: "dialogue", Version: 3}, {View: "recommendation", Version: 3}, {View: "lineage", Version: 2},
	} {
		now, ok := projections.ByName(v.View)
		require.True(t, ok)
		require.Equal(t, v.Version, now.Version, v.View)
	}
}

// Text comes through as it is, even what jsonb cannot hold, and what is unknown is NULL with a reason.
func TestOddText(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	words := `"<&>" \u0000 \\ 🗳 ` + "\u2028"
	odd(t, d, map[string]map[string]any{
		"recommendation": {"r": map[string]any{"recommendation": "r", "edition": "ed", "level": "global", "text": map[string]any{"source": "en", "text": map[string]string{"en": words}}},
			"nul": map[string]any{"recommendation": "nul", "edition": "ed", "level": "national", "dialogue": "dl", "text": map[string]any{"source": "en", "text": map[string]string{"en": "a\x00b\\\x00"}}}},
		"dialogue":     {"dl": map[string]any{"dialogue": "dl", "place": "ZZ"}},
		"conversation": {"c": map[string]any{"conversation": "c", "edition": "ed", "place": "ZZ", "sampleType": "openOnline"}},
		"statement": {"c/1": map[string]any{"conversation": "c", "statement": "1", "lang": "und", "seed": false, "accepted": 0, "rejected": 1, "hidden": 0},
			"x/1": map[string]any{"conversation": "x", "statement": "1", "lang": "de", "accepted": 0, "rejected": 0, "hidden": 0}},
	})
	type told struct {
		Words, PlaceReason, OutcomeReason string
		Place                             *string
	}
	all := rowsOf[told](t, d, "SELECT words, place_reason, outcome_reason, place FROM report.recommendations ORDER BY recommendation DESC")
	require.Equal(t, []told{{Words: words, PlaceReason: "of no single place", OutcomeReason: "not decided"}, {Words: "a\ufffdb\\\ufffd", PlaceReason: "unknown", OutcomeReason: "not decided"}}, all)
	type statement struct {
		Conversation                              string
		Edition, Place, PlaceReason, Lang, Reason *string
		Status                                    string
	}
	unknown, ed, de := "unknown", "ed", "de"
	require.Equal(t, []statement{
		{Conversation: "c", Edition: &ed, PlaceReason: &unknown, Reason: &unknown, Status: "rejected"},
		{Conversation: "x", PlaceReason: &unknown, Lang: &de, Status: "undecided"},
	}, rowsOf[statement](t, d, "SELECT conversation, edition, place, place_reason, lang, lang_reason, status FROM report.statements ORDER BY 1"))
}

// A document that is not as it was committed is an error in every row of it, never a number.
func TestDamageInReports(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{"UPDATE daybook.docs SET data = convert_to(replace(convert_from(data, 'UTF8'), '30', '31'), 'UTF8')", "UPDATE daybook.docs SET at = at + 1", `UPDATE daybook.docs SET key = 'CC'`} {
		d := pgtest.New(t)
		people := &projections.Sample{}
		people.Participants.Citizens = 30
		odd(t, d, map[string]map[string]any{
			"answers": {"ed/BB": answers("BB", 30, map[string]int{"a": 10, "b": 20})},
			"country": {"BB": projections.CountryDoc{Place: "BB", Editions: map[domain.EditionID]*projections.CountryNumbers{"ed": {Samples: projections.Samples{"quota": people}}}}},
		})
		reader := d.Connect(t, pgtest.Reader)
		_, err := reader.Exec(t.Context(), "SELECT * FROM report.countries")
		require.NoError(t, err)
		d.Exec(t, pgtest.Owner, sql)
		for _, view := range []string{"countries", "question_results"} {
			_, err = reader.Exec(t.Context(), "SELECT * FROM report."+view)
			require.ErrorContains(t, err, "is not as it was committed", sql)
		}
	}
}

// Countries, and people in them who are too few to be counted.
func TestCountries(t *testing.T) {
	t.Parallel()
	d := reported(t)
	type row struct {
		Place, SampleType   string
		Citizens, Withdrawn *int64
		Reason              *string
		Accepted, Agree     int64
	}
	rows := rowsOf[row](t, d, "SELECT place, sample_type, citizens, consents_withdrawn, people_reason, statements_accepted, agree FROM report.countries")
	n := 0
	for _, c := range documents[projections.CountryDoc](t, open(t, d), "country") {
		for _, numbers := range c.Editions {
			for kind, sample := range numbers.Samples {
				i := slices.IndexFunc(rows, func(r row) bool { return r.Place == string(c.Place) && r.SampleType == string(kind) })
				require.GreaterOrEqual(t, i, 0)
				r := rows[i]
				require.Equal(t, int64(sample.Accepted), r.Accepted)
				require.Equal(t, int64(sample.Reactions.Agree), r.Agree)
				require.Equal(t, int64(sample.Participants.Citizens), *r.Citizens)
				withdrawn := sample.Consents.Withdrawn
				require.Equal(t, withdrawn > 0 && withdrawn < 3, r.Withdrawn == nil)
				require.Equal(t, r.Withdrawn == nil, r.Reason != nil)
				n++
			}
		}
	}
	require.Len(t, rows, n)
}

// The edges are those of the documents, each once.
func TestLineageEdges(t *testing.T) {
	t.Parallel()
	d := reported(t)
	type edge struct{ Kind, From, Role, To string }
	var want []edge
	for _, doc := range documents[projections.LineageDoc](t, open(t, d), "lineage") {
		for _, s := range doc.Sources {
			want = append(want, edge{"source", string(doc.Stream), string(s.Role), string(s.Ref.Stream)})
		}
		for _, l := range doc.Links {
			if l.From == doc.Stream {
				want = append(want, edge{"link", string(l.From), string(l.Relation), string(l.To)})
			}
		}
		for _, p := range doc.Supersedes {
			want = append(want, edge{"supersession", string(doc.Stream), string(p.Relation), string(p.Of)})
		}
	}
	got := rowsOf[edge](t, d, "SELECT kind, from_stream, role, to_stream FROM report.lineage_edges")
	byAll := func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From), cmp.Compare(a.Role, b.Role), cmp.Compare(a.To, b.To))
	}
	slices.SortFunc(want, byAll)
	slices.SortFunc(got, byAll)
	require.Equal(t, want, got)
	for _, e := range rowsOf[edge](t, d, "SELECT kind, '', '', coalesce(to_version_reason, 'none') FROM report.lineage_edges") {
		require.Equal(t, e.Kind == "source", e.To == "none")
	}
}
