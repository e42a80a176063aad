package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// The SQL of the schema report reads these versions of the documents. A new version of one of them comes with a migration of its SQL; then write it here.
func TestReportFitsTheViews(t *testing.T) {
	t.Parallel()
	for _, v := range []readstore.ViewVersion{
		{View: "country", Version: 2}, {View: "global", Version: 2}, {View: "edition", Version: 2}, {View: "conversation", Version: 1}, {View: "statement", Version: 1},
		{View: "dialogue", Version: 3}, {View: "recommendation", Version: 3}, {View: "lineage", Version: 2},
	} {
		now, ok := projections.ByName(v.View)
		require.True(t, ok)
		require.Equal(t, v.Version, now.Version, v.View)
	}
}

// simulated is the edition of make run, in memory.
var simulated = sync.OnceValues(func() (*ledgertest.Memory, error) {
	return simulateEdition(simulate.Options{Seed: 1, Countries: 6, Citizens: 50, Online: 20})
})

// reported is a database with the views of that edition.
func reported(t *testing.T) pgtest.Database {
	t.Helper()
	d := pgtest.New(t)
	s := open(t, d)
	l, err := simulated()
	require.NoError(t, err)
	require.NoError(t, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))
	return d
}

// documents decodes all documents of a view.
func documents[D any](t *testing.T, s *Store, view string) (docs []D) {
	t.Helper()
	for d, err := range s.List(t.Context(), view, "", 0) {
		require.NoError(t, err)
		var doc D
		require.NoError(t, json.Unmarshal(d.Data, &doc))
		docs = append(docs, doc)
	}
	require.NotEmpty(t, docs)
	return docs
}

// cell is a row of report.question_results.
type cell struct {
	Edition, Scope string
	Place          *string
	PlaceReason    *string
	SampleType     string
	Session        string
	Question       string
	Version        int64
	Wave           string
	Kind, Cell     *string
	Valid, N       *int64
	Unit           string
	Share          *float64
	Reason         *string
	At             int64
}

func (c cell) set() string {
	place := ""
	if c.Place != nil {
		place = *c.Place
	}
	return fmt.Sprint(c.Scope, "|", place, "|", c.SampleType, "|", c.Session, "|", c.Question, "|", c.Version, "|", c.Wave)
}

func rowsOf[R any](t *testing.T, d pgtest.Database, sql string) []R {
	t.Helper()
	rows, err := d.Connect(t, pgtest.Reader).Query(t.Context(), sql)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[R])
	require.NoError(t, err)
	return all
}

