package polis

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// kept is what must not be lost: all but the remarks and the hash, which change with every byte.
func kept(e *Export) Export {
	c := *e
	c.Digest, c.Differences = [32]byte{}, nil
	return c
}

// TestTruncation cuts each file of an export at every byte. Read must refuse what is left or return the whole export; the cuts
// for which it does neither must be exactly those that check.go lists, and a value cut short must be remarked on.
func TestTruncation(t *testing.T) {
	t.Parallel()
	passes := talk() // the last vote repeats a pass
	passes.votes = append(passes.votes, Vote{Row: 20, Time: 1700000100009, Comment: "10", Voter: "12"})
	unheard := talk() // two comments that nobody voted on, by somebody who never voted
	unheard.comments = append(unheard.comments,
		Comment{ID: "11", Author: "7", Text: "a", Time: 1}, Comment{ID: "12", Author: "7", Text: "b", Time: 1})
	quotes := talk()
	quotes.description = `He said "no", then "yes"`
	quotes.comments[4].Text = `"" twice "no", then "yes"`
	simple := talk()
	simple.description = "Wo fährt die Bahn?"

	for name, c := range map[string]struct {
		conversation
		form
		unseen int
	}{
		// 1 is the empty description; a row can go with its newline or without.
		"Everything":    {talk(), form{flags: true, xid: true}, 15 + 1},
		"CRLF":          {talk(), form{crlf: true, mark: true}, 15 + 1},
		"AllQuoted":     {talk(), form{quoteAll: true}, 1},
		"PlainTexts":    {simple, form{}, 15 + 18},
		"DoubledQuotes": {quotes, form{}, 5 + 4 + 1},
		"NoHistory":     {talk(), form{noHistory: true, quoteAll: true}, 1},
		"NoTotals":      {talk(), form{noHistory: true, quoteAll: true, noTotals: true}, 1},
		"NoMatrix":      {talk(), form{noHistory: true, quoteAll: true, noMatrix: true}, 1 + 2},
		"MatrixOnly":    {talk(), form{noHistory: true, quoteAll: true, noVotes: true}, 1},
		"Passes":        {passes, form{noHistory: true, quoteAll: true}, 1 + 2},
		"PassesSeen":    {passes, form{quoteAll: true}, 1},
		"Unheard":       {unheard, form{noHistory: true, quoteAll: true}, 1 + 2*2},
		"UnheardSeen":   {unheard, form{quoteAll: true}, 1},
		// Rows end in timestamps of 13 digits then. A vote that is cut to an earlier time no longer revises; the matrix shows it.
		"Reversed":         {talk(), form{reversed: true, noHistory: true}, 1 + 12},
		"ReversedNoMatrix": {talk(), form{reversed: true, noHistory: true, noMatrix: true}, 1 + 12 + 2*12 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := c.files(c.form)
			want, err := read(whole.fs(), "x", "talk", nil)
			require.NoError(t, err)
			unseen := 0
			for file, text := range whole {
				for cut := range text {
					got, err := cutAndRead(t, whole, file, cut)
					lost := err == nil && !reflect.DeepEqual(kept(want), kept(got))
					require.Equal(t, c.cannotShow(c.form, file, cut), lost, "%s cut after %q: %v", file, text[max(0, cut-60):cut], err)
					if lost {
						unseen++
						requireRemark(t, c.sheets(c.form)[file], file, cut, got)
					}
				}
			}
			description := 1 + len(eol(c.form)) // its whole row, with the newline before it or not
			require.Equal(t, c.unseen+description, unseen)
		})
	}
}

