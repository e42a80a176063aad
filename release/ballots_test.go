package release_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// TestBallotsTellNothingMore compares ballots with the public results: of a place whose numbers are hidden there is none, and of others there are those that its
// result counts. So whoever adds ballots up knows what the results say, and nothing of a hidden place but what all shown places leave of the world, which the results tell, too.
func TestBallotsTellNothingMore(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	type at struct{ question, version, session, wave, sample, place string }
	type count struct {
		all, valid int
		options    map[string]int
	}
	of := func(row map[string]string) at {
		return at{row["question_id"], row["question_version"], row["session"], row["wave"], row["sampleType"], row["place"]}
	}
	counted := map[at]*count{}
	ballots := map[string]at{} // by document
	_, rows := w.table(t, "ballot")
	for _, row := range rows {
		a := of(row)
		c := counted[a]
		if c == nil {
			c = &count{options: map[string]int{}}
			counted[a] = c
		}
		ballots[row["document"]] = a
		if c.all++; row["nonResponse"] == "" {
			c.valid++
		}
		for _, column := range []string{"option", "point", "endorsement"} {
			if row[column] != "" {
				c.options[row[column]]++
			}
		}
		require.Equal(t, strconv.Itoa(c.all), row["row"])
	}
	_, chosen := w.table(t, "ballot_options")
	for _, row := range chosen {
		counted[ballots[row["document"]]].options[row["value"]]++
	}

	// Sets of options are left out where a crosstab hides a stratum.
	strata, crossed, withheld := map[string]at{}, map[at]bool{}, 0
	_, rows = w.table(t, "crosstab")
	for _, row := range rows {
		if row["kind"] == "multiple" {
			a := of(row)
			a.place = ""
			strata[row["document"]] = a
		}
	}
	_, rows = w.table(t, "crosstab_strata")
	for _, row := range rows {
		if a, ok := strata[row["document"]]; ok && row["suppressed"] == "true" {
			crossed[a] = true
		}
	}

	results := map[string]at{}
	hidden, shown := 0, 0
	_, rows = w.table(t, "result")
	for _, row := range rows {
		a := of(row)
		if a.place == "world" || row["kind"] == "open" {
			continue
		}
		if whole := (at{a.question, a.version, a.session, a.wave, a.sample, ""}); crossed[whole] {
			withheld++
			require.Nil(t, counted[a], "ballots of %v, of which a stratum is hidden", a)
			continue
		}
		if row["suppressed"] == "true" {
			hidden++
			require.Nil(t, counted[a], "ballots of %v, whose numbers are hidden", a)
			continue
		}
		shown++
		results[row["document"]] = a
		if c := counted[a]; row["base"] != "0" || c != nil {
			require.NotNil(t, c, "%v", a)
			require.Equal(t, row["base"], strconv.Itoa(c.valid), "%v", a)
		}
	}
	require.Positive(t, hidden)
	require.Positive(t, shown)
	require.Positive(t, withheld)
	_, rows = w.table(t, "result_options")
	for _, row := range rows {
		a, ok := results[row["document"]]
		if !ok || counted[a] == nil {
			continue
		}
		require.Equal(t, row["count"], strconv.Itoa(counted[a].options[row["option"]]), "%v %s", a, row["option"])
	}
}

// TestNobodyIsFound looks for everything under which people answered, in every file.
func TestNobodyIsFound(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	all, err := facts()
	require.NoError(t, err)
	secret := map[string]bool{}
	for _, f := range all {
		if e, ok := f.Event.(domain.BallotCast); ok {
			if e.Table == "" || string(e.Pseudonym) != string(domain.TablePseudonym(e.Table)) {
				secret[string(e.Pseudonym)] = true
			}
			if len(e.Signature) > 0 {
				text, err := e.Device.MarshalText()
				require.NoError(t, err)
				secret[string(text)] = true
			}
		}
	}
	require.Greater(t, len(secret), 50)
	for _, f := range w.report.Files {
		content := string(w.read(t, f.Path))
		for s := range secret {
			require.GreaterOrEqual(t, len(s), 8)
			require.False(t, strings.Contains(content, s), "%s has %s", f.Path, s)
		}
	}
}

// TestBallotsAreUnlinked sees that rows stand in the order of what they say: their numbers follow from the answers, and so tell nothing of who gave them.
func TestBallotsAreUnlinked(t *testing.T) {
	t.Parallel()
	_, rows := theRelease(t).table(t, "ballot")
	last := map[string]string{}
	for _, row := range rows {
		if row["kind"] != "single" && row["kind"] != "endorse" && row["kind"] != "likert" {
			continue
		}
		group := strings.Join([]string{row["question_id"], row["question_version"], row["session"], row["wave"], row["sampleType"], row["place"]}, " ")
		says := row["nonResponse"] + "\x00" + row["option"] + "\x00" + strings.Repeat(" ", 3-len(row["point"])) + row["point"] + "\x00" + row["endorsement"]
		require.LessOrEqual(t, last[group], says)
		last[group] = says
	}
}