// Every cell of every document has its row, with its number, or with a reason and no number. What is hidden is hidden by the rule, and nothing else is.
func TestQuestionResults(t *testing.T) {
	t.Parallel()
	d := reported(t)
	s := open(t, d)
	want := map[string]map[string]int{} // by set, then by kind and cell
	valid := map[string]int64{}
	add := func(scope, place string, samples projections.Samples) {
		for kind, sample := range samples {
			for _, q := range sample.Questions {
				set := fmt.Sprint(scope, "|", place, "|", kind, "|", q.Session, "|", q.Question.ID, "|", q.Question.Version, "|", q.Wave)
				want[set], valid[set] = map[string]int{}, int64(q.Valid)
				for c, n := range q.Cells {
					want[set]["answer "+c] = n
				}
				for r, n := range q.NonResponse {
					want[set]["nonresponse "+string(r)] = n
				}
			}
		}
	}
	for _, c := range documents[projections.CountryDoc](t, s, "country") {
		for _, numbers := range c.Editions {
			add("country", string(c.Place), numbers.Samples)
		}
	}
	add("edition", "", documents[projections.GlobalDoc](t, s, "global")[0].Samples)
	rule := documents[projections.EditionDoc](t, s, "edition")[0].Protocol.Suppression
	require.Equal(t, domain.Suppression{MinBase: 5, MinCell: 3}, rule)

	all := rowsOf[cell](t, d, "SELECT * FROM report.question_results")
	seen, shown, reasons := map[string]int{}, map[string]map[string]int64{}, map[string]int{}
	for _, r := range all {
		set := r.set()
		require.Contains(t, want, set)
		seen[set]++
		require.Equal(t, r.Place == nil, r.PlaceReason != nil)
		require.Equal(t, r.N == nil, r.Reason != nil, "%+v", r)
		require.False(t, r.N != nil && *r.N == 0)
		if r.Reason != nil {
			require.Nil(t, r.Share)
			reasons[*r.Reason]++
		}
		if r.Cell == nil {
			require.Empty(t, want[set])
			continue
		}
		n, is := want[set][*r.Kind+" "+*r.Cell]
		require.True(t, is, "%+v", r)
		if r.Valid != nil {
			require.Equal(t, valid[set], *r.Valid)
		}
		few := valid[set] < int64(rule.MinBase)
		require.True(t, !few || (r.Valid == nil && r.N == nil))
		if r.N != nil {
			require.Equal(t, int64(n), *r.N)
			require.True(t, r.Unit == "points" || n >= rule.MinCell)
			if shown[set] == nil {
				shown[set] = map[string]int64{}
			}
			shown[set][*r.Kind+" "+*r.Cell] = *r.N
		}
		if r.Share != nil && r.Unit == "people" {
			require.InDelta(t, float64(n)/float64(*r.Valid), *r.Share, 0.0001)
		}
	}
	require.Len(t, seen, len(want), "every set has rows")
	for set, cells := range want {
		require.Equal(t, max(1, len(cells)), seen[set], set)
		hidden := 0
		for c := range cells {
			if _, ok := shown[set][c]; !ok && strings.HasPrefix(c, "answer ") {
				hidden++
			}
		}
		require.NotEqual(t, 1, hidden, "one hidden cell follows from the others: %s", set)
	}
	require.Equal(t, []string{"fewer than 3 people", "hidden beside a cell with too few", "hidden beside the only country that hides it", "no cells: its answers are words"}, sorted(reasons))
	notTold(t, all)
}