// TestTruncationRandom does the same with conversations that nobody thought of.
func TestTruncationRandom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyConversation().Draw(t, "conversation")
		o := form{
			noMatrix: rapid.Bool().Draw(t, "noMatrix"), noHistory: rapid.Bool().Draw(t, "noHistory"),
			noTotals: rapid.Bool().Draw(t, "noTotals"), crlf: rapid.Bool().Draw(t, "crlf"), quoteAll: rapid.Bool().Draw(t, "quoteAll"),
		}
		ordered := rapid.Bool().Draw(t, "ordered")
		if !ordered {
			c.votes = rapid.Permutation(c.votes).Draw(t, "votes")
		}
		whole := c.files(o)
		want, err := read(whole.fs(), "x", "talk", nil)
		require.NoError(t, err)
		require.Len(t, want.Comments, len(c.comments))
		require.Len(t, want.Votes, len(c.votes))

		names := []string{commentsFile, summaryFile, votesFile, votesFile}
		file := rapid.SampledFrom(names).Draw(t, "file")
		cut := rapid.IntRange(0, len(whole[file])-1).Draw(t, "cut")
		if rapid.Bool().Draw(t, "afterRow") {
			cut = strings.LastIndexByte(whole[file][:cut], '\n') + 1
		}
		got, err := cutAndRead(t, whole, file, cut)
		lost := err == nil && !reflect.DeepEqual(kept(want), kept(got))
		if file == votesFile && !ordered {
			// A lost pass may then also be taken for a pass that came earlier.
			require.True(t, !lost || c.passesOnly(o, file, cut), "%s cut at %d", file, cut)
			return
		}
		require.Equal(t, c.cannotShow(o, file, cut), lost, "%s cut at %d: %v", file, cut, err)
	})
}

func cutAndRead(t require.TestingT, whole files, file string, cut int) (*Export, error) {
	got, err := read(whole.with(file, whole[file][:cut]).fs(), "x", "talk", nil)
	if err != nil {
		var where *FileError
		require.ErrorAs(t, err, &where)
		require.Contains(t, where.File, ".csv")
		require.Positive(t, where.Line)
		require.Nil(t, got)
	}
	return got, err
}

func eol(o form) string {
	if o.crlf {
		return "\r\n"
	}
	return "\n"
}

// requireRemark asks for DiffNoFinalNewline when a value was cut, unless quotes made it look whole in summary.csv.
func requireRemark(t *testing.T, s sheet, file string, cut int, got *Export) {
	rows, part := s.cut(cut)
	if file == summaryFile && rows == 8 && part == "" {
		require.Contains(t, got.Differences, Difference{Kind: DiffNoDescription, Where: file})
	}
	if part == "" || file == summaryFile && strings.HasSuffix(part, `"`) {
		return
	}
	require.Contains(t, got.Differences, Difference{Kind: DiffNoFinalNewline, Where: file})
}

// cut returns how many rows stay whole and what is left of the next.
func (s sheet) cut(at int) (rows int, part string) {
	from := len(s.mark)
	if s.header != "" {
		from += len(s.header) + len(s.eol)
	}
	for i, row := range s.rows {
		switch {
		case at <= from:
			return i, ""
		case at < from+len(row):
			return i, row[:at-from]
		}
		from += len(row) + len(s.eol)
	}
	return len(s.rows), ""
}

// cannotShow says whether a cut leaves nothing that tells of it, for votes in (comment, voter) order.
func (c conversation) cannotShow(o form, file string, at int) bool {
	s := c.sheets(o)[file]
	rows, part := s.cut(at)
	if rows == len(s.rows) {
		return false // at most the last newline is gone
	}
	if part == "" {
		return c.rowsCannotShow(o, file, rows)
	}
	before := len(s.rows[rows]) - len(s.last[rows])
	return len(part) >= before && valueCannotShow(o, file, part[before:]) &&
		(rows+1 == len(s.rows) || file != summaryFile && c.rowsCannotShow(o, file, rows+1))
}

// rowsCannotShow is about the loss of all rows but the first few.
func (c conversation) rowsCannotShow(o form, file string, rows int) bool {
	switch file {
	case summaryFile:
		return rows == 8 && c.description != ""
	case commentsFile:
		return c.commentsCannotShow(o, rows)
	case votesFile:
		return c.votesCannotShow(o, rows)
	}
	return false
}

