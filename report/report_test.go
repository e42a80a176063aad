package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/report"
)

var update = flag.Bool("update", false, "write the golden reports anew")

const edition = domain.EditionID("ed_synthetic")

// small is the report on a small edition, with its records.
func small(t *testing.T) (report.Report, *verifytest.Log) {
	t.Helper()
	log := verifytest.Edition(t, verifytest.Small)
	s, record := measures.NewState(), report.NewRecord(edition)
	for _, r := range log.Records {
		f, err := r.Decode()
		require.NoError(t, err)
		require.NoError(t, s.Apply(f))
		record.Apply(f)
		record.Last(f.Meta.Time)
	}
	r, err := report.Build(report.Input{
		Edition: edition, Position: s.Position(), Record: record, Program: "test",
		Keys: func(view string) []string {
			v, _ := measures.ByName(view)
			return v.Keys(s)
		},
		Document: func(view, key string) ([]byte, error) {
			v, _ := measures.ByName(view)
			d, err := v.Compute(s, key, nil)
			if errors.Is(err, measures.ErrNoDocument) {
				return nil, nil
			}
			return d.Data, err
		},
	})
	require.NoError(t, err)
	return r, log
}

func forms(t *testing.T, r report.Report) map[string][]byte {
	t.Helper()
	var page, text bytes.Buffer
	require.NoError(t, r.HTML(&page))
	require.NoError(t, r.Markdown(&text))
	return map[string][]byte{"small.html": page.Bytes(), "small.md": text.Bytes()}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	r, _ := small(t)
	again, _ := small(t)
	require.Equal(t, forms(t, again), forms(t, r), "the same records give the same bytes")
	for name, got := range map[string][]byte{"small.md": forms(t, r)["small.md"], "page.html": forms(t, everyBlock())["small.html"]} {
		file := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(file, got, 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err, "go test ./report -run Golden -update writes it")
		require.Equal(t, string(want), string(got), "%s: 'go test ./report -run Golden -update' writes it anew", name)
	}
}

// everyBlock is a report with a block of every kind.
func everyBlock() report.Report {
	return report.Report{
		Title: "Report", Lang: "en", Notice: "Nobody said any of it.", About: []report.Term{{Name: "Edition", Text: "ed_1"}},
		Sections: []report.Section{
			{ID: "first", Title: "First", Level: 2, Blocks: []report.Block{
				{Text: "Words & <signs>."}, {Items: []string{"one", "two"}}, {Code: []string{"daybook replay --data DIR"}},
				{Table: &report.Table{Caption: "Table", Head: []string{"what", "#how many", "verdict"}, Rows: [][]report.Cell{{{Text: "a|b"}, {Text: "3"}, {Text: "✗ fail", Verdict: "fail"}}}}},
			}},
			{ID: "second", Title: "Second", Level: 3, Blocks: []report.Block{{Figure: &report.Figure{Caption: "Figure", SVG: "<svg></svg>"}}}},
		},
	}
}

// No words of people, no names under which they take part or answer.
func TestNobodyIsNamed(t *testing.T) {
	t.Parallel()
	r, log := small(t)
	secret := map[string]bool{}
	for _, rec := range log.Records {
		f, err := rec.Decode()
		require.NoError(t, err)
		switch e := f.Event.(type) {
		case domain.BallotCast:
			secret[string(e.Pseudonym)] = true
		case domain.ReactionCast:
			secret[string(e.Respondent)] = true
		case domain.StatementPosted:
			if !e.Seed {
				secret[string(e.Author)] = true
			}
		case domain.ParticipantRegistered:
			secret[string(e.Participant)] = true
		}
	}
	for _, o := range log.Openings {
		if len(o.Words) > 20 {
			secret[string(o.Words)] = true
		}
	}
	require.Greater(t, len(secret), 100)
	for name, got := range forms(t, r) {
		for s := range secret {
			require.NotContains(t, string(got), s, name)
		}
	}
}

// The page needs nothing else, runs nothing, and its plots are well-formed and have words.
func TestPage(t *testing.T) {
	t.Parallel()
	r, _ := small(t)
	page := string(forms(t, r)["small.html"])
	require.NotRegexp(t, `(?i)<script|<link|<img|<iframe|@import|url\(|src=|javascript:`, page)
	require.NotRegexp(t, `href="[^#]`, page)
	plots := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	require.Greater(t, len(plots), 5)
	ids := map[string]bool{}
	for _, p := range plots {
		d := xml.NewDecoder(strings.NewReader(p))
		d.Strict = true
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, p)
		}
		require.Regexp(t, `<title id="[^"]+">[^<]+</title><desc id="[^"]+">[^<]+</desc>`, p)
		require.NotContains(t, p, "NaN")
	}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		require.False(t, ids[m[1]], "id %s stands twice", m[1])
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		require.True(t, ids[m[1]], m[1])
	}
}

// Words that look like markup stay words.
func TestEscapes(t *testing.T) {
	t.Parallel()
	r := report.Report{Title: "<b>&|*", Sections: []report.Section{{ID: "a", Title: "x", Level: 2, Blocks: []report.Block{{Table: &report.Table{Head: []string{"a"}, Rows: [][]report.Cell{{{Text: "<script>|\n# x"}}}}}}}}}
	for name, got := range forms(t, r) {
		require.NotContains(t, string(got), "<script>", name)
	}
	require.NotContains(t, string(forms(t, r)["small.md"]), "\n# x")
}