func sorted(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// notTold says that no cell of a country is the difference between the edition's and those of all other countries.
func notTold(t *testing.T, all []cell) {
	t.Helper()
	hidden := map[string]int{} // countries that hide a column
	edition := map[string]bool{}
	for _, r := range all {
		if r.Cell == nil {
			continue
		}
		column := fmt.Sprint(r.SampleType, r.Session, r.Question, r.Version, r.Wave, *r.Kind, *r.Cell)
		if r.Scope == "edition" {
			edition[column] = r.N != nil
		} else if r.N == nil {
			hidden[column]++
		}
	}
	alone := 0
	for column, n := range hidden {
		if n == 1 {
			alone++
			require.False(t, edition[column], column)
		}
	}
	require.NotZero(t, alone)
}

// odd puts documents that no simulation has into a store.
func odd(t *testing.T, d pgtest.Database, docs map[string]map[string]any) {
	t.Helper()
	s := open(t, d)
	for view, docsOf := range docs {
		version, _ := projections.ByName(view)
		v := readstore.ViewVersion{View: view, Version: version.Version}
		var changed []readstore.Doc
		for key, doc := range docsOf {
			data, err := json.Marshal(doc)
			require.NoError(t, err)
			changed = append(changed, readstore.Doc{Ref: projections.Ref{View: view, Key: key}, Version: v.Version, Document: projections.Document{At: 1, Data: data}})
		}
		require.NoError(t, s.Commit(t.Context(), v, ledger.Cursor{}, ledger.Cursor{Seq: 1}, changed))
		require.NoError(t, s.Serve(t.Context(), v))
	}
	require.NoError(t, s.Close())
}

func country(place string, valid int, cells map[string]int) projections.CountryDoc {
	q := projections.QuestionCount{Session: "s", Question: domain.ArtefactRef{ID: "q", Version: 1}, Wave: "post", Valid: valid, Cells: cells}
	return projections.CountryDoc{Place: domain.Place(place), Editions: map[domain.EditionID]*projections.CountryNumbers{
		"ed": {Samples: projections.Samples{"quota": {Questions: projections.Questions{q}}}}, "none": {},
	}}
}

// A small country is hidden with the next smallest, and places that are not known are NULL with a reason. Without a protocol, 5 is the least.
func TestSmallCountries(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	odd(t, d, map[string]map[string]any{
		"country": {
			"AA": country("AA", 4, map[string]int{"a": 4}), "BB": country("BB", 30, map[string]int{"a": 10, "b": 20}), "CC": country("CC", 20, map[string]int{"a": 10, "b": 10}),
			"ZZ": country("ZZ", 40, map[string]int{"a": 35, "b": 5}),
		},
	})
	got := map[string]string{}
	for _, r := range rowsOf[cell](t, d, "SELECT * FROM report.question_results") {
		place := "unknown"
		if r.Place != nil {
			place = *r.Place
		} else {
			require.Equal(t, "unknown", *r.PlaceReason)
		}
		text := "hidden"
		if r.N != nil {
			text = fmt.Sprint(*r.N)
		}
		require.Equal(t, r.Valid == nil, place == "AA" || place == "CC")
		got[place] += *r.Cell + " " + text + ";"
	}
	for place, text := range got {
		parts := strings.Split(strings.TrimSuffix(text, ";"), ";")
		slices.Sort(parts)
		got[place] = strings.Join(parts, ";")
	}
	require.Equal(t, map[string]string{"AA": "a hidden", "BB": "a 10;b 20", "CC": "a hidden;b hidden", "unknown": "a 35;b 5"}, got)
}

// The cells of a ranking add up for each rank and for each option, so that none is told where one is too small, also where the edition alone would tell it.
func TestSmallRanks(t *testing.T) {
	t.Parallel()
	ranks := func(n int) map[string]int { return map[string]int{"a@1": n, "b@1": 30 - n, "a@2": 30 - n, "b@2": n} }
	for name, c := range map[string]struct {
		aa, bb map[string]int
		hidden []string // sets
	}{
		"none":   {ranks(10), ranks(12), nil},
		"one":    {map[string]int{"a@1": 1, "b@1": 29, "a@2": 15, "b@2": 15}, ranks(12), []string{"country AA", "edition "}},
		"two":    {ranks(2), ranks(12), []string{"country AA", "edition "}},
		"in two": {ranks(2), ranks(4), []string{"country AA", "country BB"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := pgtest.New(t)
			aa, bb := country("AA", 30, c.aa), country("BB", 30, c.bb)
			all, sum := aa.Editions["ed"].Samples["quota"].Questions[0], map[string]int{}
			for cell, n := range c.aa {
				sum[cell] = n + c.bb[cell]
			}
			all.Valid, all.Cells = 60, sum
			odd(t, d, map[string]map[string]any{
				"country": {"AA": aa, "BB": bb},
				"global":  {"ed": projections.GlobalDoc{Edition: "ed", Samples: projections.Samples{"quota": {Questions: projections.Questions{all}}}}},
			})
			rows := rowsOf[cell](t, d, "SELECT * FROM report.question_results")
			require.Len(t, rows, 12)
			for _, r := range rows {
				set := r.Scope + " "
				if r.Place != nil {
					set += *r.Place
				}
				require.Equal(t, slices.Contains(c.hidden, set), r.N == nil, "%s %s", set, *r.Cell)
				require.Equal(t, r.N == nil, r.Reason != nil)
			}
		})
	}
}

// Where people spread points, cells are points and not people.
func TestPoints(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	odd(t, d, map[string]map[string]any{"country": {"AA": country("AA", 10, map[string]int{"a": 998, "b": 2})}})
	for _, r := range rowsOf[cell](t, d, "SELECT * FROM report.question_results") {
		require.Equal(t, "points", r.Unit)
		require.NotNil(t, r.N)
		require.InDelta(t, float64(*r.N)/1000, *r.Share, 1e-6)
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
		odd(t, d, map[string]map[string]any{"country": {"BB": country("BB", 30, map[string]int{"a": 10, "b": 20})}})
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

// simulateEdition makes an edition in memory.
func simulateEdition(o simulate.Options) (_ *ledgertest.Memory, err error) {
	dir, err := os.MkdirTemp("", "edition")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	v, err := vaultsqlite.Open(ctx, filepath.Join(dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	if err != nil {
		return nil, err
	}
	defer v.Close()
	l := ledgertest.NewMemory()
	_, err = simulate.Run(ctx, &commands.Service{Ledger: l, Vault: v, Now: time.Now}, o, func(int, int) {})
	return l, err
}