// valueCannotShow is about the start of the last value of a row.
func valueCannotShow(o form, file, left string) bool {
	switch {
	case o.reversed && file != summaryFile:
		return left != "" && (file == commentsFile || file == votesFile && o.noMatrix)
	case file != commentsFile && file != summaryFile:
		return false
	case strings.HasPrefix(left, `"`):
		whole := len(left) > 1 && strings.HasSuffix(left, `"`) && strings.Count(left, `"`)%2 == 0
		return whole && (left != `""` || file == summaryFile)
	}
	return utf8.ValidString(left) && (left != "" || file == summaryFile)
}

func (c conversation) commentsCannotShow(o form, rows int) bool {
	voted, voters, authors := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, v := range c.votes {
		voted[v.Comment], voters[v.Voter] = true, true
	}
	for _, m := range c.comments[:rows] {
		authors[m.Author] = true
	}
	for _, m := range c.comments[rows:] {
		if !authors[m.Author] || !o.noMatrix && (voted[m.ID] || voters[m.Author]) {
			return false
		}
	}
	return o.noHistory && rows >= len(voted)
}

func (c conversation) votesCannotShow(o form, rows int) bool {
	type key struct{ comment, voter string }
	stands := func(votes []Vote) (map[key]Vote, map[string]bool) {
		m, voters := map[key]Vote{}, map[string]bool{}
		for _, v := range votes {
			voters[v.Voter] = true
			if old, ok := m[key{v.Comment, v.Voter}]; !ok || v.Time >= old.Time {
				m[key{v.Comment, v.Voter}] = v
			}
		}
		return m, voters
	}
	all, voters := stands(c.votes)
	left, leftVoters := stands(c.votes[:rows])
	for _, v := range c.votes[rows:] {
		k := key{v.Comment, v.Voter}
		still, ok := left[k]
		if !o.noTotals && v.Value != 0 || !o.noMatrix && (!ok || still.Value != all[k].Value) {
			return false
		}
	}
	return o.noHistory && len(voters) == len(leftVoters)
}

// passesOnly is the weaker claim for votes in any order: what can be lost are passes of voters who voted on that comment.
func (c conversation) passesOnly(o form, file string, at int) bool {
	rows, part := c.sheets(o)[file].cut(at)
	for _, v := range c.votes[rows:] {
		stays := slices.ContainsFunc(c.votes[:rows], func(w Vote) bool { return w.Comment == v.Comment && w.Voter == v.Voter })
		if !o.noTotals && v.Value != 0 || !o.noMatrix && !stays {
			return false
		}
	}
	return part == "" && o.noHistory
}

func anyConversation() *rapid.Generator[conversation] {
	return rapid.Custom(func(t *rapid.T) conversation {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab,\"\r\n é好🚌")), 1, 8, -1).
			Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
		name := func(most int) *rapid.Generator[string] {
			return rapid.Map(rapid.IntRange(1, most), func(i int) string { return strings.Repeat("1", i) })
		}
		c := conversation{topic: text.Draw(t, "topic"), description: text.Draw(t, "description")}
		ids := rapid.SliceOfNDistinct(name(6), 1, 5, rapid.ID).Draw(t, "ids")
		for _, id := range ids {
			c.comments = append(c.comments, Comment{ID: id, Author: name(4).Draw(t, "author"), Text: text.Draw(t, "text"), Time: 1})
		}
		c.votes = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Vote {
			return Vote{
				Comment: rapid.SampledFrom(ids).Draw(t, "comment"), Voter: name(3).Draw(t, "voter"),
				Time: rapid.Int64Range(1, 4).Draw(t, "time"), Value: int8(rapid.IntRange(-1, 1).Draw(t, "value")),
			}
		}), 1, 12).Draw(t, "votes")
		slices.SortStableFunc(c.votes, func(a, b Vote) int {
			if n := CompareID(a.Comment, b.Comment); n != 0 {
				return n
			}
			return CompareID(a.Voter, b.Voter)
		})
		return c
	})
}
