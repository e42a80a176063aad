package polis

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
)

// sharedData is where the real exports lie; they are not part of the project.
func sharedData(t testing.TB) string {
	t.Helper()
	return realdata.Path(t, "polis")
}

// conversation is what an export is made from: comments as comments.csv has them, votes in the order of votes.csv.
type conversation struct {
	topic, description string
	comments           []Comment
	votes              []Vote
}

// form is how an export is written.
type form struct {
	noVotes, noMatrix, noHistory bool
	noTotals                     bool // comments.csv without agrees and disagrees
	flags                        bool // comments.csv with is-seed and is-meta
	xid                          bool
	mark, crlf, quoteAll         bool
	reversed                     bool // the columns
}

// sheet is one file, kept as lines so that tests know where its rows end.
type sheet struct {
	header string // empty for summary.csv
	rows   []string
	last   []string // the last field of each row
	eol    string
	mark   string
}

func (s sheet) text() string {
	lines := s.rows
	if s.header != "" {
		lines = append([]string{s.header}, s.rows...)
	}
	return s.mark + strings.Join(lines, s.eol) + s.eol
}

type files map[string]string

func (f files) fs() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// write puts the files into a directory of their own, named talk.
func (f files) write(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "talk")
	require.NoError(t, os.Mkdir(dir, 0o755))
	for name, text := range f {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func (f files) with(name, text string) files {
	c := maps.Clone(f)
	c[name] = text
	return c
}

func (f files) without(name string) files {
	c := maps.Clone(f)
	delete(c, name)
	return c
}

// edit replaces the only occurrence of old.
func (f files) edit(t testing.TB, name, old, new string) files {
	t.Helper()
	require.Equal(t, 1, strings.Count(f[name], old), "%q in %s", old, name)
	return f.with(name, strings.Replace(f[name], old, new, 1))
}

func (c conversation) files(o form) files {
	f := files{}
	for name, s := range c.sheets(o) {
		f[name] = s.text()
	}
	return f
}

func (c conversation) sheets(o form) map[string]sheet {
	authors, voters, voted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	written := map[string]int{}
	for _, m := range c.comments {
		authors[m.Author] = true
		written[m.Author]++
	}
	last := map[[2]string]Vote{}
	cast := map[string]map[int8]int{}
	for _, v := range c.votes {
		voters[v.Voter], voted[v.Comment] = true, true
		if cast[v.Comment] == nil {
			cast[v.Comment] = map[int8]int{}
		}
		cast[v.Comment][v.Value]++
		key := [2]string{v.Comment, v.Voter}
		if old, ok := last[key]; !ok || v.Time >= old.Time {
			last[key] = v
		}
	}
	ids, people := slices.SortedFunc(maps.Keys(voted), CompareID), slices.SortedFunc(maps.Keys(voters), CompareID)

	sheets := map[string]sheet{}
	sheets[summaryFile] = o.sheet(nil, [][]string{
		{"topic", c.topic}, {"url", "https://example.org/talk"}, {"views", "31"}, {"voters", fmt.Sprint(len(voters))},
		{"voters-in-conv", fmt.Sprint(len(voters))}, {"commenters", fmt.Sprint(len(authors))},
		{"comments", fmt.Sprint(len(voted))}, {"groups", "2"}, {"conversation-description", c.description},
	})

	head := []string{"timestamp", "datetime", "comment-id", "author-id"}
	if !o.noTotals {
		head = append(head, "agrees", "disagrees")
	}
	head = append(head, "moderated")
	if o.flags {
		head = append(head, "is-meta", "is-seed")
	}
	head = append(head, "comment-body")
	var rows [][]string
	for _, m := range c.comments {
		row := []string{fmt.Sprint(m.Time), "some day", m.ID, m.Author}
		if !o.noTotals {
			row = append(row, fmt.Sprint(cast[m.ID][1]), fmt.Sprint(cast[m.ID][-1]))
		}
		row = append(row, fmt.Sprint(m.Moderated))
		if o.flags {
			row = append(row, fmt.Sprint(*m.Meta), fmt.Sprint(*m.Seed))
		}
		rows = append(rows, append(row, m.Text))
	}
	sheets[commentsFile] = o.sheet(head, rows)

	if !o.noVotes {
		rows = nil
		for _, v := range c.votes {
			rows = append(rows, []string{fmt.Sprint(v.Time), "some day", v.Comment, v.Voter, fmt.Sprint(v.Value)})
		}
		sheets[votesFile] = o.sheet([]string{"timestamp", "datetime", "comment-id", "voter-id", "vote"}, rows)
	}

	if !o.noMatrix {
		head = []string{"participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"}
		if o.xid {
			head = slices.Insert(head, 1, "xid")
		}
		fixed := len(head)
		head = append(head, ids...)
		rows = nil
		for _, p := range people {
			n := map[int8]int{}
			row := make([]string, fixed)
			for _, id := range ids {
				v, ok := last[[2]string{id, p}]
				if !ok {
					row = append(row, "")
					continue
				}
				n[v.Value]++
				row = append(row, fmt.Sprint(v.Value))
			}
			row[0] = p
			for i, k := range []int{written[p], n[-1] + n[0] + n[1], n[1], n[-1]} {
				row[fixed-4+i] = fmt.Sprint(k)
			}
			rows = append(rows, row)
		}
		sheets[matrixFile] = o.sheet(head, rows)
	}

	if !o.noHistory {
		rows = nil
		for i := range c.comments {
			rows = append(rows, []string{"0", fmt.Sprint(i + 1), "0", "0", "0"})
		}
		for i := range c.votes {
			rows = append(rows, []string{fmt.Sprint(i + 1), fmt.Sprint(len(c.comments)), "0", fmt.Sprint(i + 1), "0"})
		}
		sheets[historyFile] = o.sheet([]string{"n-votes", "n-comments", "n-visitors", "n-voters", "n-commenters"}, rows)
	}
	return sheets
}

func (o form) sheet(header []string, rows [][]string) sheet {
	s := sheet{eol: "\n"}
	if o.crlf {
		s.eol = "\r\n"
	}
	if o.mark {
		s.mark = "\ufeff"
	}
	line := func(fields []string) (string, string) {
		var quoted []string
		for _, f := range fields {
			quoted = append(quoted, o.quote(f))
		}
		if o.reversed && header != nil {
			slices.Reverse(quoted)
		}
		return strings.Join(quoted, ","), quoted[len(quoted)-1]
	}
	if header != nil {
		s.header, _ = line(header)
	}
	for _, r := range rows {
		text, last := line(r)
		s.rows, s.last = append(s.rows, text), append(s.last, last)
	}
	return s
}

func (o form) quote(s string) string {
	if o.quoteAll || strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func ptr[T any](v T) *T { return &v }

// talk is a conversation with something of everything. Its votes are in (comment, voter) order, as in real exports.
func talk() conversation {
	c := conversation{topic: "Bus or tram?", description: "Tell us, please: what, where & “why”?"}
	for i, m := range []Comment{
		{ID: "0", Author: "7", Text: "Trams, of course", Moderated: 1},
		{ID: "10", Author: "1", Text: "one\r\ntwo \"three\"\n\nfour, five", Moderated: 1},
		{ID: "9", Author: "2", Text: "يجب أن تكون الحافلات مجانية 🚌", Moderated: 0},
		{ID: "2", Author: "1", Text: "\"公车\"应该更多,也更准时", Moderated: -1},
		{ID: "3", Author: "3", Text: "Neither — I walk", Moderated: 1},
	} {
		m.Row, m.Time = i+1, 1700000000000+int64(i)*1000
		m.Seed, m.Meta = ptr(i == 0), ptr(i == 2)
		c.comments = append(c.comments, m)
	}
	for i, v := range []struct {
		comment, voter string
		time           int64
		value          int8
	}{
		{"0", "1", 5, 1}, {"0", "1", 9, -1}, {"0", "2", 9, 0}, {"0", "3", 9, 0}, {"0", "12", 4, 1},
		{"2", "1", 6, 0}, {"2", "3", 6, -1}, {"2", "3", 7, -1},
		{"3", "2", 8, 1}, {"3", "12", 3, 1}, {"3", "12", 3, 0},
		{"9", "1", 2, -1}, {"9", "2", 4, 0}, {"9", "2", 5, 0}, {"9", "3", 9, 1},
		{"10", "2", 1, 1}, {"10", "3", 9, 0}, {"10", "12", 2, 1}, {"10", "12", 3, 0},
	} {
		c.votes = append(c.votes, Vote{Row: i + 1, Time: 1700000100000 + v.time, Comment: v.comment, Voter: v.voter, Value: v.value})
	}
	return c
}
